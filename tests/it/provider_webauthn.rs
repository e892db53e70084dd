//! Passkeys at the provider: whole ceremonies with an authenticator in software, and every way in
//! which they must not succeed.

mod credentials;
mod refused;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use webauthn_authenticator_rs::AuthenticatorBackend;
use webauthn_authenticator_rs::prelude::PublicKeyCredential;
use webauthn_authenticator_rs::softpasskey::SoftPasskey;

use crate::support::{Answer, TestApp, claims};

pub const START: &str = "/v1/auth/webauthn/authenticate/start";

pub const AUTHENTICATE: &str = "/v1/auth/webauthn/authenticate";

pub const REGISTER_START: &str = "/v1/auth/webauthn/register/start";

pub const REGISTER: &str = "/v1/auth/webauthn/register";

/// An application, and the phone of the demo's first customer.
pub struct Case {
    pub app: TestApp,
    pub token: String,
    phone: SoftPasskey,
    /// The one passkey on the phone, and the handle that it keeps.
    passkey: Option<(Vec<u8>, Vec<u8>)>,
}

/// What the browser shall do otherwise than a good one.
#[derive(Clone)]
pub struct Browser {
    origin: String,
    rp_id: String,
    user_verification: &'static str,
    with_user_handle: bool,
}

impl Case {
    async fn new() -> Self {
        Self::of(TestApp::start().await).await
    }

    pub async fn of(app: TestApp) -> Self {
        let token = app.client_token().await;
        Self { app, token, phone: SoftPasskey::new(true), passkey: None }
    }

    /// With a passkey that was registered after a sign-in by mail.
    async fn with_passkey() -> Self {
        let mut case = Self::new().await;
        let answer = case.register().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        case
    }

    fn email(&self) -> String {
        self.app.demo.users[0].email.clone()
    }

    pub fn browser(&self) -> Browser {
        Browser {
            origin: self.app.site.clone(),
            rp_id: "localhost".into(),
            user_verification: "required",
            with_user_handle: true,
        }
    }

    pub async fn user_token(&self) -> String {
        let tokens = self.app.sign_in(&self.email()).await;
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn register_start(&self, more: Value) -> Answer {
        let mut body = json!({"client_id": self.app.demo.client_id, "username": self.email()});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.app.api(REGISTER_START, "", body).await
    }

    /// Lets the phone make a passkey and returns `webauthn_encoded_result`.
    pub fn make(&mut self, started: &Answer) -> String {
        let mut options = base64url(started.body["credential_creation_options"].clone());
        let handle = options["user"]["id"].as_str().unwrap().to_owned();
        // The authenticator in software says no to what it does not have.
        options["authenticatorSelection"]["requireResidentKey"] = false.into();
        options["authenticatorSelection"]["residentKey"] = "discouraged".into();
        let origin = Url::parse(&self.app.site).unwrap();
        let options = serde_json::from_value(options).unwrap();
        let made = self.phone.perform_register(origin, options, 60_000).unwrap();
        self.passkey = Some((made.raw_id.clone(), URL_SAFE_NO_PAD.decode(handle).unwrap()));
        encode(&json!({
            "webauthnSessionId": started.text("webauthn_session_id"),
            "publicKeyCredential": {
                "id": made.id,
                "rawId": STANDARD.encode(&made.raw_id),
                "response": {
                    "attestationObject": STANDARD.encode(&made.response.attestation_object),
                    "clientDataJSON": STANDARD.encode(&made.response.client_data_json),
                },
                "authenticatorAttachment": "platform",
                "type": "public-key",
            },
            "userAgent": "test",
        }))
    }

    pub async fn register(&mut self) -> Answer {
        let token = self.user_token().await;
        let started = self.register_start(json!({})).await;
        assert_eq!(started.status, 200, "{started:?}");
        let result = self.make(&started);
        self.app.api(REGISTER, &token, json!({"webauthn_encoded_result": result})).await
    }

    pub async fn start(&self, more: Value) -> Answer {
        let mut body = json!({"client_id": self.app.demo.client_id});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.app.api(START, "", body).await
    }

    /// Lets the phone sign and returns the browser's answer as the web SDK writes it.
    pub fn sign(&mut self, started: &Answer, browser: &Browser) -> Value {
        let mut options = base64url(started.body["credential_request_options"].clone());
        let (id, handle) = self.passkey.clone().unwrap();
        // The authenticator in software finds a passkey only where it is named.
        options["allowCredentials"] =
            json!([{"type": "public-key", "id": URL_SAFE_NO_PAD.encode(id)}]);
        options["rpId"] = browser.rp_id.clone().into();
        options["userVerification"] = browser.user_verification.into();
        let origin = Url::parse(&browser.origin).unwrap();
        let options = serde_json::from_value(options).unwrap();
        let signed: PublicKeyCredential = self.phone.perform_auth(origin, options, 60_000).unwrap();
        let handle = if browser.with_user_handle { STANDARD.encode(handle) } else { String::new() };
        json!({
            "webauthnSessionId": started.text("webauthn_session_id"),
            "publicKeyCredential": {
                "id": signed.id,
                "rawId": STANDARD.encode(&signed.raw_id),
                "response": {
                    "authenticatorData": STANDARD.encode(&signed.response.authenticator_data),
                    "clientDataJSON": STANDARD.encode(&signed.response.client_data_json),
                    "signature": STANDARD.encode(&signed.response.signature),
                    "userHandle": handle,
                },
                "authenticatorAttachment": "platform",
                "type": "public-key",
            },
            "userAgent": "test",
        })
    }

    async fn authenticate(&self, result: &Value) -> Answer {
        let body = json!({"webauthn_encoded_result": encode(result)});
        self.app.api(AUTHENTICATE, &self.token, body).await
    }

    /// A whole sign-in, without a user name.
    pub async fn sign_in_by(&mut self, browser: &Browser) -> Answer {
        let started = self.start(json!({})).await;
        let result = self.sign(&started, browser);
        self.authenticate(&result).await
    }
}

pub fn encode(result: &Value) -> String {
    STANDARD.encode(result.to_string())
}

/// What the web SDK does with the options: standard base64 becomes bytes; here, base64url.
fn base64url(mut options: Value) -> Value {
    for pointer in ["/challenge", "/user/id"] {
        if let Some(text) = options.pointer_mut(pointer) {
            let bytes = STANDARD.decode(text.as_str().unwrap()).unwrap();
            *text = URL_SAFE_NO_PAD.encode(bytes).into();
        }
    }
    options
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_user_name() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({"timeout": 300})).await;
    let options = &started.body["credential_request_options"];
    assert_eq!(options["allowCredentials"], json!([]));
    assert_eq!(options["timeout"], 300_000);
    assert_eq!(options["rpId"], "localhost");
    assert_eq!(options["userVerification"], "required");
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let id = claims(answer.text("id_token"));
    assert_eq!(id["sub"], case.app.demo.users[0].user_id.as_str());
    assert_eq!(id["amr"], json!(["webauthn"]));
    assert_eq!(id["webauthn_username"], case.email().as_str());
    assert!(id.get("approval_data").is_none());
    for name in ["access_token", "refresh_token", "session_id"] {
        assert!(answer.body[name].is_string(), "{name}");
    }
}

#[tokio::test]
async fn a_passkey_signs_in_under_the_name_that_was_given() {
    let mut case = Case::with_passkey().await;
    let email = case.email();
    for name in
        [json!({"username": email}), json!({"identifier": email, "identifier_type": "email"})]
    {
        let started = case.start(name.clone()).await;
        let allowed = &started.body["credential_request_options"]["allowCredentials"];
        let (id, _) = case.passkey.clone().unwrap();
        assert_eq!(allowed[0]["id"], STANDARD.encode(id).as_str(), "{name}");
        // An authenticator need not give a handle where it was told which passkey to use.
        let browser = Browser { with_user_handle: false, ..case.browser() };
        let result = case.sign(&started, &browser);
        assert_eq!(case.authenticate(&result).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn approval_data_is_committed_to_and_comes_back_in_the_id_token() {
    let mut case = Case::with_passkey().await;
    let data = json!({"handle": "abc_-.1", "decision": "approve"});
    let started = case.start(json!({"approval_data": data})).await;
    let options = &started.body["credential_request_options"];
    let bytes = |name: &str| STANDARD.decode(options[name].as_str().unwrap()).unwrap();
    let mut committed = bytes("rawChallenge");
    committed.extend_from_slice(br#"{"decision":"approve","handle":"abc_-.1"}"#);
    assert_eq!(bytes("challenge"), <sha2::Sha256 as sha2::Digest>::digest(&committed).to_vec());
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    let answer = case.authenticate(&result).await;
    assert_eq!(claims(answer.text("id_token"))["approval_data"], data);
}

#[tokio::test]
async fn an_unknown_name_looks_like_a_known_one() {
    let case = Case::with_passkey().await;
    let members = |answer: &Answer| {
        let options = answer.body["credential_request_options"].as_object().unwrap().clone();
        let allowed = options["allowCredentials"].as_array().unwrap();
        // One is the most common, and two are no rarity (`decoys`).
        assert!((1..=2).contains(&allowed.len()), "{allowed:?}");
        for entry in allowed {
            assert!(entry["id"].is_string() && entry["type"] == "public-key", "{entry}");
        }
        let keys = options.keys().cloned().collect::<Vec<_>>();
        // What is sealed has the same length, whoever it is for.
        (answer.status, keys, answer.text("webauthn_session_id").len())
    };
    let known = case.start(json!({"username": case.email()})).await;
    let unknown = case.start(json!({"username": "nobody@example.com"})).await;
    assert_eq!(members(&known), members(&unknown));
    let again = case.start(json!({"username": "nobody@example.com"})).await;
    let allowed =
        |answer: &Answer| answer.body["credential_request_options"]["allowCredentials"].clone();
    assert_eq!(allowed(&unknown), allowed(&again));
    let handle = |answer: &Answer| answer.body["credential_creation_options"]["user"]["id"].clone();
    for name in [case.email(), "nobody@example.com".into()] {
        let body = json!({"username": name, "limit_single_credential_to_device": true});
        let (first, second) =
            (case.register_start(body.clone()).await, case.register_start(body).await);
        assert_eq!(handle(&first), handle(&second), "{name}");
        let excluded = &first.body["credential_creation_options"]["excludeCredentials"];
        assert!((1..=2).contains(&excluded.as_array().unwrap().len()), "{name}");
    }
}

#[tokio::test]
async fn a_passkey_on_a_key_that_is_carried_around_is_not_looked_for_inside_the_device() {
    let case = Case::with_passkey().await;
    let transports = async || {
        let started = case.start(json!({"username": case.email()})).await;
        started.body["credential_request_options"]["allowCredentials"][0]["transports"].clone()
    };
    assert_eq!(transports().await, json!(["internal"]));
    let storage = case.app.storage().await;
    sqlx::query("UPDATE webauthn_credentials SET attachment = 'cross-platform'")
        .execute(storage.writer())
        .await
        .unwrap();
    assert_eq!(transports().await, Value::Null);
}

#[tokio::test]
async fn however_many_ceremonies_are_begun_nothing_is_kept_of_them() {
    let mut case = Case::with_passkey().await;
    let storage = case.app.storage().await;
    let kept = async || -> i64 {
        sqlx::query_scalar("SELECT COUNT(*) FROM spent_values")
            .fetch_one(storage.reader())
            .await
            .unwrap()
    };
    let before = kept().await;
    let first = case.start(json!({})).await;
    for _ in 0..20 {
        case.start(json!({"username": case.email()})).await;
        case.register_start(json!({})).await;
    }
    assert_eq!(kept().await, before);
    // Of one that was ended a digest is, and still after its own end: another instance's clock may
    // be behind.
    let browser = case.browser();
    let result = case.sign(&first, &browser);
    assert_eq!(case.authenticate(&result).await.status, 200);
    case.app.clock.advance(Duration::from_secs(400));
    case.sign_in_by(&browser).await;
    assert_eq!(kept().await, before + 2);
}

#[tokio::test]
async fn a_name_is_answered_alike_by_every_instance_after_a_restart_and_under_every_type() {
    let mut case = Case::with_passkey().await;
    let first = |answer: &Value| {
        answer["credential_request_options"]["allowCredentials"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for name in [case.email(), "nobody@example.com".into()] {
        let by_name = json!({"client_id": case.app.demo.client_id, "username": name});
        let id = first(&case.start(by_name.clone()).await.body);
        let spelled = json!({"username": name.to_uppercase()});
        assert_eq!(first(&case.start(spelled).await.body), id, "{name}");
        let by_address = json!({"identifier": name, "identifier_type": "email"});
        assert_eq!(first(&case.start(by_address).await.body), id, "{name}");

        let other = case.app.another_provider_built().await.router;
        let port = case.app.config.provider.public_url.port().unwrap();
        let request = axum::http::Request::post(START)
            .header("host", format!("localhost:{port}"))
            .header("content-type", "application/json")
            .body(axum::body::Body::from(by_name.to_string()))
            .unwrap();
        let answer = tower::ServiceExt::oneshot(other, request).await.unwrap();
        let body = axum::body::to_bytes(answer.into_body(), 100_000).await.unwrap();
        assert_eq!(first(&serde_json::from_slice(&body).unwrap()), id, "{name}");

        case.app.crash_and_restart().await;
        assert_eq!(first(&case.start(by_name).await.body), id, "{name}");
    }
}

#[tokio::test]
async fn the_documented_oracle_can_be_switched_on() {
    let app = TestApp::start_with(|config| {
        config.provider.reveal_missing_credentials = true;
    })
    .await;
    let case = Case::of(app).await;
    let answer = case.start(json!({"username": "nobody@example.com"})).await;
    assert_eq!(answer.refusal(), (401, "no_credentials_registered"));
}

#[tokio::test]
async fn the_sites_own_pages_may_begin_and_foreign_pages_may_not() {
    let app = TestApp::start_with(|config| {
        config.provider.cors_origins = vec!["https://app.example.com".parse().unwrap()];
    })
    .await;
    let site = app.site.clone();
    for (origin, allowed) in
        [(site.as_str(), true), ("https://app.example.com", true), ("https://evil.example", false)]
    {
        let answer = app
            .http
            .request(Method::OPTIONS, format!("{}{START}", app.provider))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .send()
            .await
            .unwrap();
        let header = answer.headers().get("access-control-allow-origin");
        let header = header.map(|value| value.to_str().unwrap());
        assert_eq!(header, allowed.then_some(origin), "{origin}");
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
    }
}

#[tokio::test]
async fn requests_that_are_not_what_they_should_be_are_refused() {
    let case = Case::new().await;
    for body in [
        json!({"timeout": 29}),
        json!({"timeout": 601}),
        json!({"username": ""}),
        json!({"username": "x".repeat(65)}),
        json!({"username": "a", "identifier": "b", "identifier_type": "username"}),
        json!({"identifier": "b"}),
        json!({"approval_data": {"text": "with blanks in it"}}),
    ] {
        assert_eq!(case.start(body.clone()).await.refusal(), (400, "invalid_request"), "{body}");
    }
    let unknown = case.start(json!({"client_id": "nobody"})).await;
    assert_eq!(unknown.refusal(), (404, "client_not_found"));
    let body = json!({"webauthn_encoded_result": "no result"});
    let answer = case.app.api(AUTHENTICATE, &case.token, body.clone()).await;
    assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"));
    assert_eq!(case.app.api(AUTHENTICATE, "", body).await.status, 401);
}

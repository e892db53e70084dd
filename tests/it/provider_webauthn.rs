//! Passkeys at the provider: whole ceremonies with an authenticator in software, and every way in
//! which they must not succeed.

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

const START: &str = "/v1/auth/webauthn/authenticate/start";
const AUTHENTICATE: &str = "/v1/auth/webauthn/authenticate";
const REGISTER_START: &str = "/v1/auth/webauthn/register/start";
const REGISTER: &str = "/v1/auth/webauthn/register";

/// An application, and the phone of the demo's first customer.
struct Case {
    app: TestApp,
    token: String,
    phone: SoftPasskey,
    /// The one passkey on the phone, and the handle that it keeps.
    passkey: Option<(Vec<u8>, Vec<u8>)>,
}

/// What the browser shall do otherwise than a good one.
#[derive(Clone)]
struct Browser {
    origin: String,
    rp_id: String,
    user_verification: &'static str,
    with_user_handle: bool,
}

impl Case {
    async fn new() -> Self {
        Self::of(TestApp::start().await).await
    }

    async fn of(app: TestApp) -> Self {
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

    fn browser(&self) -> Browser {
        Browser {
            origin: self.app.site.clone(),
            rp_id: "localhost".into(),
            user_verification: "required",
            with_user_handle: true,
        }
    }

    async fn user_token(&self) -> String {
        let tokens = self.app.sign_in(&self.email()).await;
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    async fn register_start(&self, more: Value) -> Answer {
        let mut body = json!({"client_id": self.app.demo.client_id, "username": self.email()});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.app.api(REGISTER_START, "", body).await
    }

    /// Lets the phone make a passkey and returns `webauthn_encoded_result`.
    fn make(&mut self, started: &Answer) -> String {
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

    async fn register(&mut self) -> Answer {
        let token = self.user_token().await;
        let started = self.register_start(json!({})).await;
        assert_eq!(started.status, 200, "{started:?}");
        let result = self.make(&started);
        self.app.api(REGISTER, &token, json!({"webauthn_encoded_result": result})).await
    }

    async fn start(&self, more: Value) -> Answer {
        let mut body = json!({"client_id": self.app.demo.client_id});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.app.api(START, "", body).await
    }

    /// Lets the phone sign and returns the browser's answer as the web SDK writes it.
    fn sign(&mut self, started: &Answer, browser: &Browser) -> Value {
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
    async fn sign_in_by(&mut self, browser: &Browser) -> Answer {
        let started = self.start(json!({})).await;
        let result = self.sign(&started, browser);
        self.authenticate(&result).await
    }
}

fn encode(result: &Value) -> String {
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
async fn registration_options_suit_the_web_sdk_and_make_a_discoverable_passkey() {
    let case = Case::new().await;
    let started = case.register_start(json!({"display_name": "Alex", "timeout": 60})).await;
    let options = &started.body["credential_creation_options"];
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["user"]["displayName"], "Alex");
    assert_eq!(options["timeout"], 60_000);
    assert_eq!(options["excludeCredentials"], json!([]));
    assert_eq!(options["attestation"], "none");
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(STANDARD.decode(options["challenge"].as_str().unwrap()).unwrap().len(), 32);
}

#[tokio::test]
async fn a_registered_passkey_is_described_listed_and_deleted() {
    let mut case = Case::new().await;
    let registered = case.register().await;
    assert_eq!(registered.body["webauthn_username"], case.email().as_str());
    assert_eq!(registered.body["authenticator_attachment"], "platform");
    assert_eq!(registered.body["aaguid"], "00000000-0000-0000-0000-000000000000");
    let user_id = registered.text("user_id");
    let credential_id = registered.text("credential_id");
    let of_user = format!("/v1/users/{user_id}/webauthn-credentials");
    let list = case.app.call(Method::GET, &of_user, &case.token, None).await;
    assert_eq!(list.body["result"][0]["credential_id"], credential_id);
    let user_token = case.user_token().await;
    let me = "/v1/users/me/webauthn-credentials";
    assert_eq!(case.app.call(Method::GET, me, &user_token, None).await.body, list.body);
    assert_eq!(case.app.call(Method::GET, &of_user, &user_token, None).await.status, 401);

    let one = format!("{of_user}/{credential_id}");
    assert_eq!(case.app.call(Method::DELETE, &one, &case.token, None).await.status, 204);
    assert_eq!(case.app.call(Method::DELETE, &one, &case.token, None).await.status, 404);
    let answer = case.sign_in_by(&case.browser()).await;
    assert_eq!(answer.refusal(), (400, "invalid_webauthn_credential"));
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
async fn an_answer_is_good_once() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    assert_eq!(case.authenticate(&result).await.status, 200);
    let again = case.authenticate(&result).await;
    assert_eq!(again.refusal(), (400, "invalid_webauthn_session"));
}

#[tokio::test]
async fn a_challenge_runs_out() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({"timeout": 30})).await;
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    case.app.clock.advance(Duration::from_secs(30));
    let late = case.authenticate(&result).await;
    assert_eq!(late.refusal(), (400, "invalid_webauthn_session"));
}

#[tokio::test]
async fn a_proof_for_another_place_or_without_verification_is_no_proof() {
    let mut case = Case::with_passkey().await;
    let good = case.browser();
    for (browser, what) in [
        (Browser { origin: "https://evil.example".into(), ..good.clone() }, "origin"),
        (Browser { origin: "http://localhost:1".into(), ..good.clone() }, "port"),
        (Browser { rp_id: "evil.example".into(), ..good.clone() }, "RP ID"),
        (Browser { user_verification: "discouraged", ..good.clone() }, "user verification"),
        (Browser { with_user_handle: false, ..good.clone() }, "user handle"),
    ] {
        let answer = case.sign_in_by(&browser).await;
        assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"), "{what}");
    }
    assert_eq!(case.sign_in_by(&good).await.status, 200);
}

#[tokio::test]
async fn an_answer_to_another_challenge_is_no_answer() {
    let mut case = Case::with_passkey().await;
    let (first, second) = (case.start(json!({})).await, case.start(json!({})).await);
    let browser = case.browser();
    let mut result = case.sign(&first, &browser);
    result["webauthnSessionId"] = second.text("webauthn_session_id").into();
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"));
}

#[tokio::test]
async fn a_signature_of_another_key_is_no_signature() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let mut result = case.sign(&started, &browser);
    let (id, handle) = case.passkey.clone().unwrap();
    let mut stranger = Case::of(TestApp::start().await).await;
    stranger.register().await;
    stranger.app.site = case.app.site.clone();
    let forged = stranger.sign(&started, &browser);
    assert_ne!(forged["publicKeyCredential"]["rawId"], STANDARD.encode(&id).as_str());
    for name in ["signature", "authenticatorData"] {
        result["publicKeyCredential"]["response"][name] =
            forged["publicKeyCredential"]["response"][name].clone();
    }
    result["publicKeyCredential"]["response"]["userHandle"] = STANDARD.encode(handle).into();
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"));
}

#[tokio::test]
async fn a_count_that_goes_backwards_shows_a_copied_key() {
    let mut case = Case::with_passkey().await;
    let (first, second) = (case.start(json!({})).await, case.start(json!({})).await);
    let browser = case.browser();
    let earlier = case.sign(&first, &browser);
    let later = case.sign(&second, &browser);
    assert_eq!(case.authenticate(&later).await.status, 200);
    let answer = case.authenticate(&earlier).await;
    assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"));
}

#[tokio::test]
async fn a_passkey_that_nobody_has_is_told_apart() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let mut result = case.sign(&started, &browser);
    let unknown = [7; 32];
    result["publicKeyCredential"]["id"] = URL_SAFE_NO_PAD.encode(unknown).into();
    result["publicKeyCredential"]["rawId"] = STANDARD.encode(unknown).into();
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.refusal(), (400, "invalid_webauthn_credential"));
}

#[tokio::test]
async fn somebody_elses_passkey_does_not_end_a_named_sign_in() {
    let mut case = Case::with_passkey().await;
    for name in ["sam@example.com", "nobody@example.com"] {
        let started = case.start(json!({"username": name})).await;
        let browser = case.browser();
        let result = case.sign(&started, &browser);
        // It exists, so no browser may be told to forget it.
        let answer = case.authenticate(&result).await;
        assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"), "{name}");
    }
}

#[tokio::test]
async fn an_unknown_name_looks_like_a_known_one() {
    let case = Case::with_passkey().await;
    let members = |answer: &Answer| {
        let options = answer.body["credential_request_options"].as_object().unwrap().clone();
        let allowed = options["allowCredentials"][0].as_object().unwrap().clone();
        (
            answer.status,
            options.keys().cloned().collect::<Vec<_>>(),
            allowed.keys().cloned().collect::<Vec<_>>(),
            options["allowCredentials"].as_array().unwrap().len(),
        )
    };
    let known = case.start(json!({"username": case.email()})).await;
    let unknown = case.start(json!({"username": "nobody@example.com"})).await;
    assert_eq!(members(&known), members(&unknown));
    let again = case.start(json!({"username": "nobody@example.com"})).await;
    let id = |answer: &Answer| {
        answer.body["credential_request_options"]["allowCredentials"][0]["id"].clone()
    };
    assert_eq!(id(&unknown), id(&again));
    let handle = |answer: &Answer| answer.body["credential_creation_options"]["user"]["id"].clone();
    for name in [case.email(), "nobody@example.com".into()] {
        let body = json!({"username": name, "limit_single_credential_to_device": true});
        let (first, second) =
            (case.register_start(body.clone()).await, case.register_start(body).await);
        assert_eq!(handle(&first), handle(&second), "{name}");
        let excluded = &first.body["credential_creation_options"]["excludeCredentials"];
        assert_eq!(excluded.as_array().unwrap().len(), 1, "{name}");
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
async fn a_passkey_becomes_the_one_of_the_token_and_of_nobody_else() {
    let mut case = Case::new().await;
    // Sam tries to take Alex's name.
    let sam = case.app.sign_in("sam@example.com").await;
    let sam = sam["access_token"].as_str().unwrap();
    let started = case.register_start(json!({})).await;
    let result = json!({"webauthn_encoded_result": case.make(&started)});
    let answer = case.app.api(REGISTER, sam, result).await;
    assert_eq!(answer.refusal(), (409, "username_already_registered"));
    // A client's token is nobody's, and without one nothing is added.
    for token in [case.token.clone(), String::new()] {
        let started = case.register_start(json!({})).await;
        let result = json!({"webauthn_encoded_result": case.make(&started)});
        assert_eq!(case.app.api(REGISTER, &token, result).await.status, 401);
    }
    // A refreshed token comes from no sign-in.
    let alex = case.app.sign_in(&case.email()).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", alex["refresh_token"].as_str().unwrap()),
        ("client_id", &case.app.demo.client_id),
        ("client_secret", &case.app.demo.client_secret),
    ];
    let url = format!("{}/oidc/token", case.app.provider);
    let refreshed: Value =
        case.app.http.post(url).form(&form).send().await.unwrap().json().await.unwrap();
    let started = case.register_start(json!({})).await;
    let result = json!({"webauthn_encoded_result": case.make(&started)});
    let refreshed = refreshed["access_token"].as_str().unwrap();
    let answer = case.app.api(REGISTER, refreshed, result).await;
    assert_eq!(answer.refusal(), (403, "unauthorized_request"));
    // Alex may, once.
    let token = case.user_token().await;
    let started = case.register_start(json!({})).await;
    let result = json!({"webauthn_encoded_result": case.make(&started)});
    assert_eq!(case.app.api(REGISTER, &token, result.clone()).await.status, 200);
    let again = case.app.api(REGISTER, &token, result).await;
    assert_eq!(again.refusal(), (400, "invalid_webauthn_session"));
}

#[tokio::test]
async fn a_registration_without_user_verification_is_refused() {
    let mut case = Case::new().await;
    let token = case.user_token().await;
    let mut started = case.register_start(json!({})).await;
    started.body["credential_creation_options"]["authenticatorSelection"]["userVerification"] =
        "discouraged".into();
    let result = json!({"webauthn_encoded_result": case.make(&started)});
    let answer = case.app.api(REGISTER, &token, result).await;
    assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"));
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

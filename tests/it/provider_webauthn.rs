//! Passkeys at the provider: whole ceremonies with an authenticator in software, and every way in
//! which they must not succeed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciba_login::config::Secret;
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
async fn a_registered_passkey_is_described_and_listed_as_documented() {
    let mut case = Case::new().await;
    let registered = case.register().await;
    assert_eq!(registered.body["webauthn_username"], case.email().as_str());
    assert_eq!(registered.body["authenticator_attachment"], "platform");
    assert_eq!(registered.body["aaguid"], "00000000-0000-0000-0000-000000000000");
    let id = registered.text("credential_id");
    let of_user = format!("/v1/users/{}/webauthn-credentials", registered.text("user_id"));
    let list = case.app.call(Method::GET, &of_user, &case.token, None).await;
    let tenant_id = claims(&case.token)["tid"].clone();
    let documented = json!([{
        "id": id,
        "status": "active",
        "username": case.email(),
        "display_name": case.email(),
        "first_seen": "2026-11-22T12:00:00Z",
        "last_seen": "2026-11-22T12:00:00Z",
        "app_id": case.app.demo.app_id,
        "tenant_id": tenant_id,
        "devices": [],
        "aaguid_info": {"aaguid": "00000000-0000-0000-0000-000000000000"},
    }]);
    assert_eq!(list.body, documented);
    case.app.clock.advance(Duration::from_secs(60));
    case.sign_in_by(&case.browser()).await;
    let one = case.app.call(Method::GET, &format!("{of_user}/{id}"), &case.token, None).await;
    assert_eq!(one.body["last_seen"], "2026-11-22T12:01:00Z");
    let nobody = "/v1/users/nobody/webauthn-credentials";
    assert_eq!(case.app.call(Method::GET, nobody, &case.token, None).await.status, 404);
}

#[tokio::test]
async fn a_user_looks_after_the_own_passkeys_and_a_client_after_everybodys() {
    for by_client in [true, false] {
        let mut case = Case::new().await;
        let registered = case.register().await;
        let (user_id, id) = (registered.text("user_id"), registered.text("credential_id"));
        let (whose, token) =
            if by_client { (user_id, case.token.clone()) } else { ("me", case.user_token().await) };
        let all = format!("/v1/users/{whose}/webauthn-credentials");
        let one = format!("{all}/{id}");
        let name = |text: &str| Some(json!({"display_name": text}));
        let renamed = case.app.call(Method::PATCH, &one, &token, name("Alex\u{2019}s phone")).await;
        assert_eq!(renamed.status, 204, "{renamed:?}");
        let list = case.app.call(Method::GET, &all, &token, None).await;
        assert_eq!(list.body[0]["display_name"], "Alex\u{2019}s phone");
        assert_eq!(list.body[0], case.app.call(Method::GET, &one, &token, None).await.body);
        for bad in [json!({}), json!({"display_name": ""}), json!({"display_name": "a\u{0}"})] {
            let answer = case.app.call(Method::PATCH, &one, &token, Some(bad)).await;
            assert_eq!((answer.status.as_u16(), &answer.body["error_code"]), (400, &json!(400)));
        }

        assert_eq!(case.app.call(Method::DELETE, &one, &token, None).await.status, 204);
        assert_eq!(case.app.call(Method::DELETE, &one, &token, None).await.status, 404);
        assert_eq!(case.app.call(Method::PATCH, &one, &token, name("x")).await.status, 404);
        let gone = case.app.call(Method::GET, &one, &token, None).await;
        assert_eq!(gone.body["status"], "removed");
        let answer = case.sign_in_by(&case.browser()).await;
        assert_eq!(answer.refusal(), (400, "invalid_webauthn_credential"));
        // Nor is it named to a browser that asks for this person.
        let started = case.start(json!({"username": case.email()})).await;
        let allowed = &started.body["credential_request_options"]["allowCredentials"];
        let (raw_id, _) = case.passkey.clone().unwrap();
        assert_ne!(allowed[0]["id"], STANDARD.encode(raw_id).as_str());
    }
}

#[tokio::test]
async fn nobody_else_sees_or_changes_a_passkey() {
    let mut case = Case::new().await;
    let registered = case.register().await;
    let (user_id, id) = (registered.text("user_id"), registered.text("credential_id"));
    let (of_user, own) = (
        format!("/v1/users/{user_id}/webauthn-credentials"),
        "/v1/users/me/webauthn-credentials".to_owned(),
    );
    let alex = case.user_token().await;
    let sam = case.app.sign_in("sam@example.com").await;
    let sam = sam["access_token"].as_str().unwrap().to_owned();
    // The agent holds a user token of Alex, once Alex has allowed something.
    let request = case.app.started().await;
    let request = request.text("auth_req_id");
    case.app.complete(&alex, request, true).await;
    case.app.clock.advance(Duration::from_secs(6));
    let agent = case.app.poll(request).await.text("access_token").to_owned();
    let name = Some(json!({"display_name": "mine"}));
    let calls = [(Method::GET, None), (Method::PATCH, name), (Method::DELETE, None)];
    for (method, body) in calls {
        for (path, token, status) in [
            (&of_user, &alex, 401),
            (&of_user, &String::new(), 401),
            (&own, &case.token, 401),
            (&own, &agent, 403),
            (&own, &sam, 404),
        ] {
            let path = format!("{path}/{id}");
            let answer = case.app.call(method.clone(), &path, token, body.clone()).await;
            assert_eq!(answer.status, status, "{method} {path}");
        }
    }
    assert_eq!(case.app.call(Method::GET, &own, &sam, None).await.body, json!([]));
    assert_eq!(case.app.call(Method::GET, &own, &agent, None).await.status, 403);
    let started = case.register_start(json!({})).await;
    let result = json!({"webauthn_encoded_result": case.make(&started)});
    let answer = case.app.api(REGISTER, &agent, result).await;
    assert_eq!(answer.refusal(), (403, "unauthorized_request"));
    let list = case.app.call(Method::GET, &own, &alex, None).await;
    assert_eq!(list.body.as_array().unwrap().len(), 1);
    assert_eq!(list.body[0]["status"], "active");
}

/// The mails to the demo's first customer about a new passkey, once there are so many.
async fn notices(app: &TestApp, count: usize) -> Vec<Value> {
    for _ in 0..200 {
        let mut sent = app.outbox().await;
        sent.retain(|message| message["links"] == json!([]) && message["channel"] == "email");
        if sent.len() >= count {
            return sent;
        }
        tokio::task::yield_now().await;
    }
    panic!("notice {count} has not come");
}

#[tokio::test]
async fn whoever_owns_the_account_is_told_of_a_new_passkey_in_their_language() {
    let app = TestApp::start_with(|config| {
        config.brand.support_phone = Some("+1 555 0199".into());
    });
    let mut case = Case::of(app.await).await;
    let token = case.user_token().await;
    for (count, (language, subject, call)) in [
        ("en-GB,de;q=0.5", "A passkey was added", "call +1 555"),
        ("de", "ein Passkey angelegt", "rufen Sie"),
        ("es", "llave de acceso", "llame"),
        ("fr-CA", "clé d’accès", "appelez"),
        ("ar", "مفتاح مرور", "اتصل"),
        ("xx", "A passkey was added", "call +1 555"),
    ]
    .into_iter()
    .enumerate()
    {
        let started = case.register_start(json!({})).await;
        let body = json!({"webauthn_encoded_result": case.make(&started)});
        let answer = case
            .app
            .http
            .post(format!("{}{REGISTER}", case.app.provider))
            .bearer_auth(&token)
            .header("accept-language", language)
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let notice = notices(&case.app, count + 1).await.pop().unwrap();
        assert_eq!(notice["to"], case.email().as_str());
        assert!(notice["subject"].as_str().unwrap().contains(subject), "{notice}");
        let text = notice["text"].as_str().unwrap().replace('\u{a0}', " ");
        // When, what to do if it was somebody else, and nothing that signs in.
        assert!(text.contains("2026-11-22 12:00 UTC"), "{text}");
        assert!(text.contains(call) && text.contains("+1 555 0199"), "{text}");
        assert!(!text.contains("http") && notice["code"].is_null(), "{notice}");
    }
}

#[tokio::test]
async fn a_passkey_is_added_although_nobody_can_be_told() {
    let app = TestApp::start_with(|config| {
        config.mail.smtp_url = Some(Secret::new("smtp://127.0.0.1:1"));
        config.mail.from = Some("no-reply@example.com".into());
    })
    .await;
    let mut case = Case::of(app).await;
    assert_eq!(case.register().await.status, 200);
    assert_eq!(case.sign_in_by(&case.browser()).await.status, 200);
}

#[tokio::test]
async fn nobody_takes_a_name_that_may_be_somebodys() {
    let case = Case::new().await;
    let sam = case.app.sign_in("sam@example.com").await;
    let sam = sam["access_token"].as_str().unwrap();
    for (name, status) in [
        // Nobody's yet, and Alex's in another spelling.
        ("new@example.com", 409),
        ("+15550999", 409),
        ("ALEX@example.com", 409),
        (case.app.demo.users[0].user_id.as_str(), 409),
        ("Sam@Example.com", 200),
        ("sam the first", 200),
    ] {
        let mut phone = Case {
            phone: SoftPasskey::new(true),
            passkey: None,
            token: String::new(),
            app: TestApp::start().await,
        };
        phone.app.site = case.app.site.clone();
        let started = case.register_start(json!({"username": name})).await;
        let result = json!({"webauthn_encoded_result": phone.make(&started)});
        let answer = case.app.api(REGISTER, sam, result).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
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
async fn a_ceremony_is_its_clients_and_ends_as_what_it_was_begun() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    let (client_id, secret, _) = case.app.another_client().await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id.as_str()),
        ("client_secret", secret.expose()),
    ];
    let foreign = case.app.form("/oidc/token", &form).await;
    let body = json!({"webauthn_encoded_result": encode(&result)});
    let answer = case.app.api(AUTHENTICATE, foreign.text("access_token"), body).await;
    assert_eq!(answer.refusal(), (400, "invalid_webauthn_session"));
    // Nothing is spent by that.
    assert_eq!(case.authenticate(&result).await.status, 200);

    // A registration's session, with an assertion that is good in itself.
    let registration = case.register_start(json!({})).await;
    let started = case.start(json!({})).await;
    let mut result = case.sign(&started, &browser);
    result["webauthnSessionId"] = registration.text("webauthn_session_id").into();
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.refusal(), (400, "invalid_webauthn_session"));
}

#[tokio::test]
async fn a_passkey_that_was_synchronised_cannot_be_one_that_never_was() {
    let mut case = Case::with_passkey().await;
    let storage = case.app.storage().await;
    let changed = sqlx::query(
        "UPDATE webauthn_credentials SET passkey = \
         REPLACE(passkey, '\"backup_eligible\":false', '\"backup_eligible\":true')",
    )
    .execute(storage.writer())
    .await
    .unwrap();
    assert_eq!(changed.rows_affected(), 1);
    let answer = case.sign_in_by(&case.browser()).await;
    assert_eq!(answer.refusal(), (400, "webauthn_backup_eligibility_changed"));
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
async fn a_session_that_was_changed_or_sealed_for_something_else_is_none() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let mut result = case.sign(&started, &browser);
    let good = started.text("webauthn_session_id").to_owned();
    let flipped = if good.starts_with('A') { "B" } else { "A" };
    for session in [
        format!("{flipped}{}", &good[1..]),
        format!("{good}="),
        good[..good.len() - 4].to_owned(),
        String::new(),
        "session".into(),
    ] {
        result["webauthnSessionId"] = session.into();
        let answer = case.authenticate(&result).await;
        assert_eq!(answer.refusal(), (400, "invalid_webauthn_session"));
    }
    result["webauthnSessionId"] = good.into();
    assert_eq!(case.authenticate(&result).await.status, 200);
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

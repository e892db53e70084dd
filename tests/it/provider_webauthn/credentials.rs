//! The passkeys of an account: how they are made, told of, described, renamed and removed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciba_login::config::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use webauthn_authenticator_rs::softpasskey::SoftPasskey;

use super::{Case, REGISTER};
use crate::support::{TestApp, claims};

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

//! The API client against a provider that follows a script: who we say we are, the client's token,
//! its keys, and what each group of calls makes of each family of errors.

mod sign_in;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciba::{AuthReqId, Completion, Decision, RefusalReason};
use ciba_login::config::Secret;
use serde_json::{Value, json};
use transmit::{
    CibaAuthorization, ClientAuthentication, ClientKey, EmailAddress, PollAnswer, UserAccessToken,
};
use wiremock::{Request, ResponseTemplate};

use crate::support::scripted::{AUTH_REQ_ID, ScriptedProvider, refusal};

const CODE_SEND: &str = "/cis/v1/auth/otp/send";
const COMPLETE: &str = "/cis/auth/backchannel/complete";

fn json_answer(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// A provider that gives our client a token.
async fn provider() -> ScriptedProvider {
    let provider = ScriptedProvider::start().await;
    let token = json!({ "access_token": "t1", "token_type": "Bearer", "expires_in": 3600 });
    provider.script("POST", "/oidc/token", vec![json_answer(200, token)]).await;
    provider
}

fn form(request: &Request) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

async fn last(provider: &ScriptedProvider) -> Request {
    provider.server.received_requests().await.unwrap().pop().unwrap()
}

fn email() -> EmailAddress {
    EmailAddress::parse("alex@example.com").unwrap()
}

#[tokio::test]
async fn many_callers_share_one_token_until_shortly_before_its_end() {
    let provider = ScriptedProvider::start().await;
    let token = |name: &str| json_answer(200, json!({ "access_token": name, "expires_in": 3600 }));
    let asked = provider.script("POST", "/oidc/token", vec![token("t1"), token("t2")]).await;
    let code = json_answer(200, json!({ "message": "OTP sent", "code": "123456" }));
    provider.script("POST", CODE_SEND, vec![code]).await;
    let transmit = provider.transmit();
    let address = email();
    let (a, b, c) = tokio::join!(
        transmit.create_code(&address, 10),
        transmit.create_code(&address, 10),
        transmit.create_code(&address, 10),
    );
    for code in [a, b, c] {
        assert_eq!(code.unwrap().as_deref(), Some("123456"));
    }
    assert_eq!(asked.lock().unwrap().len(), 1);

    provider.clock.advance(Duration::from_secs(3530));
    transmit.create_code(&address, 10).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 1);
    provider.clock.advance(Duration::from_secs(20));
    transmit.create_code(&address, 10).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
    assert_eq!(last(&provider).await.headers["authorization"], "Bearer t2");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let provider = ScriptedProvider::start().await;
    let token = |name: &str| json_answer(200, json!({ "access_token": name, "expires_in": 3600 }));
    let asked = provider.script("POST", "/oidc/token", vec![token("t1"), token("t2")]).await;
    let refused = json_answer(401, json!({ "message": "Invalid token", "error_code": 401 }));
    let good = json_answer(200, json!({ "code": "123456" }));
    let called = provider.script("POST", CODE_SEND, vec![good.clone(), refused, good]).await;
    let transmit = provider.transmit();
    transmit.create_code(&email(), 10).await.unwrap();
    transmit.create_code(&email(), 10).await.unwrap();
    assert_eq!(called.lock().unwrap().len(), 3);
    assert_eq!(asked.lock().unwrap().len(), 2);
    assert_eq!(last(&provider).await.headers["authorization"], "Bearer t2");
}

#[tokio::test]
async fn a_token_that_is_refused_when_new_is_not_asked_for_in_a_circle() {
    let provider = provider().await;
    let called = provider.script("POST", CODE_SEND, vec![ResponseTemplate::new(401)]).await;
    let refused = provider.transmit().create_code(&email(), 10).await.unwrap_err();
    assert_eq!(refused.api().unwrap().status, 401);
    assert_eq!(called.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_whatever_the_refusal_is_called_unless_it_is_a_persons() {
    for (code, calls) in [
        ("token_expired", 3),
        ("invalid_token", 3),
        ("jwt_malformed", 3),
        ("auth_invalid_credentials", 2),
        ("no_credentials_registered", 2),
        ("user_not_active", 2),
    ] {
        let provider = provider().await;
        let refused = json_answer(401, json!({ "error_code": code, "message": "no" }));
        let good = json_answer(200, json!({ "code": "123456" }));
        let called = provider.script("POST", CODE_SEND, vec![good.clone(), refused, good]).await;
        let transmit = provider.transmit();
        transmit.create_code(&email(), 10).await.unwrap();
        let second = transmit.create_code(&email(), 10).await;
        assert_eq!(called.lock().unwrap().len(), calls, "{code}: {second:?}");
    }
}

#[tokio::test]
async fn the_client_proves_itself_in_each_of_three_ways() {
    let provider = ScriptedProvider::start().await;
    provider.script("POST", "/oidc/token", vec![refusal("authorization_pending")]).await;
    let id = AuthReqId::parse(AUTH_REQ_ID).unwrap();

    let answer = provider.transmit().poll(&id).await;
    assert!(matches!(answer, Ok(PollAnswer::Pending)));
    let sent = last(&provider).await;
    assert_eq!(form(&sent)["client_secret"], "client secret");
    assert!(!sent.headers.contains_key("authorization"));

    let basic = ClientAuthentication::SecretBasic(Secret::new("s: é"));
    provider.transmit_with(basic).poll(&id).await.unwrap();
    let sent = last(&provider).await;
    let expected = format!("Basic {}", STANDARD.encode("client:s%3A+%C3%A9"));
    assert_eq!(sent.headers["authorization"], expected);
    assert!(!form(&sent).contains_key("client_secret"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.pem");
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(key.as_ref())
    );
    std::fs::write(&file, pem).unwrap();
    let signed = ClientAuthentication::PrivateKeyJwt(ClientKey::load(&file).unwrap());
    provider.transmit_with(signed).poll(&id).await.unwrap();
    let sent = form(&last(&provider).await);
    assert_eq!(
        sent["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let payload = sent["client_assertion"].split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("client"), &json!("client")));
    assert_eq!(claims["aud"], format!("{}/oidc/token", provider.server.uri()));
    assert!(!sent.contains_key("client_secret"));
}

#[tokio::test]
async fn completing_ends_well_on_every_answer() {
    let provider = ScriptedProvider::start().await;
    let id = AuthReqId::parse(AUTH_REQ_ID).unwrap();
    let token = UserAccessToken::new("user token");
    let known =
        |status, code: &str| json_answer(status, json!({ "error_code": code, "message": "no" }));
    let refused = |refusal| format!("{:?}", Completion::Refused(refusal));
    let cases = [
        (ResponseTemplate::new(200), "Confirmed".to_owned()),
        (ResponseTemplate::new(204), "Confirmed".into()),
        (ResponseTemplate::new(200).set_body_string("x".repeat(300_000)), "Confirmed".into()),
        (json_answer(200, json!({ "error": "odd" })), "Unknown".into()),
        (ResponseTemplate::new(200).set_body_string("<html>"), "Unknown".into()),
        (ResponseTemplate::new(401), "Unauthorised".into()),
        (known(409, "auth_req_already_completed"), refused(RefusalReason::AlreadyDecided)),
        (known(400, "auth_req_expired"), refused(RefusalReason::Expired)),
        (known(404, "auth_req_not_found"), refused(RefusalReason::NotFound)),
        (known(403, "user_mismatch"), refused(RefusalReason::WrongUser)),
        (
            json_answer(400, json!({ "message": ["x"], "error_code": 400 })),
            refused(RefusalReason::Other),
        ),
        (ResponseTemplate::new(404).set_body_string("<html>"), "Unknown".into()),
        (ResponseTemplate::new(403).set_body_string("blocked"), "Unknown".into()),
        (ResponseTemplate::new(500), "Unknown".into()),
        (ResponseTemplate::new(503), "Unknown".into()),
        (ResponseTemplate::new(429), "Unknown".into()),
        (ResponseTemplate::new(302).insert_header("Location", "/"), "Unknown".into()),
        (ResponseTemplate::new(200).set_delay(Duration::from_secs(2)), "Unknown".into()),
    ];
    for (answer, expected) in cases {
        provider.server.reset().await;
        provider.script("POST", COMPLETE, vec![answer.clone()]).await;
        let completion = provider.transmit().complete(&token, &id, Decision::Deny).await;
        let said = format!("{completion:?}");
        assert!(said.starts_with(&expected), "{answer:?}: {said}, not {expected}");
        let sent = last(&provider).await;
        assert_eq!(sent.headers["authorization"], "Bearer user token");
        let body: Value = serde_json::from_slice(&sent.body).unwrap();
        assert_eq!(body, json!({ "auth_req_id": AUTH_REQ_ID, "approved": false }));
    }
    let completion = provider.transmit_to_nobody().complete(&token, &id, Decision::Approve).await;
    assert!(matches!(completion, Completion::NotSent(_)), "{completion:?}");
}

#[tokio::test]
async fn a_client_is_changed_only_by_a_complete_ciba_authorization() {
    let provider = provider().await;
    let call = "/cis/v1/applications/app%2F1/clients/c";
    let client = json!({
        "client_id": "c", "client_secret": "must never be shown", "name": "Shop",
        "redirect_uris": ["https://a.example"], "resources": [],
        "ciba_authorization": { "enabled": true, "login_uri": "https://login.example/login" },
    });
    provider.script("GET", call, vec![json_answer(200, client.clone())]).await;
    provider.script("PUT", call, vec![json_answer(200, client)]).await;
    let transmit = provider.transmit();
    let found = transmit.find_client("app/1", "c").await.unwrap().unwrap();
    assert!(!format!("{found:?}").contains("must never"));
    let wanted = CibaAuthorization {
        enabled: true,
        login_uri: Some("https://login.example/login".into()),
        ..CibaAuthorization::default()
    };
    let changed = transmit.update_ciba("app/1", "c", &wanted).await.unwrap();
    assert_eq!(changed.ciba_authorization.as_ref(), Some(&wanted));
    let body: Value = serde_json::from_slice(&last(&provider).await.body).unwrap();
    assert_eq!(
        body,
        json!({ "ciba_authorization": { "enabled": true, "login_uri": "https://login.example/login" } })
    );
    assert_eq!(transmit.find_client("app", "nobody").await.unwrap(), None);
}

#[tokio::test]
async fn a_client_is_read_in_every_shape_and_nothing_of_it_is_lost() {
    let provider = provider().await;
    let call = "/cis/v1/applications/app/clients/c";
    let ciba = |enabled: bool| json!({ "enabled": enabled, "login_uri": "https://login.example/login", "new": [1] });
    let client = |enabled: bool| {
        let client = json!({
            "client_id": "c", "redirect_uris": null, "ciba_authorization": ciba(enabled),
        });
        json_answer(200, json!({ "result": client }))
    };
    provider.script("GET", call, vec![client(false), client(true)]).await;
    let put = provider.script("PUT", call, vec![ResponseTemplate::new(204)]).await;
    let transmit = provider.transmit();
    let found = transmit.find_client("app", "c").await.unwrap().unwrap();
    assert_eq!(found.redirect_uris, Vec::<String>::new());
    let wanted = CibaAuthorization { enabled: true, ..found.ciba_authorization.unwrap() };
    let now = transmit.update_ciba("app", "c", &wanted).await.unwrap();
    assert_eq!(now.ciba_authorization, Some(wanted), "read again: the answer was empty");
    assert_eq!(put.lock().unwrap().len(), 1);
    let requests = provider.server.received_requests().await.unwrap();
    let sent = requests.iter().find(|request| request.method == "PUT").unwrap();
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(sent, json!({ "ciba_authorization": ciba(true) }));
}

#[tokio::test]
async fn a_provider_that_hangs_costs_those_who_wait_one_time_out() {
    let provider = ScriptedProvider::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    let asked = provider.script("POST", "/oidc/token", vec![late]).await;
    let transmit = provider.transmit();
    let address = email();
    let (a, b, c) = tokio::join!(
        transmit.create_code(&address, 10),
        transmit.create_code(&address, 10),
        transmit.create_code(&address, 10),
    );
    assert!([a, b, c].iter().all(Result::is_err));
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn keys_that_are_there_are_believed_for_a_while_when_the_provider_is_away() {
    let provider = ScriptedProvider::start().await;
    provider.server.reset().await;
    let keys = json_answer(200, json!({ "keys": [provider.key.jwk()] }));
    let away = ResponseTemplate::new(503);
    provider.script("GET", "/cis/oidc/jwks", vec![keys, away]).await;
    let transmit = provider.transmit();
    let verify = async || {
        let token = provider.key.sign(&provider.claims());
        transmit.verify_id_token(&token, transmit::Expected::default()).await
    };
    verify().await.unwrap();
    provider.clock.advance(Duration::from_secs(2 * 3600));
    verify().await.unwrap();
    provider.clock.advance(Duration::from_secs(5 * 3600));
    assert!(verify().await.is_err());
}

#[tokio::test]
async fn keys_are_fetched_again_for_a_new_one_and_not_for_every_invented_one() {
    let provider = ScriptedProvider::start().await;
    provider.server.reset().await;
    let new = crate::support::scripted::SigningKey::new("k2");
    let old_set = json_answer(200, json!({ "keys": [provider.key.jwk()] }));
    let odd = json!({ "kty": "XYZ", "kid": "odd" });
    let new_set = json_answer(200, json!({ "keys": [odd, provider.key.jwk(), new.jwk()] }));
    let asked = provider.script("GET", "/cis/oidc/jwks", vec![old_set, new_set]).await;
    let transmit = provider.transmit();
    let verify =
        async |token: String| transmit.verify_id_token(&token, transmit::Expected::default()).await;
    verify(provider.key.sign(&provider.claims())).await.unwrap();
    assert!(verify(new.sign(&provider.claims())).await.is_err(), "fetched a moment ago");
    assert_eq!(asked.lock().unwrap().len(), 1);
    provider.clock.advance(Duration::from_secs(31));
    verify(new.sign(&provider.claims())).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
    let invented = crate::support::scripted::SigningKey::new("k3");
    for _ in 0..5 {
        assert!(verify(invented.sign(&provider.claims())).await.is_err());
    }
    assert_eq!(asked.lock().unwrap().len(), 2);
}

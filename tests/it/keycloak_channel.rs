//! What comes to the address that Keycloak asks, from Keycloak and from everybody else.

use std::time::Duration;

use ciba_login::config::Secret;
use platform::clock::Clock;
use platform::storage::Storage;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use tokio::task::JoinSet;

use crate::support::keycloak::{AGENTS_CLIENT, KeycloakApp};
use crate::support::on_both_engines;
use crate::support::scripted::SigningKey;

pub const BODY: &str = r#"{"scope":"openid","login_hint":"alex","is_consent_required":false}"#;

pub async fn post(app: &KeycloakApp, bearer: &str, body: &str) -> u16 {
    post_with(app, bearer, body, HeaderMap::new()).await
}

async fn post_with(app: &KeycloakApp, bearer: &str, body: &str, more: HeaderMap) -> u16 {
    let request = app
        .http
        .post(format!("{}/keycloak/channel", app.site))
        .bearer_auth(bearer)
        .header("content-type", "application/json")
        .headers(more)
        .body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

async fn nothing_was_sent(app: &KeycloakApp) {
    // A request that is good comes through afterwards, and its link is the only one.
    app.asked(&[]).await;
    assert_eq!(app.messages().await.len(), 1);
}

#[tokio::test]
async fn a_bearer_that_is_not_of_a_request_is_refused() {
    let app = KeycloakApp::start().await;
    let other = json!(format!("{}/realms/other", app.keycloak.base));
    for changes in [
        json!({ "iss": other }),
        json!({ "aud": other }),
        json!({ "aud": "call-centre" }),
        json!({ "typ": "ID" }),
        json!({ "typ": null }),
        json!({ "jti": "onrtac:9828a3c6-3b17-4789-97c0-e55fb0a97888" }),
        json!({ "sid": "a session" }),
        json!({ "scope": "openid" }),
        json!({ "exp": 1 }),
        json!({ "exp": null }),
        json!({ "sub": null }),
        json!({ "azp": null }),
    ] {
        assert_eq!(post(&app, &app.keycloak.bearer(&changes), BODY).await, 401, "{changes}");
    }
    let good = app.keycloak.bearer(&json!({}));
    let claims: Value = {
        use base64::Engine;
        let part = good.split('.').nth(1).unwrap();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let stranger = SigningKey::new("k1");
    assert_eq!(post(&app, &stranger.sign(&claims), BODY).await, 401);
    assert_eq!(post(&app, &stranger.sign_with_public_key(&claims), BODY).await, 401);
    let none = SigningKey::with_header(&json!({ "alg": "none" }), &claims, b"");
    assert_eq!(post(&app, &none, BODY).await, 401);
    assert_eq!(post(&app, "", BODY).await, 401);
    nothing_was_sent(&app).await;
}

#[tokio::test]
async fn a_client_that_is_not_listed_is_refused() {
    let app = KeycloakApp::start().await;
    let refused = app.keycloak.ask_as("another-client", &[]).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    nothing_was_sent(&app).await;
}

#[tokio::test]
async fn a_client_that_slips_a_claim_in_is_refused() {
    let app = KeycloakApp::start().await;
    for (name, value) in [
        ("sub", "68958eaa-f7f4-4196-998c-750d89af84b1"),
        ("exp", "1"),
        ("jti", "x"),
        ("acr", "2"),
        ("is_consent_required", "yes"),
        ("binding_message", "two words"),
    ] {
        let refused = app.keycloak.ask(&[(name, value)]).await;
        assert_eq!(refused.status, 503, "{name} {refused:?}");
    }
    nothing_was_sent(&app).await;
}

#[tokio::test]
async fn a_body_that_is_not_keycloaks_is_refused() {
    let app = KeycloakApp::start().await;
    let bearer = || app.keycloak.bearer(&json!({}));
    for body in ["", "{}", "[]", "null", "{", r#"{"login_hint":"alex"}"#] {
        assert_eq!(post(&app, &bearer(), body).await, 400, "{body}");
    }
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(20_000));
    assert_eq!(post(&app, &bearer(), &long).await, 413);
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")] {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        assert_eq!(post_with(&app, &bearer(), BODY, headers).await, 403, "{name}");
    }
    let form = app.http.post(format!("{}/keycloak/channel", app.site)).bearer_auth(bearer());
    assert_eq!(form.form(&[("a", "b")]).send().await.unwrap().status().as_u16(), 415);
    let opened = app.http.get(format!("{}/keycloak/channel", app.site)).send().await.unwrap();
    assert_eq!(opened.status().as_u16(), 405);
    nothing_was_sent(&app).await;
}

#[tokio::test]
async fn a_copy_of_a_request_changes_nothing() {
    let app = KeycloakApp::start().await;
    let bearer = app.keycloak.bearer(&json!({}));
    for _ in 0..3 {
        assert_eq!(post(&app, &bearer, BODY).await, 201);
    }
    app.link(1).await;
    app.clock.advance(Duration::from_secs(60));
    app.asked(&[]).await;
    assert_eq!(app.messages().await.len(), 2);
}

#[tokio::test]
async fn a_customer_is_not_flooded() {
    let app = KeycloakApp::start().await;
    for _ in 0..3 {
        assert_eq!(app.keycloak.ask_as(AGENTS_CLIENT, &[]).await.status, 200);
    }
    assert_eq!(app.keycloak.ask_as(AGENTS_CLIENT, &[]).await.status, 503);
    // For somebody else there is room, and again for the first when their requests are over.
    assert_eq!(app.keycloak.ask(&[("login_hint", "sam")]).await.status, 200);
    app.clock.advance(Duration::from_secs(301));
    assert_eq!(app.keycloak.ask(&[]).await.status, 200);
}

#[tokio::test]
async fn the_document_of_the_channel_names_every_answer() {
    let document = include_str!("../../docs/channel.openapi.json");
    let document: Value = serde_json::from_str(document).unwrap();
    let channel = &document["paths"]["/keycloak/channel"]["post"];
    let documented = |status: u16| channel["responses"].get(status.to_string()).is_some();
    let app = KeycloakApp::start().await;
    let bearer = || app.keycloak.bearer(&json!({}));
    let header = |name: &'static str, value: &'static str| {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))])
    };
    let browser = header("sec-fetch-site", "cross-site");
    let key = r#","x_link_key":"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA","x_channel":"link"}"#;
    let with_key = BODY.replace('}', key);
    let long = BODY.replace("alex", &"x".repeat(17_000));
    let mut seen = vec![
        post(&app, &bearer(), &with_key).await,
        post(&app, &bearer(), &with_key).await,
        post(&app, "", BODY).await,
        post(&app, &bearer(), "{}").await,
        post(&app, &bearer(), &long).await,
        post_with(&app, &bearer(), BODY, browser).await,
        post(&app, &bearer(), BODY).await,
        post(&app, &bearer(), BODY).await,
        post(&app, &bearer(), BODY).await,
    ];
    assert!(seen.iter().all(|status| documented(*status)), "{seen:?}");
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [201, 400, 401, 403, 409, 413, 429]);
    let schema = &document["components"]["schemas"]["Request"];
    let body: Value = serde_json::from_str(&with_key).unwrap();
    for name in body.as_object().unwrap().keys() {
        assert!(schema["properties"].get(name).is_some(), "{name}");
    }
    for name in schema["required"].as_array().unwrap() {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove(name.as_str().unwrap());
        assert_eq!(post(&app, &bearer(), &body.to_string()).await, 400, "{name}");
    }
}

async fn bench(database: Option<Secret>) -> KeycloakApp {
    KeycloakApp::start_with(|config| {
        if let Some(url) = database {
            config.storage.url = url;
        }
    })
    .await
}

async fn a_bearer_at_once_in_several_calls_makes_one_request(app: KeycloakApp) {
    let storage = Storage::attach(&app.config.storage).await.unwrap();
    for round in 0..100 {
        let bearer = app.keycloak.bearer(&json!({}));
        let mut copies = JoinSet::new();
        for _ in 0..4 {
            let request = app.http.post(format!("{}/keycloak/channel", app.site));
            let request = request.bearer_auth(&bearer).header("content-type", "application/json");
            let request = request.body(BODY);
            copies.spawn(async move { request.send().await.unwrap().status().as_u16() });
        }
        assert_eq!(copies.join_all().await, [201; 4], "round {round}");
        let query = "SELECT COUNT(*) FROM site_pushed_requests WHERE received_at = $1";
        let made = sqlx::query_scalar(query).bind(app.clock.unix());
        let made: i64 = made.fetch_one(storage.reader()).await.unwrap();
        assert_eq!(made, 1, "round {round}");
        // Within the limit of those that wait.
        app.clock.advance(Duration::from_secs(301));
    }
}

on_both_engines!(
    on_postgresql_a_bearer_is_used_once,
    bench:
    a_bearer_at_once_in_several_calls_makes_one_request,
);

//! Starting a request: what is sent, and every answer that nobody could poll with.

use std::collections::BTreeMap;
use std::time::Duration;

use ciba::BindingMessage;
use serde_json::{Value, json};
use transmit::{BackchannelRequest, Channel, LoginHintType, TransmitError};
use wiremock::ResponseTemplate;

use crate::support::scripted::{AUTH_REQ_ID, ScriptedProvider};

fn request() -> BackchannelRequest {
    BackchannelRequest {
        login_hint: "alex@example.com".into(),
        login_hint_type: LoginHintType::Email,
        binding_message: Some(BindingMessage::parse("CASE-4711").unwrap()),
        channel: Channel::Email,
        custom_message: Some("Ready to authenticate?".into()),
        requested_expiry: Some(300),
        scope: "openid email".into(),
        contact: None,
        locale: None,
    }
}

#[tokio::test]
async fn sends_every_field_as_the_api_documents_it() {
    let provider = ScriptedProvider::start().await;
    let answer = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 300, "interval": 5 });
    let answer = ResponseTemplate::new(200).set_body_json(answer);
    provider.script("POST", "/cis/oidc/backchannel", vec![answer]).await;
    let started = provider.transmit().start(&request()).await.unwrap();
    assert_eq!(started.auth_req_id.as_str(), AUTH_REQ_ID);
    assert_eq!(started.expires_in, Duration::from_secs(300));

    let sent = provider.server.received_requests().await.unwrap().pop().unwrap();
    assert_eq!(sent.headers["accept"], "application/json");
    let form: BTreeMap<_, _> = url::form_urlencoded::parse(&sent.body).into_owned().collect();
    let context: Value = serde_json::from_str(&form["request_context"]).unwrap();
    let expected = json!({
        "channel": "email", "login_hint_type": "email", "custom_message": "Ready to authenticate?",
    });
    assert_eq!(context, expected);
    for (name, value) in [
        ("client_id", "client"),
        ("client_secret", "client secret"),
        ("scope", "openid email"),
        ("login_hint", "alex@example.com"),
        ("binding_message", "CASE-4711"),
        ("requested_expiry", "300"),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(form.len(), 7);
}

#[tokio::test]
async fn an_answer_that_nobody_can_poll_with_is_refused() {
    for answer in [
        json!({ "expires_in": 300 }).to_string(),
        json!({ "auth_req_id": AUTH_REQ_ID }).to_string(),
        json!({ "auth_req_id": "<script>", "expires_in": 300 }).to_string(),
        "{".into(),
        "<html></html>".into(),
        String::new(),
    ] {
        let provider = ScriptedProvider::start().await;
        let template = ResponseTemplate::new(200).set_body_string(&answer);
        provider.script("POST", "/cis/oidc/backchannel", vec![template]).await;
        let refused = provider.transmit().start(&request()).await;
        assert!(matches!(refused, Err(TransmitError::Unexpected { status: 200, .. })), "{answer}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let provider = ScriptedProvider::start().await;
    let endless = ResponseTemplate::new(200).set_body_string("x".repeat(1024 * 1024));
    provider.script("POST", "/cis/oidc/backchannel", vec![endless]).await;
    let refused = provider.transmit().start(&request()).await;
    assert!(matches!(refused, Err(TransmitError::Body(_))), "{refused:?}");
}

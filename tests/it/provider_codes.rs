//! One-time codes: the ways they take, what they are worth, and what guessing costs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp, claims};

const SEND: &str = "/v1/auth/otp/send";
const AUTHENTICATE: &str = "/v1/auth/otp/authenticate";

struct Case {
    app: TestApp,
    token: String,
}

impl Case {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let token = app.client_token().await;
        Self { app, token }
    }

    /// Calls with the demo's first customer as the one who is meant.
    async fn call(&self, path: &str, more: Value) -> Answer {
        let mut body = json!({
            "identifier_type": "user_id",
            "identifier": self.app.demo.users[0].user_id,
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.app.api(path, &self.token, body).await
    }

    async fn direct(&self) -> String {
        self.call(SEND, json!({"channel": "direct"})).await.text("code").to_owned()
    }

    async fn type_in(&self, code: &str) -> Answer {
        self.call(AUTHENTICATE, json!({"passcode": code})).await
    }
}

/// A code that is not `code`.
fn other_than(code: &str, step: u32) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + step) % 1_000_000)
}

#[tokio::test]
async fn a_code_by_sms_signs_in_once() {
    let case = Case::new().await;
    let sent = case.call(SEND, json!({"channel": "sms"})).await;
    assert_eq!(sent.body, json!({"message": "OTP sent"}));
    let sms = case.app.outbox().await.pop().unwrap();
    assert_eq!(sms["to"], case.app.demo.users[0].phone_number.as_str());
    let code = sms["code"].as_str().unwrap();
    assert_eq!(code.len(), 6);
    assert!(sms["text"].as_str().unwrap().starts_with(code), "{sms}");
    let answer = case.type_in(code).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let id = claims(answer.text("id_token"));
    assert_eq!(id["amr"], json!(["sms"]));
    assert_eq!(id["sub"], case.app.demo.users[0].user_id.as_str());
    assert_eq!(case.type_in(code).await.refusal(), (400, "auth_invalid_credentials"));
}

#[tokio::test]
async fn the_text_of_an_sms_can_be_given() {
    let case = Case::new().await;
    let input = json!({"custom_message": "{app}: {otp} {otp}", "sender_id": "Bank"});
    let body = json!({
        "channel": "sms", "custom_sms_input": input, "custom_phone_number": "+15550199"
    });
    assert_eq!(case.call(SEND, body).await.status, 200);
    let sms = case.app.outbox().await.pop().unwrap();
    let code = sms["code"].as_str().unwrap();
    assert!(sms["text"].as_str().unwrap().ends_with(&format!(": {code} {code}")), "{sms}");
    assert_eq!(sms["to"], "+15550199");
}

#[tokio::test]
async fn a_code_by_mail_proves_the_mailbox_and_one_to_elsewhere_does_not() {
    let case = Case::new().await;
    case.app.new_user("new", "new@example.com").await;
    let who = json!({"identifier_type": "email", "identifier": "new@example.com"});
    for (custom_email, verified) in [(Some("else@example.com"), false), (None, true)] {
        let mut body = who.clone();
        body["channel"] = "email".into();
        body["email_content"] = json!({"subject": "S", "bodyText": "Type it:"});
        if let Some(custom) = custom_email {
            body["custom_email"] = custom.into();
        }
        case.call(SEND, body).await;
        let mail = case.app.outbox().await.pop().unwrap();
        assert_eq!(mail["to"], custom_email.unwrap_or("new@example.com"));
        let code = mail["code"].as_str().unwrap();
        assert_eq!(mail["text"], format!("Type it:\n\n{code}\n").as_str());
        let mut body = who.clone();
        body["passcode"] = code.into();
        let answer = case.call(AUTHENTICATE, body).await;
        assert_eq!(claims(answer.text("id_token"))["amr"], json!(["eotp"]));
        assert_eq!(case.app.user("new").await.email_verified, verified);
    }
}

#[tokio::test]
async fn a_direct_code_is_given_to_the_caller_and_sent_to_nobody() {
    let case = Case::new().await;
    let approval = json!({"amount": "10.00"});
    let sent = case.call(SEND, json!({"channel": "direct", "approval_data": approval})).await;
    assert!(case.app.outbox().await.is_empty());
    assert_eq!(sent.body["approval_data"], approval);
    let answer = case.type_in(sent.text("code")).await;
    assert_eq!(claims(answer.text("id_token"))["approval_data"], approval);
}

#[tokio::test]
async fn codes_of_two_mails_are_good_side_by_side() {
    let case = Case::new().await;
    let (first, second) = (case.direct().await, case.direct().await);
    assert_eq!(case.type_in(&first).await.status, 200);
    assert_eq!(case.type_in(&second).await.status, 200);
}

#[tokio::test]
async fn a_right_code_that_comes_too_late_is_told_apart() {
    let case = Case::new().await;
    let sent = case.call(SEND, json!({"channel": "direct", "expires_in": 1})).await;
    case.app.clock.advance(Duration::from_secs(60));
    let late = case.type_in(sent.text("code")).await;
    assert_eq!(late.refusal(), (400, "auth_otp_passcode_expired"));
}

#[tokio::test]
async fn five_wrong_codes_lock_for_a_quarter_of_an_hour() {
    let case = Case::new().await;
    let code = case.call(SEND, json!({"channel": "direct", "expires_in": 60})).await;
    let code = code.text("code");
    for step in 1..=5 {
        let answer = case.type_in(&other_than(code, step)).await;
        assert_eq!(answer.refusal(), (400, "auth_invalid_credentials"));
    }
    assert_eq!(case.type_in(code).await.refusal(), (403, "auth_locked"));
    case.app.clock.advance(Duration::from_secs(14 * 60));
    // Trying while it is locked does not lock it for longer.
    assert_eq!(case.type_in(code).await.refusal(), (403, "auth_locked"));
    case.app.clock.advance(Duration::from_secs(60));
    assert_eq!(case.type_in(code).await.status, 200);
}

#[tokio::test]
async fn a_right_code_forgets_the_wrong_ones() {
    let case = Case::new().await;
    for _ in 0..2 {
        let code = case.direct().await;
        for step in 1..=4 {
            case.type_in(&other_than(&code, step)).await;
        }
        assert_eq!(case.type_in(&code).await.status, 200);
    }
}

#[tokio::test]
async fn a_code_is_its_owners_alone() {
    let case = Case::new().await;
    let code = case.direct().await;
    let body = json!({"identifier": case.app.demo.users[1].user_id, "passcode": code});
    let answer = case.call(AUTHENTICATE, body).await;
    assert_eq!(answer.refusal(), (400, "auth_invalid_credentials"));
    let body = json!({"identifier": "nobody", "passcode": code});
    let answer = case.call(AUTHENTICATE, body).await;
    assert_eq!(answer.refusal(), (400, "auth_invalid_credentials"));
    assert_eq!(case.type_in(&code).await.status, 200);
}

#[tokio::test]
async fn a_code_that_was_bound_to_a_request_needs_it() {
    let case = Case::new().await;
    let sent = case.call(SEND, json!({"channel": "direct", "generate_request_id": true})).await;
    let (code, request_id) = (sent.text("code"), sent.text("request_id"));
    assert_eq!(case.type_in(code).await.status, 400);
    let body = json!({"passcode": code, "request_id": request_id});
    assert_eq!(case.call(AUTHENTICATE, body).await.status, 200);
}

#[tokio::test]
async fn refusals_have_the_documented_codes() {
    let case = Case::new().await;
    case.app.new_user("mail-only", "new@example.com").await;
    for (more, refusal) in [
        (json!({"channel": "pigeon"}), (400, "system_invalid_input")),
        (json!({"channel": "sms", "expires_in": 0}), (400, "system_invalid_input")),
        (json!({"channel": "sms", "identifier_type": "card"}), (400, "system_invalid_input")),
        (
            json!({"channel": "sms", "custom_sms_input": {"custom_message": "no code"}}),
            (400, "system_invalid_input"),
        ),
        (
            json!({"channel": "sms", "custom_sms_input": {"sender_id": "more than eleven"}}),
            (400, "system_invalid_input"),
        ),
        (
            json!({"channel": "direct", "approval_data": {"a": {"nested": "x"}}}),
            (400, "system_invalid_input"),
        ),
        (json!({"channel": "sms", "identifier": "nobody"}), (404, "user_not_found")),
        (json!({"channel": "sms", "identifier": "mail-only"}), (404, "user_phone_number_missing")),
    ] {
        assert_eq!(case.call(SEND, more.clone()).await.refusal(), refusal, "{more}");
    }
    assert!(case.app.outbox().await.is_empty());
    assert_eq!(case.app.api(SEND, "", json!({})).await.status, 401);
}

#[tokio::test]
async fn five_codes_a_minute_are_enough_for_one_person() {
    let case = Case::new().await;
    for _ in 0..5 {
        case.direct().await;
    }
    let sixth = case.call(SEND, json!({"channel": "direct"})).await;
    assert_eq!(sixth.refusal(), (429, "too_many_requests"));
}

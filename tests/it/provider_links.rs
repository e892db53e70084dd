//! Links by mail: what is sent, what a link is worth, and to whom.

use std::time::Duration;

use ciba_login::config::Secret;
use provider::users::UserStatus;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::support::{Answer, TestApp, claims};

const SEND: &str = "/v1/auth/link/email/send";
const AUTHENTICATE: &str = "/v1/auth/link/email/authenticate";

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

    /// Asks for a link for the demo's first customer, with `more` in the body.
    async fn send(&self, more: Value) -> Answer {
        let mut body = json!({
            "email": self.app.demo.users[0].email,
            "redirect_uri": format!("{}/mail/callback", self.app.site),
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.app.api(SEND, &self.token, body).await
    }

    /// The link of the newest mail, and the code in it.
    async fn newest(&self) -> (Url, String) {
        let mail = self.app.outbox().await.pop().unwrap();
        let link: Url = mail["links"][0].as_str().unwrap().parse().unwrap();
        let code = link.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        (link, code)
    }

    async fn authenticate(&self, body: Value) -> Answer {
        self.app.api(AUTHENTICATE, &self.token, body).await
    }
}

#[tokio::test]
async fn a_link_signs_its_person_in_once() {
    let case = Case::new().await;
    let sent = case.send(json!({"state": "some state&x=1"})).await;
    assert_eq!(sent.body, json!({"message": "Email sent successfully"}));
    let (link, code) = case.newest().await;
    assert!(link.as_str().starts_with(&format!("{}/mail/callback?code=", case.app.site)), "{link}");
    assert!(link.query_pairs().any(|pair| pair == ("state".into(), "some state&x=1".into())));

    let answer = case.authenticate(json!({"code": code})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let id = claims(answer.text("id_token"));
    assert_eq!(id["sub"], case.app.demo.users[0].user_id.as_str());
    assert_eq!(id["amr"], json!(["eml"]));
    for name in ["access_token", "refresh_token", "session_id"] {
        assert!(answer.body[name].is_string(), "{name}");
    }
    let again = case.authenticate(json!({"code": code})).await;
    assert_eq!(again.status, 400);
    assert_eq!(again.body, json!({"error_code": "400", "message": "Invalid magic link code"}));
}

#[tokio::test]
async fn a_link_runs_out() {
    let case = Case::new().await;
    case.send(json!({"email_expiration": 1})).await;
    let (_, code) = case.newest().await;
    case.app.clock.advance(Duration::from_secs(60));
    assert_eq!(case.authenticate(json!({"code": code})).await.status, 400);
}

#[tokio::test]
async fn asking_again_leaves_the_first_link_good() {
    let case = Case::new().await;
    case.send(json!({})).await;
    let (_, first) = case.newest().await;
    case.send(json!({})).await;
    assert_eq!(case.authenticate(json!({"code": first})).await.status, 200);
}

#[tokio::test]
async fn a_link_that_was_bound_to_a_request_needs_it() {
    let case = Case::new().await;
    let request_id = case.send(json!({"generate_request_id": true})).await;
    let request_id = request_id.text("request_id");
    let (_, code) = case.newest().await;
    for body in [json!({"code": code}), json!({"code": code, "request_id": "another"})] {
        assert_eq!(case.authenticate(body).await.status, 400);
    }
    let answer = case.authenticate(json!({"code": code, "request_id": request_id})).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_mail_says_what_the_caller_wrote_and_nothing_else() {
    let case = Case::new().await;
    case.send(json!({"email_content": {
        "subject": "Your sign-in", "headerText": "Hello", "bodyText": "Open it.",
        "linkText": "Continue", "infoText": "Your code is 482915.", "footerText": "Bye",
        "senderName": "Bank", "primaryColor": "#0b57d0"
    }}))
    .await;
    let mail = case.app.outbox().await.pop().unwrap();
    assert_eq!(mail["channel"], "email");
    assert_eq!(mail["to"], case.app.demo.users[0].email.as_str());
    assert_eq!(mail["subject"], "Your sign-in");
    assert_eq!(mail["code"], "482915");
    assert_eq!(mail["sent_at"], "2026-11-22T12:00:00Z");
    let link = mail["links"][0].as_str().unwrap();
    let text = format!("Hello\n\nOpen it.\n\nContinue:\n{link}\n\nYour code is 482915.\n\nBye\n");
    assert_eq!(mail["text"], text.as_str());
}

#[tokio::test]
async fn the_caller_may_deliver_the_link_and_then_it_proves_no_mailbox() {
    let case = Case::new().await;
    case.app.new_user("new", "new@example.com").await;
    let sent = case.send(json!({"email": "new@example.com", "channel": "direct"})).await;
    assert!(case.app.outbox().await.is_empty());
    assert!(sent.text("link").contains(sent.text("code")));
    assert_eq!(case.authenticate(json!({"code": sent.text("code")})).await.status, 200);
    assert!(!case.app.user("new").await.email_verified);

    case.send(json!({"email": "new@example.com"})).await;
    let (_, code) = case.newest().await;
    assert_eq!(case.authenticate(json!({"code": code})).await.status, 200);
    let user = case.app.user("new").await;
    assert!(user.email_verified);
    assert_eq!(user.status, UserStatus::Active);
}

#[tokio::test]
async fn refusals_have_the_documented_shape() {
    let case = Case::new().await;
    let user_id = case.app.demo.users[0].user_id.clone();
    let site = case.app.site.clone();
    for (more, status) in [
        (json!({"redirect_uri": "https://evil.example/"}), 400),
        (json!({"redirect_uri": format!("{site}/mail/callback/")}), 400),
        (json!({"redirect_uri": null}), 400),
        (json!({"email_expiration": 0}), 400),
        (json!({"email_expiration": 61}), 400),
        (json!({"channel": "pigeon"}), 400),
        (json!({"state": "x".repeat(513)}), 400),
        (json!({"email_content": {"headerText": "no subject"}}), 400),
        (json!({"email": null}), 400),
        (json!({"identifier": "x", "identifier_type": "email"}), 400),
        (json!({"email": "nobody@example.com"}), 404),
    ] {
        let answer = case.send(more.clone()).await;
        assert_eq!(answer.refusal(), (status, status.to_string().as_str()), "{more}");
        assert!(answer.body["message"].is_string(), "{more}");
    }
    assert!(case.app.outbox().await.is_empty());
    let body = json!({"email": null, "identifier": user_id, "identifier_type": "user_id"});
    assert_eq!(case.send(body).await.status, 200);
    assert_eq!(case.app.api(SEND, "", json!({})).await.status, 401);
    let tokens = case.app.sign_in(&case.app.demo.users[1].email).await;
    let user_token = tokens["access_token"].as_str().unwrap();
    assert_eq!(case.app.api(SEND, user_token, json!({})).await.status, 401);
}

#[tokio::test]
async fn five_links_a_minute_are_enough_for_one_person() {
    let case = Case::new().await;
    for _ in 0..5 {
        assert_eq!(case.send(json!({})).await.status, 200);
    }
    assert_eq!(case.send(json!({})).await.refusal(), (429, "429"));
    let other = json!({"email": case.app.demo.users[1].email});
    assert_eq!(case.send(other).await.status, 200);
    case.app.clock.advance(Duration::from_secs(60));
    assert_eq!(case.send(json!({})).await.status, 200);
}

#[tokio::test]
async fn a_get_changes_nothing() {
    let case = Case::new().await;
    case.send(json!({})).await;
    let (_, code) = case.newest().await;
    for path in [SEND, AUTHENTICATE] {
        let path = format!("{path}?code={code}");
        assert_eq!(case.app.call(Method::GET, &path, &case.token, None).await.status, 405);
    }
    assert_eq!(case.authenticate(json!({"code": code})).await.status, 200);
}

#[tokio::test]
async fn a_mail_server_that_is_away_keeps_nobody_waiting() {
    let app = TestApp::start_with(|config| {
        config.mail.smtp_url = Some(Secret::new("smtp://user:secret@127.0.0.1:1"));
        config.mail.from = Some("no-reply@example.com".into());
    })
    .await;
    let token = app.client_token().await;
    let body = json!({
        "email": app.demo.users[0].email, "redirect_uri": format!("{}/mail/callback", app.site)
    });
    let answer = app.api(SEND, &token, body).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.body.to_string().contains("secret"), "{answer:?}");
    assert_eq!(app.outbox().await.len(), 1);
    let queued = sqlx::query_scalar("SELECT COUNT(*) FROM queued_messages");
    let queued: i64 = queued.fetch_one(app.storage().await.reader()).await.unwrap();
    assert_eq!(queued, 1, "it is tried again");
}

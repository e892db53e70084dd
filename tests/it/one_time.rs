//! What is good once is good once, on each engine: links, codes, challenges, and the address at
//! which a request goes on in another browser. Each is used by twenty tasks at the same time. And
//! what is over is gone.

use std::collections::BTreeMap;

use ciba_login::config::Secret;
use platform::clock::{Clock, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};

use crate::provider_webauthn::{AUTHENTICATE, Case, REGISTER, encode};
use crate::site_passkey::address_elsewhere;
use crate::support::{TestApp, on_both_engines};

const ALEX: &str = "alex@example.com";

async fn bench(database: Option<Secret>) -> TestApp {
    TestApp::start_with(|config| {
        if let Some(url) = database {
            config.storage.url = url;
        }
    })
    .await
}

/// How often each status comes back from twenty equal calls at once.
async fn race(app: &TestApp, path: &str, token: &str, body: &Value) -> BTreeMap<u16, usize> {
    let calls = (0..20).map(|_| body.clone()).collect();
    race_of(app, path, token, calls).await
}

async fn race_of(
    app: &TestApp,
    path: &str,
    token: &str,
    bodies: Vec<Value>,
) -> BTreeMap<u16, usize> {
    let mut tasks = JoinSet::new();
    for body in bodies {
        let url = format!("{}{path}", app.provider);
        let request = app.http.post(url).bearer_auth(token).json(&body);
        tasks.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    count(tasks).await
}

async fn count(tasks: JoinSet<u16>) -> BTreeMap<u16, usize> {
    let mut counted = BTreeMap::new();
    for status in tasks.join_all().await {
        *counted.entry(status).or_default() += 1;
    }
    counted
}

fn one_winner(loser: u16) -> BTreeMap<u16, usize> {
    BTreeMap::from([(200, 1), (loser, 19)])
}

async fn of_racing_uses_of_a_link_one_wins(app: TestApp) {
    let token = app.client_token().await;
    let redirect_uri = format!("{}/mail/callback", app.site);
    let body = json!({"email": ALEX, "redirect_uri": redirect_uri, "channel": "direct"});
    let sent = app.api("/v1/auth/link/email/send", &token, body).await;
    let body = json!({"code": sent.text("code")});
    let raced = race(&app, "/v1/auth/link/email/authenticate", &token, &body).await;
    assert_eq!(raced, one_winner(400));
}

async fn code(app: &TestApp, token: &str) -> String {
    let body = json!({"channel": "direct", "identifier_type": "email", "identifier": ALEX});
    app.api("/v1/auth/otp/send", token, body).await.text("code").to_owned()
}

fn passcode(code: &str) -> Value {
    json!({"passcode": code, "identifier_type": "email", "identifier": ALEX})
}

async fn of_racing_uses_of_a_code_one_wins(app: TestApp) {
    let token = app.client_token().await;
    let body = passcode(&code(&app, &token).await);
    // The others are wrong, and soon too many.
    let raced = race(&app, "/v1/auth/otp/authenticate", &token, &body).await;
    assert_eq!(raced.get(&200), Some(&1), "{raced:?}");
    assert!(raced.keys().all(|status| [200, 400, 403].contains(status)), "{raced:?}");
}

async fn of_racing_guesses_five_are_looked_at(app: TestApp) {
    let token = app.client_token().await;
    let right: u32 = code(&app, &token).await.parse().unwrap();
    let guesses = (1..=20).map(|step| passcode(&format!("{:06}", (right + step) % 1_000_000)));
    let raced = race_of(&app, "/v1/auth/otp/authenticate", &token, guesses.collect()).await;
    assert_eq!(raced, BTreeMap::from([(400, 5), (403, 15)]));
}

async fn of_racing_answers_to_a_challenge_one_wins(app: TestApp) {
    let mut case = Case::of(app).await;
    assert_eq!(case.register().await.status, 200);
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    let body = json!({"webauthn_encoded_result": encode(&result)});
    assert_eq!(race(&case.app, AUTHENTICATE, &case.token, &body).await, one_winner(400));
}

async fn of_racing_registrations_one_wins(app: TestApp) {
    let mut case = Case::of(app).await;
    let user_token = case.user_token().await;
    let started = case.register_start(json!({})).await;
    let body = json!({"webauthn_encoded_result": case.make(&started)});
    assert_eq!(race(&case.app, REGISTER, &user_token, &body).await, one_winner(400));
    let me = "/v1/users/me/webauthn-credentials";
    let kept = case.app.call(Method::GET, me, &user_token, None).await;
    assert_eq!(kept.body.as_array().unwrap().len(), 1);
}

async fn of_racing_removals_one_wins_and_the_passkey_signs_nobody_in(app: TestApp) {
    let mut case = Case::of(app).await;
    let registered = case.register().await;
    let user_token = case.user_token().await;
    let path = format!("/v1/users/me/webauthn-credentials/{}", registered.text("credential_id"));
    let name = Some(json!({"display_name": "phone"}));
    assert_eq!(case.app.call(Method::PATCH, &path, &user_token, name).await.status, 204);
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let url = format!("{}{path}", case.app.provider);
        let request = case.app.http.delete(url).bearer_auth(&user_token);
        tasks.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    assert_eq!(count(tasks).await, BTreeMap::from([(204, 1), (404, 19)]));
    let left = case.app.call(Method::GET, &path, &user_token, None).await;
    assert_eq!(
        (&left.body["status"], &left.body["display_name"]),
        (&json!("removed"), &json!("phone"))
    );
    let answer = case.sign_in_by(&case.browser()).await;
    assert_eq!(answer.refusal(), (400, "invalid_webauthn_credential"));
}

async fn of_racing_browsers_one_takes_a_request_over(app: TestApp) {
    let (_, address) = address_elsewhere(&app).await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (mut browser, address) = (app.browser(), address.clone());
        tasks.spawn(async move { browser.post(&address, &[]).await.status.as_u16() });
    }
    assert_eq!(count(tasks).await, one_winner(404));
}

async fn two_presses_on_the_link_of_a_mail_sign_in_once(app: TestApp) {
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    let mut phone = app.browser();
    let page = phone.get(&request.link).await;
    phone.submit(&page, "/mail", &[("email", ALEX)]).await;
    let mail = app.mail(1).await;
    let page = phone.get(&mail.link).await;
    let (mut one, mut two) = (phone.tab(), phone.tab());
    let (one, two) = tokio::join!(one.submit(&page, "", &[]), two.submit(&page, "", &[]));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410]);
}

/// How many sessions are kept.
async fn sessions(app: &TestApp) -> i64 {
    let url = app.config.storage.url.expose();
    if url.starts_with("sqlite:") {
        let database = sqlx::SqlitePool::connect(url).await.unwrap();
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM tower_sessions");
        return count.fetch_one(&database).await.unwrap();
    }
    let database = sqlx::PgPool::connect(url).await.unwrap();
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM tower_sessions.session");
    count.fetch_one(&database).await.unwrap()
}

async fn a_session_whose_time_is_over_is_kept_nowhere(mut app: TestApp) {
    let now = SystemClock.now();
    let storage = app.storage().await;
    for minutes in [-1, 5] {
        let expiry_date = now + time::Duration::minutes(minutes);
        let data = std::collections::HashMap::new();
        let mut record = Record { id: Id::default(), data, expiry_date };
        storage.sessions().create(&mut record).await.unwrap();
    }
    assert_eq!(sessions(&app).await, 2);
    app.crash_and_restart().await;
    for _ in 0..100 {
        if sessions(&app).await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{} sessions are kept", sessions(&app).await);
}

on_both_engines!(
    what_is_good_once_is_good_once_on_postgresql,
    bench:
    of_racing_uses_of_a_link_one_wins,
    of_racing_uses_of_a_code_one_wins,
    of_racing_guesses_five_are_looked_at,
    of_racing_answers_to_a_challenge_one_wins,
    of_racing_registrations_one_wins,
    of_racing_removals_one_wins_and_the_passkey_signs_nobody_in,
    of_racing_browsers_one_takes_a_request_over,
    two_presses_on_the_link_of_a_mail_sign_in_once,
    a_session_whose_time_is_over_is_kept_nowhere,
);

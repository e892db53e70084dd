//! Everything that may happen once, and everything that is limited, on each engine: many tasks do it at
//! the same time, and as many get through as may. And what is over is gone.
//!
//! The list is at the end. Elsewhere are raced: a decision and its redemption (`provider_ciba`),
//! refresh tokens and signing keys (`provider_tokens`), and the state of a way to another site
//! (`server::round_trip`).

use std::collections::BTreeMap;

use ciba_login::records::{Withdrawal, digest};
use ciba_login::site::request::pushed::Answerer;
use messages::delivery::sending_limit::{self, REQUESTS_PER_PERSON};
use platform::clock::{Clock, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};

use crate::provider_webauthn::{AUTHENTICATE, Case, REGISTER, encode};
use crate::site_passkey::added::added_at_once;
use crate::site_passkey::elsewhere::address_elsewhere;
use crate::support::{self, ALEX, REFERENCE, TestApp, bench, on_both_engines};

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

async fn of_passkeys_made_with_one_grant_one_is_added(app: TestApp) {
    let led = added_at_once(&app, 5).await;
    let added = led.iter().filter(|address| address.ends_with("?passkey=added")).count();
    assert_eq!(added, 1, "{led:?}");
    let storage = app.storage().await;
    let query = "SELECT COUNT(*) FROM webauthn_credentials";
    let kept: i64 = sqlx::query_scalar(query).fetch_one(storage.reader()).await.unwrap();
    assert_eq!(kept, 1);
}

async fn of_sixty_starts_for_one_customer_five_are_taken(app: TestApp) {
    for round in 0..3 {
        let mut tasks = JoinSet::new();
        for _ in 0..60 {
            let form = [
                ("client_id", app.demo.client_id.as_str()),
                ("client_secret", app.demo.client_secret.as_str()),
                ("scope", "openid"),
                ("login_hint", app.demo.users[0].phone_number.as_str()),
                ("request_context", r#"{"channel":"link"}"#),
            ];
            let request = app.http.post(format!("{}/oidc/backchannel", app.provider)).form(&form);
            tasks.spawn(async move { request.send().await.unwrap().status().as_u16() });
        }
        let counted = count(tasks).await;
        assert_eq!(counted, BTreeMap::from([(200, 5), (429, 55)]), "round {round}");
        app.clock.advance(std::time::Duration::from_secs(601));
    }
}

/// Sends the desk's form so many times at once, each with the key and for the customer that `of` says.
async fn orders(
    app: &TestApp,
    number: usize,
    of: impl Fn(usize) -> (String, String),
) -> BTreeMap<u16, usize> {
    let mut tasks = JoinSet::new();
    for order in 0..number {
        let (key, customer) = of(order);
        let form = [
            ("form_key", key.as_str()),
            ("customer", customer.as_str()),
            ("contact", "branch"),
            ("channel", "link"),
            ("reference", "CASE-4711"),
            ("lifetime", "600"),
        ];
        let request = app.http.post(format!("{}/desk/requests", app.desk)).form(&form);
        // Where it leads is another page: the answer to the form is what counts.
        let request = request.header("sec-fetch-site", "same-origin");
        tasks.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    count(tasks).await
}

async fn open_orders(app: &TestApp) -> i64 {
    let storage = app.storage().await;
    let query = "SELECT COUNT(*) FROM desk_requests WHERE ending IS NULL";
    sqlx::query_scalar(query).fetch_one(storage.reader()).await.unwrap()
}

async fn of_thirty_orders_of_one_agent_twelve_are_placed(app: TestApp) {
    let (storage, now) = (app.storage().await, app.clock.unix());
    for number in 0..30 {
        support::customer(&storage, &format!("user-{number}"), now).await;
    }
    let raced =
        orders(&app, 30, |number| (format!("{number:A>22}"), format!("user-{number}@example.com")))
            .await;
    assert_eq!(raced, BTreeMap::from([(303, 12), (400, 18)]));
    assert_eq!(open_orders(&app).await, 12);
}

async fn of_one_form_of_the_desk_sent_at_once_one_asks(app: TestApp) {
    let raced = orders(&app, 20, |_| ("A".repeat(22), "+15550100".to_owned())).await;
    assert_eq!(raced, BTreeMap::from([(303, 20)]));
    assert_eq!(open_orders(&app).await, 1);
}

async fn of_forty_mails_to_one_address_one_is_queued(app: TestApp) {
    let (_, phone, page) = app.opened(REFERENCE).await;
    let action = page.form("/mail").action;
    let mut tasks = JoinSet::new();
    for _ in 0..40 {
        let (mut phone, action, hidden) = (phone.tab(), action.clone(), page.form("/mail").hidden);
        tasks.spawn(async move {
            let mut form: Vec<_> = hidden.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            form.push(("email", ALEX));
            phone.post_once(&action, &form).await.status.as_u16()
        });
    }
    count(tasks).await;
    let storage = app.storage().await;
    let query = "SELECT COUNT(*) FROM site_mails";
    let queued: i64 = sqlx::query_scalar(query).fetch_one(storage.reader()).await.unwrap();
    assert_eq!(queued, 1);
}

async fn of_messages_to_one_person_as_many_are_sent_as_may(app: TestApp) {
    let storage = app.storage().await;
    let now = app.clock.unix();
    let mut tasks = JoinSet::new();
    for task in 0..60 {
        let storage = storage.clone();
        tasks.spawn(async move {
            let client = format!("client {}", task % 3);
            sending_limit::take_request(&storage, &client, "alex", now).await.unwrap().is_ok()
        });
    }
    let sent = tasks.join_all().await.into_iter().filter(|is_sent| *is_sent).count();
    assert_eq!(i64::try_from(sent), Ok(REQUESTS_PER_PERSON));
}

async fn of_codes_to_one_person_five_a_minute_are_sent(app: TestApp) {
    let storage = app.storage().await;
    let now = app.clock.unix();
    let mut tasks = JoinSet::new();
    for _ in 0..40 {
        let storage = storage.clone();
        tasks.spawn(async move {
            let taken = sending_limit::take(&storage, "code", "client", "alex", now).await.unwrap();
            if taken { 200 } else { 429 }
        });
    }
    assert_eq!(count(tasks).await, BTreeMap::from([(200, 5), (429, 35)]));
}

async fn of_requests_on_their_way_to_another_browser_as_many_are_kept_as_may(app: TestApp) {
    let (_, address) = address_elsewhere(&app).await;
    assert!(!address.is_empty());
    let storage = app.storage().await;
    let fill = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers \
                WHERE n < 9994) INSERT INTO site_continuations (key_hash, sealed, expires_at) \
                SELECT 'filled ' || n, '', 9999999999 FROM numbers";
    sqlx::query(fill).execute(storage.writer()).await.unwrap();
    let request = app.ask("sam@example.com", Some("CASE-9")).await;
    let mut holders = Vec::new();
    for _ in 0..20 {
        // A second press in the same browser would get the answer to the first.
        let mut browser = app.browser();
        let page = browser.get(&request.link).await;
        holders.push((browser, page.path.strip_prefix("/request/").unwrap().to_owned()));
    }
    let mut tasks = JoinSet::new();
    for (mut browser, handle) in holders {
        tasks.spawn(async move {
            let path = format!("/request/{handle}/elsewhere");
            browser.post_once(&path, &[("handle", &handle)]).await.status.as_u16()
        });
    }
    assert_eq!(count(tasks).await, BTreeMap::from([(200, 5), (429, 15)]));
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
    app.crash_and_restart().await;
    for _ in 0..100 {
        if sessions(&app).await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{} sessions are kept", sessions(&app).await);
}

async fn of_a_decision_and_a_withdrawal_at_once_one_is_told_the_provider(app: TestApp) {
    let key = digest(&app.push("alex", "realm jti-1").await.unwrap());
    let pushed = app.pushed().await;
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        let (pushed, key) = (pushed.clone(), key.clone());
        let who = if number % 2 == 0 { Answerer::Customer } else { Answerer::Operator };
        tasks.spawn(async move { (number % 2, pushed.take(&key, who).await.unwrap()) });
    }
    let taken = tasks.join_all().await;
    let winners: Vec<i32> = taken.into_iter().filter(|(_, won)| *won).map(|(who, _)| who).collect();
    assert_eq!(winners.len(), 10, "whoever has it has it each time");
    assert!(winners.iter().all(|who| *who == winners[0]), "{winners:?}");
}

async fn of_workers_that_look_for_withdrawals_one_tells_each(app: TestApp) {
    let records = app.records().await;
    for origin in ["realm jti-1", "realm jti-2"] {
        let key = digest(&app.push("alex", origin).await.unwrap());
        assert_eq!(records.withdraw(&key).await.unwrap(), Withdrawal::Withdrawn);
    }
    let decided = digest(&app.push("alex", "realm jti-3").await.unwrap());
    let pushed = app.pushed().await;
    assert!(pushed.take(&decided, Answerer::Customer).await.unwrap());
    records.withdraw(&decided).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let pushed = pushed.clone();
        tasks.spawn(async move { pushed.take_withdrawn().await.unwrap().map(|due| due.digest) });
    }
    let mut taken: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    taken.sort();
    taken.dedup();
    // The application under test looks as well; each is taken once, and a decision is left alone.
    assert!(taken.len() <= 2 && !taken.contains(&decided), "{taken:?}");
    assert!(pushed.take_withdrawn().await.unwrap().is_none());
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
    of_passkeys_made_with_one_grant_one_is_added,
    of_one_form_of_the_desk_sent_at_once_one_asks,
    of_sixty_starts_for_one_customer_five_are_taken,
    of_thirty_orders_of_one_agent_twelve_are_placed,
    of_forty_mails_to_one_address_one_is_queued,
    of_messages_to_one_person_as_many_are_sent_as_may,
    of_codes_to_one_person_five_a_minute_are_sent,
    of_requests_on_their_way_to_another_browser_as_many_are_kept_as_may,
    a_session_whose_time_is_over_is_kept_nowhere,
    of_a_decision_and_a_withdrawal_at_once_one_is_told_the_provider,
    of_workers_that_look_for_withdrawals_one_tells_each,
);

//! The embedded provider's authentication requests: started, decided once, redeemed once.

use std::collections::BTreeSet;
use std::time::Duration;

use ciba_login::config::CompleteErrors;
use platform::storage::Storage;
use serde_json::{Value, json};
use sqlx::Row;
use tokio::task::JoinSet;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{ALEX, Answer, CIBA, Postgres, SAM, TestApp, claims, until};

#[tokio::test]
async fn the_guides_four_steps_end_with_a_token() {
    let app = TestApp::start().await;
    let started = app.started().await;
    assert_eq!(started.body["expires_in"], 600);
    assert_eq!(started.body["interval"], 5);
    assert_eq!(started.headers["cache-control"], "no-store");
    let id = started.text("auth_req_id").to_owned();
    assert_eq!(
        started.text("link"),
        format!("{}?auth_req_id={id}&binding_message=CASE-4711", app.demo.login_uri)
    );
    let pending = app.poll(&id).await;
    assert_eq!((pending.status.as_u16(), pending.error()), (400, "authorization_pending"));

    let user = app.signed_in(ALEX).await;
    let completed = app.complete(&user.access_token, &id, true).await;
    assert_eq!((completed.status.as_u16(), completed.body), (200, json!({})));

    app.clock.advance(Duration::from_secs(5));
    let tokens = app.poll(&id).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(tokens.headers["cache-control"], "no-store");
    assert_eq!(tokens.text("token_type"), "Bearer");
    assert_eq!(tokens.body["expires_in"], 3600);
    assert_eq!(tokens.text("scope"), "openid");
    assert_eq!(tokens.body.get("refresh_token"), None);
    let id_token = claims(tokens.text("id_token"));
    assert_eq!(id_token["sub"], app.demo.users[0].user_id);
    assert_eq!(id_token["aud"], app.demo.client_id);
    assert_eq!(id_token["iss"], app.provider);
    assert_eq!(id_token["amr"], json!(["eml"]));
    assert_eq!(id_token["urn:openid:params:jwt:claim:auth_req_id"], id);
    assert!(id_token["at_hash"].is_string() && id_token["auth_time"].is_i64());
    assert_eq!(app.poll(&id).await.error(), "invalid_grant");
}

#[tokio::test]
async fn an_agents_token_never_completes_the_next_request() {
    let app = TestApp::start().await;
    let first = app.started().await.text("auth_req_id").to_owned();
    let user = app.signed_in(ALEX).await;
    app.complete(&user.access_token, &first, true).await;
    let agents = app.poll(&first).await.text("access_token").to_owned();

    let second = app.started().await.text("auth_req_id").to_owned();
    let refused = app.complete(&agents, &second, true).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    assert_eq!(app.poll(&second).await.error(), "authorization_pending");
    // Neither does a refreshed one, nor an ID token, nor the client's own.
    let refresh = user.refresh_token.unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let refreshed = app.as_client("/oidc/token", &form).await.text("access_token").to_owned();
    let client = app.client_token().await;
    for token in [&refreshed, &user.id_token.unwrap(), &client] {
        assert_eq!(app.complete(token, &second, true).await.status, 401);
    }
    assert_eq!(app.complete(&user.access_token, &second, true).await.status, 200);
}

#[tokio::test]
async fn a_denial_stays_told_and_is_never_a_token() {
    let app = TestApp::start().await;
    let id = app.started().await.text("auth_req_id").to_owned();
    let user = app.signed_in(ALEX).await;
    assert_eq!(app.complete(&user.access_token, &id, false).await.status, 200);
    for _ in 0..3 {
        let denied = app.poll(&id).await;
        assert_eq!((denied.status.as_u16(), denied.error()), (400, "access_denied"));
    }
    let again = app.complete(&user.access_token, &id, true).await;
    assert_eq!(again.status, 409);
    assert_eq!(app.poll(&id).await.error(), "access_denied");
    app.clock.advance(Duration::from_secs(630));
    assert_eq!(app.poll(&id).await.error(), "invalid_grant");
}

#[tokio::test]
async fn polling_too_fast_is_told_and_the_longer_wait_is_kept() {
    let app = TestApp::start().await;
    let id = app.started().await.text("auth_req_id").to_owned();
    let wait = |seconds| app.clock.advance(Duration::from_secs(seconds));
    assert_eq!(app.poll(&id).await.error(), "authorization_pending", "the first poll");
    assert_eq!(app.poll(&id).await.error(), "slow_down");
    wait(9);
    assert_eq!(app.poll(&id).await.error(), "slow_down", "ten seconds are needed now");
    wait(15);
    assert_eq!(app.poll(&id).await.error(), "authorization_pending");
    wait(14);
    assert_eq!(app.poll(&id).await.error(), "slow_down", "and still fifteen");
    // Another request has a pace of its own.
    let other = app.started().await.text("auth_req_id").to_owned();
    assert_eq!(app.poll(&other).await.error(), "authorization_pending");
    // A decision is told at once, however fast the client asks.
    let user = app.signed_in(ALEX).await;
    app.complete(&user.access_token, &id, true).await;
    assert_eq!(app.poll(&id).await.status, 200);
}

#[tokio::test]
async fn a_request_runs_out_for_everybody_at_the_same_second() {
    let app = TestApp::start().await;
    let phone_number = app.demo.users[0].phone_number.clone();
    let form =
        [("scope", "openid"), ("login_hint", phone_number.as_str()), ("requested_expiry", "60")];
    let started = app.as_client("/oidc/backchannel", &form).await;
    assert_eq!(started.body["expires_in"], 60);
    let id = started.text("auth_req_id").to_owned();
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(app.poll(&id).await.error(), "authorization_pending");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(app.poll(&id).await.error(), "expired_token");
    let user = app.signed_in(ALEX).await;
    let late = app.complete(&user.access_token, &id, true).await;
    assert_eq!((late.status.as_u16(), late.text("error_code")), (410, "auth_req_expired"));
    assert_eq!(app.poll(&id).await.error(), "expired_token");
}

#[tokio::test]
async fn what_was_decided_in_the_last_second_reaches_the_client() {
    let app = TestApp::start().await;
    let user = app.signed_in(ALEX).await.access_token;
    let started = async || {
        let phone_number = app.demo.users[0].phone_number.clone();
        let form = [("scope", "openid"), ("login_hint", &phone_number), ("requested_expiry", "60")];
        app.as_client("/oidc/backchannel", &form).await.text("auth_req_id").to_owned()
    };
    let (approved, denied, late) = (started().await, started().await, started().await);
    app.clock.advance(Duration::from_secs(59));
    for (id, decision) in [(&approved, true), (&denied, false), (&late, true)] {
        assert_eq!(app.complete(&user, id, decision).await.status, 200);
    }
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(app.poll(&approved).await.status, 200);
    assert_eq!(app.poll(&approved).await.error(), "invalid_grant", "once");
    assert_eq!(app.poll(&denied).await.error(), "access_denied");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(app.poll(&late).await.error(), "expired_token");
    assert_eq!(app.poll(&denied).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_request_belongs_to_its_client() {
    let app = TestApp::start().await;
    let id = app.started().await.text("auth_req_id").to_owned();
    let (client_id, secret, app_id) = app.another_client().await;
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", secret.expose()),
        ("grant_type", CIBA),
        ("auth_req_id", &id),
    ];
    assert_eq!(app.form("/oidc/token", &form).await.error(), "unauthorized_client");
    let own = [form[0], form[1], ("grant_type", "client_credentials")];
    let token = app.form("/oidc/token", &own).await.text("access_token").to_owned();
    let ciba = json!({"ciba_authorization": {"enabled": true, "login_uri": "https://a.example/"}});
    let path = format!("/v1/applications/{app_id}/clients/{client_id}");
    assert_eq!(app.call(reqwest::Method::PUT, &path, &token, Some(ciba)).await.status, 200);
    assert_eq!(app.form("/oidc/token", &form).await.error(), "invalid_grant");
    assert_eq!(app.poll(&id).await.error(), "authorization_pending");
    assert_eq!(app.poll("unknown").await.error(), "invalid_grant");
    assert_eq!(app.poll("not an id").await.error(), "invalid_grant");
}

#[tokio::test]
async fn complete_says_precisely_why_not() {
    let app = TestApp::start().await;
    let id = app.started().await.text("auth_req_id").to_owned();
    let alex = app.signed_in(ALEX).await.access_token;
    let sam = app.signed_in(SAM).await.access_token;

    let stranger = app.complete(&sam, &id, true).await;
    assert_eq!((stranger.status.as_u16(), stranger.text("error_code")), (403, "user_mismatch"));
    let unknown = app.complete(&alex, "unknown", true).await;
    assert_eq!((unknown.status.as_u16(), unknown.text("error_code")), (404, "auth_req_not_found"));
    let nobody = app.complete("no.token.here", &id, true).await;
    assert_eq!((nobody.status.as_u16(), &nobody.body["error_code"]), (401, &json!(401)));
    for body in
        [json!({}), json!({"auth_req_id": id}), json!({"auth_req_id": id, "approved": "true"})]
    {
        let path = "/auth/backchannel/complete";
        let refused = app.call(reqwest::Method::POST, path, &alex, Some(body)).await;
        assert_eq!(refused.status, 400);
        assert!(refused.body["message"].is_array(), "{refused:?}");
    }
    // None of it stood in the way of the rightful customer.
    assert_eq!(app.complete(&alex, &id, true).await.status, 200);
    for approved in [true, false] {
        let again = app.complete(&alex, &id, approved).await;
        assert_eq!(
            (again.status.as_u16(), again.text("error_code")),
            (409, "auth_req_already_completed")
        );
    }
    let stranger = app.complete(&sam, &id, true).await;
    assert_eq!(stranger.text("error_code"), "user_mismatch", "learns nothing of the decision");
}

#[tokio::test]
async fn complete_can_be_made_uninformative() {
    for (style, status) in
        [(CompleteErrors::Uninformative400, 400), (CompleteErrors::Uninformative500, 500)]
    {
        let app = TestApp::start_with(|config| config.provider.complete_errors = style).await;
        let id = app.started().await.text("auth_req_id").to_owned();
        let alex = app.signed_in(ALEX).await.access_token;
        let sam = app.signed_in(SAM).await.access_token;
        let mut bodies = Vec::new();
        for refused in [app.complete(&sam, &id, true).await, app.complete(&alex, "x", true).await] {
            assert_eq!(refused.status, status);
            bodies.push(refused.body);
        }
        assert_eq!(app.complete(&alex, &id, true).await.status, 200);
        bodies.push(app.complete(&alex, &id, true).await.body);
        assert!(bodies.iter().all(|body| body["error_code"] == status && *body == bodies[0]));
    }
}

#[tokio::test]
async fn a_link_reaches_the_customer_by_the_channel_that_was_asked_for() {
    let app = TestApp::start().await;
    let alex = app.demo.users[0].clone();
    let cases = [
        (alex.phone_number.as_str(), None, "sms", &alex.phone_number),
        (
            alex.email.as_str(),
            Some(r#"{"channel":"email","login_hint_type":"email","custom_message":"Ready?"}"#),
            "email",
            &alex.email,
        ),
        (
            alex.user_id.as_str(),
            Some(r#"{"channel":"sms","login_hint_type":"user_id"}"#),
            "sms",
            &alex.phone_number,
        ),
    ];
    for (hint, context, channel, to) in cases {
        let mut form = vec![("scope", "openid"), ("login_hint", hint)];
        form.push(("binding_message", "A+B#1"));
        form.extend(context.map(|context| ("request_context", context)));
        let started = app.as_client("/cis/oidc/backchannel", &form).await;
        assert_eq!(started.status, 200, "{started:?}");
        assert_eq!(started.body.get("link"), None);
        let outbox = app.http.get(format!("{}/demo/outbox", app.provider)).send().await.unwrap();
        let outbox: Value = outbox.json().await.unwrap();
        let message = outbox.as_array().unwrap().last().unwrap().clone();
        assert_eq!((&message["channel"], &message["to"]), (&json!(channel), &json!(to)));
        let link = message["links"][0].as_str().unwrap();
        let text = message["text"].as_str().unwrap();
        let default = "To verify it's you, click this link:";
        assert!(text.starts_with(if channel == "email" { "Ready?" } else { default }), "{text}");
        assert!(text.contains(link) && link.ends_with("&binding_message=A%2BB%231"), "{text}");
        assert!(link.contains(started.text("auth_req_id")));
    }
}

#[tokio::test]
async fn a_request_is_refused_for_what_is_wrong_with_it() {
    let app = TestApp::start().await;
    let alex = app.demo.users[0].phone_number.clone();
    let kim = app.demo.users[2].phone_number.clone();
    let good = [("scope", "openid"), ("login_hint", alex.as_str())];
    let with = |extra: &[(&'static str, &'static str)]| [&good, extra].concat();
    let cases = [
        (vec![("scope", "openid")], "invalid_request"),
        (vec![("login_hint", alex.as_str())], "invalid_request"),
        (vec![("scope", "email"), ("login_hint", &alex)], "invalid_request"),
        (vec![("scope", "openid"), ("login_hint", "+15559999")], "unknown_user_id"),
        (vec![("scope", "openid"), ("login_hint", "alex@example.com")], "unknown_user_id"),
        (vec![("scope", "openid"), ("login_hint", &kim)], "invalid_request"),
        (with(&[("id_token_hint", "x")]), "invalid_request"),
        (with(&[("login_hint", "x")]), "invalid_request"),
        (with(&[("request", "x")]), "invalid_request"),
        (with(&[("requested_expiry", "0")]), "invalid_request"),
        (with(&[("binding_message", "two words")]), "invalid_binding_message"),
        (with(&[("binding_message", "123456789012345678901")]), "invalid_binding_message"),
        (with(&[("request_context", "sms")]), "invalid_request"),
        (
            with(&[("request_context", r#"{"custom_message":"see https://evil.example"}"#)]),
            "invalid_request",
        ),
    ];
    for (form, error) in cases {
        let refused = app.as_client("/oidc/backchannel", &form).await;
        assert_eq!((refused.status.as_u16(), refused.error()), (400, error), "{form:?}");
    }
    let outbox = app.http.get(format!("{}/demo/outbox", app.provider)).send().await.unwrap();
    assert_eq!(outbox.json::<Value>().await.unwrap(), json!([]), "nobody was written to");
}

#[tokio::test]
async fn a_customer_is_not_flooded_with_requests() {
    let app = TestApp::start().await;
    let alex = app.signed_in(ALEX).await.access_token;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(app.started().await.text("auth_req_id").to_owned());
    }
    let phone_number = app.demo.users[0].phone_number.clone();
    let form = [("scope", "openid"), ("login_hint", phone_number.as_str())];
    let refused = app.as_client("/oidc/backchannel", &form).await;
    assert_eq!((refused.status.as_u16(), refused.error()), (429, "too_many_pending_requests"));
    assert_eq!(refused.headers["retry-after"], "600");
    app.complete(&alex, &ids[0], false).await;
    assert_eq!(app.as_client("/oidc/backchannel", &form).await.status, 200);
}

/// Starts a request by SMS that lives for a second, for the first customer.
async fn started_for_a_second(app: &TestApp, client: &[(&str, &str)]) -> Answer {
    let phone_number = app.demo.users[0].phone_number.clone();
    let form = [("scope", "openid"), ("login_hint", &*phone_number), ("requested_expiry", "1")];
    app.form("/oidc/backchannel", &[client, &form].concat()).await
}

#[tokio::test]
async fn requests_of_one_second_in_a_loop_are_no_flood_of_messages() {
    let app = TestApp::start().await;
    let (other_id, other_secret, app_id) = app.another_client().await;
    let (id, secret) = (app.demo.client_id.clone(), app.demo.client_secret.clone());
    let own = [("client_id", id.as_str()), ("client_secret", secret.as_str())];
    let other = [("client_id", other_id.as_str()), ("client_secret", other_secret.expose())];
    let grant = [&other[..], &[("grant_type", "client_credentials")]].concat();
    let token = app.form("/oidc/token", &grant).await.text("access_token").to_owned();
    let ciba = json!({"ciba_authorization": {"enabled": true, "login_uri": "https://a.example/"}});
    let path = format!("/v1/applications/{app_id}/clients/{other_id}");
    assert_eq!(app.call(reqwest::Method::PUT, &path, &token, Some(ciba)).await.status, 200);
    for second in 0..15 {
        let answer = started_for_a_second(&app, &own).await;
        let status = if second < 5 { 200 } else { 429 };
        assert_eq!(answer.status, status, "{second}: {answer:?}");
        app.clock.advance(Duration::from_secs(2));
    }
    // An hour, in which each minute has room for five: the person's own allowance ends it, for
    // whichever client.
    let mut told = None;
    for minute in 0..55 {
        app.clock.advance(Duration::from_secs(61));
        let answer = started_for_a_second(&app, if minute % 2 == 0 { &own } else { &other }).await;
        if answer.status == 429 {
            told = Some(answer);
        }
    }
    let told = told.expect("a limit was reached");
    assert_eq!(told.error(), "too_many_requests");
    let pause: i64 = told.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3600).contains(&pause), "{pause}");
    let mut hours = std::collections::BTreeMap::<String, usize>::new();
    for message in app.outbox().await {
        let hour = message["sent_at"].as_str().unwrap()[..13].to_owned();
        *hours.entry(hour).or_default() += 1;
    }
    assert_eq!(hours.values().max(), Some(&20), "{hours:?}");
    // What is refused leaves no request behind.
    app.clock.advance(Duration::from_secs(3600));
    assert_eq!(started_for_a_second(&app, &own).await.status, 200);
}

#[tokio::test]
async fn a_link_that_cannot_be_delivered_leaves_no_request_behind() {
    let app = TestApp::start_with(|config| {
        // Nobody listens there.
        config.sms.gateway_url = Some("http://127.0.0.1:9/".parse().unwrap());
    })
    .await;
    let phone_number = app.demo.users[0].phone_number.clone();
    let form = [("scope", "openid"), ("login_hint", phone_number.as_str())];
    for _ in 0..6 {
        let failed = app.as_client("/oidc/backchannel", &form).await;
        assert_eq!((failed.status.as_u16(), &failed.body["error_code"]), (502, &json!(502)));
    }
}

#[tokio::test]
async fn one_decision_and_one_redemption_win_on_sqlite() {
    races(&TestApp::start().await).await;
}

#[tokio::test]
async fn one_decision_and_one_redemption_win_on_postgresql() {
    let postgres = Postgres::start().await;
    let url = postgres.database("races").await;
    let app = TestApp::start_with(|config| {
        config.storage.url = ciba_login::config::Secret::new(url);
    })
    .await;
    races(&app).await;
    // The pace is kept in the row, for every instance.
    let id = app.started().await.text("auth_req_id").to_owned();
    for (wait, error) in [
        (0, "authorization_pending"),
        (4, "slow_down"),
        (9, "slow_down"),
        (15, "authorization_pending"),
        (14, "slow_down"),
    ] {
        app.clock.advance(Duration::from_secs(wait));
        assert_eq!(app.poll(&id).await.error(), error, "after {wait} seconds");
    }
}

async fn races(app: &TestApp) {
    let id = app.started().await.text("auth_req_id").to_owned();
    let alex = app.signed_in(ALEX).await.access_token;
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        let body = json!({"auth_req_id": id, "approved": true});
        let url = format!("{}/auth/backchannel/complete", app.provider);
        let request = app.http.post(url).bearer_auth(&alex).json(&body);
        tasks.spawn(async move { (number, request.send().await.unwrap().status().as_u16()) });
    }
    let statuses: Vec<_> = tasks.join_all().await.into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 19, "{statuses:?}");

    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let form = [
            ("client_id", app.demo.client_id.clone()),
            ("client_secret", app.demo.client_secret.clone()),
            ("grant_type", CIBA.to_owned()),
            ("auth_req_id", id.clone()),
        ];
        let request = app.http.post(format!("{}/oidc/token", app.provider)).form(&form);
        tasks.spawn(async move { request.send().await.unwrap().json::<Value>().await.unwrap() });
    }
    let answers = tasks.join_all().await;
    let won: Vec<_> = answers.iter().filter(|answer| answer["access_token"].is_string()).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    let lost: BTreeSet<_> = answers.iter().filter_map(|answer| answer["error"].as_str()).collect();
    assert_eq!(lost, BTreeSet::from(["invalid_grant"]));
    // The losers have revoked nothing.
    let me =
        app.call(reqwest::Method::GET, "/oidc/me", won[0]["access_token"].as_str().unwrap(), None);
    assert_eq!(me.await.status, 200);
}

#[tokio::test]
async fn a_hint_that_is_no_number_is_told_how_to_say_what_it_is() {
    let app = TestApp::start().await;
    let described = async |context: &str| {
        let form = [("scope", "openid"), ("login_hint", ALEX), ("request_context", context)];
        let refused = app.as_client("/oidc/backchannel", &form).await;
        assert_eq!((refused.status.as_u16(), refused.error()), (400, "unknown_user_id"));
        refused.text("error_description").to_owned()
    };
    let unnamed = described("{}").await;
    assert!(unnamed.contains("name login_hint_type in request_context"), "{unnamed}");
    let named = described(r#"{"login_hint_type":"phone"}"#).await;
    assert_eq!(named, "could not identify end-user");
}

#[tokio::test]
async fn a_client_that_stops_waiting_leaves_no_request_behind() {
    let gateway = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(method("POST")).respond_with(slow).mount(&gateway).await;
    let app = TestApp::start_with(|config| {
        config.sms.gateway_url = Some(gateway.uri().parse().unwrap());
    })
    .await;
    let storage = app.storage().await;
    let phone_number = app.demo.users[0].phone_number.clone();
    let form = [("scope", "openid"), ("login_hint", phone_number.as_str())];
    tokio::select! {
        answer = app.as_client("/oidc/backchannel", &form) => panic!("an answer: {answer:?}"),
        () = until("the SMS is on its way", async || !gateway.received_requests().await.unwrap().is_empty()) => {}
    }
    until("the request is gone", async || open_requests(&storage).await == 0).await;
}

async fn open_requests(storage: &Storage) -> i64 {
    let row = sqlx::query("SELECT COUNT(*) FROM ciba_requests").fetch_one(storage.reader()).await;
    row.unwrap().get(0)
}

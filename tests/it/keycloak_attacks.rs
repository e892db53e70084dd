//! Keycloak's channel, its callback and the sign-in at its realm, as somebody who means harm and machines
//! that die at the wrong moment would meet them.

use std::time::Duration;

use ciba::{AuthReqId, BindingMessage};
use ciba_login::config::Secret;
use ciba_login::site::authority::{Answer, OurWord, Proof};
use ciba_login::site::decision::{Claim, Journal};
use ciba_login::site::request::HeldRequest;
use platform::ambient::Ambient;
use platform::clock::Clock;
use platform::ids::{SharedEntropy, SystemEntropy};
use platform::seal::Sealer;
use platform::storage::Storage;
use serde_json::{Value, json};
use transmit::{Channel, Started};

use crate::keycloak::{at_decision, back_from_realm, is, sign_in};
use crate::keycloak_channel::{BODY, post};
use crate::keycloak_ended::{shell, start};
use crate::support::keycloak::{AGENTS_CLIENT, ALEX, CallbackFault, KeycloakApp, SAM, Start};
use crate::support::scripted::SigningKey;
use crate::support::walk::press;
use crate::support::{Browser, Page, Postgres, until};

const UNCLEAR: &str = "We could not confirm your answer";

/// Two instances of the application behind one address, on one PostgreSQL.
struct Two {
    app: KeycloakApp,
    /// Where the second one is reached itself.
    second: String,
    _postgres: Postgres,
}

impl Two {
    async fn start() -> Self {
        let postgres = Postgres::start().await;
        let url = Secret::new(postgres.database("instances").await);
        let app = Box::pin(KeycloakApp::start_with(|config| config.storage.url = url)).await;
        let second = Box::pin(app.another_instance()).await;
        Self { app, second, _postgres: postgres }
    }

    fn browser_at_second(&self) -> Browser {
        Browser::new(self.second.clone(), self.app.http.clone())
    }
}

#[tokio::test]
async fn two_instances_that_are_pressed_at_once_send_one_answer() {
    let two = Two::start().await;
    let app = &two.app;
    for round in 0..8 {
        let (start, link) = app.asked(&[("binding_message", "CASE-4711")]).await;
        let (mut phone, mut tablet) = (app.browser(), two.browser_at_second());
        let page = sign_in(app, &mut phone, &link).await;
        let other = sign_in(app, &mut tablet, &link).await;
        let second_press = if round % 2 == 0 { "approve" } else { "deny" };
        let before = app.keycloak.callbacks().len();
        let (here, there) = tokio::join!(
            press(&mut phone, &page, "approve"),
            press(&mut tablet, &other, second_press),
        );
        let sent = app.keycloak.callbacks().split_off(before);
        let [(word, 200)] = &sent[..] else { panic!("round {round}: {sent:?}") };
        let (title, polled) = match word.as_str() {
            "SUCCEED" => ("Allowed", "tokens"),
            _ => ("Stopped", "access_denied"),
        };
        assert!(is(&here, title), "round {round}: {}", here.body);
        assert!(is(&there, title), "round {round}: {}", there.body);
        assert_eq!(app.keycloak.poll(&start).await, polled, "round {round}");
        app.clock.advance(Duration::from_secs(61));
    }
}

#[tokio::test]
async fn a_withdrawal_and_a_press_at_two_instances_send_one_answer() {
    let two = Two::start().await;
    let app = &two.app;
    let records = app.records().await;
    for round in 0..8 {
        let started = start(app, Channel::Link).await;
        let link = started.link.clone().unwrap();
        let mut tablet = two.browser_at_second();
        let page = sign_in(app, &mut tablet, link.as_str()).await;
        let before = app.keycloak.callbacks().len();
        let known = records.known_as(&started.auth_req_id).await.unwrap();
        let (pressed, _) =
            tokio::join!(press(&mut tablet, &page, "approve"), records.withdraw(&known));
        until("it is told", async || app.keycloak.callbacks().len() > before).await;
        let sent = app.keycloak.callbacks().split_off(before);
        let [(word, 200)] = &sent[..] else { panic!("round {round}: {sent:?}") };
        assert_eq!(is(&pressed, "Allowed"), word == "SUCCEED", "{sent:?} {}", pressed.body);
        app.clock.advance(Duration::from_secs(61));
    }
}

#[tokio::test]
async fn a_bearer_that_comes_to_both_instances_at_once_is_one_request() {
    let two = Two::start().await;
    let app = &two.app;
    for round in 1..=8 {
        let bearer = app.keycloak.bearer(&json!({}));
        let answers = tokio::join!(
            post_to(app, &app.site, &bearer, BODY),
            post_to(app, &two.second, &bearer, BODY),
            post_to(app, &app.site, &bearer, BODY),
            post_to(app, &two.second, &bearer, BODY),
        );
        assert_eq!(answers, (201, 201, 201, 201), "round {round}");
        app.link(round).await;
        app.clock.advance(Duration::from_secs(301));
    }
    let (_, link) = app.asked(&[]).await;
    assert!(link.contains("/r/"));
    assert_eq!(app.messages().await.len(), 9, "each of them was sent once");
}

async fn post_to(app: &KeycloakApp, site: &str, bearer: &str, body: &str) -> u16 {
    let request = app
        .http
        .post(format!("{site}/keycloak/channel"))
        .bearer_auth(bearer)
        .header("content-type", "application/json")
        .body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_body_that_is_changed_under_the_same_bearer_is_refused_and_the_first_stands() {
    let app = KeycloakApp::start().await;
    let bearer = app.keycloak.bearer(&json!({}));
    let body = |message: &str, more: &str| {
        format!(
            r#"{{"scope":"openid","login_hint":"alex","is_consent_required":false,
            "binding_message":"{message}"{more}}}"#
        )
    };
    assert_eq!(post(&app, &bearer, &body("CASE-4711", "")).await, 201);
    for changed in [
        body("CASE-0815", ""),
        body("CASE-4711", r#","acr_values":"2""#),
        body("CASE-4711", r#","x_link_key":"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA""#),
        body("CASE-4711", "").replace("openid", "openid payments"),
        body("CASE-4711", "").replace("false", "true"),
        BODY.to_owned(),
    ] {
        assert_eq!(post(&app, &bearer, &changed).await, 409, "{changed}");
    }
    assert_eq!(post(&app, &bearer, &body("CASE-4711", "")).await, 201, "a copy is none");
    let link = app.link(1).await;
    let page = app.browser().get(&link).await;
    assert!(page.body.contains("CASE-4711"), "{}", page.body);
}

#[tokio::test]
async fn a_bearer_of_another_realm_or_time_is_refused() {
    let app = KeycloakApp::start().await;
    let now = app.clock.unix();
    let other = format!("{}/realms/other", app.keycloak.base);
    let claims = |issuer: &str| {
        json!({
            "exp": now + 300, "iat": now, "jti": "9828a3c6-3b17-4789-97c0-e55fb0a97888",
            "iss": issuer, "aud": issuer, "sub": ALEX, "typ": "Bearer", "azp": AGENTS_CLIENT,
        })
    };
    let its_key = SigningKey::new("k-other");
    for bearer in [
        // All of it is right, of another realm on the same server.
        its_key.sign(&claims(&other)),
        // Another realm's key, and our realm's name.
        its_key.sign(&claims(&app.keycloak.issuer())),
        // Our realm's key, and the other's name: no realm shares its keys, and none is believed.
        app.keycloak.bearer(&json!({ "iss": other, "aud": other })),
        // A second audience beside us.
        app.keycloak.bearer(&json!({ "aud": [app.keycloak.issuer(), "account"] })),
        // Over, by less than clocks may differ: Keycloak itself takes no answer any more.
        app.keycloak.bearer(&json!({ "exp": now - 1 })),
        app.keycloak.bearer(&json!({ "exp": now })),
        // Not yet.
        app.keycloak.bearer(&json!({ "nbf": now + 61 })),
        app.keycloak.bearer(&json!({ "nbf": "tomorrow" })),
        app.keycloak.bearer(&json!({ "iat": now + 61 })),
    ] {
        assert_eq!(post(&app, &bearer, BODY).await, 401, "{bearer}");
    }
    let bearer = app.keycloak.bearer(&json!({ "nbf": now, "exp": now + 300 }));
    assert_eq!(post(&app, &bearer, BODY).await, 201);
    app.link(1).await;
    assert_eq!(app.messages().await.len(), 1);
}

#[tokio::test]
async fn the_keys_of_the_realm_are_fetched_when_they_rotate_and_not_for_invented_ones() {
    let app = KeycloakApp::start().await;
    assert_eq!(post(&app, &app.keycloak.bearer(&json!({})), BODY).await, 201);
    assert_eq!(app.keycloak.keys_asked(), 1);
    app.keycloak.rotates_to("k2");
    app.clock.advance(Duration::from_secs(31));
    assert_eq!(post(&app, &app.keycloak.bearer(&json!({})), BODY).await, 201);
    assert_eq!(app.keycloak.keys_asked(), 1);
    // Whoever invents keys makes one call in half a minute, and none more where the realm is away.
    let invented = SigningKey::new("invented").sign(&json!({}));
    for _ in 0..30 {
        assert_eq!(post(&app, &invented, BODY).await, 401);
    }
    assert_eq!(app.keycloak.keys_asked(), 0);
    app.clock.advance(Duration::from_secs(31));
    for _ in 0..30 {
        assert_eq!(post(&app, &invented, BODY).await, 401);
    }
    assert_eq!(app.keycloak.keys_asked(), 1);
    app.keycloak.keys_are_away(true);
    app.clock.advance(Duration::from_secs(31));
    for _ in 0..30 {
        assert_eq!(post(&app, &invented, BODY).await, 503);
    }
    assert_eq!(app.keycloak.keys_asked(), 3);
    // What is signed by a key that is held is believed meanwhile.
    assert_eq!(post(&app, &app.keycloak.bearer(&json!({})), BODY).await, 201);
    assert_eq!(app.keycloak.keys_asked(), 0);
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_not_read() {
    let app = KeycloakApp::start().await;
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(1024 * 1024));
    let sent = app
        .http
        .post(format!("{}/keycloak/channel", app.site))
        .bearer_auth(app.keycloak.bearer(&json!({})))
        .header("content-type", "application/json")
        .body(long)
        .send()
        .await;
    // A client that goes on sending may find the connection gone before it reads the answer.
    if let Ok(answer) = sent {
        assert_eq!(answer.status().as_u16(), 413);
    }
    app.asked(&[]).await;
    assert_eq!(app.messages().await.len(), 1);
}

/// Waits until a press that nobody waits for any more has its end on the page.
async fn until_unclear(browser: &Browser, page: &Page) {
    until("the page says that nobody knows", async || {
        is(&browser.tab().get(&page.path).await, UNCLEAR)
    })
    .await;
}

#[tokio::test]
async fn an_approval_whose_answer_cannot_be_read_is_unclear_and_sent_once() {
    for (fault, polled) in [
        (CallbackFault::AnswerBreaksOff, "tokens"),
        (CallbackFault::AnswersTooLate, "tokens"),
        (CallbackFault::Hangs, "authorization_pending"),
        (CallbackFault::Redirects, "authorization_pending"),
    ] {
        let app = KeycloakApp::start_with(|config| config.provider.timeout = 1).await;
        let (start, mut browser, page) = at_decision(&app).await;
        app.keycloak.next_callback(&[fault]);
        let page = press(&mut browser, &page, "approve").await;
        until_unclear(&browser, &page).await;
        app.clock.advance(Duration::from_secs(60));
        // What is refused afterwards says nothing of it either, and sends nothing.
        let decision = page.path.replace("/outcome", "/decision");
        let page = browser.get(&decision).await;
        assert!(is(&page, UNCLEAR), "{fault:?}: {}", page.body);
        assert_eq!(app.keycloak.callbacks().len(), 1, "{fault:?}");
        assert!(app.keycloak.followed().is_empty(), "the bearer goes to nobody else");
        assert_eq!(app.keycloak.poll(&start).await, polled, "{fault:?}");
    }
}

/// A request of the agent's shell, and its customer at the decision.
async fn asked_in_a_shell(app: &KeycloakApp) -> (Started, Browser, Page) {
    let started = start(app, Channel::Sms).await;
    let link = app.link(1).await;
    let mut browser = app.browser();
    let page = sign_in(app, &mut browser, &link).await;
    (started, browser, page)
}

/// Presses, and kills the application when Keycloak has got the call and has not answered.
async fn killed_while_sending(app: &mut KeycloakApp, browser: &Browser, page: &Page) {
    let pressed = tokio::spawn({
        let (mut browser, page) = (browser.tab(), page.clone());
        async move { browser.try_submit(&page, "/api/decide", &[("decision", "approve")]).await }
    });
    until("Keycloak has the call", async || app.keycloak.callbacks().len() == 1).await;
    app.crash_and_restart().await;
    // Whatever the browser was told.
    drop(pressed.await.unwrap());
}

#[tokio::test]
async fn an_approval_that_was_sent_when_the_process_was_killed_is_never_sent_again() {
    for (fault, polled) in
        [(CallbackFault::AnswersTooLate, "tokens"), (CallbackFault::Hangs, "authorization_pending")]
    {
        let mut app = KeycloakApp::start_with(|config| config.provider.timeout = 10).await;
        let (started, mut browser, page) = asked_in_a_shell(&app).await;
        app.keycloak.next_callback(&[fault]);
        killed_while_sending(&mut app, &browser, &page).await;
        until_unclear(&browser, &page).await;
        app.clock.advance(Duration::from_secs(60));
        // Another press does not send it either, and neither does a withdrawal.
        let pressed = browser.post("/api/decide", &form(&page)).await;
        assert!(is(&pressed, UNCLEAR), "{fault:?}: {}", pressed.body);
        let id = started.auth_req_id.as_str();
        let (withdrawn, _) = shell(&app, &["--withdraw", id]).await;
        assert_ne!(withdrawn, Some(0), "{fault:?}");
        assert_eq!(app.keycloak.callbacks().len(), 1, "{fault:?}");
        let start = Start { status: 200, body: json!({ "auth_req_id": id }) };
        assert_eq!(app.keycloak.poll(&start).await, polled);
        if fault == CallbackFault::Hangs {
            app.clock.advance(Duration::from_secs(300));
            let (exit, ended) = shell(&app, &["--resume", id]).await;
            assert_eq!((exit, &ended["ending"]), (Some(11), &json!("unconfirmed")), "{ended}");
        }
        assert_eq!(app.keycloak.callbacks().len(), 1, "{fault:?}");
    }
}

fn form(page: &Page) -> Vec<(&str, &str)> {
    let handle = page.path.trim_start_matches("/request/").split('/').next().unwrap();
    vec![("handle", handle), ("decision", "approve")]
}

#[tokio::test]
async fn an_approval_that_was_claimed_and_not_sent_when_the_process_was_killed_is_sent_once() {
    let mut app = KeycloakApp::start().await;
    let (start, link) = app.asked(&[("binding_message", "CASE-4711")]).await;
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &link).await;
    // What is in the journal when the process dies between the claim and the call.
    let key = AuthReqId::parse(link.rsplit('/').next().unwrap()).unwrap();
    let message = BindingMessage::parse("CASE-4711").unwrap();
    let request = HeldRequest::new(key, Some(message), app.clock.unix());
    let proof = Proof::OurWord(OurWord {
        subject: ALEX.into(),
        amr: Vec::new(),
        acr: None,
        auth_time: app.clock.unix(),
        by_mail: None,
    });
    let claim = Claim {
        request: &request,
        subject: ALEX,
        answer: Answer::Allowed,
        proof: &proof,
        expires_at: app.clock.unix() + 200,
    };
    assert!(journal(&app).await.claim(&claim).await.unwrap().is_some());
    // Whoever presses meanwhile sends nothing beside it.
    let pressed = press(&mut browser, &page, "approve").await;
    assert!(app.keycloak.callbacks().is_empty(), "{}", pressed.body);
    app.crash_and_restart().await;
    until("it is sent", async || !app.keycloak.callbacks().is_empty()).await;
    until("the page says so", async || is(&browser.tab().get(&page.path).await, "Allowed")).await;
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(app.keycloak.callbacks(), [("SUCCEED".to_owned(), 200)]);
    assert_eq!(app.keycloak.poll(&start).await, "tokens");
}

async fn journal(app: &KeycloakApp) -> Journal {
    let entropy: SharedEntropy = std::sync::Arc::new(SystemEntropy);
    let sealer = Sealer::of(&app.config.session, &entropy).unwrap();
    let storage = Storage::attach(&app.config.storage).await.unwrap();
    Journal::new(storage, sealer, Ambient::new(app.clock.clone(), entropy))
}

fn parameter(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(other, _)| other == name).unwrap().1.into_owned()
}

/// The address with another value of a parameter, or without it.
fn with(address: &str, name: &str, value: Option<&str>) -> String {
    let (path, query) = address.split_once('?').unwrap();
    let mut changed = url::form_urlencoded::Serializer::new(String::new());
    for (other, before) in url::form_urlencoded::parse(query.as_bytes()) {
        match value {
            Some(value) if other == name => changed.append_pair(name, value),
            None if other == name => &mut changed,
            _ => changed.append_pair(&other, &before),
        };
    }
    format!("{path}?{}", changed.finish())
}

#[tokio::test]
async fn a_code_or_a_state_of_another_browser_signs_nobody_in() {
    let app = KeycloakApp::start().await;
    let (start, link) = app.asked(&[]).await;
    let (mut one, mut two) = (app.browser(), app.browser());
    let back_of_one = back_from_realm(&app, &mut one, &link).await;
    let back_of_two = back_from_realm(&app, &mut two, &link).await;
    // The whole answer of the other one.
    for (browser, back) in [(&mut one, &back_of_two), (&mut two, &back_of_one)] {
        let page = browser.get(back).await;
        assert_eq!(page.status, 400, "{}", page.body);
        assert!(!browser.is_signed_in());
    }
    // A stranger's code in one's own answer: its verifier is in the other browser.
    let code = parameter(&back_of_two, "code");
    let page = one.get(&with(&back_of_one, "code", Some(&code))).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);
    assert!(!one.is_signed_in());
    // Its own answer comes too late: the round trip has had its one try.
    let page = one.get(&back_of_one).await;
    assert!(!one.is_signed_in(), "{}", page.body);
    assert_eq!(app.keycloak.callbacks(), []);
    assert_eq!(app.keycloak.poll(&start).await, "authorization_pending");
}

#[tokio::test]
async fn an_answer_in_the_name_of_another_issuer_or_of_none_signs_nobody_in() {
    let app = KeycloakApp::start().await;
    let (_, link) = app.asked(&[]).await;
    let other = format!("{}/realms/other", app.keycloak.base);
    for iss in [Some(other.as_str()), Some("https://evil.example"), Some(""), None] {
        let mut browser = app.browser();
        let back = back_from_realm(&app, &mut browser, &link).await;
        let page = browser.get(&with(&back, "iss", iss)).await;
        assert!(!page.path.ends_with("/decision"), "{iss:?}: {} {}", page.path, page.body);
        assert!(!browser.is_signed_in(), "{iss:?}");
        assert_eq!(app.keycloak.sessions(), 0, "the code went nowhere");
    }
}

#[tokio::test]
async fn an_id_token_that_is_not_of_this_sign_in_signs_nobody_in() {
    let app = KeycloakApp::start().await;
    let (_, link) = app.asked(&[("acr_values", "2")]).await;
    let now = app.clock.unix();
    let other = format!("{}/realms/other", app.keycloak.base);
    let good = json!({ "acr": "2" });
    for (name, value) in [
        ("iss", json!(other)),
        ("aud", json!(AGENTS_CLIENT)),
        ("azp", json!(AGENTS_CLIENT)),
        ("nonce", json!("another")),
        ("nbf", json!(now + 120)),
        ("exp", json!(now - 120)),
        ("at_hash", json!("another")),
        ("acr", json!("1")),
        ("acr", json!("0")),
        ("acr", Value::Null),
        ("acr", json!("gold")),
        ("auth_time", json!(now - 61)),
        ("auth_time", Value::Null),
    ] {
        let mut claims = good.clone();
        claims[name] = value.clone();
        app.keycloak.signs_in_as(ALEX, claims);
        let mut browser = app.browser();
        let page = sign_in(&app, &mut browser, &link).await;
        assert!(!page.path.ends_with("/decision"), "{name} {value}: {}", page.body);
        assert!(!browser.is_signed_in(), "{name} {value}");
    }
    app.keycloak.signs_in_as(ALEX, good);
    let page = sign_in(&app, &mut app.browser(), &link).await;
    assert!(page.path.ends_with("/decision"), "{}", page.body);
}

#[tokio::test]
async fn a_namesake_with_another_identifier_decides_nothing() {
    let app = KeycloakApp::start().await;
    let (start, link) = app.asked(&[]).await;
    let as_alex = json!({
        "preferred_username": "alex", "name": "Alex Example", "email": "alex@example.com",
        "email_verified": true,
    });
    for subject in [SAM, &ALEX.to_uppercase(), &format!("{ALEX} "), "alex"] {
        app.keycloak.signs_in_as(subject, as_alex.clone());
        let mut browser = app.browser();
        let page = sign_in(&app, &mut browser, &link).await;
        assert!(is(&page, "This request is for another account"), "{subject}: {}", page.body);
        let handle = page.path.trim_start_matches("/request/").split('/').next().unwrap();
        let form = [("handle", handle), ("decision", "approve")];
        let page = browser.post("/api/decide", &form).await;
        assert!(!is(&page, "Allowed"), "{subject}: {}", page.body);
    }
    assert_eq!(app.keycloak.callbacks(), []);
    assert_eq!(app.keycloak.poll(&start).await, "authorization_pending");
}

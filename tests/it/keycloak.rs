//! The main job where the provider is Keycloak, whose authentication device the site is.

use std::time::Duration;

use ciba_login::application::settings;
use ciba_login::operator::{self, PollOutcome};
use platform::ambient::Ambient;
use platform::ids::SystemEntropy;
use serde_json::json;
use transmit::{BackchannelRequest, Channel, LoginHintType, Transmit};

use crate::support::keycloak::{ALEX, CallbackFault, KeycloakApp, SAM};
use crate::support::walk::press;
use crate::support::{Browser, Page, until};

/// From the request's page through the realm's sign-in, and back.
pub async fn sign_in(app: &KeycloakApp, browser: &mut Browser, link: &str) -> Page {
    let back = back_from_realm(app, browser, link).await;
    browser.get(&back).await
}

/// From the request's page through the realm's sign-in, to the address that leads back. It is of the
/// browser's own instance.
pub async fn back_from_realm(app: &KeycloakApp, browser: &mut Browser, link: &str) -> String {
    let page = browser.get(link.strip_prefix(&app.site).unwrap_or(link)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let way = page.links().into_iter().find(|link| link.ends_with("/social/keycloak"));
    let way = way.unwrap_or_else(|| panic!("no way to the realm: {}", page.body));
    let callback = format!("{}/social/callback", app.site);
    let back = browser.follow_link(&way, &callback).await.unwrap();
    back.strip_prefix(&app.site).unwrap().to_owned()
}

pub async fn at_decision(app: &KeycloakApp) -> (crate::support::keycloak::Start, Browser, Page) {
    let (start, link) = app.asked(&[("binding_message", "CASE-4711")]).await;
    let mut browser = app.browser();
    let page = sign_in(app, &mut browser, &link).await;
    assert!(page.path.ends_with("/decision"), "{} {}", page.path, page.body);
    (start, browser, page)
}

/// Whether it is the page with this title.
pub fn is(page: &Page, title: &str) -> bool {
    page.body.contains(&format!("<title>{title} – Example Bank</title>"))
}

#[tokio::test]
async fn a_customer_allows_what_keycloak_asks_and_no_session_stays_behind() {
    let app = KeycloakApp::start().await;
    let (start, mut browser, page) = at_decision(&app).await;
    assert!(page.body.contains("CASE-4711"), "{}", page.body);
    assert_eq!(app.keycloak.poll(&start).await, "authorization_pending");
    assert_eq!(app.keycloak.sessions(), 1);
    let page = press(&mut browser, &page, "approve").await;
    assert!(is(&page, "Allowed"), "{}", page.body);
    assert_eq!(app.keycloak.callbacks(), [("SUCCEED".to_owned(), 200)]);
    assert_eq!(app.keycloak.poll(&start).await, "tokens");
    assert_eq!(app.keycloak.sessions(), 0);
}

#[tokio::test]
async fn a_customer_stops_what_keycloak_asks() {
    let app = KeycloakApp::start().await;
    let (start, mut browser, page) = at_decision(&app).await;
    let page = press(&mut browser, &page, "deny").await;
    assert!(is(&page, "Stopped"), "{}", page.body);
    assert_eq!(app.keycloak.callbacks(), [("CANCELLED".to_owned(), 200)]);
    assert_eq!(app.keycloak.poll(&start).await, "access_denied");
    assert_eq!(app.keycloak.sessions(), 0);
}

#[tokio::test]
async fn the_link_is_short_comes_in_the_customers_language_and_names_the_client() {
    let app = KeycloakApp::start().await;
    let (_, link) = app.asked(&[("binding_message", "CASE-4711")]).await;
    let (number, text) = app.messages().await[0].clone();
    assert_eq!(number, "+15550100");
    assert!(text.contains("nur im Gespräch"), "{text}");
    assert!(link.starts_with(&format!("{}/r/", app.site)) && link.len() < 80, "{link}");
    let page = app.browser().get(&link).await;
    assert!(page.path.starts_with("/request/"), "{}", page.path);
    assert!(page.body.contains("Example Bank, telephone"), "{}", page.body);
    assert!(page.body.contains("CASE-4711"), "{}", page.body);
}

#[tokio::test]
async fn the_sentence_around_a_link_is_no_part_of_its_key() {
    let app = KeycloakApp::start().await;
    let (_, link) = app.asked(&[]).await;
    for end in ["", ".", ").", "!", "%3E", "%E3%80%82", "%20"] {
        let page = app.browser().get(&format!("{link}{end}")).await;
        assert!(page.path.starts_with("/request/"), "{end}: {}", page.path);
    }
    for end in ["x", "-", "._"] {
        let page = app.browser().get(&format!("{link}{end}")).await;
        assert!(page.path.starts_with("/r/"), "{end}: {}", page.path);
    }
}

#[tokio::test]
async fn the_realm_is_asked_for_a_fresh_sign_in_of_the_person_who_is_meant() {
    let app = KeycloakApp::start().await;
    app.keycloak.signs_in_as(ALEX, json!({ "acr": "2" }));
    let (_, link) = app.asked(&[("acr_values", "2")]).await;
    let page = sign_in(&app, &mut app.browser(), &link).await;
    assert!(page.path.ends_with("/decision"), "{}", page.body);
    let departure = &app.keycloak.departures()[0];
    for (name, value) in [
        ("prompt", "login"),
        ("max_age", "0"),
        ("login_hint", "alex"),
        ("acr_values", "2"),
        ("code_challenge_method", "S256"),
        ("scope", "openid"),
    ] {
        assert_eq!(departure[name], value, "{name}");
    }
}

#[tokio::test]
async fn an_approval_whose_answer_is_lost_is_never_sent_again_and_stands() {
    let mut app = KeycloakApp::start().await;
    let (start, mut browser, page) = at_decision(&app).await;
    app.keycloak.next_callback(&[CallbackFault::AnswerIsLost]);
    let page = press(&mut browser, &page, "approve").await;
    assert!(is(&page, "We could not confirm your answer"), "{}", page.body);
    app.crash_and_restart().await;
    app.clock.advance(Duration::from_secs(60));
    let page = browser.get(&page.path).await;
    assert!(is(&page, "We could not confirm your answer"), "{}", page.body);
    assert_eq!(app.keycloak.callbacks().len(), 1);
    assert_eq!(app.keycloak.poll(&start).await, "tokens");
}

#[tokio::test]
async fn a_refusal_whose_answer_is_lost_is_sent_again() {
    let app = KeycloakApp::start().await;
    let (start, mut browser, page) = at_decision(&app).await;
    app.keycloak.next_callback(&[CallbackFault::AnswerIsLost, CallbackFault::NeverArrives]);
    let page = press(&mut browser, &page, "deny").await;
    assert!(is(&page, "Stopped"), "{}", page.body);
    assert_eq!(app.keycloak.callbacks().len(), 3);
    assert_eq!(app.keycloak.poll(&start).await, "access_denied");
}

#[tokio::test]
async fn an_approval_that_keycloak_took_without_telling_its_client_is_allowed() {
    let app = KeycloakApp::start().await;
    let (start, mut browser, page) = at_decision(&app).await;
    app.keycloak.next_callback(&[CallbackFault::PingFails]);
    let page = press(&mut browser, &page, "approve").await;
    assert!(is(&page, "Allowed"), "{}", page.body);
    assert_eq!(app.keycloak.poll(&start).await, "tokens");
}

#[tokio::test]
async fn whoever_presses_twice_or_on_two_devices_sends_one_approval() {
    let app = KeycloakApp::start().await;
    let (start, link) = app.asked(&[("binding_message", "CASE-4711")]).await;
    let (mut phone, mut tablet) = (app.browser(), app.browser());
    let page = sign_in(&app, &mut phone, &link).await;
    let other = sign_in(&app, &mut tablet, &link).await;
    let mut tab = phone.tab();
    let (one, two, three) = tokio::join!(
        press(&mut phone, &page, "approve"),
        press(&mut tab, &page, "approve"),
        press(&mut tablet, &other, "approve"),
    );
    for page in [one, two, three] {
        assert!(is(&page, "Allowed"), "{}", page.body);
    }
    assert_eq!(app.keycloak.callbacks().len(), 1);
    assert_eq!(app.keycloak.poll(&start).await, "tokens");
}

#[tokio::test]
async fn somebody_else_who_signs_in_decides_nothing_and_stops_nobody() {
    let app = KeycloakApp::start().await;
    let (start, link) = app.asked(&[]).await;
    app.keycloak.signs_in_as(SAM, json!({}));
    let mut stranger = app.browser();
    let page = sign_in(&app, &mut stranger, &link).await;
    assert!(is(&page, "This request is for another account"), "{}", page.body);
    assert_eq!(app.keycloak.callbacks(), []);
    app.keycloak.signs_in_as(ALEX, json!({}));
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &link).await;
    press(&mut browser, &page, "approve").await;
    assert_eq!(app.keycloak.poll(&start).await, "tokens");
}

#[tokio::test]
async fn a_report_of_somebody_who_is_not_signed_in_sends_nothing() {
    let app = KeycloakApp::start().await;
    let (start, link) = app.asked(&[]).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    let report = format!("{}/not-on-a-call", page.path);
    let page = browser.get(&report).await;
    browser.submit(&page, "/not-on-a-call", &[]).await;
    assert_eq!(app.keycloak.callbacks(), []);
    assert_eq!(app.keycloak.poll(&start).await, "authorization_pending");
}

#[tokio::test]
async fn a_sign_in_that_is_too_weak_or_too_old_is_none() {
    let app = KeycloakApp::start().await;
    let (start, link) = app.asked(&[("acr_values", "2")]).await;
    let page = sign_in(&app, &mut app.browser(), &link).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);
    assert_eq!(app.keycloak.sessions(), 0, "the weak sign-in is ended");
    let hour_ago = json!({ "acr": "2", "auth_time": 1_700_000_000 });
    app.keycloak.signs_in_as(ALEX, hour_ago);
    let page = sign_in(&app, &mut app.browser(), &link).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);
    assert_eq!(app.keycloak.poll(&start).await, "authorization_pending");
}

#[tokio::test]
async fn after_the_end_nothing_can_be_decided() {
    let app = KeycloakApp::start().await;
    let (_, mut browser, page) = at_decision(&app).await;
    app.clock.advance(Duration::from_secs(300));
    let page = press(&mut browser, &page, "approve").await;
    assert!(is(&page, "The time is over"), "{}", page.body);
    assert_eq!(app.keycloak.callbacks(), []);
}

#[tokio::test]
async fn a_request_that_keycloak_has_lost_is_said_to_be_over() {
    let app = KeycloakApp::start().await;
    let (_, mut browser, page) = at_decision(&app).await;
    app.keycloak.restart();
    let page = press(&mut browser, &page, "approve").await;
    assert!(is(&page, "The time is over"), "{}", page.body);
    assert_eq!(app.keycloak.callbacks(), [("SUCCEED".to_owned(), 403)]);
}

#[tokio::test]
async fn a_customer_who_cannot_be_reached_ends_the_request_at_once() {
    for change in
        [json!({ "attributes": {} }), json!({ "attributes": { "phoneNumber": ["0555 0100"] } })]
    {
        let app = KeycloakApp::start().await;
        app.keycloak.change_user(ALEX, |user| user["attributes"] = change["attributes"].clone());
        let start = app.keycloak.ask(&[]).await;
        assert_eq!(app.keycloak.poll(&start).await, "authorization_pending");
        app.clock.advance(Duration::from_secs(2));
        until("the request is ended", async || !app.keycloak.callbacks().is_empty()).await;
        assert_eq!(app.keycloak.callbacks(), [("UNAUTHORIZED".to_owned(), 200)]);
        assert_eq!(app.keycloak.poll(&start).await, "access_denied");
        assert_eq!(app.messages().await.len(), 0);
    }
}

#[tokio::test]
async fn a_link_is_sent_after_a_crash_and_only_once() {
    let mut app = KeycloakApp::start().await;
    let start = app.keycloak.ask(&[]).await;
    assert_eq!(start.status, 200);
    app.crash_and_restart().await;
    app.link(1).await;
    app.crash_and_restart().await;
    app.clock.advance(Duration::from_secs(60));
    let (_, link) = app.asked(&[]).await;
    assert_eq!(app.messages().await.len(), 2);
    assert!(link.contains("/r/"));
}

#[tokio::test]
async fn the_agents_commands_follow_a_request_of_keycloaks_to_its_token() {
    let app = KeycloakApp::start().await;
    let http = crate::support::http();
    let ambient = Ambient::new(app.clock.clone(), std::sync::Arc::new(SystemEntropy));
    let transmit = Transmit::new(http, settings::of_client(&app.config).unwrap(), ambient);
    let request = BackchannelRequest {
        login_hint: "alex".into(),
        login_hint_type: LoginHintType::UserId,
        binding_message: None,
        channel: Channel::Sms,
        custom_message: None,
        requested_expiry: None,
        scope: "openid".into(),
        contact: None,
        locale: None,
    };
    let started = transmit.start(&request).await.unwrap();
    assert!(started.auth_req_id.as_str().len() > 1000);
    let link = app.link(1).await;
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &link).await;
    press(&mut browser, &page, "approve").await;
    match operator::poll(&transmit, &started, |_| {}).await {
        PollOutcome::Token(granted) => assert_eq!(granted.claims.sub, ALEX),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn where_no_links_are_sent_the_message_holds_the_code_of_the_request() {
    let app = KeycloakApp::start_with(|config| config.brand.sends_links = false).await;
    let start = app.keycloak.ask(&[]).await;
    assert_eq!(start.status, 200, "{start:?}");
    // The last word of the text, where it holds a link.
    app.link(1).await;
    let (_, text) = app.messages().await.pop().unwrap();
    assert!(!text.contains("://") && !text.contains("/r/"), "{text}");
    let words: Vec<_> = text.split([' ', '.', ',']).collect();
    let is_group = |word: &str| {
        word.len() == 4 && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    let code = words.windows(2).find(|pair| pair.iter().all(|word| is_group(word))).unwrap();
    let mut phone = app.browser();
    let page = phone.get("/").await;
    let page = phone.submit(&page, "/", &[("code", &code.join(" "))]).await;
    assert!(page.path.starts_with("/request/"), "{text}: {}", page.body);
    assert!(page.body.contains("Example Bank, telephone"), "{}", page.body);
}

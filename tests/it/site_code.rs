//! A customer types the code that the agent reads out.

use std::time::Duration;

use ciba::{AuthReqId, BindingMessage};
use ciba_login::codes::{AgentCode, CodedRequest, Codes};
use ciba_login::demo;
use platform::ambient::Ambient;
use platform::clock::Clock;
use platform::ids::SystemEntropy;
use platform::seal::Sealer;

use crate::support::conversation::StartedRequest;
use crate::support::records::record;
use crate::support::{ALEX, Browser, Page, TestApp};

async fn codes(app: &TestApp) -> Codes {
    let mut config = app.config.clone();
    demo::adopt(&mut config, &SystemEntropy).unwrap();
    let ambient = Ambient::new(app.clock.clone(), std::sync::Arc::new(SystemEntropy));
    let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
    Codes::new(app.storage().await, sealer, ambient)
}

/// A request, and the code that the operator's side gives it.
async fn coded(app: &TestApp) -> (StartedRequest, String) {
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    let coded = CodedRequest {
        auth_req_id: AuthReqId::parse(&request.auth_req_id).unwrap(),
        message: BindingMessage::parse("CASE-4711").ok(),
    };
    let code = codes(app).await.give(&coded, app.clock.unix() + 300).await.unwrap();
    (request, code.to_string())
}

async fn type_in(browser: &mut Browser, code: &str) -> Page {
    let page = browser.get("/").await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser.submit(&page, "/", &[("code", code)]).await
}

#[tokio::test]
async fn a_code_leads_to_the_very_request_that_the_link_leads_to() {
    let app = TestApp::start().await;
    let (request, code) = coded(&app).await;
    let records = record(&app, &request, ALEX).await;
    let linked = app.browser().get(&request.link).await;
    let mut phone = app.browser();
    let page = type_in(&mut phone, &code).await;
    assert_eq!((page.status.as_u16(), &page.path), (200, &linked.path), "{}", page.body);
    assert!(page.body.contains("CASE-4711"), "{}", page.body);
    let id = AuthReqId::parse(&request.auth_req_id).unwrap();
    let known = records.find(&id).await.unwrap().unwrap();
    assert!(known.steps.opened_at.is_some(), "somebody has typed it");

    let sent = phone.submit(&page, "/mail", &[("email", ALEX)]).await;
    let mail = app.mail(1).await.code.unwrap();
    let page = phone.submit(&sent, "/mail/code", &[("code", &mail)]).await;
    assert!(page.path.ends_with("/decision"), "{} {}", page.path, page.body);
}

#[tokio::test]
async fn a_code_is_understood_however_it_is_typed() {
    let app = TestApp::start().await;
    for write in [
        |code: &str| code.to_lowercase(),
        |code: &str| code.replace(' ', ""),
        |code: &str| format!("  {} ", code.replace(' ', "-")),
        |code: &str| code.chars().flat_map(|c| [c, ' ']).collect(),
        |code: &str| code.replace('0', "o").replace('1', "l").replace('5', "S"),
        |code: &str| code.replace('2', "z").replace('8', "b").replace('V', "u"),
        |code: &str| {
            let arabic = |c: char| match c.to_digit(10) {
                Some(digit) => char::from_u32(0x660 + digit).unwrap(),
                None => c,
            };
            code.chars().map(arabic).collect()
        },
    ] {
        let (_, code) = coded(&app).await;
        let typed: String = write(&code);
        let page = type_in(&mut app.browser(), &typed).await;
        assert!(page.path.starts_with("/request/"), "{code} as {typed:?}: {}", page.body);
        app.clock.advance(Duration::from_secs(301));
    }
}

/// A page without what differs from each of its answers to the next.
fn constant(page: &Page, typed: &str) -> String {
    let name = &page.form("/").hidden[0].1;
    page.body.replace(name, "").replace(typed, "")
}

#[tokio::test]
async fn wrong_used_and_expired_codes_are_told_alike_on_the_page_itself() {
    let app = TestApp::start().await;
    let (_, code) = coded(&app).await;
    assert!(type_in(&mut app.browser(), &code).await.path.starts_with("/request/"));
    let used = type_in(&mut app.browser(), &code).await;
    let unknown = AgentCode::draw(&SystemEntropy).unwrap().to_string();
    let wrong = type_in(&mut app.browser(), &unknown).await;
    let none = type_in(&mut app.browser(), "hello").await;
    let (_, late) = coded(&app).await;
    app.clock.advance(Duration::from_secs(301));
    let expired = type_in(&mut app.browser(), &late).await;
    assert_eq!((used.status.as_u16(), used.path.as_str()), (400, "/"));
    let told = constant(&used, &code);
    for (page, typed) in [(wrong, unknown.as_str()), (none, "hello"), (expired, late.as_str())] {
        assert_eq!(page.status, 400);
        assert_eq!(constant(&page, typed), told, "{typed}");
        // What was typed can be corrected.
        assert!(page.body.contains(&format!("value=\"{typed}\"")), "{}", page.body);
    }
}

#[tokio::test]
async fn a_second_press_gets_the_first_ones_answer_and_a_lost_answer_comes_again() {
    let app = TestApp::start().await;
    let (_, code) = coded(&app).await;
    let mut phone = app.browser();
    let page = phone.get("/").await;
    // Without cookies, too: the page has a name.
    let mut bare = phone.tab();
    bare.forget();
    let (mut one, mut two) = (phone.tab(), phone.tab());
    let typed = [("code", code.as_str())];
    let (first, second) =
        tokio::join!(one.submit(&page, "/", &typed), two.submit(&page, "/", &typed));
    assert!(first.path.starts_with("/request/"), "{} {}", first.path, first.body);
    assert_eq!(second.path, first.path);
    // The phone has seen neither answer, and its person types the code again a minute later.
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(type_in(&mut phone, &code).await.path, first.path);
    assert_eq!(type_in(&mut bare, &code).await.status, 400, "another browser");

    let (_, code) = coded(&app).await;
    let page = bare.get("/").await;
    bare.forget();
    let (mut one, mut two) = (bare.tab(), bare.tab());
    let typed = [("code", code.as_str())];
    let (first, second) =
        tokio::join!(one.submit_once(&page, "/", &typed), two.submit_once(&page, "/", &typed));
    assert_eq!([first.status.as_u16(), second.status.as_u16()], [303, 303]);
}

#[tokio::test]
async fn opening_the_page_and_foreign_forms_change_nothing() {
    let app = TestApp::start().await;
    let (_, code) = coded(&app).await;
    let mut robot = app.browser();
    assert_eq!(robot.head("/").await.status, 200);
    let page = robot.get("/").await;
    assert_eq!(page.header("cache-control"), "no-store, no-transform");
    assert_eq!(robot.get(&format!("/?code={code}")).await.path.split('?').next(), Some("/"));
    assert_eq!(robot.post_cross_site("/", &[("code", &code)]).await.status, 403);
    assert_eq!(robot.post("/", &[("code", &code), ("code", &code)]).await.status, 400);
    assert!(type_in(&mut app.browser(), &code).await.path.starts_with("/request/"));
}

#[tokio::test]
async fn whoever_guesses_is_asked_to_wait_and_told_how_long() {
    let app = TestApp::start().await;
    let mut robot = app.browser();
    let page = robot.get("/").await;
    let mut statuses = Vec::new();
    for _ in 0..32 {
        let guess = AgentCode::draw(&SystemEntropy).unwrap().to_string();
        let answer = robot.submit(&page, "/", &[("code", &guess)]).await;
        statuses.push(answer.status.as_u16());
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), "60");
        }
    }
    assert_eq!(statuses, [vec![400; 30], vec![429; 2]].concat());
    // What cannot be a code was no guess.
    assert_eq!(robot.submit(&page, "/", &[("code", "hello")]).await.status, 400);
    app.clock.advance(Duration::from_secs(61));
    let (_, code) = coded(&app).await;
    assert!(type_in(&mut robot, &code).await.path.starts_with("/request/"));
}

/// A company that may not send links.
async fn without_links() -> TestApp {
    TestApp::start_with(|config| config.brand.sends_links = false).await
}

fn holds_link(text: &str) -> bool {
    ["://", "www.", "href=\"http"].iter().any(|sign| text.contains(sign))
}

#[tokio::test]
async fn where_no_links_are_sent_a_customer_signs_in_by_two_codes_in_every_language() {
    let app = without_links().await;
    for (number, language) in ["en", "de", "es", "fr", "ar"].into_iter().enumerate() {
        let (_, code) = coded(&app).await;
        let mut phone = app.browser();
        let page = phone.get(&format!("/?ui_locales={language}")).await;
        assert!(page.body.contains("data-never-links"), "{}", page.body);
        assert!(page.body.contains(&format!("<html lang=\"{language}\"")), "{}", page.body);
        let page = phone.submit(&page, "/", &[("code", &code)]).await;
        assert!(page.path.starts_with("/request/"), "{}", page.body);
        let sent = phone.submit(&page, "/mail", &[("email", ALEX)]).await;
        let mail = app.mail(number + 1).await;
        assert!(mail.link.is_empty() && !holds_link(&mail.text), "{language}: {}", mail.text);
        let code = mail.code.unwrap();
        assert_eq!(mail.text.matches(&code).count(), 1, "{language}: {}", mail.text);
        let page = phone.submit(&sent, "/mail/code", &[("code", &code)]).await;
        assert!(page.path.ends_with("/decision"), "{language}: {} {}", page.path, page.body);
        app.clock.advance(Duration::from_secs(20 * 60));
    }
}

#[tokio::test]
async fn the_embedded_provider_sends_no_link_for_anybody() {
    let app = without_links().await;
    let url = format!("{}/cis/oidc/backchannel", app.provider);
    let context = |channel: &str| format!(r#"{{"channel":"{channel}"}}"#);
    for (context, status) in [
        (None, 400),
        (Some(context("sms")), 400),
        (Some(context("email")), 400),
        (Some(context("link")), 200),
    ] {
        let mut form = vec![
            ("client_id", app.demo.client_id.as_str()),
            ("client_secret", app.demo.client_secret.as_str()),
            ("scope", "openid"),
            ("login_hint", app.demo.users[0].phone_number.as_str()),
        ];
        form.extend(context.as_deref().map(|context| ("request_context", context)));
        let answer = app.http.post(&url).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), status, "{context:?}");
    }
    let token = app.client_token().await;
    let redirect_uri = format!("{}/mail/callback", app.site);
    let body = serde_json::json!({"email": ALEX, "redirect_uri": redirect_uri, "channel": "email"});
    let answer = app.api("/v1/auth/link/email/send", &token, body).await;
    assert_eq!(answer.status, 400);
    assert!(app.outbox().await.is_empty());
}

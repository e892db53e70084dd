//! What the agent is told at the end of a request, named after what the customer did.

use std::time::Duration;

use ciba_login::site::pages::mail::NONE_OF_THESE;

use crate::desk::{self, agent, link};
use crate::support::walk::sign_in;
use crate::support::{ALEX, Browser, Page, SAM, TestApp, until};

/// A request that the desk has started for Alex.
struct Asked {
    app: TestApp,
    agent: Browser,
    /// The link, as the customer's browser opens it.
    link: String,
}

impl Asked {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let mut agent = agent(&app);
        let page = desk::ask(&mut agent, &[("customer", ALEX)]).await;
        let link = link(&page);
        Self { app, agent, link: format!("{}?{}", link.path(), link.query().unwrap()) }
    }

    /// The desk's page, where the request's time is over.
    async fn expired(&mut self) -> Page {
        self.app.clock.advance(Duration::from_secs(601));
        self.ended().await
    }

    /// The desk's page as soon as the request has ended.
    async fn ended(&mut self) -> Page {
        let (app, agent) = (&self.app, self.agent.tab());
        until("the request has ended", async || {
            app.clock.advance(Duration::from_secs(5));
            agent.tab().get("/desk").await.body.contains("data-ending")
        })
        .await;
        self.agent.get("/desk").await
    }
}

fn ending(page: &Page) -> &str {
    let (_, rest) = page.body.split_once("data-ending=\"").unwrap();
    rest.split_once('"').unwrap().0
}

#[tokio::test]
async fn nobody_used_the_link() {
    let mut asked = Asked::new().await;
    asked.app.browser().get(&asked.link).await;
    assert_eq!(ending(&asked.expired().await), "never_opened", "a preview is nobody");
}

#[tokio::test]
async fn the_customer_asked_for_a_mail_and_did_not_open_it() {
    let mut asked = Asked::new().await;
    let mut browser = asked.app.browser();
    browser.ask_for_mail(&asked.link, ALEX).await;
    assert_eq!(ending(&asked.expired().await), "not_signed_in");
}

#[tokio::test]
async fn the_customer_typed_a_wrong_code_twice_and_gave_up() {
    let mut asked = Asked::new().await;
    let mut browser = asked.app.browser();
    let page = browser.ask_for_mail(&asked.link, ALEX).await;
    asked.app.mail(1).await;
    for code in ["000000", "111111"] {
        browser.submit(&page, "/mail/code", &[("code", code)]).await;
    }
    let page = asked.expired().await;
    assert_eq!(ending(&page), "sign_in_failed");
    assert!(page.body.contains("2 times"), "{}", page.body);
}

#[tokio::test]
async fn the_customer_signed_in_and_went_away() {
    let mut asked = Asked::new().await;
    let mut browser = asked.app.browser();
    sign_in(&asked.app, &mut browser, &asked.link, ALEX).await;
    assert_eq!(ending(&asked.expired().await), "not_answered");
}

#[tokio::test]
async fn somebody_else_signed_in() {
    let mut asked = Asked::new().await;
    let mut browser = asked.app.browser();
    let page = sign_in(&asked.app, &mut browser, &asked.link, SAM).await;
    assert_eq!(page.status, 403, "{}", page.body);
    let desk = asked.agent.get("/desk").await;
    assert!(!desk.body.contains("is deciding"), "somebody else decides nothing: {}", desk.body);
    assert_eq!(ending(&asked.expired().await), "wrong_account");
}

#[tokio::test]
async fn somebody_else_signed_in_and_then_the_customer() {
    let mut asked = Asked::new().await;
    sign_in(&asked.app, &mut asked.app.browser(), &asked.link, SAM).await;
    sign_in(&asked.app, &mut asked.app.browser(), &asked.link, ALEX).await;
    assert_eq!(ending(&asked.expired().await), "not_answered");
}

/// Opens the mail's link in a browser that does not hold the request, and picks.
async fn picked_elsewhere(asked: &Asked, picked: impl Fn(&[String]) -> String) {
    asked.app.browser().ask_for_mail(&asked.link, ALEX).await;
    let mut other = asked.app.browser();
    let page = other.get(&asked.app.mail(1).await.link).await;
    let picked = picked(&page.choices("reference"));
    other.submit(&page, "", &[("reference", &picked)]).await;
}

#[tokio::test]
async fn a_wrong_reference_was_picked() {
    let mut asked = Asked::new().await;
    picked_elsewhere(&asked, |choices| {
        choices.iter().find(|choice| *choice != "CASE-4711").unwrap().clone()
    })
    .await;
    let desk = asked.agent.get("/desk").await;
    assert!(desk.body.contains("data-alarm=\"wrong_reference\""), "at once: {}", desk.body);
    assert_eq!(ending(&asked.expired().await), "wrong_reference");
}

#[tokio::test]
async fn somebody_said_that_it_is_none_of_the_references() {
    let mut asked = Asked::new().await;
    picked_elsewhere(&asked, |_| NONE_OF_THESE.to_owned()).await;
    assert_eq!(ending(&asked.expired().await), "reported");
}

#[tokio::test]
async fn the_customer_stopped_it() {
    let mut asked = Asked::new().await;
    let mut browser = asked.app.browser();
    let page = sign_in(&asked.app, &mut browser, &asked.link, ALEX).await;
    browser.submit(&page, "/api/decide", &[("decision", "deny")]).await;
    assert_eq!(ending(&asked.ended().await), "stopped");
}

#[tokio::test]
async fn the_customer_said_that_they_are_not_speaking_with_anybody() {
    let mut asked = Asked::new().await;
    let mut browser = asked.app.browser();
    sign_in(&asked.app, &mut browser, &asked.link, ALEX).await;
    let page = browser.get(&asked.link).await;
    let not_on_a_call =
        page.links().into_iter().find(|link| link.ends_with("/not-on-a-call")).unwrap();
    let page = browser.get(&not_on_a_call).await;
    browser.submit(&page, "/not-on-a-call", &[]).await;
    assert_eq!(ending(&asked.ended().await), "reported");
}

#[tokio::test]
async fn the_customer_allowed_it() {
    let mut asked = Asked::new().await;
    let mut browser = asked.app.browser();
    let page = sign_in(&asked.app, &mut browser, &asked.link, ALEX).await;
    browser.submit(&page, "/api/decide", &[("decision", "approve")]).await;
    let page = asked.ended().await;
    assert_eq!(ending(&page), "allowed");
    assert!(page.body.contains("Go on with what you asked for."), "{}", page.body);
}

//! `[decision] match = "pick"`: the customer picks the reference that the agent reads out.

use std::collections::BTreeSet;

use ciba_login::config::ReferenceCheck;
use ciba_login::site::pages::pick::NONE_OF_THESE;

use crate::site_records::record;
use crate::site_story::{press, sign_in};
use crate::support::conversation::StartedRequest;
use crate::support::{Browser, Page, TestApp};

const ALEX: &str = "alex@example.com";
const REFERENCE: &str = "CASE-4711";

async fn picking() -> TestApp {
    TestApp::start_with(|config| config.decision.r#match = ReferenceCheck::Pick).await
}

/// A signed-in browser at the decision of a request on record.
async fn at_decision(app: &TestApp) -> (StartedRequest, Browser, Page) {
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    record(app, &request, ALEX).await;
    let mut browser = app.browser();
    let page = browser.get(&request.link).await;
    assert!(!page.body.contains(REFERENCE), "before the sign-in: {}", page.body);
    let page = browser.submit(&page, "/mail", &[("email", ALEX)]).await;
    assert!(!page.body.contains(REFERENCE), "beside the mail: {}", page.body);
    let mail = app.mails().await.len().max(1);
    let page = browser.get(&app.mail(mail).await.link).await;
    let page = browser.submit(&page, "", &[]).await;
    assert_eq!(page.choices("reference").len(), 3, "{}", page.body);
    (request, browser, page)
}

async fn allow(browser: &mut Browser, page: &Page, reference: &str) -> Page {
    browser.submit(page, "/api/decide", &[("decision", "approve"), ("reference", reference)]).await
}

#[tokio::test]
async fn whoever_picks_what_the_agent_reads_out_may_allow_it() {
    let app = picking().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let page = allow(&mut browser, &page, REFERENCE).await;
    assert!(page.body.contains("Allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn one_wrong_pick_ends_the_request_and_is_told_and_counted() {
    let app = picking().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let wrong = page.choices("reference").into_iter().find(|choice| choice != REFERENCE).unwrap();
    let stopped = allow(&mut browser, &page, &wrong).await;
    assert!(stopped.body.contains("Stopped"), "{}", stopped.body);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
    let again = allow(&mut browser, &page, REFERENCE).await;
    assert!(again.body.contains("Stopped"), "there is one guess: {}", again.body);
    let records = crate::site_records::records(&app).await;
    let id = ciba::AuthReqId::parse(&request.auth_req_id).unwrap();
    assert!(records.find(&id).await.unwrap().unwrap().steps.wrong_reference_at.is_some());
}

#[tokio::test]
async fn a_robot_that_sends_the_form_as_it_finds_it_picks_nothing() {
    let app = picking().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let missing = press(&mut browser, &page, "approve").await;
    assert_eq!(missing.status, 400, "{}", missing.body);
    assert!(missing.body.contains("href=\"#reference-0\""), "{}", missing.body);
    assert_eq!(missing.choices("reference"), page.choices("reference"), "the same three");
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    let page = press(&mut browser, &missing, "deny").await;
    assert!(page.body.contains("Stopped"), "to stop needs no pick: {}", page.body);
}

#[tokio::test]
async fn none_of_these_leads_to_the_way_out() {
    let app = picking().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let page = allow(&mut browser, &page, NONE_OF_THESE).await;
    assert!(page.path.ends_with("/not-on-a-call"), "{}", page.path);
    browser.submit(&page, "/not-on-a-call", &[]).await;
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
}

#[tokio::test]
async fn the_three_are_the_same_for_a_request_wherever_they_are_shown() {
    let app = picking().await;
    let (_, mut browser, page) = at_decision(&app).await;
    let reloaded = browser.get(&page.path).await;
    assert_eq!(reloaded.choices("reference"), page.choices("reference"));
    let mut other = app.browser();
    let elsewhere = other.get(&app.mail(1).await.link).await;
    let sets = [&page, &elsewhere].map(|page| BTreeSet::from_iter(page.choices("reference")));
    assert_eq!(sets[0], sets[1], "two drawings would tell which is true");
}

#[tokio::test]
async fn where_the_true_reference_is_not_known_it_is_compared() {
    let app = picking().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
    assert!(page.body.contains(REFERENCE), "{}", page.body);
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.body.contains("Allowed"), "{}", page.body);
}

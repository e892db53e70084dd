//! `[decision] match = "pick"`: the customer picks the reference that the agent reads out.

use std::collections::BTreeSet;

use ciba_login::config::ReferenceCheck;
use ciba_login::site::pages::pick::NONE_OF_THESE;

use crate::support::conversation::StartedRequest;
use crate::support::faults::with_faults_and;
use crate::support::records::record;
use crate::support::walk::{press, sign_in};
use crate::support::{ALEX, Browser, Fault, Page, REFERENCE, TestApp};

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

/// Says why the request ended, and offers neither to pick again nor to allow it.
fn says_why(page: &Page) {
    assert!(page.body.contains("is not the one of this request"), "{}", page.body);
    assert!(page.body.contains("Nothing was allowed"), "{}", page.body);
    assert!(page.choices("reference").is_empty(), "{}", page.body);
    assert!(!page.body.contains("value=\"approve\""), "{}", page.body);
}

fn wrong(page: &Page) -> String {
    page.choices("reference").into_iter().find(|choice| choice != REFERENCE).unwrap()
}

#[tokio::test]
async fn one_wrong_pick_ends_the_request_and_is_told_and_counted() {
    let app = picking().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let mut tab = browser.tab();
    let mut other = app.browser();
    other.get(&request.link).await;
    let stopped = allow(&mut browser, &page, &wrong(&page)).await;
    assert!(stopped.is("outcome-wrong-reference"), "{}", stopped.body);
    assert!(stopped.body.contains("Ask the agent to start again"), "{}", stopped.body);
    assert!(stopped.body.contains("Hang up, and call"), "{}", stopped.body);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
    // There is one guess, in whatever tab and browser; and every page of the request says the same.
    says_why(&stopped);
    says_why(&browser.get(&stopped.path).await);
    says_why(&allow(&mut browser, &page, REFERENCE).await);
    says_why(&allow(&mut tab, &page, REFERENCE).await);
    says_why(&tab.get(&page.path).await);
    says_why(&other.get(&page.path).await);
    says_why(&other.get(&request.link).await);
    let records = crate::support::records::records(&app).await;
    let id = ciba::AuthReqId::parse(&request.auth_req_id).unwrap();
    assert!(records.find(&id).await.unwrap().unwrap().steps.wrong_reference_at.is_some());
}

#[tokio::test]
async fn a_wrong_pick_that_could_not_be_told_is_no_second_guess_anywhere() {
    let (app, line) = with_faults_and(|config| {
        config.decision.r#match = ReferenceCheck::Pick;
    })
    .await;
    let (request, mut browser, page) = at_decision(&app).await;
    // The provider does not take the sign-in for proof, so the person has to sign in once more.
    line.set(Fault::Completion(401));
    let again = allow(&mut browser, &page, &wrong(&page)).await;
    assert!(again.body.contains("sign in again"), "{}", again.body);
    line.set(Fault::None);
    app.clock.advance(std::time::Duration::from_secs(30));
    let mut other = app.browser();
    let told = crate::support::walk::sign_in(&app, &mut other, &request.link, ALEX).await;
    says_why(&told);
    let handle = page.form("/api/decide").hidden[0].1.clone();
    let press = [("handle", handle.as_str()), ("decision", "approve"), ("reference", REFERENCE)];
    says_why(&other.post("/api/decide", &press).await);
    assert_eq!(line.completions().len(), 1, "nothing was sent but the refusal");
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    let stopped = other.submit(&told, "/api/decide", &[("decision", "deny")]).await;
    assert!(stopped.is("outcome-wrong-reference"), "{}", stopped.body);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
    assert!(line.completions().iter().all(|body| body.contains("false")));
}

#[tokio::test]
async fn whoever_is_not_signed_in_picks_nothing() {
    let app = picking().await;
    let (request, _, page) = at_decision(&app).await;
    let mut stranger = app.browser();
    stranger.get(&request.link).await;
    let handle = page.form("/api/decide").hidden[0].1.clone();
    let mut answers = BTreeSet::new();
    for reference in page.choices("reference") {
        let form =
            [("handle", handle.as_str()), ("decision", "approve"), ("reference", &reference)];
        answers.insert(stranger.post_once("/api/decide", &form).await.location().map(String::from));
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    let records = crate::support::records::records(&app).await;
    let id = ciba::AuthReqId::parse(&request.auth_req_id).unwrap();
    assert_eq!(records.find(&id).await.unwrap().unwrap().steps.wrong_reference_at, None);
}

#[tokio::test]
async fn a_wrong_pick_under_a_mails_link_is_no_reason_for_what_its_customer_stops() {
    let app = picking().await;
    let (_, mut browser, page) = at_decision(&app).await;
    let mut stranger = app.browser();
    let shown = stranger.get(&app.mail(1).await.link).await;
    let ended = stranger.submit(&shown, "", &[("reference", &wrong(&shown))]).await;
    assert!(ended.is("problem-wrong-reference"), "{}", ended.body);
    let page = press(&mut browser, &page, "deny").await;
    assert!(page.is("outcome-stopped"), "{}", page.body);
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
    let (request, mut browser) = app.asked(REFERENCE).await;
    let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
    assert!(page.body.contains(REFERENCE), "{}", page.body);
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.body.contains("Allowed"), "{}", page.body);
}

//! Where the mail was asked for, one press under its link signs in and decides.

use std::collections::BTreeSet;
use std::time::Duration;

use ciba::AuthReqId;
use ciba_login::config::ReferenceCheck;
use ciba_login::site::pages::mail::NONE_OF_THESE;

use crate::support::conversation::StartedRequest;
use crate::support::faults::{with_faults, with_faults_and};
use crate::support::records::{record, records};
use crate::support::walk::press;
use crate::support::{ALEX, Browser, Fault, Page, REFERENCE, SAM, TestApp};

/// A browser that has asked for a mail, and what the mail's link leads to.
async fn at_the_link(app: &TestApp) -> (StartedRequest, Browser, Page) {
    let (request, mut browser, _, mail) = app.mailed(REFERENCE).await;
    let page = browser.get(&mail.link).await;
    assert!(page.is("decision"), "{}", page.body);
    assert!(page.path.starts_with("/mail/continue/"), "{}", page.path);
    (request, browser, page)
}

async fn answer(browser: &mut Browser, page: &Page, decision: &str) -> Page {
    let action = page.path.split('?').next().unwrap().to_owned();
    browser.submit(page, &action, &[("decision", decision)]).await
}

#[tokio::test]
async fn one_press_under_the_link_allows_what_the_page_shows() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_the_link(&app).await;
    for shown in [REFERENCE, "Yes, allow", "No, stop this", "You answer as", "a•••@example.com"]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(!page.body.contains(ALEX), "{}", page.body);
    let page = answer(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(line.completions().len(), 1);
    let polled = app.poll_for(&request).await;
    assert_eq!(polled.status, 200, "{polled:?}");
    assert!(page.body.contains("data-passkey="), "a passkey is offered as after every mail");
}

#[tokio::test]
async fn one_press_under_the_link_stops_it_as_the_customer_and_ends_the_session() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    record(&app, &request, ALEX).await;
    browser.ask_for_mail(&request.link, ALEX).await;
    let page = browser.get(&app.mail(1).await.link).await;
    let page = answer(&mut browser, &page, "deny").await;
    assert!(page.is("outcome-stopped"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
    assert!(!browser.is_signed_in());
    let id = AuthReqId::parse(&request.auth_req_id).unwrap();
    let steps = records(&app).await.find(&id).await.unwrap().unwrap().steps;
    assert!(steps.signed_in_at.is_some() && steps.decided_at.is_some(), "{steps:?}");
}

#[tokio::test]
async fn opening_the_link_changes_nothing_however_often_and_whoever_does_it() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_the_link(&app).await;
    let mail = app.mail(1).await.link;
    for path in [&mail, &page.path, &format!("{}?decision=approve", page.path)] {
        browser.head(path).await;
        assert!(browser.get(path).await.is("decision"));
        app.browser().get(path).await;
    }
    assert!(!browser.is_signed_in());
    let other_site = [("decision", "approve")];
    assert_eq!(browser.post_cross_site(&page.path, &other_site).await.status, 403);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    assert!(answer(&mut browser, &page, "approve").await.is("outcome-allowed"));
}

#[tokio::test]
async fn a_browser_that_holds_the_request_and_has_not_asked_signs_in_first() {
    let app = TestApp::start().await;
    let (request, _, _, mail) = app.mailed(REFERENCE).await;
    let mut other = app.browser();
    other.get(&request.link).await;
    let page = other.get(&mail.link).await;
    assert!(page.is("mail-go-on"), "{}", page.body);
    // A decision that its form does not ask for is none.
    let page = answer(&mut other, &page, "approve").await;
    assert!(page.is_at_decision(), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
}

#[tokio::test]
async fn a_browser_without_the_request_picks_and_decides_nothing_by_it() {
    let app = TestApp::start().await;
    let (request, _, _, mail) = app.mailed(REFERENCE).await;
    let mut other = app.browser();
    let page = other.get(&mail.link).await;
    assert!(page.is("mail-pick"), "{}", page.body);
    let picked = [("decision", "approve"), ("reference", REFERENCE)];
    let page = other.submit(&page, "", &picked).await;
    assert!(page.is_at_decision(), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
}

#[tokio::test]
async fn the_link_of_an_earlier_mail_signs_in_and_does_not_decide() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_the_link(&app).await;
    app.clock.advance(Duration::from_secs(30));
    let path = page.links().into_iter().find(|link| link.starts_with("/request/")).unwrap();
    let path = path.trim_end_matches("/not-on-a-call").to_owned();
    let request = browser.get(&path).await;
    browser.submit(&request, "/mail", &[("email", ALEX)]).await;
    let later = app.mail(2).await.link;
    assert!(browser.get(&page.path).await.is("mail-go-on"));
    assert!(browser.get(&later).await.is("decision"));
}

#[tokio::test]
async fn a_press_without_an_answer_signs_in_and_one_for_another_request_does_nothing() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_the_link(&app).await;
    let second = app.ask(ALEX, Some("CASE-4712")).await;
    let opened = browser.get(&second.link).await;
    let handle = opened.form("/mail").hidden[0].1.clone();
    let foreign = [("handle", handle.as_str()), ("decision", "approve")];
    assert_eq!(browser.post(&page.path, &foreign).await.status, 404);
    assert_eq!(browser.post(&page.path, &[("decision", "approve")]).await.status, 404);
    let page = browser.submit(&page, &page.path, &[]).await;
    assert!(page.is_at_decision(), "the link is still good: {}", page.body);
    assert!(press(&mut browser, &page, "approve").await.is("outcome-allowed"));
}

#[tokio::test]
async fn two_presses_at_once_are_one_decision_whichever_buttons_they_are() {
    for second in ["approve", "deny"] {
        let (app, line) = with_faults().await;
        let (_, browser, page) = at_the_link(&app).await;
        let (mut one, mut two) = (browser.tab(), browser.tab());
        let (first, second) =
            tokio::join!(answer(&mut one, &page, "approve"), answer(&mut two, &page, second),);
        assert_eq!(first.name(), second.name(), "{} {}", first.body, second.body);
        assert!(first.is("outcome-allowed") || first.is("outcome-stopped"), "{}", first.body);
        assert_eq!(line.completions().len(), 1);
        let sessions: BTreeSet<_> =
            [one, two].iter().map(|tab| tab.cookies().get("ciba_session").cloned()).collect();
        assert_eq!(sessions.len(), 1, "one sign-in");
    }
}

#[tokio::test]
async fn a_press_after_the_first_one_sees_what_was_decided() {
    let (app, line) = with_faults().await;
    let (_, mut browser, page) = at_the_link(&app).await;
    let mut lost = browser.tab();
    answer(&mut browser, &page, "approve").await;
    for seconds in [1, 60] {
        app.clock.advance(Duration::from_secs(seconds));
        let again = answer(&mut browser, &page, "deny").await;
        assert!(again.is("outcome-allowed"), "{}", again.body);
        assert!(browser.get(&page.path).await.is("outcome-allowed"));
        // Also where the answer, with its cookies, never came.
        assert!(answer(&mut lost, &page, "deny").await.is("outcome-allowed"));
    }
    assert_eq!(line.completions().len(), 1);
}

#[tokio::test]
async fn the_press_signs_in_under_a_new_session() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_the_link(&app).await;
    browser.set("ciba_session", "AAAAAAAAAAAAAAAAAAAAAA");
    assert!(answer(&mut browser, &page, "approve").await.is("outcome-allowed"));
    assert_ne!(browser.cookies()["ciba_session"], "AAAAAAAAAAAAAAAAAAAAAA");
}

#[tokio::test]
async fn a_fault_after_the_sign_in_leaves_a_person_who_can_decide() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_the_link(&app).await;
    let database = sqlx::SqlitePool::connect(app.config.storage.url.expose()).await.unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON site_decisions \
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    sqlx::query(full).execute(&database).await.unwrap();
    let said = answer(&mut browser, &page, "approve").await;
    assert_eq!(said.status, 500, "{}", said.body);
    assert!(line.completions().is_empty());
    sqlx::query("DROP TRIGGER full").execute(&database).await.unwrap();
    // The link is used up, and leads to the decision.
    let decision = browser.get(&page.path).await;
    assert!(decision.is_at_decision(), "{}", decision.body);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    assert!(press(&mut browser, &decision, "deny").await.is("outcome-stopped"));
    assert_eq!(line.completions().len(), 1);
}

#[tokio::test]
async fn an_answer_that_cannot_be_told_is_kept_and_can_be_taken_back() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_the_link(&app).await;
    line.set(Fault::Completion(503));
    let unknown = answer(&mut browser, &page, "approve").await;
    assert!(unknown.body.contains("Send it again"), "{}", unknown.body);
    line.set(Fault::None);
    let page = press(&mut browser, &unknown, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn a_link_that_is_used_up_elsewhere_still_leads_to_a_way_to_stop() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_the_link(&app).await;
    let mut other = app.browser();
    let shown = other.get(&app.mail(1).await.link).await;
    assert!(other.submit(&shown, "", &[("reference", REFERENCE)]).await.is_at_decision());
    let spent = answer(&mut browser, &page, "approve").await;
    assert_eq!((spent.status.as_u16(), spent.name()), (410, "problem-mail-link-spent"));
    app.clock.advance(Duration::from_secs(30));
    let stopping = answer(&mut browser, &page, "deny").await;
    assert!(stopping.is("not-on-a-call"), "{}", stopping.body);
}

#[tokio::test]
async fn who_signs_in_to_another_account_decides_nothing() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    record(&app, &request, ALEX).await;
    browser.ask_for_mail(&request.link, SAM).await;
    let page = browser.get(&app.mail(1).await.link).await;
    let refused = answer(&mut browser, &page, "approve").await;
    assert!(refused.is("problem-wrong-account"), "{}", refused.body);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    let id = AuthReqId::parse(&request.auth_req_id).unwrap();
    let steps = records(&app).await.find(&id).await.unwrap().unwrap().steps;
    assert!(steps.wrong_account_at.is_some() && steps.signed_in_at.is_none(), "{steps:?}");
}

#[tokio::test]
async fn what_is_over_is_said_before_anybody_presses() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    record(&app, &request, ALEX).await;
    browser.ask_for_mail(&request.link, ALEX).await;
    let link = app.mail(1).await.link;
    let page = browser.get(&link).await;
    // A report in this browser stands.
    let mut reporter = browser.tab();
    let leave = reporter.get(&page.path).await;
    let report = leave.links().into_iter().find(|link| link.ends_with("/not-on-a-call")).unwrap();
    let report = reporter.get(&report).await;
    reporter.submit(&report, "/not-on-a-call", &[]).await;
    assert!(reporter.get(&link).await.is("outcome-reported"));
    assert!(answer(&mut reporter, &page, "approve").await.is("outcome-reported"));
    // In another it does not.
    assert!(browser.get(&link).await.body.contains("called us yourself"));
    app.clock.advance(Duration::from_secs(301));
    assert!(browser.get(&link).await.is("problem-request-expired"));
    assert!(answer(&mut browser, &page, "approve").await.is("problem-request-expired"));
}

async fn picking() -> (TestApp, crate::support::Faults, StartedRequest, Browser, Page) {
    let (app, line) = with_faults_and(|config| {
        config.decision.r#match = ReferenceCheck::Pick;
    })
    .await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    record(&app, &request, ALEX).await;
    browser.ask_for_mail(&request.link, ALEX).await;
    let page = browser.get(&app.mail(1).await.link).await;
    assert_eq!(page.choices("reference").len(), 3, "{}", page.body);
    (app, line, request, browser, page)
}

async fn pick(browser: &mut Browser, page: &Page, reference: &str) -> Page {
    let action = page.path.split('?').next().unwrap().to_owned();
    let filled = [("decision", "approve"), ("reference", reference)];
    browser.submit(page, &action, &filled).await
}

#[tokio::test]
async fn where_the_reference_is_picked_nothing_is_used_up_before_one_is() {
    let (_app, line, _, mut browser, page) = Box::pin(picking()).await;
    assert_eq!(page.body.matches(REFERENCE).count(), 2, "as one of three: {}", page.body);
    let missing = answer(&mut browser, &page, "approve").await;
    assert_eq!(missing.status, 400, "{}", missing.body);
    assert!(missing.body.contains("href=\"#reference-0\""), "{}", missing.body);
    let none = pick(&mut browser, &missing, NONE_OF_THESE).await;
    assert!(none.is("not-on-a-call"), "{}", none.body);
    assert!(line.completions().is_empty());
    assert!(pick(&mut browser, &page, REFERENCE).await.is("outcome-allowed"));
}

#[tokio::test]
async fn a_wrong_pick_under_the_link_ends_the_request_as_on_the_decision_page() {
    let (app, line, request, mut browser, page) = Box::pin(picking()).await;
    let wrong = page.choices("reference").into_iter().find(|choice| choice != REFERENCE).unwrap();
    let page = pick(&mut browser, &page, &wrong).await;
    assert!(page.is("outcome-wrong-reference"), "{}", page.body);
    assert_eq!(line.completions().len(), 1);
    assert!(line.completions()[0].contains("false"), "{:?}", line.completions());
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
}

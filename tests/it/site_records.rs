//! What the site knows where the operator's side shares its storage.

use std::time::Duration;

use ciba::{AuthReqId, Contact};
use ciba_login::records::{Withdrawal, digest};

use crate::social_site;
use crate::support::records::record;
use crate::support::walk::{press, sign_in};
use crate::support::{ALEX, SAM, TestApp};

#[tokio::test]
async fn another_message_person_and_time_are_refused_before_anything_is_sent() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    let records = record(&app, &request, ALEX).await;
    let id = AuthReqId::parse(&request.auth_req_id).unwrap();

    let mut browser = app.browser();
    let forged = browser.get(&request.link.replace("CASE-4711", "CASE-9999")).await;
    assert_eq!(forged.status, 409);
    assert!(forged.is("problem-message-mismatch"), "{}", forged.body);

    let mut stranger = app.browser();
    let page = sign_in(&app, &mut stranger, &request.link, SAM).await;
    assert_eq!(page.status, 403);
    assert!(page.is("problem-wrong-account"), "{}", page.body);

    let page = browser.get(&request.link).await;
    assert!(page.body.contains("minutes"), "the time left is shown: {}", page.body);
    let known = records.find(&id).await.unwrap().unwrap();
    assert!(known.steps.opened_at.is_some() && known.steps.decided_at.is_none());
    let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    let known = records.find(&id).await.unwrap().unwrap();
    assert_eq!(known.outcome.as_deref(), Some("approve"));
    assert!(known.steps.signed_in_at.is_some() && known.steps.decided_at.is_some());

    let late = app.ask(ALEX, Some("CASE-4711")).await;
    record(&app, &late, ALEX).await;
    app.clock.advance(Duration::from_secs(301));
    assert_eq!(browser.get(&late.link).await.status, 410);
}

#[tokio::test]
async fn somebody_elses_account_is_told_by_the_number_that_the_agent_has_called() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    record(&app, &request, &app.demo.users[0].phone_number).await;
    let mut browser = app.browser();
    let page = social_site::sign_in(&app, &mut browser, &request.link, SAM).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(page.is("problem-wrong-account"), "{}", page.body);
    browser.submit(&page, "/switch-account", &[]).await;
    let page = social_site::sign_in(&app, &mut browser, &request.link, ALEX).await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
}

#[tokio::test]
async fn a_request_that_the_agent_has_withdrawn_ends_here() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    let records = record(&app, &request, ALEX).await;
    let id = AuthReqId::parse(&request.auth_req_id).unwrap();
    assert_eq!(records.find(&id).await.unwrap().unwrap().contact, Some(Contact::CustomerCalled));
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
    assert_eq!(records.withdraw(&digest(&id)).await.unwrap(), Withdrawal::Withdrawn);
    assert_eq!(records.withdraw(&digest(&id)).await.unwrap(), Withdrawal::Withdrawn);
    let pressed = press(&mut browser, &page, "approve").await;
    assert_eq!(pressed.status, 410, "{}", pressed.body);
    assert!(pressed.is("problem-withdrawn"), "{}", pressed.body);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    assert_eq!(app.browser().get(&request.link).await.status, 410);

    // Another mail to the same address takes its time.
    app.clock.advance(Duration::from_secs(30));
    let decided = app.ask(ALEX, Some("CASE-4711")).await;
    record(&app, &decided, ALEX).await;
    let page = sign_in(&app, &mut browser, &decided.link, ALEX).await;
    press(&mut browser, &page, "approve").await;
    let id = AuthReqId::parse(&decided.auth_req_id).unwrap();
    assert_eq!(records.withdraw(&digest(&id)).await.unwrap(), Withdrawal::Decided);
    let unknown = AuthReqId::parse("unknown").unwrap();
    assert_eq!(records.withdraw(&digest(&unknown)).await.unwrap(), Withdrawal::Unknown);
}

#[tokio::test]
async fn the_page_says_what_the_agents_request_asks_for_and_how_long_it_lives() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    let unknown = app.browser().get(&request.link).await;
    assert!(!unknown.body.contains("see your phone number"), "{}", unknown.body);
    assert!(!unknown.body.contains("data-seconds-left=\""), "{}", unknown.body);
    record(&app, &request, ALEX).await;
    // Where one touch decides everything is said before it.
    let mut browser = app.browser();
    browser.set("passkey_used", "1");
    let known = browser.get(&request.link).await;
    assert!(known.body.contains("see your phone number"), "{}", known.body);
    assert!(known.body.contains("data-seconds-left=\"300\""), "{}", known.body);
}

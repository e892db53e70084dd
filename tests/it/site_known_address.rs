//! One press sends a sign-in mail to the address that the operator's side knows.

use ciba::AuthReqId;
use platform::storage::Storage;
use sqlx::Row;
use transmit::EmailAddress;

use crate::desk::{self, agent, link};
use crate::support::records::record;
use crate::support::{ALEX, Browser, Page, REFERENCE, TestApp};

const KNOWN: (&str, &str) = ("known", "1");

/// The page of a request for Alex's phone, and a browser that shows it. The desk of the demo knows
/// whose phone it is.
async fn known(app: &TestApp) -> (Browser, Page) {
    let page = desk::ask(&mut agent(app), &[]).await;
    let link = link(&page);
    let mut browser = app.browser();
    let page = browser.get(&format!("{}?{}", link.path(), link.query().unwrap())).await;
    assert!(page.body.contains("data-known-address"), "{}", page.body);
    (browser, page)
}

fn is_in_clear(browser: &Browser, page: &Page) -> bool {
    page.body.contains(ALEX) || browser.cookies().values().any(|value| value.contains("alex"))
}

#[tokio::test]
async fn one_press_sends_the_link_and_shows_the_address_masked_only() {
    let app = TestApp::start().await;
    let (mut browser, page) = known(&app).await;
    assert!(page.body.contains("a•••@example.com"), "{}", page.body);
    assert!(!is_in_clear(&browser, &page), "{}", page.body);
    let page = browser.submit(&page, "/mail", &[]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("on its way to") && page.body.contains("a•••@example.com"));
    assert!(!is_in_clear(&browser, &page), "{}", page.body);
    let mail = app.mail(1).await;
    assert_eq!(mail.to, ALEX);
    let page = browser.get(&mail.link).await;
    let page = browser.submit(&page, "", &[]).await;
    assert!(page.body.contains("Yes, allow"), "{}", page.body);
}

#[tokio::test]
async fn a_second_press_gets_the_first_ones_answer_and_the_limit_holds_for_another_mail() {
    let app = TestApp::start().await;
    let (mut browser, page) = known(&app).await;
    let sent = browser.submit(&page, "/mail", &[]).await;
    app.clock.advance(std::time::Duration::from_secs(15));
    let second = browser.submit(&page, "/mail", &[]).await;
    assert_eq!(second.path, sent.path, "{}", second.body);
    let again = browser.submit(&sent, "/mail", &[]).await;
    assert_eq!(again.status, 429, "{}", again.body);
    app.clock.advance(std::time::Duration::from_secs(30));
    let again = browser.submit(&sent, "/mail", &[]).await;
    assert_eq!(again.status, 200, "{}", again.body);
    app.mail(2).await;
}

#[tokio::test]
async fn another_address_can_still_be_typed() {
    let app = TestApp::start().await;
    let (mut browser, page) = known(&app).await;
    let page = browser.submit(&page, "/mail", &[("email", "sam@example.com")]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(app.mail(1).await.to, "sam@example.com");
}

#[tokio::test]
async fn whoever_has_the_link_learns_by_no_refusal_that_they_have_guessed_the_address() {
    let app = TestApp::start().await;
    for guess in [ALEX, "guess@example.com"] {
        let (mut browser, page) = known(&app).await;
        let sent = browser.submit(&page, "/mail", &[("email", guess)]).await;
        assert_eq!(sent.status, 200, "{guess}: {}", sent.body);
        let pressed = browser.submit(&page, "/mail", &[]).await;
        assert_eq!(pressed.status, 200, "{guess}: {}", pressed.body);
        app.clock.advance(std::time::Duration::from_secs(30));
    }
}

#[tokio::test]
async fn where_no_address_is_known_the_press_asks_for_one() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = app.opened(REFERENCE).await;
    assert!(!page.body.contains("data-known-address"), "{}", page.body);
    let page = browser.submit(&page, "/mail", &[KNOWN]).await;
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(app.mails().await.is_empty());
}

#[tokio::test]
async fn the_record_of_a_request_by_user_id_can_know_the_address_and_is_sealed() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    let records = record(&app, &request, "some-user-id").await;
    let id = AuthReqId::parse(&request.auth_req_id).unwrap();
    let email = EmailAddress::parse(ALEX).unwrap();
    records.add_email(&id, &email).await.unwrap();
    assert_eq!(records.find(&id).await.unwrap().unwrap().email, Some(email));
    let storage = Storage::open(&app.config.storage).await.unwrap();
    let row =
        sqlx::query("SELECT known_email FROM site_requests").fetch_one(storage.reader()).await;
    assert!(!row.unwrap().try_get::<String, _>("known_email").unwrap().contains("alex"));
    storage.close().await;
    let page = app.browser().get(&request.link).await;
    assert!(page.body.contains("data-known-address"), "{}", page.body);
}

#[tokio::test]
async fn the_page_that_asked_says_how_far_another_screen_has_come() {
    let app = TestApp::start().await;
    let (mut browser, page) = known(&app).await;
    let sent = browser.submit(&page, "/mail", &[]).await;
    let (_, rest) = sent.body.split_once("data-watch=\"").unwrap();
    let progress = rest.split_once('"').unwrap().0.to_owned();
    assert_eq!(browser.get(&progress).await.body, "waiting");
    let mut other = app.browser();
    let page = other.get(&app.mail(1).await.link).await;
    let decision = other.submit(&page, "", &[("reference", "CASE-4711")]).await;
    assert_eq!(browser.get(&progress).await.body, "elsewhere");
    assert_eq!(other.get(&progress).await.body, "here");
    other.submit(&decision, "/api/decide", &[("decision", "approve")]).await;
    assert_eq!(browser.get(&progress).await.body, "done");
    assert_eq!(app.browser().get(&progress).await.status, 404, "a stranger learns nothing");
}

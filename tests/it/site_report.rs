//! Somebody says that they are not speaking with an agent: it stands in their browser, stands in
//! nobody else's way, and the page says how the request stands.

use std::time::Duration;

use crate::support::faults::with_faults;
use crate::support::records::record;
use crate::support::walk::{at_decision, press, sign_in};
use crate::support::{ALEX, Browser, Fault, Page, TestApp};

/// Opens the page for it and presses its button.
async fn report(browser: &mut Browser, handle_path: &str, button: &str) -> Page {
    let page = browser.get(&format!("{handle_path}/not-on-a-call")).await;
    assert!(page.body.contains(button), "{}", page.body);
    browser.submit(&page, "not-on-a-call", &[]).await
}

fn request_path(page: &Page) -> String {
    page.path.split(['?', '/']).take(3).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn a_report_without_a_sign_in_stands_in_that_browser_and_in_no_other() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    record(&app, &request, ALEX).await;
    let mut reporter = app.browser();
    let page = reporter.get(&request.link).await;
    let path = request_path(&page);
    let reported = report(&mut reporter, &path, "Report this request").await;
    assert!(reported.body.contains("Ask for a new link"), "{}", reported.body);
    // Back, another tap on the link, and every other page of the request lead there.
    for address in [&path, &request.link, &format!("{path}/decision"), &format!("{path}/outcome")] {
        let page = reporter.get(address).await;
        assert!(page.is("outcome-reported"), "{address}: {}", page.body);
        assert!(page.forms().is_empty(), "{address}: {}", page.body);
    }
    let fields = [("handle", path.rsplit('/').next().unwrap()), ("email", ALEX)];
    let page = reporter.post(&format!("{path}/mail"), &fields).await;
    assert!(page.is("outcome-reported"), "{}", page.body);

    // The rightful customer is told, and goes on.
    let doubt = "Continue only if you called us yourself";
    let mut customer = app.browser();
    assert!(customer.get(&request.link).await.body.contains(doubt));
    let page = sign_in(&app, &mut customer, &request.link, ALEX).await;
    assert!(page.body.contains(doubt), "{}", page.body);
    let page = press(&mut customer, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);

    // Whoever has reported it learns that it was allowed, and whom to call.
    let page = reporter.get(&format!("{path}/outcome")).await;
    assert!(page.is("outcome-allowed-before"), "{}", page.body);
    assert!(page.body.contains("class=\"advice\"") && !page.body.contains("Nothing was allowed"));
}

#[tokio::test]
async fn a_report_after_the_approval_says_that_it_was_allowed() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_decision(&app).await;
    let path = request_path(&page);
    press(&mut browser, &page, "approve").await;
    let page = report(&mut browser, &path, "Report this request").await;
    assert_eq!(page.name(), "outcome-allowed-before", "{}", page.body);
    assert!(!page.body.contains("data-passkey="));
    // In every language.
    let german = page.links().into_iter().find(|link| link.ends_with("ui_locales=de")).unwrap();
    assert!(german.contains("?advice=1&"), "{german}");
    let page = browser.get(&german).await;
    assert!(page.body.contains("<html lang=\"de\""), "{}", page.body);
    assert_eq!(page.name(), "outcome-allowed-before");
}

#[tokio::test]
async fn a_report_after_a_lost_answer_says_so_and_does_not_ask_to_allow_it_again() {
    let (app, line) = with_faults().await;
    let (_, mut browser, page) = at_decision(&app).await;
    let path = request_path(&page);
    line.set(Fault::LoseCompletion);
    press(&mut browser, &page, "approve").await;
    let sent = line.completions().len();
    let page = report(&mut browser, &path, "Report this request").await;
    assert!(page.is("outcome-unknown"), "{}", page.body);
    assert!(page.body.contains("class=\"advice\"") && page.forms().is_empty(), "{}", page.body);
    assert!(!page.body.contains("Nothing was allowed"));
    assert_eq!(line.completions().len(), sent);
}

#[tokio::test]
async fn a_report_by_somebody_signed_in_stops_the_request_also_where_an_approval_waits_unsent() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let path = request_path(&page);
    line.hang_up().await;
    press(&mut browser, &page, "approve").await;
    line.pick_up().await;
    let page = report(&mut browser, &path, "Stop this request").await;
    assert!(page.is("outcome-stopped") && page.body.contains("class=\"advice\""), "{}", page.body);
    assert_eq!(line.completions().len(), 1);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
}

#[tokio::test]
async fn a_report_of_what_has_run_out_asks_nobody_for_a_new_link() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    record(&app, &request, ALEX).await;
    let mut browser = app.browser();
    let path = request_path(&browser.get(&request.link).await);
    let page = browser.get(&format!("{path}/not-on-a-call")).await;
    app.clock.advance(Duration::from_secs(301));
    let page = browser.submit(&page, "not-on-a-call", &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.is("outcome-reported"), "{}", page.body);
    assert!(!page.body.contains("Ask the agent"), "{}", page.body);
}

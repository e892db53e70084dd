//! What a customer does from the link to the press, without script: what the stories have in common.

use super::conversation::StartedRequest;
use super::{ALEX, Browser, Page, REFERENCE, TestApp};

/// Opens the link and signs in by mail, in the same browser.
pub async fn sign_in(app: &TestApp, browser: &mut Browser, link: &str, email: &str) -> Page {
    let before = app.mails().await.len();
    let page = browser.get(link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let page = browser.submit(&page, "/mail", &[("email", email)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let mail = app.mail(before + 1).await;
    let page = browser.get(&mail.link).await;
    browser.submit(&page, "", &[]).await
}

/// A signed-in browser at the decision page of a new request.
pub async fn at_decision(app: &TestApp) -> (StartedRequest, Browser, Page) {
    let (request, mut browser) = app.asked(REFERENCE).await;
    let page = sign_in(app, &mut browser, &request.link, ALEX).await;
    assert!(page.is("decision"), "{}", page.body);
    (request, browser, page)
}

/// Presses one of the two buttons.
pub async fn press(browser: &mut Browser, page: &Page, decision: &str) -> Page {
    browser.submit(page, "/api/decide", &[("decision", decision)]).await
}

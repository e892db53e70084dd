//! A mail whose use has come to no end that anybody knows, because a process died or an answer was lost:
//! it signs its owner in all the same, and nobody else.

use std::time::Duration;

use platform::clock::Clock;
use platform::storage::presence::Presence;
use serde_json::json;
use url::Url;

use crate::support::conversation::StartedRequest;
use crate::support::{Browser, Page, REFERENCE, TestApp, bench, on_both_engines};

/// A request, a browser that has asked for the mail, its link, and the page to which that leads.
async fn at_the_link(app: &TestApp) -> (StartedRequest, Browser, String, Page) {
    let (request, mut browser, _, mail) = app.mailed(REFERENCE).await;
    let page = browser.get(&mail.link).await;
    assert!(page.is("decision"), "{}", page.body);
    (request, browser, mail.link, page)
}

/// As a process leaves a mail that dies in the middle of its use.
async fn die_in_the_middle(app: &TestApp) {
    let storage = app.storage().await;
    let begun = "UPDATE site_mails SET consumed_by = 'dead', held_until = $1";
    let until = app.clock.unix() + 20;
    sqlx::query(begun).bind(until).execute(storage.writer()).await.unwrap();
    storage.close().await;
}

/// The provider uses up the code of a link, and its answer is lost.
async fn use_up_at_provider(app: &TestApp, link: &str) {
    let link = Url::parse("http://site/").unwrap().join(link).unwrap();
    let (_, code) = link.query_pairs().find(|(name, _)| name == "code").unwrap();
    let token = app.client_token().await;
    let body = json!({ "code": code });
    assert_eq!(app.api("/v1/auth/link/email/authenticate", &token, body).await.status, 200);
}

async fn allowed(app: &TestApp, browser: &mut Browser, page: &Page, request: &StartedRequest) {
    let shown = browser.submit(page, &page.path, &[("decision", "approve")]).await;
    assert!(shown.is("outcome-allowed"), "{}", shown.body);
    assert_eq!(app.poll_for(request).await.status, 200);
}

async fn after_a_crash_the_same_mail_signs_in(mut app: TestApp) {
    let (request, mut browser, link, page) = at_the_link(&app).await;
    die_in_the_middle(&app).await;
    use_up_at_provider(&app, &link).await;
    app.crash_and_restart().await;
    allowed(&app, &mut browser, &page, &request).await;
}

async fn beside_another_instance_it_does_when_the_uses_time_is_over(mut app: TestApp) {
    let (request, mut browser, _, page) = at_the_link(&app).await;
    die_in_the_middle(&app).await;
    let _other = Presence::enter(&app.config.storage, async {}).await;
    app.crash_and_restart().await;
    app.clock.advance(Duration::from_secs(21));
    allowed(&app, &mut browser, &page, &request).await;
}

/// Whoever has the state and not the code has not read the mail to its end, and a refusal is an end.
async fn a_code_that_the_provider_refuses_ends_the_mail(app: TestApp) {
    let (_, mut browser, link, page) = at_the_link(&app).await;
    use_up_at_provider(&app, &link).await;
    for _ in 0..2 {
        let shown = browser.submit(&page, &page.path, &[("decision", "approve")]).await;
        assert!(shown.is("problem-mail-link-spent"), "{}", shown.body);
    }
    assert!(!browser.is_signed_in());
}

on_both_engines!(
    a_mail_whose_use_came_to_no_end_on_postgresql,
    bench:
    after_a_crash_the_same_mail_signs_in,
    beside_another_instance_it_does_when_the_uses_time_is_over,
    a_code_that_the_provider_refuses_ends_the_mail,
);

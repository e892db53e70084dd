//! The whole story with a provider that trusts the site's own word: a second one behind the same ports.

use std::time::Duration;

use ciba::{AuthReqId, Decision};
use ciba_login::site::authority::OurWord;
use ciba_login::site::paths;
use platform::clock::Clock;

use crate::support::trusting::{Line, Trusting};
use crate::support::walk::press;
use crate::support::{Browser, Page, TestApp};

async fn started() -> (TestApp, Trusting) {
    let provider = Trusting::new();
    let app = TestApp::start_at(Some(provider.ports()), |_| {}).await;
    (app, provider)
}

/// Opens the link of a request for Alex, and signs in as somebody.
async fn signed_in(
    app: &TestApp,
    provider: &Trusting,
    as_whom: &str,
) -> (AuthReqId, Browser, Page) {
    let key = app.push("alex", "realm jti-1").await.unwrap();
    let mut browser = app.browser();
    let page = browser.get(&paths::pushed(&key)).await;
    let page = sign_in(provider, &mut browser, &page, as_whom).await;
    (key, browser, page)
}

async fn sign_in(provider: &Trusting, browser: &mut Browser, page: &Page, who: &str) -> Page {
    provider.visited_by(who);
    let link = page.links().into_iter().find(|link| link.ends_with("/social/login")).unwrap();
    browser.get(&link).await
}

/// The outcome page once it has this status.
async fn until(browser: &mut Browser, path: &str, status: u16) -> Page {
    for _ in 0..200 {
        let page = browser.get(path).await;
        if page.status == status {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the status {status} has not come");
}

#[tokio::test]
async fn a_pushed_request_is_allowed_by_the_person_whom_it_names() {
    let (app, provider) = started().await;
    let key = app.push("alex", "realm jti-1").await.unwrap();
    assert!(key.as_str().len() >= 27, "160 bits and more");
    let mut browser = app.browser();
    let page = browser.get(&paths::pushed(&key)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("CASE-4711") && !page.path.contains(key.as_str()), "{}", page.path);
    // Only what this provider can do is offered.
    assert!(page.forms().iter().all(|form| !form.action.ends_with("/mail")), "{}", page.body);
    assert!(!page.body.contains("data-passkey="), "{}", page.body);

    let page = sign_in(&provider, &mut browser, &page, "alex").await;
    assert!(page.path.ends_with("/decision"), "{} {}", page.status, page.body);
    assert_eq!(provider.hint().as_deref(), Some("alex@example.com"));
    assert!(provider.calls().is_empty(), "a sign-in decides nothing");
    assert_eq!(app.pushed().await.count_open("alex").await.unwrap(), 1);

    let page = press(&mut browser, &page, "approve").await;
    assert!(page.path.ends_with("/outcome") && page.status == 200, "{}", page.body);
    let word = OurWord {
        subject: "alex".into(),
        amr: vec!["pwd".into(), "otp".into()],
        acr: Some("gold".into()),
        auth_time: app.clock.unix() + 1,
        by_mail: None,
    };
    let credential = "bearer of realm jti-1".to_owned();
    assert_eq!(provider.calls(), [(credential, word, Decision::Approve)]);
    assert_eq!(provider.state(), Some(Decision::Approve));
    // Nothing is left with which anything could be answered, and nobody is signed in any more.
    assert_eq!(app.pushed().await.count_open("alex").await.unwrap(), 0);
    assert_eq!(provider.signed_out(), ["session of alex"]);
    assert!(!browser.is_signed_in());
    // Every browser with the link sees it.
    let mut other = app.browser();
    let seen = other.get(&paths::pushed(&key)).await;
    assert_eq!((seen.status.as_u16(), seen.path), (200, page.path));
}

#[tokio::test]
async fn a_pushed_request_is_stopped() {
    let (app, provider) = started().await;
    let (_, mut browser, page) = signed_in(&app, &provider, "alex").await;
    let page = press(&mut browser, &page, "deny").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(provider.state(), Some(Decision::Deny));
}

#[tokio::test]
async fn nobody_but_the_person_whom_it_names_may_decide() {
    let (app, provider) = started().await;
    let (_, mut browser, page) = signed_in(&app, &provider, "sam").await;
    assert_eq!(page.status, 403, "{}", page.body);
    let handle = page.handle();
    let fields = [("handle", handle.as_str()), ("decision", "approve")];
    assert_eq!(browser.post("/api/decide", &fields).await.status, 403);
    assert!(provider.calls().is_empty());
    let page = browser.submit(&page, "/switch-account", &[]).await;
    assert_eq!(provider.signed_out(), ["session of sam"], "else Sam is signed in again");
    let page = sign_in(&provider, &mut browser, &page, "alex").await;
    assert_eq!(press(&mut browser, &page, "approve").await.status, 200);
    assert_eq!(provider.state(), Some(Decision::Approve));
}

#[tokio::test]
async fn a_lost_answer_is_unclear_at_once_and_the_decision_is_never_sent_again() {
    let (app, provider) = started().await;
    let (_, mut browser, page) = signed_in(&app, &provider, "alex").await;
    provider.set(Line::LosesAnswers);
    let page = press(&mut browser, &page, "approve").await;
    assert_eq!(page.status, 409, "{}", page.body);
    assert!(page.forms().is_empty(), "there is nothing to press: {}", page.body);
    provider.set(Line::Up);
    for decision in ["approve", "deny"] {
        let handle = page.handle();
        let fields = [("handle", handle.as_str()), ("decision", decision)];
        assert_eq!(browser.post("/api/decide", &fields).await.status, 409);
    }
    assert_eq!(provider.calls().len(), 1);
    assert_eq!(provider.state(), Some(Decision::Approve), "a second call would have undone it");
}

#[tokio::test]
async fn a_call_that_was_cut_off_by_a_crash_is_never_made_again() {
    let (mut app, provider) = started().await;
    let (_, mut browser, page) = signed_in(&app, &provider, "alex").await;
    provider.set(Line::Hangs);
    let asking = press(&mut browser, &page, "approve").await;
    assert_eq!(asking.status, 202, "{}", asking.body);
    app.crash_and_restart().await;
    provider.set(Line::Up);
    app.clock.advance(Duration::from_secs(31));
    until(&mut browser, &asking.path, 409).await;
    assert_eq!(provider.calls().len(), 1);
}

#[tokio::test]
async fn what_has_not_arrived_is_sent_again() {
    let (app, provider) = started().await;
    let (_, mut browser, page) = signed_in(&app, &provider, "alex").await;
    provider.set(Line::Away);
    let page = press(&mut browser, &page, "approve").await;
    assert_eq!(page.status, 503, "{}", page.body);
    provider.set(Line::Up);
    app.clock.advance(Duration::from_secs(60));
    until(&mut browser, &page.path, 200).await;
    assert_eq!(provider.calls().len(), 1);
    assert_eq!(provider.state(), Some(Decision::Approve));
}

#[tokio::test]
async fn a_request_that_is_pushed_twice_is_one_request() {
    let (app, _) = started().await;
    assert!(app.push("alex", "realm jti-1").await.is_some());
    assert!(app.push("alex", "realm jti-1").await.is_none());
    assert!(app.push("alex", "realm jti-2").await.is_some());
    assert_eq!(app.pushed().await.count_open("alex").await.unwrap(), 2);
    assert_eq!(app.pushed().await.count_open("sam").await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_that_nobody_has_made_shows_nothing() {
    let (app, provider) = started().await;
    let (key, _, _) = signed_in(&app, &provider, "alex").await;
    let near = format!("/r/{}x", key.as_str());
    for path in ["/r/x", "/r/unknown", "/r/%3Cscript%3E", near.as_str()] {
        assert_eq!(app.browser().get(path).await.status, 404, "{path}");
    }
    // Opened as a link with an `auth_req_id` it stays what it is.
    let mut browser = app.browser();
    let forged = format!("/login?auth_req_id={}&binding_message=CASE-4711", key.as_str());
    let page = browser.get(&forged).await;
    assert_eq!(sign_in(&provider, &mut browser, &page, "sam").await.status, 403);
    let forged = forged.replace("4711", "9999");
    assert_eq!(browser.get(&forged).await.status, 409);
}

#[tokio::test]
async fn after_its_time_a_pushed_request_is_over_and_its_credential_is_gone() {
    let (app, provider) = started().await;
    let (_, mut browser, page) = signed_in(&app, &provider, "alex").await;
    app.clock.advance(Duration::from_secs(301));
    let page = browser.get(&page.path).await;
    assert_eq!(page.status, 410, "{}", page.body);
    let pushed = app.pushed().await;
    pushed.clear().await.unwrap();
    assert_eq!(pushed.count_open("alex").await.unwrap(), 0);
    assert!(provider.calls().is_empty());
}

#[tokio::test]
async fn a_report_of_somebody_who_is_not_signed_in_ends_the_request_for_nobody_else() {
    let (app, provider) = started().await;
    let key = app.push("alex", "realm jti-1").await.unwrap();
    let mut stranger = app.browser();
    let page = stranger.get(&paths::pushed(&key)).await;
    let page = stranger.get(&format!("{}/not-on-a-call", page.path)).await;
    stranger.submit(&page, "/not-on-a-call", &[]).await;
    assert_eq!(provider.cancelled(), []);
    let mut browser = app.browser();
    assert_eq!(browser.get(&paths::pushed(&key)).await.status, 200);
}

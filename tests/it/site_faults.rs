//! Every fault of a provider, before every refusal: no page contradicts what the provider has, and
//! the opposite of what was pressed is never sent.

use std::time::Duration;

use crate::social_site::sign_in;
use crate::support::faults::with_faults;
use crate::support::walk::press;
use crate::support::{ALEX, Fault, Faults, Page, REFERENCE, TestApp};

const JSON: &str = "application/json";
const HTML: &str = "text/html";

/// What becomes of the first call. Only the first of them reaches the provider.
const FIRST: [Fault; 7] = [
    Fault::LoseCompletion,
    Fault::Reset,
    Fault::Says(401, JSON, r#"{"message":"Invalid token","error_code":401}"#),
    Fault::Says(429, JSON, ""),
    Fault::Says(500, JSON, r#"{"message":"Internal server error","error_code":500}"#),
    Fault::Says(200, HTML, "<!doctype html><title>Sign in to the network</title>"),
    Fault::Says(403, HTML, "<html><body>Request blocked</body></html>"),
];

const DECIDED: Fault = Fault::Says(409, JSON, r#"{"error_code":"auth_req_already_completed"}"#);

/// What every further call is answered, in each family of errors of the API.
const THEN: [Fault; 8] = [
    Fault::Says(400, JSON, r#"{"error":"invalid_request","error_description":"no"}"#),
    Fault::Says(400, JSON, r#"{"message":"Bad Request","error_code":400}"#),
    Fault::Says(400, JSON, r#"{"error_code":"auth_req_expired","message":"no"}"#),
    Fault::Says(400, JSON, r#"{"error_code":"400","message":"no"}"#),
    Fault::Says(404, JSON, r#"{"message":"Not found","error_code":404}"#),
    DECIDED,
    Fault::Says(410, JSON, r#"{"error_code":"expired_token","message":"no"}"#),
    Fault::Says(400, JSON, ""),
];

/// Presses, signs in again where that is asked for, and presses again.
async fn story(app: &TestApp, line: &Faults, decision: &str, first: Fault, then: Fault) -> Page {
    let request = app.ask_for(ALEX, Some(REFERENCE), 120).await;
    let mut browser = app.browser();
    let page = sign_in(app, &mut browser, &request.link, ALEX).await;
    let sent = line.completions().len();
    line.set_first(first, then);
    let mut page = press(&mut browser, &page, decision).await;
    if page.body.contains("sign in again") {
        page = sign_in(app, &mut browser, &page.path, ALEX).await;
        assert!(page.is("decision"), "{first:?} {then:?}: {}", page.body);
        page = press(&mut browser, &page, decision).await;
    }
    let approved = format!("\"approved\":{}", decision == "approve");
    let sent = line.completions().split_off(sent);
    assert_eq!(sent.len(), 2, "{first:?} {then:?}");
    assert!(sent.iter().all(|body| body.contains(&approved)), "{first:?} {then:?}: {sent:?}");
    // What the provider has is what it was told, and nothing else.
    let taken = first == Fault::LoseCompletion;
    let polled = app.poll_for(&request).await;
    let expected = match (taken, decision) {
        (false, _) => "authorization_pending",
        (true, "approve") => "",
        (true, _) => "access_denied",
    };
    assert_eq!(polled.error(), expected, "{first:?} {then:?}");
    // It says the same when it is opened again.
    assert_eq!(title(&browser.get(&page.path).await), title(&page), "{first:?} {then:?}");
    // Open requests of one customer are limited.
    app.clock.advance(Duration::from_secs(121));
    page
}

fn title(page: &Page) -> &str {
    page.body.split("<title>").nth(1).unwrap().split("</title>").next().unwrap()
}

async fn no_page_contradicts_the_provider(decision: &str) {
    let (app, line) = with_faults().await;
    for first in FIRST {
        let taken = first == Fault::LoseCompletion;
        let answer_was_lost = !matches!(first, Fault::Says(401, ..));
        for then in THEN {
            // A provider that calls decided what nobody has decided is past all help.
            if then == DECIDED && !taken {
                continue;
            }
            let page = story(&app, &line, decision, first, then).await;
            let case = format!("{decision} {first:?} {then:?}: {}", page.body);
            let confirmed = page.body.contains("has confirmed your answer");
            assert_eq!(confirmed, then == DECIDED, "{case}");
            let unclear = page.body.contains("could not confirm your answer");
            assert_eq!(unclear, answer_was_lost && then != DECIDED, "{case}");
            if answer_was_lost {
                assert!(!page.body.contains("Nothing was allowed"), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn whatever_befalls_an_approval_no_page_contradicts_the_provider() {
    no_page_contradicts_the_provider("approve").await;
}

#[tokio::test]
async fn whatever_befalls_a_refusal_no_page_contradicts_the_provider() {
    no_page_contradicts_the_provider("deny").await;
}

#[tokio::test]
async fn a_mail_asked_for_while_the_provider_is_away_is_called_late_and_comes() {
    let (app, line) = with_faults().await;
    let (_, mut browser, page) = app.opened(REFERENCE).await;
    line.set(Fault::Down);
    let page = browser.submit(&page, "/mail", &[("email", ALEX)]).await;
    assert!(!page.body.contains("data-late"), "{}", page.body);
    for _ in 0..12 {
        app.clock.advance(Duration::from_secs(10));
        let page = browser.get(&page.path).await;
        assert!(page.body.contains("data-late"), "{}", page.body);
    }
    line.set(Fault::None);
    app.clock.advance(Duration::from_secs(120));
    app.mail(1).await;
    // Whoever looks now learns that it was sent.
    for _ in 0..100 {
        if !browser.get(&page.path).await.body.contains("data-late") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it is called late for ever");
}

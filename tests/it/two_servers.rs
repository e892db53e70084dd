//! Two servers on one SQLite file, which nobody is told to run, and one that dies at a bad moment: what
//! either keeps in memory decides nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::conversation::StartedRequest;
use crate::support::walk::press;
use crate::support::{ALEX, Browser, Page, REFERENCE, TestApp};

/// A browser that has asked for the mail, and where its link leads.
async fn at_the_link(app: &TestApp, rounds: usize) -> (StartedRequest, Browser, Page) {
    let (request, mut browser) = app.asked(REFERENCE).await;
    browser.ask_for_mail(&request.link, ALEX).await;
    let page = browser.get(&app.mail(rounds).await.link).await;
    assert!(page.is("decision"), "{}", page.body);
    (request, browser, page)
}

async fn answer(browser: &mut Browser, page: &Page, decision: &str) -> Page {
    browser.submit(page, &page.path, &[("decision", decision)]).await
}

/// What the agent's client is told.
async fn polled(app: &TestApp, request: &StartedRequest) -> &'static str {
    let polled = app.poll_for(request).await;
    match polled.status {
        200 => "outcome-allowed",
        _ if polled.error() == "access_denied" => "outcome-stopped",
        _ => "nothing",
    }
}

/// Whoever comes second finds the link used up, or the page that stops a request without a sign-in:
/// neither says that anything was decided.
fn finds_it_used_up(page: &Page) -> bool {
    page.is("problem-mail-link-spent") || page.is("not-on-a-call")
}

#[tokio::test]
async fn presses_at_two_servers_on_one_file_are_one_decision() {
    let app = TestApp::start().await;
    let second = app.second_site().await;
    for (round, other) in ["approve", "deny", "approve", "deny"].into_iter().enumerate() {
        let (request, mut here, page) = at_the_link(&app, round + 1).await;
        let page = here.submit(&page, &page.path, &[]).await;
        assert!(page.path.ends_with("/decision"), "{}", page.path);
        let mut there = here.tab_at(&second);
        let (one, two) =
            tokio::join!(press(&mut here, &page, "approve"), press(&mut there, &page, other));
        let polled = polled(&app, &request).await;
        assert_eq!((one.name(), two.name()), (polled, polled), "round {round}");
        app.clock.advance(Duration::from_secs(61));
    }
}

#[tokio::test]
async fn the_link_of_a_mail_pressed_at_two_servers_on_one_file_signs_in_once_and_decides_once() {
    let app = TestApp::start().await;
    let second = app.second_site().await;
    let mut decided = 0;
    for (round, other) in ["approve", "deny", "approve", "deny"].into_iter().enumerate() {
        let (request, mut here, page) = at_the_link(&app, round + 1).await;
        let mut there = here.tab_at(&second);
        let (one, two) =
            tokio::join!(answer(&mut here, &page, "approve"), answer(&mut there, &page, other));
        let polled = polled(&app, &request).await;
        for shown in [&one, &two] {
            let fits = shown.is(polled) || finds_it_used_up(shown);
            assert!(fits, "round {round}: {}, {polled}: {}", shown.name(), shown.body);
        }
        let sessions: BTreeSet<_> =
            [&here, &there].iter().filter_map(|tab| tab.cookies().get("ciba_session")).collect();
        assert!(sessions.len() <= 1, "round {round}: two sign-ins");
        decided += usize::from(polled != "nothing");
        app.clock.advance(Duration::from_secs(61));
    }
    assert_eq!(decided, 4);
}

#[tokio::test]
async fn a_second_press_that_meets_the_next_process_is_told_what_the_first_one_did() {
    for second in ["approve", "deny"] {
        let mut app = TestApp::start().await;
        let (request, mut browser, page) = at_the_link(&app, 1).await;
        // The first one's answer, with its session, is lost with the process that kept it.
        let mut lost = browser.tab();
        assert!(answer(&mut browser, &page, "approve").await.is("outcome-allowed"));
        app.crash_and_restart().await;
        for tab in [&mut browser, &mut lost] {
            let again = answer(tab, &page, second).await;
            assert!(again.is("outcome-allowed"), "{}", again.body);
        }
        assert_eq!(polled(&app, &request).await, "outcome-allowed");
    }
}

#[tokio::test]
async fn a_press_that_died_with_its_process_can_be_made_again() {
    let mut app = TestApp::start().await;
    for round in 0..4_u64 {
        let number = usize::try_from(round).unwrap() + 1;
        let (request, browser, page) = at_the_link(&app, number).await;
        let mut cancelled = browser.tab();
        let begun = answer(&mut cancelled, &page, "approve");
        let _either_way = tokio::time::timeout(Duration::from_millis(round * 5), begun).await;
        app.crash_and_restart().await;
        // Whatever the first has come to: allowed already, or the person is still able to say no.
        let mut browser = browser.tab();
        let shown = answer(&mut browser, &page, "deny").await;
        let shown = match shown.name() {
            "decision" => press(&mut browser, &shown, "deny").await,
            _ => shown,
        };
        let polled = polled(&app, &request).await;
        let fits = shown.is(polled) || finds_it_used_up(&shown);
        assert!(fits, "round {round}: {}, {polled}: {}", shown.name(), shown.body);
        app.clock.advance(Duration::from_secs(61));
    }
}

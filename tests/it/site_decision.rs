//! One decision: whatever is pressed twice, whoever presses, and whatever the provider does.

use std::sync::Arc;
use std::time::Duration;

use ciba::{AuthReqId, Decision};
use ciba_login::config::CompleteErrors;
use ciba_login::demo;
use ciba_login::site::authority::{CustomerToken, Proof};
use ciba_login::site::decision::{Claim, Journal};
use ciba_login::site::request::HeldRequest;
use platform::ambient::Ambient;
use platform::clock::Clock;
use platform::ids::SystemEntropy;
use platform::seal::Sealer;

use crate::support::faults::with_faults;
use crate::support::records::record;
use crate::support::walk::{at_decision, press, sign_in};
use crate::support::{ALEX, Browser, Fault, Page, REFERENCE, SAM, TestApp};

/// Opens an outcome again until it says what is expected.
async fn until(browser: &mut Browser, path: &str, expected: &str) -> Page {
    let mut page = browser.get(path).await;
    for _ in 0..100 {
        if page.body.contains(expected) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        page = browser.get(path).await;
    }
    panic!("{expected:?} has not come: {}", page.body);
}

#[tokio::test]
async fn twenty_presses_at_once_are_one_call() {
    let (app, line) = with_faults().await;
    let (request, browser, page) = at_decision(&app).await;
    let presses = (0..20).map(|_| {
        let (mut tab, form) = (browser.tab(), page.form("/api/decide"));
        tokio::spawn(async move {
            let handle = form.hidden[0].1.clone();
            let fields = [("handle", handle.as_str()), ("decision", "approve")];
            tab.post(&form.action, &fields).await
        })
    });
    for answer in presses.collect::<Vec<_>>() {
        let page = answer.await.unwrap();
        assert!(page.is("outcome-allowed"), "{}", page.body);
    }
    assert_eq!(line.completions().len(), 1);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn a_press_that_cannot_be_written_down_is_said_and_sent_to_nobody() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let database = sqlx::SqlitePool::connect(app.config.storage.url.expose()).await.unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON site_decisions \
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    sqlx::query(full).execute(&database).await.unwrap();
    let said = press(&mut browser, &page, "approve").await;
    assert_eq!(said.status, 500, "{}", said.body);
    assert!(line.completions().is_empty());
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");

    sqlx::query("DROP TRIGGER full").execute(&database).await.unwrap();
    assert!(press(&mut browser, &page, "approve").await.is("outcome-allowed"));
    assert_eq!(line.completions().len(), 1);
}

#[tokio::test]
async fn a_press_leads_to_its_outcome_whatever_the_browser_says_it_reads() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_decision(&app).await;
    for accept in ["*/*", "application/json", "text/html"] {
        browser.reads(accept);
        let answer = browser.submit_once(&page, "/api/decide", &[("decision", "deny")]).await;
        assert_eq!(answer.status, 302, "{accept}");
        assert!(answer.location().unwrap().ends_with("/outcome"), "{accept}: {answer:?}");
    }
}

#[tokio::test]
async fn back_and_a_second_press_show_what_was_decided() {
    let (app, line) = with_faults().await;
    let (_, mut browser, page) = at_decision(&app).await;
    let allowed = press(&mut browser, &page, "approve").await;
    let again = press(&mut browser, &page, "deny").await;
    assert!(again.is("outcome-allowed"), "{}", again.body);
    for path in [&page.path, &page.path.replace("/decision", "")] {
        assert_eq!(browser.get(path).await.path, allowed.path);
    }
    assert_eq!(line.completions().len(), 1);
}

#[tokio::test]
async fn the_session_ends_with_the_decision() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_decision(&app).await;
    assert!(browser.is_signed_in());
    press(&mut browser, &page, "deny").await;
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn after_an_approval_the_session_is_good_for_adding_a_passkey_and_nothing_else() {
    let app = TestApp::start_with(|config| config.sign_in.enrol_passkey = false).await;
    let (_, mut browser, page) = at_decision(&app).await;
    press(&mut browser, &page, "approve").await;
    assert!(!browser.is_signed_in());

    let app = TestApp::start().await;
    let (_, mut browser, page) = at_decision(&app).await;
    press(&mut browser, &page, "approve").await;
    assert!(browser.is_signed_in());
    // Nobody is signed in any more, for this request or another.
    let next = app.ask(ALEX, Some("CASE-4712")).await;
    let page = browser.get(&next.link).await;
    assert!(!page.is("decision"), "{}", page.body);
}

#[tokio::test]
async fn two_links_in_two_tabs_never_mix() {
    let app = TestApp::start().await;
    let (first, mut browser, first_page) = at_decision(&app).await;
    let second = app.ask(ALEX, Some("CASE-4712")).await;
    let page = browser.get(&second.link).await;
    // Another request: nobody is signed in for it.
    assert!(page.body.contains("CASE-4712") && !page.is("decision"));
    // A press with the other request's handle decides nothing.
    let second_handle = page.path.rsplit('/').next().unwrap().to_owned();
    let fields = [("handle", second_handle.as_str()), ("decision", "approve")];
    let refused = browser.post("/api/decide", &fields).await;
    assert!(refused.body.contains("sign in again"), "{}", refused.body);
    let page = press(&mut browser, &first_page, "approve").await;
    assert!(page.is("outcome-allowed"));
    assert_eq!(app.poll_for(&second).await.error(), "authorization_pending");
    assert_eq!(app.poll_for(&first).await.status, 200);
}

#[tokio::test]
async fn the_same_request_with_another_message_is_another_request() {
    let app = TestApp::start().await;
    let (request, mut browser, _) = at_decision(&app).await;
    let forged = request.link.replace("CASE-4711", "CASE-9999");
    let page = browser.get(&forged).await;
    assert!(page.body.contains("CASE-9999") && !page.is("decision"));
}

#[tokio::test]
async fn a_wrong_users_press_does_not_stand_in_the_rightful_ones_way() {
    let (app, line) = with_faults().await;
    let (request, mut stranger) = app.asked(REFERENCE).await;
    let page = sign_in(&app, &mut stranger, &request.link, SAM).await;
    let refused = press(&mut stranger, &page, "deny").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.is("problem-wrong-account"));
    press(&mut stranger, &page, "approve").await;
    assert_eq!(line.completions().len(), 1, "the stranger's claim is over");

    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);

    // The stranger may switch to the right account, and sees the same outcome.
    let page = stranger.submit(&refused, "/switch-account", &[]).await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
}

#[tokio::test]
async fn both_uninformative_profiles_end_well() {
    for (profile, expected, title) in [
        (CompleteErrors::Uninformative400, 409, "Your answer was not accepted"),
        (CompleteErrors::Uninformative500, 503, "Send it again"),
    ] {
        let app = TestApp::start_with(|config| config.provider.complete_errors = profile).await;
        let (request, mut stranger) = app.asked(REFERENCE).await;
        let page = sign_in(&app, &mut stranger, &request.link, SAM).await;
        let page = press(&mut stranger, &page, "approve").await;
        assert_eq!(page.status, expected, "{}", page.body);
        assert!(page.body.contains(title), "{}", page.body);
        let mut browser = app.browser();
        let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
        let page = press(&mut browser, &page, "approve").await;
        assert!(page.is("outcome-allowed"), "{}", page.body);
        assert_eq!(app.poll_for(&request).await.status, 200);
    }
}

#[tokio::test]
async fn an_expired_request_says_so() {
    let app = TestApp::start().await;
    let request = app.ask_for(ALEX, Some(REFERENCE), 60).await;
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
    app.clock.advance(Duration::from_secs(61));
    let page = press(&mut browser, &page, "approve").await;
    assert_eq!(page.status, 410);
    assert!(page.is("problem-request-expired"), "{}", page.body);
}

#[tokio::test]
async fn a_request_decided_elsewhere_is_called_decided() {
    let (app, line) = with_faults().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    // Another message on the same request: another handle, and the same journal.
    let mut one = app.browser();
    let page = sign_in(&app, &mut one, &request.link, ALEX).await;
    // The provider calls it decided, and we have sent nothing before.
    line.set(Fault::Completion(409));
    let refused = press(&mut one, &page, "approve").await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(!refused.is("outcome-allowed"));
}

#[tokio::test]
async fn a_lost_answer_is_repeated_and_the_opposite_never_follows() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    line.set(Fault::Completion(503));
    let unknown = press(&mut browser, &page, "approve").await;
    assert!(unknown.body.contains("Send it again"), "{}", unknown.body);
    assert!(!unknown.is("outcome-allowed"));
    let sent = line.completions().len();
    assert!((1..=3).contains(&sent), "{sent}");
    let opposite = press(&mut browser, &page, "deny").await;
    assert!(opposite.body.contains("Yes, allow"), "it says what was answered: {}", opposite.body);
    line.set(Fault::None);
    let form = unknown.form("/api/decide");
    assert!(form.hidden.iter().chain(&form.buttons).all(|(_, value)| value != "deny"));
    let decision = ("decision", "approve");
    let page = browser.submit(&unknown, "/api/decide", &[decision]).await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert!(line.completions().iter().all(|body| body.contains("true")), "only the same decision");
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn an_answer_lost_after_the_provider_took_it_ends_as_confirmed() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    line.set(Fault::LoseCompletion);
    let page = press(&mut browser, &page, "deny").await;
    assert!(page.body.contains("Send it again"), "{}", page.body);
    line.set(Fault::None);
    app.clock.advance(Duration::from_secs(60));
    // The worker sends it once more, and the provider calls it decided.
    until(&mut browser, &page.path, "Stopped").await;
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
    // It stays so for whoever has sent it; others with the link are not told what is only presumed.
    assert!(browser.get(&page.path).await.is("outcome-stopped"));
    let mut other = app.browser();
    other.get(&request.link).await;
    assert!(other.get(&page.path).await.is("outcome-waiting"));
}

#[tokio::test]
async fn the_sign_in_ends_with_the_decision_though_no_press_has_waited_for_its_answer() {
    let (app, line) = with_faults().await;
    let (_, mut browser, page) = at_decision(&app).await;
    line.set(Fault::Down);
    let page = press(&mut browser, &page, "deny").await;
    line.set(Fault::None);
    app.clock.advance(Duration::from_secs(60));
    until(&mut browser, &page.path, "Stopped").await;
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn after_a_lost_answer_a_refusal_without_a_reason_promises_nothing() {
    for (decision, polled) in [("approve", ""), ("deny", "access_denied")] {
        let (app, line) = with_faults().await;
        let (request, mut browser, page) = at_decision(&app).await;
        line.set(Fault::LoseCompletion);
        let page = press(&mut browser, &page, decision).await;
        assert!(page.body.contains("Send it again"), "{}", page.body);
        for status in [400, 404] {
            line.set(Fault::Completion(status));
            app.clock.advance(Duration::from_secs(60));
            let page = until(&mut browser, &page.path, "could not confirm your answer").await;
            assert_eq!(page.status, 409);
            assert!(!page.body.contains("Nothing was allowed"), "{}", page.body);
            // It is final: there is nothing to press, and nothing is sent any more.
            assert!(page.forms().is_empty(), "{}", page.body);
        }
        assert_eq!(app.poll_for(&request).await.error(), polled);
    }
}

#[tokio::test]
async fn an_answer_that_may_have_been_taken_is_in_no_browser_one_by_which_nothing_was_allowed() {
    // The provider has taken it, and what it says then leaves it unclear, presumed, or to a new sign-in.
    for then in [Fault::Completion(404), Fault::None, Fault::Completion(401), Fault::Down] {
        let (app, line) = with_faults().await;
        let (request, mut browser, page) = at_decision(&app).await;
        record(&app, &request, ALEX).await;
        line.set(Fault::LoseCompletion);
        let page = press(&mut browser, &page, "approve").await;
        assert!(page.body.contains("Send it again"), "{}", page.body);
        line.set(then);
        app.clock.advance(Duration::from_secs(60));
        match then {
            Fault::Completion(404) => {
                until(&mut browser, &page.path, "could not confirm your answer").await;
            }
            Fault::None => {
                until(&mut browser, &page.path, "Allowed").await;
            }
            _ => {}
        }
        // The record's time is over.
        app.clock.advance(Duration::from_secs(300));
        let mut other = app.browser();
        let page = other.get(&request.link).await;
        assert!(page.is("problem-outcome-unknown"), "{then:?}: {}", page.body);
        assert!(!page.body.contains("Nothing was allowed"), "{then:?}: {}", page.body);
        assert!(page.forms().is_empty(), "{then:?}: {}", page.body);
    }
}

#[tokio::test]
async fn an_answer_that_never_left_is_over_with_its_request() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    record(&app, &request, ALEX).await;
    line.hang_up().await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.body.contains("We keep trying"), "{}", page.body);
    app.clock.advance(Duration::from_secs(301));
    // Nobody tries any more, and nothing has reached the provider.
    let page = browser.get(&page.path).await;
    assert!(page.is("problem-request-expired"), "{}", page.body);
}

#[tokio::test]
async fn a_provider_that_comes_back_is_told_by_the_worker() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    line.set(Fault::Down);
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.body.contains("Send it again"), "{}", page.body);
    line.set(Fault::None);
    app.clock.advance(Duration::from_secs(60));
    until(&mut browser, &page.path, "Allowed").await;
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn what_never_reached_the_provider_can_be_taken_back() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    line.hang_up().await;
    let page = press(&mut browser, &page, "approve").await;
    assert_eq!(page.status, 503);
    assert_eq!(page.name(), "outcome-unsent", "{}", page.body);
    let buttons = page.form("/api/decide").buttons;
    assert_eq!(buttons.iter().map(|(_, value)| value).collect::<Vec<_>>(), ["approve", "deny"]);
    let page = press(&mut browser, &page, "deny").await;
    // Not the other way: nobody who has refused is asked again.
    let form = page.form("/api/decide");
    assert!(form.buttons.iter().all(|(_, value)| value == "deny"), "{form:?}");
    line.pick_up().await;
    app.clock.advance(Duration::from_secs(60));
    until(&mut browser, &page.path, "Stopped").await;
    assert_eq!(line.completions().len(), 1);
    assert!(line.completions()[0].contains("false"));
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
}

#[tokio::test]
async fn a_provider_that_hangs_is_told_of_eight_decisions_at_once() {
    let (app, line) = with_faults().await;
    line.set(Fault::Hang);
    let journal = journal(&app).await;
    for number in 0..9 {
        let auth_req_id = AuthReqId::parse(&format!("request-{number}")).unwrap();
        let claim = Claim {
            request: &HeldRequest::new(auth_req_id, None, 0),
            subject: "alex",
            answer: Decision::Approve.into(),
            proof: &Proof::CustomerToken(CustomerToken::new("token")),
            expires_at: app.clock.unix() + 300,
        };
        assert!(journal.claim(&claim).await.unwrap().is_some());
    }
    app.clock.advance(Duration::from_secs(31));
    // One after the other takes five seconds each.
    let waiting = std::time::Instant::now();
    while line.completions().len() < 8 {
        assert!(waiting.elapsed() < Duration::from_secs(15), "{:?}", line.completions());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The journal of the application under test.
async fn journal(app: &TestApp) -> Journal {
    let mut config = app.config.clone();
    demo::adopt(&mut config, &SystemEntropy).unwrap();
    let ambient = Ambient::new(app.clock.clone(), Arc::new(SystemEntropy));
    let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
    Journal::new(app.storage().await, sealer, ambient)
}

#[tokio::test]
async fn a_press_whose_answer_takes_its_time_is_answered_at_once_and_the_page_looks_again() {
    let (app, line) = with_faults().await;
    let (_, mut browser, page) = at_decision(&app).await;
    line.set(Fault::Hang);
    let pressed = std::time::Instant::now();
    let page = press(&mut browser, &page, "approve").await;
    assert!(pressed.elapsed() < Duration::from_secs(5), "{:?}", pressed.elapsed());
    assert_eq!(page.status, 202, "{}", page.body);
    assert_eq!(page.name(), "outcome-asking", "{}", page.body);
    // By a link without script, and by itself with it.
    assert!(page.links().contains(&page.path), "{:?}", page.links());
    assert!(page.body.contains("answer.status!==202"));
}

#[tokio::test]
async fn the_process_ends_after_a_decision_that_is_being_sent() {
    let (mut app, line) = with_faults().await;
    let (_, mut browser, page) = at_decision(&app).await;
    line.set(Fault::Slow);
    let asking = press(&mut browser, &page, "approve").await;
    assert_eq!(asking.status, 202, "{}", asking.body);
    app.stop_and_restart().await;
    // Nothing had to be resumed: the clock has not moved.
    let page = browser.get(&asking.path).await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(line.completions().len(), 1);
}

#[tokio::test]
async fn a_decision_cut_off_by_a_crash_is_resumed_and_stays_the_same() {
    let (mut app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    line.set(Fault::Hang);
    let mut tab = browser.tab();
    let cut_off = page.form("/api/decide");
    let pressed = tokio::spawn(async move {
        let handle = cut_off.hidden[0].1.clone();
        let fields = [("handle", handle.as_str()), ("decision", "approve")];
        tab.post_once(&cut_off.action, &fields).await
    });
    for _ in 0..200 {
        if !line.completions().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(line.completions().len(), 1);
    app.crash_and_restart().await;
    pressed.abort();
    line.set(Fault::None);
    // At once: nobody else is there who could be sending it, and the clock has not moved.
    let shown = browser.get(&page.path).await;
    until(&mut browser, &shown.path, "Allowed").await;
    assert_eq!(app.poll_for(&request).await.status, 200);
    assert!(line.completions().iter().all(|body| body.contains("true")));
}

#[tokio::test]
async fn a_token_that_is_not_accepted_leads_to_sign_in_and_then_to_the_decision_anew() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    line.set(Fault::Completion(401));
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.body.contains("sign in again"), "{}", page.body);
    assert_eq!(line.completions().len(), 1);
    assert_eq!(sealed(&app).await, "", "a token that was refused is kept by nobody");
    line.set(Fault::None);
    app.clock.advance(Duration::from_secs(30));
    let page = sign_in(&app, &mut browser, &page.path, ALEX).await;
    assert!(page.is("decision"), "{}", page.body);
    assert_eq!(line.completions().len(), 1, "a sign-in decides nothing");
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    // And they have changed their mind.
    let page = press(&mut browser, &page, "deny").await;
    assert!(page.is("outcome-stopped"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
}

/// What the journal keeps sealed of its only decision.
async fn sealed(app: &TestApp) -> String {
    let storage = app.storage().await;
    let sealed = sqlx::query_scalar("SELECT sealed FROM site_decisions");
    sealed.fetch_one(storage.reader()).await.unwrap()
}

#[tokio::test]
async fn after_a_lost_answer_a_new_sign_in_sends_nothing_and_offers_the_same_decision_only() {
    let (app, line) = with_faults().await;
    let (request, mut browser, page) = at_decision(&app).await;
    line.set(Fault::Completion(503));
    let unknown = press(&mut browser, &page, "approve").await;
    line.set(Fault::Completion(401));
    let decision = ("decision", "approve");
    let page = browser.submit(&unknown, "/api/decide", &[decision]).await;
    assert!(page.body.contains("sign in again"), "{}", page.body);
    line.set(Fault::None);
    app.clock.advance(Duration::from_secs(30));
    let sent = line.completions().len();
    let page = sign_in(&app, &mut browser, &page.path, ALEX).await;
    assert!(page.body.contains("Send it again"), "{}", page.body);
    assert_eq!(line.completions().len(), sent);
    let form = page.form("/api/decide");
    assert!(form.buttons.iter().all(|(_, value)| value == "approve"), "{form:?}");
    let page = browser.submit(&page, "/api/decide", &[decision]).await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

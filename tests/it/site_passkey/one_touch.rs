//! Deciding with one touch: what it decides, and what it is good for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Phone, opened, options, poll, send};
use crate::support::faults::with_faults;
use crate::support::walk::press;
use crate::support::{ALEX, Fault, TestApp};

#[tokio::test]
async fn one_touch_decides_and_a_touch_to_stop_stops() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    for (purpose, said, polled) in
        [("approve", "Allowed", "token"), ("deny", "Stopped", "access_denied")]
    {
        let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-3").await;
        let envelope = phone.touch(&app, &offer, purpose);
        let page = send(&mut browser, &handle, "/passkey", &envelope).await;
        assert!(page.body.contains(said), "{}", page.body);
        assert_eq!(poll(&app, &id).await, polled);
    }
}

#[tokio::test]
async fn a_touch_to_stop_stops_though_an_approval_was_pressed_before_with_a_refused_token() {
    let (app, line) = with_faults().await;
    let mut phone = Phone::enrolled(&app).await;
    let before = line.completions().len();
    line.set(Fault::Completion(401));
    let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-14").await;
    let envelope = phone.touch(&app, &offer, "approve");
    let page = send(&mut browser, &handle, "/passkey", &envelope).await;
    assert!(page.body.contains("sign in again"), "{}", page.body);
    line.set(Fault::None);
    let offer = options(&mut browser, &format!("/request/{handle}/passkey/options")).await;
    let envelope = phone.touch(&app, &offer, "deny");
    let page = send(&mut browser, &handle, "/passkey", &envelope).await;
    assert!(page.is("outcome-stopped"), "{}", page.body);
    assert_eq!(poll(&app, &id).await, "access_denied");
    let sent: Vec<_> = line.completions().split_off(before);
    assert_eq!(sent.len(), 2);
    assert!(sent[0].contains("true") && sent[1].contains("false"), "{sent:?}");
}

#[tokio::test]
async fn a_touch_serves_only_the_request_and_the_purpose_it_was_made_for() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-4").await;
    let (mut other, other_handle, other_offer, other_id) = opened(&app, ALEX, "CASE-5").await;

    // Made to sign in, sent as an approval: the session says what it was for.
    let mut forged = phone.touch(&app, &offer, "sign-in");
    forged["session"] = offer["sessions"]["approve"].clone();
    let page = send(&mut browser, &handle, "/passkey", &forged).await;
    assert!(page.path.contains("notice=sign-in-failed"), "{}", page.path);

    // Made for one request, sent for another.
    let foreign = phone.touch(&app, &other_offer, "approve");
    let page = send(&mut browser, &handle, "/passkey", &foreign).await;
    assert!(page.path.contains("notice=sign-in-failed"), "{}", page.path);

    // Used, and sent once more.
    let page = send(&mut other, &other_handle, "/passkey", &foreign).await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(poll(&app, &other_id).await, "token");
    assert_eq!(poll(&app, &id).await, "authorization_pending");
    let mut replay = app.browser();
    let again = app.ask(ALEX, Some("CASE-5")).await;
    replay.get(&again.link).await;
    let page = send(&mut replay, &other_handle, "/passkey", &foreign).await;
    assert_eq!(page.status, 404, "{}", page.body);
}

#[tokio::test]
async fn with_the_switch_off_no_touch_decides() {
    let app = TestApp::start_with(|config| config.sign_in.one_touch = false).await;
    let mut phone = Phone::enrolled(&app).await;
    let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-9").await;
    let page = browser.get(&format!("/request/{handle}")).await;
    for purpose in ["approve", "deny"] {
        assert!(offer.get(purpose).is_none() && offer["sessions"].get(purpose).is_none());
        assert!(!page.body.contains(&format!("data-purpose=\"{purpose}\"")), "{}", page.body);
    }
    let envelope = phone.touch(&app, &offer, "sign-in");
    let page = send(&mut browser, &handle, "/passkey", &envelope).await;
    assert!(page.is("decision"), "{}", page.body);
    assert_eq!(poll(&app, &id).await, "authorization_pending");
}

#[tokio::test]
async fn where_the_provider_binds_nothing_to_a_touch_it_signs_in_and_the_decision_follows() {
    let (app, line) = with_faults().await;
    let mut phone = Phone::enrolled(&app).await;
    line.set(Fault::Approval);
    let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-10").await;
    assert!(offer.get("approve").is_none() && offer.get("deny").is_none(), "{offer}");
    let envelope = phone.touch(&app, &offer, "sign-in");
    let page = send(&mut browser, &handle, "/passkey", &envelope).await;
    assert!(page.is("decision"), "{}", page.body);
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(poll(&app, &id).await, "token");
}

#[tokio::test]
async fn a_stop_that_did_not_happen_leads_to_the_page_that_stops_without_a_passkey() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-14").await;
    let mut unknown = phone.touch(&app, &offer, "deny");
    for name in ["id", "rawId"] {
        unknown["credential"][name] = URL_SAFE_NO_PAD.encode([7; 32]).into();
    }
    let unknown = unknown.to_string();
    let path = format!("/request/{handle}/passkey");
    // Pressed before the script had come, or where it never does; and refused by the provider.
    for credential in ["", "{}", &unknown] {
        let pressed =
            |purpose| [("handle", &*handle), ("purpose", purpose), ("credential", credential)];
        let page = browser.post(&path, &pressed("approve")).await;
        assert!(page.path.contains("notice=sign-in-failed"), "{}", page.path);
        // The browser may forget what the provider says that nobody has.
        assert_eq!(page.body.contains("data-unknown-credential="), credential == unknown);

        let page = browser.post(&path, &pressed("deny")).await;
        assert!(page.path.ends_with("/not-on-a-call"), "{}", page.path);
        let (_, main) = page.body.split_once("<main").unwrap();
        for word in ["stopped", "Stopped", "othing was allowed"] {
            assert!(!main.contains(word), "{word}: {main}");
        }
        assert!(main.contains("Report this request"), "{main}");
    }
    assert_eq!(poll(&app, &id).await, "authorization_pending");
}

#[tokio::test]
async fn neither_answer_is_offered_without_the_other() {
    let (app, line) = with_faults().await;
    line.set(Fault::Denial);
    let (_, _, offer, _) = opened(&app, ALEX, "CASE-15").await;
    assert!(offer.get("approve").is_none() && offer.get("deny").is_none(), "{offer}");
    assert!(offer.get("sign-in").is_some(), "{offer}");
}

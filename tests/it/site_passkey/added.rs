//! Adding a passkey after a decision.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{ALEX, Phone, options, poll, send};
use crate::support::TestApp;
use crate::support::walk::{at_decision, press};

#[tokio::test]
async fn the_grant_to_add_a_passkey_is_good_for_five_minutes_and_once() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = at_decision(&app).await;
    let page = press(&mut browser, &page, "approve").await;
    let handle = page.handle();
    let path = format!("/request/{handle}/passkey/add/options");
    options(&mut browser, &path).await;
    app.clock.advance(std::time::Duration::from_secs(301));
    let late = browser.post_once(&path, &[]).await;
    assert_eq!(late.status, 401, "{}", late.body);
}

#[tokio::test]
async fn a_stranger_who_holds_the_link_cannot_add_a_passkey() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_decision(&app).await;
    press(&mut browser, &page, "approve").await;
    let mut stranger = app.browser();
    let page = stranger.get(&request.link).await;
    let path = format!("/request/{}/passkey/add/options", page.handle());
    assert_eq!(stranger.post_once(&path, &[]).await.status, 401);
}

/// Makes so many passkeys with one grant and adds them at the same time. Where each of the answers led.
pub async fn added_at_once(app: &TestApp, count: usize) -> Vec<String> {
    let (_, mut browser, page) = at_decision(app).await;
    let page = press(&mut browser, &page, "approve").await;
    let mut adding = tokio::task::JoinSet::new();
    let mut envelopes = Vec::new();
    for _ in 0..count {
        envelopes.push(Phone::made(app, &mut browser, &page).await.1);
    }
    for envelope in envelopes {
        let (mut browser, handle) = (browser.tab(), page.handle());
        adding.spawn(async move {
            let text = envelope.to_string();
            let form = [("handle", handle.as_str()), ("credential", text.as_str())];
            let path = format!("/request/{handle}/passkey/add");
            browser.post_once(&path, &form).await.location().unwrap_or_default().to_owned()
        });
    }
    adding.join_all().await
}

#[tokio::test]
async fn a_phone_with_a_passkey_is_asked_for_no_second_one() {
    let app = TestApp::start().await;
    let phone = Phone::enrolled(&app).await;
    // Only so many mails are sent within some minutes.
    app.clock.advance(std::time::Duration::from_secs(1_000));
    let (_, mut browser, page) = at_decision(&app).await;
    let page = press(&mut browser, &page, "approve").await;
    let path = format!("/request/{}/passkey/add/options", page.handle());
    let offer = options(&mut browser, &path).await;
    let known = URL_SAFE_NO_PAD.encode(&phone.credential);
    assert_eq!(offer["enrol"]["excludeCredentials"][0]["id"], known.as_str());
    // No browser asks for longer than the grant lasts.
    app.clock.advance(std::time::Duration::from_secs(100));
    let offer = options(&mut browser, &path).await;
    assert_eq!(offer["enrol"]["timeout"], 200_000);
}

#[tokio::test]
async fn a_passkey_that_cannot_be_added_leaves_the_answer_as_it_is() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let page = press(&mut browser, &page, "approve").await;
    let handle = page.handle();
    let path = format!("/request/{handle}/passkey/add/options");
    let offer = options(&mut browser, &path).await;
    let forged = json!({
        "session": offer["sessions"]["enrol"],
        "credential": {
            "id": "AAAA", "rawId": "AAAA", "type": "public-key",
            "response": {"attestationObject": "AAAA", "clientDataJSON": "AAAA"},
        },
    });
    let page = send(&mut browser, &handle, "/passkey/add", &forged).await;
    assert!(page.is("outcome-passkey-not-added"), "{}", page.body);
    // One try is all that the grant was good for.
    assert_eq!(browser.post_once(&path, &[]).await.status, 401);
    assert_eq!(poll(&app, &request.auth_req_id).await, "token");
    let list = app.storage().await;
    let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM webauthn_credentials")
        .fetch_one(list.reader())
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn no_passkey_is_offered_after_a_code_or_where_that_is_switched_off() {
    let app = TestApp::start_with(|config| config.sign_in.enrol_passkey = false).await;
    let (_, mut browser, page) = at_decision(&app).await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed") && !page.body.contains("data-purpose=\"enrol\""));
    let path = format!("/request/{}/passkey/add/options", page.handle());
    assert_eq!(browser.post_once(&path, &[]).await.status, 401);
}

#[tokio::test]
async fn the_notice_of_a_new_passkey_is_in_the_language_of_the_page() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked("CASE-12").await;
    browser.get(&format!("{}&ui_locales=de", request.link)).await;
    let page = crate::support::walk::sign_in(&app, &mut browser, &request.link, ALEX).await;
    let page = press(&mut browser, &page, "approve").await;
    Phone::make(&app, &mut browser, &page).await;
    let notice = app.mails().await.pop().unwrap();
    assert!(notice.text.contains("Waren Sie das nicht?"), "{}", notice.text);
    assert_eq!((notice.to.as_str(), notice.link.as_str()), (ALEX, ""));
}

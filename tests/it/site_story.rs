//! The main job, from link to token, as a person without script does it.

use std::collections::BTreeSet;

use ciba::AuthReqId;
use ciba_login::site::pages::mail::NONE_OF_THESE;

use crate::support::records::record;
use crate::support::walk::{at_decision, press};
use crate::support::{ALEX, Page, REFERENCE, TestApp};

#[tokio::test]
async fn approving_gives_the_agent_a_token() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_decision(&app).await;
    assert!(page.body.contains("CASE-4711"));
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    let polled = app.poll_for(&request).await;
    assert_eq!(polled.status, 200, "{polled:?}");
    assert!(polled.body["access_token"].is_string());
}

#[tokio::test]
async fn denying_tells_the_agent_so() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let page = press(&mut browser, &page, "deny").await;
    assert!(page.is("outcome-stopped"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");
}

#[tokio::test]
async fn the_code_of_the_mail_signs_in_the_browser_that_asked() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = app.opened(REFERENCE).await;
    let page = browser.submit(&page, "/mail", &[("email", ALEX)]).await;
    let code = app.mail(1).await.code.expect("the mail holds a code");
    let wrong = browser.submit(&page, "/mail/code", &[("code", "000000")]).await;
    assert_eq!(wrong.status, 400);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let page = browser.submit(&wrong, "/mail/code", &[("code", &spaced)]).await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn codes_can_be_tried_five_times_and_can_be_switched_off() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = app.opened(None).await;
    let sent = browser.submit(&page, "/mail", &[("email", "nobody@example.com")]).await;
    for _ in 0..5 {
        let page = browser.submit(&sent, "/mail/code", &[("code", "000000")]).await;
        assert_eq!(page.status, 400);
    }
    let page = browser.submit(&sent, "/mail/code", &[("code", "000000")]).await;
    assert_eq!(page.status, 410, "the sixth try is not made");

    let app = TestApp::start_with(|config| config.sign_in.mail_code = false).await;
    let (_, mut browser, page) = app.opened("CASE-1").await;
    let page = browser.submit(&page, "/mail", &[("email", ALEX)]).await;
    assert!(!page.body.contains("name=\"code\""));
    assert_eq!(app.mail(1).await.code, None);
}

#[tokio::test]
async fn the_mail_never_holds_the_message_or_the_request() {
    let app = TestApp::start().await;
    let (request, _, _, mail) = app.mailed(REFERENCE).await;
    for secret in ["CASE-4711", &request.auth_req_id] {
        assert!(!mail.text.contains(secret) && !mail.link.contains(secret), "{}", mail.text);
    }
}

#[tokio::test]
async fn another_browser_picks_the_reference_and_only_it_is_signed_in() {
    let app = TestApp::start().await;
    let (request, mut phone, sent, mail) = app.mailed(REFERENCE).await;

    let mut laptop = app.browser();
    let page = laptop.get(&mail.link).await;
    let choices = page.choices("reference");
    assert_eq!(choices.len(), 3);
    assert!(choices.contains(&"CASE-4711".to_owned()));
    assert!(!page.body.contains(" checked"), "none is picked beforehand");
    assert_eq!(laptop.get(&page.path).await.choices("reference"), choices, "they stay the same");
    let missing = laptop.submit(&page, "", &[]).await;
    assert_eq!(missing.status, 400);
    let page = laptop.submit(&missing, "", &[("reference", "CASE-4711")]).await;
    assert!(page.is("decision"), "{}", page.body);

    // The phone that asked is not signed in; it learns the outcome.
    let outcome = sent.links().into_iter().find(|link| link.ends_with("/outcome")).unwrap();
    assert!(phone.get(&outcome).await.is("outcome-waiting"));
    let page = press(&mut laptop, &page, "approve").await;
    assert!(page.is("outcome-allowed"));
    assert!(phone.get(&outcome).await.is("outcome-allowed"));
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn a_wrong_pick_ends_the_link_everywhere_and_the_code_still_works() {
    let app = TestApp::start().await;
    let (_, mut phone, sent, mail) = app.mailed(REFERENCE).await;
    let mut robot = app.browser();
    let page = robot.get(&mail.link).await;
    let wrong = page.choices("reference").into_iter().find(|text| text != "CASE-4711");
    let ended = robot.submit(&page, "", &[("reference", &wrong.unwrap())]).await;
    assert_eq!(ended.status, 410);
    assert!(ended.body.contains("not the agent’s reference"), "{}", ended.body);
    assert!(ended.body.contains("class=\"advice\""), "{}", ended.body);
    assert_eq!(robot.post(&page.path, &[("reference", "CASE-4711")]).await.status, 410);
    // With fresh cookies, too.
    let mut laptop = app.browser();
    let page = laptop.get(&mail.link).await;
    let page = laptop.submit(&page, "", &[("reference", "CASE-4711")]).await;
    assert_eq!(page.status, 410);
    let page = phone.submit(&sent, "/mail/code", &[("code", &mail.code.unwrap())]).await;
    assert!(page.is("decision"), "{}", page.body);
}

#[tokio::test]
async fn whoever_was_read_no_reference_says_so_and_the_link_is_over() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    let records = record(&app, &request, ALEX).await;
    let id = AuthReqId::parse(&request.auth_req_id).unwrap();
    let mut phone = app.browser();
    phone.ask_for_mail(&request.link, ALEX).await;
    let mail = app.mail(1).await;
    // An invented link is answered with the same words.
    let mut answers = BTreeSet::new();
    for link in [&mail.link, &format!("/mail/callback?code=abc&state={}", "A".repeat(22))] {
        let mut laptop = app.browser();
        let page = laptop.get(link).await;
        let page = laptop.submit(&page, "", &[("reference", NONE_OF_THESE)]).await;
        assert_eq!(page.status, 200);
        assert!(
            page.is("outcome-reported") && page.body.contains("class=\"advice\""),
            "{}",
            page.body
        );
        answers.insert(page.body);
    }
    assert_eq!(answers.len(), 1);
    assert!(records.find(&id).await.unwrap().unwrap().steps.reported_at.is_some());
    let mut laptop = app.browser();
    let page = laptop.get(&mail.link).await;
    let page = laptop.submit(&page, "", &[("reference", "CASE-4711")]).await;
    assert_eq!(page.status, 410);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
}

#[tokio::test]
async fn without_a_reference_another_browser_types_the_code() {
    let app = TestApp::start().await;
    let (request, mut phone, page) = app.opened(None).await;
    assert!(page.body.contains("No reference came with the link"));
    phone.submit(&page, "/mail", &[("email", ALEX)]).await;
    let mail = app.mail(1).await;
    let mut laptop = app.browser();
    let page = laptop.get(&mail.link).await;
    let page = laptop.submit(&page, "", &[("code", "000000")]).await;
    assert_eq!(page.status, 400);
    let page = laptop.submit(&page, "", &[("code", &mail.code.unwrap())]).await;
    let page = press(&mut laptop, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn a_used_unknown_or_old_link_looks_the_same_until_its_button_is_pressed() {
    let app = TestApp::start().await;
    let (_, mut phone, _, mail) = app.mailed(REFERENCE).await;
    let shown = phone.get(&mail.link).await;
    // The same browser, that the answer does not reach.
    let mut lost = phone.tab();
    phone.submit(&shown, "", &[]).await;
    // Used: where it has signed in it leads to what it was for, and elsewhere it is the same page.
    let page = phone.get(&mail.link).await;
    assert!(page.path.ends_with("/decision"), "{}", page.path);
    let main = |page: &Page| page.body.split("<main").nth(1).unwrap().to_owned();
    assert_eq!(main(&lost.get(&mail.link).await), main(&shown));
    // Unknown: a page to pick from, like any other browser's.
    let mut stranger = app.browser();
    let forged = format!("/mail/callback?code=abc&state={}", "A".repeat(22));
    let page = stranger.get(&forged).await;
    assert_eq!(page.status, 200);
    let choices = page.choices("reference");
    assert_eq!(choices.len(), 3);
    let page = stranger.submit(&page, "", &[("reference", &choices[0])]).await;
    assert_eq!(page.status, 410);
}

#[tokio::test]
async fn a_mail_link_runs_out() {
    let app = TestApp::start().await;
    let (_, mut phone, _, mail) = app.mailed(REFERENCE).await;
    app.clock.advance(std::time::Duration::from_secs(11 * 60));
    let page = phone.get(&mail.link).await;
    assert_eq!(phone.submit(&page, "", &[]).await.status, 410);
}

#[tokio::test]
async fn mails_are_limited_for_each_address_and_not_for_each_request() {
    let app = TestApp::start().await;
    let (_, mut phone, page) = app.opened(REFERENCE).await;
    let sent = phone.submit(&page, "/mail", &[("email", ALEX)]).await;
    let again = phone.submit(&sent, "/mail", &[]).await;
    assert_eq!(again.status, 429, "one at a time");
    for _ in 0..3 {
        app.clock.advance(std::time::Duration::from_secs(30));
        let again = phone.submit(&sent, "/mail", &[]).await;
        assert_eq!(again.status, 200);
        assert!(again.body.contains("Another email is on its way"));
    }
    app.clock.advance(std::time::Duration::from_secs(30));
    assert_eq!(phone.submit(&sent, "/mail", &[]).await.status, 429, "four to one address");
    // Whoever holds the link as well uses up nothing of another address.
    for count in 1..=8 {
        let email = format!("{count}@example.com");
        let page = phone.submit(&page, "/mail", &[("email", &email)]).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }
}

#[tokio::test]
async fn somebody_not_on_a_call_stops_the_request() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_decision(&app).await;
    let link = page.links().into_iter().find(|link| link.ends_with("not-on-a-call")).unwrap();
    let page = browser.get(&link).await;
    let page = browser.submit(&page, "not-on-a-call", &[]).await;
    assert!(page.is("outcome-stopped"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "access_denied");

    // Without a sign-in it is a report, and decides nothing.
    let (request, mut stranger, page) = app.opened("CASE-2").await;
    let link = page.links().into_iter().find(|link| link.ends_with("not-on-a-call")).unwrap();
    let page = stranger.get(&link).await;
    let page = stranger.submit(&page, "not-on-a-call", &[]).await;
    assert!(page.is("outcome-reported"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");
}

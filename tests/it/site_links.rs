//! What becomes of links, codes and addresses between the message and the page: mangled by mail
//! programs, typed on another keyboard, opened by a robot, restored with a tab.

use std::time::Duration;

use ciba::{AuthReqId, BindingMessage};
use ciba_login::records::{NewRecord, Reporter};
use ciba_login::site::pages::mail::NONE_OF_THESE;
use platform::clock::Clock;
use reqwest::Method;
use serde_json::json;

use crate::support::records::{record, records};
use crate::support::walk::{at_decision, press, sign_in};
use crate::support::{ALEX, Browser, REFERENCE, TestApp};

/// A customer whose address stands in the database as somebody has written it.
async fn customer(app: &TestApp, stored: &str) -> String {
    let token = app.client_token().await;
    let body = json!({"email": "new@example.com"});
    let created = app.call(Method::POST, "/v1/users", &token, Some(body)).await;
    assert_eq!(created.status, 201, "{created:?}");
    let user_id = created.body["result"]["user_id"].as_str().unwrap().to_owned();
    sqlx::query("UPDATE users SET email = $1, email_verified = 1 WHERE user_id = $2")
        .bind(stored.to_owned())
        .bind(user_id.clone())
        .execute(app.storage().await.writer())
        .await
        .unwrap();
    user_id
}

#[tokio::test]
async fn an_address_is_the_same_however_browsers_and_rows_spell_its_domain() {
    let app = TestApp::start().await;
    let spellings = ["a@münchen.example", "a@xn--mnchen-3ya.example"];
    for (stored, typed) in [(spellings[0], spellings[1]), (spellings[1], spellings[0])] {
        customer(&app, stored).await;
        let request = app.ask(typed, Some(REFERENCE)).await;
        record(&app, &request, stored).await;
        let before = app.mails().await.len();
        let mut phone = app.browser();
        phone.ask_for_mail(&request.link, typed).await;
        let mail = app.mail(before + 1).await;
        let page = phone.get(&mail.link).await;
        let page = phone.submit(&page, "", &[]).await;
        assert!(page.is_at_decision(), "{stored} {typed}: {}", page.body);
        let page = press(&mut phone, &page, "approve").await;
        assert!(page.is("outcome-allowed"), "{}", page.body);
        // Nobody else can have it in another spelling.
        let token = app.client_token().await;
        let body = json!({"email": typed});
        let again = app.call(Method::POST, "/v1/users", &token, Some(body)).await;
        assert_eq!(again.status, 409, "{again:?}");
        sqlx::query("DELETE FROM users WHERE email LIKE 'a@%'")
            .execute(app.storage().await.writer())
            .await
            .unwrap();
        app.clock.advance(Duration::from_secs(60));
    }
}

/// A code as somebody types or pastes it.
type Written = dyn Fn(&str) -> String;

/// A code in the digits of another script.
fn digits(zero: u32, code: &str) -> String {
    let digit = |c: char| char::from_u32(zero + c.to_digit(10).unwrap()).unwrap();
    code.chars().map(digit).collect()
}

#[tokio::test]
async fn a_code_typed_on_another_keyboard_or_pasted_from_a_mail_app_is_the_code() {
    let app = TestApp::start().await;
    let written: [Box<Written>; 7] = [
        Box::new(|code| digits(0x660, code)),
        Box::new(|code| digits(0x6f0, code)),
        Box::new(|code| digits(0xff10, code)),
        Box::new(|code| digits(0x966, code)),
        Box::new(|code| format!("\u{200e}{code}\u{200f}.")),
        Box::new(|code| format!("\u{202a}{}\u{a0}{}\u{202c}", &code[..3], &code[3..])),
        Box::new(|code| format!(" {}\u{2011}{}, ", &code[..3], &code[3..])),
    ];
    for (number, write) in written.into_iter().enumerate() {
        let (request, mut phone) = app.asked(None).await;
        let sent = phone.ask_for_mail(&request.link, ALEX).await;
        let code = app.mail(number + 1).await.code.unwrap();
        // What is no code is no try, however often.
        for _ in 0..6 {
            let page = phone.submit(&sent, "/mail/code", &[("code", "my code?")]).await;
            assert_eq!(page.status, 400);
        }
        let page = phone.submit(&sent, "/mail/code", &[("code", &write(&code))]).await;
        assert!(page.is_at_decision(), "{:?}: {}", write(&code), page.body);
        app.clock.advance(Duration::from_secs(300));
    }
}

#[tokio::test]
async fn a_restored_tab_leads_on_from_the_address_of_every_form() {
    let app = TestApp::start().await;
    let (request, mut phone, page) = app.opened(REFERENCE).await;
    let handle = page.handle();
    let addresses = ["mail", "mail/code", "elsewhere", "passkey", "passkey/add", "switch-account"];
    for form in addresses {
        let address = format!("/request/{handle}/{form}");
        let answer = phone.get_once(&address).await;
        assert_eq!(answer.status, 303, "{address}");
        assert_eq!(phone.get(&address).await.path, page.path, "{address}");
        assert_eq!(phone.head(&address).await.status, 303, "{address}");
    }
    assert_eq!(phone.get("/api/decide").await.path, page.path);
    // Where it is signed in, and where it holds nothing.
    let decision = sign_in(&app, &mut phone, &request.link, ALEX).await;
    for form in addresses {
        let page = phone.get(&format!("/request/{handle}/{form}")).await;
        assert!(page.status == 200, "{form}: {}", page.status);
    }
    assert_eq!(phone.get("/api/decide").await.path, decision.path);
    for form in addresses {
        let page = app.browser().get(&format!("/request/{handle}/{form}")).await;
        assert_eq!(page.status, 404, "{form}");
    }
    // What only scripts fetch is no page.
    let path = format!("/request/{handle}/passkey/options");
    assert_eq!(phone.get(&path).await.status, 405);
}

#[tokio::test]
async fn a_link_whose_ampersands_were_escaped_is_read() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    record(&app, &request, ALEX).await;
    for escaped in ["&amp;", "&%2338;", "&amp;amp;"] {
        let mut phone = app.browser();
        let page = phone.get(&request.link.replace('&', escaped)).await;
        assert_eq!(page.status, 200, "{escaped}: {}", page.body);
        assert!(page.body.contains("CASE-4711"));
    }
    let mut phone = app.browser();
    phone.ask_for_mail(&request.link, ALEX).await;
    let mail = app.mail(1).await;
    for escaped in ["&amp;", "&%2338;"] {
        let page = phone.get(&mail.link.replace('&', escaped)).await;
        assert_eq!(page.status, 200, "{escaped}: {}", page.body);
    }
    // A number sign hides the rest from us: the page has a script that looks for it.
    for link in [&request.link, &mail.link] {
        let cut = link.split('&').next().unwrap();
        let page = phone.get(&format!("{cut}&")).await;
        assert_eq!(page.status, 400);
        assert!(page.body.contains("location"), "{}", page.body);
    }
}

#[tokio::test]
async fn a_reference_that_ends_with_a_stop_survives_the_phone() {
    let app = TestApp::start().await;
    for (message, read) in [("CASE-4711.", "CASE-4711"), ("A.B.", "A.B"), ("OK!?", "OK")] {
        let request = app.ask(ALEX, Some(message)).await;
        let last = request.link.chars().next_back().unwrap();
        assert!(last.is_ascii_alphanumeric(), "{}", request.link);
        let id = AuthReqId::parse(&request.auth_req_id).unwrap();
        let new = NewRecord {
            auth_req_id: &id,
            login_hint: ALEX,
            message: Some(&BindingMessage::parse(message).unwrap()),
            expires_at: app.clock.unix() + 300,
            channel: "link",
            scope: "openid",
            contact: None,
        };
        records(&app).await.record(new).await.unwrap();
        // As we make it, as a phone has cut it, and with the stop of the sentence around it.
        let cut = format!("/login?auth_req_id={}&binding_message={read}", request.auth_req_id);
        for link in [&request.link, &cut, &format!("{cut}).")] {
            let mut phone = app.browser();
            let page = phone.get(link).await;
            assert_eq!(page.status, 200, "{link}: {}", page.body);
            assert!(page.body.contains(&format!(">{message}<")), "{link}: {}", page.body);
        }
        let forged = cut.replace(&format!("={read}"), "=CASE-9999");
        assert_eq!(app.browser().get(&forged).await.status, 409);
    }
}

#[tokio::test]
async fn a_link_that_a_mail_program_has_encoded_is_read() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    record(&app, &request, ALEX).await;
    let id = &request.auth_req_id;
    for query in [
        format!("auth_req_id=3D{id}&binding_message=3DCASE-4711"),
        // One of them alone may begin like that by itself, so here the record tells.
        format!("auth_req_id=3D{id}&binding_message=CASE-4711"),
        format!("binding_message=CASE-4711&auth_req_id={id}."),
    ] {
        let page = app.browser().get(&format!("/login?{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.body);
        let page_of = app.browser().get(&request.link).await;
        assert_eq!(page.path, page_of.path, "{query}");
    }
}

#[tokio::test]
async fn a_request_that_never_was_is_not_said_to_have_been_too_late() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    let cut = request.link.replace(&request.auth_req_id, &request.auth_req_id[..20]);
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, &cut, ALEX).await;
    let page = press(&mut phone, &page, "approve").await;
    assert_eq!(page.status, 409, "{}", page.body);
    assert!(page.body.contains("its link was not complete"), "{}", page.body);
}

#[tokio::test]
async fn a_robot_with_the_mails_link_does_not_end_it_for_whoever_asked() {
    let app = TestApp::start().await;
    for (number, pick) in ["", "wrong", NONE_OF_THESE].into_iter().enumerate() {
        let (request, mut phone) = app.asked(REFERENCE).await;
        phone.ask_for_mail(&request.link, ALEX).await;
        let mail = app.mail(number + 1).await;
        let mut robot = app.browser();
        let page = robot.get(&mail.link).await;
        let choices = page.choices("reference");
        let wrong = choices.iter().find(|text| *text != "CASE-4711").unwrap();
        let pick = if pick == "wrong" { wrong } else { pick };
        let answer = robot.submit(&page, "", &[("reference", pick)]).await;
        // It says what to do for whoever it was after all.
        if pick == wrong {
            assert_eq!(answer.status, 410);
            assert!(answer.body.contains("ask for another email"), "{}", answer.body);
        }
        let page = phone.get(&mail.link).await;
        assert!(page.choices("reference").is_empty(), "nothing is picked where it was asked for");
        let page = phone.submit(&page, "", &[]).await;
        assert!(page.is_at_decision(), "{pick}: {}", page.body);
        app.clock.advance(Duration::from_secs(300));
    }
}

#[tokio::test]
async fn the_browser_that_picked_wrong_goes_on_once_it_holds_the_request() {
    let app = TestApp::start().await;
    let (request, _, _, mail) = app.mailed(REFERENCE).await;
    let mut other = app.browser();
    let page = other.get(&mail.link).await;
    let choices = page.choices("reference");
    let wrong = choices.iter().find(|text| *text != "CASE-4711").unwrap();
    assert_eq!(other.submit(&page, "", &[("reference", wrong)]).await.status, 410);
    assert_eq!(other.get(&page.path).await.status, 410);
    other.get(&request.link).await;
    let page = other.get(&page.path).await;
    let page = other.submit(&page, "", &[]).await;
    assert!(page.is_at_decision(), "{}", page.body);
}

#[tokio::test]
async fn only_who_is_signed_in_is_called_the_customer_in_a_report() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    let records = record(&app, &request, ALEX).await;
    let id = AuthReqId::parse(&request.auth_req_id).unwrap();
    let reporter = async || {
        let record = records.find(&id).await.unwrap().unwrap();
        record.steps.reported_at.map(|_| record.steps.reporter)
    };
    let report = async |browser: &mut Browser| {
        let page = browser.get(&request.link).await;
        let address = format!("/request/{}/not-on-a-call", page.handle());
        let page = browser.get(&address).await;
        browser.submit(&page, "not-on-a-call", &[]).await
    };
    assert_eq!(reporter().await, None);
    report(&mut app.browser()).await;
    assert_eq!(reporter().await, Some(Reporter::LinkHolder));
    // Somebody else who is signed in is not the customer either.
    let mut other = app.browser();
    sign_in(&app, &mut other, &request.link, "sam@example.com").await;
    report(&mut other).await;
    assert_eq!(reporter().await, Some(Reporter::LinkHolder));
    let mut phone = app.browser();
    sign_in(&app, &mut phone, &request.link, ALEX).await;
    report(&mut phone).await;
    assert_eq!(reporter().await, Some(Reporter::Customer));
    // And nobody takes that back.
    report(&mut app.browser()).await;
    assert_eq!(reporter().await, Some(Reporter::Customer));
}

#[tokio::test]
async fn whoever_asks_for_too_many_mails_is_told_how_long_to_wait() {
    let app = TestApp::start().await;
    let (request, mut phone) = app.asked(REFERENCE).await;
    let sent = phone.ask_for_mail(&request.link, ALEX).await;
    app.clock.advance(Duration::from_secs(8));
    let refused = phone.submit(&sent, "/mail", &[]).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "12"));
    assert!(refused.body.contains("12 seconds"), "{}", refused.body);
    // It is true.
    app.clock.advance(Duration::from_secs(12));
    assert_eq!(phone.submit(&sent, "/mail", &[]).await.status, 200);
    for _ in 0..2 {
        app.clock.advance(Duration::from_secs(20));
        assert_eq!(phone.submit(&sent, "/mail", &[]).await.status, 200);
    }
    app.clock.advance(Duration::from_secs(30));
    let refused = phone.submit(&sent, "/mail", &[]).await;
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert_eq!((refused.status.as_u16(), wait), (429, 15 * 60 - 90));
    assert!(refused.body.contains("14 minutes"), "{}", refused.body);
    app.clock.advance(Duration::from_secs(wait));
    assert_eq!(phone.ask_for_mail(&request.link, ALEX).await.status, 200);
}

#[tokio::test]
async fn names_are_left_alone_by_a_browsers_translation() {
    let app = TestApp::start().await;
    let (_, _, page) = at_decision(&app).await;
    for name in ["CASE-4711", "Example Bank"] {
        let start = page.body.find(&format!(">{name}<")).unwrap_or_else(|| panic!("{}", page.body));
        let tag = page.body[..start].rsplit('<').next().unwrap();
        assert!(tag.contains("translate=\"no\""), "{name}: {tag}");
    }
}

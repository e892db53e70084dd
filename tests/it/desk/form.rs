//! The form with which an agent asks.

use std::time::Duration;

use ciba_login::config::Secret;
use serde_json::Value;

use super::{agent, ask, change, field, withdrawn};
use crate::support::{Postgres, TestApp};

fn by_email(key: &str) -> [(&str, &str); 6] {
    [
        ("form_key", key),
        ("customer", "alex@example.com"),
        ("contact", "customer_called"),
        ("channel", "email"),
        ("reference", "CASE-4711"),
        ("lifetime", "600"),
    ]
}

#[tokio::test]
async fn a_form_that_is_sent_twice_asks_once() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = browser.get("/desk").await;
    let key = field(&page, "form_key");
    let form = by_email(&key);
    for _ in 0..2 {
        assert_eq!(browser.post_once("/desk/requests", &form).await.status, 303);
    }
    let outbox = app.http.get(format!("{}/demo/outbox", app.provider)).send().await.unwrap();
    assert_eq!(outbox.json::<Vec<Value>>().await.unwrap().len(), 1);
    let page = browser.get("/desk").await;
    assert_eq!(page.body.matches("<article").count(), 1);
    assert!(page.body.contains("read as an e-mail address, by e-mail"), "{}", page.body);
}

#[tokio::test]
async fn the_text_in_front_of_the_link_is_ours_in_the_customers_language() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let form = browser.get("/desk").await;
    assert!(form.body.contains("value=\"en\" selected"), "{}", form.body);
    ask(&mut browser, &[("channel", "sms"), ("text_language", "de")]).await;
    ask(&mut browser, &[("channel", "sms"), ("text_language", ""), ("reference", "B")]).await;
    ask(&mut browser, &[("channel", "sms"), ("custom_message", "As discussed:")]).await;
    let outbox = app.http.get(format!("{}/demo/outbox", app.provider)).send().await.unwrap();
    let sent: Vec<Value> = outbox.json().await.unwrap();
    let texts: Vec<_> = sent.iter().map(|message| message["text"].as_str().unwrap()).collect();
    assert!(texts[0].contains("nur") && !texts[0].contains("click"), "{texts:?}");
    assert!(texts[1].starts_with("To verify it's you, click this link:"), "{texts:?}");
    assert!(texts[2].starts_with("As discussed:"), "{texts:?}");
}

#[tokio::test]
async fn a_form_whose_process_was_killed_can_be_sent_again_after_a_minute() {
    killed(&TestApp::start().await).await;
}

#[tokio::test]
async fn the_desk_is_the_same_on_postgresql() {
    let server = Postgres::start().await;
    for (name, is_killed) in [("killed", true), ("withdrawn", false)] {
        let url = Secret::new(server.database(name).await);
        let app = TestApp::start_with(|config| config.storage.url = url).await;
        if is_killed { killed(&app).await } else { withdrawn(&app).await }
    }
}

async fn killed(app: &TestApp) {
    let mut browser = agent(app);
    let page = browser.get("/desk").await;
    let key = field(&page, "form_key");
    let form = by_email(&key);
    browser.post("/desk/requests", &form).await;
    change(app, "UPDATE desk_requests SET sealed_auth_req_id = NULL").await;
    let page = browser.post("/desk/requests", &form).await;
    assert!(!page.body.contains("<article"), "it may be on its way: {}", page.body);
    app.clock.advance(Duration::from_secs(61));
    let page = browser.post("/desk/requests", &form).await;
    assert_eq!(page.body.matches("<article").count(), 1, "{}", page.body);
}

#[tokio::test]
async fn what_is_wrong_with_a_form_is_said_beside_the_field_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = ask(&mut browser, &[("reference", "two words")]).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("The reference must not contain"), "{}", page.body);
    assert!(page.body.contains("value=\"+1 555 0100\""), "{}", page.body);
    let page = ask(&mut browser, &[("customer", "nobody@example.com")]).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("knows no customer like this"), "{}", page.body);
    let page = ask(&mut browser, &[("contact", "")]).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("Say how you came to speak"), "{}", page.body);
    let page = ask(&mut browser, &[("form_key", "made-up")]).await;
    assert_eq!(page.status, 400);
    assert!(!page.body.contains("<article"), "{}", page.body);
}

#[tokio::test]
async fn nobody_has_said_who_called_whom_before_the_agent_has() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    for path in ["/", "/desk"] {
        let page = browser.get(path).await;
        let radios: Vec<_> = page.body.split("name=\"contact\"").skip(1).collect();
        assert_eq!(radios.len(), 3, "{}", page.body);
        for radio in radios {
            let radio = radio.split_once('>').unwrap().0;
            assert!(!radio.contains("checked") && radio.contains("required"), "{radio}");
        }
    }
}

#[tokio::test]
async fn a_customer_with_five_open_requests_is_told_as_that() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        app.started().await;
    }
    let form = [
        ("form_key", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("customer", "+15550100"),
        ("contact", "branch"),
        ("channel", "link"),
        ("reference", "CASE-4711"),
        ("lifetime", "600"),
    ];
    for language in ["en", "de", "es", "fr", "ar"] {
        let request = app.http.post(format!("{}/desk/requests", app.desk));
        let request = request.header("accept-language", language);
        let answer = request.header("sec-fetch-site", "same-origin").form(&form).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 400);
        let page = answer.text().await.unwrap();
        let words = std::fs::read_to_string(format!("locales/{language}/desk.ftl")).unwrap();
        let sentence =
            words.lines().find_map(|line| line.strip_prefix("desk-refused-waiting = ")).unwrap();
        assert!(page.contains(sentence), "{language}: {page}");
        assert!(!page.contains("enable-ciba"), "{language}: {page}");
    }
}

#[tokio::test]
async fn a_number_is_understood_at_the_desk_however_it_was_copied() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    for number in ["tel:+1-555-0100", "\u{202a}+1\u{a0}555\u{2011}0100\u{202c}", "001 (555) 01.00"]
    {
        let page = ask(&mut browser, &[("customer", number)]).await;
        assert_eq!(page.status, 200, "{number:?}: {}", page.body);
        assert!(page.body.contains(">+15550100<"), "{number:?}: {}", page.body);
    }
    let page = ask(&mut browser, &[("customer", "555-0100 ext. 7")]).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("not a phone number"), "{}", page.body);
}

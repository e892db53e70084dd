//! The desk over HTTP: the agent's page, and what it shows of a request from start to end.

mod access;
mod form;

use std::time::Duration;

use platform::clock::ManualClock;
use platform::storage::Storage;
use serde_json::{Value, json};
use url::Url;

use crate::support::{Browser, Page, TestApp};

/// An agent's browser.
pub fn agent(app: &TestApp) -> Browser {
    Browser::new(app.desk.clone(), app.http.clone())
}

/// What stands in a field of a page's form.
fn field(page: &Page, name: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\"")).unwrap();
    let (_, rest) = rest.split_once("value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Fills the form as an agent does and sends it.
pub async fn ask(browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
    let page = browser.get("/desk").await;
    let key = field(&page, "form_key");
    let mut form = vec![
        ("sides", "desk"),
        ("form_key", key.as_str()),
        ("customer", "+1 555 0100"),
        ("customer_type", ""),
        ("contact", "customer_called"),
        ("channel", "link"),
        ("reference", "CASE-4711"),
        ("custom_message", ""),
        ("lifetime", "600"),
    ];
    for (name, value) in changes {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    browser.post("/desk/requests", &form).await
}

/// The link that a page offers to the agent.
pub fn link(page: &Page) -> Url {
    let (_, rest) = page.body.split_once("readonly value=\"").unwrap();
    rest.split_once('"').unwrap().0.replace("&amp;", "&").parse().unwrap()
}

fn auth_req_id(link: &Url) -> String {
    link.query_pairs().find(|(name, _)| name == "auth_req_id").unwrap().1.into_owned()
}

/// The events of an open page.
struct Events {
    answer: reqwest::Response,
    read: String,
}

impl Events {
    async fn open(app: &TestApp) -> Self {
        let address = format!("{}/desk/events", app.desk);
        let answer = app.http.get(address).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, read: String::new() }
    }

    /// Reads on until the page says `text`, while the clock is moved on.
    async fn until(&mut self, clock: &ManualClock, text: &str) {
        self.read.clear();
        let reading = async {
            while !self.read.contains(text) {
                tokio::select! {
                    chunk = self.answer.chunk() => {
                        let chunk = chunk.unwrap().expect("the stream goes on");
                        self.read.push_str(std::str::from_utf8(&chunk).unwrap());
                    }
                    () = tokio::time::sleep(Duration::from_millis(300)) => {
                        clock.advance(Duration::from_secs(5));
                    }
                }
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(20), reading).await;
        assert!(in_time.is_ok(), "{text:?} never came; the page said {}", self.read);
    }
}

/// The customer signs in by a code and decides, as the site does it.
async fn decide(app: &TestApp, auth_req_id: &str, approved: bool) {
    let email = &app.demo.users[0].email;
    let token = app
        .http
        .post(format!("{}/oidc/token", app.provider))
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", &app.demo.client_id),
            ("client_secret", &app.demo.client_secret),
        ])
        .send()
        .await
        .unwrap();
    let client: Value = token.json().await.unwrap();
    let client = client["access_token"].as_str().unwrap();
    let call = async |path: &str, bearer: &str, body: Value| {
        let address = format!("{}/cis{path}", app.provider);
        let answer = app.http.post(address).bearer_auth(bearer).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path} answered {}", answer.status());
        answer.json::<Value>().await.unwrap_or_default()
    };
    let person = json!({ "identifier_type": "email", "identifier": email });
    let with = |name: &str, value: &Value| {
        let mut body = person.clone();
        body[name] = value.clone();
        body
    };
    let sent = call("/v1/auth/otp/send", client, with("channel", &json!("direct"))).await;
    let signed_in =
        call("/v1/auth/otp/authenticate", client, with("passcode", &sent["code"])).await;
    let body = json!({ "auth_req_id": auth_req_id, "approved": approved });
    call("/auth/backchannel/complete", signed_in["access_token"].as_str().unwrap(), body).await;
}

/// Does to the rows of the desk what a crash or a slow provider does.
async fn change(app: &TestApp, statement: &str) {
    let storage = Storage::open(&app.config.storage).await.unwrap();
    sqlx::query(statement).execute(storage.writer()).await.unwrap();
    storage.close().await;
}

#[tokio::test]
async fn a_request_is_followed_live_to_its_token() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let mut events = Events::open(&app).await;
    events.until(&app.clock, "Nobody has been asked yet.").await;
    let page = ask(&mut browser, &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("read as a phone number, by link"), "{}", page.body);
    events.until(&app.clock, "CASE-4711").await;
    assert!(events.read.contains("Waiting"), "{}", events.read);
    decide(&app, &auth_req_id(&link(&page)), true).await;
    events.until(&app.clock, "The customer has allowed it.").await;
    let user = &app.demo.users[0].user_id;
    assert!(events.read.contains("The provider has confirmed it"), "{}", events.read);
    assert!(events.read.contains(user.as_str()), "{}", events.read);
    // A token would start like every JWT.
    assert!(!events.read.contains("eyJ"), "{}", events.read);
}

#[tokio::test]
async fn a_refusal_is_said_as_one() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = ask(&mut browser, &[]).await;
    decide(&app, &auth_req_id(&link(&page)), false).await;
    let mut events = Events::open(&app).await;
    events.until(&app.clock, "The customer has refused. Do not go on.").await;
    // What has ended can be asked for again, and its link is of no use any more.
    let page = browser.get("/desk").await;
    assert!(page.body.contains("Send again"), "{}", page.body);
    assert!(!page.body.contains("auth_req_id"), "{}", page.body);
}

#[tokio::test]
async fn a_request_expires_when_its_time_is_over() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    ask(&mut browser, &[("lifetime", "120")]).await;
    app.clock.advance(Duration::from_secs(121));
    let mut events = Events::open(&app).await;
    events.until(&app.clock, "nobody has used the link").await;
}

#[tokio::test]
async fn an_open_request_is_followed_on_after_a_restart() {
    let mut app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = ask(&mut browser, &[]).await;
    let id = auth_req_id(&link(&page));
    app.crash_and_restart().await;
    decide(&app, &id, true).await;
    let mut events = Events::open(&app).await;
    events.until(&app.clock, "The customer has allowed it.").await;
}

#[tokio::test]
async fn nothing_that_fetches_a_token_is_stored_in_the_clear() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = ask(&mut browser, &[]).await;
    let id = auth_req_id(&link(&page));
    for name in std::fs::read_dir(&app.config.demo.directory).unwrap() {
        let path = name.unwrap().path();
        let content = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!content.contains(&id), "{}", path.display());
    }
}

#[tokio::test]
async fn a_request_can_be_sent_again_and_left() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = ask(&mut browser, &[]).await;
    let action = |page: &Page, name: &str| {
        let (before, _) = page.body.split_once(&format!("/{name}\"")).unwrap();
        format!("{}/{name}", before.rsplit_once('"').unwrap().1)
    };
    let again = action(&page, "again");
    for _ in 0..2 {
        let page = browser.post(&again, &[("sides", "desk")]).await;
        assert_eq!(page.body.matches("<article").count(), 2, "{}", page.body);
        assert!(page.body.contains("A newer request has taken its place."));
    }
    let leave = again.replace("/again", "/leave");
    let page = browser.post(&leave, &[("sides", "desk")]).await;
    assert!(page.body.contains("Withdrawn"), "{}", page.body);
    let page = browser.post_once("/desk/requests/unknown/leave", &[("sides", "desk")]).await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn what_is_withdrawn_at_the_desk_ends_on_the_customers_page() {
    withdrawn(&TestApp::start().await).await;
}

async fn withdrawn(app: &TestApp) {
    let mut browser = agent(app);
    let page = ask(&mut browser, &[("contact", "company_called")]).await;
    assert!(page.body.contains("We called the customer"), "{}", page.body);
    let link = link(&page);
    let customers = format!("{}?{}", link.path(), link.query().unwrap());
    assert_eq!(app.browser().get(&customers).await.status, 200);
    let (before, _) = page.body.split_once("/leave\"").unwrap();
    let leave = format!("{}/leave", before.rsplit_once('"').unwrap().1);
    browser.post(&leave, &[("sides", "desk")]).await;
    let page = app.browser().get(&customers).await;
    assert_eq!(page.status, 410);
    assert!(page.body.contains("The agent has withdrawn this request."), "{}", page.body);
}

#[tokio::test]
async fn an_answer_that_came_too_late_is_told_from_none() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    ask(&mut browser, &[("lifetime", "120")]).await;
    // The customer's page was told of a success, and the provider knows of none in time.
    change(&app, "UPDATE site_requests SET decided_at = created_at + 119").await;
    app.clock.advance(Duration::from_secs(121));
    let mut events = Events::open(&app).await;
    events.until(&app.clock, "The customer answered too late. Nothing was granted.").await;
}

#[tokio::test]
async fn the_link_is_drawn_for_the_counter_while_it_is_open() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = ask(&mut browser, &[]).await;
    let (before, _) = page.body.split_once("/qr.svg").unwrap();
    let base = before.rsplit_once('"').unwrap().1.to_owned();
    let picture = browser.get(&format!("{base}/qr.svg")).await;
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert!(picture.body.contains("<svg "), "{}", picture.body);
    let counter = browser.get(&format!("{base}/qr")).await;
    assert!(counter.body.contains("CASE-4711"), "{}", counter.body);
    assert!(!counter.body.contains("+15550100"), "the counter shows it to everybody");
    browser.post(&format!("{base}/leave"), &[]).await;
    assert_eq!(browser.get(&format!("{base}/qr.svg")).await.status, 404);
}

#[tokio::test]
async fn the_first_page_of_the_demo_shows_both_sides() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    assert!(browser.get("/").await.body.contains("No messages yet"));
    ask(&mut browser, &[("channel", "sms")]).await;
    let page = browser.get("/").await;
    assert!(page.body.contains("data-window"), "{}", page.body);
    assert!(page.body.contains(&format!("href=\"{}/login?auth_req_id=", app.site)));
    // The agent's own page holds no message of the customer's.
    assert!(!browser.get("/desk").await.body.contains("/login?auth_req_id="));
}

#[tokio::test]
async fn an_agent_reads_the_language_of_their_browser_live_too() {
    let app = TestApp::start().await;
    ask(&mut agent(&app), &[]).await;
    let get = async |path: &str, language: &str| {
        let request = app.http.get(format!("{}{path}", app.desk));
        request.header("accept-language", language).send().await.unwrap()
    };
    for (language, html, words) in [
        ("de-CH,de;q=0.9", "lang=\"de\" dir=\"ltr\"", ["Einen Kunden fragen", "Wartet"]),
        ("ar", "lang=\"ar\" dir=\"rtl\"", ["اسأل عميلًا", "في الانتظار"]),
        ("nl", "lang=\"en\" dir=\"ltr\"", ["Ask a customer", "Waiting"]),
    ] {
        let page = get("/desk", language).await.text().await.unwrap();
        assert!(page.contains(html), "{language}: {page}");
        for text in words {
            assert!(page.contains(text), "{language}: {text} is not in {page}");
        }
        let first = get("/desk/events", language).await.chunk().await.unwrap().unwrap();
        let first = String::from_utf8_lossy(&first).into_owned();
        assert!(first.contains(words[1]), "{language}: {first}");
    }
    // Every word of the page is translated: the pseudo-language leaves none as it was.
    let page = get("/", "en-XA").await.text().await.unwrap();
    for plain in ["Customer", "Send", "Reference", "Waiting", "request", "phone", "left"] {
        let words = page.split('>').filter_map(|part| part.split_once('<')).map(|(text, _)| text);
        for text in words.filter(|text| !text.contains("ciba")) {
            assert!(!text.contains(plain), "{plain} is left in {text:?}");
        }
    }
}

#[tokio::test]
async fn a_code_is_shown_to_be_read_out_and_leads_the_customer_to_the_request() {
    for sends_links in [true, false] {
        let app = TestApp::start_with(|config| config.brand.sends_links = sends_links).await;
        let mut browser = agent(&app);
        let page = browser.get("/desk").await;
        let channels = page.choices("channel");
        let expected = if sends_links { &["sms", "email", "link", "code"][..] } else { &["code"] };
        assert_eq!(channels, expected);
        let page = ask(&mut browser, &[("channel", "code")]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let (_, rest) = page.body.split_once("data-code>").unwrap();
        let code = rest.split('<').next().unwrap().to_owned();
        assert!(page.body.contains(&app.site), "where it is typed: {}", page.body);
        // A QR code is a link.
        assert_eq!(page.body.contains("qr.svg"), sends_links, "{}", page.body);
        let mut phone = app.browser();
        let page = phone.get("/").await;
        let page = phone.submit(&page, "/", &[("code", &code)]).await;
        assert!(page.body.contains("CASE-4711"), "{}", page.body);
        assert!(app.outbox().await.is_empty());
        let page = browser.get("/desk").await;
        assert!(page.body.contains("Opened"), "{}", page.body);
        if !sends_links {
            let refused = ask(&mut browser, &[("channel", "sms")]).await;
            assert_eq!(refused.status, 400, "{}", refused.body);
        }
    }
}

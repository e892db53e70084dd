//! The desk over HTTP: the agent's page, and what it shows of a request from start to end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciba_login::application::Application;
use ciba_login::config::{Config, Secret};
use platform::ambient::Ambient;
use platform::clock::ManualClock;
use platform::ids::SystemEntropy;
use platform::storage::Storage;
use serde_json::{Value, json};
use time::macros::datetime;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::support::{Browser, Page, Postgres, TestApp};

/// An agent's browser.
fn agent(app: &TestApp) -> Browser {
    Browser::new(app.desk.clone(), app.http.clone())
}

/// What stands in a field of a page's form.
fn field(page: &Page, name: &str) -> String {
    let (_, rest) = page.body.split_once(&format!("name=\"{name}\"")).unwrap();
    let (_, rest) = rest.split_once("value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Fills the form as an agent does and sends it.
async fn ask(browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
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
fn link(page: &Page) -> Url {
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
    events.until(&app.clock, "The time ran out before the customer decided.").await;
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
async fn a_form_that_is_sent_twice_asks_once() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = browser.get("/desk").await;
    let key = field(&page, "form_key");
    let form = [
        ("form_key", key.as_str()),
        ("customer", "alex@example.com"),
        ("contact", "customer_called"),
        ("channel", "email"),
        ("reference", "CASE-4711"),
        ("lifetime", "600"),
    ];
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

/// Does to the rows of the desk what a crash or a slow provider does.
async fn change(app: &TestApp, statement: &str) {
    let storage = Storage::open(&app.config.storage).await.unwrap();
    sqlx::query(statement).execute(storage.writer()).await.unwrap();
    storage.close().await;
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
    let form = [
        ("form_key", key.as_str()),
        ("customer", "alex@example.com"),
        ("contact", "customer_called"),
        ("channel", "email"),
        ("reference", "CASE-4711"),
        ("lifetime", "600"),
    ];
    browser.post("/desk/requests", &form).await;
    change(app, "UPDATE desk_requests SET sealed_auth_req_id = NULL").await;
    let page = browser.post("/desk/requests", &form).await;
    assert!(!page.body.contains("<article"), "it may be on its way: {}", page.body);
    app.clock.advance(Duration::from_secs(61));
    let page = browser.post("/desk/requests", &form).await;
    assert_eq!(page.body.matches("<article").count(), 1, "{}", page.body);
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

#[tokio::test]
async fn hostile_text_stays_text() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let hostile = "\"><script>alert(1)</script>";
    for name in ["customer", "reference", "custom_message"] {
        let page = ask(&mut browser, &[(name, hostile)]).await;
        assert!(!page.body.contains("<script>alert"), "{name}: {}", page.body);
    }
    let page = ask(&mut browser, &[("custom_message", "<b>hello</b> <img src=x onerror=y>")]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("&lt;b&gt;hello"), "{}", page.body);
    let mut events = Events::open(&app).await;
    events.until(&app.clock, "&lt;b&gt;hello").await;
    assert!(!events.read.contains("<img src=x"), "{}", events.read);
}

#[tokio::test]
async fn forms_of_other_pages_are_refused() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = browser.get("/desk").await;
    let key = field(&page, "form_key");
    let form = [
        ("form_key", key.as_str()),
        ("customer", "+15550100"),
        ("channel", "sms"),
        ("reference", "CASE-4711"),
        ("lifetime", "600"),
    ];
    let answer = browser.post_cross_site("/desk/requests", &form).await;
    assert_eq!(answer.status, 403);
    let outbox = app.http.get(format!("{}/demo/outbox", app.provider)).send().await.unwrap();
    assert_eq!(outbox.json::<Vec<Value>>().await.unwrap(), Vec::<Value>::new());
}

#[tokio::test]
async fn pages_are_kept_nowhere_and_run_one_script() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    for path in ["/", "/desk"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("cache-control"), "no-store");
        let policy = page.header("content-security-policy");
        let (_, rest) = policy.split_once("'nonce-").unwrap();
        let nonce = rest.split_once('\'').unwrap().0;
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.body.matches("<script").count(), 1, "{}", page.body);
        assert!(page.body.contains(&format!("nonce=\"{nonce}\"")), "{}", page.body);
    }
    assert!(browser.cookies().is_empty());
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
async fn the_demo_is_closed_to_foreign_hosts() {
    let app = TestApp::start().await;
    let port = app.desk.rsplit_once(':').unwrap().1;
    for path in ["/", "/desk", "/desk/events"] {
        let request = app.http.get(format!("{}{path}", app.desk));
        let answer = request.header("host", format!("evil.example:{port}")).send().await.unwrap();
        assert_eq!(answer.status(), 421, "{path}");
    }
}

/// The desk in production, behind `proxy`, with nobody to talk to.
async fn production(proxy: IpAddr) -> (String, CancellationToken, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.storage.url =
        Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
    let key: [u8; 32] = std::array::from_fn(|position| u8::try_from(position).unwrap());
    config.session.sealing_key = Some(Secret::new(STANDARD.encode(key)));
    config.provider.url = Some("http://localhost:1".parse().unwrap());
    config.provider.client_id = Some("client".into());
    config.provider.client_secret = Some(Secret::new("secret"));
    config.site.address.set_port(0);
    config.desk.enabled = true;
    config.desk.address.set_port(0);
    config.desk.identity_header = Some("X-Forwarded-User".into());
    config.desk.trusted_proxies = vec![proxy.into()];
    let ambient = Ambient::new(
        Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC))),
        Arc::new(SystemEntropy),
    );
    let application = Application::build(config, ambient).await.unwrap();
    let desk = format!("http://{}", application.desk_address().unwrap().unwrap());
    let stop = CancellationToken::new();
    tokio::spawn(application.run(stop.clone()));
    (desk, stop, folder)
}

#[tokio::test]
async fn in_production_an_agent_is_who_the_trusted_proxy_says() {
    let http = TestApp::start().await.http.clone();
    let (desk, stop, _folder) = production("127.0.0.1".parse().unwrap()).await;
    let page = async |header: Option<&str>| {
        let mut request = http.get(format!("{desk}/desk"));
        if let Some(name) = header {
            request = request.header("x-forwarded-user", name);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, body) = page(Some("mia@desk.example")).await;
    assert_eq!(status, 200);
    assert!(body.contains("mia@desk.example"), "{body}");
    assert!(!body.contains("Demo"), "{body}");
    assert_eq!(page(None).await.0, 403);
    assert_eq!(page(Some("")).await.0, 403);
    let root = http.get(format!("{desk}/")).header("x-forwarded-user", "mia").send().await.unwrap();
    assert_eq!(root.headers()["location"], "/desk");
    stop.cancel();
}

#[tokio::test]
async fn in_production_a_header_from_elsewhere_is_not_believed() {
    let http = TestApp::start().await.http.clone();
    let (desk, stop, _folder) = production("192.0.2.7".parse().unwrap()).await;
    for path in ["/desk", "/desk/events", "/"] {
        let request = http.get(format!("{desk}{path}")).header("x-forwarded-user", "mia");
        assert_eq!(request.send().await.unwrap().status(), 403, "{path}");
    }
    assert_eq!(http.get(format!("{desk}/healthz")).send().await.unwrap().status(), 200);
    stop.cancel();
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

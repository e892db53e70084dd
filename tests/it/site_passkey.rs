//! Passkeys at the page: signing in with one, and what the browser's side of it is told.

pub mod added;
pub mod elsewhere;
mod one_touch;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::Url;
use webauthn_authenticator_rs::AuthenticatorBackend;
use webauthn_authenticator_rs::softpasskey::SoftPasskey;

use crate::support::walk::{at_decision, press};
use crate::support::{ALEX, Browser, Page, SAM, TestApp};

/// A customer's phone with one passkey.
pub struct Phone {
    authenticator: SoftPasskey,
    credential: Vec<u8>,
    user_handle: String,
}

impl Phone {
    /// A phone whose passkey was added after an approval by mail.
    pub async fn enrolled(app: &TestApp) -> Self {
        let (_, mut browser, page) = at_decision(app).await;
        let page = press(&mut browser, &page, "approve").await;
        assert!(page.body.contains("data-purpose=\"enrol\""), "{}", page.body);
        let (phone, page) = Self::make(app, &mut browser, &page).await;
        assert!(page.path.ends_with("?passkey=added"), "{}", page.path);
        phone
    }

    async fn make(app: &TestApp, browser: &mut Browser, page: &Page) -> (Self, Page) {
        let (phone, envelope) = Self::made(app, browser, page).await;
        let before = app.mails().await.len();
        let page = send(browser, &page.handle(), "/passkey/add", &envelope).await;
        // Its owner is told, and nobody can sign in by that.
        let notice = app.mail(before + 1).await;
        assert!(notice.link.is_empty() && notice.code.is_none(), "{}", notice.text);
        (phone, page)
    }

    /// A phone with a new passkey, and what its browser is about to send.
    async fn made(app: &TestApp, browser: &mut Browser, page: &Page) -> (Self, Value) {
        let handle = page.handle();
        let offer = options(browser, &format!("/request/{handle}/passkey/add/options")).await;
        let mut options = offer["enrol"].clone();
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        let user_handle = options["user"]["id"].as_str().unwrap().to_owned();
        // The authenticator in software says no to what it does not have.
        options["authenticatorSelection"]["requireResidentKey"] = false.into();
        options["authenticatorSelection"]["residentKey"] = "discouraged".into();
        let mut authenticator = SoftPasskey::new(true);
        let origin = Url::parse(&app.site).unwrap();
        let options = serde_json::from_value(options).unwrap();
        let made = authenticator.perform_register(origin, options, 60_000).unwrap();
        let url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let envelope = json!({
            "session": offer["sessions"]["enrol"],
            "credential": {
                "id": made.id,
                "rawId": url(&made.raw_id),
                "type": "public-key",
                "response": {
                    "attestationObject": url(&made.response.attestation_object),
                    "clientDataJSON": url(&made.response.client_data_json),
                },
            },
        });
        (Self { authenticator, credential: made.raw_id.clone(), user_handle }, envelope)
    }

    /// Lets the phone answer one of the offered ceremonies, as the page's island would send it.
    pub fn touch(&mut self, app: &TestApp, offer: &Value, purpose: &str) -> Value {
        let mut options = offer[purpose].clone();
        assert_eq!(options["userVerification"], "required");
        // The authenticator in software finds a passkey only where it is named.
        options["allowCredentials"] =
            json!([{ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(&self.credential) }]);
        let origin = Url::parse(&app.site).unwrap();
        let options = serde_json::from_value(options).unwrap();
        let made = self.authenticator.perform_auth(origin, options, 60_000).unwrap();
        let url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "session": offer["sessions"][purpose],
            "credential": {
                "id": made.id,
                "rawId": url(&made.raw_id),
                "type": "public-key",
                "response": {
                    "clientDataJSON": url(&made.response.client_data_json),
                    "authenticatorData": url(&made.response.authenticator_data),
                    "signature": url(&made.response.signature),
                    "userHandle": self.user_handle,
                },
            },
        })
    }
}

/// The options for a browser in which a passkey was used before: only there one touch decides.
pub async fn options(browser: &mut Browser, path: &str) -> Value {
    browser.set("passkey_used", "1");
    let answer = browser.post_once(path, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

pub async fn send(browser: &mut Browser, handle: &str, end: &str, envelope: &Value) -> Page {
    let text = envelope.to_string();
    let form = [("handle", handle), ("credential", text.as_str())];
    browser.post(&format!("/request/{handle}{end}"), &form).await
}

/// A new request in a browser that has never been here, with what its page offers.
pub async fn opened(app: &TestApp, email: &str, message: &str) -> (Browser, String, Value, String) {
    let request = app.ask(email, Some(message)).await;
    let mut browser = app.browser();
    let page = browser.get(&request.link).await;
    let handle = page.handle();
    let offer = options(&mut browser, &format!("/request/{handle}/passkey/options")).await;
    (browser, handle, offer, request.auth_req_id)
}

pub async fn poll(app: &TestApp, auth_req_id: &str) -> String {
    let request = crate::support::conversation::StartedRequest {
        auth_req_id: auth_req_id.to_owned(),
        link: String::new(),
    };
    let polled = app.poll_for(&request).await;
    if polled.status == 200 { "token".to_owned() } else { polled.error().to_owned() }
}

#[tokio::test]
async fn a_passkey_added_after_a_decision_signs_in_next_time() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-2").await;
    let envelope = phone.touch(&app, &offer, "sign-in");
    let page = send(&mut browser, &handle, "/passkey", &envelope).await;
    // A sign-in never decides.
    assert!(page.is("decision"), "{}", page.body);
    assert_eq!(poll(&app, &id).await, "authorization_pending");
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    // Whoever has used a passkey is not asked to add one.
    assert!(!page.body.contains("data-purpose=\"enrol\""));
    assert_eq!(poll(&app, &id).await, "token");
}

#[tokio::test]
async fn a_key_chain_was_switched_to_sync_and_its_passkey_is_not_taken_any_more() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    // The authenticator in software cannot change, so what was registered is changed.
    let database = sqlx::SqlitePool::connect(app.config.storage.url.expose()).await.unwrap();
    let change = "UPDATE webauthn_credentials \
                  SET passkey = replace(passkey, '\"backup_eligible\":false', '\"backup_eligible\":true')";
    assert_eq!(sqlx::query(change).execute(&database).await.unwrap().rows_affected(), 1);
    let before = sqlx::query_scalar("SELECT passkey FROM webauthn_credentials");
    let before: String = before.fetch_one(&database).await.unwrap();
    assert!(before.contains("\"backup_eligible\":true"), "{before}");

    for purpose in ["sign-in", "approve"] {
        let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-21").await;
        let envelope = phone.touch(&app, &offer, purpose);
        let page = send(&mut browser, &handle, "/passkey", &envelope).await;
        assert!(page.path.ends_with("?notice=passkey-changed"), "{}", page.path);
        assert!(page.body.contains("name=\"email\""), "the other ways: {}", page.body);
        assert_eq!(poll(&app, &id).await, "authorization_pending");
    }
    // Whoever wants to stop is led on to where no passkey is needed.
    let (mut browser, handle, offer, _) = opened(&app, ALEX, "CASE-22").await;
    let envelope = phone.touch(&app, &offer, "deny").to_string();
    let form = [("handle", handle.as_str()), ("credential", &envelope), ("purpose", "deny")];
    let page = browser.post(&format!("/request/{handle}/passkey"), &form).await;
    assert!(page.path.ends_with("/not-on-a-call"), "{}", page.path);

    // The same device may make another: the old one is not among those to leave out.
    app.clock.advance(std::time::Duration::from_secs(60));
    let (_, mut browser, page) = at_decision(&app).await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.body.contains("data-purpose=\"enrol\""), "{}", page.body);
    let path = format!("/request/{}/passkey/add/options", page.handle());
    let offer = options(&mut browser, &path).await;
    let excluded = offer["enrol"]["excludeCredentials"].to_string();
    assert!(!excluded.contains(&URL_SAFE_NO_PAD.encode(&phone.credential)), "{excluded}");
    let (mut phone, page) = Phone::make(&app, &mut browser, &page).await;
    assert!(page.path.ends_with("?passkey=added"), "{}", page.path);
    let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-23").await;
    let envelope = phone.touch(&app, &offer, "approve");
    let page = send(&mut browser, &handle, "/passkey", &envelope).await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(poll(&app, &id).await, "token");
}

#[tokio::test]
async fn the_ordinary_ways_end_without_a_warning() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    app.clock.advance(std::time::Duration::from_secs(60));
    let log = Log::start();
    for purpose in ["approve", "deny", "sign-in"] {
        let (mut browser, handle, offer, _) = opened(&app, ALEX, "CASE-24").await;
        let envelope = phone.touch(&app, &offer, purpose);
        let mut page = send(&mut browser, &handle, "/passkey", &envelope).await;
        if purpose == "sign-in" {
            page = press(&mut browser, &page, "approve").await;
        }
        assert!(page.path.ends_with("/outcome"), "{}", page.path);
        assert!(!browser.is_signed_in(), "nothing is left of the session");
    }
    let (_, mut browser, page) = at_decision(&app).await;
    press(&mut browser, &page, "deny").await;
    assert_eq!(log.warnings(), Vec::<String>::new());
}

/// What is logged on this thread, where the whole application runs.
struct Log {
    lines: Lines,
    _on: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .with_max_level(tracing::Level::INFO)
            .finish();
        Self { lines, _on: tracing::subscriber::set_default(subscriber) }
    }

    /// Warnings and errors, but for those of a machine that is slow.
    fn warnings(&self) -> Vec<String> {
        let text = String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("INFO"), "nothing was logged at all");
        let bad = |line: &&str| line.contains(" WARN ") || line.contains("ERROR ");
        text.lines().filter(bad).filter(|line| !line.contains("sqlx")).map(Into::into).collect()
    }
}

#[tokio::test]
async fn an_assertion_without_user_verification_goes_no_further() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    let (mut browser, handle, offer, id) = opened(&app, ALEX, "CASE-6").await;
    let mut envelope = phone.touch(&app, &offer, "approve");
    let member = &mut envelope["credential"]["response"]["authenticatorData"];
    let mut data = URL_SAFE_NO_PAD.decode(member.as_str().unwrap()).unwrap();
    data[32] &= !0b100;
    *member = URL_SAFE_NO_PAD.encode(data).into();
    let page = send(&mut browser, &handle, "/passkey", &envelope).await;
    assert!(page.path.contains("notice=sign-in-failed"), "{}", page.path);
    assert_eq!(poll(&app, &id).await, "authorization_pending");
}

#[tokio::test]
async fn somebody_elses_passkey_does_not_answer_the_request() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    let (mut browser, handle, offer, id) = opened(&app, SAM, "CASE-7").await;
    let envelope = phone.touch(&app, &offer, "approve");
    let page = send(&mut browser, &handle, "/passkey", &envelope).await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert_eq!(poll(&app, &id).await, "authorization_pending");
}

#[tokio::test]
async fn whoever_touches_within_four_minutes_has_five_more() {
    let app = TestApp::start().await;
    let mut phone = Phone::enrolled(&app).await;
    for (seconds, said) in [(240 + 300, "Yes, allow"), (600, "sign-in-failed")] {
        let (mut browser, handle, offer, _) = opened(&app, ALEX, "CASE-11").await;
        assert_eq!(offer["sign-in"]["timeout"], 300_000);
        let envelope = phone.touch(&app, &offer, "sign-in");
        app.clock.advance(std::time::Duration::from_secs(seconds));
        let page = send(&mut browser, &handle, "/passkey", &envelope).await;
        let seen = format!("{} {}", page.path, page.body);
        // The request itself has run out by then, in the second case too.
        assert!(seen.contains(said) || page.status == 410, "{seen}");
    }
}

#[tokio::test]
async fn the_well_known_addresses_say_what_is_configured_and_nothing_else() {
    let plain = TestApp::start().await;
    let paths = ["/.well-known/webauthn", "/.well-known/passkey-endpoints"];
    for path in paths {
        assert_eq!(plain.browser().get(path).await.status, 404, "{path}");
    }
    let app = TestApp::start_with(|config| {
        config.site.related_origins = vec!["https://example.de/".parse().unwrap()];
        config.sign_in.passkey_enrol_url = Some("https://example.com/add".parse().unwrap());
        config.sign_in.passkey_manage_url = Some("https://example.com/passkeys".parse().unwrap());
    })
    .await;
    let expected = [
        json!({"origins": ["https://example.de"]}),
        json!({"enroll": "https://example.com/add", "manage": "https://example.com/passkeys"}),
    ];
    for (path, expected) in paths.into_iter().zip(expected) {
        let answer = app.http.get(format!("{}{path}", app.site)).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap(), expected, "{path}");
    }
    // What is published is what is accepted.
    let preflight = app
        .http
        .request(
            reqwest::Method::OPTIONS,
            format!("{}/v1/auth/webauthn/authenticate/start", app.provider),
        )
        .header("origin", "https://example.de")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.headers()["access-control-allow-origin"], "https://example.de");
}

#[tokio::test]
async fn a_ceremony_fits_into_the_form_that_ends_it_many_times() {
    let app = TestApp::start().await;
    let (_, _, offer, _) = opened(&app, ALEX, "AAAA-BBBB-CCCC-DDDD!").await;
    for (purpose, session) in offer["sessions"].as_object().unwrap() {
        let length = session.as_str().unwrap().len();
        // Of the 12 kB of a credential with its session; an attestation has some 4 kB.
        assert!(length < 2_500, "{purpose}: {length}");
    }
}

#[tokio::test]
async fn a_browser_says_in_one_of_five_words_why_it_used_no_passkey() {
    let app = TestApp::start().await;
    let (mut browser, handle, _, _) = opened(&app, ALEX, "CASE-16").await;
    let path = |query: &str| format!("/request/{handle}/passkey/fault{query}");
    for word in ["not-allowed", "unsupported", "no-wasm", "security", "timeout"] {
        let answer = browser.post_once(&path(&format!("?what={word}")), &[]).await;
        assert_eq!(answer.status, 204, "{word}");
    }
    for query in ["", "?what=", "?what=evil", "?what=security&what=timeout"] {
        assert_eq!(browser.post_once(&path(query), &[]).await.status, 400, "{query}");
    }
    assert_eq!(app.browser().post_once(&path("?what=timeout"), &[]).await.status, 404);
    let told = app.http.get(format!("{}/metrics", app.management)).send().await.unwrap();
    let told = told.text().await.unwrap();
    let counted: Vec<_> =
        told.lines().filter(|line| line.contains("_passkey_faults_total{")).collect();
    assert_eq!(counted.len(), 5, "{counted:?}");
    assert!(counted.iter().all(|line| line.ends_with("} 1")), "{counted:?}");
}

#[tokio::test]
async fn a_robot_that_sends_the_passkey_forms_changes_nothing() {
    let app = TestApp::start().await;
    let (mut browser, handle, _, id) = opened(&app, ALEX, "CASE-13").await;
    for text in ["", "{}", "null", &"x".repeat(13_000)] {
        let form = [("handle", handle.as_str()), ("credential", text)];
        let page = browser.post(&format!("/request/{handle}/passkey"), &form).await;
        assert!(page.path.contains("notice=sign-in-"), "{}", page.path);
        let page = browser.post(&format!("/request/{handle}/passkey/add"), &form).await;
        assert!(page.status.is_success(), "{}", page.path);
    }
    assert_eq!(poll(&app, &id).await, "authorization_pending");
}

//! What somebody does who wants to lock a customer out, to fill their browser, or to learn who is a
//! customer.

use std::fmt::Write;
use std::time::Duration;

use ciba_login::site::paths::ABOUT_A_PERSON;
use platform::clock::Clock;
use platform::storage::Storage;
use platform::storage::presence::Presence;
use reqwest::Method;
use serde_json::{Value, json};

use crate::provider_webauthn::{AUTHENTICATE, Case, REGISTER_START, START, encode};
use crate::support::records::record;
use crate::support::walk::{press, sign_in};
use crate::support::{ALEX, Browser, Page, REFERENCE, TestApp, until};

/// As long as the customer's address: the length of what is sealed shows.
const NOBODY: &str = "nobo@example.com";
const INVENTED: &str = "/login?auth_req_id=invented&binding_message=CASE-1";

/// Asks for a mail to an address for a request that nobody has started.
async fn asked(app: &TestApp, number: usize, email: &str) -> (Browser, Page) {
    let mut browser = app.browser();
    let link = format!("/login?auth_req_id=invented-{number}&binding_message=CASE-1");
    let page = browser.ask_for_mail(&link, email).await;
    (browser, page)
}

/// Four asks in 62 seconds with invented links, and every code that is looked at, wrong.
async fn locked_out(app: &TestApp) {
    let mut refused = 0;
    for ask in 0..4 {
        let (mut stranger, page) = asked(app, ask, ALEX).await;
        assert_eq!(page.status, 200, "{}", page.body);
        for _ in 0..6 {
            let tried = stranger.submit(&page, "/mail/code", &[("code", "000000")]).await;
            refused += usize::from(tried.status != 400);
        }
        app.clock.advance(Duration::from_secs(21));
    }
    assert!(refused > 4, "the stranger is stopped");
    assert_eq!(asked(app, 4, ALEX).await.1.status, 429, "and is sent no more mails");
}

#[tokio::test]
async fn a_stranger_who_uses_up_somebodys_mails_and_codes_keeps_no_customer_from_the_code() {
    let app = TestApp::start().await;
    locked_out(&app).await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    record(&app, &request, ALEX).await;
    let mut customer = app.browser();
    let sent = customer.ask_for_mail(&request.link, ALEX).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let code = app.mail(5).await.code.unwrap();
    let wrong = customer.submit(&sent, "/mail/code", &[("code", "000000")]).await;
    assert_eq!(wrong.status, 400);
    let page = customer.submit(&wrong, "/mail/code", &[("code", &code)]).await;
    let page = press(&mut customer, &page, "approve").await;
    assert!(page.body.contains("Allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn a_stranger_who_uses_up_somebodys_mails_and_codes_keeps_no_customer_from_the_link() {
    let app = TestApp::start().await;
    locked_out(&app).await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    record(&app, &request, ALEX).await;
    let mut customer = app.browser();
    let page = sign_in(&app, &mut customer, &request.link, ALEX).await;
    let page = press(&mut customer, &page, "approve").await;
    assert!(page.body.contains("Allowed"), "{}", page.body);
}

/// Stands for what is random in an answer, and for the name that was asked with.
fn normal(text: &str, name: &str) -> String {
    let masked = format!("{}•••@example.com", &name[..1]);
    let text = text.replace(name, "NAME").replace(&name.replace('@', "%40"), "NAME");
    let text = text.replace(&masked, "MASKED");
    let mut normal = String::new();
    let mut run = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || "-_".contains(c) {
            run.push(c);
            continue;
        }
        let is_word = run.bytes().all(|b| b.is_ascii_lowercase() || b"-_".contains(&b));
        let is_random = run.len() >= 12 && !is_word;
        normal += if is_random { "RANDOM" } else { &run };
        run.clear();
        normal.push(c);
    }
    normal
}

fn answer_of(page: &Page, name: &str) -> String {
    let id = page.header("x-request-id");
    let mut text = format!("{}\n", page.status);
    for (header, value) in &page.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        // The length of a sealed cookie is as visible as its name.
        let lengths =
            if header == "set-cookie" { format!(" {}", value.len()) } else { String::new() };
        if header != "date" && header != "x-request-id" {
            writeln!(text, "{header}: {}{lengths}", normal(&value, name)).unwrap();
        }
    }
    text + &normal(&page.body, name).replace(id, "ID")
}

/// What is typed into a form of the site that takes a name, or an answer about one.
fn typed_into<'a>(route: &str, name: &'a str) -> Vec<(&'static str, &'a str)> {
    match route {
        "/request/{handle}/mail" => vec![("email", name); 2],
        "/request/{handle}/mail/code" => {
            ["000000", "12", "000001", "000002", "000003", "000004", "000005"]
                .map(|code| ("code", code))
                .into()
        }
        _ => panic!("what is typed into {route}?"),
    }
}

/// Everything that the site answers to whoever asks with a name, in one order.
async fn answers_of_the_site(app: &TestApp, name: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for _ in 0..3 {
        let mut browser = app.browser();
        let mut page = browser.get(INVENTED).await;
        let handle = page.path.clone();
        for (route, _) in ABOUT_A_PERSON {
            let action = route.strip_prefix("/request/{handle}").unwrap();
            for typed in typed_into(route, name) {
                let answer = browser.submit_once(&page, action, &[typed]).await;
                answers.push(answer_of(&answer, name));
            }
            page = browser.get(&format!("{handle}/mail")).await;
            answers.push(answer_of(&page, name));
        }
        let path = format!("{handle}/mail");
        app.clock.advance(Duration::from_secs(21));
        let is_late = async || browser.tab().get(&path).await.body.contains("data-late");
        until("the mail is sent, or is for nobody", async || !is_late().await).await;
        // Whether a mail was sent does not show either.
        let sent = browser.get(&path).await;
        answers.push(answer_of(&sent, name));
    }
    answers
}

#[tokio::test]
async fn the_site_answers_customers_and_strangers_alike_byte_by_byte() {
    let app = TestApp::start().await;
    let customer = answers_of_the_site(&app, ALEX).await;
    // Invented links share what is left for all of their request.
    app.clock.advance(Duration::from_secs(3600));
    let stranger = answers_of_the_site(&app, NOBODY).await;
    assert!(app.mails().await.iter().all(|mail| mail.to == ALEX));
    assert!(customer.iter().any(|answer| answer.starts_with("429")), "a limit was reached");
    for (number, (customer, stranger)) in customer.iter().zip(&stranger).enumerate() {
        assert_eq!(customer, stranger, "answer {number}");
    }
}

/// What the provider tells everybody of the passkey of a name, be it there or not: its identifier, and the
/// handle of its user.
pub async fn told_of(case: &Case, name: &str) -> [Value; 2] {
    let started = case.start(json!({"username": name})).await;
    let id = started.body["credential_request_options"]["allowCredentials"][0]["id"].clone();
    let started = case.register_start(json!({"username": name})).await;
    [id, started.body["credential_creation_options"]["user"]["id"].clone()]
}

/// An answer to a ceremony that somebody makes up with that.
pub async fn forged(case: &mut Case, [id, handle]: &[Value; 2], ceremony: Value) -> Value {
    let browser = case.browser();
    let started = case.start(ceremony).await;
    let mut result = case.sign(&started, &browser);
    let credential = &mut result["publicKeyCredential"];
    (credential["id"], credential["rawId"]) = (id.clone(), id.clone());
    credential["response"]["userHandle"] = handle.clone();
    credential["response"]["signature"] = "AAAA".into();
    json!({"webauthn_encoded_result": encode(&result)})
}

/// What is sent to an endpoint of the provider that takes a name, or an answer about one.
async fn sent_to(case: &mut Case, route: &str, name: &str) -> Vec<Value> {
    let client = case.app.demo.client_id.clone();
    match route {
        START => vec![
            json!({"client_id": client, "username": name}),
            json!({"client_id": client, "identifier": name, "identifier_type": "email"}),
        ],
        REGISTER_START => [false, true]
            .map(|single| {
                json!({
                    "client_id": client,
                    "username": name,
                    "limit_single_credential_to_device": single,
                })
            })
            .into(),
        AUTHENTICATE => {
            let told = told_of(case, name).await;
            // In a ceremony of that name, and in one of nobody's.
            let named = forged(case, &told, json!({"username": name})).await;
            vec![named, forged(case, &told, json!({})).await]
        }
        "/v1/auth/otp/authenticate" => {
            let code =
                json!({"passcode": "000000", "identifier_type": "email", "identifier": name});
            vec![code; 7]
        }
        _ => panic!("what is sent to {route}?"),
    }
}

/// An answer of the provider without what is drawn: names have one passkey or two, of three lengths, on a
/// device or carried, and decoys have as well.
fn without_chance(mut body: Value) -> Value {
    for (options, list) in [
        ("credential_request_options", "allowCredentials"),
        ("credential_creation_options", "excludeCredentials"),
    ] {
        let Some(options) = body.get_mut(options) else { continue };
        options["challenge"] = "random".into();
        if let Some(user) = options.get_mut("user") {
            user["id"] = "random".into();
        }
        if let Some(Value::Array(list)) = options.get_mut(list) {
            list.truncate(1);
            for credential in list {
                credential["id"] = "random".into();
                credential["transports"] = "random".into();
            }
        }
    }
    body
}

async fn answers_of_the_provider(case: &mut Case, name: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for (route, _) in provider::ABOUT_A_PERSON {
        for body in sent_to(case, route, name).await {
            let answer = case.app.call(Method::POST, route, &case.token, Some(body)).await;
            let text = normal(&without_chance(answer.body).to_string(), name);
            answers.push(format!("{route} {} {text}", answer.status));
        }
    }
    // A page that carries the name on and looks nobody up.
    let (app, client) = (&case.app, &case.app.demo.client_id);
    for hint in ["login_hint", "username"] {
        let mut browser = app.browser();
        let page = browser
            .get_once(&format!(
                "{}/oidc/auth?client_id={client}&response_type=code&scope=openid\
                 &redirect_uri={}/social/callback&{hint}={name}&state=s&nonce=n\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
                 &code_challenge_method=S256",
                app.provider, app.site
            ))
            .await;
        answers.push(answer_of(&page, name));
    }
    answers
}

#[tokio::test]
async fn the_provider_answers_customers_and_strangers_alike_byte_by_byte() {
    let mut case = Case::of(TestApp::start().await).await;
    // A customer with a passkey.
    assert_eq!(case.register().await.status, 200);
    let customer = answers_of_the_provider(&mut case, ALEX).await;
    let stranger = answers_of_the_provider(&mut case, NOBODY).await;
    assert!(customer.iter().any(|answer| answer.contains(" 403 ")), "a limit was reached");
    for (number, (customer, stranger)) in customer.iter().zip(&stranger).enumerate() {
        assert_eq!(customer, stranger, "answer {number}");
    }
}

fn bytes(browser: &Browser) -> usize {
    browser.cookies().iter().map(|(name, value)| name.len() + value.len() + 3).sum()
}

const MOST_BYTES: usize = 4096;

#[tokio::test]
async fn foreign_links_neither_fill_a_browser_nor_push_out_a_request_that_is_signed_in() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    let decision = sign_in(&app, &mut browser, &request.link, ALEX).await;
    let mut most = 0;
    for number in 0..8 {
        let (id, code) = (format!("{number}{}", "x".repeat(511)), "c".repeat(1024));
        browser.get_once(&format!("/login?auth_req_id={id}&binding_message=CASE-{number}")).await;
        most = most.max(bytes(&browser));
        for letter in ["a", "b", "c"] {
            let state = format!("{number}{}", letter.repeat(21));
            browser.get_once(&format!("/mail/callback?code={code}&state={state}")).await;
            most = most.max(bytes(&browser));
            browser
                .get_once(&format!("/mail/callback?code={}&state={state}", "c".repeat(60)))
                .await;
            most = most.max(bytes(&browser));
        }
    }
    assert!(most <= MOST_BYTES, "{most} bytes");
    let too_long = format!("/mail/callback?code={}&state={}", "c".repeat(1900), "a".repeat(22));
    assert_eq!(browser.get(&too_long).await.status, 400);
    let page = press(&mut browser, &decision, "approve").await;
    assert!(page.body.contains("Allowed"), "{}", page.body);
}

#[tokio::test]
async fn a_customer_signed_in_for_everything_that_fits_is_told_so_and_loses_nothing() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let mut decisions = Vec::new();
    for number in 0..4 {
        let request = app.ask(ALEX, Some(&format!("CASE-{number}"))).await;
        record_message(&app, &request, &format!("CASE-{number}")).await;
        decisions.push(sign_in(&app, &mut browser, &request.link, ALEX).await);
        app.clock.advance(Duration::from_secs(1));
    }
    let mut refused = 0;
    for number in 0..4 {
        let id = format!("{number}{}", "x".repeat(511));
        let page = browser.get(&format!("/login?auth_req_id={id}&binding_message=CASE-9")).await;
        refused += usize::from(page.status == 429);
        assert!(bytes(&browser) <= MOST_BYTES, "{}", bytes(&browser));
    }
    assert!(refused < 4, "there is room for one");
    for decision in decisions {
        let page = browser.get(&decision.path).await;
        assert!(page.body.contains("Yes, allow"), "{}", page.body);
    }
}

async fn record_message(
    app: &TestApp,
    request: &crate::support::conversation::StartedRequest,
    message: &str,
) {
    crate::support::records::record_of(app, request, ALEX, message).await;
}

#[tokio::test]
async fn a_sign_in_elsewhere_finds_room_among_foreign_links() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = app.opened(REFERENCE).await;
    let code = "c".repeat(1024);
    for letter in ["a", "b", "c"] {
        let link = format!("/mail/callback?code={code}&state={}", letter.repeat(22));
        browser.get_once(&link).await;
    }
    // Three tabs leave for the identity provider, and one comes back with the longest code.
    let social = page.links().into_iter().find(|link| link.contains("/social/")).unwrap();
    let mut state = String::new();
    for _ in 0..3 {
        let left = browser.get_once(&social).await;
        let url = url::Url::parse(left.location().unwrap()).unwrap();
        state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        assert!(bytes(&browser) <= MOST_BYTES, "{}", bytes(&browser));
    }
    let back = format!("/social/callback?state={state}&code={code}");
    assert_eq!(browser.get_once(&back).await.status, 303);
    assert!(bytes(&browser) <= MOST_BYTES, "{}", bytes(&browser));
    assert_eq!(browser.get(&page.path).await.status, 200, "the request is still held");
}

#[tokio::test]
async fn a_sign_in_mail_under_way_at_a_crash_is_sent_at_once_unless_another_instance_may_have_it() {
    for is_alone in [true, false] {
        let mut app = TestApp::start().await;
        asked(&app, 0, ALEX).await;
        app.mail(1).await;
        let storage = Storage::open(&app.config.storage).await.unwrap();
        let taken = "UPDATE site_mails SET sent_at = NULL, lease_until = $1";
        let lease = app.clock.unix() + 60;
        sqlx::query(taken).bind(lease).execute(storage.writer()).await.unwrap();
        storage.close().await;
        let other = Presence::enter(&app.config.storage, async {}).await;
        let _other = (!is_alone).then_some(other);
        app.crash_and_restart().await;
        if is_alone {
            assert_eq!(app.mail(2).await.to, ALEX);
            continue;
        }
        // A later one passes it.
        asked(&app, 1, "sam@example.com").await;
        assert_eq!(app.mail(2).await.to, "sam@example.com");
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(app.mail(3).await.to, ALEX);
    }
}

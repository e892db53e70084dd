//! Whether the time that an answer takes tells who is a customer. Tests hold which answers leave in steps
//! and which at once. `make timing` measures what is left of it and prints, for every place that takes a
//! name, how often a customer's answer is the slower one (AUC; 0.5 is nothing, and about 0.46 to 0.54
//! are the noise of 400 samples): a figure, and no test, because it depends on what else the machine
//! does.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use platform::answer_time::STEP;
use reqwest::Method;
use serde_json::{Value, json};

use crate::attacks::{forged, told_of};
use crate::provider_webauthn::{AUTHENTICATE, Case, REGISTER_START, START};
use crate::social_site::sign_in;
use crate::support::TestApp;
use crate::support::walk::press;

const SAMPLES: usize = 400;

const NAMES: [&str; 2] = ["alex@example.com", "nobo@example.com"];

/// Seconds for each place, of the customer and of the stranger.
type Samples = BTreeMap<&'static str, [Vec<f64>; 2]>;

/// How often a value of the first is larger than one of the second (Mann and Whitney).
fn auc([customer, stranger]: &[Vec<f64>; 2]) -> f64 {
    let mut larger = 0.0;
    for one in customer {
        for other in stranger {
            larger += match one.total_cmp(other) {
                Ordering::Less => 0.0,
                Ordering::Equal => 0.5,
                Ordering::Greater => 1.0,
            };
        }
    }
    let pairs = customer.len() * stranger.len();
    larger / f64::from(u32::try_from(pairs).unwrap())
}

async fn of_site(app: &TestApp, round: usize, who: usize, samples: &mut Samples) {
    let mut note = |place, begun: Instant| {
        samples.entry(place).or_default()[who].push(begun.elapsed().as_secs_f64());
    };
    let name = NAMES[who];
    let mut browser = app.browser();
    let link = format!("/login?auth_req_id=invented-{round}-{who}&binding_message=CASE-1");
    let page = browser.get(&link).await;
    let begun = Instant::now();
    browser.submit_once(&page, "/mail", &[("email", name)]).await;
    note("site: ask for a mail", begun);
    let begun = Instant::now();
    let sent = browser.get(&format!("{}/mail", page.path)).await;
    note("site: the page after it", begun);
    let begun = Instant::now();
    browser.submit_once(&sent, "/mail/code", &[("code", "000000")]).await;
    note("site: wrong code, at once", begun);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begun = Instant::now();
    browser.submit_once(&sent, "/mail/code", &[("code", "000001")]).await;
    note("site: wrong code, later", begun);
}

async fn of_provider(case: &mut Case, who: usize, told: &[Value; 2], samples: &mut Samples) {
    let name = NAMES[who];
    let forged = forged(case, told, json!({})).await;
    let client = &case.app.demo.client_id;
    let calls = [
        (
            "provider: begin a passkey's sign-in",
            START,
            json!({"client_id": client, "username": name}),
        ),
        (
            "provider: begin to add a passkey",
            REGISTER_START,
            json!({"client_id": client, "username": name}),
        ),
        ("provider: a passkey that signed wrongly", AUTHENTICATE, forged),
        (
            "provider: wrong code",
            "/v1/auth/otp/authenticate",
            json!({"passcode": "000000", "identifier_type": "email", "identifier": name}),
        ),
    ];
    for (place, path, body) in calls {
        let begun = Instant::now();
        case.app.call(Method::POST, path, &case.token, Some(body)).await;
        samples.entry(place).or_default()[who].push(begun.elapsed().as_secs_f64());
    }
}

#[tokio::test]
#[ignore = "measures; `make timing` runs it"]
async fn how_much_the_time_of_an_answer_tells() {
    let mut case = Case::of(TestApp::start_in_steps(STEP).await).await;
    assert_eq!(case.register().await.status, 200);
    let told = [told_of(&case, NAMES[0]).await, told_of(&case, NAMES[1]).await];
    let mut samples = Samples::new();
    // The first rounds warm up.
    for round in 0..SAMPLES + 20 {
        if round == 20 {
            samples.clear();
        }
        for turn in 0..2 {
            let who = (turn + round) % 2;
            of_site(&case.app, round, who, &mut samples).await;
            of_provider(&mut case, who, &told[who], &mut samples).await;
        }
        case.app.clock.advance(Duration::from_secs(1801));
        case.token = case.app.client_token().await;
    }
    for (place, samples) in &samples {
        println!("{:.2}  {place}", auc(samples));
    }
}

/// The addresses of every endpoint that takes a name, or an answer about one.
fn about_a_person(app: &TestApp) -> Vec<String> {
    let handle = "a".repeat(ciba::RequestHandle::LENGTH);
    let site = ciba_login::site::paths::ABOUT_A_PERSON
        .map(|(route, _)| format!("{}{}", app.site, route.replace("{handle}", &handle)));
    let provider = provider::ABOUT_A_PERSON.into_iter().flat_map(|(route, _)| {
        ["", "/cis"].map(|prefix| format!("{}{prefix}{route}", app.provider))
    });
    site.into_iter().chain(provider).collect()
}

#[tokio::test]
async fn every_answer_about_a_named_person_is_held_and_so_is_every_refusal_before_it() {
    let app = TestApp::start_in_steps(STEP).await;
    let sent = [
        ("application/json", json!("nobody").to_string()),
        ("application/json", "{".to_owned()),
        ("text/plain", "nobody".to_owned()),
        ("application/x-www-form-urlencoded", "email=%ff".to_owned()),
        ("application/x-www-form-urlencoded", format!("email={}", "a".repeat(70 * 1024))),
    ];
    let token = app.client_token().await;
    let mut refusals = BTreeMap::<u16, u32>::new();
    for url in about_a_person(&app) {
        for (kind, body) in &sent {
            let request = app.http.post(&url).header("content-type", *kind).body(body.clone());
            let request = request.header("origin", &app.site).bearer_auth(&token);
            let begun = Instant::now();
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_client_error(), "{url}: {}", answer.status());
            assert!(begun.elapsed() >= STEP, "{url} {kind}: {}", answer.status());
            *refusals.entry(answer.status().as_u16()).or_default() += 1;
        }
    }
    assert!(refusals.contains_key(&413), "{refusals:?}");
}

/// Longer than anybody waits.
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn what_can_name_nobody_is_answered_at_once() {
    let app = TestApp::start_in_steps(HOUR).await;
    for url in about_a_person(&app) {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE] {
            let answer = app.http.request(method.clone(), &url).body("nobody").send().await;
            assert!(answer.is_ok(), "{method} {url}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn answers_that_are_held_are_in_nobodys_way() {
    let app = TestApp::start_in_steps(HOUR).await;
    let endpoints = about_a_person(&app);
    let held: Vec<_> = (0..300)
        .map(|number| {
            let request = app.http.post(&endpoints[number % endpoints.len()]).body("nobody");
            tokio::spawn(async move { request.send().await.is_ok() })
        })
        .collect();
    // More than there are connections to the database, and a whole request goes its way beside them.
    let request = app.ask(NAMES[0], Some("CASE-4711")).await;
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, &request.link, NAMES[0]).await;
    let page = press(&mut phone, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
    for task in held {
        // A client of ours that has given up by now was not answered either.
        assert!(!task.is_finished() || !task.await.unwrap());
    }
}

#[tokio::test]
async fn pages_decisions_polls_and_passkeys_are_not_held() {
    let app = TestApp::start_in_steps(HOUR).await;
    let request = app.ask(NAMES[0], Some("CASE-4711")).await;
    let mut phone = app.browser();
    let page = phone.get(&request.link).await;
    let options = phone.post_once(&format!("{}/passkey/options", page.path), &[]).await;
    assert_eq!(options.status, 200, "{}", options.body);
    // The answer about the address is held; the mail goes out meanwhile.
    let mut waiting = phone.tab();
    let action = page.form("/mail").action;
    let handle = page.path.strip_prefix("/request/").unwrap().to_owned();
    let asked = tokio::spawn(async move {
        waiting.post_once(&action, &[("handle", &handle), ("email", NAMES[0])]).await;
    });
    let mail = app.mail(1).await;
    assert!(!asked.is_finished());
    asked.abort();
    let page = phone.get(&mail.link).await;
    let page = phone.submit(&page, "", &[]).await;
    let page = press(&mut phone, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_held_leaves_before_the_process_ends() {
    let mut app = TestApp::start_in_steps(Duration::from_millis(500)).await;
    let request = app.ask(NAMES[0], Some("CASE-4711")).await;
    let mut phone = app.browser();
    let page = phone.get(&request.link).await;
    let mut waiting = phone.tab();
    let form = page.form("/mail");
    let asked = tokio::spawn(async move {
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = hidden.chain([("email", NAMES[0])]).collect();
        waiting.post_once(&form.action, &fields).await.status
    });
    app.mail(1).await;
    app.ask_to_stop();
    assert_eq!(asked.await.unwrap(), 303);
    app.until_stopped().await;
}

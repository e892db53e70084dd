//! Whether the time that an answer takes tells who is a customer: `make timing` measures it and prints,
//! for every place that takes a name, how often a customer's answer is the slower one (AUC; 0.5 is
//! nothing, and about 0.46 to 0.54 are the noise of 400 samples). A figure, and no test: it depends on
//! what else the machine does.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::provider_webauthn::Case;
use crate::support::TestApp;

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

async fn of_provider(case: &Case, who: usize, samples: &mut Samples) {
    let (client, name) = (&case.app.demo.client_id, NAMES[who]);
    let calls = [
        (
            "provider: begin a passkey's sign-in",
            "/v1/auth/webauthn/authenticate/start",
            json!({"client_id": client, "username": name}),
        ),
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
    let mut case = Case::of(TestApp::start().await).await;
    assert_eq!(case.register().await.status, 200);
    let mut samples = Samples::new();
    // The first rounds warm up.
    for round in 0..SAMPLES + 20 {
        if round == 20 {
            samples.clear();
        }
        for turn in 0..2 {
            let who = (turn + round) % 2;
            of_site(&case.app, round, who, &mut samples).await;
            of_provider(&case, who, &mut samples).await;
        }
        case.app.clock.advance(Duration::from_secs(1801));
        case.token = case.app.client_token().await;
    }
    for (place, samples) in &samples {
        println!("{:.2}  {place}", auc(samples));
    }
}

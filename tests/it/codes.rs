//! What the codes that agents read out promise, on each engine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ciba::AuthReqId;
use ciba_login::codes::{AgentCode, Attempt, CodedRequest, Codes};
use ciba_login::config::Secret;
use ciba_login::records::digest;
use platform::client_network::ClientNetwork;
use platform::clock::{Clock, ManualClock};
use platform::ids::SystemEntropy;
use platform::storage::Storage;
use tokio::task::JoinSet;

use crate::support::foundation::Foundation;
use crate::support::on_both_engines;

struct Bench {
    codes: Codes,
    storage: Storage,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

async fn bench(database: Option<Secret>) -> Bench {
    let Foundation { folder, clock, ambient, storage, sealer, .. } = Foundation::on(database).await;
    let codes = Codes::new(storage.clone(), sealer, ambient);
    Bench { codes, storage, clock, _folder: folder }
}

fn request(id: &str) -> CodedRequest {
    CodedRequest { auth_req_id: AuthReqId::parse(id).unwrap(), message: None }
}

/// A code that nobody was given.
fn guess() -> AgentCode {
    AgentCode::draw(&SystemEntropy).unwrap()
}

impl Bench {
    async fn give(&self, id: &str) -> AgentCode {
        self.codes.give(&request(id), self.clock.unix() + 300).await.unwrap()
    }

    async fn attempt(&self, code: &AgentCode, browser: &str) -> Attempt {
        self.codes.attempt(code, browser, None).await.unwrap()
    }

    /// Types a code at an address.
    async fn attempt_from(&self, from: &str, code: &AgentCode) -> Attempt {
        let network = ClientNetwork::of_peer(from.parse().unwrap());
        assert!(network.is_some(), "{from}");
        self.codes.attempt(code, from, network).await.unwrap()
    }
}

async fn a_request_has_one_code_for_as_long_as_it_lives(bench: Bench) {
    let code = bench.give("one").await;
    assert_eq!(bench.give("one").await, code);
    assert_ne!(bench.give("two").await, code);
    let hash = digest(&request("one").auth_req_id);
    assert_eq!(bench.codes.of_request(&hash).await.unwrap(), Some(code.clone()));
    bench.clock.advance(Duration::from_secs(299));
    assert_eq!(bench.attempt(&code, "phone").await, Attempt::Found(request("one")));
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(bench.attempt(&code, "phone").await, Attempt::NotFound);
    assert_eq!(bench.codes.of_request(&hash).await.unwrap(), None);
    bench.clock.advance(Duration::from_secs(601));
    bench.codes.clear().await.unwrap();
    for table in ["site_codes", "site_code_tries"] {
        let query = format!("SELECT COUNT(*) FROM {table}");
        let left: i64 = sqlx::query_scalar(&query).fetch_one(bench.storage.reader()).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

async fn a_code_belongs_to_the_first_browser_that_uses_it(bench: Bench) {
    let code = bench.give("one").await;
    let mut tasks = JoinSet::new();
    for browser in 0..20 {
        let (codes, code) = (bench.codes.clone(), code.clone());
        let browser = format!("browser {browser}");
        tasks.spawn(async move {
            let attempt = codes.attempt(&code, &browser, None).await.unwrap();
            (attempt == Attempt::Found(request("one"))).then_some(browser)
        });
    }
    let winners: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    // The answer may have been lost on its way.
    assert_eq!(bench.attempt(&code, &winners[0]).await, Attempt::Found(request("one")));
    assert_eq!(bench.attempt(&code, "another").await, Attempt::NotFound);
}

async fn of_racing_guesses_as_many_are_compared_as_may(bench: Bench) {
    let mut tasks = JoinSet::new();
    for _ in 0..60 {
        let codes = bench.codes.clone();
        tasks.spawn(async move { codes.attempt(&guess(), "robot", None).await.unwrap() });
    }
    let answers = tasks.join_all().await;
    let compared = answers.iter().filter(|answer| **answer == Attempt::NotFound).count();
    assert_eq!(compared, 30);
}

/// A million guesses a day are 695 a minute. They come from everywhere, each from a network of its own.
async fn a_million_guesses_a_day_find_nothing_at_ten_thousand_codes(bench: Bench) {
    let minutes = 3;
    let mut compared = 0;
    for minute in 0..minutes {
        for number in 0..695 {
            let from = format!("{:x}:{minute:x}::{number:x}", 0x2a00 + number);
            match bench.attempt_from(&from, &guess()).await {
                Attempt::NotFound => compared += 1,
                Attempt::TooMany { wait } => assert!((1..=60).contains(&wait), "{wait}"),
                Attempt::Found(_) => panic!("a guess was right"),
            }
        }
        bench.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(compared, minutes * 30);
    // As docs/security.md has it.
    let a_day = f64::from(compared / minutes) * 24.0 * 60.0;
    let found = a_day * 1e4 / 27_f64.powi(8);
    assert!(found < 0.002, "{found} a day");
}

async fn a_right_code_and_what_is_corrected_are_not_held_against_anybody(bench: Bench) {
    for turn in 0..40 {
        let code = bench.give(&format!("request-{turn}")).await;
        let answer = bench.attempt_from("203.0.113.7", &code).await;
        assert!(matches!(answer, Attempt::Found(_)), "{turn}: {answer:?}");
    }
}

async fn a_stranger_keeps_others_from_nothing_and_their_own_range_for_a_minute(bench: Bench) {
    let code = bench.give("one").await;
    // One network: ten in ten minutes, however many addresses of it.
    for turn in 0..10 {
        let from = format!("2001:db8:1:2::{turn}");
        assert_eq!(bench.attempt_from(&from, &guess()).await, Attempt::NotFound, "{turn}");
    }
    let answer = bench.attempt_from("2001:db8:1:2:ffff::1", &code).await;
    assert_eq!(answer, Attempt::TooMany { wait: 600 });
    // Every network that a provider has: half of what is compared in all.
    let mut compared = 10;
    for turn in 0..100 {
        let from = format!("2001:db8:{turn:x}:ff::1");
        compared += i32::from(bench.attempt_from(&from, &guess()).await == Attempt::NotFound);
    }
    assert_eq!(compared, 15);
    let neighbour = "2001:db8:7777::1";
    assert_eq!(bench.attempt_from(neighbour, &code).await, Attempt::TooMany { wait: 60 });
    // A customer of another provider mistypes and then has it.
    assert_eq!(bench.attempt_from("203.0.113.7", &guess()).await, Attempt::NotFound);
    let answer = bench.attempt_from("203.0.113.7", &code).await;
    assert_eq!(answer, Attempt::Found(request("one")));
    // And the stranger's neighbours a minute later.
    let another = bench.give("another").await;
    bench.clock.advance(Duration::from_secs(61));
    let answer = bench.attempt_from(neighbour, &another).await;
    assert_eq!(answer, Attempt::Found(request("another")));
}

async fn storage_has_neither_codes_nor_their_requests(bench: Bench) {
    let code = bench.give("an-auth-req-id").await;
    let query = "SELECT code_hash || auth_req_hash || sealed || used_by FROM site_codes";
    let row: String = sqlx::query_scalar(query).fetch_one(bench.storage.reader()).await.unwrap();
    let words: BTreeSet<String> = [code.to_string(), code.to_string().replace(' ', "")].into();
    for word in words.iter().map(String::as_str).chain(["an-auth-req-id"]) {
        assert!(!row.contains(word), "{row}");
    }
}

on_both_engines!(
    codes_are_bounded_on_postgresql,
    bench:
    a_request_has_one_code_for_as_long_as_it_lives,
    a_code_belongs_to_the_first_browser_that_uses_it,
    of_racing_guesses_as_many_are_compared_as_may,
    a_million_guesses_a_day_find_nothing_at_ten_thousand_codes,
    a_right_code_and_what_is_corrected_are_not_held_against_anybody,
    a_stranger_keeps_others_from_nothing_and_their_own_range_for_a_minute,
    storage_has_neither_codes_nor_their_requests,
);

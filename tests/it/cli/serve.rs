//! `serve`, and what `check-config` refuses before it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::Duration;

use ciba::{AuthReqId, BindingMessage, RequestHandle};
use serde_json::Value;

use crate::support::program::{program, serving, text};
use crate::support::{Browser, http};

#[test]
fn serve_refuses_to_start_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path()).arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("session.sealing_key: it is missing"));
}

/// A program that is stopped at the end of its test.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Starts a demo on free ports, and reads the first two addresses that it says.
fn demo(mut command: Command) -> (Running, Vec<String>) {
    command.env("CIBA_LOGIN_DEMO__ENABLED", "true");
    for listener in ["SITE", "PROVIDER", "DESK"] {
        command.env(format!("CIBA_LOGIN_{listener}__ADDRESS"), "127.0.0.1:0");
    }
    let mut running = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    let addresses = said.filter(|line| line.contains("http://")).take(2).collect();
    (Running(running), addresses)
}

#[tokio::test]
async fn a_copy_without_the_projects_files_serves_every_file_that_its_page_names() {
    let folder = tempfile::tempdir().unwrap();
    let command = serving(folder.path());
    let (_running, addresses) = tokio::task::spawn_blocking(|| demo(command)).await.unwrap();
    let site = addresses[1].split_whitespace().last().unwrap();
    let mut browser = Browser::new(site.to_owned(), http());
    let page = browser.get("/login?auth_req_id=abc&binding_message=CASE-4711").await.body;
    let named: BTreeSet<_> = page
        .match_indices("/pkg/")
        .map(|(at, _)| {
            let rest = &page[at..];
            &rest[..rest.find(['"', '\'', '&', ')']).unwrap()]
        })
        .collect();
    assert!(named.contains("/pkg/ciba-login.def.wasm"), "{named:?}");
    for path in named {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
    }
    assert!(page.contains("<style>h1{margin:0}"), "{page}");
}

/// The number that a problem page quotes, and the handle that an agent's command says, lead to every
/// line about it.
#[tokio::test]
async fn the_log_is_joined_by_the_requests_handle_and_the_identifier_that_pages_quote() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = serving(folder.path());
    command.env("CIBA_LOGIN_LOG__FORMAT", "json").stderr(std::process::Stdio::piped());
    let (mut running, addresses) = tokio::task::spawn_blocking(|| demo(command)).await.unwrap();
    let site = addresses[1].split_whitespace().last().unwrap();
    let mut browser = Browser::new(site.to_owned(), http());
    let page = browser.get("/login?auth_req_id=abc&binding_message=CASE-4711").await;
    let handle = RequestHandle::of(
        &AuthReqId::parse("abc").unwrap(),
        Some(&BindingMessage::parse("CASE-4711").unwrap()),
    );
    let path = format!("/request/{handle}/not-on-a-call");
    assert!(page.path.contains(handle.as_str()), "{}", page.path);
    browser.post(&path, &[("handle", handle.as_str())]).await;
    let refused = browser.post_cross_site(&path, &[("handle", handle.as_str())]).await;
    let quoted = refused.header("x-request-id").to_owned();
    assert!(refused.body.contains(&quoted), "{}", refused.body);

    running.0.kill().unwrap();
    let log = std::io::read_to_string(running.0.stderr.take().unwrap()).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let audited = |event: &str| {
        let is_it = |line: &&Value| line["target"] == "ciba_login::audit" && line["event"] == event;
        lines.iter().find(is_it).unwrap_or_else(|| panic!("no {event}: {log}"))
    };
    assert_eq!(audited("ciba_request_reported")["request"], handle.as_str());
    let forged = audited("malicious_csrf");
    assert_eq!(forged["span"]["id"], quoted, "{forged}");
    assert_eq!(forged["span"]["request"], handle.as_str(), "{forged}");
    assert!(!log.contains("auth_req_id=abc") && !log.contains("CASE-4711"), "{log}");
}

#[tokio::test]
async fn a_log_that_nobody_reads_any_more_costs_nobody_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = serving(folder.path());
    command.stderr(std::process::Stdio::piped());
    let (mut running, addresses) = tokio::task::spawn_blocking(|| demo(command)).await.unwrap();
    // As where the process that the log is piped to has ended.
    drop(running.0.stderr.take());
    let site = addresses[1].split_whitespace().last().unwrap();
    let mut browser = Browser::new(site.to_owned(), http());
    for _ in 0..3 {
        let page = browser.get("/login?auth_req_id=abc&binding_message=CASE-4711").await;
        assert_eq!(page.status, 200, "{}", page.body);
        let refused = browser.post_cross_site(&page.path, &[("handle", "x")]).await;
        assert!(refused.status.is_client_error(), "{}", refused.body);
    }
    assert!(running.0.try_wait().unwrap().is_none(), "it still runs");
}

#[test]
fn serve_refuses_to_start_without_the_built_files_and_says_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    let output = command.arg("serve").env("CIBA_LOGIN_DEMO__ENABLED", "true").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("there is no target/site/pkg/ciba-login.wasm"), "{said}");
    assert!(said.contains("LEPTOS_SITE_ROOT"), "{said}");
}

#[test]
fn check_config_refuses_what_serve_would_refuse_and_says_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let good = || {
        let mut command = program(folder.path());
        command.arg("check-config").envs([
            ("CIBA_LOGIN_BRAND__COMPANY", "Example Bank"),
            ("CIBA_LOGIN_SESSION__SEALING_KEY", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),
            ("CIBA_LOGIN_PROVIDER__CLIENT_ID", "client"),
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "0123"),
            ("CIBA_LOGIN_MAIL__SMTP_URL", "smtps://mail.example"),
            ("CIBA_LOGIN_MAIL__FROM", "no-reply@example.com"),
        ]);
        command
    };
    let output = good().output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stderr).contains("sms.gateway_url: it is not set"), "{output:?}");
    std::fs::write(folder.path().join("empty.pem"), "").unwrap();
    let unquoted = "postgres://app:12?hunter2=x@db.internal/login";
    for (variables, key) in [
        (&[("STORAGE__URL", "sqlite::memory:")][..], "storage.url"),
        (&[("STORAGE__URL", "sqlite://a.db?mode=ro")], "storage.url"),
        (&[("STORAGE__URL", "sqlite://empty.pem/a.db")], "storage.url"),
        (&[("STORAGE__URL", unquoted)], "storage.url"),
        (&[("PROVIDER__CLIENT_ID", "client ")], "provider.client_id"),
        (&[("PROVIDER__ADDRESS", "127.0.0.1:3000")], "provider.address"),
        (&[("MAIL__FROM", "Example, Inc. <a@b.example>")], "mail.from"),
        (&[("LOG__FILTER", "info,=!")], "log.filter"),
        (&[("MAIL__SMTP_URL", "smtp://mail.example")], "mail.smtp_url"),
        (&[("MAIL__FROM", "nobody")], "mail.from"),
        (&[("SMS__GATEWAY_URL", "http://gateway.example")], "sms.gateway_url"),
        (
            &[
                ("PROVIDER__CLIENT_AUTH", "private_key_jwt"),
                ("PROVIDER__CLIENT_KEY_FILE", "empty.pem"),
            ],
            "provider.client_key_file",
        ),
        (
            &[
                ("UPSTREAM__APPLE__KIND", "apple"),
                ("UPSTREAM__APPLE__CLIENT_ID", "app"),
                ("UPSTREAM__APPLE__TEAM_ID", "team"),
                ("UPSTREAM__APPLE__KEY_ID", "key"),
                ("UPSTREAM__APPLE__KEY_FILE", "empty.pem"),
            ],
            "[upstream.apple]",
        ),
    ] {
        let mut command = good();
        for (name, value) in variables {
            command.env(format!("CIBA_LOGIN_{name}"), value);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{key}: {output:?}");
        let said = text(&output.stderr);
        let complaint = said.lines().last().unwrap();
        assert_eq!(complaint.matches(key).count(), 1, "{said}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(!said.contains("hunter2"), "{said}");

        let mut command = serving(folder.path());
        command.envs(good().get_envs().filter_map(|(name, value)| Some((name, value?))));
        for (name, value) in variables {
            command.env(format!("CIBA_LOGIN_{name}"), value);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{key}: {output:?}");
        let said = text(&output.stderr);
        assert_eq!(said.lines().last().unwrap(), complaint, "serve says the same");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

/// As `make dev` runs it.
#[tokio::test]
async fn under_cargo_leptos_watch_an_open_desk_is_told_of_a_changed_style() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("style/desk.css");
    std::fs::create_dir(folder.path().join("style")).unwrap();
    std::fs::write(&file, "h1{color:red}").unwrap();
    let mut command = serving(folder.path());
    command.env("LEPTOS_WATCH", "ON");
    let (_running, addresses) = tokio::task::spawn_blocking(|| demo(command)).await.unwrap();
    let desk = addresses[0].split_whitespace().last().unwrap().replace("localhost", "127.0.0.1");
    let mut browser = Browser::new(desk.clone(), http());
    let linked = |page: &str| {
        let (_, rest) = page.split_once("href=\"/desk.css?").unwrap();
        format!("/desk.css?{}", rest.split_once('"').unwrap().0)
    };
    let before = linked(&browser.get("/desk").await.body);
    assert!(browser.get(&before).await.body.contains("h1{color:red}"));

    let mut events = http().get(format!("{desk}/desk/events")).send().await.unwrap();
    let mut read = String::new();
    let told = |read: &str| {
        let (_, rest) = read.split_once("event: style\ndata: ")?;
        Some(rest.split_once("\n\n")?.0.to_owned())
    };
    let reading = async {
        let mut is_changed = false;
        loop {
            if read.contains("event: live\n") && !is_changed {
                std::fs::write(&file, "h1{color:blue}").unwrap();
                is_changed = true;
            }
            if let Some(told) = told(&read) {
                return told;
            }
            read += &String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap());
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(20), reading).await.unwrap();
    assert_ne!(told, before);
    assert!(browser.get(&told).await.body.contains("h1{color:blue}"));
    assert_eq!(linked(&browser.get("/desk").await.body), told, "what is opened now has it, too");
}

#[test]
fn the_demo_says_first_where_both_sides_are() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, addresses) = demo(serving(folder.path()));
    assert!(addresses[0].contains("Both sides on one page   http://localhost:"), "{addresses:?}");
    assert!(addresses[1].contains("The customer's page"), "{addresses:?}");
}

//! The real program: what it says about its configuration, its exit codes, its JSON, and its files.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use ciba::{AuthReqId, BindingMessage, RequestHandle};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::program::{lines, program, read_back, run, scripted, serving, text};
use crate::support::scripted::{ACCESS_TOKEN, AUTH_REQ_ID, CLIENT_ID, ScriptedProvider, refusal};
use crate::support::{Browser, http};

const REQUEST: [&str; 4] = ["request", "--login-hint", "+15550100", "--json"];

/// The provider takes the request and then gives these answers, a second apart.
async fn request(folder: &Path, more: &[&str], answers: Vec<ResponseTemplate>) -> Output {
    let (provider, mut command) = scripted(folder, &REQUEST).await;
    command.args(more);
    let started = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 2, "interval": 1 });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    provider.script("POST", "/oidc/token", answers).await;
    run(command).await
}

async fn good_tokens(folder: &Path, more: &[&str]) -> Output {
    let (provider, mut command) = scripted(folder, &REQUEST).await;
    command.args(more);
    let started = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 60, "interval": 1 });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    let tokens = ScriptedProvider::tokens(&provider.key.sign(&provider.claims()));
    provider.script("POST", "/oidc/token", vec![tokens]).await;
    run(command).await
}

#[test]
fn a_refused_configuration_is_one_sentence_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Leptos.toml"), "[site]\nadress = \"127.0.0.1:1\"\n")
        .unwrap();
    let output = program(folder.path()).arg("check-config").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = text(&output.stderr);
    assert!(
        said.starts_with("ciba-login: Leptos.toml: site.adress is not a known key (known: address"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(said.matches("adress is").count(), 1, "{said}");
}

#[test]
fn a_configuration_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        program(folder.path()).args(["--config", "nowhere.toml", "serve"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("nowhere.toml"));
}

#[test]
fn the_effective_configuration_is_printed_without_secrets_and_can_be_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .args(["check-config", "--print"])
        .env("CIBA_LOGIN_DEMO__ENABLED", "true")
        .env("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "hunter2")
        .output()
        .unwrap();
    assert!(output.status.success());
    let said = text(&output.stdout);
    assert!(said.contains("client_secret = \"hidden\"") && !said.contains("hunter2"), "{said}");
    let table: toml::Table = said.parse().unwrap();
    assert_eq!(table["demo"]["enabled"], toml::Value::Boolean(true));
}

#[test]
fn serve_refuses_to_start_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path()).arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("session.sealing_key: it is missing"));
}

#[test]
fn a_binding_message_is_checked_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .args(["request", "--login-hint", "a", "--binding-message", "two words"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("' ' is not among"));
}

#[test]
fn every_command_has_help_and_request_documents_its_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["serve", "enable-ciba", "request", "check-config"] {
        let output = program(folder.path()).args([command, "--help"]).output().unwrap();
        assert!(output.status.success(), "{command}");
        let said = text(&output.stdout);
        assert!(said.contains("Usage: ciba-login"), "{said}");
        if command == "request" {
            for code in ["10  the customer refused", "11  the request's time", "12  it failed"] {
                assert!(said.contains(code), "{said}");
            }
        }
    }
}

#[tokio::test]
async fn a_token_is_success_and_stays_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let output = good_tokens(folder.path(), &["--binding-message", "auto"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines = lines(&output);
    assert_eq!(lines[0]["event"], "started");
    assert_eq!(lines[0]["auth_req_id"], AUTH_REQ_ID);
    assert_eq!(lines[0]["binding_message"].as_str().unwrap().len(), 11);
    assert_eq!(lines[1], json!({ "event": "waiting", "time_left": 59, "next_poll": 1 }));
    let last = lines.last().unwrap();
    assert_eq!(last["outcome"], "token");
    assert_eq!(last["subject"], "user-1");
    assert!(!text(&output.stdout).contains(ACCESS_TOKEN));
    assert!(text(&output.stderr).contains("read as a phone number"));
}

#[tokio::test]
async fn tokens_are_shown_or_written_only_where_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        good_tokens(folder.path(), &["--show-tokens", "--token-file", "tokens.json"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(lines(&output).last().unwrap()["access_token"], ACCESS_TOKEN);
    let file = folder.path().join("tokens.json");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["access_token"], ACCESS_TOKEN);
}

#[tokio::test]
async fn where_no_token_comes_no_file_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    for answers in [vec![refusal("access_denied")], vec![ScriptedProvider::tokens("no.id.token")]] {
        request(folder.path(), &["--token-file", "tokens.json"], answers).await;
    }
    let (provider, mut command) = scripted(folder.path(), &REQUEST).await;
    command.args(["--token-file", "tokens.json"]);
    provider.script("POST", "/cis/oidc/backchannel", vec![refusal("unknown_user_id")]).await;
    assert_eq!(run(command).await.status.code(), Some(12));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn tokens_are_not_written_through_a_link_of_somebody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, mut command) = scripted(folder.path(), &REQUEST).await;
    let asked = provider.script("POST", "/cis/oidc/backchannel", vec![]).await;
    std::os::unix::fs::symlink("elsewhere", folder.path().join("tokens.json")).unwrap();
    command.args(["--token-file", "tokens.json"]);
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("tokens.json is no plain file"), "{output:?}");
    assert!(asked.lock().unwrap().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn a_token_that_cannot_be_written_is_a_failure_and_not_unasked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("tokens")).unwrap();
    let (provider, mut command) = scripted(folder.path(), &REQUEST).await;
    command.args(["--token-file", "tokens/tokens.json"]);
    let started = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 60, "interval": 1 });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    let tokens = ScriptedProvider::tokens(&provider.key.sign(&provider.claims()));
    let polls = provider
        .script("POST", "/oidc/token", vec![refusal("authorization_pending"), tokens])
        .await;
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    while polls.lock().unwrap().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Somebody clears the folder away while the customer decides.
    std::fs::remove_dir_all(folder.path().join("tokens")).unwrap();
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(12), "{output:?}");
    let last = lines(&output).pop().unwrap();
    assert_eq!((&last["outcome"], &last["code"]), (&json!("failed"), &json!("token_not_written")));
    assert_eq!(last["subject"], "user-1");
    assert!(!text(&output.stdout).contains(ACCESS_TOKEN));
}

#[tokio::test]
async fn each_ending_has_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let pending = || refusal("authorization_pending");
    let endings = [
        (vec![refusal("access_denied")], 10, "denied"),
        (vec![pending()], 11, "expired"),
        (vec![pending(), refusal("expired_token")], 11, "expired"),
        (vec![refusal("invalid_grant")], 12, "failed"),
        (vec![ScriptedProvider::tokens("no.id.token")], 12, "failed"),
    ];
    // Side by side: these requests live in real seconds.
    let mut running = tokio::task::JoinSet::new();
    for (answers, code, outcome) in endings {
        let folder = folder.path().to_owned();
        running.spawn(async move {
            let output = request(&folder, &[], answers).await;
            let lines = lines(&output);
            assert_eq!(lines.last().unwrap()["outcome"], outcome, "{lines:?}");
            assert_eq!(output.status.code(), Some(code), "{lines:?}");
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test]
async fn what_the_arguments_say_is_what_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "request",
        "--login-hint=15550100",
        "--login-hint-type=user_id",
        "--channel=email",
        "--custom-message=As discussed:",
        "--requested-expiry=300",
        "--scope=openid email",
        "--json",
    ];
    let (provider, mut command) = scripted(folder.path(), &arguments).await;
    std::fs::write(folder.path().join("secret"), "from a file\n").unwrap();
    command.env_remove("CIBA_LOGIN_PROVIDER__CLIENT_SECRET");
    command.env("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", folder.path().join("secret"));
    provider.script("POST", "/cis/oidc/backchannel", vec![refusal("invalid_client")]).await;
    let output = run(command).await;
    assert!(output.stderr.is_empty(), "nothing was guessed: {output:?}");
    let sent = provider.server.received_requests().await.unwrap().pop().unwrap().body;
    let sent: BTreeMap<_, _> = url::form_urlencoded::parse(&sent).into_owned().collect();
    let context: Value = serde_json::from_str(&sent["request_context"]).unwrap();
    let expected = json!({
        "channel": "email", "login_hint_type": "user_id", "custom_message": "As discussed:",
    });
    assert_eq!(context, expected);
    for (name, value) in [
        ("login_hint", "15550100"),
        ("requested_expiry", "300"),
        ("scope", "openid email"),
        ("client_secret", "from a file"),
    ] {
        assert_eq!(sent.get(name).map(String::as_str), Some(value), "{name}");
    }
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

#[test]
fn the_demo_says_first_where_both_sides_are() {
    let folder = tempfile::tempdir().unwrap();
    let (_running, addresses) = demo(serving(folder.path()));
    assert!(addresses[0].contains("Both sides on one page   http://localhost:"), "{addresses:?}");
    assert!(addresses[1].contains("The customer's page"), "{addresses:?}");
}

#[tokio::test]
async fn a_request_that_is_not_taken_fails_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, command) = scripted(folder.path(), &REQUEST).await;
    let answer = refusal("unknown_user_id");
    provider.script("POST", "/cis/oidc/backchannel", vec![answer]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(12));
    let last = lines(&output).pop().unwrap();
    assert_eq!(last["code"], "unknown_user_id");
    assert!(last["reason"].as_str().unwrap().contains("--login-hint-type"));
}

#[tokio::test]
async fn a_secret_in_the_arguments_is_used_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, mut command) = scripted(folder.path(), &REQUEST).await;
    command.args(["--client-secret", "from-arguments"]);
    provider.script("POST", "/cis/oidc/backchannel", vec![refusal("invalid_client")]).await;
    let output = run(command).await;
    assert!(text(&output.stderr).contains("warning: a secret in the arguments"));
    assert!(!text(&output.stderr).contains("from-arguments"));
    let sent = provider.server.received_requests().await.unwrap().pop().unwrap();
    assert!(text(&sent.body).contains("client_secret=from-arguments"));
}

#[tokio::test]
async fn the_link_is_written_as_a_qr_code() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["link.svg", "link.png"] {
        let arguments = [&REQUEST[..], &["--channel", "link", "--qr", file]].concat();
        let (provider, command) = scripted(folder.path(), &arguments).await;
        let started = json!({
            "auth_req_id": AUTH_REQ_ID, "expires_in": 1, "interval": 1,
            "link": format!("https://login.example/login?auth_req_id={AUTH_REQ_ID}"),
        });
        let started = ResponseTemplate::new(200).set_body_json(started);
        provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
        provider.script("POST", "/oidc/token", vec![refusal("expired_token")]).await;
        let output = run(command).await;
        assert!(lines(&output)[0]["link"].as_str().unwrap().starts_with("https://login.example/"));
        let path = folder.path().join(file);
        let drawn = std::fs::read(&path).unwrap();
        if file == "link.png" {
            assert_eq!(read_back(&path), lines(&output)[0]["link"].as_str().unwrap());
        } else {
            assert!(drawn.starts_with(b"<?xml"), "{drawn:?}");
        }
    }
}

#[tokio::test]
async fn ctrl_c_says_what_stays_open() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, mut command) = scripted(folder.path(), &REQUEST).await;
    let started = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 600, "interval": 1 });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    let polls =
        provider.script("POST", "/oidc/token", vec![refusal("authorization_pending")]).await;
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    while polls.lock().unwrap().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(lines(&output).last().unwrap()["outcome"], "interrupted");
    assert!(text(&output.stderr).contains("stays open at the provider"));
}

fn client(enabled: bool) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "client_id": CLIENT_ID, "client_secret": "echoed secret", "name": "Shop",
        "redirect_uris": ["http://localhost:3000/mail/callback"],
        "ciba_authorization": { "enabled": enabled, "login_uri": "http://localhost:3000/login" },
    }))
}

const CLIENT: &str = "/cis/v1/applications/app/clients/client";

async fn client_token(provider: &ScriptedProvider) {
    let token = json!({ "access_token": "t", "expires_in": 3600 });
    let token = ResponseTemplate::new(200).set_body_json(token);
    provider.script("POST", "/oidc/token", vec![token]).await;
}

#[tokio::test]
async fn enable_ciba_changes_nothing_unasked_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, command) = scripted(folder.path(), &["enable-ciba"]).await;
    client_token(&provider).await;
    provider.script("GET", CLIENT, vec![client(false)]).await;
    let puts = provider.script("PUT", CLIENT, vec![client(true)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("ciba_authorization.enabled"), "{output:?}");
    assert!(text(&output.stdout).contains("false -> true"), "{output:?}");
    assert!(text(&output.stderr).contains("say --yes"), "{output:?}");
    assert!(puts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn enable_ciba_sends_the_whole_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, command) = scripted(folder.path(), &["enable-ciba", "--yes", "--json"]).await;
    client_token(&provider).await;
    provider.script("GET", CLIENT, vec![client(false)]).await;
    provider.script("PUT", CLIENT, vec![client(true)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!format!("{output:?}").contains("echoed secret"));
    let said = lines(&output).pop().unwrap();
    assert_eq!(said["changed"], true);
    assert_eq!(said["changes"][0]["member"], "ciba_authorization.enabled");
    let sent = provider.server.received_requests().await.unwrap().pop().unwrap();
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    let whole = json!({ "enabled": true, "login_uri": "http://localhost:3000/login" });
    assert_eq!(sent, json!({ "ciba_authorization": whole }));
}

#[tokio::test]
async fn disabling_keeps_the_login_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, command) = scripted(folder.path(), &["enable-ciba", "--disable", "--yes"]).await;
    client_token(&provider).await;
    provider.script("GET", CLIENT, vec![client(true)]).await;
    provider.script("PUT", CLIENT, vec![client(false)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).contains("true -> false"), "{output:?}");
    let sent = provider.server.received_requests().await.unwrap().pop().unwrap();
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    let whole = json!({ "enabled": false, "login_uri": "http://localhost:3000/login" });
    assert_eq!(sent, json!({ "ciba_authorization": whole }));
}

#[tokio::test]
async fn enable_ciba_names_the_wrong_id_and_does_nothing_where_all_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["enable-ciba", "--yes", "--app-id", "other"];
    let (provider, command) = scripted(folder.path(), &arguments).await;
    client_token(&provider).await;
    let other = "/cis/v1/applications/other/clients/client";
    provider.script("GET", other, vec![ResponseTemplate::new(404)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no client client in application other"), "{output:?}");

    let (provider, command) = scripted(folder.path(), &["enable-ciba", "--json"]).await;
    client_token(&provider).await;
    provider.script("GET", CLIENT, vec![client(true)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = lines(&output).pop().unwrap();
    let is_so = json!({ "enabled": true, "login_uri": "http://localhost:3000/login" });
    let expected = json!({
        "app_id": "app", "client_id": CLIENT_ID, "changed": false, "changes": [],
        "ciba_authorization": is_so,
    });
    assert_eq!(said, expected);
}

#[tokio::test]
async fn enable_ciba_names_the_missing_permission() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, command) = scripted(folder.path(), &["enable-ciba", "--yes"]).await;
    client_token(&provider).await;
    provider.script("GET", CLIENT, vec![client(false)]).await;
    provider.script("PUT", CLIENT, vec![ResponseTemplate::new(403)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("apps:edit"), "{output:?}");
}

#[tokio::test]
async fn enable_ciba_says_whether_nothing_was_changed_or_nobody_knows() {
    let folder = tempfile::tempdir().unwrap();
    for (answer, code) in [
        (ResponseTemplate::new(400), 1),
        (ResponseTemplate::new(503), 4),
        (ResponseTemplate::new(200).set_body_string("<html>"), 4),
        (client(false), 4),
    ] {
        let (provider, command) = scripted(folder.path(), &["enable-ciba", "--yes"]).await;
        client_token(&provider).await;
        provider.script("GET", CLIENT, vec![client(false)]).await;
        provider.script("PUT", CLIENT, vec![answer]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(text(&output.stderr).lines().count(), 1, "{output:?}");
    }
    let arguments = ["enable-ciba", "--create-application", "Shop", "--yes"];
    let (provider, command) = scripted(folder.path(), &arguments).await;
    client_token(&provider).await;
    let made = ResponseTemplate::new(201).set_body_json(json!({ "result": { "app_id": "new" } }));
    provider.script("POST", "/cis/v1/applications", vec![made]).await;
    let clients = "/cis/v1/applications/new/clients";
    provider.script("POST", clients, vec![ResponseTemplate::new(403)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(text(&output.stderr).contains("application new was created"), "{output:?}");
}

#[tokio::test]
async fn the_secret_of_a_created_client_goes_into_a_file_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["enable-ciba", "--create-application", "Shop", "--yes"];
    let (provider, command) = scripted(folder.path(), &arguments).await;
    client_token(&provider).await;
    let made = json!({ "result": { "app_id": "new-app", "tenant_id": "t" } });
    let made = ResponseTemplate::new(201).set_body_json(made);
    provider.script("POST", "/cis/v1/applications", vec![made]).await;
    let clients = "/cis/v1/applications/new-app/clients";
    provider.script("POST", clients, vec![client(true)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!format!("{output:?}").contains("echoed secret"));
    assert!(text(&output.stdout).contains("app_id = \"new-app\""));
    let file = folder.path().join("ciba-login-client-secret");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "echoed secret");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_client_for_shells_is_created_with_the_role_that_confines_it() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["enable-ciba", "--create-shell-client", "Shells", "--yes", "--json"];
    let (provider, command) = scripted(folder.path(), &arguments).await;
    client_token(&provider).await;
    let clients = CLIENT.rsplit_once('/').unwrap().0;
    provider.script("POST", clients, vec![client(true)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!format!("{output:?}").contains("echoed secret"));
    let file = folder.path().join("ciba-login-client-secret");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "echoed secret");
    let asked = provider.server.received_requests().await.unwrap();
    let asked = asked.iter().find(|request| request.url.path() == clients).unwrap();
    let asked: Value = asked.body_json().unwrap();
    assert_eq!((&asked["role_ids"], &asked["redirect_uris"]), (&json!(["ciba"]), &json!([])));
    assert_eq!(asked["ciba_authorization"]["enabled"], true);
}

#[tokio::test]
async fn check_config_remote_tells_everything_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, mut command) = scripted(folder.path(), &["check-config", "--remote"]).await;
    let key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    command.env("CIBA_LOGIN_SESSION__SEALING_KEY", key);
    command.env("CIBA_LOGIN_BRAND__COMPANY", "Example Bank");
    client_token(&provider).await;
    provider.script("GET", CLIENT, vec![client(false)]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.contains("good     redirect URI http://localhost:3000/mail/callback"), "{said}");
    assert!(said.contains("missing  CIBA switched on. Run: ciba-login enable-ciba"), "{said}");
    assert!(said.contains("good     login_uri http://localhost:3000/login"), "{said}");
    assert!(said.contains("good     1 keys to verify ID tokens with"), "{said}");
    assert!(!said.contains("issuer"), "an opaque token names none: {said}");
}

#[tokio::test]
async fn check_config_remote_compares_the_issuer_of_the_clients_token() {
    let folder = tempfile::tempdir().unwrap();
    for (configured, code) in [(None, 0), (Some("https://other.example"), 1)] {
        let (provider, mut command) = scripted(folder.path(), &["check-config", "--remote"]).await;
        let key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
        command.env("CIBA_LOGIN_SESSION__SEALING_KEY", key);
        command.env("CIBA_LOGIN_BRAND__COMPANY", "Example Bank");
        if let Some(issuer) = configured {
            command.env("CIBA_LOGIN_PROVIDER__ISSUER", issuer);
        }
        let token = provider.key.sign(&provider.claims());
        let token = json!({ "access_token": token, "expires_in": 3600 });
        let token = ResponseTemplate::new(200).set_body_json(token);
        provider.script("POST", "/oidc/token", vec![token]).await;
        provider.script("GET", CLIENT, vec![client(true)]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let word = if code == 0 { "good     issuer" } else { "missing  issuer" };
        assert!(text(&output.stdout).contains(word), "{output:?}");
    }
}

//! The real program: what it says about its configuration, its exit codes, its JSON, and its files.

mod enable_ciba;
mod serve;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::program::{lines, program, read_back, run, scripted, text};
use crate::support::scripted::{ACCESS_TOKEN, AUTH_REQ_ID, ScriptedProvider, refusal};

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
    // Without a command it serves, as `cargo leptos watch` starts it.
    for command in [&["check-config"][..], &["serve"], &[]] {
        let output = program(folder.path()).args(command).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let said = text(&output.stderr);
        let expected = "ciba-login: Leptos.toml: site.adress is not a known key (known: address";
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert_eq!(said.matches("adress is").count(), 1, "{said}");
    }
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

/// They panic where their line cannot be written.
#[test]
fn no_line_is_printed_by_the_macros_of_the_standard_library() {
    let mut files = Vec::new();
    for folder in ["src", "crates"] {
        crate::members::sources(Path::new(folder), &mut files);
    }
    files.retain(|(path, _)| !path.ends_with("build.rs"));
    for (path, text) in files {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let prints = ["println!(", "print!(", "dbg!("].iter().any(|name| line.contains(name));
            assert!(!prints, "{}: {line}", path.display());
        }
    }
}

#[tokio::test]
async fn a_command_of_which_nobody_reads_anything_any_more_does_its_work() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, mut command) = scripted(folder.path(), &REQUEST).await;
    let started = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 60, "interval": 1 });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    let tokens = ScriptedProvider::tokens(&provider.key.sign(&provider.claims()));
    provider.script("POST", "/oidc/token", vec![tokens]).await;
    command.args(["--token-file", "tokens.json"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    // As `2>&1 | true` does.
    drop((child.stdout.take(), child.stderr.take()));
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0), "{status}");
    let written = std::fs::read(folder.path().join("tokens.json")).unwrap();
    let written: Value = serde_json::from_slice(&written).unwrap();
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

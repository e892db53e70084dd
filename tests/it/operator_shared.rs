//! `ciba-login request` on the storage that the site uses, too: what the customer reports is told,
//! and a request can be taken up again and withdrawn.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use ciba::{AuthReqId, Contact};
use ciba_login::config::{Config, Secret};
use ciba_login::records::{Records, Reporter, Step};
use platform::clock::SystemClock;
use platform::ids::{SharedEntropy, SystemEntropy};
use platform::seal::Sealer;
use platform::storage::Storage;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::program::{lines, run, scripted, text};
use crate::support::scripted::{AUTH_REQ_ID, ScriptedProvider, refusal};

const KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

fn storage_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("test.db").display())
}

/// The site's records.
async fn records(folder: &Path) -> Records {
    let mut config = Config::default();
    config.storage.url = Secret::new(storage_url(folder));
    config.session.sealing_key = Some(Secret::new(KEY));
    let entropy: SharedEntropy = Arc::new(SystemEntropy);
    let sealer = Sealer::of(&config.session, &entropy).unwrap();
    let storage = Storage::open(&config.storage).await.unwrap();
    Records::new(storage, sealer, Arc::new(SystemClock))
}

/// A command of a shell that shares them.
async fn sharing(folder: &Path, arguments: &[&str]) -> (ScriptedProvider, Command) {
    let (provider, mut command) = scripted(folder, arguments).await;
    command
        .env("CIBA_LOGIN_STORAGE__URL", storage_url(folder))
        .env("CIBA_LOGIN_SESSION__SEALING_KEY", KEY);
    let started = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 600, "interval": 1 });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    (provider, command)
}

/// Asks, reports as the customer does, and interrupts the command when it has said so.
async fn asked_and_reported(folder: &Path) -> (Vec<Value>, String) {
    let records = records(folder).await;
    let arguments =
        ["request", "--login-hint", "+15550100", "--contact", "company-called", "--json"];
    let (provider, mut command) = sharing(folder, &arguments).await;
    provider.script("POST", "/oidc/token", vec![refusal("authorization_pending")]).await;
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(running.stdout.take().unwrap());
    let (line, mut said) = tokio::sync::mpsc::unbounded_channel::<Value>();
    let reading = tokio::task::spawn_blocking(move || {
        for text in stdout.lines() {
            let _nobody_listens = line.send(serde_json::from_str(&text.unwrap()).unwrap());
        }
    });
    let mut lines = Vec::new();
    while let Some(line) = said.recv().await {
        let event = line["event"].as_str().unwrap().to_owned();
        lines.push(line);
        if event == "started" {
            let id = AuthReqId::parse(AUTH_REQ_ID).unwrap();
            let record = records.find(&id).await.unwrap().unwrap();
            assert_eq!(record.contact, Some(Contact::CompanyCalled));
            records.note(&id, Step::Reported(Reporter::LinkHolder)).await.unwrap();
        }
        if event == "reported" {
            let id = running.id().to_string();
            assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        }
    }
    reading.await.unwrap();
    let mut noted = String::new();
    running.stderr.take().unwrap().read_to_string(&mut noted).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{noted}");
    (lines, noted)
}

async fn said(folder: &Path, arguments: &[&str], answers: Vec<ResponseTemplate>) -> Output {
    let (provider, command) = sharing(folder, arguments).await;
    if !answers.is_empty() {
        provider.script("POST", "/oidc/token", answers).await;
    }
    run(command).await
}

#[tokio::test]
async fn a_report_is_told_and_the_request_is_taken_up_again_and_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let (asked, noted) = asked_and_reported(folder.path()).await;
    assert!(asked.iter().any(|line| line["event"] == "reported"), "{asked:?}");
    assert!(noted.contains("not speaking with an agent"), "{noted}");
    assert!(noted.contains(&format!("request --resume {AUTH_REQ_ID}")), "{noted}");
    assert!(noted.contains(&format!("request --withdraw {AUTH_REQ_ID}")), "{noted}");

    let resume = ["request", "--resume", AUTH_REQ_ID, "--json"];
    let output = said(folder.path(), &resume, vec![refusal("access_denied")]).await;
    assert_eq!(output.status.code(), Some(10), "{output:?}");
    let resumed = &lines(&output)[0];
    assert_eq!(resumed["event"], "resumed");
    let left = resumed["expires_in"].as_u64().unwrap();
    assert!((500..=600).contains(&left), "the record knows its end: {left}");
    let ended = lines(&output).pop().unwrap();
    assert_eq!((&ended["outcome"], &ended["ending"]), (&json!("denied"), &json!("reported")));
    assert!(ended["next_step"].as_str().unwrap().starts_with("Stop"), "{ended}");
    let resume = ["request", "--resume", AUTH_REQ_ID];
    let output = said(folder.path(), &resume, vec![refusal("expired_token")]).await;
    assert_eq!(output.status.code(), Some(11), "{output:?}");
    assert!(text(&output.stdout).contains("Reported: Somebody who has the link"), "{output:?}");

    for (id, code, outcome) in [(AUTH_REQ_ID, 0, "withdrawn"), ("another", 12, "unknown")] {
        let withdraw = ["request", "--withdraw", id, "--json"];
        let output = said(folder.path(), &withdraw, Vec::new()).await;
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(lines(&output)[0]["outcome"], outcome);
    }
    let id = AuthReqId::parse(AUTH_REQ_ID).unwrap();
    let record = records(folder.path()).await.find(&id).await.unwrap().unwrap();
    assert!(record.steps.withdrawn_at.is_some());
}

#[tokio::test]
async fn nothing_is_withdrawn_where_no_storage_is_shared() {
    let folder = tempfile::tempdir().unwrap();
    let (_, command) = scripted(folder.path(), &["request", "--withdraw", AUTH_REQ_ID]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("shares no storage with the site"), "{output:?}");
}

#[tokio::test]
async fn the_text_in_front_of_the_link_is_ours_unless_another_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let hint = ["request", "--login-hint", "a-user", "--login-hint-type", "user_id"];
    for (more, expected) in [
        (&[][..], Some("open only while speaking with us")),
        (&["--language", "de"], Some("nur im Gespräch")),
        (&["--custom-message", "As discussed:"], Some("As discussed:")),
        (&["--custom-message", ""], None),
        (&["--channel", "link"], None),
    ] {
        let (provider, command) = scripted(folder.path(), &[&hint[..], more].concat()).await;
        provider.script("POST", "/cis/oidc/backchannel", vec![refusal("invalid_client")]).await;
        run(command).await;
        let sent = provider.server.received_requests().await.unwrap().pop().unwrap().body;
        let sent: BTreeMap<_, _> = url::form_urlencoded::parse(&sent).into_owned().collect();
        let context: Value = serde_json::from_str(&sent["request_context"]).unwrap();
        let text = context["custom_message"].as_str();
        match expected {
            Some(expected) => assert!(text.unwrap().contains(expected), "{more:?}: {text:?}"),
            None => assert_eq!(text, None, "{more:?}"),
        }
    }
}

#[tokio::test]
async fn a_code_is_given_to_be_read_out_and_told_again_to_whoever_takes_the_request_up() {
    let folder = tempfile::tempdir().unwrap();
    // The server has made the tables.
    let records = records(folder.path()).await;
    let hint = ["request", "--login-hint", "+15550100", "--json"];
    for (more, links) in [(&["--channel", "code"][..], None), (&[], Some("false"))] {
        let (provider, mut command) = sharing(folder.path(), &[&hint[..], more].concat()).await;
        if let Some(links) = links {
            command.env("CIBA_LOGIN_BRAND__SENDS_LINKS", links);
        }
        provider.script("POST", "/oidc/token", vec![refusal("access_denied")]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(10), "{output:?}");
        let started = &lines(&output)[0];
        let code = started["code"].as_str().unwrap();
        assert_eq!(
            (code.len(), code.find(' '), started["channel"].as_str()),
            (9, Some(4), Some("code"))
        );
        assert_eq!(started["code_page"], "http://localhost:3000/");
        let sent = provider.server.received_requests().await.unwrap();
        let sent = &sent.iter().find(|sent| sent.url.path().ends_with("backchannel")).unwrap().body;
        let sent: BTreeMap<_, _> = url::form_urlencoded::parse(sent).into_owned().collect();
        let context: Value = serde_json::from_str(&sent["request_context"]).unwrap();
        assert_eq!(context["channel"], "link", "the provider sends nothing");

        let resume = ["request", "--resume", AUTH_REQ_ID, "--json"];
        let output = said(folder.path(), &resume, vec![refusal("access_denied")]).await;
        assert_eq!(lines(&output)[0]["code"], code);
    }
    let id = AuthReqId::parse(AUTH_REQ_ID).unwrap();
    assert_eq!(records.find(&id).await.unwrap().unwrap().channel, "code");

    // To be read by a person.
    let words = ["request", "--login-hint", "+15550100", "--channel", "code"];
    let output = said(folder.path(), &words, vec![refusal("access_denied")]).await;
    assert!(text(&output.stdout).contains("read it out"), "{output:?}");
}

#[tokio::test]
async fn a_code_needs_the_sites_storage_and_a_company_without_links_sends_none() {
    let folder = tempfile::tempdir().unwrap();
    let hint = ["request", "--login-hint", "+15550100"];
    let (provider, command) =
        scripted(folder.path(), &[&hint[..], &["--channel", "code"]].concat()).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("shares no storage with the site"), "{output:?}");
    assert!(provider.server.received_requests().await.unwrap().is_empty(), "nobody was asked");
    for arguments in [&["--channel", "sms"][..], &["--channel", "link"], &["--qr", "a.png"]] {
        let (provider, mut command) =
            scripted(folder.path(), &[&hint[..], arguments].concat()).await;
        command.env("CIBA_LOGIN_BRAND__SENDS_LINKS", "false");
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains("brand.sends_links"), "{output:?}");
        assert!(provider.server.received_requests().await.unwrap().is_empty(), "nobody was asked");
    }
}

//! Several agents at the desk in production: the real program, behind a proxy that says who they are.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};

use platform::clock::{Clock, SystemClock};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::TestApp;
use crate::support::program::{serving, variables};
use crate::support::scripted::{AUTH_REQ_ID, ScriptedProvider, refusal};

const KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

/// The program that serves a desk, for whom this test is the proxy.
struct Desk {
    running: Child,
    address: String,
    http: reqwest::Client,
    folder: tempfile::TempDir,
    provider: ScriptedProvider,
}

/// Starts the program; where its desk is.
async fn run(folder: &Path, provider: &ScriptedProvider, key: &'static str) -> (Child, String) {
    let mut command = serving(folder);
    command
        .envs(variables(&provider.server.uri()))
        .env("CIBA_LOGIN_BRAND__COMPANY", "Example Bank")
        .env("CIBA_LOGIN_SITE__ADDRESS", "127.0.0.1:0")
        .env("CIBA_LOGIN_SESSION__SEALING_KEY", key)
        .env("CIBA_LOGIN_LOG__FORMAT", "json")
        .env("CIBA_LOGIN_DESK__ENABLED", "true")
        .env("CIBA_LOGIN_DESK__ADDRESS", "127.0.0.1:0")
        .env("CIBA_LOGIN_DESK__IDENTITY_HEADER", "X-Forwarded-User")
        .env("CIBA_LOGIN_DESK__TRUSTED_PROXIES", "[\"127.0.0.1\"]")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    tokio::task::spawn_blocking(move || {
        let mut running = command.spawn().unwrap();
        let said = BufReader::new(running.stdout.take().unwrap());
        let address = said.lines().find_map(|line| {
            line.unwrap().strip_prefix("The desk:").map(|address| address.trim().to_owned())
        });
        (running, address.expect("it says where the desk is"))
    })
    .await
    .unwrap()
}

impl Desk {
    async fn serve() -> Self {
        let provider = ScriptedProvider::start_at(SystemClock.now()).await;
        let started = json!({
            "auth_req_id": AUTH_REQ_ID, "expires_in": 600, "interval": 60,
            "link": format!("https://login.example/login?auth_req_id={AUTH_REQ_ID}"),
        });
        let started = ResponseTemplate::new(200).set_body_json(started);
        provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
        provider.script("POST", "/oidc/token", vec![refusal("authorization_pending")]).await;
        let folder = tempfile::tempdir().unwrap();
        let (running, address) = run(folder.path(), &provider, KEY).await;
        let http = TestApp::start().await.http.clone();
        Self { running, address, http, folder, provider }
    }

    /// Ends the program and starts it again with another sealing key.
    async fn restart_with(&mut self, key: &'static str) {
        self.running.kill().unwrap();
        self.running.wait().unwrap();
        (self.running, self.address) = run(self.folder.path(), &self.provider, key).await;
    }

    /// What an agent's browser sends, as the proxy passes it on.
    async fn send(
        &self,
        agent: &str,
        method: Method,
        path: &str,
        form: &[(&str, &str)],
    ) -> (StatusCode, String) {
        let request = self
            .http
            .request(method.clone(), format!("{}{path}", self.address))
            .header("x-forwarded-user", agent)
            .header("sec-fetch-site", "same-origin");
        let request = if method == Method::POST { request.form(form) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn page(&self, agent: &str) -> String {
        let (status, page) = self.send(agent, Method::GET, "/desk", &[]).await;
        assert_eq!(status, 200);
        page
    }

    /// Starts a request, and says its name in addresses.
    async fn ask(&self, agent: &str, reference: &str) -> String {
        let page = self.page(agent).await;
        let (_, rest) = page.split_once("name=\"form_key\" value=\"").unwrap();
        let key = rest.split_once('"').unwrap().0;
        let form = [
            ("form_key", key),
            ("customer", "+1 555 0100"),
            ("contact", "branch"),
            ("channel", "link"),
            ("reference", reference),
            ("lifetime", "600"),
        ];
        let (status, said) = self.send(agent, Method::POST, "/desk/requests", &form).await;
        assert_eq!(status, 303, "{said}");
        let page = self.page(agent).await;
        let (before, _) = page.split_once("/leave\"").unwrap();
        before.rsplit_once('/').unwrap().1.to_owned()
    }

    /// Ends the program; what it has logged.
    async fn log(mut self) -> Vec<Value> {
        tokio::task::spawn_blocking(move || {
            let mut log = self.running.stderr.take().unwrap();
            self.running.kill().unwrap();
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            self.running.wait().unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        })
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn an_agent_neither_sees_nor_touches_the_requests_of_another() {
    let desk = Desk::serve().await;
    let id = desk.ask("mia@desk.example", "CASE-4711").await;
    let (tom, mia) = ("tom@desk.example", "mia@desk.example");
    assert!(!desk.page(tom).await.contains("CASE-4711"));
    for (method, action) in [
        (Method::POST, "leave"),
        (Method::POST, "again"),
        (Method::GET, "qr"),
        (Method::GET, "qr.svg"),
    ] {
        let path = format!("/desk/requests/{id}/{action}");
        let (status, said) = desk.send(tom, method.clone(), &path, &[]).await;
        assert_eq!(status, 404, "{action}");
        assert!(!said.contains("CASE-4711"), "{action}: {said}");
        // A name that only looks the same is another agent's.
        let (status, _) = desk.send("MIA@desk.example", method, &path, &[]).await;
        assert_eq!(status, 404, "{action}");
    }
    let mut events = desk
        .http
        .get(format!("{}/desk/events", desk.address))
        .header("x-forwarded-user", tom)
        .send()
        .await
        .unwrap();
    let first = events.chunk().await.unwrap().unwrap();
    let first = String::from_utf8_lossy(&first).into_owned();
    assert!(first.contains("Nobody has been asked yet."), "{first}");
    // Nothing of it has reached the request.
    let page = desk.page(mia).await;
    assert!(page.contains("CASE-4711") && page.contains("Withdraw"), "{page}");
    desk.log().await;
}

#[tokio::test]
async fn a_new_sealing_key_takes_the_links_and_leaves_the_desk() {
    let mut desk = Desk::serve().await;
    desk.ask("mia", "CASE-4711").await;
    assert!(desk.page("mia").await.contains("/qr.svg"));
    desk.restart_with("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").await;
    let page = desk.page("mia").await;
    assert!(page.contains("CASE-4711") && page.contains("Withdraw"), "{page}");
    assert!(!page.contains("/qr.svg"), "{page}");
    desk.log().await;
}

#[tokio::test]
async fn who_did_what_is_in_the_log() {
    let desk = Desk::serve().await;
    let id = desk.ask("mia@desk.example", "CASE-4711").await;
    let path = format!("/desk/requests/{id}/leave");
    let (status, _) = desk.send("mia@desk.example", Method::POST, &path, &[]).await;
    assert_eq!(status, 303);
    let (status, _) = desk.send("", Method::POST, &path, &[]).await;
    assert_eq!(status, 403);
    let log = desk.log().await;
    for message in ["a request was started", "a request is withdrawn"] {
        let line = log.iter().find(|line| line["message"] == message);
        let line = line.unwrap_or_else(|| panic!("{message}: {log:?}"));
        assert_eq!(line["desk.agent"], "\"mia@desk.example\"");
        assert_eq!(line["desk.request.id"], id.as_str());
    }
    assert!(log.iter().any(|line| line["reason"] == "Nobody"), "{log:?}");
    let text = format!("{log:?}");
    assert!(!text.contains(AUTH_REQ_ID) && !text.contains("15550100"), "{text}");
}

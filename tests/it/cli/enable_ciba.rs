//! `enable-ciba`, and what `check-config --remote` says of the client.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::program::{lines, run, scripted, text};
use crate::support::scripted::{CLIENT_ID, ScriptedProvider};

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
    assert!(said.contains("good     keys to verify ID tokens with: 1"), "{said}");
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

//! What ends a request of Keycloak's besides the two buttons: a report, a withdrawal, a customer who
//! cannot be reached; and what the agent is told of it.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use ciba_login::application::settings;
use platform::ambient::Ambient;
use platform::ids::SystemEntropy;
use reqwest::Method;
use serde_json::json;
use transmit::{BackchannelRequest, Channel, LoginHintType, Started, Transmit, TransmitError};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::keycloak::sign_in;
use crate::support::keycloak::{AGENTS_CLIENT, ALEX, CallbackFault, KeycloakApp, Start};
use crate::support::program::{lines, program, run, text};
use crate::support::until;
use crate::support::walk::press;

/// Asks for alex, as `ciba-login request` does.
pub async fn start(app: &KeycloakApp, channel: Channel) -> Started {
    let started = try_start(&agents_side(app), channel).await.unwrap();
    // What the command writes down after it.
    app.records()
        .await
        .name(started.link_key.as_ref().unwrap(), &started.auth_req_id)
        .await
        .unwrap();
    started
}

/// The agents' client of the application's configuration.
pub fn agents_side(app: &KeycloakApp) -> Transmit {
    let ambient = Ambient::new(app.clock.clone(), Arc::new(SystemEntropy));
    let settings = settings::of_client(&app.config).unwrap();
    Transmit::new(crate::support::http(), settings, ambient)
}

/// Asks for alex.
pub async fn try_start(transmit: &Transmit, channel: Channel) -> Result<Started, TransmitError> {
    let request = BackchannelRequest {
        login_hint: "alex".into(),
        login_hint_type: LoginHintType::UserId,
        binding_message: None,
        channel,
        custom_message: None,
        requested_expiry: None,
        scope: "openid".into(),
        contact: None,
        locale: Some("fr".into()),
    };
    transmit.start(&request).await
}

/// A command of a shell that shares the storage, to its end: exit code and the last object.
pub async fn shell(app: &KeycloakApp, arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    let config = &app.config;
    command
        .arg("request")
        .args(arguments)
        .arg("--json")
        .env("CIBA_LOGIN_PROVIDER__KIND", "keycloak")
        .env("CIBA_LOGIN_PROVIDER__URL", app.keycloak.issuer())
        .env("CIBA_LOGIN_SITE__PUBLIC_URL", &app.site)
        .env("CIBA_LOGIN_STORAGE__URL", config.storage.url.expose())
        .env(
            "CIBA_LOGIN_SESSION__SEALING_KEY",
            config.session.sealing_key.as_ref().unwrap().expose(),
        )
        .envs(
            config
                .keycloak
                .internal_url
                .iter()
                .map(|url| ("CIBA_LOGIN_KEYCLOAK__INTERNAL_URL", url.to_string())),
        )
        .env("CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_ID", AGENTS_CLIENT)
        .env(
            "CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_SECRET",
            config.keycloak.agent.client_secret.as_ref().unwrap().expose(),
        );
    let output = run(command).await;
    let last = lines(&output).pop();
    (output.status.code(), last.unwrap_or_else(|| panic!("{}", text(&output.stderr))))
}

fn sent(app: &KeycloakApp) -> Vec<String> {
    app.keycloak.callbacks().into_iter().map(|(word, _)| word).collect()
}

#[tokio::test]
async fn a_customer_who_is_signed_in_and_speaks_with_no_agent_is_told_as_unauthorized() {
    let app = KeycloakApp::start().await;
    let started = start(&app, Channel::Sms).await;
    let link = app.link(1).await;
    let (mut phone, mut tablet) = (app.browser(), app.browser());
    let page = sign_in(&app, &mut phone, &link).await;
    let handle = page.path.trim_end_matches("/decision").to_owned();
    let page = phone.get(&format!("{handle}/not-on-a-call")).await;
    phone.submit(&page, "/not-on-a-call", &[]).await;
    assert_eq!(sent(&app), ["UNAUTHORIZED"]);
    // Nobody has withdrawn anything, on whichever page.
    let page = tablet.get(&link).await;
    assert!(page.path.ends_with("/outcome"), "{}", page.path);
    assert!(page.body.contains("<title>Stopped – "), "{}", page.body);
    let (code, ended) = shell(&app, &["--resume", started.auth_req_id.as_str()]).await;
    assert_eq!(
        (code, &ended["outcome"], &ended["code"]),
        (Some(10), &json!("denied"), &json!("reported"))
    );
}

#[tokio::test]
async fn a_report_that_a_crash_cuts_off_is_told_as_what_it_is() {
    let mut app = KeycloakApp::start().await;
    let (_, link) = app.asked(&[]).await;
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, &link).await;
    let handle = page.path.trim_end_matches("/decision").to_owned();
    app.keycloak.next_callback(&[CallbackFault::NeverArrives; 3]);
    let page = phone.get(&format!("{handle}/not-on-a-call")).await;
    phone.submit(&page, "/not-on-a-call", &[]).await;
    app.crash_and_restart().await;
    app.clock.advance(Duration::from_secs(60));
    until("it is told", async || {
        app.keycloak.callbacks().last().is_some_and(|(_, status)| *status == 200)
    })
    .await;
    assert!(sent(&app).iter().all(|word| word == "UNAUTHORIZED"), "{:?}", sent(&app));
}

#[tokio::test]
async fn what_is_withdrawn_in_a_shell_ends_at_keycloak_and_on_every_page() {
    let app = KeycloakApp::start().await;
    let started = start(&app, Channel::Sms).await;
    let link = app.link(1).await;
    let id = started.auth_req_id.as_str();
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, &link).await;
    let (code, ended) = shell(&app, &["--withdraw", id]).await;
    assert_eq!((code, &ended["outcome"]), (Some(0), &json!("withdrawn")));
    until("Keycloak is told", async || sent(&app) == ["CANCELLED"]).await;
    let page = press(&mut phone, &page, "approve").await;
    assert_eq!(page.status, 410, "{}", page.body);
    assert!(page.body.contains("withdrawn this request"), "{}", page.body);
    assert_eq!(app.browser().get(&link).await.status, 410);
    let (code, ended) = shell(&app, &["--resume", id]).await;
    assert_eq!((code, &ended["code"]), (Some(10), &json!("withdrawn")));
    assert_eq!(sent(&app), ["CANCELLED"]);
}

#[tokio::test]
async fn a_withdrawal_waits_for_a_keycloak_that_is_away() {
    let app = KeycloakApp::start().await;
    let started = start(&app, Channel::Sms).await;
    app.link(1).await;
    app.keycloak.next_callback(&[CallbackFault::NeverArrives]);
    shell(&app, &["--withdraw", started.auth_req_id.as_str()]).await;
    until("it is tried", async || sent(&app).len() == 1).await;
    app.clock.advance(Duration::from_secs(10));
    until("Keycloak is told", async || {
        app.keycloak.callbacks().last().is_some_and(|(_, status)| *status == 200)
    })
    .await;
}

#[tokio::test]
async fn what_a_customer_may_have_allowed_is_not_cancelled_after_it() {
    let app = KeycloakApp::start().await;
    let started = start(&app, Channel::Sms).await;
    let link = app.link(1).await;
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, &link).await;
    app.keycloak.next_callback(&[CallbackFault::AnswerIsLost]);
    press(&mut phone, &page, "approve").await;
    shell(&app, &["--withdraw", started.auth_req_id.as_str()]).await;
    // Another that is withdrawn after it is told, and so the worker has looked.
    let other = start(&app, Channel::Link).await;
    shell(&app, &["--withdraw", other.auth_req_id.as_str()]).await;
    app.clock.advance(Duration::from_secs(5));
    until("the other is told", async || sent(&app).contains(&"CANCELLED".to_owned())).await;
    assert_eq!(sent(&app), ["SUCCEED", "CANCELLED"]);
    let start = Start { status: 200, body: json!({ "auth_req_id": started.auth_req_id }) };
    assert_eq!(app.keycloak.poll(&start).await, "tokens");
}

#[tokio::test]
async fn an_unsent_approval_gives_way_to_a_withdrawal() {
    let app = KeycloakApp::start().await;
    let started = start(&app, Channel::Link).await;
    let link = started.link.unwrap();
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, link.as_str()).await;
    app.keycloak.next_callback(&[CallbackFault::NotStoredYet; 3]);
    press(&mut phone, &page, "approve").await;
    assert_eq!(app.keycloak.callbacks(), vec![("SUCCEED".to_owned(), 403); 3]);
    shell(&app, &["--withdraw", started.auth_req_id.as_str()]).await;
    until("Keycloak is told", async || sent(&app).contains(&"CANCELLED".to_owned())).await;
    app.clock.advance(Duration::from_secs(60));
    until("the approval is over", async || phone.tab().get(&page.path).await.status == 410).await;
    let after = app.keycloak.callbacks().split_off(3);
    assert_eq!(after, [("CANCELLED".to_owned(), 200)]);
}

#[tokio::test]
async fn an_agent_who_passes_the_link_on_is_given_it_and_nothing_is_sent() {
    let app = KeycloakApp::start().await;
    let started = start(&app, Channel::Link).await;
    let link = started.link.clone().unwrap();
    let page = sign_in(&app, &mut app.browser(), link.as_str()).await;
    assert!(page.path.ends_with("/decision"), "{}", page.body);
    // The next one is sent, in the language that the agent has named, and is the first.
    let started = start(&app, Channel::Sms).await;
    assert_eq!(started.link, None);
    app.link(1).await;
    let messages = app.messages().await;
    assert_eq!(messages.len(), 1);
    assert!(messages[0].1.contains("n'ouvrir que pendant"), "{messages:?}");
}

#[tokio::test]
async fn a_client_that_signs_its_requests_is_asked_for_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    let key = Command::new("openssl")
        .args(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(key.status.success(), "{key:?}");
    let app = KeycloakApp::start_with(|config| {
        config.keycloak.agent.client_auth = ciba_login::config::ClientAuth::PrivateKeyJwt;
        config.keycloak.agent.client_key_file = Some(file);
        config.keycloak.agent.sign_requests = true;
    })
    .await;
    let started = start(&app, Channel::Link).await;
    let link = started.link.unwrap();
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, link.as_str()).await;
    press(&mut phone, &page, "approve").await;
    assert_eq!(sent(&app), ["SUCCEED"]);
}

#[tokio::test]
async fn the_agent_of_an_unreachable_customer_reads_why_it_was_denied() {
    let app = KeycloakApp::start().await;
    app.keycloak.change_user(ALEX, |user| user["attributes"] = json!({}));
    let started = start(&app, Channel::Sms).await;
    app.clock.advance(Duration::from_secs(2));
    until("the request is ended", async || sent(&app) == ["UNAUTHORIZED"]).await;
    let (code, ended) = shell(&app, &["--resume", started.auth_req_id.as_str()]).await;
    assert_eq!((code, &ended["code"]), (Some(10), &json!("unreachable")));
}

#[tokio::test]
async fn a_link_that_is_certainly_not_sent_leaves_nobody_waiting() {
    let gateway = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    Mock::given(method("POST")).respond_with(busy).mount(&gateway).await;
    let address = gateway.uri().parse().unwrap();
    let app = KeycloakApp::start_with(|config| config.sms.gateway_url = Some(address)).await;
    start(&app, Channel::Sms).await;
    app.clock.advance(Duration::from_secs(2));
    until("the request is ended", async || sent(&app) == ["UNAUTHORIZED"]).await;
}

#[tokio::test]
async fn a_link_key_that_is_weak_or_in_use_is_refused() {
    let app = KeycloakApp::start().await;
    let key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";
    for bad in ["", "1", &key[1..], &format!("{key}="), &format!("{key}A")] {
        if !bad.is_empty() {
            assert_eq!(app.keycloak.ask(&[("x_link_key", bad)]).await.status, 503, "{bad}");
        }
    }
    assert_eq!(app.keycloak.ask(&[("x_link_key", key), ("x_channel", "link")]).await.status, 200);
    assert_eq!(app.keycloak.ask(&[("x_link_key", key), ("x_channel", "link")]).await.status, 503);
    assert_eq!(app.browser().get(&format!("{}/r/{key}", app.site)).await.status, 200);
}

/// What an agent's browser sends, as the proxy passes it on.
pub async fn desk(app: &KeycloakApp, method: Method, path: &str, form: &[(&str, &str)]) -> String {
    let request = app
        .http
        .request(method.clone(), format!("{}{path}", app.desk))
        .header("x-forwarded-user", "mia")
        .header("sec-fetch-site", "same-origin");
    let request = if method == Method::POST { request.form(form) } else { request };
    let answer = request.send().await.unwrap();
    assert!(matches!(answer.status().as_u16(), 200 | 303 | 400), "{}", answer.status());
    answer.text().await.unwrap()
}

/// Asks for alex at the desk; the request's name in addresses.
pub async fn ask_at_desk(app: &KeycloakApp, channel: &str) -> String {
    ask_at_desk_with(app, channel, "CASE-4711").await;
    let page = desk(app, Method::GET, "/desk", &[]).await;
    let (before, _) = page.split_once("/leave\"").unwrap();
    before.rsplit_once('/').unwrap().1.to_owned()
}

/// What the desk answers.
async fn ask_at_desk_with(app: &KeycloakApp, channel: &str, reference: &str) -> String {
    let page = desk(app, Method::GET, "/desk", &[]).await;
    let (_, rest) = page.split_once("name=\"form_key\" value=\"").unwrap();
    let form = [
        ("form_key", rest.split_once('"').unwrap().0),
        ("customer", "alex"),
        ("customer_type", "user_id"),
        ("contact", "branch"),
        ("channel", channel),
        ("reference", reference),
        ("lifetime", "300"),
    ];
    desk(app, Method::POST, "/desk/requests", &form).await
}

#[tokio::test]
async fn an_agent_at_the_desk_gives_a_reference_as_long_as_keycloak_takes() {
    let app = KeycloakApp::start().await;
    let longest = "x".repeat(50);
    let form = desk(&app, Method::GET, "/desk", &[]).await;
    assert!(form.contains("maxlength=\"50\""), "{form}");
    let too_long = ask_at_desk_with(&app, "sms", &format!("{longest}x")).await;
    assert!(too_long.contains("id=\"reference-error\""), "{too_long}");
    ask_at_desk_with(&app, "sms", &longest).await;
    let link = app.link(1).await;
    assert!(desk(&app, Method::GET, "/desk", &[]).await.contains(&longest));
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, &link).await;
    assert!(page.body.contains(&longest), "{}", page.body);
    press(&mut phone, &page, "approve").await;
    assert_eq!(sent(&app), ["SUCCEED"]);
}

#[tokio::test]
async fn the_desk_follows_a_request_of_keycloaks_step_by_step_and_withdraws_it() {
    let app = KeycloakApp::start().await;
    let id = ask_at_desk(&app, "sms").await;
    let link = app.link(1).await;
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, &link).await;
    let at_desk = desk(&app, Method::GET, "/desk", &[]).await;
    assert!(at_desk.contains("has signed in and is deciding"), "{at_desk}");
    desk(&app, Method::POST, &format!("/desk/requests/{id}/leave"), &[("sides", "desk")]).await;
    until("Keycloak is told", async || sent(&app) == ["CANCELLED"]).await;
    assert_eq!(press(&mut phone, &page, "approve").await.status, 410);
    let at_desk = desk(&app, Method::GET, "/desk", &[]).await;
    assert!(at_desk.contains("data-ending=\"withdrawn\""), "{at_desk}");
}

#[tokio::test]
async fn the_desk_says_that_a_customer_cannot_be_reached() {
    let app = KeycloakApp::start().await;
    app.keycloak.change_user(ALEX, |user| user["attributes"] = json!({}));
    ask_at_desk(&app, "sms").await;
    app.clock.advance(Duration::from_secs(2));
    until("the request is ended", async || sent(&app) == ["UNAUTHORIZED"]).await;
    app.clock.advance(Duration::from_secs(10));
    until("the desk has heard of it", async || {
        desk(&app, Method::GET, "/desk", &[]).await.contains("data-ending=\"unreachable\"")
    })
    .await;
}

#[tokio::test]
async fn the_desk_gives_the_link_where_the_agent_passes_it_on() {
    let app = KeycloakApp::start_with(|config| {
        config.keycloak.delivery = ciba_login::config::Delivery::None;
    })
    .await;
    ask_at_desk(&app, "link").await;
    let page = desk(&app, Method::GET, "/desk", &[]).await;
    let (_, rest) = page.split_once("readonly value=\"").unwrap();
    let link = rest.split_once('"').unwrap().0.to_owned();
    let mut phone = app.browser();
    let page = sign_in(&app, &mut phone, &link).await;
    press(&mut phone, &page, "approve").await;
    assert_eq!(sent(&app), ["SUCCEED"]);
    app.clock.advance(Duration::from_secs(10));
    until("the desk has its answer", async || {
        desk(&app, Method::GET, "/desk", &[]).await.contains(ALEX)
    })
    .await;
}

#[tokio::test]
async fn what_a_realm_needs_is_printed_without_an_administrator() {
    let app = KeycloakApp::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command
        .args(["enable-ciba", "--json"])
        .env("CIBA_LOGIN_PROVIDER__KIND", "keycloak")
        .env("CIBA_LOGIN_PROVIDER__URL", app.keycloak.issuer())
        .env("CIBA_LOGIN_PROVIDER__CLIENT_ID", "ciba-login")
        .env("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "the page's")
        .env("CIBA_LOGIN_SITE__PUBLIC_URL", "https://login.example")
        .env("CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_ID", AGENTS_CLIENT);
    let output = run(command).await;
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["changed"], false);
    let changes = said["changes"].as_array().unwrap();
    let wants = |member: &str, after: &str| {
        changes.iter().any(|change| change["member"] == member && change["after"] == after)
    };
    assert!(wants("call-centre.attributes.oidc.ciba.grant.enabled", "true"), "{said}");
    assert!(wants("ciba-login.redirectUris", r#"["https://login.example/social/callback"]"#));
    assert!(wants("service-account-ciba-login.realm-management", "view-users"));
    let option = said["by_hand"][0].as_str().unwrap();
    assert!(option.ends_with("=https://login.example/keycloak/channel"), "{option}");
    assert!(!said.to_string().contains("the page's"));
}

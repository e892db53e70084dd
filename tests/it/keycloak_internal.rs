//! A realm that browsers and tokens know by one address and servers reach at another, and what its
//! discovery document is trusted with.

use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::Duration;

use ciba_login::operator::{self, PollOutcome};
use reqwest::Method;
use serde_json::json;
use transmit::{Channel, TransmitError};

use crate::keycloak::{at_decision, back_from_realm, is, sign_in};
use crate::keycloak_channel::{BODY, post};
use crate::keycloak_ended::{agents_side, ask_at_desk, desk, shell, start, try_start};
use crate::support::keycloak::{
    AGENTS_CLIENT, ALEX, Document, KeycloakApp, LOGIN_CLIENT, REALM, SECRET,
};
use crate::support::program::{program, run, text};
use crate::support::scripted::SigningKey;
use crate::support::until;
use crate::support::walk::press;

#[tokio::test]
async fn only_browsers_go_to_the_public_address_where_there_is_an_internal_one() {
    for document in [Document::AtPublic, Document::AtWhereAsked] {
        let app = KeycloakApp::start_internally().await;
        app.keycloak.document_is(document.clone());
        let started = start(&app, Channel::Sms).await;
        let link = app.link(1).await;
        let mut browser = app.browser();
        let page = sign_in(&app, &mut browser, &link).await;
        let page = press(&mut browser, &page, "approve").await;
        assert!(is(&page, "Allowed"), "{document:?}: {}", page.body);
        assert_eq!(app.keycloak.sessions(), 0);
        match operator::poll(&agents_side(&app), &started, |_| {}).await {
            PollOutcome::Token(granted) => assert_eq!(granted.claims.sub, ALEX),
            other => panic!("{document:?}: {other:?}"),
        }
        let (public, mut internal) = app.keycloak.paths();
        assert_eq!(public, ["/auth"], "{document:?}");
        internal.sort_unstable();
        internal.dedup();
        let everything_else = [
            "/.well-known/openid-configuration",
            &format!("/admin{REALM}/users/{ALEX}"),
            "/certs",
            "/ext/ciba/auth",
            "/ext/ciba/auth/callback",
            "/logout",
            "/token",
        ];
        assert_eq!(internal, everything_else, "{document:?}");
    }
}

#[tokio::test]
async fn the_desk_asks_and_follows_at_the_internal_address() {
    let app = KeycloakApp::start_internally().await;
    ask_at_desk(&app, "sms").await;
    let link = app.link(1).await;
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &link).await;
    press(&mut browser, &page, "approve").await;
    app.clock.advance(Duration::from_secs(10));
    until("the desk has heard of it", async || {
        desk(&app, Method::GET, "/desk", &[]).await.contains("data-ending=\"allowed\"")
    })
    .await;
    let (public, internal) = app.keycloak.paths();
    assert_eq!(public, ["/auth"]);
    assert!(["/ext/ciba/auth", "/token"].iter().all(|path| internal.contains(&(*path).to_owned())));
}

#[tokio::test]
async fn nothing_is_asked_at_another_address_where_there_is_one_only() {
    let app = KeycloakApp::start().await;
    let started = start(&app, Channel::Sms).await;
    let link = app.link(1).await;
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &link).await;
    press(&mut browser, &page, "approve").await;
    let outcome = operator::poll(&agents_side(&app), &started, |_| {}).await;
    assert!(matches!(outcome, PollOutcome::Token(_)), "{outcome:?}");
    assert!(app.keycloak.paths().1.is_empty());
}

#[tokio::test]
async fn the_agents_side_calls_what_the_realm_publishes_and_asks_once() {
    for is_internal in [false, true] {
        let app = if is_internal {
            KeycloakApp::start_internally().await
        } else {
            KeycloakApp::start().await
        };
        let moved = |path: &str| format!("{}/moved/{path}", app.keycloak.issuer());
        app.keycloak.document_is(Document::Changed(json!({
            "token_endpoint": moved("token"),
            "jwks_uri": moved("certs"),
            "backchannel_authentication_endpoint": moved("ciba"),
        })));
        let transmit = agents_side(&app);
        let started = try_start(&transmit, Channel::Sms).await.unwrap();
        let link = app.link(1).await;
        let mut browser = app.browser();
        let page = sign_in(&app, &mut browser, &link).await;
        press(&mut browser, &page, "approve").await;
        app.keycloak.paths();
        let outcome = operator::poll(&transmit, &started, |_| {}).await;
        assert!(matches!(outcome, PollOutcome::Token(_)), "{outcome:?}");
        let (public, internal) = app.keycloak.paths();
        let (called, not_called) =
            if is_internal { (internal, public) } else { (public, internal) };
        assert_eq!(called, ["/moved/token", "/moved/certs"]);
        assert_eq!(not_called, [""; 0]);
    }
}

#[tokio::test]
async fn keycloaks_own_paths_hold_where_the_realm_publishes_nothing() {
    for document in [
        Document::Instead(404, "not found"),
        Document::Instead(503, "not now"),
        Document::Instead(200, "<html>Please wait</html>"),
        Document::Instead(200, "{}"),
        Document::Redirects,
        Document::Changed(json!({ "backchannel_authentication_endpoint": null })),
    ] {
        let app = KeycloakApp::start_internally().await;
        app.keycloak.document_is(document.clone());
        try_start(&agents_side(&app), Channel::Sms).await.unwrap();
        let (public, internal) = app.keycloak.paths();
        let asked = ["/.well-known/openid-configuration", "/ext/ciba/auth", "/certs"];
        assert_eq!(
            (public.len(), &internal[..3]),
            (0, &asked.map(str::to_owned)[..]),
            "{document:?}"
        );
        assert!(app.keycloak.followed().is_empty(), "{document:?}");
    }
}

#[tokio::test]
async fn what_the_realm_has_published_holds_while_its_document_is_away() {
    let app = KeycloakApp::start().await;
    let moved = format!("{}/moved/ciba", app.keycloak.issuer());
    app.keycloak.document_is(Document::Changed(json!({
        "backchannel_authentication_endpoint": moved,
    })));
    let transmit = agents_side(&app);
    try_start(&transmit, Channel::Link).await.unwrap();
    app.clock.advance(Duration::from_secs(3601));
    app.keycloak.document_is(Document::Instead(503, "not now"));
    app.keycloak.paths();
    try_start(&transmit, Channel::Link).await.unwrap();
    let asked = ["/.well-known/openid-configuration", "/moved/ciba"];
    assert_eq!(app.keycloak.paths().0[..2], asked);
}

#[tokio::test]
async fn a_document_that_leads_elsewhere_or_is_anothers_sends_no_secret_anywhere() {
    for is_internal in [false, true] {
        let app = if is_internal {
            KeycloakApp::start_internally().await
        } else {
            KeycloakApp::start().await
        };
        let base = &app.keycloak.base;
        let port = base.rsplit(':').next().unwrap();
        let other_realm = format!("{base}/realms/other/protocol/openid-connect/token");
        let upwards = format!("{}/../other/token", app.keycloak.issuer());
        for (member, value) in [
            ("issuer", format!("{base}/realms/other")),
            ("issuer", format!("{}/", app.keycloak.issuer())),
            ("issuer", app.keycloak.internal_realm()),
            ("token_endpoint", "https://evil.example/token".into()),
            ("token_endpoint", format!("{base}/elsewhere")),
            ("token_endpoint", other_realm),
            ("token_endpoint", upwards),
            ("token_endpoint", format!("http://a:b@localhost:{port}{REALM}/elsewhere")),
            ("jwks_uri", "http://169.254.169.254/latest/meta-data".into()),
            ("jwks_uri", "file:///etc/passwd".into()),
            ("backchannel_authentication_endpoint", format!("{base}/elsewhere")),
            // Ours, by another scheme.
            ("token_endpoint", format!("https://localhost:{port}{REALM}/token")),
        ] {
            app.keycloak.document_is(Document::Changed(json!({ member: value })));
            app.keycloak.paths();
            let refused = try_start(&agents_side(&app), Channel::Sms).await.unwrap_err();
            assert!(matches!(refused, TransmitError::Discovery(_)), "{value}: {refused}");
            assert!(!refused.is_transient());
            let (public, internal) = app.keycloak.paths();
            let called = [public, internal].concat();
            assert_eq!(called, ["/.well-known/openid-configuration"], "{value}");
        }
        assert!(app.keycloak.followed().is_empty());
    }
}

#[tokio::test]
async fn an_agent_in_a_shell_is_told_whose_document_it_was() {
    let app = KeycloakApp::start_internally().await;
    let other = format!("{}/realms/other", app.keycloak.base);
    app.keycloak.document_is(Document::Changed(json!({ "issuer": other })));
    let (exit, ended) = shell(&app, &["--login-hint", "alex"]).await;
    assert_eq!(exit, Some(12), "{ended}");
    let reason = ended["reason"].as_str().unwrap();
    assert!(reason.contains(&other) && reason.contains(&app.keycloak.issuer()), "{reason}");
    assert!(ended.to_string().contains("check-config --remote"), "{ended}");
}

#[tokio::test]
async fn tokens_and_answers_in_the_name_of_the_internal_address_are_refused() {
    let app = KeycloakApp::start_internally().await;
    let internal = app.keycloak.internal_realm();
    let bearer = app.keycloak.bearer(&json!({ "iss": internal, "aud": internal }));
    assert_eq!(post(&app, &bearer, BODY).await, 401);
    let bearer = app.keycloak.bearer(&json!({ "aud": internal }));
    assert_eq!(post(&app, &bearer, BODY).await, 401);
    let stranger = SigningKey::new("another").sign(&json!({ "iss": internal }));
    assert_eq!(post(&app, &stranger, BODY).await, 401);
    // An ID token, and the answer that a browser brings.
    app.keycloak.signs_in_as(ALEX, json!({ "iss": internal }));
    let (_, link) = app.asked(&[]).await;
    let mut browser = app.browser();
    let page = sign_in(&app, &mut browser, &link).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);
    app.keycloak.signs_in_as(ALEX, json!({}));
    let mut browser = app.browser();
    let back = back_from_realm(&app, &mut browser, &link).await;
    let encode =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let back = back.replace(&encode(&app.keycloak.issuer()), &encode(&internal));
    let page = browser.get(&back).await;
    assert!(!page.path.ends_with("/decision"), "{}", page.body);
    assert_eq!(app.keycloak.callbacks(), []);
    // Nothing of it stands in the way of what is right.
    let (_, mut browser, page) = at_decision(&app).await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(is(&page, "Allowed"), "{}", page.body);
}

/// A command of an administrator, with the double as its realm.
async fn administers(app: &KeycloakApp, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "wrong").unwrap();
    let mut command = program(folder.path());
    command
        .args(arguments)
        .env("CIBA_LOGIN_BRAND__COMPANY", "Example Bank")
        .env("CIBA_LOGIN_SESSION__SEALING_KEY", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=")
        .env("CIBA_LOGIN_SITE__PUBLIC_URL", &app.site)
        .env("CIBA_LOGIN_PROVIDER__KIND", "keycloak")
        .env("CIBA_LOGIN_PROVIDER__URL", app.keycloak.issuer())
        .env("CIBA_LOGIN_PROVIDER__CLIENT_ID", LOGIN_CLIENT)
        .env("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", SECRET)
        .env("CIBA_LOGIN_KEYCLOAK__CLIENTS", format!("{{ {AGENTS_CLIENT} = \"Example Bank\" }}"))
        .envs(
            app.config
                .keycloak
                .internal_url
                .iter()
                .map(|url| ("CIBA_LOGIN_KEYCLOAK__INTERNAL_URL", url.to_string())),
        );
    run(command).await
}

#[tokio::test]
async fn check_config_says_which_address_is_for_whom_and_what_does_not_fit() {
    let app = KeycloakApp::start_internally().await;
    for document in [Document::AtPublic, Document::AtWhereAsked] {
        app.keycloak.document_is(document);
        let output = administers(&app, &["check-config", "--remote"]).await;
        let said = text(&output.stdout);
        assert!(output.status.success(), "{said} {}", text(&output.stderr));
        assert_eq!(said.matches("good  ").count(), 6, "{said}");
        let (public, internal) = (app.keycloak.issuer(), app.keycloak.internal_realm());
        for line in [
            format!("browsers go to {public} (provider.url)"),
            format!("servers call {internal} (keycloak.internal_url)"),
            format!("good     issuer {public}"),
            format!("good     CIBA at {internal}/protocol/openid-connect/ext/ciba/auth"),
        ] {
            assert!(said.contains(&line), "{line}: {said}");
        }
        assert!(app.keycloak.paths().0.is_empty());
    }
    // Without a fixed hostname the realm takes the name by which it is asked.
    let internal = app.keycloak.internal_realm();
    app.keycloak.document_is(Document::Changed(json!({ "issuer": internal })));
    let output = administers(&app, &["check-config", "--remote"]).await;
    let said = text(&output.stdout);
    assert!(!output.status.success());
    assert!(said.contains("missing  issuer") && said.contains("--hostname"), "{said}");
}

#[tokio::test]
async fn an_administrator_is_signed_in_at_the_internal_address() {
    let app = KeycloakApp::start_internally().await;
    let file = ["--admin-user", "admin", "--admin-password-file", "password"];
    let output = administers(&app, &[&["enable-ciba"], &file[..]].concat()).await;
    assert!(text(&output.stderr).contains("name or password"), "{}", text(&output.stderr));
    let (public, internal) = app.keycloak.paths();
    assert_eq!(public, [""; 0]);
    assert_eq!(internal, ["/realms/master/protocol/openid-connect/token"]);
    // What a server with two addresses has to be started with.
    let output = administers(&app, &["enable-ciba"]).await;
    let hostname = format!("--hostname={}\n", app.keycloak.base);
    assert!(text(&output.stdout).contains(&hostname), "{}", text(&output.stdout));
}

#[test]
fn an_internal_address_is_not_reached_through_a_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command: Command = program(folder.path());
    let output = command
        .args(["request", "--login-hint", "alex"])
        .env("CIBA_LOGIN_PROVIDER__KIND", "keycloak")
        .env("CIBA_LOGIN_PROVIDER__URL", "https://id.example/realms/main")
        .env("CIBA_LOGIN_PROVIDER__CONNECT_TIMEOUT", "1")
        .env("CIBA_LOGIN_KEYCLOAK__INTERNAL_URL", "http://keycloak.internal/realms/main")
        .env("CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_ID", AGENTS_CLIENT)
        .env("CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_SECRET", SECRET)
        .env("HTTP_PROXY", format!("http://{}", proxy.local_addr().unwrap()))
        .output()
        .unwrap();
    assert!(
        text(&output.stderr).contains("the provider was not reached"),
        "{}",
        text(&output.stderr)
    );
    proxy.set_nonblocking(true).unwrap();
    assert!(proxy.accept().is_err(), "the proxy was asked");
}

//! Providers that are broken, misconfigured or hostile: each of the operator's commands ends in one
//! sentence with its exit code, the page says that it cannot connect, and nothing ends in a panic.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wiremock::ResponseTemplate;

use crate::support::Fault;
use crate::support::faults::with_faults;
use crate::support::program::{lines, program, run, scripted, text, variables};
use crate::support::scripted::{AUTH_REQ_ID, ScriptedProvider, refusal};
use crate::support::walk::{at_decision, press};

fn answer(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_string(body)
}

/// The request is taken, and lives for `expires_in` seconds.
fn taken(expires_in: u64) -> ResponseTemplate {
    let body = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": expires_in, "interval": 1 });
    ResponseTemplate::new(200).set_body_json(body)
}

fn odd_answers() -> Vec<(&'static str, ResponseTemplate)> {
    vec![
        ("a page", answer(200, "<html>hello</html>")),
        ("nothing", answer(200, "")),
        ("no content", ResponseTemplate::new(204)),
        ("a redirect", answer(302, "").insert_header("location", "https://elsewhere.example/")),
        ("a flood", answer(200, &"x".repeat(3_000_000))),
        ("a late answer", answer(200, "{}").set_delay(Duration::from_secs(3))),
        ("a fault", answer(500, "oops")),
        ("a refusal", answer(403, r#"{"message":"Forbidden","error_code":403}"#)),
        ("a wrong path", answer(404, "<html>")),
        ("too much", answer(429, "").insert_header("retry-after", "3600")),
        ("a trick", answer(400, "{\"error\":\"x\",\"message\":\"a\\u001b[31mb\"}")),
    ]
}

/// The sentence for each odd answer, when a request is started.
fn when_starting(name: &str) -> &'static str {
    match name {
        "a page" | "nothing" => {
            "the provider's answer to /cis/oidc/backchannel (status 200) is not that of this API. \
             Check provider.url and provider.prefix."
        }
        "no content" => {
            "the provider's answer to /cis/oidc/backchannel (status 204) is not that of this API. \
             Check provider.url and provider.prefix."
        }
        "a redirect" => "the provider answered 302. Check provider.url and provider.prefix.",
        "a flood" => {
            "the provider's answer could not be read: it is longer than 262144 bytes. Check \
             provider.url and provider.prefix."
        }
        "a late answer" => {
            "the provider did not answer in time: operation timed out. The customer may have \
             been sent a link all the same: ask before you send another."
        }
        "a fault" => {
            "the provider answered 500. Try again in a minute; the customer may have been sent a \
             link all the same."
        }
        "a refusal" => {
            "the provider answered 403: Forbidden. Check the client's permissions, and switch CIBA \
             on with: ciba-login enable-ciba."
        }
        "a wrong path" => "the provider answered 404. Check provider.url and provider.prefix.",
        "too much" => "the provider answered 429. Wait a minute.",
        _ => "the provider answered 400 x: a[31mb. Check the arguments.",
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_started_says_why_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for (name, odd) in odd_answers() {
        let arguments = ["request", "--login-hint", "a-user", "--login-hint-type", "user_id"];
        let (provider, mut command) = scripted(folder.path(), &arguments).await;
        command.env("CIBA_LOGIN_PROVIDER__TIMEOUT", "1");
        provider.script("POST", "/cis/oidc/backchannel", vec![odd]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(12), "{name}: {output:?}");
        assert!(output.stdout.is_empty(), "{name}: {output:?}");
        let expected = format!("The request was not started: {}\n", when_starting(name));
        assert_eq!(text(&output.stderr), expected, "{name}");
    }
}

/// The reason for each odd answer, where it ends a request that is being polled for.
fn when_polling(name: &str) -> &'static str {
    match name {
        "a page" | "nothing" => {
            "the provider's answer to /oidc/token (status 200) is not that of this API"
        }
        "no content" => "the provider's answer to /oidc/token (status 204) is not that of this API",
        "a redirect" => "the provider answered 302",
        "a flood" => {
            "the request's time ran out while the provider was away: the provider's \
             answer could not be read: it is longer than 262144 bytes"
        }
        "a late answer" => {
            "the request's time ran out while the provider was away: the provider did \
             not answer in time: operation timed out"
        }
        "a fault" => {
            "the request's time ran out while the provider was away: the provider answered 500"
        }
        "a refusal" => "the provider answered 403: Forbidden",
        "a wrong path" => "the provider answered 404",
        "too much" => {
            "the request's time ran out while the provider was away: the provider answered 429"
        }
        _ => "the provider answered 400 x: a[31mb",
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_followed_says_why_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    // Side by side: these requests live in real seconds.
    let mut running = tokio::task::JoinSet::new();
    for (name, odd) in odd_answers() {
        let folder = folder.path().to_owned();
        running.spawn(async move {
            let arguments = ["request", "--login-hint", "a-user", "--json"];
            let (provider, mut command) = scripted(&folder, &arguments).await;
            command.env("CIBA_LOGIN_PROVIDER__TIMEOUT", "1");
            provider.script("POST", "/cis/oidc/backchannel", vec![taken(3)]).await;
            provider.script("POST", "/oidc/token", vec![odd]).await;
            let output = run(command).await;
            assert_eq!(output.status.code(), Some(12), "{name}: {output:?}");
            let last = lines(&output).pop().unwrap();
            assert_eq!(last["outcome"], "failed", "{name}: {last}");
            assert_eq!(last["reason"], when_polling(name), "{name}");
            assert!(!text(&output.stderr).contains("panicked"), "{name}: {output:?}");
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test]
async fn enabling_at_an_odd_provider_says_what_to_check() {
    let folder = tempfile::tempdir().unwrap();
    for (name, odd) in odd_answers() {
        let (provider, mut command) = scripted(folder.path(), &["enable-ciba", "--yes"]).await;
        command.env("CIBA_LOGIN_PROVIDER__TIMEOUT", "1");
        provider.script("POST", "/oidc/token", vec![odd]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(1), "{name}: {output:?}");
        assert!(output.stdout.is_empty(), "{name}: {output:?}");
        let said = text(&output.stderr);
        assert_eq!(said.lines().count(), 1, "{name}: {said}");
        let cure = match name {
            "a refusal" => "the client lacks the permission apps:read",
            "a fault" => "the provider has a fault: try again in a minute",
            "a late answer" => "the provider does not answer: check provider.url",
            "too much" => "the provider wants fewer requests: wait a minute",
            "a trick" => "the provider refuses",
            _ => "this is not the provider's address: check provider.url and provider.prefix",
        };
        assert!(said.contains(cure), "{name}: {said}");
    }
}

/// Takes one connection after the other, reads a request, and breaks off in the middle of its answer.
async fn breaks_off() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _read = connection.read(&mut request).await.unwrap();
            let half = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"auth_req_id\":";
            connection.write_all(half).await.unwrap();
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_provider_that_is_not_reached_is_named_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = ScriptedProvider::start().await;
    let no_tls = plain.server.uri().replace("http:", "https:");
    for (name, url, expected) in [
        ("breaks off", breaks_off().await, "the provider was not reached: "),
        ("nobody", format!("http://{nobody}"), "the provider was not reached: Connection refused"),
        ("no TLS", no_tls, "the provider was not reached: received corrupt message"),
    ] {
        let mut command = program(folder.path());
        command.args(["request", "--login-hint", "a-user", "--login-hint-type", "user_id"]);
        command.envs(variables(&url));
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(12), "{name}: {output:?}");
        let said = text(&output.stderr);
        assert!(said.starts_with("The request was not started: "), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(said.ends_with("In the demo: ciba-login serve.\n"), "{name}: {said}");
        assert_eq!(said.lines().count(), 1, "{name}: {said}");
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_suspected() {
    let folder = tempfile::tempdir().unwrap();
    for (hours, expected) in [(2, "it comes from the future"), (-2, "it has expired")] {
        let (provider, command) =
            scripted(folder.path(), &["request", "--login-hint", "a-user"]).await;
        provider.script("POST", "/cis/oidc/backchannel", vec![taken(60)]).await;
        let mut claims = provider.claims();
        for name in ["iat", "exp"] {
            claims[name] = json!(claims[name].as_i64().unwrap() + hours * 3600);
        }
        let tokens = ScriptedProvider::tokens(&provider.key.sign(&claims));
        provider.script("POST", "/oidc/token", vec![tokens]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(12), "{output:?}");
        let said = text(&output.stderr);
        let expected = format!("{expected}; is this machine's clock right?");
        assert!(said.contains(&expected), "{said}");
    }
}

/// What a shell is told about arguments that cannot be.
#[test]
fn arguments_that_cannot_be_are_refused_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let hint = ["--login-hint", "+15550100"];
    for (arguments, expected) in [
        (&["--login-hint", ""][..], "a value is required for '--login-hint <HINT>'"),
        (&["--binding-message", "CASE-4711"], "--login-hint <HINT>"),
        (&[&hint[..], &["--binding-message", &"x".repeat(21)]].concat(), "at most 20 are allowed"),
        (&[&hint[..], &["--binding-message", "k\u{e4}se"]].concat(), "'\u{e4}' is not among"),
        (&[&hint[..], &["--binding-message", ""]].concat(), "it is empty"),
        (&[&hint[..], &["--login-hint-type", "fax"]].concat(), "one of phone, email, user_id"),
        (&[&hint[..], &["--channel", "pigeon"]].concat(), "one of sms, email, link"),
        (&[&hint[..], &["--requested-expiry", "0"]].concat(), "0 is not in 1.."),
        (&[&hint[..], &["--qr", "link.svg"]].concat(), "--channel link"),
        (&[&hint[..], &["--qr", "link.jpg", "--channel", "link"]].concat(), ".svg or .png"),
    ] {
        let output = program(folder.path()).arg("request").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {output:?}");
    }
}

#[tokio::test]
async fn a_phone_number_is_sent_as_e164_however_it_was_typed_or_copied() {
    let folder = tempfile::tempdir().unwrap();
    for hint in [
        "+44 (0)20 7946 0018",
        "+44.20.7946.0018",
        "+44/20/7946/0018",
        "+44\u{a0}20\u{a0}7946\u{a0}0018",
        "\u{202a}+442079460018\u{202c}",
        "+44\u{2011}20\u{2011}7946\u{2011}0018",
        " +44 20 7946 0018",
        "tel:+442079460018",
    ] {
        let (provider, command) = scripted(folder.path(), &["request", "--login-hint", hint]).await;
        provider.script("POST", "/cis/oidc/backchannel", vec![refusal("unknown_user_id")]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(12), "{hint:?}: {output:?}");
        let body = provider.server.received_requests().await.unwrap().pop().unwrap().body;
        let sent = "login_hint=%2B442079460018&";
        assert!(text(&body).contains(sent), "{hint:?}: {}", text(&body));
        let said = text(&output.stderr);
        assert!(said.contains("read as a phone number"), "{said}");
    }
}

#[tokio::test]
async fn a_customer_who_cannot_be_one_is_refused_with_a_sentence_and_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    for (hint, sentence) in [
        ("5550100", "with its country, for example +15550100"),
        ("020 7946 0018", "with its country, for example +15550100"),
        ("+1 800 555 0199 ext. 12", "without an extension"),
        ("alex@", "no e-mail address"),
        ("two words", "no user_id"),
    ] {
        let (provider, command) = scripted(folder.path(), &["request", "--login-hint", hint]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(2), "{hint}: {output:?}");
        let said = text(&output.stderr);
        assert!(
            said.starts_with("ciba-login: --login-hint: ") && said.contains(sentence),
            "{said}"
        );
        assert!(provider.server.received_requests().await.unwrap().is_empty(), "{hint}");
    }
}

#[tokio::test]
async fn a_limit_is_told_as_one_and_never_as_a_missing_permission() {
    let folder = tempfile::tempdir().unwrap();
    let pending = r#"{"error":"access_denied",
        "error_description":"the end-user has 5 pending requests already"}"#;
    for (answer, limit, pause, sentence) in [
        (
            answer(429, r#"{"error":"too_many_pending_requests"}"#)
                .insert_header("retry-after", "240"),
            "undecided_requests",
            json!(240),
            "Too many requests are waiting for this customer",
        ),
        (
            answer(403, pending),
            "undecided_requests",
            json!(null),
            "Too many requests are waiting for this customer",
        ),
        (
            answer(403, r#"{"message":"Rate limit exceeded","error_code":403}"#),
            "pace",
            json!(null),
            "Wait a minute",
        ),
    ] {
        let arguments = ["request", "--login-hint", "a-user", "--json"];
        let (provider, command) = scripted(folder.path(), &arguments).await;
        provider.script("POST", "/cis/oidc/backchannel", vec![answer]).await;
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(12), "{output:?}");
        let said = lines(&output).pop().unwrap();
        assert_eq!((&said["outcome"], &said["limit"]), (&json!("failed"), &json!(limit)));
        assert_eq!(said["retry_after"], pause);
        let reason = said["reason"].as_str().unwrap();
        assert!(reason.contains(sentence) && !reason.contains("enable-ciba"), "{reason}");
    }
}

#[tokio::test]
async fn a_link_that_cannot_be_drawn_does_not_leave_the_request_alone() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["request", "--login-hint", "a-user", "--channel", "link", "--qr", "link.svg", "--json"];
    let (provider, command) = scripted(folder.path(), &arguments).await;
    let started = json!({
        "auth_req_id": AUTH_REQ_ID, "expires_in": 60, "interval": 1,
        "link": format!("https://login.example/{}", "x".repeat(5000)),
    });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    provider.script("POST", "/oidc/token", vec![refusal("access_denied")]).await;
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(10), "{output:?}");
    assert!(text(&output.stderr).contains("too long"), "{output:?}");
    assert!(!folder.path().join("link.svg").exists());
}

#[tokio::test]
async fn passkey_options_of_another_form_are_a_provider_that_is_away() {
    let (app, line) = with_faults().await;
    // One browser may make a passkey, the other may use one.
    let (_, mut decided, page) = at_decision(&app).await;
    press(&mut decided, &page, "approve").await;
    let add = format!("/request/{}/passkey/add/options", page.handle());
    let request = app.ask("sam@example.com", Some("CASE-4711")).await;
    let mut browser = app.browser();
    let page = browser.get(&request.link).await;
    let options = format!("{}/passkey/options", page.path);
    for odd in [
        r#"{"webauthn_session_id":"s","credential_request_options":"x","credential_creation_options":7}"#,
        r#"{"webauthn_session_id":"s","credential_request_options":{"challenge":7},
            "credential_creation_options":{"challenge":"AAAA","user":"x"}}"#,
        r#"{"webauthn_session_id":"s",
            "credential_request_options":{"challenge":"AAAA","allowCredentials":["x"]},
            "credential_creation_options":{"challenge":"AAAA","user":{"id":"AAAA"},
                "authenticatorSelection":"x"}}"#,
        r#"{"webauthn_session_id":"s",
            "credential_request_options":{"challenge":"AAAA","allowCredentials":{"id":"AAAA"}},
            "credential_creation_options":{"challenge":"AAAA","user":{"id":["AAAA"]}}}"#,
    ] {
        line.set(Fault::OddOptions(odd));
        let answer = browser.post_once(&options, &[]).await;
        assert_eq!(answer.status, 503, "{odd}: {}", answer.body);
        let answer = decided.post_once(&add, &[]).await;
        assert_eq!(answer.status, 503, "{odd}: {}", answer.body);
    }
}

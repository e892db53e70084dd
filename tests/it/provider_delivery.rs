//! Delivery: the demo's outbox, a real SMTP dialogue, and the SMS gateway's request.

use std::sync::{Arc, Mutex};

use ciba_login::config::{Config, Secret};
use messages::delivery::outbox::Outbox;
use messages::delivery::{Logo, Message, Messenger, SendError};
use platform::ambient::Ambient;
use platform::clock::ManualClock;
use platform::ids::SystemEntropy;
use platform::storage::Storage;
use serde_json::{Value, json};
use time::macros::datetime;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::TestApp;

/// A messenger with storage of its own, beside no application.
struct Post {
    messenger: Messenger,
    storage: Storage,
    _folder: tempfile::TempDir,
}

async fn post(in_demo: bool, change: impl FnOnce(&mut Config)) -> Post {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.demo.directory = folder.path().to_owned();
    config.storage.url =
        Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
    change(&mut config);
    let ambient = Ambient::new(
        Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC))),
        Arc::new(SystemEntropy),
    );
    let storage = Storage::open(&config.storage).await.unwrap();
    let outbox = in_demo.then(|| Outbox::new(&storage, &ambient));
    let messenger = Messenger::new(&config.mail, &config.sms, &ambient, outbox).unwrap();
    Post { messenger, storage, _folder: folder }
}

/// A mail server for one test: speaks SMTP and keeps what it is given.
struct MailServer {
    address: String,
    received: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    async fn start(answer_to_recipient: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(dialogue(stream, answer_to_recipient, kept.clone()));
            }
        });
        Self { address, received }
    }

    fn only_mail(&self) -> String {
        let received = self.received.lock().unwrap();
        assert_eq!(received.len(), 1);
        received[0].clone()
    }
}

async fn dialogue(
    stream: tokio::net::TcpStream,
    answer_to_recipient: &str,
    kept: Arc<Mutex<Vec<String>>>,
) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test\r\n").await.unwrap();
    let mut mail = String::new();
    while let Ok(Some(line)) = lines.next_line().await {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "RCPT" => {
                mail.push_str(&line);
                mail.push('\n');
                answer_to_recipient
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.unwrap();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                kept.lock().unwrap().push(std::mem::take(&mut mail));
                "250 taken"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.unwrap();
                return;
            }
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
    }
}

fn mail() -> Message {
    let mut mail =
        Message::email("alex@example.com", "Sign in\r\nBcc: x@evil.example", "plain text")
            .with_link("https://login.example/mail/callback?code=1");
    mail.html = Some("<p>rich text</p><img src=\"cid:logo\" alt=\"\">".into());
    mail.logo = Some(Logo { media_type: "image/png", bytes: b"\x89PNG\r\n\x1a\n".to_vec() });
    mail.sender_name = Some("Example Bank".into());
    mail
}

#[tokio::test]
async fn a_mail_reaches_the_server_as_text_and_html() {
    let server = MailServer::start("250 ok").await;
    let address = server.address.clone();
    let post = post(false, |config| {
        config.mail.smtp_url = Some(Secret::new(address));
        config.mail.from = Some("Nobody <no-reply@example.com>".into());
    })
    .await;
    post.messenger.send(mail()).await.unwrap();
    let mail = server.only_mail();
    assert!(mail.contains("RCPT TO:<alex@example.com>"), "{mail}");
    assert!(mail.contains("From: \"Example Bank\" <no-reply@example.com>"), "{mail}");
    assert!(mail.contains("Date: Sun, 22 Nov 2026 12:00:00 +0000"), "{mail}");
    assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    for part in ["multipart/alternative", "multipart/related", "plain text", "rich text"] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    assert!(mail.contains("Content-ID: <logo>"), "{mail}");
    assert!(mail.contains("Subject: Sign in Bcc: x@evil.example"), "{mail}");
    assert!(!mail.lines().any(|line| line.starts_with("Bcc")), "{mail}");
}

#[tokio::test]
async fn a_mail_that_the_server_refuses_is_an_error() {
    let server = MailServer::start("550 no such person").await;
    let address = server.address.clone();
    let post = post(false, |config| {
        config.mail.smtp_url = Some(Secret::new(address));
        config.mail.from = Some("no-reply@example.com".into());
    })
    .await;
    assert!(matches!(post.messenger.send(mail()).await, Err(SendError::Smtp(_))));
    assert!(server.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_gateway_is_asked_as_documented_and_the_outbox_keeps_a_copy() {
    let gateway = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/sms"))
        .and(header("X-API-Key", "key"))
        .and(body_json(json!({
            "phone_number": "+15550100", "sender_id": "Example", "message": "hello"
        })))
        .respond_with(ResponseTemplate::new(202))
        .expect(1)
        .mount(&gateway)
        .await;
    let url = format!("{}/sms", gateway.uri());
    let post = post(true, |config| {
        config.sms.gateway_url = Some(url.parse().unwrap());
        config.sms.api_key = Some(Secret::new("key"));
        config.sms.sender_id = Some("Example".into());
    })
    .await;
    post.messenger.send(Message::sms("+15550100", "hello")).await.unwrap();
    let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM demo_outbox")
        .fetch_one(post.storage.reader())
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_gateway_that_refuses_or_redirects_is_an_error() {
    let gateway = MockServer::start().await;
    let elsewhere = format!("{}/elsewhere", gateway.uri());
    Mock::given(path("/sms"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", elsewhere.as_str()))
        .mount(&gateway)
        .await;
    Mock::given(path("/elsewhere"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&gateway)
        .await;
    let url = format!("{}/sms", gateway.uri());
    let post = post(false, |config| config.sms.gateway_url = Some(url.parse().unwrap())).await;
    let sent = post.messenger.send(Message::sms("+15550100", "hello")).await;
    assert!(matches!(sent, Err(SendError::GatewayRefused(status)) if status == 307));
}

#[tokio::test]
async fn without_a_demo_an_unconfigured_channel_is_an_error_and_nothing_is_kept() {
    let post = post(false, |_| {}).await;
    let sent = post.messenger.send(Message::sms("+15550100", "hello")).await;
    assert!(matches!(sent, Err(SendError::NotConfigured(_))));
    assert!(post.messenger.outbox().is_none());
}

#[tokio::test]
async fn the_outbox_keeps_the_newest_five_hundred() {
    let post = post(true, |_| {}).await;
    for number in 0..505 {
        post.messenger.send(Message::sms("+15550100", number.to_string())).await.unwrap();
    }
    let bodies: Vec<String> = sqlx::query_scalar("SELECT body FROM demo_outbox ORDER BY id")
        .fetch_all(post.storage.reader())
        .await
        .unwrap();
    assert_eq!(bodies.len(), 500);
    assert_eq!((bodies[0].as_str(), bodies[499].as_str()), ("5", "504"));
}

#[tokio::test]
async fn the_outbox_answers_programs_with_json_and_people_with_a_page() {
    let app = TestApp::start().await;
    let outbox = format!("{}/demo/outbox", app.provider);
    let answer = app.http.get(&outbox).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.json::<Value>().await.unwrap(), json!([]));
    let answer = app.http.get(&outbox).header("accept", "text/html,*/*;q=0.8").send().await;
    let answer = answer.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(answer.text().await.unwrap().contains("<h1>Outbox of the demo</h1>"));
}

#[tokio::test]
async fn the_outbox_is_closed_to_foreign_hosts() {
    let app = TestApp::start().await;
    let outbox = format!("{}/demo/outbox", app.provider);
    let port = app.provider.rsplit_once(':').unwrap().1;
    for (host, status) in [
        (format!("localhost:{port}"), 200),
        (format!("127.0.0.1:{port}"), 200),
        (format!("evil.example:{port}"), 421),
        ("localhost.evil.example".into(), 421),
    ] {
        let answer = app.http.get(&outbox).header("host", &host).send().await.unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
}

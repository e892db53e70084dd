//! Delivery: the demo's outbox, a real SMTP dialogue, and the SMS gateway's request.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ciba_login::config::{Config, Secret};
use messages::delivery::outbox::Outbox;
use messages::delivery::{InlineLogo, Message, Messenger, SendError};
use platform::clock::{Clock, ManualClock};
use platform::storage::Storage;
use platform::storage::presence::Presence;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::TestApp;
use crate::support::foundation::Foundation;

/// A messenger with storage of its own, beside no application.
struct Post {
    messenger: Messenger,
    storage: Storage,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl Post {
    /// Lets time pass, and what is due then be tried.
    async fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        for attempt in self.messenger.try_due().await.unwrap() {
            attempt.await.unwrap().ok();
        }
    }

    /// How many messages nobody has taken yet.
    async fn queued(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM queued_messages");
        count.fetch_one(self.storage.reader()).await.unwrap()
    }

    async fn until_sent(&self) {
        while self.queued().await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn post(in_demo: bool, change: impl FnOnce(&mut Config)) -> Post {
    let Foundation { folder, mut config, clock, ambient, storage, sealer } =
        Foundation::on(None).await;
    folder.path().clone_into(&mut config.demo.directory);
    change(&mut config);
    let outbox = in_demo.then(|| Outbox::new(&storage, &ambient));
    let messenger =
        Messenger::new(&config.mail, &config.sms, &ambient, &storage, &sealer, outbox).unwrap();
    Post { messenger, storage, clock, _folder: folder }
}

/// What a mail server says.
#[derive(Clone)]
struct Script {
    /// The greeting waits for this.
    greeting: Arc<Semaphore>,
    ehlo: fn(&str) -> &'static str,
    recipient: Arc<dyn Fn() -> &'static str + Send + Sync>,
}

impl Script {
    fn recipient(answer: impl Fn() -> &'static str + Send + Sync + 'static) -> Self {
        Self {
            greeting: Arc::new(Semaphore::new(1)),
            ehlo: |_| "250-test\r\n250 8BITMIME",
            recipient: Arc::new(answer),
        }
    }
}

/// A mail server for one test: speaks SMTP and keeps what it is given, and every line it was told.
pub struct MailServer {
    pub address: String,
    pub received: Arc<Mutex<Vec<String>>>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    pub async fn start(answer_to_recipient: &'static str) -> Self {
        Self::scripted(Script::recipient(move || answer_to_recipient)).await
    }

    async fn scripted(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let (received, lines) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let (kept, said) = (received.clone(), lines.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, kept, said) = (script.clone(), kept.clone(), said.clone());
                // A client that hangs up ends its dialogue.
                tokio::spawn(async move { dialogue(stream, script, kept, said).await.ok() });
            }
        });
        Self { address, received, lines }
    }

    fn only_mail(&self) -> String {
        let received = self.received.lock().unwrap();
        assert_eq!(received.len(), 1);
        received[0].clone()
    }

    /// The lines that began with this word.
    fn told(&self, verb: &str) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().filter(|line| line.starts_with(verb)).cloned().collect()
    }

    /// A messenger that sends by this server.
    async fn post(&self, change: impl FnOnce(&mut Config)) -> Post {
        post(false, |config| {
            config.mail.smtp_url = Some(Secret::new(self.address.clone()));
            config.mail.from = Some("Nobody <no-reply@example.com>".into());
            change(config);
        })
        .await
    }
}

async fn dialogue(
    stream: tokio::net::TcpStream,
    script: Script,
    kept: Arc<Mutex<Vec<String>>>,
    said: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    // Not held: a client keeps its connection for the next mail.
    drop(script.greeting.acquire().await.unwrap());
    write.write_all(b"220 test\r\n").await?;
    let mut mail = String::new();
    while let Some(line) = lines.next_line().await? {
        said.lock().unwrap().push(line.clone());
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        let answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => (script.ehlo)(rest),
            "RCPT" => {
                mail.push_str(&line);
                mail.push('\n');
                (script.recipient)()
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await? {
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
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn mail() -> Message {
    let mut mail =
        Message::email("alex@example.com", "Sign in\r\nBcc: x@evil.example", "plain text")
            .with_link("https://login.example/mail/callback?code=1");
    mail.html = Some("<p>rich text</p><img src=\"cid:logo\" alt=\"\">".into());
    mail.logo =
        Some(InlineLogo { media_type: "image/png".into(), bytes: b"\x89PNG\r\n\x1a\n".to_vec() });
    mail.sender_name = Some("Example Bank".into());
    mail
}

#[tokio::test]
async fn a_mail_reaches_the_server_as_text_and_html() {
    let server = MailServer::start("250 ok").await;
    let post = server.post(|_| {}).await;
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
async fn an_international_domain_is_written_as_the_dns_has_it() {
    // The server does not offer SMTPUTF8 (RFC 6531), as many do not.
    let server = MailServer::start("250 ok").await;
    let from = "Example Bank <No-Reply@münchen.example>";
    let post = server.post(|config| config.mail.from = Some(from.into())).await;
    let mail = |to: &str| Message::email(to, "Sign in", "plain text");
    post.messenger.send(mail("Alex@bücher.example")).await.unwrap();
    let sent = server.only_mail();
    assert!(sent.contains("RCPT TO:<Alex@xn--bcher-kva.example>"), "{sent}");
    assert!(sent.contains("<No-Reply@xn--mnchen-3ya.example>"), "{sent}");
    assert!(sent.is_ascii(), "{sent}");
    assert!(server.told("MAIL")[0].contains("<No-Reply@xn--mnchen-3ya.example>"));
    // A name in front of the sign has no other form: this mail alone is refused.
    let refused = post.messenger.send(mail("jörg@example.com")).await.unwrap_err();
    assert!(refused.is_refusal(), "{refused:?}");
    assert_eq!(post.queued().await, 0);
}

#[tokio::test]
async fn a_mail_that_the_server_refuses_for_good_is_an_error_and_not_tried_again() {
    let server = MailServer::start("550 no such person: alex@example.com").await;
    let post = server.post(|_| {}).await;
    let error = post.messenger.send(mail()).await.unwrap_err();
    assert!(matches!(error, SendError::SmtpRefused(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("alex"), "a log holds no address: {error:?}");
    post.wait(60 * 60).await;
    assert_eq!((server.told("RCPT").len(), post.queued().await), (1, 0));
    assert!(server.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_server_that_lets_us_send_nothing_has_refused_nobodys_mail() {
    for answer in ["530 5.7.0 log in first", "535 5.7.8 no", "521 no mail here"] {
        let is_mended = Arc::new(AtomicBool::new(false));
        let mended = is_mended.clone();
        let server = MailServer::scripted(Script::recipient(move || {
            if mended.load(SeqCst) { "250 ok" } else { answer }
        }))
        .await;
        let post = server.post(|_| {}).await;
        // Whoever waits for it is told at once, and told no fault of the address.
        let awaited = mail().good_until(post.clock.unix() + 600);
        let error = post.messenger.send(awaited).await.unwrap_err();
        assert!(!error.is_refusal(), "{error:?}");
        assert_eq!(post.queued().await, 0, "{answer}");
        // What nobody waits for is kept until the operator has mended it.
        post.messenger.send(mail()).await.unwrap();
        post.wait(60).await;
        assert_eq!(post.queued().await, 1, "{answer}");
        is_mended.store(true, SeqCst);
        post.wait(60 * 60).await;
        assert!(server.only_mail().contains("plain text"), "{answer}");
        assert_eq!(post.queued().await, 0, "{answer}");
    }
}

#[tokio::test]
async fn a_server_that_greylists_for_a_minute_gets_the_mail_after_it() {
    let is_over = Arc::new(AtomicBool::new(false));
    let known = is_over.clone();
    let server = MailServer::scripted(Script::recipient(move || {
        if known.load(SeqCst) { "250 ok" } else { "450 4.2.0 greylisted" }
    }))
    .await;
    let post = server.post(|_| {}).await;
    let since = post.clock.unix();
    post.messenger.send(mail().good_until(since + 600)).await.unwrap();
    assert_eq!(post.queued().await, 1);
    while post.queued().await == 1 {
        let seconds = post.clock.unix() - since;
        assert!(seconds < 90, "still not sent: {:?}", server.told("RCPT"));
        is_over.store(seconds >= 60, SeqCst);
        post.wait(1).await;
    }
    assert!(server.only_mail().contains("plain text"));
    assert!(server.told("RCPT").len() < 10, "a server that is asked all the time never gives in");
}

#[tokio::test]
async fn a_mail_that_no_server_takes_is_tried_while_it_is_good_and_no_longer() {
    let server = MailServer::start("451 come back").await;
    let post = server.post(|_| {}).await;
    post.messenger.send(mail().good_until(post.clock.unix() + 600)).await.unwrap();
    for _ in 0..60 {
        post.wait(10).await;
    }
    let tries = server.told("RCPT").len();
    assert!((10..20).contains(&tries), "{tries}");
    post.wait(60 * 60).await;
    assert_eq!((server.told("RCPT").len(), post.queued().await), (tries, 0));
}

#[tokio::test]
async fn a_server_that_greets_late_gets_the_mail_and_nobody_waits_for_it() {
    let mut script = Script::recipient(|| "250 ok");
    script.greeting = Arc::new(Semaphore::new(0));
    let greeting = script.greeting.clone();
    let server = MailServer::scripted(script).await;
    let post = server.post(|_| {}).await;
    // It is answered before the server has said a word.
    post.messenger.send(mail()).await.unwrap();
    assert!(server.received.lock().unwrap().is_empty());
    greeting.add_permits(1);
    post.until_sent().await;
    assert!(server.only_mail().contains("plain text"));
}

#[tokio::test]
async fn a_server_that_wants_a_full_name_is_told_one() {
    let wants_a_full_name = |name: &str| {
        if name.trim_matches(['[', ']']).contains('.') {
            "250-test\r\n250 8BITMIME"
        } else {
            "504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname"
        }
    };
    for (helo, told) in [
        (None, "EHLO example.com"),
        (Some("mx.bank.example"), "EHLO mx.bank.example"),
        (Some("[192.0.2.1]"), "EHLO [192.0.2.1]"),
    ] {
        let mut script = Script::recipient(|| "250 ok");
        script.ehlo = wants_a_full_name;
        let server = MailServer::scripted(script).await;
        let post = server.post(|config| config.mail.helo = helo.map(str::to_owned)).await;
        post.messenger.send(mail()).await.unwrap();
        server.only_mail();
        assert_eq!(server.told("EHLO"), [told]);
    }
}

/// An application that has a mail under way, and crashes. The try itself goes on, as the test's process
/// does: it has another row.
async fn crashed_with_a_mail_under_way(is_alone: bool) -> (TestApp, MailServer, Option<Presence>) {
    let mut script = Script::recipient(|| "250 ok");
    script.greeting = Arc::new(Semaphore::new(0));
    let greeting = script.greeting.clone();
    let server = MailServer::scripted(script).await;
    let mut app = TestApp::start_with(|config| {
        config.mail.smtp_url = Some(Secret::new(server.address.clone()));
        config.mail.from = Some("no-reply@example.com".into());
    })
    .await;
    send_link(&app, "alex@example.com").await;
    let storage = app.storage().await;
    let left = sqlx::query("UPDATE queued_messages SET id = 'left'");
    assert_eq!(left.execute(storage.writer()).await.unwrap().rows_affected(), 1);
    greeting.add_permits(1);
    until_received(&server, 1).await;
    let other = Presence::enter(&app.config.storage, async {}).await;
    let other = (!is_alone).then_some(other);
    app.crash_and_restart().await;
    (app, server, other)
}

async fn send_link(app: &TestApp, email: &str) {
    let token = app.client_token().await;
    let body = json!({ "email": email, "redirect_uri": format!("{}/mail/callback", app.site) });
    let sent = app.api("/v1/auth/link/email/send", &token, body).await;
    assert_eq!(sent.status, 200, "{sent:?}");
}

async fn until_received(server: &MailServer, count: usize) {
    while server.received.lock().unwrap().len() < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_mail_under_way_when_the_process_ends_is_sent_at_once_by_the_next() {
    let (_app, server, _) = crashed_with_a_mail_under_way(true).await;
    until_received(&server, 2).await;
}

#[tokio::test]
async fn a_mail_that_another_instance_may_be_sending_is_left_to_it_for_its_lease() {
    let (app, server, _other) = crashed_with_a_mail_under_way(false).await;
    // A later one passes it.
    send_link(&app, "sam@example.com").await;
    until_received(&server, 2).await;
    let received = server.received.lock().unwrap().join("");
    assert!(received.contains("sam@example.com"), "{received}");
    app.clock.advance(Duration::from_secs(101));
    until_received(&server, 3).await;
}

#[tokio::test]
async fn a_gateway_that_asks_to_wait_is_asked_again_then() {
    for status in [429, 503] {
        let gateway = MockServer::start().await;
        let busy = ResponseTemplate::new(status).insert_header("retry-after", "30");
        Mock::given(path("/")).respond_with(busy).up_to_n_times(1).mount(&gateway).await;
        Mock::given(path("/")).respond_with(ResponseTemplate::new(202)).mount(&gateway).await;
        let url = gateway.uri();
        let post = post(false, |config| config.sms.gateway_url = Some(url.parse().unwrap())).await;
        let asked = async || gateway.received_requests().await.unwrap().len();
        let sms = Message::sms("+15550100", "hello").good_until(post.clock.unix() + 300);
        post.messenger.send(sms).await.unwrap();
        post.wait(29).await;
        assert_eq!(asked().await, 1, "{status}");
        post.wait(1).await;
        assert_eq!((asked().await, post.queued().await), (2, 0), "{status}");
    }
}

#[tokio::test]
async fn a_gateway_that_asks_to_wait_too_long_is_an_error_at_once() {
    let gateway = MockServer::start().await;
    let busy = ResponseTemplate::new(503).insert_header("retry-after", "301");
    Mock::given(path("/")).respond_with(busy).mount(&gateway).await;
    let url = gateway.uri();
    let post = post(false, |config| config.sms.gateway_url = Some(url.parse().unwrap())).await;
    let sms = Message::sms("+15550100", "hello").good_until(post.clock.unix() + 300);
    assert!(matches!(post.messenger.send(sms).await, Err(SendError::TooLate)));
    assert_eq!(post.queued().await, 0);
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

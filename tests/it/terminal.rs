//! The program on a terminal. `script` of util-linux gives it one; what is typed goes in by a pipe, at
//! the moment at which the screen asks for it.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use ciba::{AuthReqId, BindingMessage, RequestHandle};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::program::{read_back, text, variables};
use crate::support::scripted::{ACCESS_TOKEN, AUTH_REQ_ID, CLIENT_ID, ScriptedProvider, refusal};

/// What was on the screen at the end, control sequences included, and the exit code.
struct Screen {
    said: String,
    code: Option<i32>,
}

/// Runs the program on a terminal, and types each text when the screen first says what it answers.
async fn on_terminal(
    folder: &Path,
    provider: &ScriptedProvider,
    arguments: &str,
    without: &[&str],
    typed: &'static [(&'static str, &'static str)],
) -> Screen {
    let program = env!("CARGO_BIN_EXE_ciba-login");
    let mut command = Command::new("script");
    command
        .args(["-qefc", &format!("tty; stty cols 120 rows 60; exec '{program}' {arguments}")])
        .arg("/dev/null")
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("TERM", "xterm")
        .envs(
            variables(&provider.server.uri())
                .into_iter()
                .filter(|(name, _)| !without.contains(name)),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    tokio::task::spawn_blocking(move || {
        let mut running = command.spawn().unwrap();
        let mut keyboard = running.stdin.take().unwrap();
        let mut output = running.stdout.take().unwrap();
        let (mut said, mut typed) = (Vec::new(), typed.iter().peekable());
        let mut bytes = [0; 4096];
        loop {
            let length = output.read(&mut bytes).unwrap();
            if length == 0 {
                break;
            }
            said.extend_from_slice(&bytes[..length]);
            let so_far = String::from_utf8_lossy(&said);
            if let Some((asked, keys)) = typed.next_if(|(asked, _)| so_far.contains(asked)) {
                if asked.contains("secret") {
                    wait_until_nothing_is_shown(so_far.lines().next().unwrap());
                }
                keyboard.write_all(keys.as_bytes()).unwrap();
                keyboard.flush().unwrap();
            }
        }
        let code = running.wait().unwrap().code();
        assert!(typed.next().is_none(), "it never asked: {}", text(&said));
        Screen { said: text(&said), code }
    })
    .await
    .unwrap()
}

/// The prompt stands there a moment before the terminal stops to show what is typed; nobody types as
/// fast as a test.
fn wait_until_nothing_is_shown(terminal: &str) {
    for _ in 0..500 {
        let state = Command::new("stty").args(["-a", "-F", terminal]).output().unwrap();
        if text(&state.stdout).contains(" -echo ") {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{terminal} goes on to show what is typed");
}

async fn provider(link: Option<&str>, polls: Vec<ResponseTemplate>) -> ScriptedProvider {
    use platform::clock::{Clock, SystemClock};
    let provider = ScriptedProvider::start_at(SystemClock.now()).await;
    let started =
        json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 600, "interval": 1, "link": link });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    if !polls.is_empty() {
        provider.script("POST", "/oidc/token", polls).await;
    }
    provider
}

#[tokio::test]
async fn a_live_line_counts_down_and_is_gone_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let provider = provider(None, Vec::new()).await;
    let tokens = ScriptedProvider::tokens(&provider.key.sign(&provider.claims()));
    let pending = || refusal("authorization_pending");
    provider.script("POST", "/oidc/token", vec![pending(), pending(), tokens]).await;
    let arguments = "request --login-hint +15550100 --binding-message CASE-4711";
    let Screen { said, code } = on_terminal(folder.path(), &provider, arguments, &[], &[]).await;
    assert_eq!(code, Some(0), "{said}");
    // Above the line, the text stands as it does without a terminal.
    let id = AuthReqId::parse(AUTH_REQ_ID).unwrap();
    let handle = RequestHandle::of(&id, Some(&BindingMessage::parse("CASE-4711").unwrap()));
    let above = format!(
        "where it is something else\r\nauth_req_id  {AUTH_REQ_ID}\r\nin the logs  {handle}\r\n\
         reference    CASE-4711   (read \
         it to the customer)\r\nlink         sent by sms\r\ngood for     10:00\r\n"
    );
    assert!(said.contains(&above), "{said:?}");
    for face in ["10:00", "9:59", "9:58"] {
        let line = format!("waiting for the customer \u{b7} {face} left \u{b7} next poll in 1 s");
        assert!(said.contains(&line), "{face}: {said:?}");
    }
    let (_, after) = said.rsplit_once("\u{1b}[2K").unwrap();
    assert!(after.starts_with("Allowed: the customer has agreed.\r\n"), "{said:?}");
    assert!(!said.contains(ACCESS_TOKEN), "{said:?}");
}

#[tokio::test]
async fn the_secret_is_asked_for_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let provider = provider(None, vec![refusal("access_denied")]).await;
    let Screen { said, code } = on_terminal(
        folder.path(),
        &provider,
        "request --login-hint +15550100",
        &["CIBA_LOGIN_PROVIDER__CLIENT_SECRET"],
        &[("The client's secret: ", "hunter2\n")],
    )
    .await;
    assert_eq!(code, Some(10), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let sent = provider.server.received_requests().await.unwrap();
    assert!(text(&sent[0].body).contains("client_secret=hunter2"));
}

#[tokio::test]
async fn ctrl_c_says_what_stays_open() {
    let folder = tempfile::tempdir().unwrap();
    let provider = provider(None, vec![refusal("authorization_pending")]).await;
    let Screen { said, code } = on_terminal(
        folder.path(),
        &provider,
        "request --login-hint +15550100 --token-file tokens.json",
        &[],
        &[("waiting for the customer", "\u{3}")],
    )
    .await;
    assert_eq!(code, Some(130), "{said}");
    let (_, after) = said.split_once("Stopped asking. ").unwrap();
    assert!(after.starts_with("The request stays open at the provider for "), "{said}");
    assert!(after.contains(&format!("auth_req_id {AUTH_REQ_ID}")), "{said}");
    assert!(after.contains("\u{1b}[2K") || !after.contains("waiting"), "{said:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_link_is_drawn_so_that_a_reader_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let link = format!("https://login.example/login?auth_req_id={AUTH_REQ_ID}");
    let provider = provider(Some(&link), vec![refusal("access_denied")]).await;
    let Screen { said, code } = on_terminal(
        folder.path(),
        &provider,
        "request --login-hint +15550100 --channel link",
        &[],
        &[],
    )
    .await;
    assert_eq!(code, Some(10), "{said}");
    assert!(said.contains(&format!("link         {link}\r\n")), "{said}");
    let rows: Vec<_> = said
        .split("\r\n")
        .filter_map(|line| line.strip_prefix("\u{1b}[30;107m")?.strip_suffix("\u{1b}[0m"))
        .collect();
    let picture = folder.path().join("screen.png");
    paint(&rows, &picture);
    assert_eq!(read_back(&picture), link);
}

/// Paints what a terminal shows of half blocks, black on white, eight pixels a module.
fn paint(rows: &[&str], picture: &Path) {
    const SCALE: usize = 8;
    let modules: Vec<Vec<bool>> = rows
        .iter()
        .flat_map(|row| {
            let half = |dark: [char; 2]| row.chars().map(|c| dark.contains(&c)).collect::<Vec<_>>();
            [half(['\u{2588}', '\u{2580}']), half(['\u{2588}', '\u{2584}'])]
        })
        .collect();
    let (width, height) = (modules[0].len() * SCALE, modules.len() * SCALE);
    let pixels: Vec<u8> = (0..width * height)
        .map(|at| if modules[at / width / SCALE][at % width / SCALE] { 0 } else { 0xff })
        .collect();
    let file = std::fs::File::create(picture).unwrap();
    let (width, height) = (u32::try_from(width).unwrap(), u32::try_from(height).unwrap());
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
}

#[tokio::test]
async fn enabling_asks_and_a_no_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (answer, expected, code, sent) in [
        (&[("Do it? [y/N] ", "n\n")], "Nothing was changed.", Some(3), 0),
        (&[("Do it? [y/N] ", "\n")], "Nothing was changed.", Some(3), 0),
        (&[("Do it? [y/N] ", "y\n")], "CIBA is on.", Some(0), 1),
    ] {
        let provider = ScriptedProvider::start().await;
        let token = json!({ "access_token": "t", "expires_in": 3600 });
        let token = ResponseTemplate::new(200).set_body_json(token);
        provider.script("POST", "/oidc/token", vec![token]).await;
        let client = ResponseTemplate::new(200)
            .set_body_json(json!({ "client_id": CLIENT_ID, "redirect_uris": [] }));
        let path = "/cis/v1/applications/app/clients/client";
        provider.script("GET", path, vec![client.clone()]).await;
        let puts = provider.script("PUT", path, vec![client]).await;
        let screen = on_terminal(folder.path(), &provider, "enable-ciba", &[], answer).await;
        assert_eq!(screen.code, code, "{}", screen.said);
        assert!(screen.said.contains("(none) -> true"), "{}", screen.said);
        assert!(screen.said.contains(expected), "{}", screen.said);
        assert_eq!(puts.lock().unwrap().len(), sent, "{}", screen.said);
    }
}

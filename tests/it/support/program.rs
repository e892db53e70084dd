//! The real program, beside a provider that answers from a script.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use platform::clock::{Clock, SystemClock};
use serde_json::Value;

use super::scripted::{CLIENT_ID, ISSUER, ScriptedProvider};

/// The program, with nothing of this machine's environment. `TEST_BINARY` may name another build.
pub fn program(folder: &Path) -> Command {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_ciba-login"));
    let mut command = Command::new(another_build().unwrap_or(built));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

#[expect(clippy::disallowed_methods, reason = "which build is tried is said from outside")]
fn another_build() -> Option<PathBuf> {
    std::env::var_os("TEST_BINARY").map(PathBuf::from)
}

/// The program that serves, with built files that were made up; their folder is beside `folder`'s
/// other files. Another build has its own (`target/site`), whose names it knows.
pub fn serving(folder: &Path) -> Command {
    if let Some(site) = another_build().and_then(|it| Some(it.parent()?.parent()?.join("site"))) {
        let mut command = program(folder);
        command.arg("serve").env("LEPTOS_SITE_ROOT", site);
        return command;
    }
    let site = folder.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    for (name, text) in
        [("abc.js", "export default 1"), ("def.wasm", "\0asm"), ("123.css", "h1{margin:0}")]
    {
        std::fs::write(site.join(format!("pkg/ciba-login.{name}")), text).unwrap();
    }
    let mut command = program(folder);
    command.arg("serve").env("LEPTOS_SITE_ROOT", site);
    command
}

/// A provider whose clock shows the real time, and a command that calls it.
pub async fn scripted(folder: &Path, arguments: &[&str]) -> (ScriptedProvider, Command) {
    let provider = ScriptedProvider::start_at(SystemClock.now()).await;
    let mut command = program(folder);
    command.args(arguments).envs(variables(&provider.server.uri()));
    (provider, command)
}

/// The variables with which the program calls this provider.
pub fn variables(url: &str) -> [(&'static str, String); 5] {
    [
        ("CIBA_LOGIN_PROVIDER__URL", url.to_owned()),
        ("CIBA_LOGIN_PROVIDER__ISSUER", ISSUER.to_owned()),
        ("CIBA_LOGIN_PROVIDER__APP_ID", "app".to_owned()),
        ("CIBA_LOGIN_PROVIDER__CLIENT_ID", CLIENT_ID.to_owned()),
        ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "0123".to_owned()),
    ]
}

/// Runs the program beside the scripted provider, which answers meanwhile.
pub async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// What was written.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What was written with `--json`.
pub fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a QR code in a picture says to a reader that is not ours.
pub fn read_back(picture: &Path) -> String {
    let read = Command::new("zbarimg").args(["--raw", "--quiet"]).arg(picture).output().unwrap();
    assert!(read.status.success(), "{read:?}");
    text(&read.stdout).trim().to_owned()
}

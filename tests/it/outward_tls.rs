//! Calls that leave over TLS: whom the program takes for the provider.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

use crate::support::nginx::{Nginx, certificate};
use crate::support::program::{program, text, variables};

/// A server whose certificate for `localhost` no authority has signed. It answers a call: the client is not
/// known.
struct Server {
    child: Child,
    /// What it was sent, and what it says about it.
    said: JoinHandle<String>,
    port: u16,
}

const ANSWER: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n\
                      Content-Length: 26\r\nConnection: close\r\n\r\n{\"error\":\"invalid_client\"}";

impl Server {
    fn start(folder: &Path) -> Self {
        certificate(folder, &["localhost"]);
        let port = Nginx::free_port();
        let mut child = Command::new("openssl")
            .args(["s_server", "-cert", "cert.pem", "-key", "key.pem", "-accept"])
            .arg(format!("127.0.0.1:{port}"))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ACCEPT"), "openssl did not start");
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            for line in lines.map_while(Result::ok) {
                if line.starts_with("POST /") {
                    input.write_all(ANSWER.as_bytes()).unwrap();
                }
                said.push_str(&line);
            }
            said
        });
        Self { child, said, port }
    }

    fn end(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.said.join().unwrap()
    }
}

/// The program calls this provider, and trusts these certificates in place of the system's.
fn calling(folder: &Path, port: u16, trusted: &Path) -> Output {
    program(folder)
        .args(["enable-ciba", "--yes"])
        .envs(variables(&format!("https://localhost:{port}")))
        .env("SSL_CERT_FILE", trusted)
        .output()
        .unwrap()
}

#[test]
fn a_provider_is_called_only_where_a_trusted_authority_knows_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let other = folder.join("other");
    std::fs::create_dir(&other).unwrap();
    Server::start(&other).end();

    let server = Server::start(folder);
    let output = calling(folder, server.port, &other.join("cert.pem"));
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("invalid peer certificate"), "{output:?}");
    assert!(!server.end().contains("POST /"));

    let server = Server::start(folder);
    let output = calling(folder, server.port, &folder.join("cert.pem"));
    assert!(!output.status.success());
    assert!(!text(&output.stderr).contains("invalid peer certificate"), "{output:?}");
    assert!(server.end().contains("POST /"), "{output:?}");
}

//! Calls that leave through a proxy.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread::JoinHandle;

use crate::support::program::{program, text, variables};

fn read(stream: &mut TcpStream, length: u8) -> Vec<u8> {
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// A SOCKS 5 proxy (RFC 1928) that takes one call and says who was to be called, and with which
/// password (RFC 1929); it connects nobody.
fn socks() -> (u16, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let methods = read(&mut stream, 2)[1];
        let with_password = read(&mut stream, methods).contains(&2);
        stream.write_all(&[5, if with_password { 2 } else { 0 }]).unwrap();
        let mut password = Vec::new();
        if with_password {
            let user = read(&mut stream, 2)[1];
            read(&mut stream, user);
            let length = read(&mut stream, 1)[0];
            password = read(&mut stream, length);
            stream.write_all(&[1, 0]).unwrap();
        }
        let head = read(&mut stream, 5);
        assert_eq!(head[..4], [5, 1, 0, 3], "a connection to a name");
        let host = read(&mut stream, head[4]);
        read(&mut stream, 2);
        // "General failure", and no address.
        stream.write_all(&[5, 1, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        (String::from_utf8(host).unwrap(), String::from_utf8(password).unwrap())
    });
    (port, serving)
}

/// The program calls a provider that is not on this machine.
fn calling(proxy: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command: Command = program(folder.path());
    command
        .args(["enable-ciba", "--yes"])
        .envs(variables("https://api.example"))
        .env("CIBA_LOGIN_PROVIDER__CONNECT_TIMEOUT", "1")
        .env("HTTPS_PROXY", proxy);
    command.output().unwrap()
}

#[test]
fn a_socks_proxy_is_asked_for_the_provider_by_its_name() {
    for (user, expected) in [("", ""), ("app:hunter2@", "hunter2")] {
        let (port, serving) = socks();
        let output = calling(&format!("socks5h://{user}127.0.0.1:{port}"));
        assert_eq!(serving.join().unwrap(), ("api.example".to_owned(), expected.to_owned()));
        assert!(!output.status.success());
        assert!(!text(&output.stderr).contains("hunter2"), "{output:?}");
    }
}

#[test]
fn nothing_of_a_proxys_password_is_quoted() {
    for proxy in [
        "http://app:hunter2@127.0.0.1:9",
        "http://app:12?hunter2@127.0.0.1:9",
        "http://app:hunter2/12@127.0.0.1:9",
        "socks5://app:hunter2@127.0.0.1:9",
    ] {
        let output = calling(proxy);
        assert!(!output.status.success());
        let said = [text(&output.stdout), text(&output.stderr)].concat();
        assert!(!said.contains("hunter2"), "{proxy}: {said}");
    }
}

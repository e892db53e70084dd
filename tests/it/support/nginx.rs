//! Debian's nginx with the file of `contrib/`, in a folder of its own, on free ports, as nobody in
//! particular.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::postgres::{account, as_account};

/// What the file of `contrib/` is told about this machine.
pub struct Places {
    /// The ports of the site's instances.
    pub sites: Vec<u16>,
    pub provider: u16,
    pub desk: u16,
}

/// The names that it answers to.
const NAMES: [&str; 3] = ["login.localhost", "id.localhost", "desk.localhost"];

/// A running nginx.
pub struct Nginx {
    /// Where it ends TLS; the names are `login.localhost`, `id.localhost` and `desk.localhost`.
    pub port: u16,
    server: Child,
    folder: tempfile::TempDir,
}

impl Nginx {
    /// A port that is free now.
    pub fn free_port() -> u16 {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    /// Starts it, after it has found nothing wrong with its configuration.
    pub async fn start(port: u16, places: &Places, change: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        certificate(path, &NAMES);
        let text = change(adapted(path, port, places));
        std::fs::write(path.join("site.conf"), text).unwrap();
        std::fs::write(
            path.join("nginx.conf"),
            "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log error.log;\n\
             events { worker_connections 512; }\n\
             http {\n\
             client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n\
             uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n\
             include site.conf;\n}\n",
        )
        .unwrap();
        if let Some((user, group)) = account() {
            for entry in std::fs::read_dir(path).unwrap() {
                let entry = entry.unwrap().path();
                std::os::unix::fs::chown(entry, Some(user), Some(group)).unwrap();
            }
            std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
        }
        let checked = nginx(path).arg("-t").output().unwrap();
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success() && !said.contains("[warn]"), "{said}");
        let server = nginx(path).stderr(Stdio::null()).spawn().unwrap();
        let nginx = Self { port, server, folder };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return nginx;
            }
            // Waits for the socket: there is nothing to be told by.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nginx did not start: {}", nginx.log("error.log"));
    }

    /// What one of its logs holds.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// A client that knows its names and trusts its certificate, and follows no redirect.
    pub fn http(&self) -> reqwest::Client {
        self.http_from([127, 0, 0, 1].into())
    }

    /// The same, on connections from this address.
    #[expect(clippy::disallowed_methods, reason = "no other client trusts this certificate")]
    pub fn http_from(&self, source: std::net::IpAddr) -> reqwest::Client {
        let certificate = std::fs::read(self.folder.path().join("cert.pem")).unwrap();
        let address = ([127, 0, 0, 1], self.port).into();
        let mut builder = reqwest::Client::builder()
            .add_root_certificate(reqwest::Certificate::from_pem(&certificate).unwrap())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .local_address(source)
            .timeout(Duration::from_secs(60));
        for name in NAMES {
            builder = builder.resolve(name, address);
        }
        builder.build().unwrap()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

fn nginx(folder: &Path) -> Command {
    // Not on the path of everybody who may run it.
    let debian = "/usr/sbin/nginx";
    let mut command = Command::new(if Path::new(debian).exists() { debian } else { "nginx" });
    command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    command.arg("-e").arg(folder.join("error.log")).current_dir(folder).stdin(Stdio::null());
    as_account(&mut command);
    command
}

/// Makes `cert.pem` and `key.pem` for these names; no authority signs them.
pub fn certificate(folder: &Path, names: &[&str]) {
    let names: Vec<_> = names.iter().map(|name| format!("DNS:{name}")).collect();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "30", "-subj", "/CN=test"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext"])
        .arg(format!("subjectAltName={}", names.join(",")))
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The file as it is, except for what every machine has differently: names, ports, paths.
fn adapted(folder: &Path, port: u16, places: &Places) -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/nginx.conf");
    let text = std::fs::read_to_string(file).unwrap();
    let sites: Vec<_> =
        places.sites.iter().map(|port| format!("server 127.0.0.1:{port} max_fails=0;")).collect();
    let folder = folder.display();
    let mut text = text
        .replace("server 127.0.0.1:3000 max_fails=0;", &sites.join(" "))
        .replace("127.0.0.1:3001", &format!("127.0.0.1:{}", places.provider))
        .replace("127.0.0.1:3003", &format!("127.0.0.1:{}", places.desk))
        .replace("listen 443 ", &format!("listen 127.0.0.1:{port} "))
        .replace("listen 80;", &format!("listen 127.0.0.1:{};", Nginx::free_port()))
        .replace("/var/log/nginx/", &format!("{folder}/"));
    for name in ["login", "id", "desk"] {
        text = text
            .replace(
                &format!("/etc/nginx/tls/{name}.example.com.pem"),
                &format!("{folder}/cert.pem"),
            )
            .replace(
                &format!("/etc/nginx/tls/{name}.example.com.key"),
                &format!("{folder}/key.pem"),
            )
            .replace(&format!("{name}.example.com"), &format!("{name}.localhost"));
    }
    assert!(!text.contains("example.com") && !text.contains("/etc/"), "{text}");
    text
}

//! What is in `contrib/`, each checked by its own tool, and nginx with the whole story through it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use crate::support::nginx::{Nginx, Places};
use crate::support::program::{self, variables};
use crate::support::walk::press;
use crate::support::{ALEX, Browser, Postgres, TestApp};

/// The application behind nginx, as `https://login.localhost:<port>`.
async fn behind_nginx() -> (TestApp, Nginx) {
    let ports = [(); 4].map(|()| Nginx::free_port());
    let [public, site, provider, desk] = ports;
    let app = TestApp::start_with(|config| {
        config.site.address.set_port(site);
        config.site.public_url = format!("https://login.localhost:{public}").parse().unwrap();
        config.provider.address.set_port(provider);
        config.provider.public_url = format!("http://localhost:{provider}").parse().unwrap();
    })
    .await;
    let places = Places { sites: vec![site], provider, desk };
    let nginx = Nginx::start(public, &places, |text| text).await;
    (app, nginx)
}

#[tokio::test]
async fn a_customer_decides_through_nginx_as_it_is_shipped() {
    let (app, nginx) = behind_nginx().await;
    let request = app.ask(ALEX, Some("CASE-4711")).await;
    let mut browser = Browser::new(app.site.clone(), nginx.http());
    let page = browser.get(&request.link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let page = browser.submit(&page, "/mail", &[("email", ALEX)]).await;
    let mail = app.mail(1).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let page = browser.get(&mail.link).await;
    let page = browser.submit(&page, "", &[]).await;
    let page = press(&mut browser, &page, "approve").await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
    let log = nginx.log("login.log");
    assert!(
        log.contains("\"GET /login\" 303") && log.contains("\"GET /mail/callback\" 303"),
        "{log}"
    );
    let said = log + &nginx.log("error.log");
    for secret in [&request.auth_req_id, "CASE-4711", "code=", "state="] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[tokio::test]
async fn no_log_of_nginx_holds_what_opens_a_request() {
    let [public, site, provider, desk] = [(); 4].map(|()| Nginx::free_port());
    // Nobody answers behind it, which is when the error log quotes a request.
    let places = Places { sites: vec![site], provider, desk };
    let nginx = Nginx::start(public, &places, |text| text).await;
    let key = "k".repeat(43);
    for path in [
        format!("/r/{key}"),
        format!("/%72/{key}"),
        format!("//r//{key}?ui_locales=de"),
        format!("/continue/{key}"),
        format!("/login?auth_req_id={key}"),
        format!("/mail/callback?code={key}"),
        format!("/social/callback?code={key}"),
    ] {
        let address = format!("https://login.localhost:{public}{path}");
        let answer = nginx.http().get(address).send().await.unwrap();
        assert_eq!(answer.status(), 502, "{path}");
    }
    let log = nginx.log("login.log");
    assert!(log.contains("\"GET /r/-\" 502") && log.contains("\"GET /continue/-\" 502"), "{log}");
    let said = log + &nginx.log("error.log");
    assert!(!said.contains(&key), "{said}");
}

#[tokio::test]
async fn the_other_names_of_nginx_lead_to_the_provider_and_to_nobody_who_is_not_signed_in() {
    let (_app, nginx) = behind_nginx().await;
    let http = nginx.http();
    let get = async |address: String| http.get(address).send().await.unwrap().status();
    // The demo's provider answers on this machine's names only, and that is one.
    assert_eq!(get(format!("https://id.localhost:{}/healthz", nginx.port)).await, 200);
    // Without oauth2-proxy nobody is let through to the desk.
    let desk = get(format!("https://desk.localhost:{}/", nginx.port)).await;
    assert!(desk.is_server_error(), "{desk}");
}

#[tokio::test]
async fn the_longest_requests_of_clients_get_through_nginx_in_every_tab() {
    let (app, nginx) = behind_nginx().await;
    let mut address: url::Url =
        format!("https://id.localhost:{}/cis/oidc/auth", nginx.port).parse().unwrap();
    address.query_pairs_mut().extend_pairs([
        ("client_id", app.demo.client_id.as_str()),
        ("redirect_uri", &format!("{}/social/callback", app.site)),
        ("response_type", "code"),
        ("scope", "openid email"),
        // As JSON in JSON, which it is in the cookie, this is half as long again.
        ("state", &"\"x".repeat(512)),
        ("nonce", &"x".repeat(512)),
        ("login_hint", &"x".repeat(254)),
    ]);
    let mut browser = Browser::new(format!("https://id.localhost:{}", nginx.port), nginx.http());
    for tab in 1..=6 {
        let left = browser.get(address.as_str()).await;
        assert_eq!(left.status, 303, "tab {tab}: {}", left.body);
        assert!(left.header("location").contains("/demo/idp"), "{}", left.header("location"));
    }
}

#[tokio::test]
async fn a_flood_from_one_address_is_told_to_wait() {
    let (app, nginx) = behind_nginx().await;
    let http = nginx.http();
    let mut told_to_wait = 0;
    for _ in 0..150 {
        let answer = http.get(format!("{}/healthz", app.site)).send().await.unwrap();
        match answer.status().as_u16() {
            200 => {}
            429 => told_to_wait += 1,
            status => panic!("{status}"),
        }
    }
    assert!(told_to_wait > 0, "150 requests at once are too many");
}

/// One instance of several: the real program.
pub struct Instance {
    pub port: u16,
    pub folder: PathBuf,
    pub variables: Vec<(&'static str, String)>,
    pub process: Option<Child>,
}

impl Instance {
    pub fn start(&mut self) {
        let mut command = program::serving(&self.folder);
        command
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("CIBA_LOGIN_SITE__ADDRESS", format!("127.0.0.1:{}", self.port))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.process = Some(command.spawn().unwrap());
    }

    pub async fn is_ready(&self) {
        for _ in 0..1000 {
            let address = format!("http://127.0.0.1:{}/readyz", self.port);
            if crate::support::http().get(address).send().await.is_ok_and(|it| it.status() == 200) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("an instance did not start");
    }

    /// As a service manager does it.
    pub async fn restart(&mut self) {
        let mut process = self.process.take().unwrap();
        let told = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
        assert!(told.unwrap().success());
        let ended = tokio::task::spawn_blocking(move || process.wait().unwrap()).await.unwrap();
        assert!(ended.success(), "{ended:?}");
        self.start();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            process.kill().ok();
            process.wait().ok();
        }
    }
}

/// What customers meet.
#[derive(Default)]
struct Tally {
    answered: AtomicUsize,
    failed: std::sync::Mutex<Vec<String>>,
    is_over: AtomicBool,
}

/// Opens its link, looks at the page, and sends a form, again and again.
async fn customer(number: usize, site: String, http: reqwest::Client, tally: Arc<Tally>) {
    let mut round = 0;
    while !tally.is_over.load(SeqCst) {
        round += 1;
        let link = format!("{site}/login?auth_req_id=request-{number}-{round}");
        let form = http
            .post(format!("{site}/api/decide"))
            .header("origin", &site)
            .form(&[("handle", "unknown"), ("decision", "deny")]);
        for request in [http.get(link), http.get(format!("{site}/request/unknown")), form] {
            match request.send().await {
                Ok(answer) if answer.status().as_u16() < 500 => {
                    tally.answered.fetch_add(1, SeqCst);
                }
                answer => {
                    let answer = answer.map(|answer| answer.status());
                    tally.failed.lock().unwrap().push(format!("{answer:?}"));
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_restarted_one_second_apart_fail_nobody() {
    let postgres = Postgres::start().await;
    let database = postgres.database("rolling").await;
    let folder = tempfile::tempdir().unwrap();
    let public = Nginx::free_port();
    let site = format!("https://login.localhost:{public}");
    let mut common: Vec<_> = variables("http://127.0.0.1:9").into();
    common.extend([
        ("CIBA_LOGIN_SITE__PUBLIC_URL", site.clone()),
        ("CIBA_LOGIN_STORAGE__URL", database),
        ("CIBA_LOGIN_SESSION__SEALING_KEY", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=".into()),
        ("CIBA_LOGIN_BRAND__COMPANY", "Bank".into()),
    ]);
    let mut instances = [(); 2].map(|()| Instance {
        port: Nginx::free_port(),
        folder: folder.path().to_owned(),
        variables: common.clone(),
        process: None,
    });
    for instance in &mut instances {
        instance.start();
        instance.is_ready().await;
    }
    let sites = instances.iter().map(|instance| instance.port).collect();
    let places = Places { sites, provider: 9, desk: 9 };
    // One address sends what many customers would.
    let faster = |text: String| text.replace("rate=10r/s", "rate=100000r/s");
    let nginx = Nginx::start(public, &places, faster).await;
    let tally = Arc::new(Tally::default());
    let customers: Vec<_> = (0..8)
        .map(|number| tokio::spawn(customer(number, site.clone(), nginx.http(), tally.clone())))
        .collect();
    for turn in 0..4 {
        instances[turn % 2].restart().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tally.is_over.store(true, SeqCst);
    for customer in customers {
        customer.await.unwrap();
    }
    let failed = tally.failed.lock().unwrap();
    let answered = tally.answered.load(SeqCst);
    assert!(failed.is_empty(), "{} failed, {answered} did not: {:?}", failed.len(), &failed[..1]);
    assert!(answered > 500, "{answered}");
}

fn is_installed(tool: &str) -> bool {
    let is_there = Command::new(tool).arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: {tool} is not installed");
    }
    is_there
}

#[test]
fn systemd_finds_no_fault_with_the_unit_and_calls_it_safe() {
    if !is_installed("systemd-analyze") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("ciba-login.service");
    let text = std::fs::read_to_string("contrib/ciba-login.service").unwrap();
    // Only the program is not here.
    std::fs::write(&unit, text.replace("/opt/ciba-login/ciba-login", "/bin/true")).unwrap();
    let analyze = |arguments: &[&str], unit: &Path| {
        Command::new("systemd-analyze").args(arguments).arg(unit).output().unwrap()
    };
    let verified = analyze(&["verify", "--man=no"], &unit);
    let said = String::from_utf8_lossy(&verified.stderr);
    let about_us: Vec<_> = said.lines().filter(|line| line.contains("ciba-login")).collect();
    assert!(verified.status.success() && about_us.is_empty(), "{said}");
    // Tenths of systemd's exposure score, from 0 to 10: most services of Debian have more than 9.
    let secure = analyze(&["security", "--offline=true", "--threshold=15", "--no-pager"], &unit);
    assert!(secure.status.success(), "{}", String::from_utf8_lossy(&secure.stdout));
}

/// Of a unit that fails at its start systemd makes five starts within ten seconds, and then gives up.
#[test]
fn systemd_never_gives_up_a_unit_whose_database_comes_up_later() {
    let unit = include_str!("../../contrib/ciba-login.service");
    assert!(unit.contains("\nRestart=on-failure\n") && !unit.contains("StartLimit"));
    let pause = unit.lines().find_map(|line| line.strip_prefix("RestartSec=")?.strip_suffix('s'));
    let pause: u32 = pause.expect("a pause in seconds").parse().unwrap();
    assert!(5 * pause > 10, "{pause}");
}

#[test]
fn prometheus_takes_the_alerts() {
    if !is_installed("promtool") {
        return;
    }
    let checked =
        Command::new("promtool").args(["check", "rules", "contrib/alerts.yml"]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn what_compose_starts_is_configured_as_serve_wants_it() {
    let text = include_str!("../../contrib/compose.yml");
    let file = &yaml_rust2::YamlLoader::load_from_str(text).unwrap()[0];
    let services = &file["services"];
    for (name, service) in services.as_hash().unwrap() {
        assert_eq!(service["restart"].as_str(), Some("unless-stopped"), "{name:?} after a reboot");
    }
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("secrets");
    std::fs::create_dir(&secrets).unwrap();
    for (name, value) in [
        ("client_secret", "0123456789"),
        ("sealing_key", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="),
        ("storage_url", "postgres://ciba_login:password@database/ciba_login"),
    ] {
        std::fs::write(secrets.join(name), value).unwrap();
        assert!(!file["secrets"][name].is_badvalue(), "{name}");
    }
    for site in ["site-1", "site-2"] {
        let environment = services[site]["environment"].as_hash().unwrap();
        let mut command = program::program(folder.path());
        for (name, value) in environment {
            // Docker puts them there.
            let place = secrets.display().to_string();
            let value = value.as_str().unwrap().replace("/run/secrets", &place);
            command.env(name.as_str().unwrap(), value);
        }
        let checked = command.arg("check-config").output().unwrap();
        assert!(checked.status.success(), "{}", program::text(&checked.stderr));
        // nginx is the proxy that is believed.
        let proxies = environment.iter().find_map(|(name, value)| {
            name.as_str()?.ends_with("TRUSTED_PROXIES").then(|| value.as_str())?
        });
        let nginx = services["nginx"]["networks"]["inside"]["ipv4_address"].as_str().unwrap();
        assert!(proxies.unwrap().contains(nginx), "{proxies:?}");
        let sleeps = services[site]["stop_grace_period"].as_str();
        let unit = include_str!("../../contrib/ciba-login.service");
        assert!(
            unit.contains(&format!("TimeoutStopSec={}", sleeps.unwrap().trim_end_matches('s')))
        );
        for secret in services[site]["secrets"].as_vec().unwrap() {
            assert!(secrets.join(secret.as_str().unwrap()).exists(), "{secret:?}");
        }
    }
}

/// Instructions of the Dockerfile with what follows them.
fn instructions(name: &str) -> Vec<String> {
    let text = include_str!("../../contrib/Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter_map(|line| line.strip_prefix(name));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_image_holds_what_the_build_makes_and_runs_as_nobody_in_particular() {
    assert_eq!(instructions("USER "), ["65532:65532"]);
    let copies = instructions("COPY --from=build ");
    for built in ["/src/target/release/ciba-login", "/src/target/site"] {
        assert!(copies.iter().any(|copy| copy.starts_with(built)), "{built}: {copies:?}");
    }
    assert!(instructions("RUN ").contains(&"make build".to_owned()));
    assert_eq!(instructions("CMD "), ["[\"serve\"]"]);
    let entry = instructions("ENTRYPOINT ");
    let program = entry[0].trim_matches(|c| "[]\"".contains(c));
    assert!(copies.iter().any(|copy| copy.ends_with(&format!(" {program}"))), "{program}");
    // Nothing that is secret or heavy goes into the image's context.
    let ignored = include_str!("../../contrib/Dockerfile.dockerignore");
    for name in [".git", "contrib/secrets", "demo", "target", "end2end/node_modules"] {
        assert!(ignored.lines().any(|line| line == name), "{name}");
    }
}

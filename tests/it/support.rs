//! What the tests share: the application under test, and a browser without a screen.

mod agent;
mod api;
mod browser;
pub mod conversation;
mod engines;
pub mod fake_idp;
pub mod faults;
pub mod foundation;
pub mod keycloak;
pub mod nginx;
mod postgres;
pub mod program;
pub mod records;
pub mod scripted;
pub mod trusting;
pub mod walk;

use std::sync::Arc;
use std::time::Duration;

use ciba_login::application::Application;
use ciba_login::config::{Config, Secret};
use ciba_login::demo::Demo;
use ciba_login::site::Ports;
use platform::ambient::Ambient;
use platform::clock::ManualClock;
use platform::ids::SystemEntropy;
use platform::storage::Storage;
use provider::contact::Email;
use provider::users::{self, User, UserStatus};
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

pub use agent::{Answer, CIBA, claims};
pub use browser::{Browser, Page};
pub(crate) use engines::on_both_engines;
pub use faults::{Fault, Faults};
pub use postgres::Postgres;

/// A customer of the demo.
pub const ALEX: &str = "alex@example.com";

/// Another one.
pub const SAM: &str = "sam@example.com";

/// The reference that an agent reads out.
pub const REFERENCE: &str = "CASE-4711";

/// The real application in demo mode, on free ports, with a folder and a clock of its own.
pub struct TestApp {
    pub clock: Arc<ManualClock>,
    pub demo: Demo,
    /// The site, as `http://localhost:<port>`.
    pub site: String,
    /// The embedded provider, as `http://localhost:<port>`.
    pub provider: String,
    /// The desk, as `http://localhost:<port>`.
    pub desk: String,
    /// The listener for metrics, as `http://127.0.0.1:<port>`.
    pub management: String,
    pub http: reqwest::Client,
    /// The configuration, with the ports that were taken and before credentials were filled in.
    pub config: Config,
    ports: Option<Ports>,
    answer_step: Duration,
    running: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts it with a changed configuration.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(None, change).await
    }

    /// The same, with a site that knows another provider than the embedded one.
    pub async fn start_at(ports: Option<Ports>, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(ports, Duration::ZERO, change).await
    }

    /// One whose answers about a named person leave in steps, as those of a process that serves do.
    pub async fn start_in_steps(answer_step: Duration) -> Self {
        Self::start_in(None, answer_step, |_| {}).await
    }

    async fn start_in(
        ports: Option<Ports>,
        answer_step: Duration,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.demo.enabled = true;
        config.demo.directory = folder.path().to_owned();
        config.storage.url =
            Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
        config.site.address.set_port(0);
        config.provider.address.set_port(0);
        config.desk.address.set_port(0);
        config.management.address.set_port(0);
        change(&mut config);
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let application = build(&config, &clock, ports.as_ref(), answer_step).await;
        config.site.address = application.site_address().unwrap();
        config.site.public_url.set_port(Some(config.site.address.port())).unwrap();
        let port_is_free = config.provider.address.port() == 0;
        if let Some(address) = application.provider_address().unwrap().filter(|_| port_is_free) {
            config.provider.address = address;
            config.provider.public_url.set_port(Some(address.port())).unwrap();
        }
        if let Some(address) = application.desk_address().unwrap() {
            config.desk.address = address;
            config.desk.public_url.set_port(Some(address.port())).unwrap();
        }
        if let Some(address) = application.management_address().unwrap() {
            config.management.address = address;
        }
        let demo_file = config.demo.directory.join("demo.json");
        let demo: Demo = serde_json::from_slice(&std::fs::read(demo_file).unwrap()).unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(application.run(stop.clone()));
        Self {
            desk: config.desk.public_url.origin().ascii_serialization(),
            management: format!("http://{}", config.management.address),
            config,
            ports,
            answer_step,
            running,
            clock,
            site: demo.site_url.clone(),
            provider: demo.provider_url.clone(),
            demo,
            http: http(),
            stop,
            _folder: folder,
        }
    }

    /// Kills the application in the middle of whatever it does, and starts another on the same
    /// storage and ports.
    pub async fn crash_and_restart(&mut self) {
        self.running.abort();
        // The listeners are gone when the task is.
        let _cancelled = (&mut self.running).await;
        let application = self.build().await;
        self.running = tokio::spawn(application.run(self.stop.clone()));
    }

    async fn build(&self) -> Application {
        build(&self.config, &self.clock, self.ports.as_ref(), self.answer_step).await
    }

    /// Starts a second site on the same database, with the same keys, that calls the same provider, and
    /// says where it is reached.
    pub async fn second_site(&self) -> String {
        let mut config = self.config.clone();
        ciba_login::demo::borrow(&mut config).unwrap();
        config.demo.enabled = false;
        config.provider.url = Some(self.provider.parse().unwrap());
        config.site.address.set_port(0);
        let application = build(&config, &self.clock, None, self.answer_step).await;
        let port = application.site_address().unwrap().port();
        tokio::spawn(application.run(self.stop.clone()));
        format!("http://localhost:{port}")
    }

    /// Asks the application to stop, as a supervisor does, waits for its end, and starts another on the
    /// same storage and ports.
    pub async fn stop_and_restart(&mut self) {
        self.stop.cancel();
        (&mut self.running).await.unwrap();
        self.stop = CancellationToken::new();
        let application = self.build().await;
        self.running = tokio::spawn(application.run(self.stop.clone()));
    }

    /// Asks the application to stop.
    pub fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    /// Waits for its end.
    pub async fn until_stopped(&mut self) {
        (&mut self.running).await.unwrap();
    }

    /// The port of the site's listener.
    pub fn site_port(&self) -> u16 {
        self.config.site.address.port()
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(self.site.clone(), self.http.clone())
    }
}

async fn build(
    config: &Config,
    clock: &Arc<ManualClock>,
    ports: Option<&Ports>,
    answer_step: Duration,
) -> Application {
    let ambient = Ambient::new(clock.clone(), Arc::new(SystemEntropy));
    let ambient = Ambient { answer_step, ..ambient };
    Application::build_with(config.clone(), ambient, ports.cloned()).await.unwrap()
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A client with our own limits.
pub fn http() -> reqwest::Client {
    platform::http_client::build(platform::http_client::Timeouts {
        connect: Duration::from_secs(2),
        total: Duration::from_secs(30),
    })
    .unwrap()
}

/// Waits for a condition, at most ten seconds.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it did not come to this: {what}");
}

/// The application on a database of PostgreSQL, or on SQLite where none is named.
pub async fn bench(database: Option<Secret>) -> TestApp {
    TestApp::start_with(|config| {
        if let Some(url) = database {
            config.storage.url = url;
        }
    })
    .await
}

/// A customer of the embedded provider, by a name that is their address, too: `name@example.com`.
pub async fn customer(storage: &Storage, name: &str, now: i64) {
    let user = User {
        user_id: name.to_owned(),
        email: Some(Email::parse(&format!("{name}@example.com")).unwrap()),
        email_verified: true,
        phone_number: None,
        phone_number_verified: false,
        status: UserStatus::Active,
        created_at: now,
        updated_at: now,
        last_auth: None,
    };
    users::create(storage, &user).await.unwrap();
}

//! What the tests share: the application under test, and a browser without a screen.

mod agent;
mod api;
mod browser;
pub mod fake_idp;
mod postgres;
pub mod scripted;

use std::sync::Arc;

use ciba_login::server::application::{Ambient, Application};
use ciba_login::server::clock::ManualClock;
use ciba_login::server::config::{Config, Secret};
use ciba_login::server::demo::Demo;
use ciba_login::server::ids::SystemEntropy;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

pub use agent::{Answer, CIBA, claims};
pub use browser::{Browser, Page};
pub use postgres::Postgres;

/// The real application in demo mode, on free ports, with a folder and a clock of its own.
pub struct TestApp {
    pub clock: Arc<ManualClock>,
    pub demo: Demo,
    /// The site, as `http://localhost:<port>`.
    pub site: String,
    /// The embedded provider, as `http://localhost:<port>`.
    pub provider: String,
    pub http: reqwest::Client,
    /// The configuration, before ports and credentials were filled in.
    pub config: Config,
    stop: CancellationToken,
    folder: tempfile::TempDir,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts it with a changed configuration.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.demo.enabled = true;
        config.demo.directory = folder.path().to_owned();
        config.storage.url =
            Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
        config.site.address.set_port(0);
        config.provider.address.set_port(0);
        config.desk.address.set_port(0);
        change(&mut config);
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let ambient = Ambient { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
        let demo_file = config.demo.directory.join("demo.json");
        let given = config.clone();
        let application = Application::build(config, ambient).await.unwrap();
        let demo: Demo = serde_json::from_slice(&std::fs::read(demo_file).unwrap()).unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(application.run(stop.clone()));
        Self {
            clock,
            site: demo.site_url.clone(),
            provider: demo.provider_url.clone(),
            demo,
            http: http(),
            config: given,
            stop,
            folder,
        }
    }

    /// The folder that holds the database and `demo.json`.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(self.site.clone(), self.http.clone())
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn http() -> reqwest::Client {
    ciba_login::server::http_client::build(ciba_login::server::http_client::Patience {
        connect: std::time::Duration::from_secs(2),
        total: std::time::Duration::from_secs(30),
    })
    .unwrap()
}

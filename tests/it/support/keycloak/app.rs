//! The application at the double.

use std::sync::Arc;
use std::time::Duration;

use ciba_login::application::Application;
use ciba_login::config::{Config, Delivery, ProviderKind, Secret};
use ciba_login::records::Records;
use platform::ambient::Ambient;
use platform::clock::ManualClock;
use platform::ids::{SharedEntropy, SystemEntropy};
use platform::seal::Sealer;
use platform::storage::Storage;
use serde_json::Value;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::{Browser, http, until};
use super::{AGENTS_CLIENT, FakeKeycloak, LOGIN_CLIENT, SECRET, Start};

/// The application with the double as its provider, an SMS gateway that keeps what it is given, and a
/// clock moved by hand.
pub struct KeycloakApp {
    pub clock: Arc<ManualClock>,
    pub keycloak: FakeKeycloak,
    /// The site, as `http://localhost:<port>`.
    pub site: String,
    /// The desk, for a proxy that names the agent in `X-Forwarded-User`.
    pub desk: String,
    pub http: reqwest::Client,
    pub config: Config,
    gateway: MockServer,
    running: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl KeycloakApp {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Where the site and the agents' side reach the realm at another address than browsers.
    pub async fn start_internally() -> Self {
        Self::start_at(true, |_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(false, change).await
    }

    async fn start_at(is_internal: bool, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let keycloak = FakeKeycloak::start(clock.clone()).await;
        let gateway = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&gateway).await;
        let mut config = Config::default();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        config.storage.url = Secret::new(url);
        config.session.sealing_key =
            Some(Secret::new("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="));
        config.site.address.set_port(0);
        config.provider.kind = ProviderKind::Keycloak;
        config.provider.url = Some(keycloak.issuer().parse().unwrap());
        config.keycloak.internal_url =
            is_internal.then(|| keycloak.internal_realm().parse().unwrap());
        config.provider.client_id = Some(LOGIN_CLIENT.into());
        config.provider.client_secret = Some(Secret::new(SECRET));
        config.keycloak.clients.insert(AGENTS_CLIENT.into(), "Example Bank, telephone".into());
        config.keycloak.delivery = Delivery::Sms;
        config.keycloak.agent.client_id = Some(AGENTS_CLIENT.into());
        config.keycloak.agent.client_secret = Some(Secret::new(SECRET));
        config.sms.gateway_url = Some(gateway.uri().parse().unwrap());
        config.desk.enabled = true;
        config.desk.address.set_port(0);
        config.desk.identity_header = Some("X-Forwarded-User".into());
        config.desk.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        change(&mut config);
        let application = build(&config, &clock).await;
        config.site.address = application.site_address().unwrap();
        config.site.public_url.set_port(Some(config.site.address.port())).unwrap();
        let desk = format!("http://{}", application.desk_address().unwrap().unwrap());
        let stop = CancellationToken::new();
        let running = tokio::spawn(application.run(stop.clone()));
        let site = config.site.public_url.origin().ascii_serialization();
        keycloak.asks_at(&format!("{site}/keycloak/channel"));
        let http = http();
        Self { clock, keycloak, site, desk, http, config, gateway, running, stop, _folder: folder }
    }

    /// Starts another instance on the same storage, behind the same public address; where it is reached
    /// itself.
    pub async fn another_instance(&self) -> String {
        let mut config = self.config.clone();
        config.site.address.set_port(super::super::nginx::Nginx::free_port());
        let application = build(&config, &self.clock).await;
        let address = application.site_address().unwrap();
        tokio::spawn(application.run(self.stop.clone()));
        format!("http://localhost:{}", address.port())
    }

    /// Kills the application in the middle of whatever it does, and starts another.
    pub async fn crash_and_restart(&mut self) {
        self.running.abort();
        let _cancelled = (&mut self.running).await;
        let application = build(&self.config, &self.clock).await;
        self.running = tokio::spawn(application.run(self.stop.clone()));
    }

    /// What both sides share.
    pub async fn records(&self) -> Records {
        let entropy: SharedEntropy = Arc::new(SystemEntropy);
        let sealer = Sealer::of(&self.config.session, &entropy).unwrap();
        let storage = Storage::attach(&self.config.storage).await.unwrap();
        Records::new(storage, sealer, self.clock.clone())
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.site.clone(), self.http.clone())
    }

    /// The messages that the gateway has got: number and text.
    pub async fn messages(&self) -> Vec<(String, String)> {
        let requests = self.gateway.received_requests().await.unwrap();
        requests
            .iter()
            .map(|request| {
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                let text = |name: &str| body[name].as_str().unwrap().to_owned();
                (text("phone_number"), text("message"))
            })
            .collect()
    }

    /// Waits for this many messages, and gives the link of the last.
    pub async fn link(&self, count: usize) -> String {
        self.clock.advance(Duration::from_secs(2));
        until("a message is sent", async || self.messages().await.len() >= count).await;
        let (_, text) = self.messages().await[count - 1].clone();
        text.rsplit(' ').next().unwrap().to_owned()
    }

    /// Asks for alex, and gives the link that they get.
    pub async fn asked(&self, extra: &[(&str, &str)]) -> (Start, String) {
        let before = self.messages().await.len();
        let start = self.keycloak.ask(extra).await;
        assert_eq!(start.status, 200, "{start:?}");
        let link = self.link(before + 1).await;
        (start, link)
    }
}

async fn build(config: &Config, clock: &Arc<ManualClock>) -> Application {
    let ambient = Ambient::new(clock.clone(), Arc::new(SystemEntropy));
    Application::build(config.clone(), ambient).await.unwrap()
}

impl Drop for KeycloakApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

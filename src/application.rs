//! Puts the rooms together: opens the storage, builds each party's router, and serves them.
//!
//! Tests start the same object, on port 0, with a clock that they move by hand.

pub mod settings;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::at_keycloak::KeycloakParts;
use crate::at_transmit::AtTransmit;
use crate::config::{Config, ProviderKind};
use crate::demo::Demo;
use crate::desk::{BuiltDesk, DeskParts};
use crate::site::{BuiltSite, Ports, SiteParts};
use crate::{at_keycloak, demo, desk, site};
use platform::ambient::{Ambient, Worker};
use platform::causes::Causes;
use platform::http_client;
use platform::lifecycle::{ListenError, Listener, Stop};
use platform::management;
use platform::metrics::{self, AnswerCounter};
use platform::network::Network;
use platform::seal::{InvalidSealingKey, Sealer};
use platform::storage::presence::Presence;
use platform::storage::{OpenError, Storage, shrink};
use platform::traces::{self, Traces};
use transmit::Transmit;

/// How long decisions under way may take at the end: at most three calls within ten seconds, and the
/// last of them as long as a call may take.
const LAST_CALLS: Duration = Duration::from_secs(20);

/// Seconds between saying that the process stops and stopping, where the configuration has no number.
const DRAIN_SECONDS: u16 = 3;

/// The application could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The demo's folder cannot be used.
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
    /// The database cannot be used.
    #[error(transparent)]
    Storage(#[from] OpenError),
    /// A listener cannot be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    HttpClient(#[from] http_client::HttpClientError),
    /// The sealing key is missing or malformed.
    #[error("session.sealing_key")]
    SealingKey(#[from] InvalidSealingKey),
    /// The configuration lacks what the API client needs.
    #[error(transparent)]
    Client(#[from] settings::SettingsError),
    /// The realm of Keycloak cannot be used.
    #[error("the provider Keycloak could not be set up")]
    Keycloak(#[from] at_keycloak::KeycloakSetUpError),
    /// The embedded provider cannot be set up.
    #[error("the embedded provider could not be set up")]
    Provider(#[from] provider::ProviderSetUpError),
    /// The site cannot be set up.
    #[error("the site could not be set up")]
    Site(#[from] site::SiteSetUpError),
    /// The desk cannot be set up.
    #[error("the desk could not be set up")]
    Desk(#[from] desk::DeskSetUpError),
    /// Traces cannot be sent.
    #[error(transparent)]
    Traces(#[from] traces::TracesSetUpError),
    /// A bound socket has no address.
    #[error("the address of a listener is not known")]
    Address(#[from] std::io::Error),
}

/// Tries what [`Application::build`] needs of the configuration and can be tried without a database,
/// a listener or a call: keys that are read from files, mail servers, gateways, origins.
///
/// # Errors
///
/// [`StartError`], as the start would say it.
pub fn check(config: &Config, ambient: &Ambient) -> Result<(), StartError> {
    // The demo's credentials are made on its first start.
    if config.provider.kind == ProviderKind::Keycloak {
        at_keycloak::check(config, ambient)?;
        if config.desk.enabled {
            settings::of_client(config)?;
        }
    } else if !config.demo.enabled {
        settings::of_client(config)?;
    }
    if config.has_embedded_provider() {
        provider::check(&settings::of_provider(config), ambient)?;
    }
    Ok(())
}

/// The whole application, listening and not yet serving.
pub struct Application {
    site: (Listener, Router),
    provider: Option<(Listener, Router)>,
    desk: Option<(Listener, Router)>,
    management: Option<(Listener, Router)>,
    storage: Storage,
    traces: Traces,
    presence: Presence,
    workers: Vec<Worker>,
    sending: TaskTracker,
    stop: Stop,
    drain: Duration,
    proxies: Vec<Network>,
}

/// What is listened on.
struct Listeners {
    site: Listener,
    provider: Option<Listener>,
    desk: Option<Listener>,
    management: Option<Listener>,
}

impl Listeners {
    /// Opens them all. The public addresses follow the ports that were taken.
    async fn bind(config: &mut Config) -> Result<Self, StartError> {
        let site = Listener::bind("site", config.site.address).await?;
        follow_port(&mut config.site.public_url, config.site.address, &site)?;
        let provider = if config.has_embedded_provider() {
            let listener = Listener::bind("provider", config.provider.address).await?;
            follow_port(&mut config.provider.public_url, config.provider.address, &listener)?;
            Some(listener)
        } else {
            None
        };
        let desk = bind_unasked("desk", config.desk.enabled, config.desk.address, config).await?;
        if let Some(listener) = &desk {
            follow_port(&mut config.desk.public_url, config.desk.address, listener)?;
        }
        let (enabled, address) = (config.management.enabled, config.management.address);
        let management = bind_unasked("management", enabled, address, config).await?;
        Ok(Self { site, provider, desk, management })
    }
}

/// What every room is built on.
#[derive(Clone, Copy)]
struct Base<'a> {
    /// With the demo's credentials in it.
    config: &'a Config,
    ambient: &'a Ambient,
    storage: &'a Storage,
    sealer: &'a Sealer,
    demo: Option<&'a Demo>,
}

/// The provider as the site knows it, and what that takes beside the site's own pages.
struct AtProvider {
    ports: Ports,
    workers: Vec<Worker>,
    /// The routes that the provider calls.
    channel: Option<Router>,
}

impl AtProvider {
    fn known_by(ports: Ports) -> Self {
        Self { ports, workers: Vec::new(), channel: None }
    }
}

impl Base<'_> {
    async fn provider(self) -> Result<provider::BuiltProvider, StartError> {
        let parts = provider::ProviderParts {
            settings: settings::of_provider(self.config).into(),
            ambient: self.ambient,
            storage: self.storage,
            sealer: self.sealer,
            demo: self.demo.map(settings::of_demo),
        };
        Ok(provider::build(parts).await?)
    }

    /// The client of the provider's API. At Keycloak only the desk needs one, of the agents' side.
    fn transmit(
        self,
        http: &reqwest::Client,
        has_desk: bool,
    ) -> Result<Option<Transmit>, StartError> {
        if self.config.provider.kind == ProviderKind::Keycloak && !has_desk {
            return Ok(None);
        }
        let settings = settings::of_client(self.config)?;
        Ok(Some(Transmit::new(http.clone(), settings, self.ambient.clone())))
    }

    /// What the configured provider is to the site.
    fn at_provider(
        self,
        transmit: Option<Transmit>,
        http: reqwest::Client,
    ) -> Result<AtProvider, StartError> {
        let is_keycloak = self.config.provider.kind == ProviderKind::Keycloak;
        if let Some(transmit) = transmit.filter(|_| !is_keycloak) {
            return Ok(AtProvider::known_by(Ports::new(AtTransmit::new(transmit, self.config))));
        }
        let built = at_keycloak::build(KeycloakParts {
            config: self.config,
            ambient: self.ambient,
            storage: self.storage,
            sealer: self.sealer,
            http,
        })?;
        Ok(AtProvider { ports: built.ports, workers: built.workers, channel: Some(built.channel) })
    }

    fn site(self, ports: Ports) -> Result<BuiltSite, StartError> {
        Ok(site::build(SiteParts {
            config: self.config,
            ambient: self.ambient,
            storage: self.storage,
            sealer: self.sealer,
            ports,
        })?)
    }

    fn desk(self, transmit: Transmit) -> Result<BuiltDesk, StartError> {
        Ok(desk::build(DeskParts {
            config: self.config,
            ambient: self.ambient,
            storage: self.storage,
            sealer: self.sealer,
            transmit,
            demo: self.demo,
        })?)
    }

    /// A listener's routes, in its traces and with its answers counted.
    fn counted(self, listener: &'static str, router: Router) -> Router {
        let answers = AnswerCounter::of(listener, &self.ambient.metrics);
        let router = router.layer(from_fn_with_state(answers, metrics::count));
        self.ambient.traces.around(listener, router)
    }
}

impl Application {
    /// Opens everything that `config` names. In the demo the missing credentials, keys and customers
    /// are made first. A listener on port 0 takes a free port, and its public address follows.
    pub async fn build(config: Config, ambient: Ambient) -> Result<Self, StartError> {
        Self::build_with(config, ambient, None).await
    }

    /// The same, with a site that knows another provider than the configured one.
    pub async fn build_with(
        mut config: Config,
        mut ambient: Ambient,
        ports: Option<Ports>,
    ) -> Result<Self, StartError> {
        check(&config, &ambient)?;
        ambient.traces = Traces::start(&config.traces)?;
        let Listeners { site, provider, desk, management } = Listeners::bind(&mut config).await?;
        let entropy = ambient.entropy.as_ref();
        let demo = config.demo.enabled.then(|| demo::adopt(&mut config, entropy)).transpose()?;
        let storage = Storage::open(&config.storage).await?;
        let now = ambient.clock.unix();
        let presence = Presence::enter(&config.storage, end_leases(&storage, now)).await;
        let sealer = Sealer::of(&config.session, &ambient.entropy)?;
        let base = Base {
            config: &config,
            ambient: &ambient,
            storage: &storage,
            sealer: &sealer,
            demo: demo.as_ref(),
        };
        let mut workers = vec![shrink::worker(&storage)];

        let provider = match provider {
            Some(listener) => {
                let built = base.provider().await?;
                workers.extend(built.workers);
                Some((listener, base.counted("provider", built.router)))
            }
            None => None,
        };
        let http = settings::http_of_provider(&config)?;
        let transmit = base.transmit(&http, desk.is_some())?;
        let at_provider = match ports {
            Some(ports) => AtProvider::known_by(ports),
            None => base.at_provider(transmit.clone(), http)?,
        };
        workers.extend(at_provider.workers);
        let built = base.site(at_provider.ports)?;
        workers.extend(built.workers);
        let sending = built.sending;
        // Beside the site's pages, and outside of the layers that are for browsers.
        let router = at_provider.channel.into_iter().fold(built.router, Router::merge);
        let site = (site, base.counted("site", router));
        let desk = match (desk, transmit) {
            (Some(listener), Some(transmit)) => {
                let built = base.desk(transmit)?;
                workers.extend(built.workers);
                Some((listener, base.counted("desk", built.router)))
            }
            _ => None,
        };
        let management =
            management.map(|listener| (listener, management::router(&ambient, &storage)));
        let stop = Stop { announced: ambient.stopping, ..Stop::default() };
        let drain = drain(&config);
        let desk_proxies = config.desk.trusted_proxies;
        let proxies = config.site.trusted_proxies.into_iter().chain(desk_proxies).collect();
        Ok(Self {
            site,
            provider,
            desk,
            management,
            storage,
            traces: ambient.traces,
            presence,
            workers,
            sending,
            stop,
            drain,
            proxies,
        })
    }

    /// The address of the site's listener.
    pub fn site_address(&self) -> std::io::Result<SocketAddr> {
        self.site.0.address()
    }

    /// The address of the embedded provider's listener, where there is one.
    pub fn provider_address(&self) -> std::io::Result<Option<SocketAddr>> {
        self.provider.as_ref().map(|(listener, _)| listener.address()).transpose()
    }

    /// The address of the desk's listener, where there is one.
    pub fn desk_address(&self) -> std::io::Result<Option<SocketAddr>> {
        self.desk.as_ref().map(|(listener, _)| listener.address()).transpose()
    }

    /// The address of the listener for metrics, where there is one.
    pub fn management_address(&self) -> std::io::Result<Option<SocketAddr>> {
        self.management.as_ref().map(|(listener, _)| listener.address()).transpose()
    }

    /// Serves until it is `asked` to stop, then lets work under way come to its end.
    pub async fn run(self, asked: CancellationToken) {
        let (stop, drain) = (self.stop, self.drain);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn({
            let (stop, asked) = (stop.clone(), asked.clone());
            async move { stop.follow(asked, drain).await }
        });
        let listeners: Vec<_> = [Some(self.site), self.provider, self.desk, self.management]
            .into_iter()
            .flatten()
            .collect();
        let count = u64::try_from(listeners.len()).unwrap_or(u64::MAX);
        for (listener, router) in listeners {
            let (stop, proxies) = (stop.clone(), self.proxies.clone());
            tasks.spawn(async move { listener.serve(router, stop, count, &proxies).await });
        }
        for worker in self.workers {
            tasks.spawn(worker(stop.begun.clone()));
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(error = %Causes(&error), "a task of the application failed");
                asked.cancel();
            }
        }
        // Only now, when no listener takes a press any more.
        self.sending.close();
        if tokio::time::timeout(LAST_CALLS, self.sending.wait()).await.is_err() {
            tracing::warn!("decisions were cut off at shutdown; they will be resumed");
        }
        self.storage.close().await;
        self.traces.stop().await;
        drop(self.presence);
    }
}

/// What rooms lease to a process, in the statements that end it.
const LEASES: [&str; 6] = [
    site::decision::END_LEASES,
    site::sign_in::magic_link::END_LEASES,
    site::sign_in::magic_link::END_USES,
    desk::END_LEASES,
    at_keycloak::links::END_LEASES,
    messages::delivery::END_LEASES,
];

/// Takes up at once what a process that crashed was at, before any listener answers: a lease that this
/// process takes is never among them.
async fn end_leases(storage: &Storage, now: i64) {
    for statement in LEASES {
        let ended = sqlx::query(statement).bind(now).execute(storage.writer()).await;
        if let Err(error) = ended {
            tracing::error!(error = %Causes(&error), "ending old leases failed");
        }
    }
}

/// A listener that nobody has to ask for in the demo, so there the demo goes on without it where its
/// port is taken.
async fn bind_unasked(
    name: &'static str,
    asked_for: bool,
    address: SocketAddr,
    config: &Config,
) -> Result<Option<Listener>, StartError> {
    if !asked_for && !config.demo.enabled {
        return Ok(None);
    }
    match Listener::bind(name, address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if !asked_for => {
            tracing::warn!(listener = name, error = %Causes(&error), "a listener of the demo is left out");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// How long the process serves on after it has said that it stops: nobody balances the load of a demo.
fn drain(config: &Config) -> Duration {
    let seconds = config.management.drain_seconds;
    let seconds = seconds.unwrap_or(if config.demo.enabled { 0 } else { DRAIN_SECONDS });
    Duration::from_secs(seconds.into())
}

fn follow_port(url: &mut Url, asked: SocketAddr, listener: &Listener) -> std::io::Result<()> {
    if asked.port() == 0 {
        // A public address always has a host, so its port can be set.
        let _always = url.set_port(Some(listener.address()?.port()));
    }
    Ok(())
}

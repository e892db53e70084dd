//! The real rooms without a listener between them and the test: the site and the embedded provider on
//! one database, a clock moved by hand, and randomness from a seed.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Request, StatusCode};
use ciba_login::application::settings;
use ciba_login::at_transmit::AtTransmit;
use ciba_login::config::{Config, Secret};
use ciba_login::demo::{self, Demo};
use ciba_login::records::Records;
use ciba_login::site::{self, Ports, Site};
use platform::ambient::Ambient;
use platform::clock::{Clock, ManualClock};
use platform::ids::{Entropy, NoEntropy};
use platform::seal::Sealer;
use platform::storage::Storage;
use serde_json::Value;
use time::macros::datetime;
use tower::ServiceExt;

use super::line::Line;
use super::tab::encoded;
use crate::support;

/// Numbers from a seed (SplitMix64), for steps and for everything that the rooms draw.
#[derive(Debug)]
pub struct Seeded(Mutex<u64>);

impl Seeded {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// Begins anew from a seed.
    pub fn sow(&self, seed: u64) {
        *self.0.lock().unwrap() = seed;
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of these.
    pub fn pick<T: Copy>(&self, of: &[T]) -> T {
        let count = u64::try_from(of.len()).unwrap();
        of[usize::try_from(self.next() % count).unwrap()]
    }
}

impl Entropy for Seeded {
    fn fill(&self, destination: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in destination.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Both parties.
pub struct World {
    pub clock: Arc<ManualClock>,
    pub seeded: Arc<Seeded>,
    pub line: Line,
    pub site: Site,
    pub router: Router,
    pub records: Records,
    provider: Router,
    demo: Demo,
    config: Config,
    ambient: Ambient,
    storage: Storage,
    sealer: Sealer,
    _folder: tempfile::TempDir,
}

impl World {
    /// Builds both on an empty database.
    pub async fn begin() -> Self {
        // In memory where there is such a folder: nothing here is about disks.
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        let mut config = Config::default();
        config.demo.enabled = true;
        config.demo.directory = folder.path().to_owned();
        let file = folder.path().join("model.db");
        config.storage.url = Secret::new(format!("sqlite://{}", file.display()));
        // The last call to the provider is the only one that needs a socket.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        config.provider.public_url.set_port(Some(port)).unwrap();

        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let seeded = Arc::new(Seeded::new(0));
        let ambient = Ambient::new(clock.clone(), seeded.clone());
        let demo = demo::adopt(&mut config, seeded.as_ref()).unwrap();
        let storage = Storage::open(&config.storage).await.unwrap();
        let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
        let provider = provider::build(provider::ProviderParts {
            settings: settings::of_provider(&config).into(),
            ambient: &ambient,
            storage: &storage,
            sealer: &sealer,
            demo: Some(settings::of_demo(&demo)),
        });
        let provider = provider.await.unwrap();
        let serving = axum::serve(listener, provider.router.clone());
        tokio::spawn(async move { serving.await.unwrap() });

        let client = settings::of_client(&config).unwrap();
        let transmit = transmit::Transmit::new(support::http(), client, ambient.clone());
        let at_transmit = AtTransmit::new(transmit, &config);
        let line = Line::new(at_transmit, provider.state, demo.client_id.clone());
        let built = site_of(&config, &ambient, &storage, &sealer, &line);
        Self {
            records: built.site.records.clone(),
            site: built.site,
            router: built.router,
            provider: provider.router,
            clock,
            seeded,
            line,
            demo,
            config,
            ambient,
            storage,
            sealer,
            _folder: folder,
        }
    }

    /// The site's process dies, with whatever it was doing, and another one starts.
    pub fn crash(&mut self) {
        self.line.lose_callers();
        let built = site_of(&self.config, &self.ambient, &self.storage, &self.sealer, &self.line);
        (self.site, self.router) = (built.site, built.router);
    }

    /// Two customers who have never been here: whoever the next request is for, and somebody else.
    pub async fn two_customers(&self, seed: u64) -> [String; 2] {
        let names = ["customer", "stranger"].map(|kind| format!("{kind}-{seed}"));
        for name in &names {
            support::customer(&self.storage, name, self.clock.unix()).await;
        }
        self.line.begin(&names[0]);
        names
    }

    /// A call of the agent's client.
    pub async fn agent(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let own = [
            ("client_id", self.demo.client_id.as_str()),
            ("client_secret", &self.demo.client_secret),
        ];
        let form = encoded(&[&own, form].concat());
        let request = Request::post(path)
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let response = self.provider.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

fn site_of(
    config: &Config,
    ambient: &Ambient,
    storage: &Storage,
    sealer: &Sealer,
    line: &Line,
) -> site::BuiltSite {
    let ports = Ports::new(line.clone());
    site::build(site::SiteParts { config, ambient, storage, sealer, ports }).unwrap()
}

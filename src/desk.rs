//! The desk: the agent's page. It starts requests, follows them to their ends, and shows each agent
//! their own.
//!
//! It is the operator's side with a page in front of it, on a listener of its own, and never imports
//! the site or the provider. What the customer has done so far it reads from the records that both
//! sides share. Tokens are neither shown nor stored; the desk only records which customer allowed it.
//!
//! In the demo everybody on this machine is the one agent, and the listener's first page shows both
//! sides. Everywhere else an agent is who the reverse proxy says.

mod access;
mod follow;
mod live;
mod order;
mod pages;
mod phone;
mod place;
mod qr;
mod requests;
mod router;
mod sides;

use std::sync::Arc;

use axum::Router;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use self::access::Gate;
use self::phone::Phone;
use self::requests::DeskRequests;
pub(crate) use self::requests::END_LEASES;
use crate::codes::{Codes, RequestChannel};
use crate::config::Config;
use crate::demo::Demo;
use crate::records::Records;
use messages::texts::{InvalidText, Language, Texts, Words};
use platform::ambient::{Ambient, Worker};
use platform::http_client;
use platform::seal::Sealer;
use platform::storage::Storage;
use transmit::Transmit;
use url::Url;

/// What the desk is built from.
#[derive(Debug)]
pub struct DeskParts<'a> {
    /// The configuration, with the demo's credentials in it.
    pub config: &'a Config,
    /// Time and randomness.
    pub ambient: &'a Ambient,
    /// The database, which the site shares.
    pub storage: &'a Storage,
    /// Seals identifiers and links at rest.
    pub sealer: &'a Sealer,
    /// The provider's API.
    pub transmit: Transmit,
    /// The demo's data, where the demo is on.
    pub demo: Option<&'a Demo>,
}

/// The desk, ready to be served.
pub struct BuiltDesk {
    /// Its URL map.
    pub router: Router,
    /// Its work beside the listener.
    pub workers: Vec<Worker>,
}

/// The desk cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum DeskSetUpError {
    /// The client for the demo's outbox cannot be set up.
    #[error(transparent)]
    HttpClient(#[from] http_client::HttpClientError),
    /// A text of the configuration cannot be used.
    #[error(transparent)]
    Texts(#[from] InvalidText),
}

/// Builds the desk.
pub fn build(parts: DeskParts<'_>) -> Result<BuiltDesk, DeskSetUpError> {
    let desk = Arc::new(Desk {
        ambient: parts.ambient.clone(),
        storage: parts.storage.clone(),
        requests: DeskRequests::new(parts.storage, parts.sealer),
        records: Records::new(
            parts.storage.clone(),
            parts.sealer.clone(),
            parts.ambient.clock.clone(),
        ),
        codes: Codes::new(parts.storage.clone(), parts.sealer.clone(), parts.ambient.clone()),
        channels: RequestChannel::offered(parts.config),
        longest_reference: parts.config.provider.kind.longest_reference(),
        sends_links: parts.config.brand.sends_links,
        site: parts.config.site.public_url.clone(),
        transmit: parts.transmit,
        gate: Gate::new(parts.config, parts.demo.is_some()),
        texts: Arc::new(Texts::load(&parts.config.brand)?),
        phone: parts.demo.map(|demo| Phone::new(demo, parts.config)).transpose()?,
        opened: Notify::new(),
        version: watch::channel(0).0,
        closing: CancellationToken::new(),
    });
    let router = router::router(Arc::clone(&desk));
    let follow: Worker = {
        let desk = Arc::clone(&desk);
        Box::new(move |stop| Box::pin(follow::run(desk, stop)))
    };
    // Streams never end by themselves, and a listener waits for its connections.
    let close: Worker = Box::new(move |stop| {
        Box::pin(async move {
            stop.cancelled().await;
            desk.closing.cancel();
        })
    });
    Ok(BuiltDesk { router, workers: vec![follow, close] })
}

/// What handlers and workers share.
#[derive(Debug)]
struct Desk {
    ambient: Ambient,
    storage: Storage,
    requests: DeskRequests,
    /// What the site reads of our requests, and we of its customers.
    records: Records,
    /// The codes that agents read out.
    codes: Codes,
    /// How requests may reach customers, the usual one first.
    channels: &'static [RequestChannel],
    /// The most characters of a reference that the provider takes.
    longest_reference: usize,
    sends_links: bool,
    /// The site, where customers type a code.
    site: Url,
    transmit: Transmit,
    gate: Gate,
    texts: Arc<Texts>,
    /// The customers' phone, in the demo.
    phone: Option<Phone>,
    /// A request was started: its turns begin.
    opened: Notify,
    /// Counts what this instance has changed.
    version: watch::Sender<u64>,
    closing: CancellationToken,
}

impl Desk {
    /// The present moment, in seconds since 1970.
    fn now(&self) -> i64 {
        self.ambient.clock.unix()
    }

    /// The words for an agent who reads this language.
    fn words(&self, language: Language) -> Words {
        self.texts.words(language)
    }

    /// Tells the open pages of this instance to look again.
    fn changed(&self) {
        self.version.send_modify(|version| *version = version.wrapping_add(1));
    }
}

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
mod state;

use std::sync::Arc;

use axum::Router;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use self::access::Gate;
use self::phone::Phone;
use self::requests::DeskRequests;
pub(crate) use self::requests::END_LEASES;
use self::state::Desk;
use crate::codes::{Codes, RequestChannel};
use crate::config::Config;
use crate::demo::Demo;
use crate::records::Records;
use messages::texts::{InvalidText, Texts};
use platform::ambient::{Ambient, Worker};
use platform::http_client;
use platform::seal::Sealer;
use platform::storage::Storage;
use transmit::Transmit;

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
        texts: Arc::new(Texts::load(&parts.config.brand)?),
        phone: parts.demo.map(|demo| Phone::new(demo, parts.config)).transpose()?,
        opened: Notify::new(),
        version: watch::channel(0).0,
        closing: CancellationToken::new(),
    });
    let gate = Gate::new(parts.config, parts.demo.is_some());
    let router = router::router(Arc::clone(&desk), Arc::new(gate));
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

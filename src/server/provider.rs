//! The embedded provider: a stand-in for Transmit Security's API, with its own listener, router and
//! tables. The site and the operator reach it only over HTTP.

pub mod delivery;

use axum::Router;
use axum::routing::get;

use super::application::{Ambient, Worker};
use super::config::Config;
use super::demo::Demo;
use super::seal::Sealer;
use super::storage::Storage;

/// What the provider is built from.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The configuration, with the demo's credentials in it.
    pub config: &'a Config,
    /// Time and randomness.
    pub ambient: &'a Ambient,
    /// The database.
    pub storage: &'a Storage,
    /// Seals signing keys at rest.
    pub sealer: &'a Sealer,
    /// The demo's data, where the demo is on.
    pub demo: Option<&'a Demo>,
}

/// The provider, ready to be served.
pub struct Built {
    /// Its URL map.
    pub router: Router,
    /// Its work beside the listener.
    pub workers: Vec<Worker>,
}

/// The provider cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// Mail or SMS are not configured as they have to be.
    #[error(transparent)]
    Delivery(#[from] delivery::SetUpError),
}

/// Builds the provider.
///
/// # Errors
///
/// [`SetUpError`]
#[expect(clippy::unused_async, reason = "keys are loaded from the database here")]
pub async fn build(parts: Parts<'_>) -> Result<Built, SetUpError> {
    let messenger = delivery::Messenger::new(&parts)?;
    let mut router = Router::new().route("/healthz", get(async || "ok\n"));
    if let Some(outbox) = messenger.outbox() {
        router = router.merge(outbox.router());
    }
    Ok(Built { router, workers: Vec::new() })
}

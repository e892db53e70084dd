//! The site: the pages and forms that a customer meets. It knows nothing of users, keys or mail; it
//! holds the sealed request, the session and the decision journal.

pub mod language;
pub mod look;
pub mod pages;
pub mod paths;

use axum::Router;
use axum::routing::get;

use super::application::{Ambient, Worker};
use super::config::Config;
use super::seal::Sealer;
use super::storage::Storage;
use super::transmit::Transmit;

/// What the site is built from.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The configuration, with the demo's credentials in it.
    pub config: &'a Config,
    /// Time and randomness.
    pub ambient: &'a Ambient,
    /// The database.
    pub storage: &'a Storage,
    /// Seals cookies and tokens.
    pub sealer: &'a Sealer,
    /// The provider's API.
    pub transmit: Transmit,
}

/// The site, ready to be served.
pub struct Built {
    /// Its URL map.
    pub router: Router,
    /// Its work beside the listener.
    pub workers: Vec<Worker>,
}

/// The site cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {}

/// Builds the site.
///
/// # Errors
///
/// [`SetUpError`]
#[expect(clippy::unused_async, reason = "the journal's open entries are looked up here")]
pub async fn build(_parts: Parts<'_>) -> Result<Built, SetUpError> {
    let router = Router::new().route("/healthz", get(async || "ok\n"));
    Ok(Built { router, workers: Vec::new() })
}

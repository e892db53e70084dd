//! The site: the pages and forms that a customer meets. It knows nothing of users, keys or mail; it
//! holds the sealed request, the session and the decision journal.

pub mod cookies;
pub mod decision;
pub mod elsewhere;
pub mod failure;
pub mod files;
pub mod form;
pub mod language;
pub mod login;
pub mod look;
pub mod middleware;
pub mod pages;
pub mod paths;
pub mod person;
pub mod request;
pub mod request_page;
pub mod router;
pub mod session;
pub mod sign_in;
mod state;
pub mod visit;
mod well_known;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use leptos::config::LeptosOptions;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use self::decision::{Journal, resume};
use self::look::{Assets, InvalidBrand, Look};
use self::sign_in::magic_link::{Mails, worker};
use super::ambient::{Ambient, Worker};
use super::config::Config;
use super::seal::Sealer;
use super::storage::Storage;
use super::storage::requests::Records;
use super::transmit::Transmit;

pub use state::{Inner, Site};

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
    /// The decisions that are being sent: the process ends after them.
    pub sending: TaskTracker,
}

/// The site cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The brand's texts or logo cannot be used.
    #[error("prepare the brand")]
    Brand(#[from] InvalidBrand),
    /// The table of Leptos in `Leptos.toml` cannot be read.
    #[error("read Leptos.toml: {0}")]
    Leptos(String),
}

/// Builds the site.
///
/// # Errors
///
/// [`SetUpError`]
pub fn build(parts: Parts<'_>) -> Result<Built, SetUpError> {
    let Parts { config, ambient, storage, sealer, transmit } = parts;
    let leptos = leptos_options()?;
    let minutes = config.sign_in.mail_minutes;
    let site = Site::new(Inner {
        config: config.clone(),
        ambient: ambient.clone(),
        storage: storage.clone(),
        sealer: sealer.clone(),
        transmit,
        journal: Journal::new(storage.clone(), sealer.clone(), ambient.clone()),
        mails: Mails::new(storage.clone(), sealer.clone(), ambient.clone(), minutes),
        records: Records::new(storage.clone(), sealer.clone(), ambient.clock.clone()),
        look: Arc::new(Look::prepare(&config.brand, Assets::find(&leptos))?),
        leptos,
        mail_asked: Notify::new(),
        sending: TaskTracker::new(),
    });
    let sending = site.sending.clone();
    let mut workers = vec![resume::worker(site.clone())];
    workers.extend(worker::workers(&site));
    Ok(Built { router: router::build(site), workers, sending })
}

/// The run-time options of Leptos: of `Leptos.toml` where we run in the project's root, otherwise of
/// the environment, with the defaults of cargo-leptos.
fn leptos_options() -> Result<LeptosOptions, SetUpError> {
    let file = Path::new("Leptos.toml").exists().then_some("Leptos.toml");
    let read = leptos::config::get_configuration(file);
    Ok(read.map_err(|error| SetUpError::Leptos(error.to_string()))?.leptos_options)
}

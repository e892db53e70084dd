//! The site: the pages and forms that a customer meets. It knows nothing of users, keys or mail; it
//! holds the sealed request, the session and the decision journal.

pub mod answers;
pub mod authority;
mod browser;
pub mod cookie_room;
pub mod cookies;
pub mod decision;
pub mod elsewhere;
pub mod failure;
pub mod files;
pub mod form;
pub mod identity;
pub mod language;
pub mod login;
pub mod look;
mod mangled;
pub mod middleware;
pub mod pages;
pub mod paths;
pub mod person;
mod pick;
pub mod request;
pub mod request_page;
pub mod router;
pub mod session;
pub mod sign_in;
mod state;
mod typed;
pub mod visit;
mod well_known;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use leptos::config::LeptosOptions;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use self::answers::Answers;
use self::authority::Authority;
use self::decision::{Journal, Outcome, resume};
use self::identity::Identity;
use self::look::{Assets, InvalidBrand, Look};
use self::middleware::headers::SecurityHeaders;
use self::pages::prepared::Prepared;
use self::request::pushed::PushedRequests;
use self::sign_in::Method;
use self::sign_in::magic_link::{Mails, worker};
use self::sign_in::passkey::routes::CeremonyFailure;
use crate::codes::Codes;
use crate::config::{Config, is_watched};
use crate::records::Records;
use ciba::Decision;
use platform::ambient::{Ambient, Worker};
use platform::seal::Sealer;
use platform::storage::Storage;

pub use state::{Site, SiteState};

/// What the site is built from.
#[derive(Debug)]
pub struct SiteParts<'a> {
    /// The configuration, with the demo's credentials in it.
    pub config: &'a Config,
    /// Time and randomness.
    pub ambient: &'a Ambient,
    /// The database.
    pub storage: &'a Storage,
    /// Seals cookies and tokens.
    pub sealer: &'a Sealer,
    /// The provider.
    pub ports: Ports,
}

/// The provider, as the site knows it.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Who is told what customers decide.
    pub authority: Arc<dyn Authority>,
    /// Who signs customers in.
    pub identity: Arc<dyn Identity>,
}

impl Ports {
    /// A provider that is both.
    pub fn new(provider: impl Authority + Identity + 'static) -> Self {
        let provider = Arc::new(provider);
        Self { authority: provider.clone(), identity: provider }
    }
}

/// The site, ready to be served.
pub struct BuiltSite {
    /// Its URL map.
    pub router: Router,
    /// Its work beside the listener.
    pub workers: Vec<Worker>,
    /// The decisions that are being sent: the process ends after them.
    pub sending: TaskTracker,
    /// What its handlers and workers work with.
    pub site: Site,
}

/// The site cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SiteSetUpError {
    /// The brand's texts or logo cannot be used.
    #[error("the brand cannot be used")]
    Brand(#[from] InvalidBrand),
    /// The options of Leptos cannot be read.
    #[error(transparent)]
    Leptos(#[from] InvalidLeptosOptions),
}

/// The options of Leptos cannot be read: a `LEPTOS_` variable has the wrong form.
#[derive(Debug, thiserror::Error)]
#[error("the LEPTOS_ variables could not be read: {0}")]
pub struct InvalidLeptosOptions(String);

/// The built files are not where the site looks for them.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The options of Leptos cannot be read.
    #[error(transparent)]
    Leptos(#[from] InvalidLeptosOptions),
    /// The page would have neither script nor passkeys.
    #[error(
        "there is no {}: the page would have no script and no passkeys. Build it with `make build` \
         and put target/site below the folder where the process runs, or let LEPTOS_SITE_ROOT name \
         where it is",
        .0.display()
    )]
    Missing(PathBuf),
}

/// Builds the site.
pub fn build(parts: SiteParts<'_>) -> Result<BuiltSite, SiteSetUpError> {
    let SiteParts { config, ambient, storage, sealer, ports } = parts;
    let leptos = leptos_options()?;
    let minutes = config.sign_in.mail_minutes;
    let records = Records::new(storage.clone(), sealer.clone(), ambient.clock.clone());
    let look = Look::prepare(&config.brand, Assets::find(&leptos))?;
    let site = Site::new(SiteState {
        config: config.clone(),
        ambient: ambient.clone(),
        storage: storage.clone(),
        sealer: sealer.clone(),
        authority: ports.authority,
        identity: ports.identity,
        journal: Journal::new(storage.clone(), sealer.clone(), ambient.clone()),
        mails: Mails::new(storage.clone(), sealer.clone(), ambient.clone(), minutes),
        pushed: PushedRequests::new(
            storage.clone(),
            sealer.clone(),
            ambient.clone(),
            records.clone(),
        ),
        codes: Codes::new(storage.clone(), sealer.clone(), ambient.clone()),
        records,
        answers: Answers::new(storage.clone(), sealer.clone(), ambient.clock.clone()),
        headers: SecurityHeaders::of(&look, config.site.is_https()),
        look: Arc::new(look),
        prepared: if is_watched() { Prepared::off() } else { Prepared::default() },
        leptos,
        mail_asked: Notify::new(),
        sending: TaskTracker::new(),
    });
    begin_metrics(&site);
    let sending = site.sending.clone();
    let workers = vec![resume::worker(site.clone()), worker::worker(site.clone())];
    Ok(BuiltSite { router: router::build(site.clone()), workers, sending, site })
}

fn begin_metrics(site: &Site) {
    let outcomes =
        |decision: Decision| Outcome::recorded_words().map(|outcome| (decision.as_str(), outcome));
    site.ambient.metrics.begin_at_zero(
        Method::ALL.map(Method::as_str),
        [Decision::Approve, Decision::Deny].into_iter().flat_map(outcomes),
        CeremonyFailure::ALL.map(CeremonyFailure::as_str),
    );
}

/// Checks that the built files are there. While cargo-leptos watches they may come later.
pub fn check_files() -> Result<(), FilesError> {
    let leptos = leptos_options()?;
    let islands = Assets::find(&leptos).file_of_islands(&leptos);
    if is_watched() || islands.exists() { Ok(()) } else { Err(FilesError::Missing(islands)) }
}

/// The run-time options of Leptos: those with which the files are built, and the `LEPTOS_` variables
/// over them. A file of the folder we run in is not asked: in production there is none.
fn leptos_options() -> Result<LeptosOptions, InvalidLeptosOptions> {
    leptos::config::get_config_from_str(include_str!("../Leptos.toml"))
        .map_err(|error| InvalidLeptosOptions(error.to_string()))
}

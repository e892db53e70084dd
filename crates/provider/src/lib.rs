//! The embedded provider: a stand-in for Transmit Security's API, with its own listener, router and
//! tables. The site and the operator reach it only over HTTP.

mod answer;
mod approval_data;
mod backchannel;
mod bearer;
mod bootstrap;
mod client_authentication;
pub mod clients;
mod codes;
pub mod contact;
mod demo;
mod discovery;
mod edge;
mod email_content;
pub mod expiry;
mod form;
mod identifier;
mod json;
pub mod keys;
mod links;
mod logout;
mod nul;
mod openapi;
mod router;
mod set_up_error;
pub mod settings;
pub mod social;
mod state;
mod timestamp;
mod token_endpoint;
mod token_status;
pub mod tokens;
pub mod users;
mod webauthn;

use std::sync::Arc;

use axum::Router;
use sqlx::Row;

pub use backchannel::context::RequestContext;
pub use bootstrap::FirstClientKeyError;
pub use edge::ABOUT_A_PERSON;
pub use set_up_error::ProviderSetUpError;
pub use settings::ProviderSettings;
pub use state::{ProviderState, StateParts};
pub use webauthn::encoded_result;

use backchannel::pacing::Pacing;
use clients::ClientCache;
use keys::Keys;
use messages::delivery::Messenger;
use messages::delivery::outbox::Outbox;
use messages::texts::Texts;
use platform::ambient::{Ambient, Worker};
use platform::seal::Sealer;
use platform::storage::{Storage, StorageError};
use settings::DemoAccounts;
use webauthn::RelyingParty;

/// What the provider is built from.
#[derive(Debug)]
pub struct ProviderParts<'a> {
    /// What it is told.
    pub settings: Arc<ProviderSettings>,
    /// Time and randomness.
    pub ambient: &'a Ambient,
    /// The database.
    pub storage: &'a Storage,
    /// Seals signing keys at rest.
    pub sealer: &'a Sealer,
    /// Whom the demo knows, where the demo is on.
    pub demo: Option<DemoAccounts>,
}

/// The provider, ready to be served.
pub struct BuiltProvider {
    /// Its URL map.
    pub router: Router,
    /// Its work beside the listener.
    pub workers: Vec<Worker>,
    /// What its endpoints work with.
    pub state: ProviderState,
}

/// Builds the provider: its keys, the configured client, and in the demo the demo's customers.
pub async fn build(parts: ProviderParts<'_>) -> Result<BuiltProvider, ProviderSetUpError> {
    let ProviderParts { settings, ambient, storage, sealer, demo } = parts;
    let outbox = demo.as_ref().map(|_| Outbox::new(storage, ambient));
    let messenger =
        Messenger::new(&settings.mail, &settings.sms, ambient, storage, sealer, outbox)?;
    if settings.is_resealing {
        Keys::reseal(storage, sealer).await?;
        clients::reseal(storage, sealer).await?;
    }
    let state = ProviderState(Arc::new(StateParts {
        storage: storage.clone(),
        ambient: ambient.clone(),
        sealer: sealer.clone(),
        keys: Arc::new(Keys::load_or_create(storage, sealer, ambient).await?),
        messenger,
        texts: Arc::new(Texts::load(&settings.brand)?),
        relying_party: relying_party(&settings)?.map(Arc::new),
        issuer: settings.issuer.as_str().into(),
        tenant_id: tenant_id(storage, ambient).await?.into(),
        pacing: Pacing::of(storage),
        clients: ClientCache::default(),
        settings,
    }));
    bootstrap::run(&state).await?;
    if let Some(demo) = &demo {
        demo::seed(&state, demo).await?;
    }
    let sending = state.messenger.worker();
    let identity = demo.as_ref().map(|demo| social::demo_router(&state, demo)).transpose()?;
    Ok(BuiltProvider {
        router: router::build(state.clone(), social::set_up(&state)?, identity),
        workers: vec![expiry::worker(state.clone()), keys::worker(state.clone()), sending],
        state,
    })
}

/// Tries what [`build`] needs of the configuration and can be tried without a database or a call.
pub fn check(settings: &ProviderSettings, ambient: &Ambient) -> Result<(), ProviderSetUpError> {
    Messenger::check(&settings.mail, &settings.sms, ambient)?;
    relying_party(settings)?;
    bootstrap::public_keys(settings)?;
    social::check(settings, ambient)?;
    Ok(())
}

fn relying_party(settings: &ProviderSettings) -> Result<Option<RelyingParty>, ProviderSetUpError> {
    let ProviderSettings { site_url, related_origins, brand, .. } = settings;
    Ok(RelyingParty::new(site_url, related_origins, &brand.company)?)
}

async fn tenant_id(storage: &Storage, ambient: &Ambient) -> Result<String, ProviderSetUpError> {
    sqlx::query(
        "INSERT INTO provider_tenant (slot, tenant_id) VALUES (1, $1) ON CONFLICT (slot) DO NOTHING",
    )
    .bind(ambient.entropy.token::<12>()?)
    .execute(storage.writer())
    .await
    .map_err(StorageError::from)?;
    let row = sqlx::query("SELECT tenant_id FROM provider_tenant")
        .fetch_one(storage.reader())
        .await
        .map_err(StorageError::from)?;
    Ok(row.try_get(0).map_err(StorageError::from)?)
}

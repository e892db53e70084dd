//! What the endpoints and workers of the embedded provider work with.

use std::ops::Deref;
use std::sync::Arc;

use super::backchannel::pacing::Pacing;
use super::clients::{Client, ClientCache, ClientError, ClientLookup};
use super::keys::Keys;
use super::settings::ProviderSettings;
use super::webauthn::RelyingParty;
use messages::delivery::Messenger;
use messages::texts::Texts;
use platform::ambient::Ambient;
use platform::seal::Sealer;
use platform::storage::Storage;

/// What every endpoint works with. Cheap to clone, which every layer of the router does for each
/// request.
#[derive(Debug, Clone)]
pub struct ProviderState(pub(super) Arc<StateParts>);

/// The parts of the [`ProviderState`].
#[derive(Debug)]
pub struct StateParts {
    /// The database.
    pub storage: Storage,
    /// Time and randomness.
    pub ambient: Ambient,
    /// Seals secrets at rest.
    pub sealer: Sealer,
    /// What it was told.
    pub settings: Arc<ProviderSettings>,
    /// The keys that sign tokens.
    pub keys: Arc<Keys>,
    /// Sends SMS and mail.
    pub messenger: Messenger,
    /// The words of what is sent unasked.
    pub texts: Arc<Texts>,
    /// The site, as authenticators know it; nothing where it has no host name.
    pub relying_party: Option<Arc<RelyingParty>>,
    /// The `iss` of every token.
    pub issuer: Arc<str>,
    /// The `tid` of every token: made on the first start, one for each database.
    pub tenant_id: Arc<str>,
    pub(crate) pacing: Pacing,
    pub(crate) clients: ClientCache,
}

impl Deref for ProviderState {
    type Target = StateParts;

    fn deref(&self) -> &StateParts {
        &self.0
    }
}

impl ProviderState {
    /// The client with this identifier, as it is now.
    pub(crate) async fn client(&self, client_id: &str) -> Result<Option<Arc<Client>>, ClientError> {
        self.look_up(client_id, ClientLookup::Current).await
    }

    pub(crate) async fn look_up(
        &self,
        client_id: &str,
        lookup: ClientLookup,
    ) -> Result<Option<Arc<Client>>, ClientError> {
        self.clients.find(&self.storage, &self.sealer, client_id, lookup).await
    }

    /// The provider's address as clients see it, without a slash at the end.
    pub fn base_url(&self) -> &str {
        self.settings.public_url.as_str().trim_end_matches('/')
    }
}

//! The provider's public keys (`GET /oidc/jwks`).

use super::Transmit;
use super::errors::TransmitError;
use platform::id_token::KeySet;

impl Transmit {
    /// Asks the provider for its keys.
    pub(super) async fn fetch_keys(&self) -> Result<KeySet, TransmitError> {
        let endpoint = self.endpoints().await?.keys.clone();
        self.send(self.inner.http.get(endpoint)).await?.json()
    }

    /// How many keys the provider has.
    pub async fn count_keys(&self) -> Result<usize, TransmitError> {
        let Self { inner } = self;
        Ok(inner.keys.find(None, &inner.ambient.clock, self.fetch_keys()).await?.len())
    }
}

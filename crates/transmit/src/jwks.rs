//! The provider's public keys (`GET /oidc/jwks`).

use std::sync::Arc;

use jsonwebtoken::jwk::Jwk;

use super::Transmit;
use super::errors::TransmitError;

impl Transmit {
    /// The provider's keys, fetched (again) where `kid` is not among those that are held.
    pub(super) async fn keys(&self, kid: Option<&str>) -> Result<Arc<Vec<Jwk>>, TransmitError> {
        let fetch = async {
            let endpoint = self.endpoints().await?.keys.clone();
            self.send(self.inner.http.get(endpoint)).await?.json()
        };
        self.inner.keys.find(kid, &self.inner.ambient.clock, fetch).await
    }

    /// How many keys the provider has.
    pub async fn count_keys(&self) -> Result<usize, TransmitError> {
        Ok(self.keys(None).await?.len())
    }
}

//! The provider's ID tokens, verified with its own keys.

use jsonwebtoken::jwk::Jwk;

use super::Transmit;
use super::errors::TransmitError;
use platform::id_token::{self, Expected, IdTokenClaims, Party};

impl Transmit {
    /// Verifies an ID token.
    ///
    /// # Errors
    ///
    /// [`TransmitError::IdToken`] where it is not to be trusted, any other [`TransmitError`] where the
    /// provider's keys could not be fetched.
    pub async fn verify_id_token(
        &self,
        token: &str,
        expected: Expected<'_>,
    ) -> Result<IdTokenClaims, TransmitError> {
        let header = id_token::header(token)?;
        let settings = &self.inner.settings;
        let party = Party {
            issuer: &settings.issuer,
            client_id: &settings.client_id,
            now: self.inner.ambient.clock.unix(),
        };
        let verify = |keys: &[Jwk]| id_token::verify(token, &header, keys, party, expected);
        let clock = &self.inner.ambient.clock;
        Ok(self.inner.keys.check(&header, clock, || self.fetch_keys(), verify).await??)
    }
}

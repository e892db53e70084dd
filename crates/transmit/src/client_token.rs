//! Our client's access token: asked for once, shared by everybody, renewed before it ends.

use serde::Deserialize;

use super::access_token::CachedToken;
use super::errors::TransmitError;
use super::{ClientAccessToken, Transmit};
use platform::cached::Worth;
use platform::seconds;

/// The lifetime that is assumed where none is given, in seconds: short, so that a wrong guess heals.
const ASSUMED_LIFETIME: u64 = 300;

#[derive(Deserialize)]
struct ClientTokenAnswer {
    access_token: String,
    #[serde(default, deserialize_with = "seconds::deserialize")]
    expires_in: Option<u64>,
}

impl Transmit {
    /// Our client's access token, and whether it was made just now, for this caller. Many callers
    /// make one call.
    pub(super) async fn client_access_token(
        &self,
    ) -> Result<(ClientAccessToken, bool), TransmitError> {
        let mut is_fresh = false;
        let worth = |held: &CachedToken, age: i64| {
            if (0..held.good_for).contains(&age) { Worth::Good } else { Worth::None }
        };
        let ask = async {
            is_fresh = true;
            self.new_client_access_token().await
        };
        let cache = &self.inner.client_token;
        let held = cache.find(&self.inner.ambient.clock, worth, ask).await?;
        Ok((held.token.clone(), is_fresh))
    }

    async fn new_client_access_token(&self) -> Result<CachedToken, TransmitError> {
        let fields = [("grant_type", "client_credentials")];
        let endpoint = self.endpoints().await?.token.clone();
        let path = endpoint.path().to_owned();
        let request = self.client_form(endpoint, &fields)?;
        let answer = self.send(request).await.map_err(|error| match error {
            // Nobody is at the token endpoint's address. Callers read a 404 as "what is asked for is
            // not there", which nobody has said.
            TransmitError::Api(api) if api.status == 404 => {
                TransmitError::Unexpected { call: path, status: api.status }
            }
            other => other,
        });
        let answer: ClientTokenAnswer = answer?.json()?;
        let lifetime = answer.expires_in.unwrap_or(ASSUMED_LIFETIME).min(86_400).cast_signed();
        // A call that starts now must still find the token good when it arrives.
        let margin = (lifetime / 10).min(60);
        let token = ClientAccessToken::new(answer.access_token);
        Ok(CachedToken { token, good_for: lifetime - margin })
    }

    /// The `iss` that our client's token names. It is not verified, and good for a comparison only:
    /// whoever sets the issuer up wrong should hear of it before a customer does. Nothing where the
    /// token is opaque.
    pub async fn issuer_of_client_token(&self) -> Result<Option<String>, TransmitError> {
        #[derive(Deserialize)]
        struct Named {
            iss: String,
        }
        let (token, _) = self.client_access_token().await?;
        let named = jsonwebtoken::dangerous::insecure_decode_claims::<Named>(token.expose());
        Ok(named.ok().map(|named| named.iss))
    }

    /// Forgets a token that was refused, unless somebody has replaced it already.
    pub(super) fn forget_client_access_token(&self, refused: &ClientAccessToken) {
        self.inner.client_token.forget(|held| held.token.expose() == refused.expose());
    }
}

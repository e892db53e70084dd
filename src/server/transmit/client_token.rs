//! Our client's access token: asked for once, shared by everybody, renewed before it ends.

use serde::Deserialize;
use tokio::sync::Mutex;

use super::errors::CallError;
use super::{ClientAccessToken, Transmit};

/// The token that is held, and until when it is used.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Option<Held>>);

#[derive(Debug)]
struct Held {
    token: ClientAccessToken,
    good_until: i64,
}

/// The lifetime that is assumed where none is given, in seconds: short, so that a wrong guess heals.
const ASSUMED_LIFETIME: i64 = 300;

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: Option<i64>,
}

impl Transmit {
    /// Our client's access token, and whether it was made just now. The lock is held while it is
    /// asked for, so that many callers make one call.
    pub(super) async fn client_access_token(&self) -> Result<(ClientAccessToken, bool), CallError> {
        let now = self.inner.ambient.clock.unix();
        let mut held = self.inner.client_token.0.lock().await;
        if let Some(held) = held.as_ref()
            && now < held.good_until
        {
            return Ok((held.token.clone(), false));
        }
        let fields = [("grant_type", "client_credentials")];
        let request = self.client_form(self.token_endpoint(), &fields)?;
        let answer = self.send(request).await.map_err(|error| match error {
            // Nobody is at the token endpoint's address. Callers read a 404 as "what is asked for is
            // not there", which nobody has said.
            CallError::Api(api) if api.status == 404 => CallError::Unexpected {
                call: self.token_endpoint().path().to_owned(),
                status: api.status,
            },
            other => other,
        });
        let answer: TokenAnswer = answer?.json()?;
        let lifetime = answer.expires_in.unwrap_or(ASSUMED_LIFETIME).clamp(0, 86_400);
        let token = ClientAccessToken::new(answer.access_token);
        // A call that starts now must still find the token good when it arrives.
        let margin = (lifetime / 10).min(60);
        *held = Some(Held { token: token.clone(), good_until: now + lifetime - margin });
        Ok((token, true))
    }

    /// The `iss` that our client's token names. It is not verified, and good for a comparison only:
    /// whoever sets the issuer up wrong should hear of it before a customer does. Nothing where the
    /// token is opaque.
    ///
    /// # Errors
    ///
    /// [`CallError`]
    pub async fn issuer_of_client_token(&self) -> Result<Option<String>, CallError> {
        #[derive(Deserialize)]
        struct Named {
            iss: String,
        }
        let (token, _) = self.client_access_token().await?;
        let named = jsonwebtoken::dangerous::insecure_decode_claims::<Named>(token.expose());
        Ok(named.ok().map(|named| named.iss))
    }

    /// Forgets a token that was refused, unless somebody has replaced it already.
    pub(super) async fn forget_client_access_token(&self, refused: &ClientAccessToken) {
        let mut held = self.inner.client_token.0.lock().await;
        if held.as_ref().is_some_and(|held| held.token.expose() == refused.expose()) {
            *held = None;
        }
    }
}

//! What every way to sign in ends with: the six-field token object (docs/transmit-api.md,
//! "six-field token object"), its ID token verified.

use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::TransmitError;
use super::{Transmit, UserAccessToken};
use platform::id_token::{Expected, IdTokenClaims};
use platform::seconds;

/// A customer has signed in at the provider.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The customer's access token, with which their decision is completed.
    pub access_token: UserAccessToken,
    /// What the verified ID token says.
    pub claims: IdTokenClaims,
    /// Seconds for which the access token is good; where the provider does not say so, those for
    /// which the ID token is.
    pub expires_in: u64,
}

/// A sign-in was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// The link or code is wrong, used, replaced or too old.
    #[error("the link or code is not accepted")]
    Rejected,
    /// Too many wrong tries.
    #[error("too many wrong tries")]
    Locked,
    /// The customer may not sign in at all.
    #[error("customer not active")]
    NotActive,
    /// The provider could not be asked, or gave no usable answer.
    #[error("the provider could not be asked about the link or code")]
    Call(#[source] TransmitError),
}

impl From<TransmitError> for RedeemError {
    fn from(error: TransmitError) -> Self {
        let Some(api) = error.api() else { return Self::Call(error) };
        match api.code.as_deref() {
            Some("auth_locked") => return Self::Locked,
            Some("user_not_active") => return Self::NotActive,
            _ => {}
        }
        match api.status {
            403 if api.says("not active") => Self::NotActive,
            403 if api.says("locked") => Self::Locked,
            400 | 404 | 410 | 422 => Self::Rejected,
            _ => Self::Call(error),
        }
    }
}

/// The token object. Its refresh token is not even read: nothing here outlives the decision.
#[derive(Deserialize)]
pub(super) struct TokenObject {
    pub(super) access_token: String,
    pub(super) id_token: String,
    #[serde(default, deserialize_with = "seconds::deserialize")]
    pub(super) expires_in: Option<u64>,
}

/// The lifetime that is assumed where neither the answer nor the ID token tells one, in seconds.
/// Where it is too long the provider says so when the decision is sent, and the customer signs in
/// again; a sign-in of no length could never be used.
const ASSUMED_LIFETIME: u64 = 300;

/// The claims that are asked for, in the form of OpenID Connect Core 1.0, section 5.5.
pub(super) fn claims_request() -> Value {
    json!({ "id_token": {
        "email": null,
        "email_verified": null,
        "phone_number": null,
        "phone_number_verified": null,
        "new_user": null,
    } })
}

impl Transmit {
    /// Verifies the ID token of a token object.
    pub(super) async fn signed_in(
        &self,
        answer: TokenObject,
        nonce: Option<&str>,
    ) -> Result<SignedIn, TransmitError> {
        let expected =
            Expected { nonce, access_token: Some(&answer.access_token), auth_req_id: None };
        let claims = self.verify_id_token(&answer.id_token, expected).await?;
        let of_id_token =
            u64::try_from(claims.exp.saturating_sub(self.inner.ambient.clock.unix())).ok();
        let lifetime =
            [answer.expires_in, of_id_token].into_iter().flatten().find(|left| *left > 0);
        Ok(SignedIn {
            access_token: UserAccessToken::new(answer.access_token),
            claims,
            expires_in: lifetime.unwrap_or(ASSUMED_LIFETIME),
        })
    }
}

//! Bearer tokens of a request (RFC 6750, section 2.1), as extractors.
//!
//! A client's token never passes for a user's, and the other way round.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::ProviderState;
use super::answer::{self, Refusal};
use super::clients::{self, Client, ClientError};
use super::tokens::claims::AccessClaims;
use super::tokens::{Origin, revocations};
use platform::storage::StorageError;

/// A client's own access token (`client_credentials`), and the client.
///
/// Transmit also has management applications with the role `Admin`; the embedded provider has none,
/// and a client has the whole of its own application, unless its role
/// [confines](clients::ClientSettings::is_confined) it.
#[derive(Debug)]
pub struct ClientToken {
    /// The client, as it is now.
    pub client: Client,
}

/// A user's access token, from whatever grant: check [`AccessClaims::origin`] where it matters.
#[derive(Debug)]
pub struct UserToken {
    /// What it says.
    pub claims: AccessClaims,
}

/// A bearer token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum BearerError {
    /// There is none.
    #[error("check a bearer token: there is none")]
    Missing,
    /// It is not good here.
    #[error("check a bearer token: it is not good here")]
    Invalid,
    /// The client may do nothing but ask customers.
    #[error("check a bearer token: the client's role allows authentication requests only")]
    Confined,
    /// The client behind it cannot be read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IntoResponse for BearerError {
    fn into_response(self) -> Response {
        match &self {
            Self::Missing => {
                // Without a word on what is wrong: nothing was shown (RFC 6750, section 3.1).
                let mut response = Refusal::invalid_token().into_response();
                let challenge = HeaderValue::from_static("Bearer");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
                response
            }
            Self::Invalid => Refusal::invalid_token().into_response(),
            Self::Confined => {
                let message = "The client's role allows authentication requests only";
                Refusal::new(StatusCode::FORBIDDEN, message).into_response()
            }
            Self::Client(_) | Self::Storage(_) => answer::failure(&self),
        }
    }
}

impl<S> FromRequestParts<S> for ClientToken
where
    ProviderState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = BearerError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let state = &ProviderState::from_ref(state);
        let claims = claims(parts, state).await?;
        if claims.origin != Origin::Client {
            return Err(BearerError::Invalid);
        }
        let client = clients::find(&state.storage, &state.sealer, &claims.client_id).await?;
        let client = client.ok_or(BearerError::Invalid)?;
        // A token from before the role was given is no better.
        if client.settings.is_confined() { Err(BearerError::Confined) } else { Ok(Self { client }) }
    }
}

impl<S> FromRequestParts<S> for UserToken
where
    ProviderState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = BearerError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let claims = claims(parts, &ProviderState::from_ref(state)).await?;
        if claims.origin == Origin::Client {
            return Err(BearerError::Invalid);
        }
        Ok(Self { claims })
    }
}

async fn claims(parts: &Parts, state: &ProviderState) -> Result<AccessClaims, BearerError> {
    let token = token(parts)?;
    let claims = AccessClaims::verify(state, token).map_err(|_| BearerError::Invalid)?;
    if revocations::is_revoked(state, &claims).await? {
        return Err(BearerError::Invalid);
    }
    Ok(claims)
}

fn token(parts: &Parts) -> Result<&str, BearerError> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (values.next().ok_or(BearerError::Missing)?, values.next());
    let first = first.to_str().map_err(|_| BearerError::Invalid)?;
    match first.split_once(' ') {
        _ if second.is_some() => Err(BearerError::Invalid),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(BearerError::Missing),
    }
}

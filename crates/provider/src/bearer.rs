//! Bearer tokens of a request (RFC 6750, section 2.1), as extractors.
//!
//! A client's token never passes for a user's, and the other way round.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::ProviderState;
use super::answer::EndpointError;
use super::clients::Client;
use super::tokens::claims::AccessClaims;
use super::tokens::{Origin, revocations};

/// A client's own access token (`client_credentials`), and the client as it is now.
///
/// Transmit also has management applications with the role `Admin`; the embedded provider has none,
/// and a client has the whole of its own application, unless its role
/// [confines](super::clients::ClientSettings::is_confined) it.
#[derive(Debug)]
pub(crate) struct ClientToken {
    pub(crate) client: Arc<Client>,
}

/// A user's access token, from whatever grant: check [`AccessClaims::origin`] where it matters.
#[derive(Debug)]
pub(crate) struct UserToken {
    pub(crate) claims: AccessClaims,
}

impl<S> FromRequestParts<S> for ClientToken
where
    ProviderState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = EndpointError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, EndpointError> {
        let state = &ProviderState::from_ref(state);
        let claims = claims(parts, state).await?;
        if claims.origin != Origin::Client {
            return Err(EndpointError::invalid_token());
        }
        let client = state.client(&claims.client_id).await?;
        let client = client.ok_or_else(EndpointError::invalid_token)?;
        // Asked of the client and not of the token, which may be older than the role.
        if client.settings.is_confined() {
            let message = "The client's role allows authentication requests only";
            return Err(EndpointError::general(StatusCode::FORBIDDEN, message));
        }
        Ok(Self { client })
    }
}

impl<S> FromRequestParts<S> for UserToken
where
    ProviderState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = EndpointError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, EndpointError> {
        let claims = claims(parts, &ProviderState::from_ref(state)).await?;
        if claims.origin == Origin::Client {
            return Err(EndpointError::invalid_token());
        }
        Ok(Self { claims })
    }
}

async fn claims(parts: &Parts, state: &ProviderState) -> Result<AccessClaims, EndpointError> {
    let token = token(parts)?;
    let claims = AccessClaims::verify(state, token).map_err(|_| EndpointError::invalid_token())?;
    if revocations::is_revoked(state, &claims).await? {
        return Err(EndpointError::invalid_token());
    }
    Ok(claims)
}

fn token(parts: &Parts) -> Result<&str, EndpointError> {
    // RFC 6750, section 3.1: without a token the challenge names no error.
    let missing = || EndpointError::invalid_token().with_challenge("Bearer");
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (values.next().ok_or_else(missing)?, values.next());
    let first = first.to_str().map_err(|_| EndpointError::invalid_token())?;
    match first.split_once(' ') {
        _ if second.is_some() => Err(EndpointError::invalid_token()),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(missing()),
    }
}

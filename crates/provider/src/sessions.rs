//! Sessions go on and end: `POST /v1/auth/token/refresh`, `/v1/auth/session/logout` and
//! `/v1/auth/logout` (docs/transmit-api.md, 11).
//!
//! With a session its refresh token ends, and its access tokens at this provider's own endpoints.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::ProviderState;
use super::answer::{self, Refusal};
use super::bearer::{BearerError, ClientToken, UserToken};
use super::json::{JsonBody, JsonError};
use super::tokens::refresh::{self, RefreshError};
use super::tokens::{Origin, revocations};
use platform::storage::StorageError;

/// The body.
#[derive(Deserialize)]
pub struct Refresh {
    refresh_token: String,
}

/// The body.
#[derive(Deserialize)]
pub struct Ending {
    session_id: String,
}

/// A session neither goes on nor ends.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is no good client's token.
    #[error(transparent)]
    Bearer(#[from] BearerError),
    /// The body is not one.
    #[error(transparent)]
    Body(#[from] JsonError),
    /// The refresh token is not good.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// The client has no such session.
    #[error("end a session: there is none of this name")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        match self {
            Self::Bearer(error) => error.into_response(),
            Self::Body(error) => error.into_response(),
            Self::Refresh(RefreshError::Issue(_)) | Self::Storage(_) => answer::failure(&self),
            Self::NotFound => {
                Refusal::new(StatusCode::BAD_REQUEST, "Session not found").into_response()
            }
            Self::Refresh(RefreshError::InvalidGrant | RefreshError::InvalidScope) => {
                Refusal::new(StatusCode::BAD_REQUEST, "Invalid refresh token").into_response()
            }
        }
    }
}

/// The endpoint: the six-field answer again, with another refresh token.
///
/// # Errors
///
/// [`SessionError`]
pub async fn refresh(
    State(state): State<ProviderState>,
    token: Result<ClientToken, BearerError>,
    body: Result<JsonBody<Refresh>, JsonError>,
) -> Result<Response, SessionError> {
    let client = token?.client;
    let JsonBody(Refresh { refresh_token }) = body?;
    let answer = refresh::exchange(&state, &client, &refresh_token, None).await?;
    Ok(Json(answer).into_response())
}

/// `POST /v1/auth/session/logout`: a client ends one session of its own.
///
/// # Errors
///
/// [`SessionError`]
pub async fn end(
    State(state): State<ProviderState>,
    token: Result<ClientToken, BearerError>,
    body: Result<JsonBody<Ending>, JsonError>,
) -> Result<StatusCode, SessionError> {
    let client = token?.client;
    let JsonBody(Ending { session_id }) = body?;
    let is_own = revocations::revoke_session_of(&state, &client, &session_id).await?;
    if is_own { Ok(StatusCode::NO_CONTENT) } else { Err(SessionError::NotFound) }
}

/// `POST /v1/auth/logout`: a user ends all sessions of theirs. The agent, who holds a token of the
/// user's too, does not.
///
/// # Errors
///
/// [`SessionError`]
pub async fn log_out(
    State(state): State<ProviderState>,
    token: Result<UserToken, BearerError>,
) -> Result<Response, SessionError> {
    let claims = token?.claims;
    if claims.origin == Origin::Ciba {
        return Err(BearerError::Invalid.into());
    }
    let ended = revocations::revoke_user(&state, &claims.sub, claims.sid.as_deref()).await?;
    Ok(Json(json!({ "sessions_count": ended })).into_response())
}

//! `POST /v1/auth/token/refresh`: a back-end session goes on (docs/transmit-api.md, 11).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::ProviderState;
use super::answer::{self, Refusal};
use super::bearer::{BearerError, ClientToken};
use super::json::{JsonBody, JsonError};
use super::tokens::refresh::{self, RefreshError};

/// The body.
#[derive(Deserialize)]
pub struct Refresh {
    refresh_token: String,
}

/// A session does not go on.
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
}

impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        match self {
            Self::Bearer(error) => error.into_response(),
            Self::Body(error) => error.into_response(),
            Self::Refresh(RefreshError::Issue(_)) => answer::failure(&self),
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
    Ok((answer::no_store(), Json(answer)).into_response())
}

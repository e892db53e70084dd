//! `POST /auth/backchannel/complete`: the login page reports what the user decided
//! (docs/transmit-api.md, 3).
//!
//! Transmit documents neither success nor errors of it. Success here is 200 with an empty object;
//! the errors are precise, or uninformative by configuration, because a page must end well with
//! either.
//!
//! # Security
//!
//! Only a token of a sign-in that a person has just done counts: the token that an agent got from
//! an earlier request is the same user's, and must not approve the next one. It may be a sign-in at
//! another client of the same application, so that the client which asks need not be one that signs
//! people in; a sign-in at another application never counts. A stranger's attempt
//! changes nothing, and learns no more than that the request is not theirs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::requests::{self, Decider};
use crate::ProviderState;
use crate::answer::{self, Coded, Refusal};
use crate::bearer::{BearerError, UserToken};
use crate::json::{JsonBody, JsonError};
use crate::settings::CompleteErrors;
use crate::tokens::claims::AccessClaims;
use crate::tokens::{Authenticated, Origin};
use crate::users;
use ciba::{AuthReqId, Decision};
use platform::storage::StorageError;

/// The body.
#[derive(Deserialize)]
pub struct Completion {
    auth_req_id: String,
    approved: bool,
}

/// A decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CompleteError {
    /// There is no good token of a user.
    #[error(transparent)]
    Bearer(#[from] BearerError),
    /// No sign-in stands behind the token, or the user is disabled.
    #[error("complete a request: the token is not of an interactive sign-in")]
    NotInteractive,
    /// The body is not one.
    #[error(transparent)]
    Body(#[from] JsonError),
    /// There is no such request, or it is another application's.
    #[error("complete a request: it is unknown")]
    NotFound,
    /// Another user was asked.
    #[error("complete a request: another user was asked")]
    UserMismatch,
    /// It was decided before.
    #[error("complete a request: it is decided")]
    AlreadyCompleted,
    /// It has run out.
    #[error("complete a request: it has run out")]
    Expired,
    /// The sign-in has no JSON form.
    #[error("keep a sign-in")]
    Encode(#[from] serde_json::Error),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl CompleteError {
    fn into_response(self, style: CompleteErrors) -> Response {
        let (status, code, message) = match self {
            Self::Bearer(error) => return error.into_response(),
            Self::NotInteractive => return Refusal::invalid_token().into_response(),
            Self::Body(error) => return error.into_response(),
            Self::Encode(_) | Self::Storage(_) => return answer::failure(&self),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "auth_req_not_found",
                "There is no such authentication request",
            ),
            Self::UserMismatch => (
                StatusCode::FORBIDDEN,
                "user_mismatch",
                "The authentication request is for another user",
            ),
            Self::AlreadyCompleted => (
                StatusCode::CONFLICT,
                "auth_req_already_completed",
                "The authentication request is decided already",
            ),
            Self::Expired => {
                (StatusCode::GONE, "auth_req_expired", "The authentication request has expired")
            }
        };
        match style {
            CompleteErrors::Precise => Coded::new(status, code, message).into_response(),
            CompleteErrors::Uninformative400 => {
                Refusal::new(StatusCode::BAD_REQUEST, "Bad Request").into_response()
            }
            CompleteErrors::Uninformative500 => {
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
                    .into_response()
            }
        }
    }
}

/// The endpoint.
pub async fn endpoint(
    State(state): State<ProviderState>,
    token: Result<UserToken, BearerError>,
    body: Result<JsonBody<Completion>, JsonError>,
) -> Response {
    match complete(&state, token, body).await {
        Ok(()) => (answer::no_store(), Json(json!({}))).into_response(),
        Err(error) => error.into_response(state.settings.complete_errors),
    }
}

async fn complete(
    state: &ProviderState,
    token: Result<UserToken, BearerError>,
    body: Result<JsonBody<Completion>, JsonError>,
) -> Result<(), CompleteError> {
    let claims = token?.claims;
    let JsonBody(Completion { auth_req_id, approved }) = body?;
    let sign_in = sign_in(state, &claims).await?;
    let auth_req_id = AuthReqId::parse(&auth_req_id).map_err(|_| CompleteError::NotFound)?;
    let digest = auth_req_id.digest();
    let decision = if approved { Decision::Approve } else { Decision::Deny };
    let now = state.ambient.clock.unix();
    let sign_in = serde_json::to_string(&sign_in)?;
    let storage = &state.storage;
    let who = Decider { user_id: &claims.sub, app_id: &claims.app_id };
    if requests::decide(storage, &digest, who, decision, &sign_in, now).await? {
        return Ok(());
    }
    // Nothing was changed: find out what to say.
    let request = requests::find(storage, &digest).await?;
    let request = request
        .filter(|request| request.app_id.as_ref() == Some(&claims.app_id))
        .ok_or(CompleteError::NotFound)?;
    if request.user_id != claims.sub {
        Err(CompleteError::UserMismatch)
    } else if request.decision.is_some() {
        Err(CompleteError::AlreadyCompleted)
    } else {
        Err(CompleteError::Expired)
    }
}

/// The sign-in behind the token, as the agent's tokens will tell of it.
async fn sign_in(
    state: &ProviderState,
    claims: &AccessClaims,
) -> Result<Authenticated, CompleteError> {
    let sign_in = claims.authenticated.as_ref().filter(|_| claims.origin == Origin::SignIn);
    let sign_in = sign_in.ok_or(CompleteError::NotInteractive)?;
    if !users::is_enabled(state.storage.reader(), &claims.sub).await? {
        return Err(CompleteError::NotInteractive);
    }
    let mut authenticated = Authenticated::by(&sign_in.amr, sign_in.auth_time);
    authenticated.acr = Some(sign_in.acr.clone());
    Ok(authenticated)
}

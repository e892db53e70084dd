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
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::requests::{self, Decider};
use crate::ProviderState;
use crate::answer::EndpointError;
use crate::bearer::UserToken;
use crate::json::JsonBody;
use crate::settings::CompleteErrors;
use crate::tokens::claims::AccessClaims;
use crate::tokens::{AuthenticatedUser, Origin};
use crate::users;
use ciba::{AuthReqId, Decision};

/// The body.
#[derive(Deserialize, JsonSchema)]
pub struct ReportedDecision {
    auth_req_id: String,
    approved: bool,
}

/// The endpoint.
pub(crate) async fn endpoint(
    State(state): State<ProviderState>,
    UserToken { claims }: UserToken,
    JsonBody(ReportedDecision { auth_req_id, approved }): JsonBody<ReportedDecision>,
) -> Result<Json<Value>, EndpointError> {
    let sign_in = serde_json::to_string(&sign_in(&state, &claims).await?)?;
    let not_found = || {
        let message = "There is no such authentication request";
        refused(&state, StatusCode::NOT_FOUND, "auth_req_not_found", message)
    };
    let digest = AuthReqId::parse(&auth_req_id).map_err(|_| not_found())?.digest();
    let decision = if approved { Decision::Approve } else { Decision::Deny };
    let now = state.ambient.clock.unix();
    let storage = &state.storage;
    let who = Decider { user_id: &claims.sub, app_id: &claims.app_id };
    if requests::decide(storage, &digest, who, decision, &sign_in, now).await? {
        return Ok(Json(json!({})));
    }
    // Nothing was changed: find out what to say.
    let request = requests::find(storage, &digest).await?;
    let request = request
        .filter(|request| request.app_id.as_ref() == Some(&claims.app_id))
        .ok_or_else(not_found)?;
    Err(if request.user_id != claims.sub {
        let message = "The authentication request is for another user";
        refused(&state, StatusCode::FORBIDDEN, "user_mismatch", message)
    } else if request.decision.is_some() {
        let message = "The authentication request is decided already";
        refused(&state, StatusCode::CONFLICT, "auth_req_already_completed", message)
    } else {
        let message = "The authentication request has expired";
        refused(&state, StatusCode::GONE, "auth_req_expired", message)
    })
}

/// A refusal for the request's sake, as precise as it is configured to be.
fn refused(
    state: &ProviderState,
    status: StatusCode,
    code: &'static str,
    message: &'static str,
) -> EndpointError {
    match state.settings.complete_errors {
        CompleteErrors::Precise => EndpointError::coded(status, code, message),
        CompleteErrors::Uninformative400 => {
            EndpointError::general(StatusCode::BAD_REQUEST, "Bad Request")
        }
        CompleteErrors::Uninformative500 => {
            EndpointError::general(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
        }
    }
}

/// The sign-in behind the token, as the agent's tokens will tell of it.
async fn sign_in(
    state: &ProviderState,
    claims: &AccessClaims,
) -> Result<AuthenticatedUser, EndpointError> {
    let sign_in = claims.authenticated.as_ref().filter(|_| claims.origin == Origin::SignIn);
    let sign_in = sign_in.ok_or_else(EndpointError::invalid_token)?;
    if !users::is_enabled(state.storage.reader(), &claims.sub).await? {
        return Err(EndpointError::invalid_token());
    }
    let mut authenticated = AuthenticatedUser::by(&sign_in.amr, sign_in.auth_time);
    authenticated.acr = Some(sign_in.acr.clone());
    Ok(authenticated)
}

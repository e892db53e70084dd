//! One poll for the token of an authentication request (CIBA Core 1.0, section 10.1).

use std::time::Duration;

use serde::Deserialize;

use super::errors::{ApiError, CallError};
use super::{Transmit, UserAccessToken};
use crate::ciba::{AuthReqId, GRANT_TYPE};
use crate::server::config::Secret;

/// What the token endpoint answers to a poll.
#[derive(Debug)]
pub enum PollAnswer {
    /// `authorization_pending`: the customer has not decided yet.
    Pending,
    /// `slow_down`: five more seconds between polls, from now on.
    SlowDown(Option<Duration>),
    /// `access_denied`: the customer refused.
    Denied,
    /// `expired_token`: the request's time is over.
    Expired,
    /// The customer allowed it. The ID token is not verified yet.
    Tokens(CibaTokens),
}

/// The tokens that end an authentication request.
///
/// # Security
///
/// They act as the customer: nothing prints them unless the agent asks for it.
#[derive(Clone)]
pub struct CibaTokens {
    /// The access token.
    pub access_token: UserAccessToken,
    /// The ID token, as it came.
    pub id_token: Secret,
    /// The refresh token, where `offline_access` was granted.
    pub refresh_token: Option<Secret>,
    /// `Bearer`.
    pub token_type: String,
    /// Seconds for which the access token is good.
    pub expires_in: u64,
    /// What was granted.
    pub scope: Option<String>,
}

impl std::fmt::Debug for CibaTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CibaTokens").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    id_token: String,
    refresh_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<u64>,
    scope: Option<String>,
}

impl Transmit {
    /// Polls once.
    ///
    /// # Errors
    ///
    /// [`CallError`], an `invalid_grant` among them: the request is unknown, another client's, or
    /// its token was taken before.
    pub async fn poll(&self, auth_req_id: &AuthReqId) -> Result<PollAnswer, CallError> {
        let fields = [("grant_type", GRANT_TYPE), ("auth_req_id", auth_req_id.as_str())];
        let request = self.client_form(self.token_endpoint(), &fields)?;
        match self.send(request).await {
            Ok(answer) => Ok(PollAnswer::Tokens(tokens(answer.json()?))),
            Err(CallError::Api(error)) => read(error),
            Err(error) => Err(error),
        }
    }
}

/// Words count whatever the status: some servers answer `slow_down` with 429.
fn read(error: ApiError) -> Result<PollAnswer, CallError> {
    match error.code.as_deref() {
        Some("authorization_pending") => Ok(PollAnswer::Pending),
        Some("slow_down") => Ok(PollAnswer::SlowDown(error.retry_after)),
        Some("access_denied") => Ok(PollAnswer::Denied),
        Some("expired_token") => Ok(PollAnswer::Expired),
        _ => Err(error.into()),
    }
}

fn tokens(answer: TokenAnswer) -> CibaTokens {
    CibaTokens {
        access_token: UserAccessToken::new(answer.access_token),
        id_token: Secret::new(answer.id_token),
        refresh_token: answer.refresh_token.map(Secret::new),
        token_type: answer.token_type.unwrap_or_else(|| "Bearer".into()),
        expires_in: answer.expires_in.unwrap_or_default(),
        scope: answer.scope,
    }
}

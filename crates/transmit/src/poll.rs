//! One poll for the token of an authentication request (CIBA Core 1.0, section 10.1).

use std::time::Duration;

use serde_json::{Map, Value};

use super::errors::{ApiError, TransmitError};
use super::{Transmit, UserAccessToken};
use ciba::{AuthReqId, GRANT_TYPE};
use platform::{Secret, seconds};

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
    /// There are tokens, and not all that there must be. They are not given a second time.
    Incomplete(TransmitError),
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
    /// Seconds for which the access token is good, where the provider says so.
    pub expires_in: Option<u64>,
    /// What was granted.
    pub scope: Option<String>,
}

impl std::fmt::Debug for CibaTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CibaTokens").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Transmit {
    /// Polls once.
    ///
    /// # Errors
    ///
    /// [`TransmitError`], an `invalid_grant` among them: the request is unknown, another client's, or
    /// its token was taken before.
    pub async fn poll(&self, auth_req_id: &AuthReqId) -> Result<PollAnswer, TransmitError> {
        let fields = [("grant_type", GRANT_TYPE), ("auth_req_id", auth_req_id.as_str())];
        let endpoint = self.endpoints().await?.token.clone();
        let request = self.client_form(endpoint, &fields)?;
        match self.send(request).await {
            Ok(answer) => {
                let members = answer.json::<Map<String, Value>>()?;
                if let Some(tokens) = tokens(&members) {
                    return Ok(PollAnswer::Tokens(tokens));
                }
                if members.contains_key("access_token") {
                    return Ok(PollAnswer::Incomplete(answer.unexpected()));
                }
                let error = answer.refusal();
                if error.code.is_some() { read(error) } else { Err(answer.unexpected()) }
            }
            Err(TransmitError::Api(error)) => read(error),
            Err(error) => Err(error),
        }
    }
}

/// Words count whatever the status: some servers answer `slow_down` with 429, and some every word with
/// 200.
fn read(error: ApiError) -> Result<PollAnswer, TransmitError> {
    match error.code.as_deref() {
        Some("authorization_pending") => Ok(PollAnswer::Pending),
        Some("slow_down") => Ok(PollAnswer::SlowDown(error.retry_after)),
        Some("access_denied") => Ok(PollAnswer::Denied),
        Some("expired_token") => Ok(PollAnswer::Expired),
        _ => Err(error.into()),
    }
}

/// What must be there is read strictly; what need not be costs nobody their tokens, however odd.
fn tokens(answer: &Map<String, Value>) -> Option<CibaTokens> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    Some(CibaTokens {
        access_token: UserAccessToken::new(text("access_token")?),
        id_token: Secret::new(text("id_token")?),
        refresh_token: text("refresh_token").map(Secret::new),
        token_type: text("token_type").unwrap_or("Bearer").to_owned(),
        expires_in: answer.get("expires_in").and_then(seconds::read),
        scope: text("scope").map(str::to_owned),
    })
}

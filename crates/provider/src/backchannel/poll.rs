//! The CIBA grant of the token endpoint (CIBA Core 1.0, sections 10.1 and 11).
//!
//! Pending, too fast, denied, run out, and tokens exactly once. What was decided in time can be fetched
//! for a moment longer than it could be decided ([`requests::GRACE`]). Of several polls that see the approval at once one gets the tokens; the others
//! get `invalid_grant`, and revoke nothing.

use super::requests::{self, Redeemed, StoredRequest};
use crate::ProviderState;
use crate::clients::Client;
use crate::tokens::{Grant, IssueError, Origin, TokenAnswer, mint};
use crate::users;
use ciba::{AuthReqId, Decision};
use platform::storage::StorageError;

/// There are no tokens, or not yet.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The user has not decided.
    #[error("poll a request: it is pending")]
    Pending,
    /// The user has not decided, and the client did not wait.
    #[error("poll a request: it is pending, and the client polls too fast")]
    SlowDown,
    /// The user said no.
    #[error("poll a request: the user denied it")]
    Denied,
    /// Nobody decided in time, or the client did not ask in time.
    #[error("poll a request: it has run out")]
    Expired,
    /// Unknown, another client's, or used up.
    #[error("poll a request: it is unknown, another client's, or used up")]
    InvalidGrant,
    /// The tokens could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl From<StorageError> for PollError {
    fn from(error: StorageError) -> Self {
        Self::Issue(error.into())
    }
}

impl From<sqlx::Error> for PollError {
    fn from(error: sqlx::Error) -> Self {
        Self::Issue(error.into())
    }
}

/// What a request is to the client that polls it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Pending,
    Approved,
    Denied,
    Expired,
    Gone,
}

fn standing(request: &StoredRequest, client_id: &str, now: i64) -> Standing {
    let can_be_fetched = request.expires_at + requests::GRACE > now;
    match request.decision {
        _ if request.client_id != client_id || request.is_redeemed => Standing::Gone,
        Some(Decision::Deny) if can_be_fetched => Standing::Denied,
        Some(Decision::Deny) => Standing::Gone,
        Some(Decision::Approve) if can_be_fetched => Standing::Approved,
        None if request.expires_at > now => Standing::Pending,
        Some(Decision::Approve) | None => Standing::Expired,
    }
}

/// One poll.
///
/// # Errors
///
/// [`PollError`]
pub async fn poll(
    state: &ProviderState,
    client: &Client,
    auth_req_id: &str,
) -> Result<TokenAnswer, PollError> {
    let parsed = AuthReqId::parse(auth_req_id).map_err(|_| PollError::InvalidGrant)?;
    let digest = parsed.digest();
    let now = state.ambient.clock.unix();
    let request = requests::find(&state.storage, &digest).await?.ok_or(PollError::InvalidGrant)?;
    match standing(&request, &client.client_id, now) {
        Standing::Gone => Err(PollError::InvalidGrant),
        Standing::Denied => Err(PollError::Denied),
        Standing::Expired => Err(PollError::Expired),
        Standing::Pending => {
            let StoredRequest { poll_interval, expires_at, .. } = request;
            let pacing = &state.pacing;
            let too_fast =
                pacing.is_too_fast(&state.storage, &digest, poll_interval, expires_at, now).await?;
            Err(if too_fast { PollError::SlowDown } else { PollError::Pending })
        }
        Standing::Approved => redeem(state, client, &parsed, now).await,
    }
}

async fn redeem(
    state: &ProviderState,
    client: &Client,
    auth_req_id: &AuthReqId,
    now: i64,
) -> Result<TokenAnswer, PollError> {
    let mut transaction = state.storage.writer().begin().await?;
    let redeemed =
        requests::redeem(&mut transaction, &auth_req_id.digest(), &client.client_id, now).await?;
    let Some(Redeemed { user_id, scope, authentication }) = redeemed else {
        return Err(PollError::InvalidGrant);
    };
    let user = users::find_with(&mut *transaction, users::BY_ID, &user_id)
        .await?
        .ok_or(PollError::InvalidGrant)?;
    let grant = Grant {
        user: &user,
        client,
        scope: &scope,
        granted: &scope,
        origin: Origin::Ciba,
        authenticated: &serde_json::from_str(&authentication).map_err(IssueError::from)?,
        session_id: state.ambient.entropy.token::<16>().map_err(IssueError::from)?,
        backend: false,
        auth_req_id: Some(auth_req_id.as_str()),
    };
    let answer = match mint(state, &mut transaction, grant).await {
        // Disabled since the approval: the approval goes with the account.
        Err(IssueError::UserNotActive) => return Err(PollError::InvalidGrant),
        answer => answer?,
    };
    transaction.commit().await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(decision: Option<Decision>, is_redeemed: bool) -> StoredRequest {
        StoredRequest {
            client_id: "own".into(),
            app_id: None,
            user_id: "user".into(),
            expires_at: 600,
            decision,
            is_redeemed,
            poll_interval: 5,
        }
    }

    #[test]
    fn a_decision_can_be_fetched_a_moment_longer_than_it_can_be_taken() {
        use Decision::{Approve, Deny};
        for (decision, is_redeemed, before, at_its_end, after) in [
            (None, false, Standing::Pending, Standing::Expired, Standing::Expired),
            (Some(Approve), false, Standing::Approved, Standing::Approved, Standing::Expired),
            (Some(Approve), true, Standing::Gone, Standing::Gone, Standing::Gone),
            (Some(Deny), false, Standing::Denied, Standing::Denied, Standing::Gone),
        ] {
            let request = request(decision, is_redeemed);
            for (now, expected) in
                [(599, before), (600, at_its_end), (629, at_its_end), (630, after)]
            {
                assert_eq!(standing(&request, "own", now), expected, "{decision:?} at {now}");
            }
            assert_eq!(standing(&request, "foreign", 599), Standing::Gone);
        }
    }
}

//! The CIBA grant of the token endpoint (CIBA Core 1.0, sections 10.1 and 11).
//!
//! Pending, too fast, denied, run out, and tokens exactly once. What was decided in time can be fetched
//! for a moment longer than it could be decided ([`requests::GRACE`]). Of several polls that see the
//! approval at once one gets the tokens; the others get `invalid_grant`, and revoke nothing.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::requests::{self, RedeemedRequest, StoredRequest};
use crate::ProviderState;
use crate::answer::EndpointError;
use crate::client_authentication::identify;
use crate::clients::{Client, ClientLookup};
use crate::form::OAuthForm;
use crate::tokens::{Grant, Origin, TokenAnswer, mint};
use crate::users;
use ciba::{AuthReqId, Decision};

/// What a request is to the client that polls it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Pending,
    Approved,
    Denied,
    Expired,
    Gone,
}

fn phase(request: &StoredRequest, client_id: &str, now: i64) -> Phase {
    let can_be_fetched = request.expires_at + requests::GRACE > now;
    match request.decision {
        _ if request.client_id != client_id || request.is_redeemed => Phase::Gone,
        Some(Decision::Deny) if can_be_fetched => Phase::Denied,
        Some(Decision::Deny) => Phase::Gone,
        Some(Decision::Approve) if can_be_fetched => Phase::Approved,
        None if request.expires_at > now => Phase::Pending,
        Some(Decision::Approve) | None => Phase::Expired,
    }
}

/// One poll.
///
/// # Security
///
/// The client is taken from memory first. The request's row has the version of the client that
/// started it: where that is another one, or the request is not this client's, the client is read and
/// authenticated again.
pub(crate) async fn poll(
    state: &ProviderState,
    headers: &HeaderMap,
    form: &OAuthForm,
) -> Result<TokenAnswer, EndpointError> {
    let mut client = authenticate(state, headers, form, ClientLookup::Cached).await;
    let auth_req_id = form.value("auth_req_id").and_then(|text| AuthReqId::parse(text).ok());
    let digest = auth_req_id.as_ref().map(AuthReqId::digest);
    let request = match &digest {
        Some(digest) if client.is_ok() => requests::find(&state.storage, digest).await?,
        _ => None,
    };
    let is_current = client.as_ref().is_ok_and(|client| {
        request.as_ref().is_some_and(|request| {
            request.client_id == client.client_id && request.client_version == Some(client.version)
        })
    });
    // An assertion is good once, and its client is always read.
    if !is_current && form.value("client_assertion").is_none() {
        client = authenticate(state, headers, form, ClientLookup::Current).await;
    }
    let client = client?;
    if !client.settings.ciba_authorization.enabled {
        let description = "CIBA is not enabled for this client";
        return Err(EndpointError::oauth("unauthorized_client", description));
    }
    form.required("auth_req_id")?;
    let (Some(request), Some(auth_req_id), Some(digest)) = (request, auth_req_id, digest) else {
        return Err(EndpointError::invalid_grant());
    };
    let now = state.ambient.clock.unix();
    match phase(&request, &client.client_id, now) {
        Phase::Gone => Err(EndpointError::invalid_grant()),
        Phase::Denied => {
            let description = "The end-user denied the authorization request.";
            Err(EndpointError::oauth("access_denied", description))
        }
        Phase::Expired => Err(EndpointError::oauth(
            "expired_token",
            "The auth_req_id has expired. The Client will need to make a new Authentication \
             Request.",
        )),
        Phase::Pending => {
            let StoredRequest { poll_interval, expires_at, .. } = request;
            let pacing = &state.pacing;
            let too_fast =
                pacing.is_too_fast(&state.storage, &digest, poll_interval, expires_at, now).await?;
            Err(if too_fast {
                EndpointError::oauth(
                    "slow_down",
                    "authorization request is still pending; wait 5 seconds longer between polls",
                )
            } else {
                EndpointError::oauth(
                    "authorization_pending",
                    "authorization request is still pending as the end-user hasn't yet completed \
                     the user interaction steps",
                )
            })
        }
        Phase::Approved => redeem(state, &client, &auth_req_id, now).await,
    }
}

async fn authenticate(
    state: &ProviderState,
    headers: &HeaderMap,
    form: &OAuthForm,
    lookup: ClientLookup,
) -> Result<Arc<Client>, EndpointError> {
    identify(state, headers, form, lookup).await?.authenticated()
}

async fn redeem(
    state: &ProviderState,
    client: &Client,
    auth_req_id: &AuthReqId,
    now: i64,
) -> Result<TokenAnswer, EndpointError> {
    let gone = EndpointError::invalid_grant;
    let mut transaction = state.storage.writer().begin().await?;
    let redeemed =
        requests::redeem(&mut transaction, &auth_req_id.digest(), &client.client_id, now).await?;
    let RedeemedRequest { user_id, scope, authentication } = redeemed.ok_or_else(gone)?;
    let user = users::find_with(&mut *transaction, users::BY_ID, &user_id).await?;
    let grant = Grant {
        user: &user.ok_or_else(gone)?,
        client,
        scope: &scope,
        granted: &scope,
        origin: Origin::Ciba,
        authenticated: &serde_json::from_str(&authentication)?,
        session_id: state.ambient.entropy.token::<16>()?,
        backend: false,
        auth_req_id: Some(auth_req_id.as_str()),
    };
    // Disabled since the approval: the approval goes with the account.
    let answer = mint(state, &mut transaction, grant).await?.ok_or_else(gone)?;
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
            client_version: None,
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
            (None, false, Phase::Pending, Phase::Expired, Phase::Expired),
            (Some(Approve), false, Phase::Approved, Phase::Approved, Phase::Expired),
            (Some(Approve), true, Phase::Gone, Phase::Gone, Phase::Gone),
            (Some(Deny), false, Phase::Denied, Phase::Denied, Phase::Gone),
        ] {
            let request = request(decision, is_redeemed);
            for (now, expected) in
                [(599, before), (600, at_its_end), (629, at_its_end), (630, after)]
            {
                assert_eq!(phase(&request, "own", now), expected, "{decision:?} at {now}");
            }
            assert_eq!(phase(&request, "foreign", 599), Phase::Gone);
        }
    }
}

//! Follows an authentication request to its end (CIBA Core 1.0, sections 7.3, 10.1 and 11).

use std::time::Duration;

use super::Pace;
use ciba::AuthReqId;
use transmit::{
    ApiError, CibaTokens, Expected, IdTokenClaims, IdTokenError, PollAnswer, Started, Transmit,
    TransmitError,
};

/// How often the provider's keys are asked for before a token that is here already is given up.
const KEY_ATTEMPTS: u32 = 5;

/// How a request ended.
#[derive(Debug)]
pub enum PollOutcome {
    /// The customer allowed it.
    Token(Box<Granted>),
    /// The customer refused.
    Denied,
    /// Its time ran out before anybody decided.
    Expired,
    /// It cannot be followed to its end.
    Failed(PollError),
}

/// The tokens, and what the verified ID token says.
#[derive(Debug)]
pub struct Granted {
    /// The tokens.
    pub tokens: CibaTokens,
    /// The ID token's claims.
    pub claims: IdTokenClaims,
}

/// A request cannot be followed to its end.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The provider refuses to answer for this request.
    #[error("the provider refused to answer for the request")]
    Refused(#[source] ApiError),
    /// The ID token is not to be trusted; the tokens that came with it are thrown away.
    #[error("the ID token is not valid")]
    IdToken(#[source] IdTokenError),
    /// The provider was away when the request's time ran out.
    #[error("the request's time ran out while the provider was not reached")]
    Unreachable(#[source] TransmitError),
    /// The provider's answer is not one that this API defines.
    #[error("the poll for the token failed")]
    Call(#[source] TransmitError),
}

/// What happens while a request is open.
#[derive(Debug)]
pub enum PollProgress<'a> {
    /// Nobody has decided. Reported before each pause, the first one too.
    Waiting {
        /// Until the next poll.
        next_poll: Duration,
        /// Until the request's time is over.
        time_left: Duration,
    },
    /// The provider wants more time between polls.
    SlowedDown {
        /// The pause from now on.
        interval: Duration,
    },
    /// A poll did not get through and will be repeated.
    Retrying {
        /// What went wrong.
        error: &'a TransmitError,
    },
}

/// One poll's result.
#[derive(Debug)]
pub enum PollResult {
    /// Nobody has decided, or the poll did not get through, and this is why.
    Again(Option<TransmitError>),
    /// The request has ended.
    Ended(PollOutcome),
}

/// Polls until the request has ended. Its time is counted from the call on.
///
/// One poll at a time; none earlier than the provider's pace allows, none after `expires_in`, and the
/// last one just before it. Dropping the future stops polling and changes nothing at the provider.
pub async fn poll(
    transmit: &Transmit,
    started: &Started,
    mut progress: impl FnMut(PollProgress<'_>),
) -> PollOutcome {
    let clock = transmit.ambient().clock.clone();
    let deadline = clock.now() + started.expires_in;
    let time_left = || Duration::try_from(deadline - clock.now()).unwrap_or(Duration::ZERO);
    let mut pace = Pace::new(started);
    let mut fault = None;
    loop {
        let Some(pause) = pace.next_poll(time_left()) else {
            clock.sleep(time_left()).await;
            return fault.map_or(PollOutcome::Expired, |error| {
                PollOutcome::Failed(PollError::Unreachable(error))
            });
        };
        progress(PollProgress::Waiting { next_poll: pause, time_left: time_left() });
        clock.sleep(pause).await;
        match poll_once(transmit, &started.auth_req_id, &mut pace, &mut progress).await {
            PollResult::Again(error) => fault = error,
            PollResult::Ended(outcome) => return outcome,
        }
    }
}

/// Polls once, at the caller's own time, and changes the pace to what the answer asks for: for
/// those who keep a request's turns somewhere else than in a running task.
pub async fn poll_once(
    transmit: &Transmit,
    auth_req_id: &AuthReqId,
    pace: &mut Pace,
    progress: &mut impl FnMut(PollProgress<'_>),
) -> PollResult {
    match transmit.poll(auth_req_id).await {
        Ok(PollAnswer::Pending) => pace.answered(),
        Ok(PollAnswer::SlowDown(retry_after)) => {
            pace.slow_down(retry_after);
            progress(PollProgress::SlowedDown { interval: pace.interval() });
        }
        Ok(PollAnswer::Denied) => return PollResult::Ended(PollOutcome::Denied),
        Ok(PollAnswer::Expired) => return PollResult::Ended(PollOutcome::Expired),
        Ok(PollAnswer::Tokens(tokens)) => {
            return PollResult::Ended(granted(transmit, auth_req_id, tokens, progress).await);
        }
        Ok(PollAnswer::Incomplete(error)) => {
            return PollResult::Ended(PollOutcome::Failed(PollError::Call(error)));
        }
        Err(error) if error.is_transient() => {
            pace.back_off(retry_after(&error));
            progress(PollProgress::Retrying { error: &error });
            return PollResult::Again(Some(error));
        }
        Err(error) if is_unusable(&error) && pace.retry_unusable(retry_after(&error)) => {
            progress(PollProgress::Retrying { error: &error });
            return PollResult::Again(Some(error));
        }
        Err(TransmitError::Api(error)) => {
            return PollResult::Ended(PollOutcome::Failed(PollError::Refused(error)));
        }
        Err(error) => return PollResult::Ended(PollOutcome::Failed(PollError::Call(error))),
    }
    PollResult::Again(None)
}

fn retry_after(error: &TransmitError) -> Option<Duration> {
    error.api()?.retry_after
}

/// Whether somebody else than the token endpoint seems to have answered: a page, a redirect, a
/// firewall. A 401 is about our client even without a word.
fn is_unusable(error: &TransmitError) -> bool {
    match error {
        TransmitError::Unexpected { .. } => true,
        TransmitError::Api(error) => error.code.is_none() && error.status != 401,
        _ => false,
    }
}

/// Verifies the ID token. The tokens cannot be asked for twice, so a fault on the way to the
/// provider's keys is bridged here.
async fn granted(
    transmit: &Transmit,
    auth_req_id: &AuthReqId,
    tokens: CibaTokens,
    progress: &mut impl FnMut(PollProgress<'_>),
) -> PollOutcome {
    let expected = Expected {
        nonce: None,
        access_token: Some(tokens.access_token.expose()),
        auth_req_id: Some(auth_req_id),
    };
    let mut attempt = 1;
    let claims = loop {
        match transmit.verify_id_token(tokens.id_token.expose(), expected).await {
            Ok(claims) => break claims,
            Err(error) if error.is_transient() && attempt < KEY_ATTEMPTS => {
                progress(PollProgress::Retrying { error: &error });
                transmit.ambient().clock.sleep(Duration::from_secs(1 << attempt)).await;
                attempt += 1;
            }
            Err(TransmitError::IdToken(error)) => {
                return PollOutcome::Failed(PollError::IdToken(error));
            }
            Err(error) => return PollOutcome::Failed(PollError::Call(error)),
        }
    };
    PollOutcome::Token(Box::new(Granted { tokens, claims }))
}

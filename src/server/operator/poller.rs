//! Follows an authentication request to its end (CIBA Core 1.0, sections 7.3, 10.1 and 11).

use std::time::Duration;

use crate::server::clock::SharedClock;
use crate::server::transmit::{
    ApiError, CallError, CibaTokens, Expected, IdTokenClaims, IdTokenError, PollAnswer, Started,
    Transmit,
};

/// The pause between two polls where the provider names none (CIBA Core 1.0, section 7.3).
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// What `slow_down` adds to the pause, for good (CIBA Core 1.0, section 11).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// The longest pause that faults lead to, unless the provider itself asks for a longer one.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// How often the provider's keys are asked for before a token that is here already is given up.
const KEY_ATTEMPTS: u32 = 5;

/// How a request ended.
#[derive(Debug)]
pub enum Outcome {
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
    #[error("poll for the token")]
    Refused(#[source] ApiError),
    /// The ID token is not to be trusted; the tokens that came with it are thrown away.
    #[error("verify the ID token")]
    IdToken(#[source] IdTokenError),
    /// The provider was away when the request's time ran out.
    #[error("reach the provider before the request's time ran out")]
    Unreachable(#[source] CallError),
    /// The provider's answer is none.
    #[error("poll for the token")]
    Call(#[source] CallError),
}

/// What happens while a request is open.
#[derive(Debug)]
pub enum Progress<'a> {
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
        error: &'a CallError,
    },
}

/// Polls until the request has ended. Its time is counted from the call on.
///
/// One poll at a time; none earlier than the provider's pace allows, and none after `expires_in`.
/// Dropping the future stops polling and changes nothing at the provider.
pub async fn poll(
    transmit: &Transmit,
    started: &Started,
    mut progress: impl FnMut(Progress<'_>),
) -> Outcome {
    let clock = transmit.ambient().clock.clone();
    let mut pace = Pace::new(&clock, started);
    let mut fault = None;
    loop {
        let Some(pause) = pace.pause() else {
            clock.sleep(pace.time_left()).await;
            return fault
                .map_or(Outcome::Expired, |error| Outcome::Failed(PollError::Unreachable(error)));
        };
        progress(Progress::Waiting { next_poll: pause, time_left: pace.time_left() });
        clock.sleep(pause).await;
        match transmit.poll(&started.auth_req_id).await {
            Ok(PollAnswer::Pending) => pace.calm(),
            Ok(PollAnswer::SlowDown(retry_after)) => {
                pace.slow_down(retry_after);
                progress(Progress::SlowedDown { interval: pace.interval });
            }
            Ok(PollAnswer::Denied) => return Outcome::Denied,
            Ok(PollAnswer::Expired) => return Outcome::Expired,
            Ok(PollAnswer::Tokens(tokens)) => {
                return granted(transmit, &clock, started, tokens, &mut progress).await;
            }
            Err(error) if error.is_transient() => {
                pace.back_off(error.api().and_then(|error| error.retry_after));
                progress(Progress::Retrying { error: &error });
                fault = Some(error);
                continue;
            }
            Err(CallError::Api(error)) => return Outcome::Failed(PollError::Refused(error)),
            Err(error) => return Outcome::Failed(PollError::Call(error)),
        }
        fault = None;
    }
}

/// Verifies the ID token. The tokens cannot be asked for twice, so a fault on the way to the
/// provider's keys is bridged here.
async fn granted(
    transmit: &Transmit,
    clock: &SharedClock,
    started: &Started,
    tokens: CibaTokens,
    progress: &mut impl FnMut(Progress<'_>),
) -> Outcome {
    let expected = Expected {
        nonce: None,
        access_token: Some(tokens.access_token.expose()),
        auth_req_id: Some(&started.auth_req_id),
    };
    let mut attempt = 1;
    let claims = loop {
        match transmit.verify_id_token(tokens.id_token.expose(), expected).await {
            Ok(claims) => break claims,
            Err(error) if error.is_transient() && attempt < KEY_ATTEMPTS => {
                progress(Progress::Retrying { error: &error });
                clock.sleep(Duration::from_secs(1 << attempt)).await;
                attempt += 1;
            }
            Err(CallError::IdToken(error)) => return Outcome::Failed(PollError::IdToken(error)),
            Err(error) => return Outcome::Failed(PollError::Call(error)),
        }
    };
    Outcome::Token(Box::new(Granted { tokens, claims }))
}

/// When the next poll may be.
struct Pace<'a> {
    clock: &'a SharedClock,
    deadline: time::OffsetDateTime,
    /// Between two polls.
    interval: Duration,
    /// Before the next poll only.
    extra: Duration,
    faults: u32,
}

impl<'a> Pace<'a> {
    fn new(clock: &'a SharedClock, started: &Started) -> Self {
        // "At least no seconds" would be a busy loop, and a pause longer than the request lives
        // would mean never to ask at all: such a request is asked about once, at its end.
        let given = started.interval.filter(|interval| !interval.is_zero());
        Self {
            clock,
            deadline: clock.now() + started.expires_in,
            interval: given.unwrap_or(DEFAULT_INTERVAL).min(started.expires_in),
            extra: Duration::ZERO,
            faults: 0,
        }
    }

    /// The pause before the next poll; `None` where that poll would come too late.
    fn pause(&self) -> Option<Duration> {
        let pause = self.interval.max(self.extra);
        (!pause.is_zero() && pause <= self.time_left()).then_some(pause)
    }

    fn time_left(&self) -> Duration {
        (self.deadline - self.clock.now()).try_into().unwrap_or(Duration::ZERO)
    }

    fn calm(&mut self) {
        self.faults = 0;
        self.extra = Duration::ZERO;
    }

    fn slow_down(&mut self, retry_after: Option<Duration>) {
        self.calm();
        self.interval += SLOW_DOWN;
        self.extra = retry_after.unwrap_or_default();
    }

    /// Doubles the pause with each fault in a row (CIBA Core 1.0, section 10.1, asks for it where a
    /// connection times out).
    fn back_off(&mut self, retry_after: Option<Duration>) {
        self.faults = (self.faults + 1).min(8);
        let doubled = self.interval * (1 << self.faults);
        self.extra = doubled.min(LONGEST_BACKOFF).max(retry_after.unwrap_or_default());
    }
}

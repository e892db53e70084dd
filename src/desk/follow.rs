//! Follows the requests to their ends, beside the listener.
//!
//! Each request has its turns in storage: a process that is started again goes on where the last
//! one stopped, and of several instances one polls. The pace and every rule of polling are the
//! operator's ([`operator::poll_once`]). Tokens are dropped here; only the customer's identifier is
//! kept.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::requests::{DueRequest, RowError};
use super::state::Desk;
use crate::operator::{self, PollOutcome, PollResult};
use crate::records::Closed;
use platform::causes::Causes;

/// How often the turns are looked through while a request is open.
const TICK: Duration = Duration::from_millis(250);

/// How often somebody looks whether another instance has left a request behind.
const IDLE: Duration = Duration::from_secs(15);

/// How often old requests are forgotten.
const CLEARING: i64 = 3600;

/// How many requests are polled at the same time.
const AT_ONCE: usize = 32;

/// Polls whatever is due, until `stop`.
pub(super) async fn run(desk: Arc<Desk>, stop: CancellationToken) {
    let mut polls = JoinSet::new();
    let mut next_clearing = 0;
    loop {
        let now = desk.now();
        if now >= next_clearing {
            next_clearing = now.saturating_add(CLEARING);
            noted("forget old requests", desk.requests.forget_old(now).await);
        }
        while polls.len() < AT_ONCE {
            match desk.requests.take_due(desk.now(), desk.ambient.entropy.as_ref()).await {
                Ok(Some(due)) => {
                    polls.spawn(turn(Arc::clone(&desk), due));
                }
                Ok(None) => break,
                Err(error) => {
                    noted("take a request's turn", Err(error));
                    break;
                }
            }
        }
        let busy = desk.requests.any_open().await.unwrap_or(true);
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(if busy { TICK } else { IDLE }) => {}
            () = desk.opened.notified() => {}
            Some(_) = polls.join_next() => {}
        }
    }
    // A poll that may have fetched a token is not cut off: nobody could fetch it again.
    while polls.join_next().await.is_some() {}
}

async fn turn(desk: Arc<Desk>, mut due: DueRequest) {
    let ended = if desk.now() >= due.expires_at {
        let ending = if due.pace.history().faults > 0 { Closed::Failed } else { Closed::Expired };
        Some((ending, None))
    } else {
        let mut unheard = |_: operator::PollProgress<'_>| {};
        let (id, pace) = (&due.auth_req_id, &mut due.pace);
        match operator::poll_once(&desk.transmit, id, pace, &mut unheard).await {
            PollResult::Again(_) => None,
            PollResult::Ended(outcome) => Some(ending(outcome)),
        }
    };
    let written = match ended {
        Some((ending, subject)) => {
            tracing::info!(desk.request.id = due.id, ending = ending.as_str(), "a request ended");
            let subject = subject.as_deref();
            desk.requests.conclude(&due, ending, subject, desk.now()).await.map(drop)
        }
        None => desk.requests.put_back(&due, desk.now()).await,
    };
    noted("write down a poll", written);
    desk.changed();
}

fn ending(outcome: PollOutcome) -> (Closed, Option<String>) {
    match outcome {
        PollOutcome::Token(granted) => (Closed::Allowed, Some(granted.claims.sub)),
        PollOutcome::Denied => (Closed::Denied, None),
        PollOutcome::Expired => (Closed::Expired, None),
        PollOutcome::Failed(error) => {
            tracing::warn!(
                error = %Causes(&error),
                "a request cannot be followed to its end"
            );
            (Closed::Failed, None)
        }
    }
}

fn noted(attempt: &str, result: Result<(), RowError>) {
    if let Err(error) = result {
        tracing::error!(error = %Causes(&error), attempt, "the desk's storage failed");
    }
}

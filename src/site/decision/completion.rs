//! Telling the provider: sends a decision that is held, and records what the answer makes of it.

use std::time::Duration;

use super::journal::{Held, Journal, JournalError, Verdict};
use crate::audit::{self, Circumstances, Event};
use platform::ambient::Ambient;
use transmit::{Completion, Refusal, Transmit};

/// How often a decision is sent while a customer waits.
const TRIES: u32 = 3;

/// Seconds after which a waiting customer is told that the outcome is open.
const PATIENCE: i64 = 10;

/// The longest pause between two attempts of the worker, in seconds.
const LONGEST_PAUSE: i64 = 30;

/// Sends the decision until there is an answer, at most three times in ten seconds, and records it.
///
/// # Errors
///
/// [`JournalError`]; what was sent is then in the journal, and is resumed when its lease has ended.
pub async fn run(
    journal: &Journal,
    transmit: &Transmit,
    ambient: &Ambient,
    held: Held,
) -> Result<(), JournalError> {
    attempt(journal, transmit, ambient, held, TRIES).await
}

/// Sends the decision once: the worker's way, which has all the time until the request's end.
///
/// # Errors
///
/// As [`run`].
pub async fn once(
    journal: &Journal,
    transmit: &Transmit,
    ambient: &Ambient,
    held: Held,
) -> Result<(), JournalError> {
    attempt(journal, transmit, ambient, held, 1).await
}

async fn attempt(
    journal: &Journal,
    transmit: &Transmit,
    ambient: &Ambient,
    mut held: Held,
    tries: u32,
) -> Result<(), JournalError> {
    let started_at = ambient.clock.unix();
    for remaining in (0..tries).rev() {
        if !journal.sending(&mut held).await? {
            return Ok(());
        }
        let answer = transmit.complete(&held.token, &held.auth_req_id, held.decision).await;
        if let Some(verdict) = verdict(&held, &answer) {
            tracing::info!(
                request = held.handle(), decision = %held.decision, ?verdict,
                "the provider has answered a decision"
            );
            told(ambient, &held, verdict);
            journal.record(&held, verdict).await?;
            return Ok(());
        }
        match &answer {
            Completion::NotSent(error) => {
                tracing::warn!(
                    request = held.handle(), attempt = held.attempts, %error,
                    "a decision did not reach the provider"
                );
                held.was_not_sent();
            }
            Completion::Unknown(error) => {
                tracing::warn!(
                    request = held.handle(), attempt = held.attempts, %error,
                    "a decision was sent and no answer came"
                );
                held.unanswered += 1;
            }
            _ => {}
        }
        if remaining == 0 || ambient.clock.unix() - started_at >= PATIENCE {
            break;
        }
        ambient.clock.sleep(jittered(ambient, 400)?).await;
    }
    let pause = (2_i64 << held.attempts.clamp(0, 5)).min(LONGEST_PAUSE);
    let spread = i64::from(ambient.entropy.below(4)?);
    let next_attempt_at = ambient.clock.unix() + pause + spread;
    let verdict = Verdict::Unknown { next_attempt_at };
    told(ambient, &held, verdict);
    journal.record(&held, verdict).await?;
    Ok(())
}

/// Counts what came of a decision, and writes it down for whoever looks into it later.
fn told(ambient: &Ambient, held: &Held, verdict: Verdict) {
    ambient.metrics.decided(held.decision.as_str(), verdict.as_str());
    let known = Circumstances {
        request: held.handle.as_ref(),
        subject: Some(held.subject()),
        decision: Some(held.decision),
        verdict: Some(verdict.as_str()),
        ..Circumstances::default()
    };
    audit::record(Event::of_verdict(verdict.as_str()), &known);
}

/// What an answer makes of the decision; nothing where it may be sent again.
fn verdict(held: &Held, answer: &Completion) -> Option<Verdict> {
    match answer {
        Completion::Confirmed => Some(Verdict::Confirmed),
        Completion::Unauthorised => Some(Verdict::SignInNeeded),
        // The same decision was sent before and its answer was lost: most likely it was taken.
        Completion::Refused(Refusal::AlreadyDecided) if held.unanswered > 0 => {
            Some(Verdict::Presumed)
        }
        // A provider that forgets a request once it is decided, or has one word for every refusal,
        // says this of a decision that it has taken as well.
        Completion::Refused(Refusal::Other | Refusal::NotFound | Refusal::Expired)
            if held.unanswered > 0 =>
        {
            Some(Verdict::Unclear)
        }
        Completion::Refused(refusal) => Some(Verdict::Refused(*refusal)),
        Completion::NotSent(_) | Completion::Unknown(_) => None,
    }
}

fn jittered(ambient: &Ambient, millis: u32) -> Result<Duration, JournalError> {
    Ok(Duration::from_millis(u64::from(millis + ambient.entropy.below(millis)?)))
}

//! Telling the provider: sends a decision that is held, and records what the answer makes of it.

use std::time::Duration;

use super::journal::{HeldDecision, JournalError};
use super::outcome::Outcome;
use crate::audit::{self, AuditContext};
use crate::records::{MailWay, Step, digest};
use crate::site::Site;
use crate::site::authority::RequestAtProvider;
use crate::site::request::pushed::{Answerer, PushedRequest};
use ciba::{Completion, RefusalReason, RequestHandle};
use platform::causes::Causes;

/// How often a decision is sent while a customer waits; the worker, which has all the time until the
/// request's end, sends it once.
pub const TRIES: u32 = 3;

/// Seconds after which a waiting customer is told that the outcome is open.
const TIMEOUT: i64 = 10;

/// What becomes of a decision that is not sent because the agent was first.
const WITHDRAWN: Outcome = Outcome::Refused(RefusalReason::AlreadyDecided);

/// The longest pause between two attempts of the worker, in seconds.
const LONGEST_PAUSE: i64 = 30;

/// Sends the decision until there is an answer, at most `tries` times in ten seconds, and records it.
/// Returns what was recorded; nothing where somebody else records.
///
/// # Errors
///
/// [`JournalError`]; what was sent is then in the journal, and is resumed when its lease has ended.
pub async fn run(
    site: &Site,
    mut held: HeldDecision,
    tries: u32,
) -> Result<Option<Outcome>, JournalError> {
    let may_repeat = site.authority.may_repeat(held.answer.decision());
    if held.unanswered > 0 && !may_repeat {
        // Whoever has sent it before is gone, and sent once more it could undo what it has done.
        return record(site, &held, Outcome::Unclear).await;
    }
    let pushed = if held.is_pushed { site.pushed.find(&held.auth_req_id).await? } else { None };
    if pushed.is_some() && !site.pushed.take(&digest(&held.auth_req_id), Answerer::Customer).await?
    {
        // It was withdrawn, and the provider may have been told so: an approval that is sent after
        // that could undo it.
        return record(site, &held, WITHDRAWN).await;
    }
    let started_at = site.now();
    for remaining in (0..tries).rev() {
        if !site.journal.sending(&mut held).await? {
            let known = site.records.find(&held.auth_req_id).await?;
            return if known.is_some_and(|record| record.steps.withdrawn_at.is_some()) {
                record(site, &held, WITHDRAWN).await
            } else {
                Ok(None)
            };
        }
        let answer = send(site, &held, pushed.as_ref()).await;
        let request = held.handle.as_ref().map(RequestHandle::as_str);
        let attempt = held.attempts;
        match &answer {
            Completion::NotSent(error) => {
                tracing::warn!(request, attempt, error = %Causes(error.as_ref()), "a decision did not reach the provider");
            }
            Completion::Unknown(error) => {
                tracing::warn!(request, attempt, error = %Causes(error.as_ref()), "a decision was sent and no answer came");
            }
            _ => {}
        }
        let lost = held.unanswered;
        held.unanswered += i64::from(matches!(answer, Completion::Unknown(_)));
        let proof = || held.proof.fingerprint();
        if let Ok(outcome) = Outcome::of_answer(answer, lost, may_repeat, proof) {
            tracing::info!(
                request, decision = %held.answer.decision(), ?outcome, "the provider has answered a decision"
            );
            return record(site, &held, outcome).await;
        }
        if remaining == 0 || site.now() - started_at >= TIMEOUT {
            break;
        }
        let pause = 400 + site.ambient.entropy.below(400)?;
        site.ambient.clock.sleep(Duration::from_millis(pause.into())).await;
    }
    let pause = (2_i64 << held.attempts.clamp(0, 5)).min(LONGEST_PAUSE);
    let spread = i64::from(site.ambient.entropy.below(4)?);
    let outcome = Outcome::open(held.unanswered, site.now() + pause + spread);
    record(site, &held, outcome).await
}

async fn send(site: &Site, held: &HeldDecision, pushed: Option<&PushedRequest>) -> Completion {
    let link = RequestAtProvider::Link(&held.auth_req_id);
    let request = pushed.map_or(link, RequestAtProvider::Pushed);
    site.authority.complete(request, &held.proof, held.answer).await
}

/// Counts what came of a decision, writes it down for whoever looks into it later, and records it.
async fn record(
    site: &Site,
    held: &HeldDecision,
    outcome: Outcome,
) -> Result<Option<Outcome>, JournalError> {
    site.ambient.metrics.decided(held.answer.decision().as_str(), outcome.as_str());
    let context = AuditContext {
        request: held.handle.as_ref(),
        subject: Some(&held.subject),
        method: held.proof.by_mail().map(MailWay::as_str),
        decision: Some(held.answer.decision()),
        verdict: Some(outcome.as_str()),
        ..AuditContext::default()
    };
    audit::record(outcome.event(), &context);
    if outcome == Outcome::Refused(RefusalReason::WrongUser) {
        site.records.note(&held.auth_req_id, Step::WrongAccount).await?;
    }
    if !site.journal.record(held, &outcome).await? {
        return Ok(None);
    }
    if held.is_pushed && outcome.is_final() {
        site.pushed.answered(&digest(&held.auth_req_id)).await?;
    }
    Ok(Some(outcome))
}

//! Telling the provider: sends a decision that is leased, and records what the answer makes of it.

use std::time::Duration;

use super::journal::{JournalError, LeasedDecision};
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
    mut leased: LeasedDecision,
    tries: u32,
) -> Result<Option<Outcome>, JournalError> {
    let may_repeat = site.authority.may_repeat(leased.answer.decision());
    if leased.unanswered > 0 && !may_repeat {
        // Whoever has sent it before is gone, and sent once more it could undo what it has done.
        return record(site, &leased, Outcome::Unclear).await;
    }
    let pushed = if leased.is_pushed { site.pushed.find(&leased.auth_req_id).await? } else { None };
    if pushed.is_some()
        && !site.pushed.take(&digest(&leased.auth_req_id), Answerer::Customer).await?
    {
        // It was withdrawn, and the provider may have been told so: an approval that is sent after
        // that could undo it.
        return record(site, &leased, WITHDRAWN).await;
    }
    let started_at = site.now();
    for remaining in (0..tries).rev() {
        if !site.journal.sending(&mut leased).await? {
            let known = site.records.find(&leased.auth_req_id).await?;
            return if known.is_some_and(|record| record.steps.withdrawn_at.is_some()) {
                record(site, &leased, WITHDRAWN).await
            } else {
                Ok(None)
            };
        }
        let answer = send(site, &leased, pushed.as_ref()).await;
        let request = leased.handle.as_ref().map(RequestHandle::as_str);
        let attempt = leased.attempts;
        match &answer {
            Completion::NotSent(error) => {
                tracing::warn!(request, attempt, error = %Causes(error.as_ref()), "a decision did not reach the provider");
            }
            Completion::Unknown(error) => {
                tracing::warn!(request, attempt, error = %Causes(error.as_ref()), "a decision was sent and no answer came");
            }
            _ => {}
        }
        let lost = leased.unanswered;
        leased.unanswered += i64::from(matches!(answer, Completion::Unknown(_)));
        let proof = || leased.proof.fingerprint();
        if let Ok(outcome) = Outcome::of_answer(answer, lost, may_repeat, proof) {
            tracing::info!(
                request, decision = %leased.answer.decision(), ?outcome, "the provider has answered a decision"
            );
            return record(site, &leased, outcome).await;
        }
        if remaining == 0 || site.now() - started_at >= TIMEOUT {
            break;
        }
        let pause = 400 + site.ambient.entropy.below(400)?;
        site.ambient.clock.sleep(Duration::from_millis(pause.into())).await;
    }
    let pause = (2_i64 << leased.attempts.clamp(0, 5)).min(LONGEST_PAUSE);
    let spread = i64::from(site.ambient.entropy.below(4)?);
    let outcome = Outcome::open(leased.unanswered, site.now() + pause + spread);
    record(site, &leased, outcome).await
}

async fn send(site: &Site, leased: &LeasedDecision, pushed: Option<&PushedRequest>) -> Completion {
    let link = RequestAtProvider::Link(&leased.auth_req_id);
    let request = pushed.map_or(link, RequestAtProvider::Pushed);
    site.authority.complete(request, &leased.proof, leased.answer).await
}

/// Counts what came of a decision, writes it down for whoever looks into it later, and records it.
async fn record(
    site: &Site,
    leased: &LeasedDecision,
    outcome: Outcome,
) -> Result<Option<Outcome>, JournalError> {
    site.ambient.metrics.decided(leased.answer.decision().as_str(), outcome.as_str());
    let context = AuditContext {
        request: leased.handle.as_ref(),
        subject: Some(&leased.subject),
        method: leased.proof.by_mail().map(MailWay::as_str),
        decision: Some(leased.answer.decision()),
        verdict: Some(outcome.as_str()),
        ..AuditContext::default()
    };
    audit::record(outcome.event(), &context);
    if outcome == Outcome::Refused(RefusalReason::WrongUser) {
        site.records.note(&leased.auth_req_id, Step::WrongAccount).await?;
    }
    if !site.journal.record(leased, &outcome).await? {
        return Ok(None);
    }
    if leased.is_pushed && outcome.is_final() {
        site.pushed.answered(&digest(&leased.auth_req_id)).await?;
    }
    Ok(Some(outcome))
}

//! The decision: from a press to what the provider said, once.

mod completion;
mod entry;
mod journal;
mod lookup;
mod outcome;
pub mod resume;
pub mod routes;
mod stage;

use std::time::Duration;

use tower_sessions::Session;

pub use entry::Entry;
pub use journal::{Claim, END_LEASES, Journal, JournalError, LEASE, LeasedDecision};
pub use outcome::{IllegalTransition, Outcome};
pub use stage::{
    AtDecision, BeforeSignIn, Known, RequestSummary, Stage, StageRejection, seconds_left, shown,
};

use super::Site;
use super::authority::Answer;
use super::failure::Failure;
use super::request::HeldRequest;
use super::session::{self, SignIn};
use crate::audit::{self, AuditContext};
use crate::records::MailWay;
use ciba::{Decision, Problem, RequestHandle};
use platform::causes::Causes;
use platform::traces;

/// How long a press is kept waiting for the provider's answer. After that the customer sees that it
/// is under way: a page that hangs is pressed again, or closed.
const PRESS_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a second press asks the journal for the answer to the first.
const JOURNAL_INTERVAL: Duration = Duration::from_millis(100);

/// Takes a press: claims it, tells the provider, and records the answer. Whatever comes of it is
/// read from the journal afterwards; a second press changes nothing. `known` is of this very HTTP request:
/// what has changed since, the claim finds.
pub async fn decide(
    site: &Site,
    session: &Session,
    known: Known,
    answer: Answer,
) -> Result<(), Failure> {
    let handle = &known.handle;
    let expires_at = known.expires_at(site);
    let held = &known.held;
    let sign_in = match known.sign_in {
        Some(_) => session::whole_sign_in(site, session, handle).await?,
        None => None,
    };
    let Some(sign_in) = sign_in else {
        return match known.stage {
            Stage::HasOutcome(_) => Ok(()),
            Stage::Over(problem) => Err(Failure::new(problem)),
            _ => Err(Failure::new(Problem::SignInRequired)),
        };
    };
    let subject = &sign_in.person.subject;
    let claimed = if known.stage.admits(answer.decision()) {
        let proof = &sign_in.proof;
        let claim = Claim { request: held, subject, answer, proof, expires_at };
        site.journal.claim(&claim).await?
    } else {
        None
    };
    let outcome = if let Some(claimed) = claimed {
        let context = AuditContext {
            request: Some(handle),
            subject: Some(subject),
            method: sign_in.proof.by_mail().map(MailWay::as_str),
            amr: &sign_in.amr,
            decision: Some(answer.decision()),
            ..AuditContext::default()
        };
        audit::record(Outcome::Claimed.event(), &context);
        send(site, claimed).await?
    } else {
        wait(site, held, subject).await?;
        None
    };
    let confirmed = match outcome {
        Some(Outcome::Confirmed) => Some(answer.decision()),
        // Another subject's may be.
        _ => site.journal.confirmed(&held.auth_req_id).await?,
    };
    if let Some(decision) = confirmed {
        settle(site, session, handle, decision, sign_in).await?;
    }
    Ok(())
}

/// Ends the sign-in for a request that is decided: the token goes with the decision.
async fn settle(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
    decision: Decision,
    sign_in: SignIn,
) -> Result<(), Failure> {
    if decision == Decision::Approve && may_enrol(site, &sign_in) {
        session::grant_enrolment(site, session, handle, sign_in).await?;
    }
    session::remove(site, session, handle).await?;
    Ok(())
}

/// Whether adding a passkey may be offered to somebody who has decided: not where they have used
/// one, and never after a code, which may have been read out to somebody.
fn may_enrol(site: &Site, sign_in: &SignIn) -> bool {
    let ways = &site.config.sign_in;
    let by_link_or_social = sign_in.amr.iter().any(|amr| amr == "eml" || amr == "social");
    site.passkeys().is_some() && ways.enrol_passkey && by_link_or_social
}

/// Sends in a task of its own, and waits a little for it: neither a customer who closes the page nor
/// one who sees that it takes its time cuts it off between the call and the record, nor does the
/// process, which ends after it. Returns what was recorded meanwhile.
async fn send(site: &Site, leased: LeasedDecision) -> Result<Option<Outcome>, Failure> {
    let tracker = site.sending.clone();
    let site = site.clone();
    let sending = async move {
        let result = completion::run(&site, leased, completion::TRIES).await;
        if let Err(error) = &result {
            tracing::error!(error = %Causes(error), "an outcome was not recorded; the decision will be resumed");
        }
        result
    };
    let sent = tracker.spawn(traces::carry(sending));
    match tokio::time::timeout(PRESS_TIMEOUT, sent).await {
        Ok(Ok(result)) => Ok(result?),
        Ok(Err(error)) => {
            tracing::error!(error = %Causes(&error), "sending a decision broke off; it will be resumed");
            Ok(None)
        }
        Err(_) => Ok(None),
    }
}

/// Waits a little while somebody else is at work on the same decision.
async fn wait(site: &Site, request: &HeldRequest, subject: &str) -> Result<(), Failure> {
    let done = async {
        loop {
            let entry = site.journal.of(&request.auth_req_id, subject).await?;
            if !entry.is_some_and(|entry| entry.outcome.is_in_progress()) {
                return Ok(());
            }
            tokio::time::sleep(JOURNAL_INTERVAL).await;
        }
    };
    tokio::time::timeout(PRESS_TIMEOUT, done).await.unwrap_or(Ok(()))
}

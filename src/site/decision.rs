//! The decision: from a press to what the provider said, once.

mod completion;
mod journal;
pub mod resume;
pub mod routes;

use std::time::Duration;

use tower_sessions::Session;
use tracing::Instrument;

pub use journal::{Claim, Held, Journal, JournalError, LEASE, Standing, State, Verdict};

use super::Site;
use super::failure::Failure;
use super::pages::decision::Abilities;
use super::request::{self, HeldRequest};
use super::session::{self, SignIn};
use crate::audit::{self, Circumstances, Event};
use crate::records::Record;
use ciba::Problem;
use ciba::{Contact, Decision, RequestHandle};
use transmit::{Refusal, UserAccessToken};

/// How long a press is kept waiting for the provider's answer. After that the customer sees that it
/// is under way: a page that hangs is pressed again, or closed.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a second press looks for the answer to the first.
const LOOK: Duration = Duration::from_millis(100);

/// What a browser that holds a request may see of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// The provider has taken this decision.
    Decided(Decision),
    /// The decision of this browser's customer is under way.
    Asking,
    /// The decision of this browser's customer has not reached the provider yet.
    Unsent(Decision),
    /// The decision of this browser's customer was sent, and no answer came.
    Unknown(Decision),
    /// The decision of this browser's customer was sent, and whether it was taken is not to be found
    /// out.
    Unclear(Decision),
    /// The decision can be made here.
    Open,
    /// It could go on, but this browser's person has said that they are not speaking with an agent.
    Reported,
    /// Nobody is signed in here, and nobody has decided as far as is known.
    SignedOut,
    /// It cannot go on.
    Ended(Problem),
}

/// What is known before anything is shown or sent.
#[derive(Debug)]
pub struct Knowledge {
    /// What the operator's side has recorded, where it shares our storage.
    pub record: Option<Record>,
    /// Who is signed in here for this request.
    pub sign_in: Option<SignIn>,
    /// How things stand.
    pub view: View,
}

impl Knowledge {
    /// What the agent will be able to do, where that is known.
    pub fn abilities(&self) -> Abilities {
        match &self.record {
            Some(record) if !record.scopes.is_empty() => Abilities::Scopes(record.scopes.clone()),
            _ => Abilities::Unstated,
        }
    }

    /// Whether somebody, in another browser, has said that they are not speaking with an agent.
    pub fn is_doubted(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.reported_at.is_some())
    }

    /// Who called whom, where the agent has said so.
    pub fn contact(&self) -> Option<Contact> {
        self.record.as_ref()?.contact
    }

    /// The seconds until the request's time is over, where that is known.
    pub fn seconds_left(&self, site: &Site) -> Option<u32> {
        left(site, self.record.as_ref()?)
    }
}

/// The seconds until a request's time is over, where that is known.
///
/// # Errors
///
/// [`Failure`] where the storage fails.
pub async fn seconds_left(site: &Site, request: &HeldRequest) -> Result<Option<u32>, Failure> {
    let record = site.records.find(&request.auth_req_id).await?;
    // Behind a changed link nothing is said at all.
    Ok(record
        .filter(|record| record.handle == request.handle())
        .and_then(|record| left(site, &record)))
}

fn left(site: &Site, record: &Record) -> Option<u32> {
    u32::try_from((record.expires_at - site.now()).max(0)).ok()
}

/// Looks at a request from one browser. It writes nothing and calls nobody.
///
/// # Errors
///
/// [`Failure`] where the storage fails.
pub async fn look(
    site: &Site,
    session: &Session,
    request: &HeldRequest,
) -> Result<Knowledge, Failure> {
    let record = site.records.find(&request.auth_req_id).await?;
    let sign_in = session::sign_in(site, session, &request.handle()).await?;
    let view = view(site, request, record.as_ref(), sign_in.as_ref()).await?;
    let view = if request.reported { after_a_report(view) } else { view };
    Ok(Knowledge { record, sign_in, view })
}

/// What a browser sees in which the request was reported: what was answered before, and no way to
/// answer now. It binds this browser alone: a stranger's report must not stand in the rightful
/// customer's way.
fn after_a_report(view: View) -> View {
    match view {
        View::Open | View::SignedOut => View::Reported,
        View::Ended(problem) if problem != Problem::AlreadyDecided => View::Reported,
        answered => answered,
    }
}

async fn view(
    site: &Site,
    request: &HeldRequest,
    record: Option<&Record>,
    sign_in: Option<&SignIn>,
) -> Result<View, Failure> {
    // The true message first: behind a changed one nothing is said at all.
    if record.is_some_and(|record| record.handle != request.handle()) {
        return Ok(View::Ended(Problem::MessageMismatch));
    }
    if let Some(confirmed) = site.journal.confirmed(&request.auth_req_id).await? {
        return Ok(View::Decided(confirmed.decision));
    }
    if let Some(sign_in) = sign_in {
        if let Some(standing) =
            site.journal.of(&request.auth_req_id, &sign_in.person.subject).await?
            && let Some(view) = of_standing(&standing, &sign_in.token)
        {
            return Ok(view);
        }
        if record.is_some_and(|record| sign_in.person.is_excluded_by(&record.login_hint)) {
            return Ok(View::Ended(Problem::WrongAccount));
        }
    }
    if record.is_some_and(|record| record.withdrawn_at.is_some()) {
        return Ok(View::Ended(Problem::Withdrawn));
    }
    if record.is_some_and(|record| record.expires_at <= site.now()) {
        return Ok(View::Ended(Problem::RequestExpired));
    }
    Ok(if sign_in.is_some() { View::Open } else { View::SignedOut })
}

/// What a row of one's own means; nothing where it stands in no decision's way.
fn of_standing(standing: &Standing, token: &UserAccessToken) -> Option<View> {
    Some(match standing.state {
        State::Confirmed => View::Decided(standing.decision),
        _ if standing.in_progress => View::Asking,
        State::Unknown if !standing.may_be_taken => View::Unsent(standing.decision),
        State::Claimed | State::Sent | State::Unknown => View::Unknown(standing.decision),
        State::Unclear => View::Unclear(standing.decision),
        State::SignInNeeded if standing.has_refused(token) => View::Ended(Problem::SignInRequired),
        // A new sign-in. What was pressed before is sent only where it may have been taken; else
        // the person decides anew, and may have changed their mind.
        State::SignInNeeded if standing.may_be_taken => View::Unknown(standing.decision),
        State::SignInNeeded => return None,
        State::Refused(refusal) => View::Ended(match refusal {
            Refusal::Expired | Refusal::NotFound => Problem::RequestExpired,
            Refusal::AlreadyDecided => Problem::AlreadyDecided,
            Refusal::WrongUser => Problem::WrongAccount,
            Refusal::Other => Problem::NotAccepted,
        }),
    })
}

/// Takes a press: claims it, tells the provider, and records the answer. Whatever comes of it is
/// read from the journal afterwards; a second press changes nothing.
///
/// # Errors
///
/// [`Failure`]
pub async fn decide(
    site: &Site,
    session: &Session,
    request: &HeldRequest,
    decision: Decision,
) -> Result<(), Failure> {
    let handle = request.handle();
    let known = look(site, session, request).await?;
    let Some(sign_in) = known.sign_in else {
        return match known.view {
            View::Decided(_) => Ok(()),
            View::Ended(problem) => Err(Failure::new(problem)),
            _ => Err(Failure::new(Problem::SignInRequired)),
        };
    };
    let may_be_sent = matches!(known.view, View::Open | View::Unsent(_) | View::Unknown(_));
    let held = if may_be_sent {
        let claim = Claim {
            auth_req_id: &request.auth_req_id,
            handle: &handle,
            subject: &sign_in.person.subject,
            decision,
            token: &sign_in.token,
            expires_at: expiry(site, known.record.as_ref()),
        };
        site.journal.claim(&claim).await?
    } else {
        None
    };
    if let Some(held) = held {
        let known = Circumstances {
            request: Some(&handle),
            subject: Some(&sign_in.person.subject),
            amr: &sign_in.amr,
            decision: Some(decision),
            ..Circumstances::default()
        };
        audit::record(Event::DecisionClaimed, &known);
        send(site, held).await?;
    } else {
        wait(site, request, &sign_in).await?;
    }
    if let Some(confirmed) = site.journal.confirmed(&request.auth_req_id).await? {
        settle(site, session, &handle, confirmed.decision, sign_in).await?;
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
    session::remove(session, handle).await?;
    Ok(())
}

/// Whether adding a passkey may be offered to somebody who has decided: not where they have used
/// one, and never after a code, which may have been read out to somebody.
fn may_enrol(site: &Site, sign_in: &SignIn) -> bool {
    let ways = &site.config.sign_in;
    let by_link_or_social = sign_in.amr.iter().any(|amr| amr == "eml" || amr == "social");
    ways.passkey && ways.enrol_passkey && by_link_or_social
}

/// Sends in a task of its own, and waits a little for it: neither a customer who closes the page nor
/// one who sees that it takes its time cuts it off between the call and the record, nor does the
/// process, which ends after it.
async fn send(site: &Site, held: Held) -> Result<(), Failure> {
    let tracker = site.sending.clone();
    let site = site.clone();
    let sending = async move {
        let outcome = completion::run(&site.journal, &site.transmit, &site.ambient, held).await;
        if let Err(error) = &outcome {
            tracing::error!(%error, "record what came of a decision; it will be resumed");
        }
        outcome
    };
    let sent = tracker.spawn(sending.in_current_span());
    match tokio::time::timeout(PATIENCE, sent).await {
        Ok(Ok(result)) => Ok(result?),
        Ok(Err(error)) => {
            tracing::error!(%error, "sending a decision broke off; it will be resumed");
            Ok(())
        }
        Err(_) => Ok(()),
    }
}

/// Waits a little while somebody else is at work on the same decision.
async fn wait(site: &Site, request: &HeldRequest, sign_in: &SignIn) -> Result<(), Failure> {
    let done = async {
        loop {
            let standing = site.journal.of(&request.auth_req_id, &sign_in.person.subject).await?;
            if !standing.is_some_and(|standing| standing.in_progress) {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, done).await.unwrap_or(Ok(()))
}

/// Until when a decision is sent again: the request's expiry, or as long as a browser holds one.
fn expiry(site: &Site, record: Option<&Record>) -> i64 {
    record.map_or_else(|| site.now() + request::LIFETIME, |record| record.expires_at)
}

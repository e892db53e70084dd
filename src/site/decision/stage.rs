//! What a browser that holds a request may do: computed here and nowhere else.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::entry::Entry;
use super::lookup::Lookup;
use super::outcome::Outcome;
use crate::config::ReferenceCheck;
use crate::records::{Record, Reporter};
use crate::site::authority::Answer;
use crate::site::failure::Failure;
use crate::site::paths::SIGN_IN_EXPIRED;
use crate::site::request::pushed::PushedRequest;
use crate::site::request::{self, HeldRequest};
use crate::site::session::{self, SignInSummary};
use crate::site::visit::{Held, see_other};
use crate::site::{Site, paths, pick};
use ciba::{BindingMessage, Contact, Decision, Problem, RefusalReason, RequestHandle};
use transmit::EmailAddress;

/// What a browser that holds a request may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Somebody is signed in here and can decide.
    MayDecide,
    /// Nobody is signed in here, and nobody has decided as far as is known.
    MustSignIn {
        /// Whether somebody was, and the provider did not accept it.
        again: bool,
    },
    /// Somebody has decided: this browser's customer, or, where the provider has confirmed it,
    /// whoever it was.
    HasOutcome(Entry),
    /// It could go on, but this browser's person has said that they are not speaking with an agent.
    Reported,
    /// It cannot go on.
    Over(Problem),
}

impl Stage {
    /// Whether this decision can be sent from here.
    pub fn admits(&self, decision: Decision) -> bool {
        match self {
            Self::MayDecide => true,
            Self::HasOutcome(entry) => entry.admits(decision),
            Self::MustSignIn { .. } | Self::Reported | Self::Over(_) => false,
        }
    }

    /// Whether a decision can still be stopped from here.
    pub fn can_be_stopped(&self) -> bool {
        let is_denied =
            matches!(self, Self::HasOutcome(entry) if entry.decision() == Decision::Deny);
        !is_denied && self.admits(Decision::Deny)
    }

    /// What is left after a report in this browser: what was answered before, and no way to answer
    /// now. It binds this browser alone: a stranger's report must not stand in the rightful
    /// customer's way.
    fn after_a_report(self) -> Self {
        match self {
            Self::Over(Problem::AlreadyDecided) | Self::HasOutcome(_) => self,
            Self::MayDecide | Self::MustSignIn { .. } | Self::Over(_) | Self::Reported => {
                Self::Reported
            }
        }
    }
}

/// What is known of a request before anything is shown or sent.
#[derive(Debug)]
pub struct Known {
    /// The request.
    pub held: HeldRequest,
    /// Its handle.
    pub handle: RequestHandle,
    /// What the operator's side, or a provider's push, has recorded.
    pub record: Option<Record>,
    /// What the provider has pushed.
    pub pushed: Option<PushedRequest>,
    /// Who is signed in here for this request.
    pub sign_in: Option<SignInSummary>,
    /// What this browser may do.
    pub stage: Stage,
}

impl Known {
    /// Computes what this browser may do. Reads storage only: no writes, no HTTP.
    ///
    /// # Errors
    ///
    /// [`Failure`] where the storage fails.
    pub async fn of(site: &Site, session: &Session, held: HeldRequest) -> Result<Self, Failure> {
        let handle = held.handle();
        let sign_in = session::sign_in(site, session, &handle).await?;
        let subject = sign_in.as_ref().map(|sign_in| sign_in.person.subject.as_str());
        let Lookup { record, pushed, confirmed, own } =
            Lookup::of(site, &held.auth_req_id, subject).await?;
        let stage = Stage::MayDecide;
        let known = Self { held, handle, record, pushed, sign_in, stage };
        let stage = known.stage(site, confirmed, own);
        let stage = if known.held.reported { stage.after_a_report() } else { stage };
        Ok(Self { stage, ..known })
    }

    fn stage(&self, site: &Site, confirmed: Option<Answer>, own: Option<Entry>) -> Stage {
        let record = self.record.as_ref();
        // If the link's message differs from the recorded one, nothing else is said (tampering).
        if record.is_some_and(|record| record.handle != self.handle) {
            return Stage::Over(Problem::MessageMismatch);
        }
        if let Some(answer) = confirmed {
            return Stage::HasOutcome(Entry { answer, outcome: Outcome::Confirmed });
        }
        let is_late = record.is_some_and(|record| record.expires_at <= site.now());
        let is_unsent = own.as_ref().is_some_and(Entry::is_unsent);
        if let Some(sign_in) = &self.sign_in {
            if let Some(entry) = own
                // Nobody sends it any more.
                && !(is_late && is_unsent)
                // Withdrawn before it could be sent: the withdrawal says more.
                && !(self.is_withdrawn() && matches!(entry.outcome, Outcome::Refused(_)))
                && let Some(stage) = stage_of(entry, sign_in, record.is_some())
            {
                return stage;
            }
            if self.is_somebody_else(sign_in) {
                return Stage::Over(Problem::WrongAccount);
            }
        }
        if self.is_withdrawn() {
            return Stage::Over(Problem::Withdrawn);
        }
        if let Some(steps) = record.map(|record| &record.steps)
            && (is_late || steps.unreachable_at.is_some())
        {
            // Where an answer was given, in another browser or before the sign-in ended here, the provider
            // may have taken it: nobody is promised that nothing was allowed.
            let may_be_taken = steps.unconfirmed_at.is_some() && !is_unsent;
            let over = if may_be_taken { Problem::OutcomeUnknown } else { Problem::RequestExpired };
            return Stage::Over(over);
        }
        match self.sign_in {
            Some(_) => Stage::MayDecide,
            None => Stage::MustSignIn { again: false },
        }
    }

    fn is_withdrawn(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.steps.withdrawn_at.is_some())
    }

    /// Whether the request is known to be for another account than the one that is signed in.
    fn is_somebody_else(&self, sign_in: &SignInSummary) -> bool {
        match (&self.pushed, &self.record) {
            (Some(pushed), _) => pushed.subject != sign_in.person.subject,
            (None, Some(record)) => sign_in.person.is_excluded_by(&record.login_hint),
            (None, None) => false,
        }
    }

    /// Who a report from this browser comes from: the customer only where they are signed in, and
    /// where the request can be theirs.
    pub fn reporter(&self) -> Reporter {
        match &self.sign_in {
            Some(sign_in) if !self.is_somebody_else(sign_in) => Reporter::Customer,
            _ => Reporter::LinkHolder,
        }
    }

    /// Whether somebody, in another browser, has said that they are not speaking with an agent.
    pub fn is_doubted(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.steps.reported_at.is_some())
    }

    /// The name of the client that asks, where the provider has pushed the request.
    pub fn client(&self) -> Option<&str> {
        let pushed = self.pushed.as_ref()?;
        Some(pushed.client_name.as_deref().unwrap_or(&pushed.client_id))
    }

    /// The customer's address, where the operator's side knows it. Of a pushed request only one that the
    /// provider has verified: its login hint is a user name, whatever it looks like.
    pub fn email(&self) -> Option<&EmailAddress> {
        let record = self.record.as_ref()?;
        if self.pushed.is_some() { record.known_email.as_ref() } else { record.email.as_ref() }
    }

    /// Whether they have signed in by a mail of ours, and not at the provider.
    pub fn is_by_mail(&self) -> bool {
        self.sign_in.as_ref().is_some_and(|sign_in| sign_in.by_mail.is_some())
    }

    /// The references from which the customer picks before anything is allowed: where that is
    /// configured, the true reference is known, and nobody has decided.
    pub fn choices(&self, site: &Site) -> Option<Vec<BindingMessage>> {
        let is_open = matches!(self.stage, Stage::MayDecide | Stage::MustSignIn { .. });
        let picks = site.config.decision.r#match == ReferenceCheck::Pick;
        let is_known = is_open && picks && self.record.is_some();
        is_known.then(|| pick::choices(&site.sealer, &self.held)).flatten()
    }

    /// Who called whom, where the agent has said so.
    pub fn contact(&self) -> Option<Contact> {
        self.record.as_ref()?.contact
    }

    /// What is asked for; empty where that is not known.
    pub fn scopes(&self) -> &[String] {
        self.record.as_ref().map_or(&[], |record| &record.scopes)
    }

    /// The seconds until the request's time is over, where that is known.
    pub fn seconds_left(&self, site: &Site) -> Option<u32> {
        left(site, self.record.as_ref()?)
    }

    /// Until when a decision is sent again: the request's expiry, or as long as a browser holds one.
    pub fn expires_at(&self, site: &Site) -> i64 {
        let record = self.record.as_ref();
        record.map_or_else(|| site.now() + request::LIFETIME, |record| record.expires_at)
    }

    /// Where a browser goes on that has just signed in: from there to the outcome, where there is one
    /// already.
    pub fn after_sign_in(&self) -> String {
        paths::decision(&self.handle)
    }

    /// Where a browser in this stage belongs instead.
    pub fn rejection(&self) -> StageRejection {
        let handle = &self.handle;
        match &self.stage {
            Stage::MayDecide => StageRejection::Page(paths::decision(handle)),
            Stage::MustSignIn { .. } => StageRejection::Page(sign_in_again(handle)),
            Stage::HasOutcome(_) | Stage::Reported => StageRejection::Page(paths::outcome(handle)),
            Stage::Over(problem) => StageRejection::Problem(Failure::of(*problem, handle)),
        }
    }
}

/// What an entry of the customer's own means; nothing where it stands in no decision's way.
fn stage_of(entry: Entry, sign_in: &SignInSummary, is_on_record: bool) -> Option<Stage> {
    // Whether it is over or never was (its link was cut) only a record tells.
    if entry.outcome == Outcome::Refused(RefusalReason::NotFound) && !is_on_record {
        return Some(Stage::Over(Problem::NotAccepted));
    }
    if let Some(problem) = entry.outcome.problem() {
        return Some(Stage::Over(problem));
    }
    match &entry.outcome {
        Outcome::SignInNeeded { refused, .. } if *refused == sign_in.proof => {
            Some(Stage::MustSignIn { again: true })
        }
        // A new sign-in. What was pressed before is sent only where it may have been taken; else the
        // person decides anew, and may have changed their mind: not after a wrong pick, which is no
        // decision to be changed.
        Outcome::SignInNeeded { may_be_taken: false, .. }
            if entry.answer != Answer::WrongReference =>
        {
            None
        }
        _ => Some(Stage::HasOutcome(entry)),
    }
}

/// The page of a request on which somebody whose sign-in has run out signs in again.
pub fn sign_in_again(handle: &RequestHandle) -> String {
    paths::request_with_notice(handle, SIGN_IN_EXPIRED)
}

/// The seconds until a request's time is over, where that is known.
///
/// # Errors
///
/// [`Failure`] where the storage fails.
pub async fn seconds_left(site: &Site, request: &HeldRequest) -> Result<Option<u32>, Failure> {
    let record = site.records.find(&request.auth_req_id).await?;
    // Nothing is said of a record whose message is another (tampering).
    Ok(record
        .filter(|record| record.handle == request.handle())
        .and_then(|record| left(site, &record)))
}

/// What a page before the sign-in says of a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestSummary {
    /// The seconds until its time is over, where that is known.
    pub seconds_left: Option<u32>,
    /// Whether the reference is picked later, and not shown.
    pub picks: bool,
}

/// What a page before the sign-in says of a request.
///
/// # Errors
///
/// [`Failure`] where the storage fails.
pub async fn shown(site: &Site, request: &HeldRequest) -> Result<RequestSummary, Failure> {
    let seconds_left = seconds_left(site, request).await?;
    let picks = seconds_left.is_some()
        && site.config.decision.r#match == ReferenceCheck::Pick
        && pick::choices(&site.sealer, request).is_some();
    Ok(RequestSummary { seconds_left, picks })
}

fn left(site: &Site, record: &Record) -> Option<u32> {
    u32::try_from((record.expires_at - site.now()).max(0)).ok()
}

/// Where a browser is led that cannot do here what it came for.
#[derive(Debug)]
pub enum StageRejection {
    /// To another page of its request.
    Page(String),
    /// To a problem's page.
    Problem(Failure),
}

impl From<Failure> for StageRejection {
    fn from(failure: Failure) -> Self {
        Self::Problem(failure)
    }
}

impl IntoResponse for StageRejection {
    fn into_response(self) -> Response {
        match self {
            Self::Page(path) => see_other(&path),
            Self::Problem(failure) => failure.into_response(),
        }
    }
}

impl FromRequestParts<Site> for Known {
    type Rejection = StageRejection;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, StageRejection> {
        let Held(held) = Held::from_request_parts(parts, site).await?;
        let session = Session::from_request_parts(parts, site).await.map_err(|(_, error)| {
            tracing::error!(error, "session layer missing");
            Failure::of(Problem::Internal, &held.handle())
        })?;
        Ok(Self::of(site, &session, held).await?)
    }
}

/// A request for which somebody may sign in here, or sign in as somebody else. Every other leads to
/// where it belongs.
#[derive(Debug)]
pub struct BeforeSignIn(pub Known);

impl FromRequestParts<Site> for BeforeSignIn {
    type Rejection = StageRejection;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, StageRejection> {
        let known = Known::from_request_parts(parts, site).await?;
        match known.stage {
            Stage::MayDecide | Stage::MustSignIn { .. } | Stage::Over(Problem::WrongAccount) => {
                Ok(Self(known))
            }
            _ => Err(known.rejection()),
        }
    }
}

/// A request that can be decided here. Every other leads to where it belongs.
#[derive(Debug)]
pub struct AtDecision(pub Known);

impl FromRequestParts<Site> for AtDecision {
    type Rejection = StageRejection;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, StageRejection> {
        let known = Known::from_request_parts(parts, site).await?;
        if known.stage == Stage::MayDecide { Ok(Self(known)) } else { Err(known.rejection()) }
    }
}

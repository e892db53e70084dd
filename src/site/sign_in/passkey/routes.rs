//! The two requests of a ceremony: its options, and what the authenticator made.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::approval::approval_data;
use super::{
    Begun, CeremonyPurpose, CeremonyState, Forgotten, LIFETIME, OfferedCeremonies, PURPOSE,
    TIMEOUT, is_first, options,
};
use crate::records::Step;
use crate::site::decision::{self, Known, Stage};
use crate::site::failure::Failure;
use crate::site::identity::{Authenticated, PasskeyIdentity, SignInError};
use crate::site::paths::{PASSKEY_CHANGED, SIGN_IN_FAILED};
use crate::site::request::HeldRequest;
use crate::site::sign_in::{Method, establish, record_failure};
use crate::site::visit::{Held, HeldForm, Visit, see_other};
use crate::site::{Site, cookies, paths};
use ciba::{Decision, Problem, words};
use platform::causes::Causes;

/// `POST /request/{handle}/passkey/options`: the options of every ceremony that the page offers.
pub async fn options(
    State(site): State<Site>,
    visit: Visit,
    known: Known,
) -> Result<Response, Failure> {
    let identity = site.passkeys().ok_or(Problem::PageUnknown)?;
    let held = known.held;
    if !matches!(known.stage, Stage::MustSignIn { .. }) {
        return Err(Failure::of(Problem::AlreadyDecided, &held.handle()));
    }
    // The same as the page offers: other calls to the provider would be for nothing.
    let one_touch = site.config.sign_in.one_touch && is_first(&site, &visit);
    let decide = async |purpose| {
        if one_touch { begin(&site, identity, &held, purpose).await } else { Err(Begin::Refused) }
    };
    // Side by side: whoever opens the page waits for one call and not for three.
    let (approve, deny, sign_in) = tokio::join!(
        decide(CeremonyPurpose::Approve),
        decide(CeremonyPurpose::Deny),
        begin(&site, identity, &held, CeremonyPurpose::SignIn),
    );
    let mut offer = OfferedCeremonies::default();
    match (approve, deny) {
        (Ok(approve), Ok(deny)) => {
            offer.add(CeremonyPurpose::Approve, approve);
            offer.add(CeremonyPurpose::Deny, deny);
        }
        (Err(Begin::Failed(failure)), _) | (_, Err(Begin::Failed(failure))) => return Err(failure),
        // A provider may refuse `approval_data` without a user name (inferred; Transmit does not
        // say). Then the passkey signs in, and the decision is a page of its own. Nobody is shown
        // one of the two answers without the other.
        (Err(Begin::Refused), _) | (_, Err(Begin::Refused)) => {}
    }
    match sign_in {
        Ok(sign_in) => offer.add(CeremonyPurpose::SignIn, sign_in),
        Err(Begin::Refused) => return Err(Problem::SignInFailed.into()),
        Err(Begin::Failed(failure)) => return Err(failure),
    }
    Ok(Json(offer.json()).into_response())
}

enum Begin {
    Refused,
    Failed(Failure),
}

async fn begin(
    site: &Site,
    identity: &dyn PasskeyIdentity,
    held: &HeldRequest,
    purpose: CeremonyPurpose,
) -> Result<Begun, Begin> {
    let handle = held.handle();
    let approval =
        purpose.decision().map(|decision| approval_data(&handle, held.message.as_ref(), decision));
    let begun = identity.start_authentication(approval.as_ref(), LIFETIME).await;
    let begun = begun.map_err(|error| match error {
        SignInError::Rejected => Begin::Refused,
        error => no_options(&error),
    })?;
    let options = options::for_authentication(begun.options, TIMEOUT);
    let options = options.map_err(|error| no_options(&error))?;
    let sealed = CeremonyState::seal(site, begun.session_id, &handle, purpose);
    Ok(Begun { options, sealed: sealed.map_err(|error| Begin::Failed(error.into()))? })
}

fn no_options(error: &dyn std::error::Error) -> Begin {
    tracing::warn!(error = %Causes(error), "no passkey options from the provider");
    Begin::Failed(Problem::ProviderUnreachable.into())
}

/// `POST /request/{handle}/passkey`: what the authenticator made.
pub async fn finish(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    HeldForm { held, form }: HeldForm,
) -> Result<Response, Failure> {
    let handle = held.handle();
    // The form says what was pressed, also where no script has filled it in.
    let stops = form.one("purpose") == Some(CeremonyPurpose::Deny.as_str());
    // "Stopped" or "nothing was allowed" would be read as success by somebody who wants to be rid
    // of a request that is still open: they go on to the page that stops it without a passkey.
    let not_done = if stops {
        paths::not_on_a_call(&handle)
    } else {
        paths::request_with_notice(&handle, SIGN_IN_FAILED)
    };
    let Some((ceremony, credential)) = CeremonyState::read(&site, &form, &handle) else {
        site.records.note(&held.auth_req_id, Step::Opened).await?;
        return Ok(see_other(&not_done));
    };
    if !credential.is_user_verified() {
        record_failure(&site, &held, Method::Passkey).await;
        tracing::warn!(request = %handle, "a passkey did not verify its person");
        return Ok(see_other(&not_done));
    }
    let encoded = ceremony.encode(&credential, &headers);
    let identity = site.passkeys().ok_or(Problem::PageUnknown)?;
    let error = match identity.finish_authentication(&encoded).await {
        Ok(authenticated) => {
            let next = accept(&site, &session, &held, ceremony.purpose, authenticated).await?;
            let mut response = see_other(&next);
            cookies::append(response.headers_mut(), [cookies::passkey_used(&site)]);
            return Ok(response);
        }
        Err(error @ (SignInError::Unreachable(_) | SignInError::Failed(_))) => {
            site.records.note(&held.auth_req_id, Step::Opened).await?;
            tracing::warn!(error = %Causes(&error), "a passkey could not be checked");
            return Err(Failure::of(Problem::ProviderUnreachable, &handle));
        }
        Err(error) => error,
    };
    record_failure(&site, &held, Method::Passkey).await;
    match error {
        SignInError::Unknown if !stops => {
            let forgotten = Forgotten { handle: handle.clone(), id: credential.id().to_owned() };
            let sealed = site.sealer.seal(PURPOSE, &forgotten)?;
            let mut response = see_other(&format!("{not_done}&forget={sealed}"));
            cookies::append(response.headers_mut(), [cookies::passkey_gone(&site)]);
            Ok(response)
        }
        // To stop is no sign-in: they go on to the page that stops without a passkey.
        SignInError::Changed if !stops => {
            Ok(see_other(&paths::request_with_notice(&handle, PASSKEY_CHANGED)))
        }
        SignInError::Locked => Err(Failure::of(Problem::TooManyTries, &handle)),
        _ => Ok(see_other(&not_done)),
    }
}

/// Signs in, and takes the decision where the touch was one. Returns where to go on.
async fn accept(
    site: &Site,
    session: &Session,
    held: &HeldRequest,
    purpose: CeremonyPurpose,
    authenticated: Authenticated,
) -> Result<String, Failure> {
    let handle = held.handle();
    let expected = purpose
        .decision()
        .map(|decision| approval_data(&handle, held.message.as_ref(), decision))
        .unwrap_or_default();
    let approved = authenticated.claims.approval_data.clone().unwrap_or_default();
    // What the provider says was approved must be what this touch was asked for, to the letter.
    if approved != expected {
        record_failure(site, held, Method::Passkey).await;
        tracing::error!(request = %handle, "a passkey approved something else than it was asked for");
        return Ok(paths::request_with_notice(&handle, SIGN_IN_FAILED));
    }
    let known = establish(site, session, held, authenticated, Method::Passkey).await?;
    let Some(decision) = purpose.decision() else { return Ok(known.after_sign_in()) };
    // No touch says which reference the agent has read out: that is picked on the next page.
    if decision == Decision::Approve && known.choices(site).is_some() {
        return Ok(known.after_sign_in());
    }
    decision::decide(site, session, known, decision.into()).await?;
    Ok(paths::outcome(&handle))
}

/// What went wrong in a browser. The page's scripts know these words; there are no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CeremonyFailure {
    /// The person or the browser said no, or there was no passkey: browsers do not tell these apart.
    NotAllowed,
    /// There are no passkeys in this browser.
    Unsupported,
    /// The islands did not come, or cannot run.
    NoWasm,
    /// The passkeys' domain is not ours.
    Security,
    /// No options came in time.
    Timeout,
}

words!(CeremonyFailure with from_word {
    NotAllowed = "not-allowed",
    Unsupported = "unsupported",
    NoWasm = "no-wasm",
    Security = "security",
    Timeout = "timeout",
});

/// The query of a fault.
#[derive(Deserialize)]
pub struct FaultQuery {
    what: CeremonyFailure,
}

/// `POST /request/{handle}/passkey/fault`: a browser says why no passkey was used.
pub async fn fault(
    State(site): State<Site>,
    Held(_): Held,
    Query(FaultQuery { what }): Query<FaultQuery>,
) -> StatusCode {
    site.ambient.metrics.passkey_failed(what.as_str());
    if what == CeremonyFailure::Security {
        tracing::error!(
            origin = site.origin(),
            "browsers refuse passkeys here: the provider's rpId does not belong to site.public_url"
        );
    }
    StatusCode::NO_CONTENT
}

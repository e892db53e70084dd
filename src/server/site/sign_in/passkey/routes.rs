//! The two requests of a ceremony: its options, and what the authenticator made.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::approval::approval_data;
use super::{Ceremony, LIFETIME, Offer, PURPOSE, Purpose, TIMEOUT, options};
use crate::ciba::RequestHandle;
use crate::problem::Problem;
use crate::server::site::decision::{self, View};
use crate::server::site::failure::Failure;
use crate::server::site::request::HeldRequest;
use crate::server::site::request_page::{SIGN_IN_CANCELLED, SIGN_IN_FAILED};
use crate::server::site::sign_in::{Method, establish, record_failure};
use crate::server::site::visit::{Held, HeldForm, see_other};
use crate::server::site::{Site, paths};
use crate::server::storage::requests::Step;
use crate::server::transmit::{CallError, PasskeyError, SignedIn};

/// `POST /request/{handle}/passkey/options`: the options of every ceremony that the page offers.
pub async fn options(
    State(site): State<Site>,
    session: Session,
    Held(held): Held,
) -> Result<Response, Failure> {
    if !site.config.sign_in.passkey {
        return Err(Problem::PageUnknown.into());
    }
    let known = decision::look(&site, &session, &held).await?;
    if !matches!(known.view, View::SignedOut | View::Ended(Problem::SignInRequired)) {
        return Err(Failure::of(Problem::AlreadyDecided, &held.handle()));
    }
    let mut offer = Offer::default();
    let one_touch = site.config.sign_in.one_touch;
    let decisions = [Purpose::Approve, Purpose::Deny];
    for purpose in one_touch.then_some(decisions).into_iter().flatten() {
        match begin(&site, &held, purpose, &mut offer).await {
            Ok(()) => {}
            // A provider may refuse `approval_data` without a user name (inferred; Transmit does not
            // say). Then the passkey signs in, and the decision is a page of its own.
            Err(Begin::Refused) => break,
            Err(Begin::Failed(failure)) => return Err(failure),
        }
    }
    match begin(&site, &held, Purpose::SignIn, &mut offer).await {
        Ok(()) => Ok(Json(offer.json()).into_response()),
        Err(Begin::Refused) => Err(Problem::SignInFailed.into()),
        Err(Begin::Failed(failure)) => Err(failure),
    }
}

enum Begin {
    Refused,
    Failed(Failure),
}

async fn begin(
    site: &Site,
    held: &HeldRequest,
    purpose: Purpose,
    offer: &mut Offer,
) -> Result<(), Begin> {
    let handle = held.handle();
    let approval =
        purpose.decision().map(|decision| approval_data(&handle, held.message.as_ref(), decision));
    let begun = site.transmit.start_authentication(approval.as_ref(), LIFETIME).await;
    let begun = begun.map_err(|error| refused_or_failed(&error))?;
    let sealed = Ceremony::seal(site, begun.session_id, &handle, purpose);
    let sealed = sealed.map_err(|error| Begin::Failed(error.into()))?;
    offer.add(purpose, options::for_authentication(begun.options, TIMEOUT), sealed);
    Ok(())
}

fn refused_or_failed(error: &CallError) -> Begin {
    if error.api().is_some_and(|api| (400..500).contains(&api.status)) && !error.is_transient() {
        return Begin::Refused;
    }
    tracing::warn!(%error, "no passkey options from the provider");
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
    site.records.note(&held.auth_req_id, Step::Opened).await?;
    if form.one("credential").unwrap_or_default().is_empty() {
        // The button was pressed before the script had come: the other ways are there.
        return Ok(see_other(&with_notice(&handle, SIGN_IN_CANCELLED)));
    }
    let Some((ceremony, credential)) = Ceremony::read(&site, &form, &handle) else {
        return Ok(see_other(&with_notice(&handle, SIGN_IN_FAILED)));
    };
    if !credential.is_user_verified() {
        record_failure(Method::Passkey);
        tracing::warn!(request = %handle, "a passkey did not verify its person");
        return Ok(see_other(&with_notice(&handle, SIGN_IN_FAILED)));
    }
    let encoded = ceremony.encode(&credential, &headers);
    match site.transmit.finish_authentication(&encoded).await {
        Ok(signed_in) => {
            let next = accept(&site, &session, &held, ceremony.purpose, signed_in).await?;
            Ok(see_other(&next))
        }
        Err(PasskeyError::UnknownCredential) => {
            record_failure(Method::Passkey);
            let forgotten = Forgotten { handle: handle.clone(), id: credential.id().to_owned() };
            let sealed = site.sealer.seal(PURPOSE, &forgotten)?;
            let next = with_notice(&handle, SIGN_IN_FAILED);
            Ok(see_other(&format!("{next}&forget={sealed}")))
        }
        Err(PasskeyError::Rejected | PasskeyError::NotActive) => {
            record_failure(Method::Passkey);
            Ok(see_other(&with_notice(&handle, SIGN_IN_FAILED)))
        }
        Err(PasskeyError::Locked) => {
            record_failure(Method::Passkey);
            Err(Failure::of(Problem::TooManyTries, &handle))
        }
        Err(PasskeyError::Call(error)) => {
            tracing::warn!(%error, "a passkey could not be checked");
            Err(Failure::of(Problem::ProviderUnreachable, &handle))
        }
    }
}

/// Signs in, and takes the decision where the touch was one. Returns where to go on.
async fn accept(
    site: &Site,
    session: &Session,
    held: &HeldRequest,
    purpose: Purpose,
    signed_in: SignedIn,
) -> Result<String, Failure> {
    let handle = held.handle();
    let expected = purpose
        .decision()
        .map(|decision| approval_data(&handle, held.message.as_ref(), decision))
        .unwrap_or_default();
    let approved = signed_in.claims.approval_data.clone().unwrap_or_default();
    // What the provider says was approved must be what this touch was asked for, to the letter.
    if approved != expected {
        record_failure(Method::Passkey);
        tracing::error!(request = %handle, "a passkey approved something else than it was asked for");
        return Ok(with_notice(&handle, SIGN_IN_FAILED));
    }
    let next = establish(site, session, held, signed_in, Method::Passkey).await?;
    let Some(decision) = purpose.decision() else { return Ok(next) };
    decision::decide(site, session, held, decision).await?;
    Ok(paths::outcome(&handle))
}

/// A passkey that the provider does not know. It goes through the address sealed, so that no link
/// can make a browser forget somebody's passkey.
#[derive(Serialize, Deserialize)]
struct Forgotten {
    handle: RequestHandle,
    id: String,
}

/// The identifier of the passkey that this browser may forget, out of a sealed query value.
pub fn forgotten(site: &Site, sealed: &str, handle: &RequestHandle) -> Option<String> {
    let forgotten: Forgotten = site.sealer.open(PURPOSE, sealed).ok()?;
    (forgotten.handle == *handle).then_some(forgotten.id)
}

/// `POST /request/{handle}/passkey/fault`: this browser says that the passkeys' domain is not ours.
pub async fn fault(State(site): State<Site>, Held(_): Held) -> Result<StatusCode, Failure> {
    tracing::error!(
        origin = site.origin(),
        "browsers refuse passkeys here: the provider's rpId does not belong to site.public_url"
    );
    Ok(StatusCode::NO_CONTENT)
}

fn with_notice(handle: &RequestHandle, notice: &str) -> String {
    format!("{}?notice={notice}", paths::request(handle))
}

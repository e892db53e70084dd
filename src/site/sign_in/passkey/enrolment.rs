//! Adding a passkey, after the decision and never before.
//!
//! The decision ends the sign-in. What is left for five minutes is a grant in the session that is
//! good for one thing: a passkey for the very customer who decided.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::{Begun, CeremonyPurpose, CeremonyState, LIFETIME, OfferedCeremonies, options};
use crate::audit::{self, AuditContext, Event};
use crate::site::failure::Failure;
use crate::site::language::AnswerLanguage;
use crate::site::visit::{Held, HeldForm, see_other};
use crate::site::{Site, cookies, paths, session};
use ciba::Problem;
use platform::causes::Causes;

/// `POST /request/{handle}/passkey/add/options`: the options with which a passkey is made.
pub async fn add_options(
    State(site): State<Site>,
    session: Session,
    Held(held): Held,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let grant = session::enrolment(&site, &session, &handle).await?;
    let grant = grant.ok_or(Problem::SignInRequired)?;
    let name = grant.person.display_name();
    let no_options = |error: &dyn std::error::Error| {
        tracing::warn!(error = %Causes(error), "no options for a new passkey from the provider");
        Failure::of(Problem::ProviderUnreachable, &handle)
    };
    let identity = site.passkeys().ok_or(Problem::PageUnknown)?;
    let begun = identity.start_registration(name, LIFETIME).await;
    let begun = begun.map_err(|error| no_options(&error))?;
    let sealed = CeremonyState::seal(&site, begun.session_id, &handle, CeremonyPurpose::Enrol)?;
    let mut offer = OfferedCeremonies::default();
    // No longer than the grant, so that none is made that could not be added any more.
    let seconds = grant.ends_at - site.now();
    let options = options::for_registration(begun.options, seconds);
    let options = options.map_err(|error| no_options(&error))?;
    offer.add(CeremonyPurpose::Enrol, Begun { options, sealed });
    Ok(Json(offer.json()).into_response())
}

/// `POST /request/{handle}/passkey/add`: the passkey that was made.
pub async fn add(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    AnswerLanguage(language): AnswerLanguage,
    HeldForm { held, form }: HeldForm,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let outcome = paths::outcome(&handle);
    let not_added = format!("{outcome}?passkey=failed");
    let Some((ceremony, credential)) = CeremonyState::read(&site, &form, &handle) else {
        return Ok(see_other(&outcome));
    };
    if ceremony.purpose != CeremonyPurpose::Enrol {
        return Ok(see_other(&not_added));
    }
    // One grant makes one passkey, also where the answer gets lost.
    let Some(grant) = session::take_enrolment(&site, &session, &handle).await? else {
        return Ok(see_other(&not_added));
    };
    let encoded = ceremony.encode(&credential, &headers);
    let identity = site.passkeys().ok_or(Problem::PageUnknown)?;
    match identity.finish_registration(&grant.proof, &encoded, language.tag()).await {
        Ok(()) => {
            let context = AuditContext { request: Some(&handle), ..AuditContext::default() };
            audit::record(Event::PasskeyAdded, &context);
            let mut response = see_other(&format!("{outcome}?passkey=added"));
            cookies::append(response.headers_mut(), [cookies::passkey_used(&site)]);
            Ok(response)
        }
        Err(error) => {
            tracing::warn!(request = %handle, error = %Causes(&error), "a passkey was not added");
            Ok(see_other(&not_added))
        }
    }
}

//! Adding a passkey, after the decision and never before.
//!
//! The decision ends the sign-in. What is left for five minutes is a grant in the session that is
//! good for one thing: a passkey for the very customer who decided.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::credential::Credential;
use super::{Ceremony, Offer, Purpose, TIMEOUT, options};
use crate::problem::Problem;
use crate::server::site::failure::Failure;
use crate::server::site::visit::{Held, HeldForm, see_other};
use crate::server::site::{Site, paths, session};
use crate::server::transmit::NewPasskey;

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
    let passkey = NewPasskey { username: name, display_name: name, timeout: TIMEOUT };
    let begun = site.transmit.start_registration(&passkey).await.map_err(|error| {
        tracing::warn!(%error, "no options for a new passkey from the provider");
        Failure::of(Problem::ProviderUnreachable, &handle)
    })?;
    let sealed = Ceremony::seal(&site, begun.session_id, &handle, Purpose::Enrol)?;
    let mut offer = Offer::default();
    offer.add(Purpose::Enrol, options::for_registration(begun.options), sealed);
    Ok(Json(offer.json()).into_response())
}

/// `POST /request/{handle}/passkey/add`: the passkey that was made.
pub async fn add(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    HeldForm { held, form }: HeldForm,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let outcome = paths::outcome(&handle);
    let text = form.one("credential").unwrap_or_default();
    let parsed = Credential::parse(text).ok().and_then(|(sealed, credential)| {
        Some((Ceremony::open(&site, &sealed, &handle)?, credential))
    });
    let Some((ceremony, credential)) = parsed else { return Ok(see_other(&outcome)) };
    if ceremony.purpose != Purpose::Enrol {
        return Ok(see_other(&outcome));
    }
    let grant = session::enrolment(&site, &session, &handle).await?;
    let grant = grant.ok_or(Problem::SignInRequired)?;
    // One grant makes one passkey, also where the answer gets lost.
    session::end_enrolment(&session).await?;
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let encoded = credential.encoded_result(&ceremony.session_id, user_agent.unwrap_or_default());
    match site.transmit.finish_registration(&grant.token, &encoded).await {
        Ok(_) => {
            tracing::info!(request = %handle, "a customer has added a passkey");
            Ok(see_other(&format!("{outcome}?passkey=added")))
        }
        Err(error) => {
            tracing::warn!(request = %handle, %error, "a passkey was not added");
            Ok(see_other(&outcome))
        }
    }
}

//! The decision page, the press, and the outcome.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::{View, decide, look, settle};
use crate::ciba::{Decision, RequestHandle};
use crate::problem::Problem;
use crate::server::site::failure::Failure;
use crate::server::site::pages::decision::{self, Input};
use crate::server::site::pages::outcome::{self, Outcome};
use crate::server::site::request_page::SIGN_IN_EXPIRED;
use crate::server::site::visit::{Held, HeldForm, Visit, see_other};
use crate::server::site::{Site, paths, request, session};
use crate::server::storage::requests::Step;

/// `GET /request/{handle}/decision`: allow or stop.
pub async fn ask(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    Held(held): Held,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let known = look(&site, &session, &held).await?;
    match known.view {
        View::Open => {}
        View::SignedOut | View::Ended(Problem::SignInRequired) => {
            return Ok(see_other(&sign_in_again(&handle)));
        }
        View::Ended(problem) => return Err(Failure::of(problem, &handle)),
        View::Decided(_) | View::Asking | View::Unknown(_) => {
            return Ok(see_other(&paths::outcome(&handle)));
        }
    }
    let input = Input {
        handle: &handle,
        message: held.message.as_ref(),
        contact: known.contact(),
        abilities: &known.abilities(),
        seconds_left: known.seconds_left(&site),
        account: known.sign_in.as_ref().and_then(|sign_in| sign_in.label.as_deref()),
    };
    let context = visit.context(&site, Some(paths::decision(&handle)));
    Ok(decision::render(&context, &input).into_response())
}

/// A press on one of the two buttons; the answer is where to go on, whatever comes of it.
pub async fn press(
    site: &Site,
    headers: &HeaderMap,
    session: &Session,
    handle: &str,
    pressed: &str,
) -> String {
    let Ok(handle) = RequestHandle::parse(handle) else { return paths::unknown_request() };
    let Some(held) = request::find(site, headers, &handle) else { return paths::request(&handle) };
    let Ok(pressed) = pressed.parse::<Decision>() else { return paths::request(&handle) };
    if let Err(error) = site.records.note(&held.auth_req_id, Step::Opened).await {
        // Only the agent's view is poorer by this.
        tracing::error!(%error, "note that a request was opened");
    }
    match decide(site, session, &held, pressed).await {
        Err(failure) if failure.problem == Problem::SignInRequired => sign_in_again(&handle),
        // Without a word the buttons would only be there again, as if nobody had pressed.
        Err(failure) if failure.problem == Problem::Internal => {
            format!("{}?fault=1", paths::outcome(&handle))
        }
        // Every other ending is read from the journal, or found anew.
        Ok(()) | Err(_) => paths::outcome(&handle),
    }
}

fn sign_in_again(handle: &RequestHandle) -> String {
    format!("{}?notice={SIGN_IN_EXPIRED}", paths::request(handle))
}

/// The query of the outcome page.
#[derive(Deserialize)]
pub struct OutcomeQuery {
    advice: Option<String>,
    passkey: Option<String>,
    fault: Option<String>,
}

/// `GET /request/{handle}/outcome`: what became of it, in every browser that holds the request.
pub async fn show(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    Held(held): Held,
    Query(query): Query<OutcomeQuery>,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let known = look(&site, &session, &held).await?;
    // The answer came after the press was answered.
    if let (View::Decided(decision), Some(sign_in)) = (&known.view, known.sign_in) {
        settle(&site, &session, &handle, *decision, sign_in).await?;
    }
    let outcome = match known.view {
        View::Decided(Decision::Approve) => match query.passkey.as_deref() {
            Some("added") => Outcome::PasskeyAdded,
            Some(_) => Outcome::PasskeyNotAdded,
            None => {
                let grant = session::enrolment(&site, &session, &handle).await?;
                Outcome::Allowed { offer_passkey: grant.is_some() }
            }
        },
        View::Decided(Decision::Deny) => Outcome::Stopped { advice: query.advice.is_some() },
        View::Asking => Outcome::Asking,
        View::Unknown(decision) => Outcome::Unknown(decision),
        View::SignedOut => Outcome::Waiting,
        View::Open if query.fault.is_some() => return Err(Failure::of(Problem::Internal, &handle)),
        View::Open => return Ok(see_other(&paths::decision(&handle))),
        View::Ended(Problem::SignInRequired) => return Ok(see_other(&sign_in_again(&handle))),
        View::Ended(problem) => return Err(Failure::of(problem, &handle)),
    };
    let context = visit.context(&site, Some(paths::outcome(&handle)));
    Ok(outcome::render(&context, &handle, outcome).into_response())
}

/// `GET /request/{handle}/not-on-a-call`: advice for somebody who is not speaking with an agent.
pub async fn not_on_a_call(
    State(site): State<Site>,
    visit: Visit,
    Held(held): Held,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let context = visit.context(&site, Some(paths::not_on_a_call(&handle)));
    Ok(decision::not_on_a_call(&context, &handle).into_response())
}

/// `POST /request/{handle}/not-on-a-call`: stops the request where somebody is signed in, and notes
/// the report where nobody is.
pub async fn report(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    HeldForm { held, .. }: HeldForm,
) -> Result<Response, Failure> {
    let handle = held.handle();
    site.records.note(&held.auth_req_id, Step::Reported).await?;
    tracing::warn!(request = %handle, "somebody says that they are not speaking with an agent");
    site.ambient.metrics.reported();
    if look(&site, &session, &held).await?.view == View::Open {
        decide(&site, &session, &held, Decision::Deny).await?;
        return Ok(see_other(&format!("{}?advice=1", paths::outcome(&handle))));
    }
    let context = visit.context(&site, None);
    Ok(outcome::render(&context, &handle, Outcome::Reported).into_response())
}

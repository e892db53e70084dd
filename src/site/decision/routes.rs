//! The decision page, the press, and the outcome.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::{Knowledge, View, decide, look, settle};
use crate::audit::{self, Circumstances, Event};
use crate::records::Step;
use crate::site::failure::Failure;
use crate::site::pages::PageContext;
use crate::site::pages::decision::{self, Abilities, Input};
use crate::site::pages::outcome::{self, Outcome};
use crate::site::pages::prepared::Values;
use crate::site::request::HeldRequest;
use crate::site::request_page::SIGN_IN_EXPIRED;
use crate::site::visit::{Held, HeldForm, Visit, see_other};
use crate::site::{Site, cookies, paths, request, session};
use ciba::Problem;
use ciba::{Decision, RequestHandle};

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
        View::Decided(_)
        | View::Asking
        | View::Unsent(_)
        | View::Unknown(_)
        | View::Unclear(_)
        | View::Reported => {
            return Ok(see_other(&paths::outcome(&handle)));
        }
    }
    let abilities = known.abilities();
    let label = known.sign_in.as_ref().and_then(|sign_in| sign_in.label.as_deref());
    let values = Values::new(&handle, held.message.as_ref(), known.seconds_left(&site));
    Ok(site.prepared.answer(
        visit.accepts(),
        values.with_account(label),
        |values| format!("decision {:?}", input(&known, &abilities, values)),
        |values, nonce| {
            let path = paths::decision(values.handle());
            let context = visit.context(&site, Some(path));
            let context = PageContext { nonce: nonce.map(str::to_owned), ..context };
            decision::render(&context, &input(&known, &abilities, values))
        },
    ))
}

fn input<'a>(known: &'a Knowledge, abilities: &'a Abilities, values: &'a Values<'_>) -> Input<'a> {
    Input {
        handle: values.handle(),
        message: values.message(),
        contact: known.contact(),
        abilities,
        seconds_left: values.seconds_left(),
        doubted: known.is_doubted(),
        account: values.account(),
    }
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
    let advice = held.reported || query.advice.is_some();
    let known = look(&site, &session, &held).await?;
    // The answer came after the press was answered. What is presumed is shown to its subject alone,
    // so there the sign-in has to last.
    if let (View::Decided(decision), Some(sign_in)) = (&known.view, known.sign_in)
        && site.journal.confirmed(&held.auth_req_id).await?.is_some()
    {
        settle(&site, &session, &handle, *decision, sign_in).await?;
    }
    let outcome = match known.view {
        View::Decided(Decision::Approve) => match query.passkey.as_deref() {
            Some("added") => Outcome::PasskeyAdded,
            Some(_) => Outcome::PasskeyNotAdded,
            None if advice => Outcome::Allowed { offer_passkey: false },
            None => {
                let grant = session::enrolment(&site, &session, &handle).await?;
                Outcome::Allowed { offer_passkey: grant.is_some() }
            }
        },
        View::Decided(Decision::Deny) => Outcome::Stopped,
        View::Asking => Outcome::Asking,
        View::Unsent(decision) => Outcome::Unsent(decision),
        View::Unknown(decision) => Outcome::Unknown(decision),
        View::Unclear(decision) => Outcome::Unclear(decision),
        View::Reported => Outcome::Reported,
        View::SignedOut => Outcome::Waiting,
        View::Open if query.fault.is_some() => return Err(Failure::of(Problem::Internal, &handle)),
        View::Open => return Ok(see_other(&paths::decision(&handle))),
        View::Ended(Problem::SignInRequired) => return Ok(see_other(&sign_in_again(&handle))),
        View::Ended(problem) => return Err(Failure::of(problem, &handle)),
    };
    let path = if advice { paths::outcome_with_advice(&handle) } else { paths::outcome(&handle) };
    let context = visit.context(&site, Some(path));
    Ok(outcome::render(&context, &handle, outcome, advice).into_response())
}

/// Whether a decision can still be stopped from here.
fn can_be_stopped(view: &View) -> bool {
    matches!(view, View::Open | View::Unsent(Decision::Approve))
}

/// `GET /request/{handle}/not-on-a-call`: advice for somebody who is not speaking with an agent.
pub async fn not_on_a_call(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    Held(held): Held,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let view = look(&site, &session, &held).await?.view;
    if view == View::Reported {
        return Ok(see_other(&paths::outcome_with_advice(&handle)));
    }
    let context = visit.context(&site, Some(paths::not_on_a_call(&handle)));
    Ok(decision::not_on_a_call(&context, &handle, can_be_stopped(&view)).into_response())
}

/// `POST /request/{handle}/not-on-a-call`: notes the report, stops the request where somebody is
/// signed in who still can, and shows how it stands. From then on this browser answers it no more.
pub async fn report(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    HeldForm { held, .. }: HeldForm,
) -> Result<Response, Failure> {
    let handle = held.handle();
    site.records.note(&held.auth_req_id, Step::Reported).await?;
    let known = Circumstances { request: Some(&handle), ..Circumstances::default() };
    audit::record(Event::Reported, &known);
    site.ambient.metrics.reported();
    if can_be_stopped(&look(&site, &session, &held).await?.view) {
        // Where it fails nothing is allowed either, and the report stands.
        let _either_way = decide(&site, &session, &held, Decision::Deny).await;
    }
    let mut response = see_other(&paths::outcome_with_advice(&handle));
    let reported = HeldRequest { reported: true, ..held };
    cookies::append(response.headers_mut(), request::hold(&site, &headers, &reported)?);
    Ok(response)
}

//! The decision page, the press, and the outcome.

use std::hash::Hash;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::stage::sign_in_again;
use super::{AtDecision, Known, Outcome, Stage, StageRejection, decide, settle};
use crate::audit::{self, AuditContext, Event};
use crate::records::Step;
use crate::site::authority::Answer;
use crate::site::failure::Failure;
use crate::site::pages::PageContext;
use crate::site::pages::decision::{self, Abilities, Account, DecisionInput};
use crate::site::pages::outcome::{self, OutcomeInput, Passkey};
use crate::site::pages::pick::Pick;
use crate::site::pages::prepared::Values;
use crate::site::pick::Picked;
use crate::site::request::HeldRequest;
use crate::site::sign_in::record_wrong_reference;
use crate::site::visit::{HeldForm, Visit, see_other};
use crate::site::{Site, cookie_room, cookies, paths, request, session};
use ciba::Problem;
use ciba::{Decision, RequestHandle};

/// `GET /request/{handle}/decision`: allow or stop.
pub async fn ask(
    State(site): State<Site>,
    visit: Visit,
    AtDecision(known): AtDecision,
    Query(AskQuery { missing }): Query<AskQuery>,
) -> Result<Response, Failure> {
    let handle = &known.handle;
    let choices = known.choices(&site);
    let pick = choices.as_deref().map(|choices| Pick { choices, missing: missing.is_some() });
    let abilities = Abilities::of(known.scopes());
    let label = known.sign_in.as_ref().and_then(|sign_in| sign_in.label.as_deref());
    let message = known.held.message.as_ref().filter(|_| pick.is_none());
    let values = Values::new(handle, message, known.seconds_left(&site));
    let mut response = site.prepared.answer(
        visit.accepts(),
        values.with_account(label).alone_if(pick.is_some()),
        |values, shape| ("decision", input(&known, &abilities, pick, values)).hash(shape),
        |values, nonce| {
            let path = paths::decision(values.handle());
            let context = visit.context(&site, Some(path));
            let context = PageContext { nonce: nonce.map(str::to_owned), ..context };
            decision::render(&context, &input(&known, &abilities, pick, values))
        },
    );
    if pick.is_some_and(|pick| pick.missing) {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

/// The query of the decision page.
#[derive(Deserialize)]
pub struct AskQuery {
    /// Whether it was allowed and nothing was picked.
    missing: Option<String>,
}

fn input<'a>(
    known: &'a Known,
    abilities: &'a Abilities,
    pick: Option<Pick<'a>>,
    values: &'a Values<'_>,
) -> DecisionInput<'a> {
    DecisionInput {
        handle: values.handle(),
        message: values.message(),
        pick,
        client: known.client(),
        contact: known.contact(),
        abilities,
        seconds_left: values.seconds_left(),
        doubted: known.is_doubted(),
        account: Account::SignedIn { account: values.account(), by_mail: known.is_by_mail() },
    }
}

/// A press on one of the two buttons; the answer is where to go on, whatever comes of it.
pub async fn press(
    site: &Site,
    headers: &HeaderMap,
    session: &Session,
    handle: &str,
    pressed: &str,
    picked: Option<&str>,
) -> String {
    let Ok(handle) = RequestHandle::parse(handle) else { return paths::unknown_request() };
    let Some(held) = request::find(site, headers, &handle) else { return paths::request(&handle) };
    let Ok(pressed) = pressed.parse::<Decision>() else { return paths::request(&handle) };
    match Known::of(site, session, held).await {
        Ok(known) => answer(site, session, known, pressed, picked).await,
        Err(_) => fault(&handle),
    }
}

/// The same where the request and the button are known.
pub async fn answer(
    site: &Site,
    session: &Session,
    known: Known,
    pressed: Decision,
    picked: Option<&str>,
) -> String {
    let handle = known.handle.clone();
    if known.record.as_ref().is_some_and(|record| record.steps.opened_at.is_none())
        && let Err(error) = site.records.note(&known.held.auth_req_id, Step::Opened).await
    {
        // Only the agent's view is poorer by this.
        tracing::error!(%error, "note that a request was opened");
    }
    let answer = match match_reference(site, &known, pressed, picked).await {
        Ok(Matched::Answer(answer)) => answer,
        Ok(Matched::Page(path)) => return path,
        Err(failure) => {
            tracing::error!(problem = failure.problem.as_str(), "reference not matched");
            return fault(&handle);
        }
    };
    match decide(site, session, known, answer).await {
        Err(failure) if failure.problem == Problem::SignInRequired => sign_in_again(&handle),
        Err(failure) if failure.problem == Problem::Internal => fault(&handle),
        // Every other ending is read from the journal, or found anew.
        Ok(()) | Err(_) => paths::outcome(&handle),
    }
}

/// The page after a fault of ours: without a word the buttons would only be there again, as if nobody had
/// pressed.
fn fault(handle: &RequestHandle) -> String {
    format!("{}?fault=1", paths::outcome(handle))
}

/// What a press means where the reference is picked.
enum Matched {
    Answer(Answer),
    Page(String),
}

/// Nothing is allowed without the right reference. A wrong pick stops the request: whoever guesses
/// has one guess, and a customer to whom another reference was read speaks with somebody else.
async fn match_reference(
    site: &Site,
    known: &Known,
    pressed: Decision,
    picked: Option<&str>,
) -> Result<Matched, Failure> {
    if pressed == Decision::Deny {
        return Ok(Matched::Answer(pressed.into()));
    }
    // Who is not signed in here has picked nothing: the answer is the same for each of the three.
    let choices = known.sign_in.as_ref().and_then(|_| known.choices(site));
    let Some(choices) = choices else { return Ok(Matched::Answer(pressed.into())) };
    let held = &known.held;
    let handle = held.handle();
    Ok(match Picked::of(picked, &choices, held.message.as_ref()) {
        Picked::Nothing => Matched::Page(format!("{}?missing=1", paths::decision(&handle))),
        Picked::NoneOfThese => Matched::Page(paths::not_on_a_call(&handle)),
        Picked::Wrong => {
            record_wrong_reference(site, held).await?;
            Matched::Answer(Answer::WrongReference)
        }
        Picked::Right => Matched::Answer(pressed.into()),
    })
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
    known: Known,
    Query(query): Query<OutcomeQuery>,
) -> Result<Response, StageRejection> {
    let handle = &known.handle;
    let advice = known.held.reported || query.advice.is_some();
    let path = if advice { paths::outcome_with_advice(handle) } else { paths::outcome(handle) };
    let context = visit.context(&site, Some(path));
    let entry = match known.stage {
        Stage::HasOutcome(entry) => entry,
        Stage::Reported => return Ok(outcome::reported(&context).into_response()),
        Stage::MustSignIn { again: false } => {
            return Ok(outcome::waiting(&context, handle).into_response());
        }
        Stage::MayDecide if query.fault.is_some() => {
            return Err(Failure::of(Problem::Internal, handle).into());
        }
        _ => return Err(known.rejection()),
    };
    // The answer came after the press was answered. What is presumed is shown to its subject alone,
    // so there the sign-in has to last.
    if entry.outcome == Outcome::Confirmed
        && known.sign_in.is_some()
        && let Some(sign_in) =
            session::whole_sign_in(&site, &session, handle).await.map_err(Failure::from)?
    {
        settle(&site, &session, handle, entry.decision(), sign_in).await?;
    }
    let passkey = match query.passkey.as_deref() {
        Some("added") => Passkey::Added,
        Some(_) => Passkey::NotAdded,
        None if advice || entry.decision() == Decision::Deny => Passkey::NotOffered,
        None => match session::enrolment(&site, &session, handle).await {
            Ok(Some(_)) => Passkey::Offered,
            Ok(None) => Passkey::NotOffered,
            Err(error) => return Err(Failure::from(error).into()),
        },
    };
    let input = OutcomeInput { handle, entry: &entry, passkey, advice };
    Ok(outcome::render(&context, &input).into_response())
}

/// `GET /request/{handle}/not-on-a-call`: advice for somebody who is not speaking with an agent.
pub async fn not_on_a_call(State(site): State<Site>, visit: Visit, known: Known) -> Response {
    let handle = &known.handle;
    if known.stage == Stage::Reported {
        return see_other(&paths::outcome_with_advice(handle));
    }
    let context = visit.context(&site, Some(paths::not_on_a_call(handle)));
    decision::not_on_a_call(&context, handle, known.stage.can_be_stopped()).into_response()
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
    let known = Known::of(&site, &session, held.clone()).await?;
    let reporter = known.reporter();
    site.records.note(&held.auth_req_id, Step::Reported(reporter)).await?;
    let context = AuditContext {
        request: Some(&handle),
        subject: known.sign_in.as_ref().map(|sign_in| sign_in.person.subject.as_str()),
        reporter: Some(reporter.as_str()),
        ..AuditContext::default()
    };
    audit::record(Event::Reported, &context);
    site.ambient.metrics.reported();
    if known.stage.can_be_stopped() {
        // Where it fails nothing is allowed either, and the report stands.
        let _either_way = decide(&site, &session, known, Answer::Disowned).await;
    }
    let mut response = see_other(&paths::outcome_with_advice(&handle));
    let reported = HeldRequest { reported: true, ..held };
    let lines = cookie_room::hold(&site, &session, &headers, &reported).await?;
    cookies::append(response.headers_mut(), lines);
    Ok(response)
}

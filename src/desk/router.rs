//! The desk's URL map, and what each address does.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use serde::Deserialize;
use tower_http::timeout::TimeoutLayer;

use super::access::{Agent, Gate, guard};
use super::live;
use super::order::{InvalidOrder, OrderForm};
use super::pages::{self, Notice, asset};
use super::phone::Phone;
use super::place::{PlaceError, place};
use super::qr;
use super::requests::{DeskRequest, RowError};
use super::sides::Sides;
use super::state::Desk;
use crate::operator;
use crate::records::{Closed, Withdrawal};
use crate::site::language::AnswerLanguage;
use messages::texts::Words;
use platform::causes::Causes;
use platform::health;
use platform::ids::is_token;
use platform::lifecycle::LONGEST_ANSWER;

/// The most bytes of a form; the longest honest one has a tenth of it.
const LONGEST_FORM: usize = 16 * 1024;

/// The desk's addresses. The guard stands before everything that tells or does something.
pub(super) fn router(desk: Arc<Desk>, gate: Arc<Gate>) -> Router {
    Router::new()
        .route("/", get(first_page))
        .route("/desk", get(desk_page))
        .route("/desk/events", get(live::events))
        .route("/desk/requests", post(start))
        .route("/desk/requests/{id}/again", post(again))
        .route("/desk/requests/{id}/leave", post(leave))
        .route("/desk/requests/{id}/qr", get(counter))
        .route("/desk/requests/{id}/qr.svg", get(drawn))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(map_response(in_our_words))
        // Until an answer begins: a stream goes on.
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_ANSWER))
        .layer(from_fn_with_state(gate, guard))
        // Outside the guard: static files, identical for everybody.
        .route(asset::STYLE.path, get(async || asset::STYLE.answer()))
        .route(asset::SCRIPT.path, get(async || asset::SCRIPT.answer()))
        .route(asset::ICON.path, get(async || asset::ICON.answer()))
        .merge(health::routes(&desk.storage, &desk.ambient))
        .with_state(desk)
}

/// What the framework says of a request that it cannot read names types of the source code.
async fn in_our_words(response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE);
    if kind.is_none_or(|kind| !kind.as_bytes().starts_with(b"text/plain")) {
        return response;
    }
    let text = match response.status() {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => "this form is not complete\n",
        StatusCode::PAYLOAD_TOO_LARGE => "this form is too long\n",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "this is no form of the desk's page\n",
        _ => return response,
    };
    let status = match response.status() {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        status => status,
    };
    (status, text).into_response()
}

/// Who is at the desk, and in which words they are told.
struct Visitor {
    agent: Agent,
    words: Words,
}

impl FromRequestParts<Arc<Desk>> for Visitor {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, StatusCode> {
        // The guard has let nobody in without one.
        let agent = parts.extensions.get().cloned().ok_or(StatusCode::FORBIDDEN)?;
        let Ok(AnswerLanguage(language)) = AnswerLanguage::from_request_parts(parts, desk).await;
        Ok(Self { agent, words: desk.words(language) })
    }
}

/// What a link may fill into the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Prefill {
    customer: String,
    /// Present: without script the page looks again by itself.
    watch: Option<String>,
}

async fn first_page(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(prefill): Query<Prefill>,
) -> Response {
    if desk.phone.is_none() {
        return Redirect::to("/desk").into_response();
    }
    fresh_page(&desk, &visitor, Sides::Both, prefill).await
}

async fn desk_page(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(prefill): Query<Prefill>,
) -> Response {
    fresh_page(&desk, &visitor, Sides::Desk, prefill).await
}

async fn fresh_page(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    sides: Sides,
    prefill: Prefill,
) -> Response {
    let entropy = desk.ambient.entropy.as_ref();
    let offered = operator::new_reference(entropy)
        .and_then(|reference| Ok((reference.to_string(), entropy.token::<16>()?)));
    let Ok((reference, form_key)) = offered else {
        tracing::error!("the machine gives no randomness");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let form = OrderForm {
        customer: prefill.customer,
        channel: desk.channels.first().map(|usual| usual.as_str()).unwrap_or_default().into(),
        text_language: visitor.words.language().tag().into(),
        reference,
        form_key,
        ..OrderForm::default()
    };
    show(desk, visitor, sides, form, None, prefill.watch.is_some()).await
}

async fn show(
    desk: &Arc<Desk>,
    Visitor { agent, words }: &Visitor,
    sides: Sides,
    form: OrderForm,
    notice: Option<Notice>,
    watch: bool,
) -> Response {
    let nonce = match desk.ambient.entropy.as_ref().token::<16>() {
        Ok(nonce) => nonce,
        Err(error) => return fault(&error.into()),
    };
    let live = match live::live_part(desk, agent, sides, words).await {
        Ok(live) => live,
        Err(error) => return fault(&error),
    };
    let phone = live::phone_part(desk, sides, words).await;
    let status = if notice.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let html = pages::desk(&pages::DeskInput {
        words,
        agent,
        sides,
        form: &form,
        channels: desk.channels,
        longest_reference: desk.longest_reference,
        notice: notice.as_ref(),
        live,
        phone,
        customers: desk.phone.as_ref().map(Phone::customers).unwrap_or_default(),
        now: desk.now(),
        watch,
        nonce: &nonce,
    });
    page(status, html, &nonce)
}

fn page(status: StatusCode, html: String, nonce: &str) -> Response {
    // One script of our own, and no picture, style or address but ours; the style sheet's small signs
    // are written into it.
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(CONTENT_TYPE, kind)], [(CONTENT_SECURITY_POLICY, policy)], html).into_response()
}

/// A form of one of our pages, and the page that it belongs to.
#[derive(Debug, Deserialize)]
struct SidesForm {
    #[serde(default)]
    sides: Sides,
    #[serde(flatten)]
    form: OrderForm,
}

async fn start(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Form(SidesForm { sides, form }): Form<SidesForm>,
) -> Response {
    let order = match form.parse(desk.longest_reference) {
        Ok(order) if !is_token::<16>(&form.form_key) || !desk.channels.contains(&order.channel) => {
            Err(InvalidOrder::Form)
        }
        read => read,
    };
    let order = match order {
        Ok(order) => order,
        Err(invalid) => {
            return show(&desk, &visitor, sides, form, Some(Notice::Invalid(invalid)), false).await;
        }
    };
    match place(&desk, &visitor.agent, order, form.form_key.clone()).await {
        Ok(_) => Redirect::to(sides.watched()).into_response(),
        Err(error) => refused(&desk, &visitor, sides, form, &error).await,
    }
}

async fn refused(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    sides: Sides,
    form: OrderForm,
    error: &PlaceError,
) -> Response {
    tracing::warn!(error = %Causes(error), "an order was not placed");
    let notice = Notice::Refused(error.advice(&visitor.words));
    show(desk, visitor, sides, form, Some(notice), false).await
}

/// A button of a request's card.
#[derive(Debug, Deserialize)]
struct Pressed {
    #[serde(default)]
    sides: Sides,
}

async fn again(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(Pressed { sides }): Form<Pressed>,
) -> Response {
    let old = match find(&desk, &visitor.agent, &id).await {
        Ok(old) => old,
        Err(response) => return response,
    };
    // The key makes one new request of each old one, however often the button is pressed.
    let key = format!("again {}", old.id);
    match place(&desk, &visitor.agent, old.order.clone(), key).await {
        Ok(Some(new)) => {
            if let Err(error) = desk.requests.replaced(&visitor.agent.0, &old.id, &new).await {
                return fault(&error);
            }
            tracing::info!(
                desk.agent = ?visitor.agent.0,
                desk.request.id = old.id,
                desk.request.next = new,
                "a request was sent again"
            );
            desk.changed();
            Redirect::to(sides.watched()).into_response()
        }
        Ok(None) => Redirect::to(sides.watched()).into_response(),
        Err(error) => {
            let Ok(form_key) = desk.ambient.entropy.as_ref().token::<16>() else {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            };
            let form = OrderForm::of(&old.order, form_key);
            refused(&desk, &visitor, sides, form, &error).await
        }
    }
}

async fn leave(
    State(desk): State<Arc<Desk>>,
    Extension(agent): Extension<Agent>,
    Path(id): Path<String>,
    Form(Pressed { sides }): Form<Pressed>,
) -> Response {
    let request = match find(&desk, &agent, &id).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    let withdrawal = match &request.auth_req_hash {
        Some(digest) => desk.records.withdraw(digest).await,
        None => Ok(Withdrawal::Unknown),
    };
    match withdrawal {
        // The customer was quicker: the agent is to learn what they have decided.
        Ok(Withdrawal::Decided) => return Redirect::to(sides.watched()).into_response(),
        Ok(Withdrawal::Withdrawn | Withdrawal::Unknown) => {}
        Err(error) => return fault(&error.into()),
    }
    match desk.requests.end(&request.id, Closed::Left, None, desk.now()).await {
        Ok(true) => tracing::info!(
            desk.agent = ?agent.0,
            desk.request.id = request.id,
            "a request is withdrawn"
        ),
        // It had ended before.
        Ok(false) => {}
        Err(error) => return fault(&error),
    }
    desk.changed();
    Redirect::to(sides.watched()).into_response()
}

async fn counter(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Response {
    let (request, _) = match open_link(&desk, &visitor.agent, &id).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match desk.ambient.entropy.as_ref().token::<16>() {
        Ok(nonce) => page(
            StatusCode::OK,
            pages::counter(&visitor.words, &request, desk.now(), &nonce),
            &nonce,
        ),
        Err(error) => fault(&error.into()),
    }
}

async fn drawn(
    State(desk): State<Arc<Desk>>,
    Extension(agent): Extension<Agent>,
    Path(id): Path<String>,
) -> Response {
    let (_, link) = match open_link(&desk, &agent, &id).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match qr::svg(&link) {
        Ok(svg) => {
            let policy = HeaderValue::from_static("default-src 'none'; sandbox");
            let kind = HeaderValue::from_static("image/svg+xml");
            ([(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, policy)], svg).into_response()
        }
        Err(error) => {
            tracing::warn!(error = %Causes(&error), "a link has no picture");
            StatusCode::NOT_FOUND.into_response()
        }
    }
}

/// An open request and the link that its agent delivers.
async fn open_link(
    desk: &Desk,
    agent: &Agent,
    id: &str,
) -> Result<(DeskRequest, String), Response> {
    let request = find(desk, agent, id).await?;
    let link = desk.requests.link(&request);
    match link.filter(|_| request.ending.is_none()) {
        Some(link) => Ok((request, link.into())),
        None => Err(StatusCode::NOT_FOUND.into_response()),
    }
}

async fn find(desk: &Desk, agent: &Agent, id: &str) -> Result<DeskRequest, Response> {
    match desk.requests.find(&agent.0, id).await {
        Ok(Some(request)) => Ok(request),
        // Another agent's and none at all are the same.
        Ok(None) => Err(StatusCode::NOT_FOUND.into_response()),
        Err(error) => Err(fault(&error)),
    }
}

fn fault(error: &RowError) -> Response {
    tracing::error!(error = %Causes(error), "the desk's storage failed");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        [(CACHE_CONTROL, "no-store")],
        "the desk has a fault; try again in a moment\n",
    )
        .into_response()
}

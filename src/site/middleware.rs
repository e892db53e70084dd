//! What happens around every handler.

pub mod answer_once;
pub mod compression;
pub mod headers;
pub mod problem_pages;
pub mod request_log;
pub mod same_origin;

use std::panic::AssertUnwindSafe;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt;
use http_body_util::Limited;
use tokio::time::timeout;
use tracing::Instrument;

use super::failure::Failure;
use super::form::LARGEST_FORM;
use super::pages::PageContext;
use super::paths::ABOUT_A_PERSON;
use super::visit::{CspNonce, RequestId};
use super::{Site, language};
use ciba::Problem;
use platform::answer_time::{Hold, hold};
use platform::lifecycle::LONGEST_ANSWER;

/// Answers a request, where it is about a named person at the time at which such answers leave.
pub async fn answer(State(site): State<Site>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let held = route.and_then(|route| Hold::of(&ABOUT_A_PERSON, request.method(), route.as_str()));
    let step = site.ambient.answer_step;
    hold(step, held, request, |request| around(site, request, next)).await
}

/// What happens around a request. One service instead of a layer for each step: a layer costs some allocations,
/// and a copy of all that it is around, for each request.
async fn around(site: Site, mut request: Request, next: Next) -> Response {
    // Drawn at once: a draw costs more than its bytes.
    let Ok(drawn) = site.ambient.entropy.bytes::<25>() else {
        return Failure::new(Problem::Internal).into_response();
    };
    let (id, nonce) = drawn.split_at(9);
    let (id, nonce) = (URL_SAFE_NO_PAD.encode(id), URL_SAFE_NO_PAD.encode(nonce));
    let choice = language::of(&request);
    let extensions = request.extensions_mut();
    extensions.insert(RequestId(id.clone()));
    extensions.insert(CspNonce(nonce.clone()));
    extensions.insert(choice.language);
    let line = request_log::Line::of(&request, id.clone());
    let takes_gzip = compression::takes_gzip(request.headers());
    let asked = problem_pages::ProblemContext::of(&request);
    let span = line.span();
    let answer = async {
        // Each step sees the answer of those above it, problem pages and files too.
        let response = act(&site, request, next).await;
        let context = |path| PageContext {
            path,
            request_id: Some(id.clone()),
            nonce: Some(nonce.clone()),
            ..PageContext::new(&site.look, choice.language)
        };
        let mut response = asked.with_page(&site, response, context);
        choice.remember(&mut response);
        let mut response = compression::compress(response, takes_gzip).await;
        site.headers.set(&nonce, &mut response);
        response
    };
    let mut response = answer.instrument(span).await;
    line.write(&mut response);
    response
}

/// Runs the handler, where it may act at all, to its end.
async fn act(site: &Site, mut request: Request, next: Next) -> Response {
    if let Some(refusal) = same_origin::refuse(site, &request) {
        return refusal;
    }
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length: Option<usize> = length.and_then(|length| length.parse().ok());
    if length.is_some_and(|length| length > LARGEST_FORM) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    // The handlers of the others read no body.
    if !request.method().is_safe() {
        request = request.map(|body| Body::new(Limited::new(body, LARGEST_FORM)));
    }
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match timeout(LONGEST_ANSWER, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!("a handler panicked");
            Failure::new(Problem::Internal).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

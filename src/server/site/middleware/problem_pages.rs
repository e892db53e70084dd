//! Turns problems into their pages: those of handlers, and what never reached one.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::server::site::Site;
use crate::server::site::failure::Failure;
use crate::server::site::pages;
use crate::server::site::visit::Visit;

/// Renders the page of a problem in the answer, and keeps the headers that came with it.
pub async fn render(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::of(&mut parts).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let (failure, status) = match response.extensions().get::<Failure>() {
        Some(failure) => (failure.clone(), None),
        None if is_bare_error(&response) => (Failure::new(of_status(status)), Some(status)),
        None => return response,
    };
    site.ambient.metrics.problem_shown(failure.problem.as_str());
    let context = visit.context(&site, None);
    let handle = failure.handle.as_ref();
    let mut page = pages::problem::render(&context, failure.problem, handle).into_response();
    if let Some(status) = status {
        *page.status_mut() = status;
    }
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            page.headers_mut().append(name, value.clone());
        }
    }
    page
}

/// A panic, told as any other fault of ours.
pub fn of_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Failure::new(Problem::Internal).into_response()
}

/// An error of the framework: no body, or a line of plain text. What the guard says to whoever calls
/// the demo by another name is a sentence of our own, for a developer.
fn is_bare_error(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let is_of_guard = response.status() == StatusCode::MISDIRECTED_REQUEST;
    is_error && !is_of_guard && kind.is_none_or(|kind| kind.starts_with("text/plain"))
}

fn of_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Problem::PageUnknown,
        status if status.is_client_error() => Problem::LinkMalformed,
        _ => Problem::Internal,
    }
}

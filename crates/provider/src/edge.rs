//! What every request meets before an endpoint and every answer after it: readable paths, an end to
//! waiting, and the headers that browsers look for. Whatever is refused here is refused in JSON, in
//! the API's general family.

use axum::extract::{Request, State};
use axum::http::header::{STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::Refusal;
use super::nul;
use platform::guard;
use platform::lifecycle::LONGEST_ANSWER;

/// Answers no path that is not text, or holds U+0000.
pub(super) async fn readable_path(request: Request, next: Next) -> Response {
    if nul::is_clean_path(request.uri().path()) {
        return next.run(request).await;
    }
    Refusal::new(StatusCode::BAD_REQUEST, "The path must be UTF-8 without U+0000").into_response()
}

/// Gives up what takes too long.
pub(super) async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(LONGEST_ANSWER, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "The answer took too long")
            .into_response(),
    }
}

/// The demo's outbox signs everybody in: a page that rebinds its name to this machine must not
/// reach any of it.
pub(super) async fn only_this_machine(request: Request, next: Next) -> Response {
    if guard::names_this_machine(request.headers()) {
        return next.run(request).await;
    }
    Refusal::new(StatusCode::MISDIRECTED_REQUEST, "the demo answers on this machine only")
        .into_response()
}

/// Whether browsers reach the provider by https only.
#[derive(Debug, Clone, Copy)]
pub(super) struct IsHttps(pub(super) bool);

/// Adds what browsers look for.
pub(super) async fn headers(
    State(IsHttps(is_https)): State<IsHttps>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_https {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

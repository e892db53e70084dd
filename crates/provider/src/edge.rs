//! What every request meets before an endpoint and every answer after it: readable paths, an end to
//! waiting, and the headers that browsers look for. Whatever is refused here is refused in JSON, in
//! the API's general family.
//!
//! One layer and not six: each is a boxed future more, and a copy of all that is inside it.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, PRAGMA, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::answer::EndpointError;
use super::nul;
use platform::answer_time::{Hold, hold};
use platform::guard;
use platform::lifecycle::LONGEST_ANSWER;

/// Below which every path of the API is served a second time.
pub(super) const PREFIX: &str = "/cis";

/// The endpoints that take a name, or an answer about one, and which of their answers leave in steps. A
/// test calls each of them with the name of a customer and with one of nobody's.
///
/// What sends a code or a link, authentication requests and the management of users name people as
/// well. They say by documented answers, and to a client alone, whether there is somebody, so their
/// time tells nothing more. The site's mails are sent while the answer to whoever asked for one is held:
/// steps here would move that work to where it shows.
pub const ABOUT_A_PERSON: [(&str, Hold); 4] = [
    ("/v1/auth/webauthn/authenticate/start", Hold::WhereNamed),
    ("/v1/auth/webauthn/authenticate", Hold::Refusals),
    ("/v1/auth/webauthn/register/start", Hold::Always),
    ("/v1/auth/otp/authenticate", Hold::Refusals),
];

/// What the edge has to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    /// Whether browsers reach the provider by https only.
    pub(super) is_https: bool,
    /// Whether it is the demo, which answers on this machine only.
    pub(super) in_demo: bool,
    /// The step in which answers about a named person leave.
    pub(super) answer_step: Duration,
}

/// The layer.
pub(super) async fn around(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let mut response = if let Some(refusal) = edge.refusal(&request) {
        refusal.into_response()
    } else {
        let held = held(&request);
        let run = |request| in_time(LONGEST_ANSWER, next.run(request));
        hold(edge.answer_step, held, request, run).await
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if edge.is_https {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
    // Answers hold credentials and states: whatever does not say otherwise is kept by nobody (RFC
    // 6749, section 5.1).
    let no_store = HeaderValue::from_static("no-store");
    if headers.entry(CACHE_CONTROL).or_insert(no_store) == "no-store" {
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    }
    response
}

impl Edge {
    fn refusal(self, request: &Request) -> Option<EndpointError> {
        // The demo's outbox signs everybody in: a page that rebinds its name to this machine must
        // not reach any of it.
        if self.in_demo && !guard::names_this_machine(request.headers()) {
            let message = "the demo answers on this machine only";
            return Some(EndpointError::general(StatusCode::MISDIRECTED_REQUEST, message));
        }
        if !nul::is_clean_path(request.uri().path()) {
            let message = "The path must be UTF-8 without U+0000";
            return Some(EndpointError::general(StatusCode::BAD_REQUEST, message));
        }
        None
    }
}

fn held(request: &Request) -> Option<Hold> {
    let route = request.extensions().get::<MatchedPath>()?.as_str();
    let route = route.strip_prefix(PREFIX).unwrap_or(route);
    Hold::of(&ABOUT_A_PERSON, request.method(), route)
}

async fn in_time(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
        let message = "The answer took too long";
        EndpointError::general(StatusCode::SERVICE_UNAVAILABLE, message).into_response()
    })
}

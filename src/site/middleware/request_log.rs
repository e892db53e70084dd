//! One line for each HTTP request, and a span around all that is logged on its behalf. A query string
//! is never in it, nor an `auth_req_id`; the path of a request's page holds its handle, which opens
//! nothing by itself.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::site::Site;
use crate::site::failure::Failure;
use crate::site::visit::RequestId;
use ciba::Problem;
use ciba::RequestHandle;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an identifier, and writes the line when it is answered.
pub async fn write(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let Ok(id) = site.ambient.entropy.token::<9>() else {
        return Failure::new(Problem::Internal).into_response();
    };
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let handle = handle(request.uri().path());
    let started = tokio::time::Instant::now();
    // A problem page quotes the identifier: what was logged of the fault has to carry it, too.
    let name = handle.as_ref().map(RequestHandle::as_str);
    let span = tracing::info_span!("site.request", id, request = name);
    let mut response = next.run(request).instrument(span).await;
    tracing::info!(
        target: "ciba_login::site::request",
        id,
        %method,
        route = route.as_ref().map_or("-", MatchedPath::as_str),
        request = handle.as_ref().map(RequestHandle::as_str),
        status = response.status().as_u16(),
        ms = started.elapsed().as_millis(),
        "answered"
    );
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn handle(path: &str) -> Option<RequestHandle> {
    RequestHandle::parse(path.strip_prefix("/request/")?.split('/').next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_handle_is_taken_from_a_path() {
        let text = "a".repeat(RequestHandle::LENGTH);
        assert!(handle(&format!("/request/{text}/outcome")).is_some());
        assert!(handle("/request/short").is_none());
        assert!(handle(&format!("/mail/continue/{text}")).is_none());
    }
}

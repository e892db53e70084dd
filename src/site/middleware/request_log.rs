//! One line for each HTTP request, and a span around all that is logged on its behalf. A query string
//! is never in it, nor an `auth_req_id`; the path of a request's page holds its handle, which opens
//! nothing by itself.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use tokio::time::Instant;
use tracing::Span;

use ciba::RequestHandle;
use platform::traces;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The line of one request, while it is answered.
pub struct Line {
    id: String,
    method: Method,
    route: Option<MatchedPath>,
    handle: Option<RequestHandle>,
    started: Instant,
}

impl Line {
    /// Begins the line of a request with its identifier.
    pub fn of(request: &Request, id: String) -> Self {
        Self {
            id,
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
            handle: handle(request.uri().path()),
            started: Instant::now(),
        }
    }

    /// The span around the request. A problem page quotes the identifier: what was logged of the fault
    /// has to carry it, too.
    pub fn span(&self) -> Span {
        if let Some(handle) = &self.handle {
            traces::is_about(handle);
        }
        let handle = self.handle.as_ref().map(RequestHandle::as_str);
        let trace = traces::current_id();
        tracing::info_span!("site.request", id = self.id, request = handle, trace)
    }

    /// Writes the line, and gives the identifier to whoever has asked.
    pub fn write(self, response: &mut Response) {
        let Self { id, method, route, handle, started } = self;
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
    }
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

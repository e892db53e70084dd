//! Turns problems into their pages: those of handlers, and what never reached one.

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::site::Site;
use crate::site::failure::Failure;
use crate::site::pages::PageContext;
use crate::site::{pages, paths};
use ciba::Problem;

/// What the page of a problem takes from the request.
pub struct ProblemContext {
    method: Method,
    uri: Uri,
}

impl ProblemContext {
    /// Reads it.
    pub fn of(request: &Request) -> Self {
        Self { method: request.method().clone(), uri: request.uri().clone() }
    }

    /// Renders the page of a problem in the answer, and keeps the headers that came with it.
    /// `context` is that of a page which this path shows again.
    pub fn with_page(
        &self,
        site: &Site,
        mut response: Response,
        context: impl FnOnce(Option<String>) -> PageContext,
    ) -> Response {
        let status = response.status();
        let (failure, status) = match response.extensions_mut().remove::<Failure>() {
            Some(failure) => (failure, None),
            None if is_bare_error(&response) => {
                (Failure::new(of_status(&self.method, status)), Some(status))
            }
            None => return response,
        };
        site.ambient.metrics.problem_shown(failure.problem.as_str());
        let context = context(shown_again(&self.method, self.uri.path()));
        let handle = failure.handle.as_ref();
        let mut page =
            pages::problem::render(&context, failure.problem, handle, failure.wait).into_response();
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
}

/// The address of the language switch: the one that was asked for, where asking again does nothing.
///
/// # Security
///
/// It becomes a link. Only what begins as our own pages do and holds nothing but names is taken, so
/// that no address leads elsewhere.
fn shown_again(method: &Method, path: &str) -> Option<String> {
    let ours = [paths::REQUESTS, "/mail/continue/", "/continue/"];
    let is_ours = ours.iter().any(|start| path.starts_with(start));
    // Asking again for this one goes to the identity provider.
    let is_page = !path.contains("/social/") && !path.contains("//");
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte));
    (method == Method::GET && is_ours && is_page && is_plain).then(|| path.to_owned())
}

/// An error of the framework: no body, or a line of plain text. What the guard says to whoever calls
/// the demo by another name is a sentence of our own, for a developer.
fn is_bare_error(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let is_of_guard = response.status() == StatusCode::MISDIRECTED_REQUEST;
    is_error && !is_of_guard && kind.is_none_or(|kind| kind.starts_with("text/plain"))
}

fn of_status(method: &Method, status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::PageUnknown,
        StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Problem::ContentTooLarge,
        // Of what was opened the address is wrong, of what was sent the form.
        status if status.is_client_error() && method.is_safe() => Problem::LinkMalformed,
        status if status.is_client_error() => Problem::FormMalformed,
        _ => Problem::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_have_a_language_switch_on_their_problems() {
        for path in ["/request/unknown", "/request/AbC/decision", "/mail/continue/x", "/continue/x"]
        {
            assert_eq!(shown_again(&Method::GET, path).as_deref(), Some(path));
            assert_eq!(shown_again(&Method::POST, path), None, "{path}");
        }
        for path in [
            "/",
            "//evil.example/request/",
            "/request//evil.example",
            "/request/..//evil.example",
            "/request/%2f%2fevil.example",
            "/request/a\\b",
            "/request/AbC/social/google",
            "/login",
            "/social/callback",
        ] {
            assert_eq!(shown_again(&Method::GET, path), None, "{path}");
        }
    }
}

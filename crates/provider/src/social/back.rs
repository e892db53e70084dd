//! The way back to the client: to a redirect URI that was registered, with a code or an error
//! (RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207).

use axum::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::client_request::{AnswerStyle, ClientRequest};
use super::page;
use super::upstream::UpstreamError;
use crate::answer::EndpointError;
use platform::causes::Causes;
use platform::storage::StorageError;

/// An error that the client is told. The descriptions are our own: nothing from outside is passed
/// on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RedirectError {
    /// The registered code.
    pub(super) error: &'static str,
    /// A sentence for the developer.
    pub(super) description: &'static str,
}

impl RedirectError {
    /// Unknown, not linked, disabled and cancelled are not told apart: that would tell who is a customer.
    pub(super) const ACCESS_DENIED: Self =
        Self { error: "access_denied", description: "the sign-in did not lead to an account" };
    /// The identity provider cannot be asked now.
    pub(super) const TEMPORARILY_UNAVAILABLE: Self = Self {
        error: "temporarily_unavailable",
        description: "the identity provider does not answer",
    };
    /// The identity provider answered what it should not, or we failed.
    pub(super) const SERVER_ERROR: Self =
        Self { error: "server_error", description: "the sign-in could not be completed" };
    /// The identity provider's answer came a second time.
    pub(super) const USED_BEFORE: Self =
        Self { error: "server_error", description: "the answer was used before" };
    /// Somebody has to be asked and may not be.
    pub(super) const LOGIN_REQUIRED: Self =
        Self { error: "login_required", description: "the customer has to sign in" };

    /// The identity provider identified nobody; why is logged.
    pub(super) fn of_upstream(error: &UpstreamError, upstream: &str) -> Self {
        page::log(&Causes(error), upstream);
        if error.is_transient() { Self::TEMPORARILY_UNAVAILABLE } else { Self::SERVER_ERROR }
    }

    /// 400, `invalid_request`.
    pub(super) const fn invalid_request(description: &'static str) -> Self {
        Self { error: "invalid_request", description }
    }
}

impl From<EndpointError> for RedirectError {
    /// What failed inside was logged when the error was made.
    fn from(_: EndpointError) -> Self {
        Self::SERVER_ERROR
    }
}

impl From<StorageError> for RedirectError {
    fn from(error: StorageError) -> Self {
        EndpointError::from(error).into()
    }
}

/// Where an answer goes, and what the client wants to see in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientDestination<'a> {
    /// A registered redirect URI.
    pub(super) redirect_uri: &'a str,
    /// The client's own value.
    pub(super) state: Option<&'a str>,
    /// Our name.
    pub(super) issuer: &'a str,
    pub(super) style: AnswerStyle,
}

impl<'a> ClientDestination<'a> {
    /// The destination of a round trip that ends.
    pub(super) fn of(payload: &'a ClientRequest, issuer: &'a str) -> Self {
        Self {
            redirect_uri: &payload.redirect_uri,
            state: payload.state.as_deref(),
            issuer,
            style: payload.style,
        }
    }

    /// Sends the browser there with a code.
    pub(super) fn with_code(self, code: &str) -> Response {
        self.with(&[("code", code)])
    }

    /// Sends the browser there with an error.
    pub(super) fn with_error(self, error: RedirectError) -> Response {
        self.with(&[("error", error.error), ("error_description", error.description)])
    }

    fn with(self, parameters: &[(&str, &str)]) -> Response {
        // Registered, so it is an address; a client whose settings were changed under way gets none.
        let Ok(mut url) = Url::parse(self.redirect_uri) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(parameters);
            if let Some(state) = self.state {
                query.append_pair("state", state);
            }
            if self.style == AnswerStyle::Oidc {
                query.append_pair("iss", self.issuer);
            }
        }
        let status = match self.style {
            AnswerStyle::Oidc => StatusCode::SEE_OTHER,
            AnswerStyle::Hosted => StatusCode::FOUND,
        };
        redirect(status, &url)
    }
}

/// Redirects to `url` without a `Referer`.
pub(crate) fn redirect(status: StatusCode, url: &Url) -> Response {
    let Ok(location) = HeaderValue::from_str(url.as_str()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (LOCATION, location),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (status, headers).into_response()
}

//! How an error becomes a page: here, once, and here it is logged.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::codes::CodesError;
use crate::records::RecordError;
use ciba::{Problem, RequestHandle};
use platform::causes::Causes;
use platform::ids::NoEntropy;
use platform::seal::SealError;
use platform::storage::StorageError;

/// A problem on its way to its page, which `middleware::problem_pages` renders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What the customer is told.
    pub problem: Problem,
    /// The request to which they may go back.
    pub handle: Option<RequestHandle>,
    /// The seconds after which it is worth another try, where they are known.
    pub wait: Option<u32>,
}

impl Failure {
    /// A problem without a request.
    pub fn new(problem: Problem) -> Self {
        Self { problem, handle: None, wait: None }
    }

    /// A problem of a request that this browser holds.
    pub fn of(problem: Problem, handle: &RequestHandle) -> Self {
        Self { problem, handle: Some(handle.clone()), wait: None }
    }

    /// Says after how many seconds it is worth another try.
    #[must_use]
    pub fn after(self, seconds: u32) -> Self {
        Self { wait: Some(seconds), ..self }
    }

    /// Names the request, unless it is named.
    #[must_use]
    pub fn with(self, handle: &RequestHandle) -> Self {
        Self { handle: self.handle.or_else(|| Some(handle.clone())), ..self }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::new(problem)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status());
        let mut response = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        if let Some(seconds) = self.wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// An error that is a fault of ours: it is logged with its causes, and the customer is told no more than
/// that it is one. The rooms of the site say so of their own errors.
pub trait Fault: std::error::Error + 'static {}

impl<E: Fault> From<E> for Failure {
    fn from(error: E) -> Self {
        tracing::error!(error = %Causes(&error), "a fault of ours");
        Self::new(Problem::Internal)
    }
}

impl Fault for CodesError {}
impl Fault for NoEntropy {}
impl Fault for RecordError {}
impl Fault for SealError {}
impl Fault for StorageError {}

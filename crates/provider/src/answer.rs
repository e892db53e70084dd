//! The one error of the endpoints, in the four families of bodies that Transmit's API uses
//! (docs/transmit-api.md, 1.3).
//!
//! What failed inside is logged here, once, with its causes; the caller learns only that it failed.
//! Every answer that does not say otherwise is `no-store`, by a layer of the router.

use std::borrow::Cow;
use std::error::Error;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use platform::causes::Causes;
use platform::ids::NoEntropy;
use platform::seal::SealError;
use platform::storage::StorageError;

use crate::clients::ClientError;

/// Text for the developer of a client: most of it is constant.
type Text = Cow<'static, str>;

/// A request was refused, or could not be served.
#[derive(Debug)]
pub struct EndpointError {
    status: StatusCode,
    body: ErrorBody,
    challenge: Option<&'static str>,
    retry_after: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ErrorBody {
    OAuth { error: &'static str, error_description: Text },
    General { message: ErrorMessage, error_code: u16 },
    Coded { error_code: Text, message: Text },
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ErrorMessage {
    One(Text),
    Each(Vec<String>),
}

impl EndpointError {
    fn new(status: StatusCode, body: ErrorBody) -> Self {
        Self { status, body, challenge: None, retry_after: None }
    }

    /// OAuth 2.0 (RFC 6749, section 5.2), status 400: `{"error", "error_description"}`. The
    /// description is printable ASCII without `"` and `\`.
    pub(crate) fn oauth(error: &'static str, description: impl Into<Text>) -> Self {
        let error_description = description.into();
        Self::new(StatusCode::BAD_REQUEST, ErrorBody::OAuth { error, error_description })
    }

    /// 401 `invalid_client`.
    pub(crate) fn invalid_client() -> Self {
        let error = Self::oauth("invalid_client", "client authentication failed");
        let error = Self { status: StatusCode::UNAUTHORIZED, ..error };
        error.with_challenge("Basic realm=\"provider\"")
    }

    /// 400 `invalid_grant`.
    pub(crate) fn invalid_grant() -> Self {
        Self::oauth("invalid_grant", "grant request is invalid")
    }

    /// The API's general family: `{"message", "error_code": <status>}`.
    pub(crate) fn general(status: StatusCode, message: impl Into<Text>) -> Self {
        let error_code = status.as_u16();
        Self::new(
            status,
            ErrorBody::General { message: ErrorMessage::One(message.into()), error_code },
        )
    }

    /// The general family with a list: one sentence for each fault of the body.
    pub(crate) fn faults(status: StatusCode, messages: Vec<String>) -> Self {
        let error_code = status.as_u16();
        Self::new(status, ErrorBody::General { message: ErrorMessage::Each(messages), error_code })
    }

    /// 401 for a bearer token that is not accepted.
    pub(crate) fn invalid_token() -> Self {
        Self::general(StatusCode::UNAUTHORIZED, "Invalid token")
            .with_challenge("Bearer error=\"invalid_token\"")
    }

    /// The coded family (WebAuthn, one-time codes): `{"error_code": "snake_case", "message"}`.
    pub(crate) fn coded(
        status: StatusCode,
        error_code: &'static str,
        message: impl Into<Text>,
    ) -> Self {
        Self::new(
            status,
            ErrorBody::Coded { error_code: error_code.into(), message: message.into() },
        )
    }

    /// The e-mail link's family: `{"error_code": "400", "message"}`, the status as text.
    pub(crate) fn stringly(status: StatusCode, message: impl Into<Text>) -> Self {
        let error_code = status.as_str().to_owned().into();
        Self::new(status, ErrorBody::Coded { error_code, message: message.into() })
    }

    /// 500 for what failed inside, which is logged here.
    pub(crate) fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %Causes(error), "a request to the provider failed");
        Self::general(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }

    /// The same with `WWW-Authenticate`.
    pub(crate) fn with_challenge(self, challenge: &'static str) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    /// The same as 429 with `Retry-After`.
    pub(crate) fn limited(self, seconds: i64) -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, retry_after: Some(seconds), ..self }
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for EndpointError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

macro_rules! internal {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for EndpointError {
            fn from(error: $error) -> Self {
                Self::internal(&error)
            }
        })+
    };
}

internal!(ClientError, NoEntropy, SealError, StorageError);
internal!(jsonwebtoken::errors::Error, serde_json::Error);

impl From<sqlx::Error> for EndpointError {
    fn from(error: sqlx::Error) -> Self {
        StorageError::from(error).into()
    }
}

/// 201 with what was made.
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// 204.
pub(crate) struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// The envelope of what is asked for: `{"result": …}`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Wrapped<T> {
    pub(crate) result: T,
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn each_family_has_its_shape() {
        let bad = StatusCode::BAD_REQUEST;
        for (error, expected) in [
            (
                EndpointError::oauth("invalid_grant", "why"),
                json!({"error": "invalid_grant", "error_description": "why"}),
            ),
            (EndpointError::general(bad, "why"), json!({"message": "why", "error_code": 400})),
            (
                EndpointError::faults(bad, vec!["a".into(), "b".into()]),
                json!({"message": ["a", "b"], "error_code": 400}),
            ),
            (
                EndpointError::coded(bad, "user_mismatch", "why"),
                json!({"error_code": "user_mismatch", "message": "why"}),
            ),
            (EndpointError::stringly(bad, "why"), json!({"error_code": "400", "message": "why"})),
        ] {
            let response = error.into_response();
            assert_eq!(response.status(), bad);
            let bytes = to_bytes(response.into_body(), 1024).await.unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), expected);
        }
    }
}

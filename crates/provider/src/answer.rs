//! The four families of error bodies that Transmit's API uses (docs/transmit-api.md, 1.3).
//!
//! An endpoint has one error enum and one match from it to one of these. What failed inside is
//! logged here, once, with its causes; the caller learns only that it failed.

use std::error::Error;

use axum::Json;
use axum::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use platform::causes::Causes;

/// OAuth 2.0 (RFC 6749, section 5.2): `{"error", "error_description"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// 400, or 401 where the client is not authenticated.
    pub status: StatusCode,
    /// The registered code.
    pub error: &'static str,
    /// A sentence for the developer: printable ASCII without `"` and `\`.
    pub description: String,
}

impl OAuthError {
    /// An error with status 400.
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.into() }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a str,
            error_description: &'a str,
        }
        let body = Body { error: self.error, error_description: &self.description };
        let mut response = (self.status, no_store(), Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"provider\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The API's general family: `{"message": "…" or ["…"], "error_code": <status>}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status; the body repeats it.
    pub status: StatusCode,
    /// What is wrong.
    pub message: Message,
}

/// One sentence, or one for each member of the body that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Message {
    /// One sentence.
    One(String),
    /// One for each fault.
    Each(Vec<String>),
}

impl Refusal {
    /// A refusal with one sentence.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: Message::One(message.into()) }
    }

    /// 400 with one sentence for each fault.
    pub fn malformed(messages: Vec<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: Message::Each(messages) }
    }

    /// 401: no bearer token, or one that is not good here.
    pub fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid token")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            message: Message,
            error_code: u16,
        }
        let body = Body { message: self.message, error_code: self.status.as_u16() };
        let mut response = (self.status, no_store(), Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The coded family: `{"error_code": "snake_case", "message"}` (WebAuthn, one-time codes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// The status.
    pub status: StatusCode,
    /// The code that programs read.
    pub error_code: &'static str,
    /// A sentence for the developer.
    pub message: String,
}

impl Coded {
    /// A coded error.
    pub fn new(status: StatusCode, error_code: &'static str, message: impl Into<String>) -> Self {
        Self { status, error_code, message: message.into() }
    }
}

impl IntoResponse for Coded {
    fn into_response(self) -> Response {
        stringly(self.status, self.error_code, &self.message)
    }
}

/// The e-mail link's family: `{"error_code": "400", "message"}`, the status as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stringly {
    /// The status; the body repeats it as text.
    pub status: StatusCode,
    /// A sentence for the developer.
    pub message: String,
}

impl Stringly {
    /// An error of the e-mail link's family.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

impl IntoResponse for Stringly {
    fn into_response(self) -> Response {
        stringly(self.status, self.status.as_str(), &self.message)
    }
}

fn stringly(status: StatusCode, error_code: &str, message: &str) -> Response {
    #[derive(Serialize)]
    struct Body<'a> {
        error_code: &'a str,
        message: &'a str,
    }
    (status, no_store(), Json(Body { error_code, message })).into_response()
}

/// The envelope of what is asked for: `{"result": …}`.
#[derive(Debug, Serialize)]
pub struct Wrapped<T> {
    /// What was asked for.
    pub result: T,
}

/// 500 for what failed inside: logged with its causes, told to nobody.
pub fn failure(error: &(dyn Error + 'static)) -> Response {
    tracing::error!(error = %Causes(error), "a request to the provider failed");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error").into_response()
}

/// The header of every answer that holds a credential or a state (RFC 6749, section 5.1).
pub fn no_store() -> [(axum::http::HeaderName, &'static str); 1] {
    [(CACHE_CONTROL, "no-store")]
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    async fn body(response: Response) -> Value {
        let bytes = to_bytes(response.into_body(), 1024).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn each_family_has_its_shape() {
        let bad = StatusCode::BAD_REQUEST;
        let cases = [
            (
                OAuthError::new("invalid_grant", "why").into_response(),
                json!({"error": "invalid_grant", "error_description": "why"}),
            ),
            (
                Refusal::new(bad, "why").into_response(),
                json!({"message": "why", "error_code": 400}),
            ),
            (
                Refusal::malformed(vec!["a".into(), "b".into()]).into_response(),
                json!({"message": ["a", "b"], "error_code": 400}),
            ),
            (
                Coded::new(bad, "user_mismatch", "why").into_response(),
                json!({"error_code": "user_mismatch", "message": "why"}),
            ),
            (
                Stringly::new(bad, "why").into_response(),
                json!({"error_code": "400", "message": "why"}),
            ),
        ];
        for (response, expected) in cases {
            assert_eq!(response.status(), bad);
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
            assert_eq!(body(response).await, expected);
        }
    }

    #[tokio::test]
    async fn an_unauthenticated_caller_is_told_how_to_authenticate() {
        assert!(Refusal::invalid_token().into_response().headers().contains_key(WWW_AUTHENTICATE));
    }
}

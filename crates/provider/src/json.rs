//! JSON bodies, refused in the API's own words.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::answer::Refusal;
use super::nul;
use platform::json::{self, JsonFault};

/// A JSON body of the expected shape.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

/// The body is not one.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is called something else.
    #[error("read a JSON body: it has another content type")]
    MediaType,
    /// It is too long, or broke off.
    #[error("read a JSON body")]
    Body(#[from] BytesRejection),
    /// It is no JSON, or of another shape.
    #[error("read a JSON body")]
    Fault(#[from] JsonFault),
    /// A text in it holds U+0000.
    #[error("read a JSON body: a text holds U+0000")]
    Nul,
}

impl JsonError {
    /// What is wrong, for the developer. It names members and never quotes a value.
    pub fn body_text(&self) -> String {
        match self {
            Self::MediaType => "Content-Type must be application/json".into(),
            Self::Body(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                "the body is too long".into()
            }
            Self::Body(_) => "the body broke off".into(),
            Self::Fault(fault) => fault.to_string(),
            Self::Nul => "a text must not hold U+0000".into(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Body(error) => error.status(),
            // Transmit documents 400 for every malformed body.
            Self::Fault(_) | Self::Nul => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for JsonError {
    fn into_response(self) -> Response {
        let status = self.status();
        Refusal { status, ..Refusal::malformed(vec![self.body_text()]) }.into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = JsonError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !is_json(request.headers()) {
            return Err(JsonError::MediaType);
        }
        let bytes = Bytes::from_request(request, state).await?;
        if nul::is_in_json(&bytes) {
            return Err(JsonError::Nul);
        }
        Ok(Self(json::parse(&bytes)?))
    }
}

/// `application/json`, or a type that is built on it (RFC 6839, section 3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

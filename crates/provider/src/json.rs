//! JSON bodies, refused in the API's own words.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::answer::EndpointError;
use super::nul;
use platform::json;

/// A JSON body of the expected shape.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

/// The body is not one. Alone it is answered in the API's general family; an endpoint of another
/// family takes the [`text`](Self::text).
#[derive(Debug)]
pub(crate) struct InvalidBody {
    status: StatusCode,
    /// For the developer. It names members and never quotes a value.
    pub(crate) text: String,
}

impl InvalidBody {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

impl From<InvalidBody> for EndpointError {
    fn from(InvalidBody { status, text }: InvalidBody) -> Self {
        Self::faults(status, vec![text])
    }
}

impl IntoResponse for InvalidBody {
    fn into_response(self) -> Response {
        EndpointError::from(self).into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = InvalidBody;

    async fn from_request(request: Request, state: &S) -> Result<Self, InvalidBody> {
        if !is_json(request.headers()) {
            let text = "Content-Type must be application/json";
            return Err(InvalidBody::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            let is_too_long = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
            let text = if is_too_long { "the body is too long" } else { "the body broke off" };
            InvalidBody::new(error.status(), text)
        })?;
        // Transmit documents 400 for every malformed body.
        let malformed = |text: String| InvalidBody::new(StatusCode::BAD_REQUEST, text);
        if nul::is_in_json(&bytes) {
            return Err(malformed("a text must not hold U+0000".into()));
        }
        json::parse(&bytes).map(Self).map_err(|fault| malformed(fault.to_string()))
    }
}

/// `application/json`, or a type that is built on it (RFC 6839, section 3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

//! JSON bodies, refused in the API's own words.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::answer::Refusal;
use super::nul;

/// A JSON body of the expected shape.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

/// The body is not one.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is no JSON, of another shape, or too long.
    #[error("read a JSON body")]
    Rejected(#[from] JsonRejection),
    /// A text in it holds U+0000.
    #[error("read a JSON body: a text holds U+0000")]
    Nul,
}

impl JsonError {
    /// What is wrong, for the developer.
    ///
    /// axum's sentence names the member and the expected type, never the value of a secret: an
    /// "invalid type" may quote a short literal of the caller's own.
    pub fn body_text(&self) -> String {
        match self {
            Self::Rejected(error) => error.body_text(),
            Self::Nul => "a text must not hold U+0000".into(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            // Transmit documents 400 for every malformed body.
            Self::Rejected(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                StatusCode::BAD_REQUEST
            }
            Self::Rejected(error) => error.status(),
            Self::Nul => StatusCode::BAD_REQUEST,
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
        let (parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state)
            .await
            .map_err(JsonRejection::from)?;
        if nul::is_in_json(&bytes) {
            return Err(JsonError::Nul);
        }
        let request = Request::from_parts(parts, Body::from(bytes));
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

//! JSON bodies, refused in the API's own words.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::answer::Refusal;

/// A JSON body of the expected shape.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

/// The body is not one.
#[derive(Debug, thiserror::Error)]
#[error("read a JSON body")]
pub struct JsonError(#[from] JsonRejection);

impl IntoResponse for JsonError {
    fn into_response(self) -> Response {
        let status = match self.0.status() {
            // Transmit documents 400 for every malformed body.
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        // axum's sentence names the member and the expected type, never the value of a secret: an
        // "invalid type" may quote a short literal of the caller's own.
        Refusal { status, ..Refusal::malformed(vec![self.0.body_text()]) }.into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = JsonError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

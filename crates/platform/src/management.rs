//! The listener for the people who run this: metrics, and whether the process is well.
//!
//! It tells nothing of a customer, yet how many come and go is nobody else's business: its address
//! is never a public one (OWASP ASVS 13.4.5).

use axum::Router;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::ambient::Ambient;
use crate::causes::Causes;
use crate::health;
use crate::metrics::{Exposition, Metrics};
use crate::storage::Storage;

/// The listener's URL map.
pub fn router(ambient: &Ambient, storage: &Storage) -> Router {
    Router::new()
        .route("/metrics", get(metrics_text))
        .with_state(ambient.metrics.clone())
        .merge(health::routes(storage, ambient))
}

async fn metrics_text(State(metrics): State<Metrics>, headers: HeaderMap) -> Response {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let exposition = Exposition::for_accept(&lines.collect::<Vec<_>>().join(","));
    match metrics.text(exposition) {
        Ok(text) => {
            ([(CONTENT_TYPE, exposition.media_type()), (VARY, "accept")], text).into_response()
        }
        Err(error) => {
            tracing::error!(error = %Causes(&error), "the metrics were not written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

//! `GET /healthz` and `GET /readyz`, the same on every listener.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::storage::Storage;

/// Both addresses: alive as long as it answers, ready while the database does. That is opened only
/// with all migrations done; the provider is not asked, because the page works without it.
pub fn routes<S: Clone + Send + Sync + 'static>(storage: &Storage) -> Router<S> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(storage.clone())
}

async fn ready(State(storage): State<Storage>) -> Response {
    match storage.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
        }
    }
}

//! `GET /healthz` and `GET /readyz`, the same on every listener.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Mutex;

use crate::ambient::Ambient;
use crate::causes::Causes;
use crate::storage::Storage;

/// Seconds for which one probe counts: however often anybody asks, the database is written no more
/// often than this.
const GOOD_FOR: i64 = 5;

/// How long a probe may take.
const PROBE: Duration = Duration::from_secs(2);

/// Both addresses: alive as long as it answers; ready while the database takes writes, and until the
/// process is about to stop. The database is opened only with all migrations done; the provider is
/// not asked, because the page works without it.
pub fn routes<S: Clone + Send + Sync + 'static>(storage: &Storage, ambient: &Ambient) -> Router<S> {
    let readiness = Readiness {
        storage: storage.clone(),
        ambient: ambient.clone(),
        probed: Arc::new(Mutex::new(None)),
    };
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(readiness)
}

#[derive(Clone)]
struct Readiness {
    storage: Storage,
    ambient: Ambient,
    /// The last probe. Whoever comes while it is made waits for it.
    probed: Arc<Mutex<Option<Probe>>>,
}

#[derive(Clone, Copy)]
struct Probe {
    at: i64,
    is_good: bool,
}

impl Readiness {
    async fn is_ready(&self) -> bool {
        if self.ambient.stopping.is_cancelled() {
            return false;
        }
        let mut probed = self.probed.lock().await;
        let now = self.ambient.clock.unix();
        if let Some(probe) = *probed
            && (0..GOOD_FOR).contains(&(now - probe.at))
        {
            return probe.is_good;
        }
        let is_good = match tokio::time::timeout(PROBE, self.storage.probe(now)).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(error = %Causes(&error), "not ready: the database takes no writes");
                false
            }
            Err(_) => {
                tracing::error!("not ready: the database takes too long for a write");
                false
            }
        };
        *probed = Some(Probe { at: now, is_good });
        is_good
    }
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    if readiness.is_ready().await {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}

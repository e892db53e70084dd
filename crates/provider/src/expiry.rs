//! Clears away what has run out.
//!
//! A request stays for an hour after its end, so that a late poll is told `expired_token` and a late
//! decision why it did not count.

use std::time::Duration;

use super::ProviderState;
use platform::ambient::{Worker, repeated};
use platform::causes::Causes;
use platform::storage::{Storage, StorageError};

const PERIOD: Duration = Duration::from_secs(60);

/// Seconds that a row stays after its end.
const RETENTION: i64 = 60 * 60;

/// Every table whose rows run out, and the statement that clears it.
const STATEMENTS: [&str; 7] = [
    "DELETE FROM ciba_requests WHERE expires_at < $1",
    "DELETE FROM authorization_codes WHERE expires_at < $1",
    "DELETE FROM refresh_tokens WHERE expires_at < $1",
    "DELETE FROM revocations WHERE expires_at < $1",
    "DELETE FROM client_assertions WHERE expires_at < $1",
    "DELETE FROM pushed_requests WHERE expires_at < $1",
    "DELETE FROM poll_paces WHERE expires_at < $1",
];

/// The worker: at start, and then every minute.
pub(super) fn worker(state: ProviderState) -> Worker {
    repeated(PERIOD, move || {
        let state = state.clone();
        async move {
            let now = state.ambient.clock.unix();
            state.pacing.clear(now);
            if let Err(error) = clear(&state.storage, now).await {
                tracing::warn!(error = %Causes(&error), "what has run out was not cleared away");
            }
        }
    })
}

/// Clears every table once.
pub async fn clear(storage: &Storage, now: i64) -> Result<(), StorageError> {
    for statement in STATEMENTS {
        sqlx::query(statement).bind(now - RETENTION).execute(storage.writer()).await?;
    }
    Ok(())
}

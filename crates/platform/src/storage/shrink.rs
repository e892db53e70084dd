//! Gives room that SQLite's file does not need back to the system, in steps that keep nobody waiting.
//! PostgreSQL does as much by itself (autovacuum).

use std::time::Duration;

use sqlx::Row;

use super::{Storage, StorageError};
use crate::ambient::Worker;
use crate::causes::Causes;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60);

/// Pages that stay for what is written next: 4 MB.
const KEPT: i64 = 1024;

/// Pages of one step: 1 MB, some milliseconds, in which nobody else writes.
const STEP: i64 = 256;

/// Steps of one look: 64 MB a minute.
const STEPS: usize = 64;

/// Lets writes that wait have their turn between two steps.
const BETWEEN: Duration = Duration::from_millis(20);

/// The worker; it has nothing to do on PostgreSQL.
pub fn worker(storage: &Storage) -> Worker {
    let storage = storage.clone();
    Box::new(move |stop| {
        Box::pin(async move {
            while !storage.shared && !stop.is_cancelled() {
                if let Err(error) = give_back(&storage).await {
                    tracing::warn!(error = %Causes(&error), "vacuum failed");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        })
    })
}

/// Gives back what is free, as far as one look goes. A file of a time before this can give nothing
/// back until it was vacuumed once.
///
/// # Errors
///
/// [`StorageError`]
pub async fn give_back(storage: &Storage) -> Result<(), StorageError> {
    let mut has_given = false;
    for _ in 0..STEPS {
        let free: i64 =
            sqlx::query("PRAGMA freelist_count").fetch_one(&storage.reader).await?.try_get(0)?;
        if free <= KEPT {
            break;
        }
        // Runs as far as its rows are read.
        let step = format!("PRAGMA incremental_vacuum({})", STEP.min(free - KEPT));
        sqlx::query(&step).fetch_all(&storage.writer).await?;
        has_given = true;
        tokio::time::sleep(BETWEEN).await;
    }
    if has_given {
        // The file is cut when the log was folded into it; this waits for nobody. Whoever writes is
        // in a transaction, where it cannot be done.
        sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_all(&storage.reader).await?;
    }
    Ok(())
}

//! How much may be sent within a minute. Counted in storage, so that it holds over several
//! instances and over a restart.

use sqlx::Row;

use platform::storage::{Storage, StorageError};

/// The most messages of one kind to one person in a minute (Transmit's `linksPerUser` is such a
/// limit; its default is not published).
pub const PER_PERSON: i64 = 5;

/// The most messages of one kind for one client in a minute.
pub const PER_CLIENT: i64 = 600;

/// Takes one message out of this minute's allowance and says whether it was still within it.
///
/// # Errors
///
/// [`StorageError`]
pub async fn take(
    storage: &Storage,
    kind: &str,
    client_id: &str,
    user_id: &str,
    now: i64,
) -> Result<bool, StorageError> {
    let person = count(storage, &format!("{kind} {client_id} {user_id}"), now).await?;
    if person > PER_PERSON {
        return Ok(false);
    }
    Ok(count(storage, &format!("{kind} {client_id}"), now).await? <= PER_CLIENT)
}

async fn count(storage: &Storage, scope: &str, now: i64) -> Result<i64, StorageError> {
    let statement = sqlx::query(
        "INSERT INTO sending_counts (scope, minute, sent) VALUES ($1, $2, 1) \
         ON CONFLICT (scope) DO UPDATE SET \
         sent = CASE WHEN sending_counts.minute = excluded.minute \
         THEN sending_counts.sent + 1 ELSE 1 END, minute = excluded.minute \
         RETURNING sent",
    )
    .bind(scope)
    .bind(now.div_euclid(60));
    let row = storage.change(statement).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    Ok(row.try_get(0)?)
}

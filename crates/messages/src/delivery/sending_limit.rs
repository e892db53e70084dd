//! How much may be sent within a time. Counted in storage, so that it holds over several instances
//! and over a restart. One conditional statement counts each message, so that messages at the same
//! time do not pass a limit together.

use platform::storage::{Connection, Storage, StorageError};

/// The most messages of one kind to one person in a minute (Transmit's `linksPerUser` is such a
/// limit; its default is not published).
pub const PER_PERSON: i64 = 5;

/// The most messages of one kind for one client in a minute.
pub const PER_CLIENT: i64 = 600;

/// The most requests that are sent to one person in an hour, whichever clients ask.
pub const REQUESTS_PER_PERSON: i64 = 20;

/// The most requests that are sent in a minute, for all clients together.
pub const REQUESTS_IN_ALL: i64 = 1200;

const MINUTE: i64 = 60;

const HOUR: i64 = 3600;

/// A limit: at most so many in so many seconds.
struct WindowLimit {
    scope: String,
    most: i64,
    seconds: i64,
}

/// There is no room; in so many seconds there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// Seconds.
    pub room_in: i64,
}

/// Takes one message out of this minute's allowance and says whether it was still within it.
pub async fn take(
    storage: &Storage,
    kind: &str,
    client_id: &str,
    user_id: &str,
    now: i64,
) -> Result<bool, StorageError> {
    let person = format!("{kind} {client_id} {user_id}");
    let client = format!("{kind} {client_id}");
    let limits = [
        WindowLimit { scope: person, most: PER_PERSON, seconds: MINUTE },
        WindowLimit { scope: client, most: PER_CLIENT, seconds: MINUTE },
    ];
    Ok(take_all(storage, &limits, now).await?.is_ok())
}

/// Takes one message that asks for a decision out of the allowances of its person, its client and
/// all.
pub async fn take_request(
    storage: &Storage,
    client_id: &str,
    user_id: &str,
    now: i64,
) -> Result<Result<(), Full>, StorageError> {
    let (person, client) = (format!("request to {user_id}"), format!("request {client_id}"));
    let limits = [
        WindowLimit { scope: person, most: REQUESTS_PER_PERSON, seconds: HOUR },
        WindowLimit { scope: client, most: PER_CLIENT, seconds: MINUTE },
        WindowLimit { scope: "request".into(), most: REQUESTS_IN_ALL, seconds: MINUTE },
    ];
    take_all(storage, &limits, now).await
}

/// Takes from every allowance or from none: what one limit refuses uses up no other. The limits'
/// order is that of their row locks, the same for everybody.
async fn take_all(
    storage: &Storage,
    limits: &[WindowLimit],
    now: i64,
) -> Result<Result<(), Full>, StorageError> {
    let mut transaction = storage.writer().begin().await?;
    for limit in limits {
        if !count(&mut transaction, limit, now).await? {
            transaction.rollback().await?;
            return Ok(Err(Full { room_in: limit.seconds - now.rem_euclid(limit.seconds) }));
        }
    }
    transaction.commit().await?;
    Ok(Ok(()))
}

async fn count(
    connection: &mut Connection,
    limit: &WindowLimit,
    now: i64,
) -> Result<bool, StorageError> {
    // "minute" is the number of the window, of whichever length.
    let done = sqlx::query(
        "INSERT INTO sending_counts (scope, minute, sent) VALUES ($1, $2, 1) \
         ON CONFLICT (scope) DO UPDATE SET \
         sent = CASE WHEN sending_counts.minute = excluded.minute \
         THEN sending_counts.sent + 1 ELSE 1 END, minute = excluded.minute \
         WHERE sending_counts.minute <> excluded.minute OR sending_counts.sent < $3",
    )
    .bind(&limit.scope)
    .bind(now.div_euclid(limit.seconds))
    .bind(limit.most)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

//! The stored requests.

use sqlx::{FromRow, Row};
use tokio::runtime::Handle;

use super::{COUNTED_FOR, MAX_PENDING};
use ciba::{BindingMessage, Decision};
use platform::causes::Causes;
use platform::storage::{Connection, Storage, StorageError};

/// Seconds after its end in which a decision can still be fetched: whoever decides within the last
/// interval would otherwise be too late for the next poll. No decision is taken in them.
pub const GRACE: i64 = 30;

/// A request that is about to be stored.
#[derive(Debug)]
pub struct NewRequest<'a> {
    /// SHA-256 of its `auth_req_id`.
    pub digest: [u8; 32],
    /// The client that starts it.
    pub client_id: &'a str,
    /// The user who is asked.
    pub user_id: &'a str,
    /// What is asked for.
    pub scope: &'a str,
    /// What both sides see.
    pub binding_message: Option<&'a BindingMessage>,
    /// Now.
    pub created_at: i64,
    /// When it runs out.
    pub expires_at: i64,
    /// Seconds between two polls.
    pub poll_interval: i64,
}

/// A stored request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRequest {
    /// The client that started it.
    pub client_id: String,
    /// That client's application; nothing where the client is gone.
    pub app_id: Option<String>,
    /// That client's version; nothing where the client is gone.
    pub client_version: Option<i64>,
    /// The user who is asked.
    pub user_id: String,
    /// When it runs out.
    pub expires_at: i64,
    /// What the user decided.
    pub decision: Option<Decision>,
    /// Whether its tokens were handed out.
    pub is_redeemed: bool,
    /// Seconds between two polls.
    pub poll_interval: i64,
}

impl FromRow<'_, sqlx::any::AnyRow> for StoredRequest {
    fn from_row(row: &sqlx::any::AnyRow) -> Result<Self, sqlx::Error> {
        let decision = match row.try_get::<Option<i64>, _>("approved")? {
            None => None,
            Some(1) => Some(Decision::Approve),
            Some(_) => Some(Decision::Deny),
        };
        Ok(Self {
            client_id: row.try_get("client_id")?,
            app_id: row.try_get("app_id")?,
            client_version: row.try_get("version")?,
            user_id: row.try_get("user_id")?,
            expires_at: row.try_get("expires_at")?,
            decision,
            is_redeemed: row.try_get::<Option<i64>, _>("redeemed_at")?.is_some(),
            poll_interval: row.try_get("poll_interval")?,
        })
    }
}

/// What a redeemed request leaves behind for the tokens.
#[derive(Debug)]
pub struct RedeemedRequest {
    /// The user.
    pub user_id: String,
    /// What was asked for.
    pub scope: String,
    /// The sign-in that completed it, as JSON.
    pub authentication: String,
}

/// Stores a request; false where the user has [`MAX_PENDING`] undecided ones already.
pub async fn create(storage: &Storage, new: &NewRequest<'_>) -> Result<bool, StorageError> {
    let statement = sqlx::query(
        "INSERT INTO ciba_requests (auth_req_digest, client_id, user_id, scope, binding_message, \
         created_at, expires_at, poll_interval, slowed) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, 0 \
         WHERE (SELECT COUNT(*) FROM ciba_requests \
                WHERE user_id = $9 AND decided_at IS NULL \
                AND (expires_at > $10 OR created_at > $11)) < $12",
    )
    .bind(&new.digest[..])
    .bind(new.client_id)
    .bind(new.user_id)
    .bind(new.scope)
    .bind(new.binding_message.map(BindingMessage::as_str))
    .bind(new.created_at)
    .bind(new.expires_at)
    .bind(new.poll_interval)
    .bind(new.user_id)
    .bind(new.created_at)
    .bind(new.created_at - COUNTED_FOR)
    .bind(MAX_PENDING);
    storage.write_if_room(&format!("requests of {}", new.user_id), statement).await
}

/// Seconds until another request of the user may be stored.
pub async fn room_in(storage: &Storage, user_id: &str, now: i64) -> Result<i64, StorageError> {
    let row = sqlx::query(
        "SELECT MIN(CASE WHEN expires_at > created_at + $1 THEN expires_at \
         ELSE created_at + $1 END) FROM ciba_requests \
         WHERE user_id = $2 AND decided_at IS NULL AND (expires_at > $3 OR created_at > $4)",
    )
    .bind(COUNTED_FOR)
    .bind(user_id)
    .bind(now)
    .bind(now - COUNTED_FOR)
    .fetch_one(storage.reader())
    .await?;
    let moment: Option<i64> = row.try_get(0)?;
    Ok(moment.map_or(1, |moment| (moment - now).max(1)))
}

/// Takes back a request whose link could not be delivered.
pub async fn withdraw(storage: &Storage, digest: &[u8; 32]) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM ciba_requests WHERE auth_req_digest = $1 AND decided_at IS NULL")
        .bind(&digest[..])
        .execute(storage.writer())
        .await?;
    Ok(())
}

/// A request that its client has not been told of: taken back when this is dropped, unless it is
/// [announced](Unannounced::announce).
///
/// A client that stops waiting ends the handler in the middle. Without this its user could approve
/// what nobody polls for, and would be asked no more after a few such attempts.
#[derive(Debug)]
pub struct Unannounced {
    storage: Storage,
    digest: [u8; 32],
    is_announced: bool,
}

impl Unannounced {
    /// Watches over a request that is about to be stored.
    pub fn watch(storage: &Storage, digest: [u8; 32]) -> Self {
        Self { storage: storage.clone(), digest, is_announced: false }
    }

    /// The client is told now, so the request stays.
    pub fn announce(mut self) {
        self.is_announced = true;
    }

    /// Takes the request back before the client is told why.
    pub async fn withdraw(mut self) -> Result<(), StorageError> {
        withdraw(&self.storage, &self.digest).await?;
        self.is_announced = true;
        Ok(())
    }
}

impl Drop for Unannounced {
    fn drop(&mut self) {
        // Without a runtime the process is at its end, and the request runs out by itself.
        let Some(runtime) = Handle::try_current().ok().filter(|_| !self.is_announced) else {
            return;
        };
        let (storage, digest) = (self.storage.clone(), self.digest);
        runtime.spawn(async move {
            tracing::warn!("a client did not wait for the answer, its request is taken back");
            if let Err(error) = withdraw(&storage, &digest).await {
                tracing::error!(error = %Causes(&error), "a request that nobody knows of was not taken back");
            }
        });
    }
}

/// Finds a request.
pub async fn find(
    storage: &Storage,
    digest: &[u8; 32],
) -> Result<Option<StoredRequest>, StorageError> {
    Ok(sqlx::query_as(
        "SELECT r.client_id, c.app_id, c.version, r.user_id, r.expires_at, r.approved, r.redeemed_at, \
         r.poll_interval FROM ciba_requests r LEFT JOIN clients c ON c.client_id = r.client_id \
         WHERE r.auth_req_digest = $1",
    )
    .bind(&digest[..])
    .fetch_optional(storage.reader())
    .await?)
}

/// Who decides: a user, signed in at a client of an application.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'a> {
    /// The user.
    pub user_id: &'a str,
    /// The application.
    pub app_id: &'a str,
}

/// Takes the user's decision, once and for good; false where this application has no open request of
/// this user.
pub async fn decide(
    storage: &Storage,
    digest: &[u8; 32],
    who: Decider<'_>,
    decision: Decision,
    authentication: &str,
    now: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "UPDATE ciba_requests SET approved = $1, decided_at = $2, authentication = $3 \
         WHERE auth_req_digest = $4 AND user_id = $5 AND decided_at IS NULL AND expires_at > $6 \
         AND client_id IN (SELECT client_id FROM clients WHERE app_id = $7)",
    )
    .bind(i64::from(decision.is_approval()))
    .bind(now)
    .bind(authentication)
    .bind(&digest[..])
    .bind(who.user_id)
    .bind(now)
    .bind(who.app_id)
    .execute(storage.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses an approved request up, in the caller's transaction and within [`GRACE`]; nothing where
/// another poll has redeemed it.
pub async fn redeem(
    connection: &mut Connection,
    digest: &[u8; 32],
    client_id: &str,
    now: i64,
) -> Result<Option<RedeemedRequest>, StorageError> {
    let row = sqlx::query(
        "UPDATE ciba_requests SET redeemed_at = $1 \
         WHERE auth_req_digest = $2 AND client_id = $3 AND approved = 1 AND redeemed_at IS NULL \
         AND expires_at > $4 RETURNING user_id, scope, authentication",
    )
    .bind(now)
    .bind(&digest[..])
    .bind(client_id)
    .bind(now - GRACE)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(RedeemedRequest {
        user_id: row.try_get(0)?,
        scope: row.try_get(1)?,
        authentication: row.try_get(2)?,
    }))
}

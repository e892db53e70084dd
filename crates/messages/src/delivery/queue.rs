//! Messages that nobody has taken yet, at rest. They hold what signs a customer in, so they are
//! sealed, and deleted once they were handed on or their time is over.

use sqlx::Row;

use super::error::SendError;
use super::message::Message;
use platform::ambient::Ambient;
use platform::seal::Sealer;
use platform::storage::{Storage, StorageError};

const PURPOSE: &str = "provider.message";

/// Seconds for which a message without an end of its own is tried: a notice is worth reading a day
/// later.
const LIFETIME: i64 = 24 * 60 * 60;

/// Seconds for which nobody else takes a message; longer than one try can take.
const LEASE: i64 = 100;

/// Ends every lease, at the time `$1`: for a start at which no other process is there to hold one.
pub const END_LEASES: &str = "UPDATE queued_messages SET lease_until = 0 WHERE lease_until > $1";

/// The messages of one storage.
#[derive(Debug)]
pub(super) struct Queue {
    storage: Storage,
    sealer: Sealer,
    ambient: Ambient,
}

/// A message that was taken out to be tried.
#[derive(Debug)]
pub(super) struct Queued {
    /// The same at every try, so that a receiver knows the second copy of a mail.
    pub(super) id: String,
    pub(super) message: Message,
    pub(super) queued_at: i64,
    attempts: i64,
}

impl Queue {
    pub(super) fn new(storage: &Storage, sealer: &Sealer, ambient: &Ambient) -> Self {
        Self { storage: storage.clone(), sealer: sealer.clone(), ambient: ambient.clone() }
    }

    /// Keeps a message, taken out already where it is tried at once.
    pub(super) async fn keep(&self, message: Message, at_once: bool) -> Result<Queued, SendError> {
        let id = self.ambient.entropy.token::<16>()?;
        let now = self.ambient.clock.unix();
        let attempts = i64::from(at_once);
        sqlx::query(
            "INSERT INTO queued_messages (id, sealed, queued_at, expires_at, due_at, lease_until, \
             attempts) VALUES ($1, $2, $3, $4, $3, $5, $6)",
        )
        .bind(id.clone())
        .bind(self.sealer.seal(PURPOSE, &message)?)
        .bind(now)
        .bind(message.good_until.unwrap_or(now + LIFETIME))
        .bind(if at_once { now + LEASE } else { 0 })
        .bind(attempts)
        .execute(self.storage.writer())
        .await
        .map_err(StorageError::from)?;
        Ok(Queued { id, message, queued_at: now, attempts })
    }

    /// Takes a message that is to be tried; nobody else gets it while the lease lasts.
    pub(super) async fn take_due(&self) -> Result<Option<Queued>, StorageError> {
        loop {
            let now = self.ambient.clock.unix();
            let statement = sqlx::query(
                "UPDATE queued_messages SET lease_until = $1, attempts = attempts + 1 \
                 WHERE id = (SELECT id FROM queued_messages WHERE due_at <= $2 \
                  AND lease_until <= $2 AND expires_at > $2 ORDER BY due_at LIMIT 1) \
                 AND lease_until <= $2 RETURNING id, sealed, queued_at, attempts",
            )
            .bind(now + LEASE)
            .bind(now);
            let Some(row) = self.storage.change(statement).await? else { return Ok(None) };
            let (id, sealed): (String, String) = (row.try_get("id")?, row.try_get("sealed")?);
            if let Ok(message) = self.sealer.open(PURPOSE, &sealed) {
                let queued_at = row.try_get("queued_at")?;
                return Ok(Some(Queued {
                    id,
                    message,
                    queued_at,
                    attempts: row.try_get("attempts")?,
                }));
            }
            tracing::error!("a queued message was sealed with a key that is gone; it is deleted");
            self.delete(&id).await?;
        }
    }

    /// Puts a message off for `seconds`, unless it would not be good any more then.
    pub(super) async fn postpone(
        &self,
        queued: &Queued,
        seconds: i64,
    ) -> Result<bool, StorageError> {
        let done = sqlx::query(
            "UPDATE queued_messages SET due_at = $1, lease_until = 0 \
             WHERE id = $2 AND attempts = $3 AND expires_at > $1",
        )
        .bind(self.ambient.clock.unix().saturating_add(seconds))
        .bind(queued.id.clone())
        .bind(queued.attempts)
        .execute(self.storage.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets a message that was handed on, or is refused.
    pub(super) async fn done(&self, queued: &Queued) -> Result<(), StorageError> {
        self.delete(&queued.id).await
    }

    async fn delete(&self, id: &str) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM queued_messages WHERE id = $1")
            .bind(id.to_owned())
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Forgets what is not good any more.
    pub(super) async fn clear(&self) -> Result<(), StorageError> {
        let now = self.ambient.clock.unix();
        let is_over: i64 = sqlx::query(
            "SELECT COUNT(*) FROM queued_messages WHERE expires_at <= $1 AND lease_until <= $1",
        )
        .bind(now)
        .fetch_one(self.storage.reader())
        .await?
        .try_get(0)?;
        if is_over == 0 {
            return Ok(());
        }
        sqlx::query("DELETE FROM queued_messages WHERE expires_at <= $1 AND lease_until <= $1")
            .bind(now)
            .execute(self.storage.writer())
            .await?;
        tracing::error!(messages = is_over, "messages were not delivered while they were good");
        Ok(())
    }
}

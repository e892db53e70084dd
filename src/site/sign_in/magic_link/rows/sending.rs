//! The queue of mails, as the worker that sends them sees it.

use sqlx::Row;

use super::{Mail, MailError, Mails, PURPOSE, key};

/// Seconds for which a worker holds a mail; longer than its two calls can take.
const LEASE: i64 = 60;

/// Seconds after which a mail that nobody has taken is called late.
const LATE: i64 = 10;

/// A mail that is to be sent now.
#[derive(Debug)]
pub struct DueMail {
    /// The mail.
    pub mail: Mail,
    /// Seconds since it was asked for.
    pub age: i64,
}

/// Ends every lease, at the time `$1`: for a start at which no other process is there to hold one.
pub const END_LEASES: &str =
    "UPDATE site_mails SET lease_until = 0 WHERE sent_at IS NULL AND lease_until > $1";

impl Mails {
    /// Takes a mail that is to be sent; nobody else gets it while the lease lasts. It is tried for as
    /// long as its link would be good.
    pub async fn take_due(&self) -> Result<Option<DueMail>, MailError> {
        loop {
            let now = self.ambient.clock.unix();
            let statement = sqlx::query(
                "UPDATE site_mails SET lease_until = $1, attempts = attempts + 1 \
                 WHERE key_hash = (SELECT key_hash FROM site_mails WHERE sent_at IS NULL \
                  AND lease_until <= $2 AND expires_at > $2 \
                  ORDER BY lease_until, queued_at LIMIT 1) \
                 AND sent_at IS NULL AND lease_until <= $2 RETURNING key_hash, sealed, queued_at",
            )
            .bind(now + LEASE)
            .bind(now);
            let Some(row) = self.storage.change(statement).await? else { return Ok(None) };
            let sealed: String = row.try_get("sealed")?;
            if let Ok(mail) = self.sealer.open(PURPOSE, &sealed) {
                return Ok(Some(DueMail { mail, age: now - row.try_get::<i64, _>("queued_at")? }));
            }
            tracing::error!("a queued mail was sealed with a key that is gone; it is not sent");
            self.end(row.try_get("key_hash")?).await?;
        }
    }

    /// Whether the provider has not taken a mail yet, and should have. It says nothing of who has the
    /// address: a provider that is away is away for everybody.
    pub async fn is_late(&self, state: &str) -> Result<bool, MailError> {
        let row = sqlx::query(
            "SELECT 1 FROM site_mails WHERE key_hash = $1 AND sent_at IS NULL AND queued_at <= $2",
        )
        .bind(key(state))
        .bind(self.ambient.clock.unix() - LATE)
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(row.is_some())
    }

    /// Notes that a mail was sent, or that there is nobody to send it to.
    pub async fn sent(&self, mail: &Mail) -> Result<(), MailError> {
        self.end(key(&mail.state)).await
    }

    async fn end(&self, key: String) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET sent_at = $1 WHERE key_hash = $2")
            .bind(self.ambient.clock.unix())
            .bind(key)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Lets go of a mail that could not be sent, to be tried again in `seconds`.
    pub async fn postpone(&self, mail: &Mail, seconds: i64) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET lease_until = $1 WHERE key_hash = $2")
            .bind(self.ambient.clock.unix().saturating_add(seconds))
            .bind(key(&mail.state))
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Keeps the code that is put into a mail, before it is sent.
    pub async fn keep_code(&self, mail: &Mail) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET sealed = $1 WHERE key_hash = $2")
            .bind(self.sealer.seal(PURPOSE, mail)?)
            .bind(key(&mail.state))
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

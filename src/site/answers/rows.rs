//! Answers as rows, sealed: for several instances that share a database.

use std::time::Duration;

use sqlx::Row;

use super::stored::{
    AnswerKey, AnswersError, FormClaim, LEASE, PURPOSE, REPEATED, StoredAnswer, WAIT,
};
use platform::clock::SharedClock;
use platform::seal::Sealer;
use platform::storage::Storage;

/// The most answers that are kept at a time: a bound on what a stranger can make us keep.
const MOST: i64 = 10_000;

/// How often a second press looks for the answer to the first.
const PAUSE: Duration = Duration::from_millis(50);

/// The answers of one storage.
#[derive(Debug, Clone)]
pub(super) struct AnswerRows {
    storage: Storage,
    sealer: Sealer,
    clock: SharedClock,
}

impl AnswerRows {
    pub(super) fn new(storage: Storage, sealer: Sealer, clock: SharedClock) -> Self {
        Self { storage, sealer, clock }
    }

    /// As [`super::Answers::claim`].
    pub(super) async fn claim(&self, key: &AnswerKey) -> Result<FormClaim, AnswersError> {
        if self.is_claimed(key).await? {
            return Ok(FormClaim::Ours);
        }
        let answer = async {
            loop {
                let row = sqlx::query("SELECT sealed FROM site_answers WHERE key_hash = $1")
                    .bind(key.0.clone())
                    .fetch_optional(self.storage.writer())
                    .await?;
                let Some(row) = row else { return Ok(FormClaim::Unkept) };
                let sealed: String = row.try_get("sealed")?;
                if !sealed.is_empty() {
                    let answer = self.sealer.open(PURPOSE, &sealed).ok();
                    return Ok(answer.map_or(FormClaim::Unkept, |answer| {
                        FormClaim::Answered(Box::new(answer))
                    }));
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(WAIT, answer).await.unwrap_or(Ok(FormClaim::Unkept))
    }

    async fn is_claimed(&self, key: &AnswerKey) -> Result<bool, AnswersError> {
        let now = self.clock.unix();
        // Only those that are given again count: rows are deleted some time after that.
        let done = sqlx::query(
            "INSERT INTO site_answers (key_hash, sealed, expires_at) \
             SELECT $1, '', CAST($2 AS BIGINT) \
             WHERE (SELECT COUNT(*) FROM site_answers WHERE expires_at > $4) < $3 \
             ON CONFLICT (key_hash) DO UPDATE SET sealed = '', expires_at = excluded.expires_at \
             WHERE site_answers.expires_at <= $4",
        )
        .bind(key.0.clone())
        .bind(now + LEASE)
        .bind(MOST)
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// As [`super::Answers::keep`].
    pub(super) async fn keep(
        &self,
        keys: &[AnswerKey],
        answer: &StoredAnswer,
    ) -> Result<(), AnswersError> {
        let sealed = self.sealer.seal(PURPOSE, answer)?;
        let now = self.clock.unix();
        let expires_at = if answer.leads_on() { now + REPEATED } else { now };
        for key in keys {
            sqlx::query(
                "INSERT INTO site_answers (key_hash, sealed, expires_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (key_hash) DO UPDATE SET sealed = excluded.sealed, \
                 expires_at = excluded.expires_at",
            )
            .bind(key.0.clone())
            .bind(sealed.clone())
            .bind(expires_at)
            .execute(self.storage.writer())
            .await?;
        }
        Ok(())
    }

    /// As [`super::Answers::clear`].
    pub(super) async fn clear(&self) -> Result<(), AnswersError> {
        // Whoever waits for one has some time to read it.
        sqlx::query("DELETE FROM site_answers WHERE expires_at < $1")
            .bind(self.clock.unix() - LEASE)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

//! What forms were answered with just now, in storage, so that a second press on the same button is
//! answered as the first was, by whichever instance it reaches.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::failure::Fault;
use ciba::RequestHandle;
use platform::clock::SharedClock;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};

const PURPOSE: &str = "site.answers";

/// Seconds for which an answer that leads on is given again.
const KEPT: i64 = 10;

/// Seconds after which a form whose answer never came is taken anew: its instance has died.
const LEASE: i64 = 30;

/// The most answers that are kept at a time: a bound on what a stranger can make us keep.
const MOST: i64 = 10_000;

/// How long, and how often, a second press looks for the answer to the first.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// The answers of one storage.
#[derive(Debug, Clone)]
pub struct Answers {
    storage: Storage,
    sealer: Sealer,
    clock: SharedClock,
}

/// An answer, as far as it can be given again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Header lines, `Set-Cookie` among them.
    pub headers: Vec<(String, String)>,
    /// The page.
    pub body: String,
    /// The nonce that the page's scripts carry.
    pub nonce: Option<String>,
    /// The problem that the answer is about.
    pub problem: Option<KeptProblem>,
}

/// A problem, as its page is made of it anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptProblem {
    /// The word for it.
    pub word: String,
    /// Its request.
    pub handle: Option<RequestHandle>,
    /// The seconds after which it is worth another try.
    pub wait: Option<u32>,
}

/// One form of one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

/// What is to be done with a form.
#[derive(Debug)]
pub enum FormClaim {
    /// Nobody has answered it: whoever asked has to, and then calls [`Answers::keep`].
    Ours,
    /// It was answered.
    Answered(Box<StoredAnswer>),
    /// It is to be answered, and not kept: too much is kept, or the first answer does not come.
    Unkept,
}

/// The answers could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum AnswersError {
    /// An answer could not be sealed.
    #[error("answer could not be sealed")]
    Seal(#[from] SealError),
    /// The database.
    #[error("answers could not be read or written")]
    Storage(#[from] StorageError),
}

impl Fault for AnswersError {}

impl From<sqlx::Error> for AnswersError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl Answers {
    /// The answers of `storage`.
    pub fn new(storage: Storage, sealer: Sealer, clock: SharedClock) -> Self {
        Self { storage, sealer, clock }
    }

    /// The key of a form.
    pub fn key(&self, parts: &[&[u8]]) -> Key {
        Key(URL_SAFE_NO_PAD.encode(self.sealer.keyed_hash(PURPOSE, parts)))
    }

    /// Claims a form, or waits for the answer of whoever has claimed it.
    ///
    /// # Errors
    ///
    /// [`AnswersError`]
    pub async fn claim(&self, key: &Key) -> Result<FormClaim, AnswersError> {
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
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Ok(FormClaim::Unkept))
    }

    async fn is_claimed(&self, key: &Key) -> Result<bool, AnswersError> {
        let now = self.clock.unix();
        let done = sqlx::query(
            "INSERT INTO site_answers (key_hash, sealed, expires_at) \
             SELECT $1, '', CAST($2 AS BIGINT) WHERE (SELECT COUNT(*) FROM site_answers) < $3 \
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

    /// Keeps the answer of a form that was claimed. One that leads on is given again for some seconds,
    /// under each of the keys; any other only to whoever waits for it now.
    ///
    /// # Errors
    ///
    /// [`AnswersError`]
    pub async fn keep(&self, keys: &[Key], answer: &StoredAnswer) -> Result<(), AnswersError> {
        let sealed = self.sealer.seal(PURPOSE, answer)?;
        let now = self.clock.unix();
        let expires_at = if (300..400).contains(&answer.status) { now + KEPT } else { now };
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

    /// Deletes the answers that are given no more.
    ///
    /// # Errors
    ///
    /// [`AnswersError`]
    pub async fn clear(&self) -> Result<(), AnswersError> {
        // Whoever waits for one has some time to read it.
        sqlx::query("DELETE FROM site_answers WHERE expires_at < $1")
            .bind(self.clock.unix() - LEASE)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

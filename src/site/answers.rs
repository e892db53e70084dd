//! What forms were answered with just now, so that a second press on the same button is answered as the
//! first was.
//!
//! One instance keeps them in memory; where several share a database, in rows of it, so that it does not
//! matter which of them the second press reaches (docs/decisions/0024-what-a-request-asks-the-database.md).

mod memory;
mod rows;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use self::memory::AnswersInMemory;
use self::rows::AnswerRows;
use super::failure::Fault;
use ciba::RequestHandle;
use platform::clock::SharedClock;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};

const PURPOSE: &str = "site.answers";

/// Seconds for which an answer that leads on is given again.
const REPEATED: i64 = 10;

/// Seconds after which a form whose answer never came is taken anew: its work broke off, or its instance
/// has died.
const LEASE: i64 = 30;

/// How long a second press looks for the answer to the first.
const WAIT: Duration = Duration::from_secs(10);

/// The answers of one site.
#[derive(Debug, Clone)]
pub struct Answers {
    sealer: Sealer,
    place: AnswerStore,
}

/// Where they are kept.
#[derive(Debug, Clone)]
enum AnswerStore {
    Memory(AnswersInMemory),
    Rows(Box<AnswerRows>),
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
    pub problem: Option<StoredProblem>,
}

/// A problem, as its page is made of it anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredProblem {
    /// The word for it.
    pub word: String,
    /// Its request.
    pub handle: Option<RequestHandle>,
    /// The seconds after which it is worth another try.
    pub wait: Option<u32>,
}

/// One form of one browser.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AnswerKey(String);

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

impl StoredAnswer {
    /// Whether it is given again for some seconds: it leads on. Any other, such as that a code is wrong, goes
    /// only to whoever waits for it now; sent again later, the form is another try.
    fn leads_on(&self) -> bool {
        (300..400).contains(&self.status)
    }
}

impl Answers {
    /// The answers of the site that uses `storage`.
    pub fn new(storage: Storage, sealer: Sealer, clock: SharedClock) -> Self {
        let place = if storage.is_shared() {
            AnswerStore::Rows(Box::new(AnswerRows::new(storage, sealer.clone(), clock)))
        } else {
            AnswerStore::Memory(AnswersInMemory::new(clock))
        };
        Self { sealer, place }
    }

    /// The key of a form.
    pub fn key(&self, parts: &[&[u8]]) -> AnswerKey {
        AnswerKey(URL_SAFE_NO_PAD.encode(self.sealer.keyed_hash(PURPOSE, parts)))
    }

    /// Claims a form, or waits for the answer of whoever has claimed it.
    pub async fn claim(&self, key: &AnswerKey) -> Result<FormClaim, AnswersError> {
        match &self.place {
            AnswerStore::Memory(memory) => Ok(memory.claim(key).await),
            AnswerStore::Rows(rows) => rows.claim(key).await,
        }
    }

    /// Keeps the answer of a form that was claimed. One that leads on is given again for some seconds,
    /// under each of the keys; any other only to whoever waits for it now.
    pub async fn keep(&self, keys: &[AnswerKey], answer: StoredAnswer) -> Result<(), AnswersError> {
        match &self.place {
            AnswerStore::Memory(memory) => {
                memory.keep(keys, answer);
                Ok(())
            }
            AnswerStore::Rows(rows) => rows.keep(keys, &answer).await,
        }
    }

    /// Forgets the answers that are given no more.
    pub async fn clear(&self) -> Result<(), AnswersError> {
        match &self.place {
            AnswerStore::Memory(memory) => {
                memory.clear();
                Ok(())
            }
            AnswerStore::Rows(rows) => rows.clear().await,
        }
    }
}

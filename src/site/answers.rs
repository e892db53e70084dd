//! What forms were answered with just now, so that a second press on the same button is answered as the
//! first was.
//!
//! One instance keeps them in memory; where several share a database, in rows of it, so that it does not
//! matter which of them the second press reaches (docs/decisions/0024-what-a-request-asks-the-database.md).

mod memory;
mod rows;
mod stored;

use self::memory::AnswersInMemory;
use self::rows::AnswerRows;
use self::stored::PURPOSE;
pub use self::stored::{AnswerKey, AnswersError, FormClaim, StoredAnswer, StoredProblem};
use platform::clock::SharedClock;
use platform::seal::Sealer;
use platform::storage::Storage;

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
        AnswerKey(self.sealer.keyed_digest(PURPOSE, parts))
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

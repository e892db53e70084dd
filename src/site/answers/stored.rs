//! What is kept of an answer, under which key and for how long, wherever it is kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::site::failure::Fault;
use ciba::RequestHandle;
use platform::seal::SealError;
use platform::storage::StorageError;

pub(super) const PURPOSE: &str = "site.answers";

/// Seconds for which an answer that leads on is given again.
pub(super) const REPEATED: i64 = 10;

/// Seconds after which a form whose answer never came is taken anew: its work broke off, or its instance
/// has died.
pub(super) const LEASE: i64 = 30;

/// How long a second press looks for the answer to the first.
pub(super) const WAIT: Duration = Duration::from_secs(10);

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
pub struct AnswerKey(pub(super) String);

/// What is to be done with a form.
#[derive(Debug)]
pub enum FormClaim {
    /// Nobody has answered it: whoever asked has to, and then calls [`super::Answers::keep`].
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
    pub(super) fn leads_on(&self) -> bool {
        (300..400).contains(&self.status)
    }
}

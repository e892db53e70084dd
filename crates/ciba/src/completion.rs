//! What a provider answers when it is told a decision.

use crate::words;

use std::error::Error;

/// Why a call failed, for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// What came of a decision at the provider.
#[derive(Debug)]
pub enum Completion {
    /// The provider has taken the decision.
    Confirmed,
    /// The provider does not accept the proof of who decided: the customer has to sign in again.
    Unauthorised,
    /// The provider will not take the decision.
    Refused(RefusalReason),
    /// The provider has not got the decision and knows nothing of it: it was not reached, or its
    /// answer proves that it took nothing.
    NotSent(Cause),
    /// Nobody knows whether the provider has taken it. The other decision must never follow.
    Unknown(Cause),
}

/// Why the provider will not take a decision, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalReason {
    /// Somebody has decided the request before.
    AlreadyDecided,
    /// The request's time is over.
    Expired,
    /// There is no such request.
    NotFound,
    /// The request is for another customer.
    WrongUser,
    /// It does not say, or in words that we do not know.
    Other,
}

words!(RefusalReason with from_word {
    AlreadyDecided = "already_decided",
    Expired = "expired",
    NotFound = "not_found",
    WrongUser = "wrong_user",
    Other = "other",
});

impl RefusalReason {
    /// The reason of a word in storage. A word of a later version is [`RefusalReason::Other`].
    pub fn of_word(word: &str) -> Self {
        Self::from_word(word).unwrap_or(Self::Other)
    }
}

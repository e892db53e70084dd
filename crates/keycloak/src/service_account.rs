//! What is held of our client's service account.

use super::errors::CallError;
use platform::Secret;
use platform::cached::{Cached, Worth};

/// The service account's token that is held.
pub(super) type TokenCache = Cached<Token, CallError>;

/// An access token of our client's own.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) text: Secret,
    pub(super) lifetime: i64,
}

/// Seconds before its end at which a token is no longer used.
const MARGIN: i64 = 10;

impl Token {
    /// What it is worth at this age, in seconds.
    pub(super) fn worth(&self, age: i64) -> Worth {
        if age < self.lifetime - MARGIN { Worth::Good } else { Worth::None }
    }
}

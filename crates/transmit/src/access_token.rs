//! The two kinds of access token that we hold. Neither is ever shown.

use std::fmt;

use super::errors::TransmitError;
use platform::Secret;
use platform::cached::Cached;

/// An access token that a customer's sign-in produced.
///
/// # Security
///
/// It acts as the customer: it is never sent to the browser, never logged, and sealed at rest.
#[derive(Clone)]
pub struct UserAccessToken(Secret);

/// An access token of our own client (`client_credentials`).
#[derive(Clone)]
pub struct ClientAccessToken(Secret);

/// Our client's access token that is held.
pub(super) type ClientTokenCache = Cached<CachedToken, TransmitError>;

#[derive(Debug)]
pub(super) struct CachedToken {
    pub(super) token: ClientAccessToken,
    /// Seconds for which it is used.
    pub(super) good_for: i64,
}

impl UserAccessToken {
    /// Wraps a token.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// The token itself, for sealing and for the `Authorization` header.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl ClientAccessToken {
    /// Wraps a token.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// The token itself, for the `Authorization` header.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for UserAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserAccessToken(hidden)")
    }
}

impl fmt::Debug for ClientAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAccessToken(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_never_shown() {
        assert_eq!(format!("{:?}", UserAccessToken::new("eyJ")), "UserAccessToken(hidden)");
        assert_eq!(format!("{:?}", ClientAccessToken::new("eyJ")), "ClientAccessToken(hidden)");
    }
}

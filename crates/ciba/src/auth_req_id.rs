//! The identifier of an authentication request (CIBA Core 1.0, section 7.3).

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An `auth_req_id`: 1 to 4096 characters of `A–Z a–z 0–9 . - _`, opaque to everybody but the
/// provider.
///
/// # Security
///
/// Whoever holds it may poll for the token with the client's credentials, so it is never logged
/// and its `Debug` shows only a fingerprint.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuthReqId(String);

/// The text is not an `auth_req_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an auth_req_id: 1 to 4096 characters of A-Z a-z 0-9 . - _ are expected")]
pub struct InvalidAuthReqId;

impl AuthReqId {
    /// The longest that is accepted, in characters. The specification sets no limit; Keycloak's are
    /// encrypted tokens of a thousand characters and more.
    pub const MAX_LENGTH: usize = 4096;

    /// The longest that is accepted in a link, in characters: the sealed request has to fit into a
    /// cookie of 4096 bytes.
    pub const MAX_LENGTH_IN_LINK: usize = 512;

    /// Reads an `auth_req_id` from outside.
    ///
    /// # Errors
    ///
    /// [`InvalidAuthReqId`] where it is empty, too long or holds another character.
    pub fn parse(text: &str) -> Result<Self, InvalidAuthReqId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.bytes().all(allowed) {
            return Err(InvalidAuthReqId);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as the provider gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the text: what is stored and compared instead of it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for AuthReqId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.digest();
        write!(f, "AuthReqId(#{a:02x}{b:02x}{c:02x}{d:02x})")
    }
}

crate::checked_text!(AuthReqId or InvalidAuthReqId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_alphabet_of_the_specification() {
        for text in ["a", "1c266114-a1be-4252-8ad1-04986c5b9ac1", "A.b-c_9"] {
            assert_eq!(AuthReqId::parse(text).map(String::from), Ok(text.to_owned()));
        }
        assert!(AuthReqId::parse(&"x".repeat(4096)).is_ok());
    }

    #[test]
    fn refuses_what_no_provider_sends() {
        for text in ["", " ", "a b", "a+b", "<script>", "ä", "a\0", "a/b", "a%20"] {
            assert_eq!(AuthReqId::parse(text), Err(InvalidAuthReqId), "{text:?}");
        }
        assert!(AuthReqId::parse(&"x".repeat(4097)).is_err());
    }

    #[test]
    fn never_prints_itself() {
        let id = AuthReqId("very-secret-handle".into());
        assert!(!format!("{id:?}").contains("secret"));
    }
}

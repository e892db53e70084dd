//! The public name of a request.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{AuthReqId, BindingMessage};

/// What a request is called in addresses, cookies and logs: 192 bits of SHA-256 over the
/// `auth_req_id`, a zero byte and the binding message, as 32 characters of base64url.
///
/// The message is part of it, so the same `auth_req_id` with another message is another request:
/// what is decided is what was shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestHandle(String);

/// The text is not a request's handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a request handle: 32 characters of base64url are expected")]
pub struct InvalidHandle;

impl RequestHandle {
    /// The length of a handle, in characters.
    pub const LENGTH: usize = 32;

    /// The handle of a request.
    pub fn of(auth_req_id: &AuthReqId, message: Option<&BindingMessage>) -> Self {
        let mut hash = Sha256::new();
        hash.update(auth_req_id.as_str());
        hash.update([0]);
        hash.update(message.map_or("", BindingMessage::as_str));
        Self(URL_SAFE_NO_PAD.encode(&hash.finalize()[..24]))
    }

    /// Reads a handle from an address, a form or a cookie's name.
    pub fn parse(text: &str) -> Result<Self, InvalidHandle> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if text.len() == Self::LENGTH && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidHandle)
        }
    }

    /// The text of the handle.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

crate::checked_text!(RequestHandle or InvalidHandle);

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(id: &str, message: Option<&str>) -> RequestHandle {
        let id = AuthReqId::parse(id).unwrap_or_else(|error| panic!("{error}"));
        let message = message
            .map(|text| BindingMessage::parse(text).unwrap_or_else(|error| panic!("{error}")));
        RequestHandle::of(&id, message.as_ref())
    }

    #[test]
    fn another_message_is_another_request() {
        assert_eq!(handle("id", Some("A")), handle("id", Some("A")));
        assert_ne!(handle("id", Some("A")), handle("id", Some("B")));
        assert_ne!(handle("id", Some("A")), handle("id", None));
        // The zero byte keeps the two parts apart.
        assert_ne!(handle("idA", None), handle("id", Some("A")));
    }

    #[test]
    fn reads_back_what_it_wrote_and_nothing_else() {
        let made = handle("id", None);
        assert_eq!(RequestHandle::parse(made.as_str()), Ok(made));
        for text in ["", "short", "../../../../../../../../etc/pass", &"a".repeat(33)] {
            assert_eq!(RequestHandle::parse(text), Err(InvalidHandle));
        }
    }
}

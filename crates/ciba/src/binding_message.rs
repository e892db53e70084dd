//! The text that both sides of a request see (CIBA Core 1.0, section 7.1).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A `binding_message`: 1 to 50 characters of `A–Z a–z 0–9 - . _ + / ! ? #`.
///
/// CIBA Core leaves alphabet and length to the provider. The alphabet is that of Transmit, Keycloak
/// and node-oidc-provider; Keycloak takes 50 characters, the others take 20.
///
/// # Security
///
/// It reaches the page in a link that anybody can write. A parsed value is harmless to *render*;
/// it is never a fact about who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BindingMessage(String);

/// The text is not a `binding_message`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBindingMessage {
    /// The text is empty.
    #[error("not a binding_message: it is empty")]
    Empty,
    /// There are more characters than are allowed.
    #[error("not a binding_message: it has {0} characters, and at most {1} are allowed")]
    TooLong(usize, usize),
    /// A character is outside the alphabet.
    #[error("not a binding_message: {0:?} is not among A-Z a-z 0-9 - . _ + / ! ? #")]
    Character(char),
}

impl BindingMessage {
    /// The most characters that Transmit takes.
    pub const MAX_LENGTH: usize = 20;

    /// The most characters that Keycloak takes.
    pub const MAX_LENGTH_AT_KEYCLOAK: usize = 50;

    /// Reads a message from outside, exactly: one that Transmit takes.
    pub fn parse(text: &str) -> Result<Self, InvalidBindingMessage> {
        Self::parse_within(text, Self::MAX_LENGTH)
    }

    /// Reads a message that a provider takes which allows this many characters.
    pub fn parse_within(text: &str, most: usize) -> Result<Self, InvalidBindingMessage> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._+/!?#".contains(c);
        if text.is_empty() {
            return Err(InvalidBindingMessage::Empty);
        }
        if let Some(other) = text.chars().find(|&c| !allowed(c)) {
            return Err(InvalidBindingMessage::Character(other));
        }
        if text.len() > most {
            return Err(InvalidBindingMessage::TooLong(text.len(), most));
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads a message out of a link's query, where a form decoder has turned `+` into a space.
    ///
    /// The alphabet has a plus sign and no space, so a space can only be such a plus sign.
    pub fn parse_from_link(text: &str) -> Result<Self, InvalidBindingMessage> {
        Self::parse(&text.replace(' ', "+"))
    }

    /// The text as it is shown on both sides.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BindingMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BindingMessage {
    type Error = InvalidBindingMessage;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse_within(&text, Self::MAX_LENGTH_AT_KEYCLOAK)
    }
}

impl From<BindingMessage> for String {
    fn from(message: BindingMessage) -> Self {
        message.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_every_documented_character() {
        for text in ["CASE-4711", "a", "-._+/!?#", "12345678901234567890"] {
            assert_eq!(BindingMessage::parse(text).as_ref().map(BindingMessage::as_str), Ok(text));
        }
    }

    #[test]
    fn names_what_is_wrong() {
        use InvalidBindingMessage::{Character, Empty, TooLong};
        for (text, expected) in [
            ("", Empty),
            ("123456789012345678901", TooLong(21, 20)),
            ("two words", Character(' ')),
            ("<b>", Character('<')),
            ("caf\u{e9}", Character('\u{e9}')),
            ("a\u{202e}b", Character('\u{202e}')),
            ("a:b", Character(':')),
        ] {
            assert_eq!(BindingMessage::parse(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn reads_a_space_from_a_link_as_the_plus_sign_it_was() {
        let message = BindingMessage::parse_from_link("CASE 4711");
        assert_eq!(message.as_ref().map(BindingMessage::as_str), Ok("CASE+4711"));
    }
}

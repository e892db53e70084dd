//! An e-mail address that somebody typed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An e-mail address: at most 254 bytes, one `@` with something on both sides, no space and no
/// control character. The domain is lower case; the local part is kept as it was typed, because
/// only its host knows whether case matters there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// The text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("parse an e-mail address: name@domain is expected, at most 254 characters")]
pub struct InvalidEmailAddress;

impl EmailAddress {
    /// The longest address, in bytes (RFC 5321, 4.5.3.1.3, less the angle brackets).
    pub const MAX_LENGTH: usize = 254;

    /// Reads an address from a form.
    pub fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        let text = bare(text);
        let (local, domain) = text.split_once('@').ok_or(InvalidEmailAddress)?;
        let forbidden = |c: char| {
            c.is_control() || c.is_whitespace() || "<>()[]\\,;:\"".contains(c) || c == '@'
        };
        let bad =
            |part: &str| part.is_empty() || part.chars().any(|c| forbidden(c) || is_invisible(c));
        let dots = domain.starts_with('.') || domain.ends_with('.') || domain.contains("..");
        let address = format!("{local}@{}", domain.to_lowercase());
        if bad(local) || bad(domain) || dots || address.len() > Self::MAX_LENGTH {
            return Err(InvalidEmailAddress);
        }
        Ok(Self(address))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is invisible or changes the direction makes two different addresses look alike.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A text without what the clipboard puts around an address: marks that are not seen, brackets, and
/// the stop of the sentence that it ended.
fn bare(text: &str) -> &str {
    let around = |c: char| c.is_whitespace() || is_invisible(c);
    let text = text.trim_matches(around);
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let text = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    text.trim_matches(around).trim_end_matches(['.', ',', ';'])
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

ciba::checked_text!(EmailAddress or InvalidEmailAddress);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_and_lowers_only_the_domain() {
        for (text, expected) in [
            (" Alex@Example.COM \n", "Alex@example.com"),
            ("a+b@x", "a+b@x"),
            ("\u{202a}alex@example.com\u{202c}", "alex@example.com"),
            ("\u{200b}alex@example.com.", "alex@example.com"),
            ("mailto:alex@example.com", "alex@example.com"),
            ("<alex@example.com>", "alex@example.com"),
            ("josé@münchen.example", "josé@münchen.example"),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        let long = format!("{}@example.com", "x".repeat(250));
        for text in [
            "",
            "@",
            "a@",
            "@b",
            "a",
            "a@b@c",
            "a b@c",
            "a@b\u{0}",
            "a@\u{202e}b",
            "a@b,c@d",
            "<a@b",
            "a@.b",
            "a@b..c",
            "a\u{200b}@b",
            &long,
        ] {
            assert_eq!(EmailAddress::parse(text), Err(InvalidEmailAddress), "{text:?}");
        }
    }
}

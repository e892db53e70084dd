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
#[error("not an e-mail address: name@domain is expected, at most 254 characters")]
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

/// A text without what the clipboard puts around an address: marks that are not seen, the scheme and the
/// subject of a link, the name in front of the brackets, and the stop of the sentence that it ended.
/// Keyboards of some scripts write an at sign and letters of full width, which nobody tells apart.
fn bare(text: &str) -> String {
    let around = |c: char| c.is_whitespace() || is_invisible(c);
    let text: String = text.chars().map(of_usual_width).collect();
    let text = text.trim_matches(around);
    let linked = text.split_at_checked(MAILTO.len());
    let text = match linked.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(MAILTO)) {
        Some((_, rest)) => rest.split_once('?').map_or(rest, |(address, _)| address),
        None => text,
    };
    let stops = ['.', ',', ';'];
    let text = text.trim_end_matches(stops);
    let bracketed = text.strip_suffix('>').and_then(|text| text.split_once('<'));
    let text = bracketed.map_or(text, |(_, address)| address);
    text.trim_matches(around).trim_end_matches(stops).to_owned()
}

/// The scheme of a link to an address (RFC 6068).
const MAILTO: &str = "mailto:";

/// A character of ASCII for its form of another width.
fn of_usual_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{fe6b}' => '@',
        _ => c,
    }
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
            ("MailTo:alex@example.com?subject=Hello%20there", "alex@example.com"),
            ("<alex@example.com>", "alex@example.com"),
            ("Alex <alex@example.com>", "alex@example.com"),
            ("\"Example, Alex\" <alex@example.com>,", "alex@example.com"),
            ("alex\u{ff20}example.com", "alex@example.com"),
            ("\u{ff41}lex\u{fe6b}example\u{ff0e}com", "alex@example.com"),
            ("a?b@example.com", "a?b@example.com"),
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
            "Alex <alex> <a@b>",
            "a@b <c@d",
            "a\u{ff20}b@c",
            "a@b\u{ff0c}c@d",
            "mailto:?subject=a@b",
            "a@.b",
            "a@b..c",
            "a\u{200b}@b",
            &long,
        ] {
            assert_eq!(EmailAddress::parse(text), Err(InvalidEmailAddress), "{text:?}");
        }
    }
}

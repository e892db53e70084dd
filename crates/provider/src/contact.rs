//! Where a user can be reached: e-mail addresses and phone numbers, parsed once at the edge.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use ciba::{email, phone_number};

/// An e-mail address in the form in which addresses are compared: 3 to 254 characters, one `@`, no
/// blanks or control characters.
///
/// Whether a mailbox exists is found out by a mail to it, not by a stricter pattern.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address is expected: name@domain")]
pub struct InvalidEmail;

impl Email {
    /// Reads an address from outside; case and the spelling of the domain do not matter.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        let (name, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>\"(),;:\\[]@".contains(c);
        let domain_is_good = !domain.is_empty()
            && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
        if name.is_empty() || text.len() > 254 || text.contains("..") || !domain_is_good {
            return Err(InvalidEmail);
        }
        if name.contains(odd) || domain.contains(odd) {
            return Err(InvalidEmail);
        }
        let normal = email::normal_form(text);
        if normal.len() > 254 { Err(InvalidEmail) } else { Ok(Self(normal)) }
    }

    /// The address, with the domain as the DNS has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with the domain as people write it: in rows of earlier versions it stands so.
    pub fn in_unicode(&self) -> String {
        email::unicode_form(&self.0)
    }
}

/// A phone number in E.164 form: `+` and 7 to 15 digits, the first not 0.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// The text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a phone number in E.164 form is expected, for example +15550100")]
pub struct InvalidPhoneNumber;

impl PhoneNumber {
    /// Reads a number from outside. A blank in front may be a `+` that a form decoder has turned.
    pub fn parse(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let digits = text.strip_prefix(['+', ' ']).ok_or(InvalidPhoneNumber)?;
        let good = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if good { Ok(Self(format!("+{digits}"))) } else { Err(InvalidPhoneNumber) }
    }

    /// Reads a number that names whom to ask, in whatever form people write numbers.
    pub fn of_hint(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let written = phone_number(text).map_err(|_| InvalidPhoneNumber);
        Self::parse(text).or_else(|_| Self::parse(&written?))
    }

    /// The number with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_type {
    ($name:ident, $error:ident) => {
        ciba::checked_text!($name or $error);

        impl fmt::Debug for $name {
            // Personal: a log line shows that there is one, not which.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    };
}

text_type!(Email, InvalidEmail);
text_type!(PhoneNumber, InvalidPhoneNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case() {
        assert_eq!(Email::parse(" Alex@Example.COM "), Email::parse("alex@example.com"));
        assert_eq!(Email::parse("a@münchen.example"), Email::parse("A@xn--mnchen-3ya.example"));
    }

    #[test]
    fn refuses_what_could_smuggle_a_header_or_a_second_address() {
        for text in
            ["", "@", "a@", "@b", "a b@c.d", "a@b\r\nBcc: x@y", "a@b,c@d", "<a@b>", "a@b..c"]
        {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn reads_e164_and_the_plus_that_became_a_blank() {
        assert_eq!(PhoneNumber::parse(" 15550100"), PhoneNumber::parse("+15550100"));
        for text in ["", "+", "15550100", "+0155501000", "+1555", "+1555010a", "+1 555 0100"] {
            assert_eq!(PhoneNumber::parse(text), Err(InvalidPhoneNumber), "{text:?}");
        }
    }

    #[test]
    fn a_hint_finds_the_number_however_it_is_written() {
        for text in ["+15550100", " 15550100", "+1 (555) 01-00", "tel:+1.555.0100"] {
            assert_eq!(PhoneNumber::of_hint(text), PhoneNumber::parse("+15550100"), "{text:?}");
        }
        assert_eq!(PhoneNumber::of_hint("5550100"), Err(InvalidPhoneNumber));
    }

    #[test]
    fn are_not_shown_in_logs() {
        let email = Email::parse("alex@example.com").unwrap();
        assert!(!format!("{email:?}").contains("alex"));
    }
}

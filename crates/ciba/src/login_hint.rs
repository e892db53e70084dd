//! `login_hint`: who is asked, freed of what people, keyboards and clipboards add to a number or an
//! address.

use crate::words;

use std::fmt;

/// The most bytes of a hint.
const LONGEST: usize = 254;

/// Countries that keep the zero of their national numbers behind the country's own: Italy.
const KEEP_THEIR_ZERO: [&str; 1] = ["+39"];

/// What a `login_hint` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginHintType {
    /// A phone number (E.164).
    Phone,
    /// An e-mail address.
    Email,
    /// The provider's own identifier.
    UserId,
}

/// The text is none of the three words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one of phone, email, user_id is expected")]
pub struct UnknownLoginHintType;

/// Who is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginHint {
    text: String,
    kind: LoginHintType,
    is_guessed: bool,
}

/// The text names nobody who could be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLoginHint {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// The number has no country.
    #[error("the phone number has no country; write it with its country, for example +15550100")]
    PhoneWithoutCountry,
    /// It is no phone number.
    #[error(
        "it is no phone number; write the country and the digits, for example +15550100, without \
         an extension"
    )]
    Phone,
    /// It is no e-mail address.
    #[error("it is no e-mail address; write one, for example alex@example.com")]
    Email,
    /// It has a blank or a character that nobody sees.
    #[error("it is no user_id: a blank or an invisible character is in it")]
    UserId,
    /// It is longer than any identifier.
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
}

words!(LoginHintType or UnknownLoginHintType {
    Phone = "phone",
    Email = "email",
    UserId = "user_id",
});

impl LoginHintType {
    /// What a hint looks like: an `@` makes an e-mail address, a plus sign or nothing but digits a
    /// phone number, and the rest is a `user_id`.
    pub fn guess(hint: &str) -> Self {
        let seen = visible(hint);
        if seen.contains('@') {
            return Self::Email;
        }
        if without_scheme(&seen, "tel:").len() < seen.len() {
            return Self::Phone;
        }
        let is_number = seen.chars().all(|c| digit(c).is_some() || is_separator(c))
            && seen.chars().filter(|c| digit(*c).is_some()).count() >= 5;
        // No user_id starts with a plus sign, so a short number is a mistake.
        if is_number || seen.starts_with(['+', '\u{ff0b}']) { Self::Phone } else { Self::UserId }
    }
}

impl LoginHint {
    /// Reads a hint as a person has typed or pasted it. Where nobody says what it is, it is guessed.
    pub fn parse(text: &str, named: Option<LoginHintType>) -> Result<Self, InvalidLoginHint> {
        if text.trim().is_empty() {
            return Err(InvalidLoginHint::Empty);
        }
        let kind = named.unwrap_or_else(|| LoginHintType::guess(text));
        let cleaned = match kind {
            LoginHintType::Phone => phone_number(text)?,
            LoginHintType::Email => email(text)?,
            LoginHintType::UserId => user_id(text)?,
        };
        if cleaned.len() > LONGEST {
            return Err(InvalidLoginHint::TooLong);
        }
        Ok(Self { text: cleaned, kind, is_guessed: named.is_none() })
    }

    /// The hint as it goes to the provider.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is.
    pub fn kind(&self) -> LoginHintType {
        self.kind
    }

    /// Whether nobody has said what it is.
    pub fn is_guessed(&self) -> bool {
        self.is_guessed
    }
}

impl fmt::Debug for LoginHint {
    // Personal: a log line shows that there is one, not which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginHint").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A phone number as E.164 writes it, from what people write: blanks, dashes, dots, slashes and
/// brackets between the digits, `(0)`, `00` for the plus sign, `tel:` in front, digits of other
/// scripts, and the marks that turn text around in a right-to-left sentence.
pub fn phone_number(text: &str) -> Result<String, InvalidLoginHint> {
    let seen = visible(text);
    let written: String = without_scheme(&seen, "tel:")
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '\u{ff0b}' => '+',
            other => digit(other).unwrap_or(other),
        })
        .collect();
    let written = match written.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => written,
    };
    let written = if KEEP_THEIR_ZERO.iter().any(|country| written.starts_with(country)) {
        written
    } else if written.starts_with('+') {
        written.replacen("(0)", "", 1)
    } else {
        written
    };
    let bare: String = written.chars().filter(|c| !is_separator(*c)).collect();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match bare.strip_prefix('+') {
        Some(digits) if is_digits(digits) && (7..=15).contains(&digits.len()) => {
            if digits.starts_with('0') { Err(InvalidLoginHint::Phone) } else { Ok(bare) }
        }
        None if is_digits(&bare) => Err(InvalidLoginHint::PhoneWithoutCountry),
        _ => Err(InvalidLoginHint::Phone),
    }
}

/// An e-mail address, freed of `mailto:`, of the name in front of `<…>`, and of invisible characters.
fn email(text: &str) -> Result<String, InvalidLoginHint> {
    let seen = visible(text);
    let address = without_scheme(&seen, "mailto:");
    // What follows in a link is the mail's subject and the like.
    let address = if address.len() < seen.len() {
        address.split_once('?').map_or(address, |(address, _)| address)
    } else {
        address
    };
    let address = match address.strip_suffix('>').and_then(|inner| inner.rsplit_once('<')) {
        Some((_, inner)) => inner,
        None => address,
    };
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "<>".contains(c);
    match address.split_once('@') {
        Some((local, domain))
            if !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !address.contains(is_odd) =>
        {
            Ok(address.to_owned())
        }
        _ => Err(InvalidLoginHint::Email),
    }
}

/// A user's identifier is the provider's own text: nothing is taken out of it.
fn user_id(text: &str) -> Result<String, InvalidLoginHint> {
    let text = text.trim();
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
    if text.contains(is_odd) { Err(InvalidLoginHint::UserId) } else { Ok(text.to_owned()) }
}

/// The text that a person sees.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).collect::<String>().trim().to_owned()
}

/// Characters without a picture that come along when a number or an address is copied.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// What stands between the digits of a number.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || "-.()/[]".contains(c)
        || matches!(c, '\u{b7}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
}

/// The digit, of whichever script people type numbers in.
fn digit(c: char) -> Option<char> {
    let zeros = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{ff10}'];
    let value = zeros.into_iter().find_map(|zero| {
        u32::from(c).checked_sub(u32::from(zero)).filter(|distance| *distance < 10)
    });
    value.and_then(|value| char::from_digit(value, 10))
}

fn without_scheme<'a>(text: &'a str, scheme: &str) -> &'a str {
    match text.get(..scheme.len()) {
        Some(start) if start.eq_ignore_ascii_case(scheme) => text[scheme.len()..].trim_start(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, LoginHintType), InvalidLoginHint> {
        LoginHint::parse(text, None).map(|hint| (hint.text, hint.kind))
    }

    #[test]
    fn a_number_is_the_same_however_it_was_written_or_copied() {
        for text in [
            "+442079460018",
            "+44 (0)20 7946 0018",
            "+44 ( 0 ) 20 7946 0018",
            "+44(0)20.7946.0018",
            "+44/20/7946/0018",
            "+44\u{a0}20\u{a0}7946\u{202f}0018",
            "\u{202a}+44 20 7946 0018\u{202c}",
            "+44 20\u{2011}7946\u{2011}0018",
            "\u{200e}+44\u{2013}20\u{2013}79460018",
            " +44 20 7946 0018",
            "tel:+44-20-7946-0018",
            "TEL: +44 20 7946 0018",
            "0044 20 7946 0018",
            "\u{ff0b}\u{ff14}\u{ff14} 20 7946 0018",
            "+\u{664}\u{664}\u{662}\u{660}\u{667}\u{669}\u{664}\u{666}\u{660}\u{660}\u{661}\u{668}",
        ] {
            assert_eq!(read(text), Ok(("+442079460018".into(), LoginHintType::Phone)), "{text:?}");
        }
        let rome = "+39 (0)6 1234 5678";
        assert_eq!(read(rome).unwrap().0, "+390612345678", "Italy's zero is dialled from abroad");
    }

    #[test]
    fn what_is_no_number_is_said_to_be_none() {
        for (text, why) in [
            ("020 7946 0018", InvalidLoginHint::PhoneWithoutCountry),
            ("(020) 7946-0018", InvalidLoginHint::PhoneWithoutCountry),
            ("5550100", InvalidLoginHint::PhoneWithoutCountry),
            ("+1", InvalidLoginHint::Phone),
            ("+1 555 0100 0100 0100 0100", InvalidLoginHint::Phone),
            ("+0 555 0100", InvalidLoginHint::Phone),
            ("+1 800 555 0199 ext. 12", InvalidLoginHint::Phone),
            ("tel:+18005550199;ext=12", InvalidLoginHint::Phone),
            ("+1 555 0100 +1 555 0101", InvalidLoginHint::Phone),
        ] {
            assert_eq!(read(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_the_same_however_it_was_copied() {
        for text in [
            "alex@example.com",
            " alex@example.com\n",
            "\u{feff}alex@\u{200b}example.com",
            "mailto:alex@example.com",
            "MAILTO:alex@example.com?subject=Hello%20there",
            "Alex Example <alex@example.com>",
        ] {
            assert_eq!(
                read(text),
                Ok(("alex@example.com".into(), LoginHintType::Email)),
                "{text:?}"
            );
        }
        for text in ["alex@", "@example.com", "a b@example.com", "a@b@c", "<a@b", "mailto:@"] {
            assert_eq!(read(text), Err(InvalidLoginHint::Email), "{text:?}");
        }
    }

    #[test]
    fn a_user_id_is_left_as_it_is_or_refused() {
        for text in ["4Zc0nEh2_qkd", "1234", "tele.com", "a/b.c-d"] {
            assert_eq!(read(text), Ok((text.into(), LoginHintType::UserId)), "{text:?}");
        }
        let named = LoginHint::parse("+1 555", Some(LoginHintType::UserId));
        assert_eq!(named, Err(InvalidLoginHint::UserId));
        let named = LoginHint::parse("+15550100", Some(LoginHintType::UserId)).unwrap();
        assert_eq!((named.as_str(), named.is_guessed()), ("+15550100", false));
        for (text, why) in [
            ("", InvalidLoginHint::Empty),
            (" \u{a0}", InvalidLoginHint::Empty),
            ("a b", InvalidLoginHint::UserId),
            ("a\u{200b}b", InvalidLoginHint::UserId),
            (&"x".repeat(255), InvalidLoginHint::TooLong),
        ] {
            assert_eq!(read(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn is_not_shown_in_logs() {
        let hint = LoginHint::parse("alex@example.com", None).unwrap();
        assert!(!format!("{hint:?}").contains("alex"));
    }
}

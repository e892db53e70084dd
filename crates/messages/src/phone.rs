//! Telephone numbers as companies print them, and the `tel:` addresses that dial them (RFC 3966).

/// The longest number in the world: 15 digits after the plus sign (ITU-T E.164, section 6.1). National
/// prefixes and numbers within a country are shorter.
const MOST_DIGITS: usize = 15;

/// The words before an extension, the longest first.
const EXTENSION: [&str; 7] = ["extension", ";ext=", "ext.", "ext", "x.", "x", "#"];

/// The text is not a number that a link can dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPhone {
    /// A letter, or another character that no keypad has.
    #[error("{0:?} cannot be dialled: write the number in digits")]
    Character(char),
    /// Two digits at least, and no more than there are.
    #[error("a number has 3 to 15 digits")]
    Length,
    /// Digits that follow something that looks like an extension.
    #[error("the extension is not in digits")]
    Extension,
}

/// The `tel:` address of a printed number. `(0)` after a country's code is dialled within that country
/// only, so it is left out.
pub fn tel_uri(printed: &str) -> Result<String, InvalidPhone> {
    let lower = printed.trim().to_lowercase();
    let split = EXTENSION.iter().find_map(|word| lower.split_once(word));
    let (number, extension) = split.map_or((&lower[..], None), |(number, ext)| (number, Some(ext)));
    let compact: String = number.chars().filter(|c| !is_space(*c)).collect();
    let is_international = compact.trim_start_matches('(').starts_with('+');
    let compact = if is_international { compact.replacen("(0)", "", 1) } else { compact };
    let dialled: String = compact.chars().filter(|c| !is_separator(*c)).collect();
    let digits = dialled.strip_prefix('+').unwrap_or(&dialled);
    if let Some(other) = digits.chars().find(|c| !c.is_ascii_digit()) {
        return Err(InvalidPhone::Character(other));
    }
    if !(3..=MOST_DIGITS).contains(&digits.len()) {
        return Err(InvalidPhone::Length);
    }
    let Some(extension) = extension else { return Ok(format!("tel:{dialled}")) };
    let extension: String =
        extension.chars().filter(|c| !is_space(*c) && !is_separator(*c)).collect();
    let is_number = (1..=8).contains(&extension.len())
        && extension.chars().all(|character| character.is_ascii_digit());
    if is_number {
        Ok(format!("tel:{dialled};ext={extension}"))
    } else {
        Err(InvalidPhone::Extension)
    }
}

fn is_space(character: char) -> bool {
    character.is_whitespace()
}

/// What is printed between digits.
fn is_separator(character: char) -> bool {
    matches!(character, '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_dialled_as_it_is_printed() {
        for (printed, dialled) in [
            ("+44 (0)20 7946 0018", "tel:+442079460018"),
            ("(+44) (0) 20 7946 0018", "tel:+442079460018"),
            ("+1 800 555 0199 ext. 12", "tel:+18005550199;ext=12"),
            ("+1 (800) 555-0199 x12", "tel:+18005550199;ext=12"),
            ("+1-800-555-0199 Extension 1 2", "tel:+18005550199;ext=12"),
            ("+49 30 901820 #4", "tel:+4930901820;ext=4"),
            ("0800 123 4567", "tel:08001234567"),
            ("(030) 90 18 20", "tel:030901820"),
            ("030/901820\u{2013}0", "tel:0309018200"),
            ("+33\u{a0}1\u{202f}23.45.67.89", "tel:+33123456789"),
            ("116 117", "tel:116117"),
            ("0044 20 7946 0018", "tel:00442079460018"),
        ] {
            assert_eq!(tel_uri(printed).as_deref(), Ok(dialled), "{printed}");
        }
    }

    #[test]
    fn what_no_keypad_has_is_refused() {
        for (printed, error) in [
            ("0800 DOCTOR", InvalidPhone::Character('d')),
            ("call us", InvalidPhone::Character('c')),
            ("0800 1234 or 0800 5678", InvalidPhone::Character('o')),
            ("+44 20 +7946", InvalidPhone::Character('+')),
            ("\u{202a}+44 20 7946 0018\u{202c}", InvalidPhone::Character('\u{202a}')),
            ("٠٨٠٠ ١٢٣", InvalidPhone::Character('٠')),
            ("", InvalidPhone::Length),
            ("12", InvalidPhone::Length),
            ("0800 123 4567 / 0800 123 4568", InvalidPhone::Length),
            ("+1 800 555 0199 ext. twelve", InvalidPhone::Extension),
            ("+1 800 555 0199 x", InvalidPhone::Extension),
        ] {
            assert_eq!(tel_uri(printed), Err(error), "{printed}");
        }
    }
}

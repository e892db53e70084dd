//! Text from outside, made safe to look at.
//!
//! Escaping keeps markup out; this keeps out what deceives the eye: controls, characters that turn
//! the reading direction, and characters that are there and not seen (Unicode UAX #9, UTS #55).

use std::collections::BTreeMap;
use std::fmt;

/// Text that may be shown, and what was taken out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Displayable {
    /// The text without what deceives.
    pub text: String,
    /// How many characters of each kind were removed. For the log: it holds nothing of the text.
    pub removed: BTreeMap<Deceit, usize>,
}

/// Why a character is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deceit {
    /// A control character, a line or paragraph separator.
    Control,
    /// It turns the reading direction.
    Direction,
    /// It has no width, or only fills.
    Invisible,
    /// A tag or a variation selector: it can carry hidden text.
    Tag,
    /// Private use, or no character at all.
    Unassigned,
}

impl fmt::Display for Deceit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "control",
            Self::Direction => "direction",
            Self::Invisible => "invisible",
            Self::Tag => "tag",
            Self::Unassigned => "unassigned",
        })
    }
}

/// Removes what deceives. Line breaks and tabs become spaces.
pub fn clean(text: &str) -> Displayable {
    let mut out = String::with_capacity(text.len());
    let mut removed = BTreeMap::new();
    for character in text.chars() {
        match judge(character) {
            None => out.push(character),
            Some(deceit) => {
                *removed.entry(deceit).or_insert(0) += 1;
                if matches!(character, '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
                    out.push(' ');
                }
            }
        }
    }
    Displayable { text: out.trim().to_owned(), removed }
}

/// Removes what deceives from `text`, and logs how many characters of which kind that were: somebody
/// has put them there. `origin` says where the text comes from; nothing of the text is logged.
pub fn shown(origin: &'static str, text: &str) -> String {
    let Displayable { text, removed } = clean(text);
    if !removed.is_empty() {
        let removed =
            removed.iter().map(|(deceit, count)| format!("{count} {deceit}")).collect::<Vec<_>>();
        let removed = removed.join(", ");
        tracing::warn!(origin, removed, "characters that deceive the eye were not shown");
    }
    text
}

fn judge(character: char) -> Option<Deceit> {
    let code = u32::from(character);
    match character {
        _ if character.is_control() => Some(Deceit::Control),
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' => Some(Deceit::Control),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(Deceit::Direction)
        }
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{1d173}'..='\u{1d17a}' => Some(Deceit::Invisible),
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}' => Some(Deceit::Tag),
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fdd0}'..='\u{fdef}' => {
            Some(Deceit::Unassigned)
        }
        '\u{fff0}'..='\u{fff8}' | '\u{fffd}' => Some(Deceit::Unassigned),
        _ if code & 0xfffe == 0xfffe => Some(Deceit::Unassigned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::sync::Mutex;

    use super::*;

    fn logged(work: impl FnOnce()) -> String {
        let mut log = tempfile::tempfile().unwrap();
        let writer = Mutex::new(log.try_clone().unwrap());
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
        tracing::subscriber::with_default(subscriber, work);
        let mut lines = String::new();
        log.rewind().unwrap();
        log.read_to_string(&mut lines).unwrap();
        lines
    }

    #[test]
    fn what_was_removed_is_logged_by_kind_and_number_and_nothing_of_the_text() {
        let log = logged(|| {
            assert_eq!(shown("scope", "pay\u{202e}ments\u{200b}\u{200b}"), "payments");
        });
        assert!(log.contains("WARN") && log.contains("origin=\"scope\""), "{log}");
        assert!(log.contains("1 direction, 2 invisible"), "{log}");
        assert!(!log.contains("pay"), "{log}");
        assert_eq!(logged(|| assert_eq!(shown("scope", "payments"), "payments")), "");
    }

    #[test]
    fn ordinary_text_of_every_script_stays_as_it_is() {
        for text in ["Example Bank", "Banque de l’Été", "بنك المثال", "例え銀行", "Ωμέγα 🏦"]
        {
            let shown = clean(text);
            assert_eq!(shown.text, text);
            assert!(shown.removed.is_empty(), "{:?}", shown.removed);
        }
    }

    #[test]
    fn what_deceives_is_removed_and_counted() {
        for (text, expected, deceit) in [
            ("a\u{202e}b", "ab", Deceit::Direction),
            ("a\u{2066}b\u{2069}", "ab", Deceit::Direction),
            ("a\u{200b}b", "ab", Deceit::Invisible),
            ("a\u{ad}b", "ab", Deceit::Invisible),
            ("a\u{e0041}b", "ab", Deceit::Tag),
            ("a\u{fe0f}b", "ab", Deceit::Tag),
            ("a\nb", "a b", Deceit::Control),
            ("a\u{0}b", "ab", Deceit::Control),
            ("a\u{1b}[31mb", "a[31mb", Deceit::Control),
            ("a\u{e000}b", "ab", Deceit::Unassigned),
            ("a\u{1fffe}b", "ab", Deceit::Unassigned),
        ] {
            let shown = clean(text);
            assert_eq!(shown.text, expected, "{text:?}");
            assert!(shown.removed.contains_key(&deceit), "{text:?}: {:?}", shown.removed);
        }
    }
}

//! The code itself: how it is drawn, written and read.

use std::fmt;

use serde::{Deserialize, Serialize};

use platform::ids::{Entropy, NoEntropy};

/// Digits and consonants: no words come out. Of signs that are taken for one another (0 O, 1 I L, 2 Z,
/// 5 S, 8 B, V U) one is in it.
const ALPHABET: &[u8; 27] = b"0123456789CDFGHJKMNPQRTVWXY";

/// What is typed instead of a sign of the alphabet, and what it is.
const LOOK_ALIKES: [(char, char); 7] =
    [('O', '0'), ('I', '1'), ('L', '1'), ('Z', '2'), ('S', '5'), ('B', '8'), ('U', 'V')];

/// How many characters a code has: 27^8 codes, 38 bits.
const LENGTH: usize = 8;

/// How many of them are read out in one breath.
const GROUP: usize = 4;

/// A code that an agent reads out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgentCode(String);

/// The text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not eight characters of the codes' alphabet")]
pub struct InvalidAgentCode;

impl AgentCode {
    /// Draws one.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut code = String::with_capacity(LENGTH);
        for _ in 0..LENGTH {
            let drawn = usize::try_from(entropy.below(27)?).unwrap_or_default();
            code.push(ALPHABET.get(drawn).copied().map_or('0', char::from));
        }
        Ok(Self(code))
    }

    /// Reads ASCII characters without spaces or dashes, in upper or lower case, look-alikes included.
    pub fn parse(text: &str) -> Result<Self, InvalidAgentCode> {
        let code: String = text.chars().map(meant).collect();
        let is_code = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        is_code.then_some(Self(code)).ok_or(InvalidAgentCode)
    }

    /// Without the space between the groups.
    pub(super) fn bare(&self) -> &str {
        &self.0
    }
}

fn meant(typed: char) -> char {
    let upper = typed.to_ascii_uppercase();
    LOOK_ALIKES.iter().find(|(other, _)| *other == upper).map_or(upper, |(_, meant)| *meant)
}

/// In two groups.
impl fmt::Display for AgentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(GROUP);
        write!(f, "{first} {second}")
    }
}

impl fmt::Debug for AgentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentCode(hidden)")
    }
}

ciba::checked_text!(AgentCode or InvalidAgentCode);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use platform::ids::SystemEntropy;

    #[test]
    fn a_code_has_two_groups_and_is_read_as_it_is_written() {
        let mut seen = HashSet::new();
        for _ in 0..2000 {
            let code = AgentCode::draw(&SystemEntropy).unwrap();
            let written = code.to_string();
            assert_eq!((written.len(), written.find(' ')), (9, Some(4)), "{written}");
            let bare = written.replace(' ', "");
            assert_eq!(AgentCode::parse(&bare).unwrap(), code);
            assert_eq!(AgentCode::parse(&bare.to_lowercase()).unwrap(), code);
            seen.extend(bare.bytes());
        }
        assert_eq!(seen.len(), ALPHABET.len(), "every character is drawn");
    }

    #[test]
    fn nobody_can_take_one_character_of_a_code_for_another() {
        for (typed, meant) in
            [("ozisblu0", "021581V0"), ("OZISBLU0", "021581V0"), ("7k4hq0o0", "7K4HQ000")]
        {
            assert_eq!(AgentCode::parse(typed).unwrap().bare(), meant, "{typed}");
        }
        for (other, meant) in LOOK_ALIKES {
            assert!(!ALPHABET.contains(&u8::try_from(other).unwrap()), "{other}");
            assert!(ALPHABET.contains(&u8::try_from(meant).unwrap()), "{meant}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in ["", "7K4HQ0R", "7K4HQ0R22", "7K4H Q0R2", "AEAEAEAE", "7K4HQ0Ré", "<script>"] {
            assert_eq!(AgentCode::parse(text), Err(InvalidAgentCode), "{text}");
        }
    }
}

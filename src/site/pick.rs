//! The three references among which a person picks the agent's: the true one and two that look like
//! it. They are the same for a request whenever they are shown: of two drawings only the true one
//! would be in both.

use std::sync::atomic::{AtomicU64, Ordering};

use super::pages::pick::NONE_OF_THESE;
use super::request::HeldRequest;
use ciba::{BindingMessage, RequestHandle};
use platform::ids::{Entropy, NoEntropy};
use platform::seal::Sealer;

const PURPOSE: &str = "site.pick";

/// How many there are to choose from.
pub const CHOICES: usize = 3;

/// How often another decoy is drawn before the reference is called too short for decoys.
const DRAWS: usize = 50;

/// What was picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picked {
    /// Nothing.
    Nothing,
    /// That it is none of them.
    NoneOfThese,
    /// Another than the agent's.
    Wrong,
    /// The agent's.
    Right,
}

impl Picked {
    /// What a form's field says of these choices.
    pub fn of(
        field: Option<&str>,
        choices: &[BindingMessage],
        message: Option<&BindingMessage>,
    ) -> Self {
        let is_right = |text: &str| {
            message.is_some_and(|message| message.as_str() == text)
                && choices.iter().any(|choice| choice.as_str() == text)
        };
        match field {
            None | Some("") => Self::Nothing,
            Some(NONE_OF_THESE) => Self::NoneOfThese,
            Some(text) if is_right(text) => Self::Right,
            Some(_) => Self::Wrong,
        }
    }
}

/// The choices of a request. `None` where its reference is missing, or too short to have two that
/// look like it.
pub fn choices(sealer: &Sealer, request: &HeldRequest) -> Option<Vec<BindingMessage>> {
    let message = request.message.as_ref()?;
    let derived = Derived { sealer, handle: request.handle(), drawn: AtomicU64::new(0) };
    draw(&derived, message).ok().flatten()
}

/// Bytes that nobody can tell from random ones who does not have the key, the same for a request each
/// time.
#[derive(Debug)]
struct Derived<'a> {
    sealer: &'a Sealer,
    handle: RequestHandle,
    drawn: AtomicU64,
}

impl Entropy for Derived<'_> {
    fn fill(&self, destination: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in destination.chunks_mut(32) {
            let count = self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let parts: [&[u8]; 2] = [self.handle.as_str().as_bytes(), &count];
            let hash = self.sealer.keyed_hash(PURPOSE, &parts);
            for (byte, drawn) in chunk.iter_mut().zip(hash) {
                *byte = drawn;
            }
        }
        Ok(())
    }
}

/// The true reference and two decoys of the same shape, in an order that says nothing. `None` where
/// the reference is too short to have two that look like it.
fn draw(
    entropy: &dyn Entropy,
    message: &BindingMessage,
) -> Result<Option<Vec<BindingMessage>>, NoEntropy> {
    let mut choices = vec![message.clone()];
    for _ in 0..DRAWS {
        if choices.len() == CHOICES {
            break;
        }
        let Ok(decoy) = BindingMessage::parse(&lookalike(entropy, message.as_str())?) else {
            continue;
        };
        if !choices.contains(&decoy) {
            choices.push(decoy);
        }
    }
    if choices.len() < CHOICES {
        return Ok(None);
    }
    // Fisher and Yates.
    for last in (1..choices.len()).rev() {
        let other = entropy.below(u32::try_from(last + 1).unwrap_or(1))?;
        choices.swap(last, usize::try_from(other).unwrap_or_default());
    }
    Ok(Some(choices))
}

/// Another text of the same shape. Where there are digits, only they change: `CASE-4711` becomes
/// `CASE-8302`, and the word says nothing about which is true. Without two digits letters change,
/// vowels into vowels.
fn lookalike(entropy: &dyn Entropy, text: &str) -> Result<String, NoEntropy> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.chars()
        .map(|c| match c {
            '0'..='9' => one_of(entropy, b"0123456789"),
            _ if digits >= 2 => Ok(c),
            'a' | 'e' | 'i' | 'o' | 'u' => one_of(entropy, b"aeiou"),
            'A' | 'E' | 'I' | 'O' | 'U' => one_of(entropy, b"AEIOU"),
            'a'..='z' => one_of(entropy, b"bcdfghklmnprstvw"),
            'A'..='Z' => one_of(entropy, b"BCDFGHKLMNPRSTVW"),
            other => Ok(other),
        })
        .collect()
}

fn one_of(entropy: &dyn Entropy, alphabet: &[u8]) -> Result<char, NoEntropy> {
    let bound = u32::try_from(alphabet.len()).unwrap_or(1);
    let index = usize::try_from(entropy.below(bound)?).unwrap_or_default();
    Ok(alphabet.get(index).copied().map_or('0', char::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::ids::SystemEntropy;

    fn drawn(text: &str) -> Option<Vec<BindingMessage>> {
        draw(&SystemEntropy, &BindingMessage::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn three_differ_and_one_is_true() {
        for text in ["CASE-4711", "hello", "a1", "X#1/2?", "12345678901234567890"] {
            let choices = drawn(text).unwrap();
            assert_eq!(choices.len(), CHOICES, "{text}");
            assert_eq!(choices.iter().filter(|choice| choice.as_str() == text).count(), 1);
            assert!(choices.iter().all(|choice| choice.as_str().len() == text.len()));
        }
    }

    #[test]
    fn a_word_beside_digits_stays_as_it_is() {
        let choices = drawn("CASE-4711").unwrap();
        assert!(choices.iter().all(|choice| choice.as_str().starts_with("CASE-")));
    }

    #[test]
    fn every_place_is_as_likely() {
        let mut places = [0_u32; CHOICES];
        for _ in 0..600 {
            let choices = drawn("CASE-4711").unwrap();
            let place = choices.iter().position(|choice| choice.as_str() == "CASE-4711").unwrap();
            places[place] += 1;
        }
        assert!(places.iter().all(|count| (120..=280).contains(count)), "{places:?}");
    }

    #[test]
    fn what_has_no_lookalike_has_no_choices() {
        assert_eq!(drawn("!?!"), None);
    }
}

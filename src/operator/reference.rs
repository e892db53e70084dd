//! References that both sides can read out to each other.

use ciba::BindingMessage;
use platform::ids::{Entropy, NoEntropy};

/// Neither vowels (no words come out) nor signs that are taken for one another (0 O, 1 I L, 5 S,
/// 8 B, U V).
const ALPHABET: &[u8; 20] = b"CDFGHJKMNPQRTWXY3479";

/// A new reference such as `K7Q-4MX-PD9`: nine characters of twenty, 38 bits, so that no two open
/// requests share one.
pub fn new_reference(entropy: &dyn Entropy) -> Result<BindingMessage, NoEntropy> {
    let mut text = String::with_capacity(11);
    for position in 0..9 {
        if position > 0 && position % 3 == 0 {
            text.push('-');
        }
        let drawn = entropy.below(20)? as usize;
        text.push(char::from(ALPHABET[drawn]));
    }
    // Eleven characters of the message's own alphabet.
    BindingMessage::parse(&text).map_err(|_| NoEntropy)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use platform::ids::SystemEntropy;

    #[test]
    fn references_are_short_unambiguous_and_differ() {
        let made: HashSet<String> =
            (0..1000).map(|_| new_reference(&SystemEntropy).unwrap().to_string()).collect();
        assert_eq!(made.len(), 1000);
        for reference in made {
            assert_eq!(reference.len(), 11);
            assert!(reference.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)));
        }
    }
}

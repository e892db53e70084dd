//! Randomness as an argument, the identifiers that are made from it, and what is stored in their place.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SecureRandom;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A source of randomness that is passed to whoever needs it.
pub trait Entropy: fmt::Debug + Send + Sync {
    /// Fills `destination` with random bytes.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`] where the machine gives none; nothing may go on without it.
    fn fill(&self, destination: &mut [u8]) -> Result<(), NoEntropy>;
}

/// A shared source of randomness.
pub type SharedEntropy = Arc<dyn Entropy>;

/// The machine gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine gave no random bytes")]
pub struct NoEntropy;

impl dyn Entropy + '_ {
    /// An array of random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// `N` random bytes as base64url without padding: 16 give 22 characters, 32 give 43.
    pub fn token<const N: usize>(&self) -> Result<String, NoEntropy> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes::<N>()?))
    }

    /// A number below `bound`, each as likely as the others.
    pub fn below(&self, bound: u32) -> Result<u32, NoEntropy> {
        // The last, incomplete block would favour small numbers: draw again.
        let limit = u32::MAX - u32::MAX % bound.max(1);
        loop {
            let drawn = u32::from_le_bytes(self.bytes()?);
            if drawn < limit {
                return Ok(drawn % bound.max(1));
            }
        }
    }
}

/// Whether a text can be [a token](trait.Entropy.html#method.token) of `N` bytes.
pub fn is_token<const N: usize>(text: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == (N * 8).div_ceil(6) && text.bytes().all(is_base64url)
}

/// SHA-256 as base64url: what is stored of a secret, and a PKCE challenge (RFC 7636, section 4.2).
pub fn digest(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// The machine's own randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, destination: &mut [u8]) -> Result<(), NoEntropy> {
        aws_lc_rs::rand::SystemRandom::new().fill(destination).map_err(|_| NoEntropy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_the_promised_length_and_differ() {
        let entropy: &dyn Entropy = &SystemEntropy;
        let (a, b) = (entropy.token::<16>().unwrap(), entropy.token::<16>().unwrap());
        assert_eq!(a.len(), 22);
        assert_ne!(a, b);
        assert!(
            is_token::<16>(&a) && !is_token::<32>(&a) && !is_token::<16>(&a.replace(&a[..1], "."))
        );
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let entropy: &dyn Entropy = &SystemEntropy;
        for _ in 0..1000 {
            assert!(entropy.below(7).unwrap() < 7);
        }
    }
}

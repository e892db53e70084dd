//! Authenticated encryption for what leaves our hands and must come back unchanged: cookies, and
//! secrets at rest.

use std::fmt;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20::{R20, hchacha};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ids::{NoEntropy, SharedEntropy};
use crate::settings::SessionConfig;

/// A key of 32 random bytes, written in configuration as base64.
#[derive(Clone)]
pub struct SealingKey([u8; 32]);

/// The text is not a sealing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("parse a sealing key: 32 random bytes in base64 are expected (openssl rand -base64 32)")]
pub struct InvalidSealingKey;

/// Nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The machine gave no randomness for the nonce.
    #[error("seal a value")]
    Entropy(#[from] NoEntropy),
    /// The value has no JSON form, or the cipher refused it.
    #[error("seal a value: it cannot be encoded")]
    Encode,
}

/// What should be opened was not sealed by us, for this purpose, with a key that is still live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("open a sealed value: it was not sealed here, for this purpose, with a live key")]
pub struct NotSealedHere;

impl SealingKey {
    /// Reads a key from configuration: 32 bytes as base64, either alphabet.
    pub fn parse(text: &str) -> Result<Self, InvalidSealingKey> {
        let trimmed = text.trim();
        let bytes = STANDARD
            .decode(trimmed)
            .or_else(|_| URL_SAFE_NO_PAD.decode(trimmed))
            .map_err(|_| InvalidSealingKey)?;
        // A key of equal bytes is a placeholder, not a secret.
        let key: [u8; 32] = bytes.try_into().map_err(|_| InvalidSealingKey)?;
        if key.iter().all(|byte| *byte == key[0]) {
            return Err(InvalidSealingKey);
        }
        Ok(Self(key))
    }

    /// The key and the nonce of ChaCha20-Poly1305 that XChaCha20-Poly1305 derives for one value
    /// (draft-irtf-cfrg-xchacha-03, section 2.3): the long nonce is what may be drawn at random for ever.
    fn under(&self, nonce: &[u8; NONCE_LENGTH]) -> Option<(LessSafeKey, Nonce)> {
        let (for_key, rest) = nonce.split_first_chunk::<16>()?;
        let key = hchacha::<R20>(&self.0.into(), &(*for_key).into());
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).ok()?;
        let nonce = [[0; 4].as_slice(), rest].concat();
        Some((LessSafeKey::new(key), Nonce::try_assume_unique_for_key(&nonce).ok()?))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(hidden)")
    }
}

/// Seals with the current key; opens with the current and the previous one, so that keys can be
/// changed while requests are under way. XChaCha20-Poly1305 with a random nonce; the purpose is
/// authenticated with the value, so a value sealed for one purpose never opens for another.
#[derive(Clone)]
pub struct Sealer {
    current: SealingKey,
    previous: Option<SealingKey>,
    hashing: hmac::Key,
    entropy: SharedEntropy,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(hidden)")
    }
}

const NONCE_LENGTH: usize = 24;
const TAG_LENGTH: usize = 16;

/// The nonce under which a value was sealed, as it is written: no two sealed values share one.
pub fn nonce(sealed: &str) -> Option<&str> {
    // Three bytes are four characters, so no character is shared with what follows.
    sealed.get(..NONCE_LENGTH / 3 * 4)
}

impl Sealer {
    /// The sealer of the configured keys.
    ///
    /// # Errors
    ///
    /// [`InvalidSealingKey`] where the current one is missing, or either is malformed.
    pub fn of(session: &SessionConfig, entropy: &SharedEntropy) -> Result<Self, InvalidSealingKey> {
        let current = session.sealing_key.as_ref().ok_or(InvalidSealingKey)?;
        let current = SealingKey::parse(current.expose())?;
        let previous = session.previous_sealing_key.as_ref();
        let previous = previous.map(|key| SealingKey::parse(key.expose())).transpose()?;
        Ok(Self::new(&current, previous.as_ref(), entropy.clone()))
    }

    /// A sealer with the current key and, during a rotation, the one before.
    pub fn new(
        current: &SealingKey,
        previous: Option<&SealingKey>,
        entropy: SharedEntropy,
    ) -> Self {
        // The hashes have a key of their own, so that neither use says anything about the other.
        let base = hmac::Key::new(hmac::HMAC_SHA256, &current.0);
        let derived = hmac::sign(&base, b"ciba-login keyed hash");
        let hashing = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        Self { current: current.clone(), previous: previous.cloned(), hashing, entropy }
    }

    /// A hash that nobody can make or try through without the current key: for codes of a few
    /// digits at rest, and for values that must look random and stay the same. It changes with the
    /// key.
    pub fn keyed_hash(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.hashing);
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            // With its length in front no part can run into the next.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }

    /// Seals a value for `purpose` and returns it as base64url.
    pub fn seal<T: Serialize>(&self, purpose: &str, value: &T) -> Result<String, SealError> {
        let nonce = self.entropy.bytes::<NONCE_LENGTH>()?;
        let (key, key_nonce) = self.current.under(&nonce).ok_or(SealError::Encode)?;
        let mut sealed = nonce.to_vec();
        serde_json::to_writer(&mut sealed, value).map_err(|_| SealError::Encode)?;
        let (_, plain) = sealed.split_at_mut(NONCE_LENGTH);
        let tag = key
            .seal_in_place_separate_tag(key_nonce, Aad::from(purpose), plain)
            .map_err(|_| SealError::Encode)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what [`Sealer::seal`] made for the same purpose.
    ///
    /// # Errors
    ///
    /// [`NotSealedHere`] for everything else, without saying which fault it was.
    pub fn open<T: DeserializeOwned>(&self, purpose: &str, text: &str) -> Result<T, NotSealedHere> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotSealedHere)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(NotSealedHere)?;
        let (sealed, tag) = sealed.split_last_chunk::<TAG_LENGTH>().ok_or(NotSealedHere)?;
        let mut plain = vec![0; sealed.len()];
        let keys = [Some(&self.current), self.previous.as_ref()];
        let is_ours = keys.into_iter().flatten().any(|key| {
            key.under(nonce).is_some_and(|(key, nonce)| {
                let purpose = Aad::from(purpose);
                key.open_separate_gather(nonce, purpose, sealed, tag, &mut plain).is_ok()
            })
        });
        if is_ours {
            serde_json::from_slice(&plain).map_err(|_| NotSealedHere)
        } else {
            Err(NotSealedHere)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ids::SystemEntropy;

    fn key(seed: u8) -> SealingKey {
        let mut bytes = [seed; 32];
        bytes[0] = seed.wrapping_add(1);
        SealingKey(bytes)
    }

    fn sealer(current: u8, previous: Option<u8>) -> Sealer {
        Sealer::new(&key(current), previous.map(key).as_ref(), Arc::new(SystemEntropy))
    }

    #[test]
    fn opens_what_it_sealed_and_only_for_the_same_purpose() {
        let sealed = sealer(1, None).seal("request", &"value").unwrap();
        assert_eq!(sealer(1, None).open::<String>("request", &sealed).unwrap(), "value");
        assert_eq!(sealer(1, None).open::<String>("social", &sealed), Err(NotSealedHere));
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_cipher_is_xchacha20_poly1305() {
        let key = SealingKey(std::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap()));
        let nonce = std::array::from_fn(|at| 0x40 + u8::try_from(at).unwrap());
        let (key, nonce) = key.under(&nonce).unwrap();
        let mut text =
            *b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for \
                          the future, sunscreen would be it.";
        let purpose =
            Aad::from([0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7]);
        let tag = key.seal_in_place_separate_tag(nonce, purpose, &mut text).unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(&text),
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
             731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
             2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
             21f9664c97637da9768812f615c68b13b52e"
        );
        assert_eq!(hex(tag.as_ref()), "c0875924c1c7987947deafd8780acf49");
    }

    #[test]
    fn the_nonce_names_one_sealed_value() {
        let sealer = sealer(1, None);
        let (one, other) = (sealer.seal("a", &1).unwrap(), sealer.seal("a", &1).unwrap());
        assert_ne!(nonce(&one), nonce(&other));
        let bytes = URL_SAFE_NO_PAD.decode(nonce(&one).unwrap()).unwrap();
        assert!(URL_SAFE_NO_PAD.decode(&one).unwrap().starts_with(&bytes));
        assert_eq!((bytes.len(), nonce("too short")), (NONCE_LENGTH, None));
    }

    #[test]
    fn two_keys_are_live_during_a_rotation() {
        let sealed = sealer(1, None).seal("request", &7).unwrap();
        assert_eq!(sealer(2, Some(1)).open::<u8>("request", &sealed), Ok(7));
        assert_eq!(sealer(2, None).open::<u8>("request", &sealed), Err(NotSealedHere));
    }

    #[test]
    fn refuses_every_changed_byte() {
        let sealed = sealer(1, None).seal("request", &"value").unwrap();
        for position in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[position] = if forged[position] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            if forged != sealed {
                assert!(sealer(1, None).open::<String>("request", &forged).is_err(), "{position}");
            }
        }
    }

    #[test]
    fn a_keyed_hash_depends_on_key_purpose_and_each_part() {
        let hash =
            |seed, purpose: &str, parts: &[&[u8]]| sealer(seed, None).keyed_hash(purpose, parts);
        let first = hash(1, "code", &[b"a", b"bc"]);
        assert_eq!(first, hash(1, "code", &[b"a", b"bc"]));
        for other in [
            hash(2, "code", &[b"a", b"bc"]),
            hash(1, "decoy", &[b"a", b"bc"]),
            hash(1, "code", &[b"ab", b"c"]),
            hash(1, "code", &[b"abc"]),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn refuses_placeholder_keys() {
        for text in ["", "changeme", &STANDARD.encode([0; 32]), &STANDARD.encode([7; 31])] {
            assert!(SealingKey::parse(text).is_err(), "{text}");
        }
    }
}

//! Made-up credentials for names that have no passkey, against account enumeration.
//!
//! They look like those of the common authenticators and stay the same for the same name, so that
//! asking, and asking again, tells nothing: not after a restart, not at another instance, not under
//! another type of identifier. They change with the sealing key. The site itself never sends a user
//! name. Somebody with three passkeys or more still stands out.
//!
//! Half of an identifier is a hash of the other half, so that whoever has the sealing key, and nobody
//! else, sees that it is a decoy: what is signed in the name of one is refused as a wrong signature is,
//! and not as a passkey that nobody has.

use super::credentials::KnownCredential;
use platform::seal::Sealer;

const PURPOSE: &str = "provider.webauthn_decoy";

/// The credentials for a name: one, or two for every fourth name, of 16, 20 or 32 bytes, as
/// Google's, Apple's and Microsoft's; one in eight as if it were on a key that is carried around.
pub(super) fn of(sealer: &Sealer, name: &str) -> Vec<KnownCredential> {
    let [choice, ..] = sealer.keyed_hash(PURPOSE, &[b"count", name.as_bytes()]);
    let count = if choice % 4 == 0 { 2 } else { 1 };
    (0..count).map(|index| decoy(sealer, name, index)).collect()
}

fn decoy(sealer: &Sealer, name: &str, index: u8) -> KnownCredential {
    let drawn = sealer.keyed_hash(PURPOSE, &[b"id", name.as_bytes(), &[index]]);
    let [length, carried, ..] = sealer.keyed_hash(PURPOSE, &[b"shape", name.as_bytes(), &[index]]);
    let length = match length % 3 {
        0 => 16,
        1 => 20,
        _ => 32,
    };
    let drawn = &drawn[..length / 2];
    let id = [drawn, &mark(sealer, drawn)[..length / 2]].concat();
    KnownCredential { id, is_roaming: carried % 8 == 0 }
}

/// Whether a credential's identifier is one of a decoy.
pub(super) fn is_one(sealer: &Sealer, id: &[u8]) -> bool {
    let (drawn, rest) = id.split_at(id.len() / 2);
    matches!(id.len(), 16 | 20 | 32) && mark(sealer, drawn)[..drawn.len()] == *rest
}

fn mark(sealer: &Sealer, drawn: &[u8]) -> [u8; 32] {
    sealer.keyed_hash(PURPOSE, &[b"mark", drawn])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use platform::ids::SystemEntropy;
    use platform::seal::SealingKey;

    fn sealer() -> Sealer {
        let key = SealingKey::parse("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=").unwrap();
        Sealer::new(&key, None, Arc::new(SystemEntropy))
    }

    #[test]
    fn a_name_has_the_same_decoys_each_time_and_another_name_others() {
        assert_eq!(of(&sealer(), "alex"), of(&sealer(), "alex"));
        assert_ne!(of(&sealer(), "alex"), of(&sealer(), "sam"));
    }

    #[test]
    fn only_whoever_has_the_key_tells_a_decoy_from_a_passkey() {
        let sealer = sealer();
        for decoy in (0..50).flat_map(|n| of(&sealer, &format!("{n}@example.com"))) {
            assert!(is_one(&sealer, &decoy.id));
            let mut other = decoy.id;
            other[0] ^= 1;
            assert!(!is_one(&sealer, &other));
        }
        for length in [0, 1, 16, 20, 32, 64] {
            assert!(!is_one(&sealer, &vec![7; length]), "{length}");
        }
    }

    #[test]
    fn neither_two_passkeys_nor_one_on_a_key_stands_out() {
        let all: Vec<_> = (0..200).map(|n| of(&sealer(), &format!("{n}@example.com"))).collect();
        let twice = all.iter().filter(|decoys| decoys.len() == 2).count();
        assert!((20..100).contains(&twice), "{twice}");
        assert!(all.iter().flatten().any(|decoy| decoy.is_roaming));
        assert!(all.iter().all(|decoys| decoys.len() < 2 || decoys[0].id != decoys[1].id));
    }
}

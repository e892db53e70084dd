//! Credential identifiers that nobody has, for names that have no passkey.
//!
//! They look like those of the common authenticators and stay the same for the same name, so that
//! asking, and asking again, tells nothing: not after a restart, not at another instance, not under
//! another type of identifier. They change with the sealing key. The site itself never sends a user
//! name.

use crate::server::seal::Sealer;

const PURPOSE: &str = "provider.webauthn_decoy";

/// The identifiers for a name: one, of 16, 20 or 32 bytes, as Google's, Apple's and Microsoft's.
pub(super) fn of(sealer: &Sealer, name: &str) -> Vec<Vec<u8>> {
    let bytes = sealer.keyed_hash(PURPOSE, &[b"id", name.as_bytes()]);
    let [choice, ..] = sealer.keyed_hash(PURPOSE, &[b"length", name.as_bytes()]);
    let length = match choice % 3 {
        0 => 16,
        1 => 20,
        _ => 32,
    };
    vec![bytes[..length].to_vec()]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::server::ids::SystemEntropy;
    use crate::server::seal::SealingKey;

    #[test]
    fn a_name_has_the_same_decoy_each_time_and_another_name_another() {
        let key = SealingKey::parse("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=").unwrap();
        let sealer = Sealer::new(&key, None, Arc::new(SystemEntropy));
        assert_eq!(of(&sealer, "alex"), of(&sealer, "alex"));
        assert_ne!(of(&sealer, "alex"), of(&sealer, "sam"));
    }
}

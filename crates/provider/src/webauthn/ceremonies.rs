//! Ceremonies under way: nothing is kept of them until they end.
//!
//! Everybody may begin one, so a row for each would let a stranger fill the disk, or make us refuse
//! everybody. What a ceremony is goes to the caller instead, sealed, as its `webauthn_session_id`;
//! docs/decisions/0008-ceremonies-are-sealed.md.
//!
//! # Security
//!
//! A challenge is good once, for its client, until its time is up. Sealing keeps it from being read
//! or changed; only the digest that is kept of a session that was used keeps it from being used
//! again.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::ProviderState;
use platform::round_trip::spend;
use platform::seal::SealError;
use platform::storage::StorageError;

const PURPOSE: &str = "provider.webauthn_ceremony";

/// Seconds that a used session is remembered after its end: the clocks of two instances differ, and
/// one must not forget what another would still take.
const REMEMBERED: i64 = 60 * 60;

/// What a ceremony is for; one kind never ends the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CeremonyKind {
    Authentication,
    Registration,
}

/// A ceremony, as its session holds it.
#[derive(Serialize, Deserialize)]
struct SealedCeremony<T> {
    kind: CeremonyKind,
    client_id: String,
    expires_at: i64,
    ceremony: T,
}

/// Seals a ceremony that is good for `seconds`, and returns its `webauthn_session_id`.
///
/// # Security
///
/// The length of what is sealed shows: it must not depend on what a stranger may not learn.
pub(super) fn seal<T: Serialize>(
    state: &ProviderState,
    kind: CeremonyKind,
    client_id: &str,
    ceremony: &T,
    seconds: u32,
) -> Result<String, SealError> {
    let expires_at = state.ambient.clock.unix() + i64::from(seconds);
    let client_id = client_id.to_owned();
    state.sealer.seal(PURPOSE, &SealedCeremony { kind, client_id, expires_at, ceremony })
}

/// Opens a ceremony and marks it as used. Another client's is left alone.
pub(super) async fn consume<T: DeserializeOwned>(
    state: &ProviderState,
    kind: CeremonyKind,
    client_id: &str,
    session_id: &str,
) -> Result<Option<T>, StorageError> {
    let now = state.ambient.clock.unix();
    let opened = state.sealer.open::<SealedCeremony<T>>(PURPOSE, session_id).ok();
    let good = opened.filter(|sealed| {
        sealed.kind == kind && sealed.client_id == client_id && sealed.expires_at > now
    });
    let Some(sealed) = good else { return Ok(None) };
    // Base64url without padding is read in one spelling only, and what is sealed has no second one:
    // the text stands for the ceremony.
    let until = sealed.expires_at + REMEMBERED;
    let first = spend(&state.storage, PURPOSE, session_id, until).await?;
    Ok(first.then_some(sealed.ceremony))
}

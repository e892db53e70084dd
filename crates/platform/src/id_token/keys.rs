//! An issuer's public keys (RFC 7517), kept between uses.

use std::sync::Arc;

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;

use crate::cached::{Cached, FetchFailure, Worth};
use crate::clock::SharedClock;

/// What an issuer publishes.
#[derive(Debug, Deserialize)]
pub struct KeySet {
    keys: Vec<Value>,
}

/// The keys of one issuer that are held.
#[derive(Debug)]
pub struct KeyCache<E>(Cached<Vec<Jwk>, E>);

impl<E> Default for KeyCache<E> {
    fn default() -> Self {
        Self(Cached::default())
    }
}

/// Seconds after which the keys are fetched again although none is missing: a key that the issuer
/// has withdrawn is not believed for longer.
const LIFETIME: i64 = 3600;

/// Seconds for which a key that is there is believed while the issuer cannot be asked: its outage
/// is not to end every sign-in, and a withdrawn key not to live for ever.
const WHILE_AWAY: i64 = 6 * 3600;

/// Seconds between two fetches for a key that is not there: a stream of tokens with invented key
/// identifiers must not become a stream of calls.
const PAUSE: i64 = 30;

impl<E: FetchFailure> KeyCache<E> {
    /// The issuer's keys, fetched (again) by `fetch` where `kid` is not among those that are held.
    ///
    /// # Errors
    ///
    /// Whatever `fetch` says.
    pub async fn find(
        &self,
        kid: Option<&str>,
        clock: &SharedClock,
        fetch: impl Future<Output = Result<KeySet, E>>,
    ) -> Result<Arc<Vec<Jwk>>, E> {
        let worth = |keys: &Vec<Jwk>, age: i64| {
            let is_there = kid.is_none_or(|kid| keys.iter().any(|key| id(key) == Some(kid)));
            match (is_there, age) {
                (true, 0..LIFETIME) | (false, 0..PAUSE) => Worth::Good,
                (true, ..WHILE_AWAY) => Worth::Stale,
                _ => Worth::None,
            }
        };
        let fetch = async {
            let set = fetch.await?;
            // A key of a kind that we do not know is none of ours; the others stay good.
            Ok(set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect())
        };
        self.0.find(clock, worth, fetch).await
    }
}

/// The identifier of a key.
pub(super) fn id(key: &Jwk) -> Option<&str> {
    key.common.key_id.as_deref()
}

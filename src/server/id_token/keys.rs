//! An issuer's public keys (RFC 7517), kept between uses.

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

/// What an issuer publishes.
#[derive(Debug, Deserialize)]
pub struct KeySet {
    keys: Vec<Value>,
}

/// The keys of one issuer that are held, and since when.
#[derive(Debug, Default)]
pub struct KeyCache(Mutex<Option<Held>>);

#[derive(Debug)]
struct Held {
    keys: Vec<Jwk>,
    fetched_at: i64,
}

/// Seconds after which the keys are fetched again although none is missing: a key that the issuer
/// has withdrawn is not believed for longer.
const LIFETIME: i64 = 3600;

/// Seconds between two fetches for a key that is not there: a stream of tokens with invented key
/// identifiers must not become a stream of calls.
const PAUSE: i64 = 30;

impl KeyCache {
    /// The issuer's keys, fetched (again) by `fetch` where `kid` is not among those that are held.
    ///
    /// # Errors
    ///
    /// Whatever `fetch` says.
    pub async fn find<E>(
        &self,
        kid: Option<&str>,
        now: i64,
        fetch: impl Future<Output = Result<KeySet, E>>,
    ) -> Result<Vec<Jwk>, E> {
        let mut held = self.0.lock().await;
        if let Some(held) = held.as_ref() {
            let age = now - held.fetched_at;
            let is_there = kid.is_none_or(|kid| held.keys.iter().any(|key| id(key) == Some(kid)));
            if (is_there && age < LIFETIME) || (!is_there && age < PAUSE) {
                return Ok(held.keys.clone());
            }
        }
        let set = fetch.await?;
        // A key of a kind that we do not know is none of ours; the others stay good.
        let keys: Vec<Jwk> =
            set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        *held = Some(Held { keys: keys.clone(), fetched_at: now });
        Ok(keys)
    }
}

/// The identifier of a key.
pub(super) fn id(key: &Jwk) -> Option<&str> {
    key.common.key_id.as_deref()
}

//! The provider's public keys (`GET /oidc/jwks`, RFC 7517), kept between uses.

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::Transmit;
use super::errors::CallError;

/// The keys that are held, and since when.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Option<Held>>);

#[derive(Debug)]
struct Held {
    keys: Vec<Jwk>,
    fetched_at: i64,
}

/// Seconds after which the keys are fetched again although none is missing: a key that the provider
/// has withdrawn is not believed for longer.
const LIFETIME: i64 = 3600;

/// Seconds between two fetches for a key that is not there: a stream of tokens with invented key
/// identifiers must not become a stream of calls.
const PAUSE: i64 = 30;

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Transmit {
    /// The provider's keys, fetched (again) where `kid` is not among those that are held.
    pub(super) async fn keys(&self, kid: Option<&str>) -> Result<Vec<Jwk>, CallError> {
        let now = self.inner.ambient.clock.unix();
        let mut held = self.inner.keys.0.lock().await;
        if let Some(held) = held.as_ref() {
            let age = now - held.fetched_at;
            let is_there = kid.is_none_or(|kid| held.keys.iter().any(|key| id(key) == Some(kid)));
            if (is_there && age < LIFETIME) || (!is_there && age < PAUSE) {
                return Ok(held.keys.clone());
            }
        }
        let request = self.inner.http.get(self.api(&["oidc", "jwks"]));
        let set: KeySet = self.send(request).await?.json()?;
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

//! An issuer's public keys (RFC 7517), kept between uses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jsonwebtoken::Header;
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;

use super::error::IdTokenError;
use crate::cached::{Cached, FetchFailure, Worth};
use crate::clock::SharedClock;

/// What an issuer publishes.
#[derive(Debug, Deserialize)]
pub struct KeySet {
    keys: Vec<Value>,
}

/// The keys of one issuer that are held.
#[derive(Debug)]
pub struct KeyCache<E> {
    held: Cached<Vec<Jwk>, E>,
    /// The fetches that have failed in a row.
    failures: Mutex<Failures<E>>,
}

#[derive(Debug)]
struct Failures<E> {
    count: u32,
    /// The newest, and when it was.
    last: Option<(E, i64)>,
}

impl<E> Default for KeyCache<E> {
    fn default() -> Self {
        let failures = Mutex::new(Failures { count: 0, last: None });
        Self { held: Cached::default(), failures }
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

/// Failures in a row after which an issuer that is away is asked once in [`RECOVERY`] seconds only,
/// however many tokens come: whoever sends them needs no key of anybody's.
const MOST_FAILURES: u32 = 3;

/// Seconds between two fetches from an issuer that is away.
const RECOVERY: i64 = 5;

impl<E: FetchFailure> KeyCache<E> {
    /// The issuer's keys, fetched (again) by `fetch` where `kid` is not among those that are held.
    pub fn find(
        &self,
        kid: Option<&str>,
        clock: &SharedClock,
        fetch: impl Future<Output = Result<KeySet, E>>,
    ) -> impl Future<Output = Result<Arc<Vec<Jwk>>, E>> {
        let worth = move |keys: &Vec<Jwk>, age: i64| {
            let is_there = kid.is_none_or(|kid| keys.iter().any(|key| id(key) == Some(kid)));
            match (is_there, age) {
                (true, 0..LIFETIME) | (false, 0..PAUSE) => Worth::Good,
                (true, ..WHILE_AWAY) => Worth::Stale,
                _ => Worth::None,
            }
        };
        // No future around that one: each would have room for the fetch once more.
        self.fetched(clock, worth, fetch)
    }

    /// Judges a token by the issuer's keys, and once more by those of a new fetch where none of the held
    /// ones has signed it: an issuer may change its key under the same name, and one that names none of
    /// its keys always does. `check` is to verify the signature with the keys that it is given.
    ///
    /// # Errors
    ///
    /// Whatever `fetch` says. Where the issuer cannot be asked, nobody knows whether it has signed.
    pub async fn check<T, F>(
        &self,
        header: &Header,
        clock: &SharedClock,
        fetch: impl Fn() -> F,
        check: impl Fn(&[Jwk]) -> Result<T, IdTokenError>,
    ) -> Result<Result<T, IdTokenError>, E>
    where
        F: Future<Output = Result<KeySet, E>>,
    {
        let keys = self.find(header.kid.as_deref(), clock, fetch()).await?;
        let checked = check(&keys);
        if !matches!(checked, Err(IdTokenError::Signature | IdTokenError::Key)) {
            return Ok(checked);
        }
        // As for a key that is not there: wrong signatures must not become a stream of calls either.
        let worth = |_: &Vec<Jwk>, age: i64| {
            if (0..PAUSE).contains(&age) { Worth::Good } else { Worth::None }
        };
        // In a box: hardly anybody needs it, and every caller's future would have room for it.
        let renewed = Box::pin(self.fetched(clock, worth, fetch())).await?;
        Ok(if Arc::ptr_eq(&keys, &renewed) { checked } else { check(&renewed) })
    }

    async fn fetched(
        &self,
        clock: &SharedClock,
        worth: impl Fn(&Vec<Jwk>, i64) -> Worth,
        fetch: impl Future<Output = Result<KeySet, E>>,
    ) -> Result<Arc<Vec<Jwk>>, E> {
        let fetch = async {
            if let Some(error) = self.failures().stand_in(clock.unix()) {
                return Err(error);
            }
            let fetched = fetch.await;
            self.failures().note(fetched.as_ref().err(), clock.unix());
            // A key of a kind that we do not know is none of ours; the others stay good.
            let keys = fetched?.keys.into_iter();
            Ok(keys.filter_map(|key| serde_json::from_value(key).ok()).collect())
        };
        self.held.find(clock, worth, fetch).await
    }

    fn failures(&self) -> MutexGuard<'_, Failures<E>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: FetchFailure> Failures<E> {
    /// The failure that stands in for a fetch that is not made.
    fn stand_in(&self, now: i64) -> Option<E> {
        let (error, at) = self.last.as_ref()?;
        let is_paused = self.count >= MOST_FAILURES && (0..RECOVERY).contains(&(now - at));
        is_paused.then(|| error.clone())
    }

    fn note(&mut self, failure: Option<&E>, now: i64) {
        self.count = failure.map_or(0, |_| self.count.saturating_add(1));
        self.last = failure.map(|error| (error.clone(), now));
    }
}

/// The identifier of a key.
pub(super) fn id(key: &Jwk) -> Option<&str> {
    key.common.key_id.as_deref()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;
    use crate::clock::ManualClock;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Away;

    impl FetchFailure for Away {
        fn is_away(&self) -> bool {
            true
        }
    }

    #[tokio::test]
    async fn tokens_with_invented_keys_become_no_stream_of_calls() {
        let hand = Arc::new(ManualClock::new(OffsetDateTime::UNIX_EPOCH));
        let clock: SharedClock = hand.clone();
        let (keys, calls) = (KeyCache::<Away>::default(), AtomicU32::new(0));
        let find = async |kid: &str, is_there: bool| {
            let fetch = async {
                calls.fetch_add(1, Ordering::SeqCst);
                let key = json!({ "kty": "oct", "k": "AA", "kid": "k1" });
                if is_there { Ok(KeySet { keys: vec![key] }) } else { Err(Away) }
            };
            keys.find(Some(kid), &clock, fetch).await.map(|keys| keys.len())
        };
        let calls = || calls.swap(0, Ordering::SeqCst);
        // The issuer is away from the first moment: a few calls, and then one in some seconds.
        for invented in 0..100 {
            assert_eq!(find(&invented.to_string(), false).await, Err(Away));
        }
        assert_eq!(calls(), MOST_FAILURES);
        for _ in 0..3 {
            hand.advance(Duration::from_secs(5));
            for invented in 0..100 {
                assert_eq!(find(&invented.to_string(), false).await, Err(Away));
            }
            assert_eq!(calls(), 1);
        }
        hand.advance(Duration::from_secs(5));
        assert_eq!(find("k1", true).await, Ok(1), "it is back");
        assert_eq!(calls(), 1);
        // It is there: one call in half a minute.
        for second in 0..60 {
            assert_eq!(find(&second.to_string(), true).await, Ok(1));
            hand.advance(Duration::from_secs(1));
        }
        assert_eq!(calls(), 1);
        // It is away again: a key that is held is believed, and the others are asked for rarely.
        hand.advance(Duration::from_secs(30));
        for second in 0..60 {
            assert_eq!(find("k1", false).await, Ok(1));
            assert_eq!(find(&second.to_string(), false).await, Err(Away));
            hand.advance(Duration::from_secs(1));
        }
        assert_eq!(calls(), MOST_FAILURES + 11);
    }

    #[tokio::test]
    async fn a_key_that_was_changed_under_its_name_or_without_one_is_fetched_once() {
        let hand = Arc::new(ManualClock::new(OffsetDateTime::UNIX_EPOCH));
        let clock: SharedClock = hand.clone();
        for kid in [Some("k1"), None] {
            let (keys, calls) = (KeyCache::<Away>::default(), AtomicU32::new(0));
            let header = Header { kid: kid.map(str::to_owned), ..Header::default() };
            // What is signed with a secret is judged by the key that has it.
            let judge = async |published: Option<&str>, signed_with: &str| {
                let fetch = || async {
                    calls.fetch_add(1, Ordering::SeqCst);
                    let key = json!({ "kty": "oct", "k": published.ok_or(Away)?, "kid": kid });
                    Ok(KeySet { keys: vec![key] })
                };
                let check = |keys: &[Jwk]| {
                    let is_signed =
                        |key: &Jwk| serde_json::to_value(key).unwrap()["k"] == signed_with;
                    if keys.iter().any(is_signed) { Ok(()) } else { Err(IdTokenError::Signature) }
                };
                keys.check(&header, &clock, fetch, check).await
            };
            let calls = || calls.swap(0, Ordering::SeqCst);
            let wrong = Ok(Err(IdTokenError::Signature));
            assert_eq!(judge(Some("AA"), "AA").await, Ok(Ok(())));
            assert_eq!(calls(), 1);
            // Within the pause of a fetch a wrong signature is one, and after it so for one call.
            assert_eq!(judge(Some("BB"), "BB").await, wrong);
            assert_eq!(calls(), 0);
            hand.advance(Duration::from_secs(30));
            assert_eq!(judge(Some("BB"), "BB").await, Ok(Ok(())));
            assert_eq!(calls(), 1);
            hand.advance(Duration::from_secs(30));
            for _ in 0..100 {
                assert_eq!(judge(Some("BB"), "CC").await, wrong);
            }
            assert_eq!(calls(), 1);
            // The issuer is away: what a held key has signed is believed, and of the rest nobody knows.
            hand.advance(Duration::from_secs(30));
            assert_eq!(judge(None, "BB").await, Ok(Ok(())));
            assert_eq!(calls(), 0);
            for _ in 0..100 {
                assert_eq!(judge(None, "CC").await, Err(Away));
            }
            assert_eq!(calls(), MOST_FAILURES);
        }
    }
}

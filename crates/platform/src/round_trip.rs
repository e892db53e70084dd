//! A browser's way to another party and back: `state`, `nonce` and a PKCE verifier for one round trip
//! (RFC 9700, section 2.1; RFC 7636; OpenID Connect Core 1.0, section 3.1.2.1).
//!
//! Leaving writes nothing but a sealed cookie, so that a link which is only looked at leaves no
//! trace. Coming back spends the `state` in storage, so that the same answer never counts twice, not
//! even where somebody has kept the cookie. The site uses this towards the provider, the embedded
//! provider towards the identity providers behind it.

use axum::http::HeaderMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::ambient::Ambient;
use crate::ids::{self, NoEntropy};
use crate::request_cookies;
use crate::seal::{SealError, Sealer};
use crate::storage::{Storage, StorageError};

/// Seconds until a round trip is given up.
pub const LIFETIME: i64 = 600;

/// Journeys that one browser may have under way: one for each tab, within the limits for cookies.
const MAX_UNDER_WAY: usize = 4;

/// The most bytes of the round trips' cookies of one browser, names and separators included: servers in
/// front take 8 kB for all headers, and whoever sends more is not let in at all.
const MOST_BYTES: usize = 6_000;

/// The most bytes of a cookie's value (RFC 6265, section 6.1, less name and attributes).
const MAX_COOKIE: usize = 3800;

/// Characters of `state` that name the cookie.
const NAME_LENGTH: usize = 12;

/// The round trips of one listener's browsers.
#[derive(Debug, Clone)]
pub struct RoundTrips {
    /// The cookies' name, different for each listener: browsers share cookies between the ports of
    /// a host.
    pub name: &'static str,
    /// Whether browsers reach the listener by https.
    pub is_https: bool,
    /// Seals the cookies.
    pub sealer: Sealer,
    /// Remembers which answers were spent.
    pub storage: Storage,
    /// Time and randomness.
    pub ambient: Ambient,
}

/// A round trip that begins.
#[derive(Debug)]
pub struct RoundTripStart {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// The S256 challenge of a verifier that only the cookie knows.
    pub challenge: String,
    /// Lines of `Set-Cookie`: one that carries the round trip, and those that make room for it.
    pub cookies: Vec<String>,
}

/// A round trip that ends.
pub struct Arrival<T> {
    /// What was taken along.
    pub payload: T,
    /// The nonce that was sent.
    pub nonce: String,
    /// The verifier whose challenge was sent.
    pub verifier: String,
}

impl<T> std::fmt::Debug for Arrival<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Arrival(hidden)")
    }
}

/// A round trip cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum RoundTripError {
    /// The machine gave no randomness.
    #[error("round trip not begun")]
    Entropy(#[from] NoEntropy),
    /// Nothing was sealed.
    #[error("round trip not begun")]
    Seal(#[from] SealError),
    /// The payload does not fit into a cookie.
    #[error("round trip not begun: what it carries is too long for a cookie")]
    PayloadTooLarge,
}

/// A round trip does not end here.
#[derive(Debug, thiserror::Error)]
pub enum ArriveError {
    /// It did not begin in this browser, or too long ago.
    #[error("the round trip did not begin in this browser, or too long ago")]
    NotBegunHere,
    /// It has ended before.
    #[error("the answer of the round trip was used before")]
    Spent,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

#[derive(Serialize, Deserialize)]
struct RoundTripState<T> {
    state: String,
    nonce: String,
    verifier: String,
    expires_at: i64,
    payload: T,
}

impl RoundTrips {
    /// Begins a round trip. Where the browser has too many under way, the oldest is forgotten.
    pub fn start<T: Serialize>(
        &self,
        headers: &HeaderMap,
        payload: T,
    ) -> Result<RoundTripStart, RoundTripError> {
        let entropy = &self.ambient.entropy;
        let trip = RoundTripState {
            state: entropy.token::<32>()?,
            nonce: entropy.token::<32>()?,
            verifier: entropy.token::<32>()?,
            expires_at: self.ambient.clock.unix() + LIFETIME,
            payload,
        };
        let sealed = self.sealer.seal(&self.purpose(), &trip)?;
        if sealed.len() > MAX_COOKIE {
            return Err(RoundTripError::PayloadTooLarge);
        }
        let name = self.cookie(&trip.state);
        let mut cookies = self.make_room(headers, size(&name, &sealed));
        cookies.push(format!("{name}={sealed}; Max-Age={LIFETIME}; {}", self.attributes()));
        let challenge = ids::digest(&trip.verifier);
        Ok(RoundTripStart { state: trip.state, nonce: trip.nonce, challenge, cookies })
    }

    /// Whether the round trip of this `state` began in this browser, and not too long ago.
    pub fn has_begun_here(&self, headers: &HeaderMap, state: &str) -> bool {
        self.open::<serde::de::IgnoredAny>(headers, state).is_some()
    }

    /// What the round trip of this `state` carries, without ending it; nothing where it did not begin in
    /// this browser, or too long ago.
    pub fn payload<T: DeserializeOwned>(&self, headers: &HeaderMap, state: &str) -> Option<T> {
        self.open(headers, state).map(|trip| trip.payload)
    }

    /// Ends a round trip, once. Send [`RoundTrips::forget`] with whatever is answered.
    pub async fn arrive<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        state: &str,
    ) -> Result<Arrival<T>, ArriveError> {
        let trip = self.open::<T>(headers, state).ok_or(ArriveError::NotBegunHere)?;
        if !spend(&self.storage, self.name, &trip.state, trip.expires_at).await? {
            return Err(ArriveError::Spent);
        }
        let RoundTripState { payload, nonce, verifier, .. } = trip;
        Ok(Arrival { payload, nonce, verifier })
    }

    /// A line of `Set-Cookie` that removes the round trip of this `state`.
    pub fn forget(&self, state: &str) -> String {
        self.removal(&self.cookie(state))
    }

    fn open<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        state: &str,
    ) -> Option<RoundTripState<T>> {
        let name = self.cookie(state);
        let trip: RoundTripState<T> = request_cookies::pairs(headers)
            .filter(|(other, _)| *other == name)
            .find_map(|(_, sealed)| self.sealer.open(&self.purpose(), sealed).ok())?;
        let is_this: bool = trip.state.as_bytes().ct_eq(state.as_bytes()).into();
        (is_this && trip.expires_at > self.ambient.clock.unix()).then_some(trip)
    }

    /// The lines that make room for a cookie of so many bytes.
    fn make_room(&self, headers: &HeaderMap, new: usize) -> Vec<String> {
        let prefix = self.prefix();
        let purpose = self.purpose();
        let now = self.ambient.clock.unix();
        let mut under_way = Vec::new();
        let mut removals = Vec::new();
        let pairs = request_cookies::pairs(headers).filter(|(name, _)| name.starts_with(&prefix));
        for (name, sealed) in pairs {
            match self.sealer.open::<RoundTripState<serde::de::IgnoredAny>>(&purpose, sealed) {
                Ok(trip) if trip.expires_at > now => {
                    under_way.push((trip.expires_at, self.cookie(&trip.state), size(name, sealed)));
                }
                // A name that is none of ours is left alone: it is not copied into a header.
                Ok(trip) => removals.push(self.removal(&self.cookie(&trip.state))),
                Err(_) => tracing::debug!(cookie.length = name.len(), "a cookie is not ours"),
            }
        }
        under_way.sort();
        let mut count = under_way.len() + 1;
        let mut bytes = new + under_way.iter().map(|(.., size)| size).sum::<usize>();
        for (_, name, size) in &under_way {
            if count <= MAX_UNDER_WAY && bytes <= MOST_BYTES {
                break;
            }
            removals.push(self.removal(name));
            count -= 1;
            bytes -= size;
        }
        removals
    }

    fn removal(&self, cookie: &str) -> String {
        format!("{cookie}=; Max-Age=0; {}", self.attributes())
    }

    fn cookie(&self, state: &str) -> String {
        let safe = |c: &char| c.is_ascii_alphanumeric() || "-_".contains(*c);
        let part: String = state.chars().take(NAME_LENGTH).filter(safe).collect();
        format!("{}{part}", self.prefix())
    }

    fn prefix(&self) -> String {
        let host = if self.is_https { "__Host-" } else { "" };
        format!("{host}{}.", self.name)
    }

    fn purpose(&self) -> String {
        format!("round-trip.{}", self.name)
    }

    fn attributes(&self) -> &'static str {
        // Lax: the browser comes back by a navigation from elsewhere.
        if self.is_https {
            "Path=/; HttpOnly; SameSite=Lax; Secure"
        } else {
            "Path=/; HttpOnly; SameSite=Lax"
        }
    }
}

/// The bytes of a cookie in a request.
fn size(name: &str, value: &str) -> usize {
    name.len() + value.len() + "=; ".len()
}

/// Spends a one-time value; false where it was spent before. `kind` keeps values of different kinds
/// apart, and [`clear`] forgets them after `expires_at`.
pub async fn spend(
    storage: &Storage,
    kind: &str,
    value: &str,
    expires_at: i64,
) -> Result<bool, StorageError> {
    let mut hash = Sha256::new();
    hash.update(kind);
    hash.update([0]);
    hash.update(value);
    let done = sqlx::query(
        "INSERT INTO spent_values (value_digest, expires_at) VALUES ($1, $2) \
         ON CONFLICT (value_digest) DO NOTHING",
    )
    .bind(hash.finalize().to_vec())
    .bind(expires_at)
    .execute(storage.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the values that have run out: they are refused before anybody asks whether they were spent.
pub async fn clear(storage: &Storage, now: i64) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM spent_values WHERE expires_at < $1")
        .bind(now)
        .execute(storage.writer())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::http::HeaderValue;
    use axum::http::header::COOKIE;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use time::macros::datetime;

    use super::*;
    use crate::Secret;
    use crate::clock::ManualClock;
    use crate::ids::SystemEntropy;
    use crate::seal::SealingKey;
    use crate::settings::StorageConfig;

    struct Setting {
        trips: RoundTrips,
        clock: Arc<ManualClock>,
        _folder: tempfile::TempDir,
    }

    async fn setting() -> Setting {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let config = StorageConfig { url: Secret::new(url), ..StorageConfig::default() };
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let entropy = Arc::new(SystemEntropy);
        let key = SealingKey::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let trips = RoundTrips {
            name: "test",
            is_https: true,
            sealer: Sealer::new(&key, None, entropy.clone()),
            storage: Storage::open(&config).await.unwrap(),
            ambient: Ambient::new(clock.clone(), entropy),
        };
        Setting { trips, clock, _folder: folder }
    }

    fn headers(lines: &[String]) -> HeaderMap {
        let pairs: Vec<_> = lines
            .iter()
            .filter(|line| !line.contains("Max-Age=0"))
            .filter_map(|line| line.split(';').next())
            .collect();
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&pairs.join("; ")).unwrap())])
    }

    #[tokio::test]
    async fn a_trip_ends_once_and_only_in_the_browser_where_it_began() {
        let Setting { trips, .. } = setting().await;
        let started = trips.start(&HeaderMap::new(), "payload".to_owned()).unwrap();
        let state = started.state.clone();
        let other = trips.start(&HeaderMap::new(), "other".to_owned()).unwrap();
        for foreign in [HeaderMap::new(), headers(&other.cookies)] {
            let arrived = trips.arrive::<String>(&foreign, &state).await;
            assert!(matches!(arrived, Err(ArriveError::NotBegunHere)));
        }
        let here = headers(&started.cookies);
        assert!(trips.has_begun_here(&here, &state));
        let arrival = trips.arrive::<String>(&here, &state).await.unwrap();
        assert_eq!((arrival.payload.as_str(), &arrival.nonce), ("payload", &started.nonce));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(arrival.verifier.as_bytes()));
        assert_eq!(challenge, started.challenge);
        let again = trips.arrive::<String>(&here, &state).await;
        assert!(matches!(again, Err(ArriveError::Spent)));
    }

    #[tokio::test]
    async fn of_many_arrivals_at_once_one_counts() {
        let Setting { trips, .. } = setting().await;
        let started = trips.start(&HeaderMap::new(), ()).unwrap();
        let here = headers(&started.cookies);
        let mut arrivals = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (trips, here, state) = (trips.clone(), here.clone(), started.state.clone());
            arrivals.spawn(async move { trips.arrive::<()>(&here, &state).await.is_ok() });
        }
        let counted = arrivals.join_all().await.into_iter().filter(|arrived| *arrived).count();
        assert_eq!(counted, 1);
    }

    #[tokio::test]
    async fn a_trip_ends_within_ten_minutes_or_never() {
        let Setting { trips, clock, .. } = setting().await;
        let started = trips.start(&HeaderMap::new(), ()).unwrap();
        clock.advance(Duration::from_secs(600));
        let late = trips.arrive::<()>(&headers(&started.cookies), &started.state).await;
        assert!(matches!(late, Err(ArriveError::NotBegunHere)));
    }

    /// What a browser holds after six trips, in the lines that have set it.
    fn held_after_six(Setting { trips, clock, .. }: &Setting, payload: &str) -> Vec<String> {
        let mut held = Vec::new();
        for _ in 0..6 {
            let started = trips.start(&headers(&held), payload).unwrap();
            for line in started.cookies {
                if let Some((gone, _)) = line.split_once("=; Max-Age=0") {
                    held.retain(|line: &String| !line.starts_with(gone));
                } else {
                    held.push(line);
                }
            }
            clock.advance(Duration::from_secs(1));
        }
        held
    }

    #[tokio::test]
    async fn a_browser_has_at_most_four_under_way() {
        let held = held_after_six(&setting().await, "");
        assert_eq!(held.len(), MAX_UNDER_WAY);
        assert!(held.iter().all(|line| line.starts_with("__Host-test.")));
    }

    #[tokio::test]
    async fn long_trips_leave_room_for_a_request_of_eight_kilobytes() {
        let setting = setting().await;
        for (length, left) in [(1_800, 2), (2_400, 1)] {
            let held = held_after_six(&setting, &"x".repeat(length));
            assert_eq!(held.len(), left, "{length}");
            assert!(headers(&held)[COOKIE].len() <= MOST_BYTES);
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_into_a_cookie_does_not_leave() {
        let Setting { trips, .. } = setting().await;
        let refused = trips.start(&HeaderMap::new(), "x".repeat(4000));
        assert!(matches!(refused, Err(RoundTripError::PayloadTooLarge)));
    }
}

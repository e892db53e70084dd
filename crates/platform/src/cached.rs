//! One thing that another server tells, kept between uses: a client's token, an issuer's keys or
//! its endpoints.
//!
//! Many callers make one call, and nobody waits for the network behind a lock that others need to
//! read what is there already. A server that hangs costs each of those who wait one time-out and not
//! one for everybody before them: whoever asked before a call failed shares its failure. While a
//! server is away, what was told before may stand in, for as long as its user says; where it is there
//! and tells what cannot be used, nothing stands in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::SharedClock;

/// Seconds for which a server that has failed is not asked again by those whom an older value serves.
const PAUSE: i64 = 10;

/// What a kept value is worth to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It is taken.
    Good,
    /// It is asked for anew, and taken where that fails.
    Stale,
    /// It is of no use.
    None,
}

/// Why another server told nothing.
pub trait FetchFailure: Clone {
    /// Whether it was merely away, and not wrong.
    fn is_away(&self) -> bool;
}

/// A value and how old it is.
#[derive(Debug)]
pub struct Cached<T, E> {
    state: Mutex<State<T, E>>,
    /// Held by the one who asks the server.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State<T, E> {
    held: Option<CachedValue<T>>,
    /// How often the server has been asked.
    calls: u64,
    /// The last call's failure, and when it was.
    failure: Option<(E, i64)>,
}

#[derive(Debug)]
struct CachedValue<T> {
    value: Arc<T>,
    since: i64,
}

impl<T, E> Default for Cached<T, E> {
    fn default() -> Self {
        let state = State { held: None, calls: 0, failure: None };
        Self { state: Mutex::new(state), asking: tokio::sync::Mutex::default() }
    }
}

impl<T, E: FetchFailure> Cached<T, E> {
    /// The value, asked for (again) by `ask` where what is held is not worth taking. `worth` judges
    /// it by its age in seconds; a negative one means that the clock was set back.
    ///
    /// # Errors
    ///
    /// Whatever `ask` says, to everybody who waited for it.
    pub async fn find(
        &self,
        clock: &SharedClock,
        worth: impl Fn(&T, i64) -> Worth,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let asked_before = {
            let state = self.state();
            if let Some(value) = state.take(clock.unix(), &worth) {
                return Ok(value);
            }
            state.calls
        };
        let _asking = self.asking.lock().await;
        {
            let state = self.state();
            if let Some(value) = state.take(clock.unix(), &worth) {
                return Ok(value);
            }
            if let Some((error, _)) = &state.failure
                && state.calls > asked_before
            {
                return Err(error.clone());
            }
        }
        let told = ask.await;
        let now = clock.unix();
        let mut state = self.state();
        state.calls += 1;
        match told {
            Ok(value) => {
                let value = Arc::new(value);
                state.failure = None;
                state.held = Some(CachedValue { value: Arc::clone(&value), since: now });
                Ok(value)
            }
            Err(error) => {
                state.failure = Some((error.clone(), now));
                state.take(now, &worth).ok_or(error)
            }
        }
    }

    /// Forgets the value where it is the one that is meant.
    pub fn forget(&self, is_meant: impl Fn(&T) -> bool) {
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| is_meant(&held.value)) {
            state.held = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, E: FetchFailure> State<T, E> {
    /// The value, where it is good, or stale while the server has just failed.
    fn take(&self, now: i64, worth: &impl Fn(&T, i64) -> Worth) -> Option<Arc<T>> {
        let held = self.held.as_ref()?;
        let just_failed = self
            .failure
            .as_ref()
            .is_some_and(|(error, at)| error.is_away() && (0..PAUSE).contains(&(now - at)));
        let is_taken = match worth(&held.value, now - held.since) {
            Worth::Good => true,
            Worth::Stale => just_failed,
            Worth::None => false,
        };
        is_taken.then(|| Arc::clone(&held.value))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use time::OffsetDateTime;
    use tokio::sync::Notify;

    use super::*;
    use crate::clock::ManualClock;

    impl FetchFailure for &str {
        fn is_away(&self) -> bool {
            *self == "away"
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "so it is called, whatever is kept")]
    fn worth(_: &u32, age: i64) -> Worth {
        match age {
            0..60 => Worth::Good,
            ..600 => Worth::Stale,
            _ => Worth::None,
        }
    }

    fn clock() -> (Arc<ManualClock>, SharedClock) {
        let clock = Arc::new(ManualClock::new(OffsetDateTime::UNIX_EPOCH));
        (Arc::clone(&clock), clock)
    }

    #[tokio::test]
    async fn a_value_is_kept_and_stands_in_while_the_server_is_away() {
        let (hand, clock) = clock();
        let cached = Cached::<u32, &str>::default();
        let find = async |answer| cached.find(&clock, worth, async { answer }).await.map(|v| *v);
        assert_eq!(find(Err("away")).await, Err("away"));
        assert_eq!(find(Ok(1)).await, Ok(1), "a failure is not kept");
        assert_eq!(find(Ok(2)).await, Ok(1));
        hand.advance(Duration::from_secs(60));
        assert_eq!(find(Err("away")).await, Ok(1));
        assert_eq!(find(Ok(3)).await, Ok(1), "it has failed a moment ago");
        hand.advance(Duration::from_secs(10));
        assert_eq!(find(Err("wrong")).await, Err("wrong"), "it is there");
        assert_eq!(find(Ok(4)).await, Ok(4));
        hand.advance(Duration::from_secs(600));
        assert_eq!(find(Err("away")).await, Err("away"));
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_does_not_keep_a_value_for_ever() {
        let (hand, late) = clock();
        hand.advance(Duration::from_secs(3600));
        let (_, early) = clock();
        let cached = Cached::<u32, &str>::default();
        cached.find(&late, worth, async { Ok(1) }).await.unwrap();
        let found = cached.find(&early, worth, async { Ok(2) }).await;
        assert_eq!(*found.unwrap(), 2);
    }

    #[tokio::test]
    async fn whoever_waited_for_a_call_shares_its_failure() {
        let (_, clock) = clock();
        let cached = Cached::<u32, &str>::default();
        let (calls, over) = (AtomicU32::new(0), Notify::new());
        let find = || {
            cached.find(&clock, worth, async {
                calls.fetch_add(1, Ordering::SeqCst);
                over.notified().await;
                Err("away")
            })
        };
        let (a, b, c, ()) = tokio::join!(find(), find(), find(), async { over.notify_one() });
        assert_eq!([a, b, c], [Err("away"); 3].map(|failed| failed.map(Arc::new)));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        over.notify_one();
        assert!(find().await.is_err());
        assert_eq!(calls.load(Ordering::SeqCst), 2, "whoever asks afterwards asks anew");
    }

    #[tokio::test]
    async fn what_was_refused_is_forgotten_and_nothing_newer() {
        let (_, clock) = clock();
        let cached = Cached::<u32, &str>::default();
        cached.find(&clock, worth, async { Ok(1) }).await.unwrap();
        cached.forget(|value| *value == 7);
        assert_eq!(*cached.find(&clock, worth, async { Ok(2) }).await.unwrap(), 1);
        cached.forget(|value| *value == 1);
        assert_eq!(*cached.find(&clock, worth, async { Ok(2) }).await.unwrap(), 2);
    }
}

//! How fast a client polls: `slow_down` for whoever does not wait, and five seconds more from then
//! on (CIBA Core 1.0, section 11).
//!
//! A pending poll must not wait for the disk: with one instance the pace is kept in memory, where a
//! restart may forget it. Instances that share a PostgreSQL keep it in a table that is not logged.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sqlx::Row;

use platform::storage::{Storage, StorageError};

/// Seconds that each `slow_down` adds.
const STEP: i64 = 5;

/// How many requests are remembered in each of two halves. A poll moves its request to the first
/// half; where that is full it becomes the second, and what was there, polled longest ago, is
/// forgotten: its client gets its first interval back.
const CAPACITY: usize = 128 * 1024;

/// The pace of every pending request.
#[derive(Debug)]
pub enum Pacing {
    /// One instance.
    Memory(Mutex<RequestPaces>),
    /// Several instances share the database.
    Rows,
}

/// The paces that are remembered.
#[derive(Debug, Default)]
pub struct RequestPaces {
    young: HashMap<[u8; 32], RequestPace>,
    old: HashMap<[u8; 32], RequestPace>,
}

/// The pace of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPace {
    interval: i64,
    last_poll: i64,
    expires_at: i64,
}

impl Pacing {
    /// The way that suits the storage.
    pub fn of(storage: &Storage) -> Self {
        if storage.is_shared() { Self::Rows } else { Self::Memory(Mutex::default()) }
    }

    /// Notes a poll of a pending request; true where it came too soon. The first never does.
    pub async fn is_too_fast(
        &self,
        storage: &Storage,
        digest: &[u8; 32],
        interval: i64,
        expires_at: i64,
        now: i64,
    ) -> Result<bool, StorageError> {
        match self {
            Self::Memory(paces) => {
                let mut paces = paces.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(note(&mut paces, *digest, interval, expires_at, now))
            }
            Self::Rows => note_in_row(storage, digest, interval, expires_at, now).await,
        }
    }

    /// Forgets requests that have run out.
    pub fn clear(&self, now: i64) {
        if let Self::Memory(paces) = self {
            let paces = &mut *paces.lock().unwrap_or_else(PoisonError::into_inner);
            for half in [&mut paces.young, &mut paces.old] {
                half.retain(|_, pace| pace.expires_at > now);
                half.shrink_to(half.len() * 2);
            }
        }
    }
}

fn note(
    paces: &mut RequestPaces,
    digest: [u8; 32],
    interval: i64,
    expires_at: i64,
    now: i64,
) -> bool {
    if let Some(pace) = paces.old.remove(&digest) {
        paces.remember(digest, pace);
    }
    if let Some(pace) = paces.young.get_mut(&digest) {
        // Whole seconds are cut off at both ends, so whoever waits the interval is never too soon.
        let too_fast = now - pace.last_poll < pace.interval;
        pace.last_poll = now;
        if too_fast {
            pace.interval += STEP;
        }
        return too_fast;
    }
    paces.remember(digest, RequestPace { interval, last_poll: now, expires_at });
    false
}

impl RequestPaces {
    fn remember(&mut self, digest: [u8; 32], pace: RequestPace) {
        if self.young.len() >= CAPACITY {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, pace);
    }
}

async fn note_in_row(
    storage: &Storage,
    digest: &[u8; 32],
    interval: i64,
    expires_at: i64,
    now: i64,
) -> Result<bool, StorageError> {
    let statement = sqlx::query(
        "INSERT INTO poll_paces (auth_req_digest, poll_interval, last_poll_at, slowed, expires_at) \
         VALUES ($1, $2, $3, 0, $4) ON CONFLICT (auth_req_digest) DO UPDATE SET \
         slowed = CASE WHEN poll_paces.last_poll_at + poll_paces.poll_interval > $3 \
                       THEN 1 ELSE 0 END, \
         poll_interval = CASE WHEN poll_paces.last_poll_at + poll_paces.poll_interval > $3 \
                              THEN poll_paces.poll_interval + $5 \
                              ELSE poll_paces.poll_interval END, \
         last_poll_at = $3 RETURNING slowed",
    )
    .bind(&digest[..])
    .bind(interval)
    .bind(now)
    .bind(expires_at)
    .bind(STEP);
    let row = storage.change(statement).await?;
    Ok(row.map(|row| row.try_get::<i64, _>(0)).transpose()? == Some(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_poll_is_never_slowed_and_each_step_is_kept() {
        let mut paces = RequestPaces::default();
        let mut poll = |now| note(&mut paces, [1; 32], 5, 600, now);
        assert!(!poll(0), "the first poll");
        assert!(!poll(5), "after the interval");
        assert!(poll(9), "a second too soon: 10 from now on");
        assert!(poll(14), "five seconds are too soon now: 15 from now on");
        assert!(!poll(29), "fifteen seconds are enough");
        assert!(poll(43), "and still needed");
    }

    #[test]
    fn remembers_a_bounded_number_of_requests() {
        let mut paces = RequestPaces::default();
        for number in 0..3 * CAPACITY as u64 {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_le_bytes());
            note(&mut paces, digest, 5, 600, i64::try_from(number / 100).unwrap());
        }
        assert!(paces.young.len() + paces.old.len() <= 2 * CAPACITY);
    }
}

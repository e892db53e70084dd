//! How fast a client polls: `slow_down` for whoever does not wait, and five seconds more from then
//! on (CIBA Core 1.0, section 11).
//!
//! A pending poll must not write to the disk: with one instance the pace is kept in memory, where a
//! restart may forget it. Instances that share a database keep it in the request's row.

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
    Memory(Mutex<Paces>),
    /// Several instances share the database.
    Rows,
}

/// The paces that are remembered.
#[derive(Debug, Default)]
pub struct Paces {
    young: HashMap<[u8; 32], Pace>,
    old: HashMap<[u8; 32], Pace>,
}

/// The pace of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
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
            Self::Rows => note_in_row(storage, digest, now).await,
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

fn note(paces: &mut Paces, digest: [u8; 32], interval: i64, expires_at: i64, now: i64) -> bool {
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
    paces.remember(digest, Pace { interval, last_poll: now, expires_at });
    false
}

impl Paces {
    fn remember(&mut self, digest: [u8; 32], pace: Pace) {
        if self.young.len() >= CAPACITY {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, pace);
    }
}

async fn note_in_row(storage: &Storage, digest: &[u8; 32], now: i64) -> Result<bool, StorageError> {
    let statement = sqlx::query(
        "UPDATE ciba_requests SET \
         slowed = CASE WHEN last_poll_at + poll_interval > $1 THEN 1 ELSE 0 END, \
         poll_interval = CASE WHEN last_poll_at + poll_interval > $2 \
                              THEN poll_interval + $3 ELSE poll_interval END, \
         last_poll_at = $4 \
         WHERE auth_req_digest = $5 RETURNING slowed",
    )
    .bind(now)
    .bind(now)
    .bind(STEP)
    .bind(now)
    .bind(&digest[..]);
    let row = storage.change(statement).await?;
    match row {
        Some(row) => Ok(row.try_get::<i64, _>(0)? == 1),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_poll_is_never_slowed_and_each_step_is_kept() {
        let mut paces = Paces::default();
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
        let mut paces = Paces::default();
        for number in 0..3 * CAPACITY as u64 {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_le_bytes());
            note(&mut paces, digest, 5, 600, i64::try_from(number / 100).unwrap());
        }
        assert!(paces.young.len() + paces.old.len() <= 2 * CAPACITY);
    }
}

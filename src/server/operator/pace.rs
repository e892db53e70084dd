//! How long to wait between two polls (CIBA Core 1.0, sections 7.3, 10.1 and 11).

use std::time::Duration;

use crate::server::transmit::Started;

/// The pause between two polls where the provider names none (CIBA Core 1.0, section 7.3).
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// What `slow_down` adds to the pause, for good (CIBA Core 1.0, section 11).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// The longest pause that faults lead to, unless the provider itself asks for a longer one.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// The pace at which one request is polled. Interval and faults are all of it that has to outlive
/// a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two polls.
    interval: Duration,
    /// Before the next poll only.
    extra: Duration,
    /// In a row.
    faults: u32,
}

impl Pace {
    /// The pace that the provider asked for when it took the request.
    pub fn new(started: &Started) -> Self {
        // "At least no seconds" would be a busy loop, and a pause longer than the request lives
        // would mean never to ask at all: such a request is asked about once, at its end.
        let given = started.interval.filter(|interval| !interval.is_zero());
        Self::resume(given.unwrap_or(DEFAULT_INTERVAL).min(started.expires_in), 0)
    }

    /// The pace of a request that another process has polled before.
    pub fn resume(interval: Duration, faults: u32) -> Self {
        Self { interval, extra: Duration::ZERO, faults }
    }

    /// The pause between two polls, without what faults add to it.
    pub fn interval(self) -> Duration {
        self.interval
    }

    /// The pause before the next poll.
    pub fn pause(self) -> Duration {
        self.interval.max(self.extra)
    }

    /// How many polls in a row have not got through.
    pub fn faults(self) -> u32 {
        self.faults
    }

    /// The provider has answered.
    pub(super) fn calm(&mut self) {
        self.faults = 0;
        self.extra = Duration::ZERO;
    }

    /// The provider has asked for more time.
    pub(super) fn slow_down(&mut self, retry_after: Option<Duration>) {
        self.calm();
        self.interval += SLOW_DOWN;
        self.extra = retry_after.unwrap_or_default();
    }

    /// Doubles the pause with each fault in a row (CIBA Core 1.0, section 10.1, asks for it where a
    /// connection times out).
    pub(super) fn back_off(&mut self, retry_after: Option<Duration>) {
        self.faults = (self.faults + 1).min(8);
        let doubled = self.interval * (1 << self.faults);
        self.extra = doubled.min(LONGEST_BACKOFF).max(retry_after.unwrap_or_default());
    }
}

//! When to poll next (CIBA Core 1.0, sections 7.3, 10.1 and 11).

use std::time::Duration;

use transmit::Started;

/// The pause between two polls where the provider names none (CIBA Core 1.0, section 7.3).
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// What `slow_down` adds to the pause, for good (CIBA Core 1.0, section 11).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// The longest pause that faults lead to, unless the provider itself asks for a longer one.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// How long before a request's end it is asked about for the last time: enough for the poll to
/// arrive, and hardly enough for a decision to come after it.
const LAST_CALL: Duration = Duration::from_secs(1);

/// How many unusable answers in a row are polled again, once the provider has spoken OAuth. A page of
/// maintenance or of a firewall passes; a wrong address does not, and is told at once.
const MOST_UNUSABLE: u32 = 5;

/// What came of the polls so far. With the interval it is all that has to outlive a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PollHistory {
    /// How many polls in a row have not got through.
    pub faults: u32,
    /// How many answers in a row were none of a token endpoint: a page, a redirect.
    pub unusable: u32,
    /// Whether the provider has ever answered as one.
    pub has_answered: bool,
}

/// The pace at which one request is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two polls.
    interval: Duration,
    /// Before the next poll only, because of faults.
    backoff: Duration,
    /// Before the next poll only, because the provider asked for it (`Retry-After`).
    asked_for: Duration,
    history: PollHistory,
}

impl Pace {
    /// The pace that the provider asked for when it took the request.
    pub fn new(started: &Started) -> Self {
        // "At least no seconds" would be a busy loop, and a pause longer than the request lives
        // would mean never to ask at all: such a request is asked about once, before its end.
        let given = started.interval.filter(|interval| !interval.is_zero());
        let interval = given.unwrap_or(DEFAULT_INTERVAL);
        let before_the_end = started.expires_in.saturating_sub(LAST_CALL).max(LAST_CALL);
        let interval = if interval > started.expires_in { before_the_end } else { interval };
        Self::resume(interval, PollHistory::default())
    }

    /// The pace of a request that another process has polled before.
    pub fn resume(interval: Duration, history: PollHistory) -> Self {
        Self { interval, backoff: Duration::ZERO, asked_for: Duration::ZERO, history }
    }

    /// The pause between two polls, without what faults add to it.
    pub fn interval(self) -> Duration {
        self.interval
    }

    /// What came of the polls so far.
    pub fn history(self) -> PollHistory {
        self.history
    }

    /// The pause before the next poll, where the request lives for `time_left` more. `None`: no poll
    /// fits in any more.
    ///
    /// Never earlier than the provider allows. Where no other poll would fit in after it, the next
    /// one waits until just before the end, whatever the pause: what the customer decides in the
    /// last interval was allowed on their page, and must not read "expired" to the agent.
    pub fn next_poll(self, time_left: Duration) -> Option<Duration> {
        let earliest = self.interval.max(self.asked_for);
        let wanted = earliest.max(self.backoff);
        let last = earliest.max(time_left.saturating_sub(LAST_CALL));
        let next = if wanted.saturating_add(self.interval) > last { last } else { wanted };
        (!next.is_zero() && next <= time_left).then_some(next)
    }

    /// The provider has answered.
    pub(super) fn answered(&mut self) {
        self.history = PollHistory { has_answered: true, ..PollHistory::default() };
        self.backoff = Duration::ZERO;
        self.asked_for = Duration::ZERO;
    }

    /// The provider has asked for more time.
    pub(super) fn slow_down(&mut self, retry_after: Option<Duration>) {
        self.answered();
        self.interval += SLOW_DOWN;
        self.asked_for = retry_after.unwrap_or_default();
    }

    /// Doubles the pause with each fault in a row (CIBA Core 1.0, section 10.1, asks for it where a
    /// connection times out).
    pub(super) fn back_off(&mut self, retry_after: Option<Duration>) {
        self.history.faults = (self.history.faults + 1).min(8);
        let doubled = self.interval.saturating_mul(1 << self.history.faults);
        self.backoff = doubled.min(LONGEST_BACKOFF);
        self.asked_for = retry_after.unwrap_or_default();
    }

    /// Takes an unusable answer for a fault that passes. `false`: it is not to be polled again.
    pub(super) fn retry_unusable(&mut self, retry_after: Option<Duration>) -> bool {
        let may_be = self.history.has_answered && self.history.unusable < MOST_UNUSABLE;
        if may_be {
            self.history.unusable += 1;
            self.back_off(retry_after);
        }
        may_be
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn next(pace: Pace, time_left: u64) -> Option<u64> {
        pace.next_poll(seconds(time_left)).map(|pause| pause.as_secs())
    }

    #[test]
    fn the_last_poll_is_just_before_the_end() {
        let pace = Pace::resume(seconds(5), PollHistory::default());
        for (time_left, expected) in [
            (600, Some(5)),
            (11, Some(5)),
            // Another poll would come after the end: this one waits for it.
            (10, Some(9)),
            (7, Some(6)),
            (6, Some(5)),
            (5, Some(5)),
            (4, None),
            (0, None),
        ] {
            assert_eq!(next(pace, time_left), expected, "{time_left} s left");
        }
    }

    #[test]
    fn faults_do_not_cost_the_last_poll_and_retry_after_is_kept() {
        let mut pace = Pace::resume(seconds(5), PollHistory::default());
        pace.back_off(None);
        pace.back_off(None);
        assert_eq!(next(pace, 600), Some(20));
        assert_eq!(next(pace, 15), Some(14));
        pace.back_off(Some(seconds(30)));
        assert_eq!(next(pace, 32), Some(31));
        assert_eq!(next(pace, 29), None, "the provider asked not to be asked");
        pace.back_off(Some(Duration::MAX));
        assert_eq!(next(pace, 600), None);
    }

    #[test]
    fn an_unusable_answer_is_polled_again_only_after_a_proper_one() {
        let mut pace = Pace::resume(seconds(5), PollHistory::default());
        assert!(!pace.retry_unusable(None));
        pace.answered();
        for _ in 0..MOST_UNUSABLE {
            assert!(pace.retry_unusable(None));
        }
        assert!(!pace.retry_unusable(None));
        pace.answered();
        assert!(pace.retry_unusable(None));
    }
}

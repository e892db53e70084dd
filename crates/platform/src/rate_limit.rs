//! How often something may happen, where each time is a row.

/// At most so many in the seconds before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub most: i64,
    /// In how many seconds.
    pub seconds: i64,
}

impl RateLimit {
    /// At most `most` in `seconds`.
    pub const fn new(most: i64, seconds: i64) -> Self {
        Self { most, seconds }
    }

    /// Since when what happens is counted, in seconds since 1970: what happened at this time or before
    /// is not.
    pub const fn since(self, now: i64) -> i64 {
        now - self.seconds
    }

    /// The seconds until there is room, where `oldest` is when the oldest of those happened that fill the
    /// limit.
    pub const fn room_in(self, oldest: i64, now: i64) -> i64 {
        oldest + self.seconds - now
    }
}

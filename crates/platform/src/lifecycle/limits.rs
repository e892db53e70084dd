//! What a listener grants to its connections.

use std::time::Duration;

/// How long a connection may be without a request. Proxies in front keep theirs for 60 s: ours must be
/// longer, or a form is sent into a connection that was just closed.
pub(super) const IDLE: Duration = Duration::from_secs(75);

/// The most connections of one listener.
const MOST: usize = 10_000;

/// File descriptors that are not for connections of customers: the database, calls to the provider,
/// mail servers.
const RESERVED: u64 = 200;

/// What a listener grants to its connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectionLimits {
    /// How long a request's head may take, from its first byte, and a new connection until its first
    /// request.
    pub(super) head: Duration,
    /// How long it may be without a request after that.
    pub(super) idle: Duration,
    /// How many there are at a time; whoever comes then waits in the system's queue.
    pub(super) most: usize,
    /// How many of them one network has. Whoever has more is hung up on.
    pub(super) share: usize,
}

impl ConnectionLimits {
    /// What each of so many listeners may grant: a process that has no file descriptor left for its
    /// database serves nobody.
    pub(super) fn of_one_among(listeners: u64) -> Self {
        let descriptors =
            rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(u64::MAX, |(now, _)| now);
        let each = descriptors.saturating_sub(RESERVED) / listeners.max(1);
        let most = usize::try_from(each).unwrap_or(usize::MAX).clamp(16, MOST);
        Self { head: Duration::from_secs(20), idle: IDLE, most, share: most.div_ceil(8) }
    }
}

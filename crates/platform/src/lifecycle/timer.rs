//! When a connection has been in its stage for too long.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::limits::ConnectionLimits;
use super::progress::{ConnectionProgress, ConnectionStage};

/// How long a connection that is ending may take none of its answer.
const STALLED: Duration = Duration::from_secs(60);

/// How long a connection may be silent once no new ones are taken. Whoever sends until then is
/// answered, and told that the connection ends; closed at once, a request could meet the closing
/// half-way.
const QUIET: Duration = Duration::from_secs(1);

/// What a connection comes to whose time is over.
pub(super) enum Overdue {
    /// A request under way still comes to its end, and no other is taken.
    End,
    /// It is closed as it is.
    Close,
}

/// The timer of one connection, which is looked at when it runs out, and not set anew for each request.
pub(super) struct ConnectionTimer<'a> {
    limits: ConnectionLimits,
    progress: &'a ConnectionProgress,
    sleep: Pin<&'a mut Sleep>,
    stopped_at: Option<Instant>,
    /// How much was written when the timer was last set, once the connection is ending.
    ending: Option<u64>,
}

impl<'a> ConnectionTimer<'a> {
    /// A timer for a connection that has just been taken; `sleep` is set by it.
    pub(super) fn new(
        limits: ConnectionLimits,
        progress: &'a ConnectionProgress,
        sleep: Pin<&'a mut Sleep>,
    ) -> Self {
        let mut timer = Self { limits, progress, sleep, stopped_at: None, ending: None };
        timer.set(Instant::now() + timer.look());
        timer
    }

    /// Whether a stop of the process is news for this connection.
    pub(super) fn awaits_stop(&self) -> bool {
        self.stopped_at.is_none() && self.ending.is_none()
    }

    /// The process stops: whoever is silent from now on is closed soon.
    pub(super) fn stop(&mut self) {
        let now = Instant::now();
        self.stopped_at = Some(now);
        self.set(now + QUIET);
    }

    /// The connection ends with the request under way, for as long as the other side takes its answer.
    pub(super) fn end(&mut self) {
        self.ending = Some(self.progress.written());
        self.set(Instant::now() + STALLED);
    }

    /// Completes when the connection's time is over. Dropped before, it forgets nothing.
    pub(super) async fn run_out(&mut self) -> Overdue {
        loop {
            self.sleep.as_mut().await;
            if let Some(written) = self.ending {
                if self.progress.written() == written {
                    return Overdue::Close;
                }
                return Overdue::End;
            }
            let (now, deadline) = (Instant::now(), self.deadline());
            if now >= deadline {
                return match self.progress.stage() {
                    ConnectionStage::Head => Overdue::Close,
                    ConnectionStage::Request | ConnectionStage::Answer => Overdue::End,
                };
            }
            self.set(deadline.min(now + self.look()));
        }
    }

    fn set(&mut self, deadline: Instant) {
        self.sleep.as_mut().reset(deadline);
    }

    /// How long until the deadline is looked at again: no longer than the shortest that it may become.
    fn look(&self) -> Duration {
        self.stopped_at.map_or(self.limits.head.min(self.limits.idle), |_| QUIET)
    }

    /// When the connection has been in its stage for too long.
    fn deadline(&self) -> Instant {
        let since = self.progress.since();
        match self.progress.stage() {
            ConnectionStage::Head => since + self.limits.head,
            ConnectionStage::Request => match self.stopped_at {
                Some(stopped_at) => since.max(stopped_at) + QUIET,
                // hyper waits for the first bytes, by which it tells HTTP/2 from HTTP/1.1, without
                // any timer.
                None if !self.progress.has_asked() => since + self.limits.head,
                None => since + self.limits.idle,
            },
            ConnectionStage::Answer => since + self.limits.idle,
        }
    }
}

//! What a room is given instead of reaching for it: time, randomness, counters; and the shape of work
//! that goes on beside the listeners.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::answer_time;
use crate::clock::{SharedClock, SystemClock};
use crate::ids::{SharedEntropy, SystemEntropy};
use crate::metrics::Metrics;
use crate::traces::Traces;

/// What every room takes from its surroundings: time, randomness, and where to count.
#[derive(Debug, Clone)]
pub struct Ambient {
    /// The time.
    pub clock: SharedClock,
    /// The randomness.
    pub entropy: SharedEntropy,
    /// Where to count.
    pub metrics: Metrics,
    /// Where spans go; nowhere until [`Traces::start`] is called.
    pub traces: Traces,
    /// Cancelled when the process is about to stop: readiness says so before anything else ends.
    pub stopping: CancellationToken,
    /// The step in which answers about a named person leave ([`answer_time`]); zero, and nothing is
    /// held, unless it is the machine's own surroundings.
    pub answer_step: Duration,
}

impl Ambient {
    /// This clock and this randomness, and counters at zero.
    pub fn new(clock: SharedClock, entropy: SharedEntropy) -> Self {
        Self {
            clock,
            entropy,
            metrics: Metrics::default(),
            traces: Traces::default(),
            stopping: CancellationToken::new(),
            answer_step: Duration::ZERO,
        }
    }

    /// The machine's own.
    pub fn system() -> Self {
        let ambient = Self::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
        Self { answer_step: answer_time::STEP, ..ambient }
    }
}

/// Work beside the listeners: resuming decisions, sending queued mail, clearing away.
pub type Worker = Box<dyn FnOnce(CancellationToken) -> WorkerFuture + Send>;

/// Work that is done at the start, and then once in each `period`.
pub fn repeated<F>(period: Duration, mut work: impl FnMut() -> F + Send + 'static) -> Worker
where
    F: Future<Output = ()> + Send,
{
    Box::new(move |stop| {
        Box::pin(async move {
            let mut tick = tokio::time::interval(period);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = tick.tick() => work().await,
                }
            }
        })
    })
}

/// A worker at work; it ends soon after its token is cancelled.
pub type WorkerFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

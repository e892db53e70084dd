//! Sends SMS and mail: by a gateway and an SMTP server, and in the demo into an outbox that can be
//! read.
//!
//! A message holds what signs a customer in, so nothing of it is ever logged.

mod error;
mod message;
pub mod outbox;
mod queue;
pub mod sending_limit;
mod sms_gateway;
mod smtp;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::settings::{MailConfig, SmsConfig};
use platform::ambient::{Ambient, Worker};
use platform::causes::Causes;
use platform::clock::SharedClock;
use platform::retry;
use platform::seal::Sealer;
use platform::storage::Storage;

pub use error::{DeliverySetUpError, SendError};
pub use message::{InlineLogo, Message, MessageChannel};
pub use queue::END_LEASES;

use error::AttemptFault;
use outbox::Outbox;
use queue::{Queue, Queued};
use sms_gateway::SmsGateway;
use smtp::Smtp;

/// How long whoever sends a mail waits for the server's word; most refusals come within it.
const MAIL_WAIT: Duration = Duration::from_secs(1);

/// Messages that are handed on at the same time.
const AT_ONCE: usize = 32;

/// How often the queue is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// How long tries under way may take at the end of the process.
const LAST_TRIES: Duration = Duration::from_secs(20);

/// Sends messages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Messenger(Arc<MessengerParts>);

#[derive(Debug)]
struct MessengerParts {
    smtp: Option<Smtp>,
    sms_gateway: Option<SmsGateway>,
    outbox: Option<Outbox>,
    queue: Queue,
    clock: SharedClock,
    places: Arc<Semaphore>,
    under_way: TaskTracker,
}

impl Messenger {
    /// The ways of a configuration. Only the demo has an outbox.
    pub fn new(
        mail: &MailConfig,
        sms: &SmsConfig,
        ambient: &Ambient,
        storage: &Storage,
        sealer: &Sealer,
        outbox: Option<Outbox>,
    ) -> Result<Self, DeliverySetUpError> {
        Ok(Self(Arc::new(MessengerParts {
            smtp: Smtp::new(mail, ambient)?,
            sms_gateway: SmsGateway::new(sms, &ambient.clock)?,
            outbox,
            queue: Queue::new(storage, sealer, ambient),
            clock: ambient.clock.clone(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            under_way: TaskTracker::new(),
        })))
    }

    /// Tries the ways of a configuration; nothing is sent.
    pub fn check(
        mail: &MailConfig,
        sms: &SmsConfig,
        ambient: &Ambient,
    ) -> Result<(), DeliverySetUpError> {
        Smtp::new(mail, ambient)?;
        SmsGateway::new(sms, &ambient.clock)?;
        Ok(())
    }

    /// The demo's outbox.
    pub fn outbox(&self) -> Option<&Outbox> {
        self.0.outbox.as_ref()
    }

    /// Sends one message. It is kept before it is tried, so that neither a slow server nor the end of
    /// this process loses it; what the next station says soon is told, and whatever it puts off is
    /// tried again for as long as the message is good.
    pub async fn send(&self, message: Message) -> Result<(), SendError> {
        if let Some(outbox) = &self.0.outbox {
            outbox.keep(&message).await?;
        }
        let (is_set_up, wait) = match message.channel {
            MessageChannel::Email => (self.0.smtp.is_some(), MAIL_WAIT),
            MessageChannel::Sms => (self.0.sms_gateway.is_some(), sms_gateway::LONGEST),
        };
        if !is_set_up {
            let is_kept = self.0.outbox.is_some();
            return if is_kept { Ok(()) } else { Err(SendError::NotConfigured(message.channel)) };
        }
        let place = self.0.places.clone().try_acquire_owned().ok();
        let queued = self.0.queue.keep(message, place.is_some()).await?;
        // Where all are busy the worker has it in its turn.
        let Some(place) = place else { return Ok(()) };
        match tokio::time::timeout(wait, self.attempt(queued, place)).await {
            Ok(Ok(result)) => result,
            // It goes on without us, or is taken up again.
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }

    /// Tries one message, whether or not anybody waits for it.
    fn attempt(
        &self,
        queued: Queued,
        place: OwnedSemaphorePermit,
    ) -> JoinHandle<Result<(), SendError>> {
        let inner = Arc::clone(&self.0);
        self.0.under_way.spawn(async move {
            let result = inner.attempt(&queued).await;
            drop(place);
            result
        })
    }

    /// Tries every message that is due, as far as there are places. The tries go on by themselves.
    ///
    /// # Errors
    ///
    /// [`SendError`] where the queue cannot be read.
    pub async fn try_due(&self) -> Result<Vec<JoinHandle<Result<(), SendError>>>, SendError> {
        self.0.queue.clear().await?;
        let mut tries = Vec::new();
        while let Ok(place) = self.0.places.clone().try_acquire_owned() {
            let Some(queued) = self.0.queue.take_due().await? else { break };
            tries.push(self.attempt(queued, place));
        }
        Ok(tries)
    }

    /// The worker that tries again what is put off, and what was left by a process that ended.
    pub fn worker(&self) -> Worker {
        let messenger = self.clone();
        Box::new(move |stop| Box::pin(messenger.work(stop)))
    }

    async fn work(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.try_due().await {
                tracing::error!(error = %Causes(&error), "message queue failed");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        self.0.under_way.close();
        if tokio::time::timeout(LAST_TRIES, self.0.under_way.wait()).await.is_err() {
            tracing::warn!("messages were cut off at shutdown; they will be sent again");
        }
    }
}

impl MessengerParts {
    async fn attempt(&self, queued: &Queued) -> Result<(), SendError> {
        let fault = match self.hand_on(queued).await {
            Ok(()) => return Ok(self.queue.done(queued).await?),
            Err(fault) => fault,
        };
        let channel = queued.message.channel.as_str();
        let fault = match fault {
            // Whoever waits for a message is told at once. A notice is worth reading a day later, and by
            // then the configuration may be mended.
            AttemptFault::Final(error @ SendError::SmtpClosed(_))
                if queued.message.good_until.is_none() =>
            {
                AttemptFault::Passing { why: error.to_string(), retry_after: None }
            }
            other => other,
        };
        let error = match fault {
            AttemptFault::Final(error) => error,
            AttemptFault::Passing { why, retry_after } => {
                let age = self.clock.unix() - queued.queued_at;
                let asked =
                    retry_after.map_or(0, |wait| wait.as_secs().try_into().unwrap_or(i64::MAX));
                let pause = retry::pause(age).max(asked);
                if self.queue.postpone(queued, pause).await? {
                    tracing::warn!(channel, why, pause, "a message is tried again");
                    return Ok(());
                }
                tracing::warn!(channel, why, "a message is put off for longer than it is good");
                SendError::TooLate
            }
        };
        tracing::error!(channel, error = %Causes(&error), "a message is not sent");
        self.queue.done(queued).await?;
        Err(error)
    }

    async fn hand_on(&self, Queued { id, message, .. }: &Queued) -> Result<(), AttemptFault> {
        match (message.channel, &self.smtp, &self.sms_gateway) {
            (MessageChannel::Email, Some(smtp), _) => smtp.send(message, id).await,
            (MessageChannel::Sms, _, Some(gateway)) => gateway.send(message).await,
            // Queued by an instance that is set up otherwise.
            (channel, ..) => Err(SendError::NotConfigured(channel).into()),
        }
    }
}

/// Whether a text is a sender's address, with or without a name.
pub fn is_sender(text: &str) -> bool {
    text.parse::<lettre::message::Mailbox>().is_ok()
}

//! Sends SMS and mail: by a gateway and an SMTP server, and in the demo into an outbox that can be
//! read.
//!
//! A message holds what signs a customer in, so nothing of it is ever logged.

pub mod outbox;
mod queue;
pub mod sending_limit;
mod sms_gateway;
mod smtp;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::settings::{MailConfig, SmsConfig};
use ciba::words;
use platform::ambient::{Ambient, Worker};
use platform::clock::SharedClock;
use platform::ids::NoEntropy;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};
use platform::{http_client, retry};

use outbox::Outbox;
pub use queue::END_LEASES;
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

/// The way that a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageChannel {
    /// To a telephone number.
    Sms,
    /// To a mail address.
    Email,
}

words!(MessageChannel {
    Sms = "sms",
    Email = "email",
});

/// One message to one person.
#[derive(Clone, Serialize, Deserialize)]
pub struct Message {
    /// The way it takes.
    pub channel: MessageChannel,
    /// A telephone number (E.164) or a mail address.
    pub to: String,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The text; of a mail the plain part, which holds everything that the HTML holds.
    pub text: String,
    /// The HTML part of a mail.
    pub html: Option<String>,
    /// A picture that the HTML shows as `cid:logo`.
    pub logo: Option<InlineLogo>,
    /// The sender's name, instead of the configured one.
    pub sender_name: Option<String>,
    /// The links in the text.
    pub links: Vec<String>,
    /// The code in the text.
    pub code: Option<String>,
    /// Until when it is worth sending, in seconds since 1970. A message without an end is tried for
    /// a day.
    pub good_until: Option<i64>,
}

/// A picture that travels within the mail, so that nothing is fetched when it is read.
#[derive(Clone, Serialize, Deserialize)]
pub struct InlineLogo {
    /// For example `image/png`.
    pub media_type: String,
    /// The picture.
    pub bytes: Vec<u8>,
}

impl Message {
    /// An SMS.
    pub fn sms(to: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            channel: MessageChannel::Sms,
            to: to.into(),
            subject: None,
            text: text.into(),
            html: None,
            logo: None,
            sender_name: None,
            links: Vec::new(),
            code: None,
            good_until: None,
        }
    }

    /// A mail of plain text.
    pub fn email(
        to: impl Into<String>,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            channel: MessageChannel::Email,
            subject: Some(subject.into()),
            ..Self::sms(to, text)
        }
    }

    /// Says which link the text holds.
    #[must_use]
    pub fn with_link(mut self, link: impl Into<String>) -> Self {
        self.links.push(link.into());
        self
    }

    /// Says which code the text holds.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Says until when it is worth sending.
    #[must_use]
    pub fn good_until(mut self, expires_at: i64) -> Self {
        self.good_until = Some(expires_at);
        self
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// The configuration of mail or SMS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeliverySetUpError {
    /// There is a server and no sender.
    #[error("mail.from: it is missing. Write the sender's address")]
    SenderMissing,
    /// The sender is no address.
    #[error("mail.from: it is not an address")]
    Sender(#[source] lettre::address::AddressError),
    /// The name that the server is told is no host's.
    #[error("mail.helo: it is not a full host name, nor an address such as [192.0.2.1]")]
    Helo,
    /// The server's address cannot be used.
    #[error("mail.smtp_url: it is not the address of a mail server")]
    Server(#[source] lettre::transport::smtp::Error),
    /// Mail would cross a network in the clear, with links that sign people in.
    #[error(
        "mail.smtp_url: the server is not on this machine and the connection would not be \
         encrypted. Write smtps://… or smtp://…?tls=required"
    )]
    Unencrypted,
    /// The gateway's address is neither https nor on this machine.
    #[error("sms.gateway_url: it is neither https nor on this machine")]
    UnencryptedGateway,
    /// The gateway's client cannot be set up.
    #[error(transparent)]
    HttpClient(#[from] http_client::HttpClientError),
}

/// A message is not sent, and will not be.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing is configured for this channel.
    #[error("send a message: nothing is configured for {}", .0.as_str())]
    NotConfigured(MessageChannel),
    /// The mail cannot be written: an address in it is none.
    #[error("write a mail")]
    Mail(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The mail server refused it for good (5xx). What it says is left out: it quotes the address.
    #[error("hand a mail to the server: it answered {0}")]
    SmtpRefused(lettre::transport::smtp::response::Code),
    /// The mail server cannot be used as it is configured, or not for this mail.
    #[error("hand a mail to the server")]
    Smtp(#[source] lettre::transport::smtp::Error),
    /// The SMS gateway was not reached, or broke off; it may have the message nevertheless.
    #[error("hand a message to the SMS gateway")]
    Gateway(#[source] reqwest::Error),
    /// The SMS gateway refused it.
    #[error("hand a message to the SMS gateway: it answered {0}")]
    GatewayRefused(reqwest::StatusCode),
    /// It would be sent again after its time.
    #[error("send a message: the server or gateway puts it off for longer than it is good")]
    TooLate,
    /// It could not be sealed.
    #[error("queue a message")]
    Seal(#[from] SealError),
    /// It could not be kept.
    #[error("queue a message")]
    Storage(#[from] StorageError),
    /// The machine gave no randomness for its identifier.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

impl SendError {
    /// Whether the next station has refused this very message: the same one sent again meets the same.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Mail(_) | Self::SmtpRefused(_))
    }
}

/// Why one attempt to hand a message on failed.
#[derive(Debug)]
enum AttemptFault {
    /// For good.
    Final(SendError),
    /// For now: the next station has not taken it, and may later.
    Passing {
        /// What is known, for the log.
        why: String,
        /// How long the next station asks us to wait.
        retry_after: Option<Duration>,
    },
}

impl From<SendError> for AttemptFault {
    fn from(error: SendError) -> Self {
        Self::Final(error)
    }
}

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
                tracing::error!(error = &error as &dyn std::error::Error, "message queue failed");
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
        tracing::error!(channel, error = &error as &dyn std::error::Error, "a message is not sent");
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

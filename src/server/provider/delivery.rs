//! Sends SMS and mail: by a gateway and an SMTP server, and in the demo into an outbox that can be
//! read.
//!
//! A message holds what signs a customer in, so nothing of it is ever logged.

pub mod outbox;
pub mod sending_limit;
mod sms_gateway;
mod smtp;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::Parts;
use crate::server::ambient::Ambient;
use crate::server::config::Config;
use crate::server::http_client;
use crate::server::ids::NoEntropy;
use crate::server::storage::StorageError;

use outbox::Outbox;
use sms_gateway::SmsGateway;
use smtp::Smtp;

/// The longest that a message may take until the next station has it. Below what callers wait by
/// default (`provider.timeout`), so that they are told what became of it.
const LONGEST: Duration = Duration::from_secs(4);

/// The way that a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// To a telephone number.
    Sms,
    /// To a mail address.
    Email,
}

impl Channel {
    /// The word for it in the API and in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

/// One message to one person.
#[derive(Clone)]
pub struct Message {
    /// The way it takes.
    pub channel: Channel,
    /// A telephone number (E.164) or a mail address.
    pub to: String,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The text; of a mail the plain part, which holds everything that the HTML holds.
    pub text: String,
    /// The HTML part of a mail.
    pub html: Option<String>,
    /// A picture that the HTML shows as `cid:logo`.
    pub logo: Option<Logo>,
    /// The sender's name, instead of the configured one.
    pub sender_name: Option<String>,
    /// The links in the text.
    pub links: Vec<String>,
    /// The code in the text.
    pub code: Option<String>,
}

/// A picture that travels within the mail, so that nothing is fetched when it is read.
#[derive(Clone)]
pub struct Logo {
    /// For example `image/png`.
    pub media_type: &'static str,
    /// The picture.
    pub bytes: Vec<u8>,
}

impl Message {
    /// An SMS.
    pub fn sms(to: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            channel: Channel::Sms,
            to: to.into(),
            subject: None,
            text: text.into(),
            html: None,
            logo: None,
            sender_name: None,
            links: Vec::new(),
            code: None,
        }
    }

    /// A mail of plain text.
    pub fn email(
        to: impl Into<String>,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self { channel: Channel::Email, subject: Some(subject.into()), ..Self::sms(to, text) }
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
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// The configuration of mail or SMS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// There is a server and no sender.
    #[error("mail.from: it is missing. Write the sender's address")]
    SenderMissing,
    /// The sender is no address.
    #[error("mail.from: it is not an address")]
    Sender(#[source] lettre::address::AddressError),
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
    HttpClient(#[from] http_client::SetUpError),
}

/// A message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing is configured for this channel.
    #[error("send a message: nothing is configured for {}", .0.as_str())]
    NotConfigured(Channel),
    /// The mail cannot be written: an address in it is none.
    #[error("write a mail")]
    Mail(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The mail server refused it, or did not answer.
    #[error("hand a mail to the server")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The SMS gateway did not answer.
    #[error("hand a message to the SMS gateway")]
    Gateway(#[source] reqwest::Error),
    /// The SMS gateway refused it.
    #[error("hand a message to the SMS gateway: it answered {0}")]
    GatewayRefused(reqwest::StatusCode),
    /// The next station took too long; it may have it nevertheless.
    #[error("send a message: the server or gateway took too long")]
    TooSlow,
    /// The demo's outbox could not keep it.
    #[error("keep a message in the outbox")]
    Outbox(#[from] StorageError),
    /// The machine gave no randomness for the mail's identifier.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The task that sent it was ended.
    #[error("send a message: the process is stopping")]
    Stopping,
}

/// Sends messages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Messenger(Arc<Ways>);

#[derive(Debug)]
struct Ways {
    smtp: Option<Smtp>,
    sms_gateway: Option<SmsGateway>,
    outbox: Option<Outbox>,
}

impl Messenger {
    /// The ways of a configuration. Only the demo has an outbox.
    ///
    /// # Errors
    ///
    /// [`SetUpError`] names the key that cannot be used.
    pub fn new(parts: &Parts<'_>) -> Result<Self, SetUpError> {
        Ok(Self(Arc::new(Ways {
            smtp: Smtp::new(&parts.config.mail, parts.ambient)?,
            sms_gateway: SmsGateway::new(&parts.config.sms)?,
            outbox: parts.demo.map(|_| Outbox::new(parts)),
        })))
    }

    /// The configured servers and gateways, and no outbox: for whoever is not the embedded provider.
    ///
    /// # Errors
    ///
    /// [`SetUpError`] names the key that cannot be used.
    pub fn without_outbox(config: &Config, ambient: &Ambient) -> Result<Self, SetUpError> {
        Ok(Self(Arc::new(Ways {
            smtp: Smtp::new(&config.mail, ambient)?,
            sms_gateway: SmsGateway::new(&config.sms)?,
            outbox: None,
        })))
    }

    /// Tries the ways of a configuration; nothing is sent.
    ///
    /// # Errors
    ///
    /// [`SetUpError`] names the key that cannot be used.
    pub(super) fn check(config: &Config, ambient: &Ambient) -> Result<(), SetUpError> {
        Smtp::new(&config.mail, ambient)?;
        SmsGateway::new(&config.sms)?;
        Ok(())
    }

    /// The demo's outbox.
    pub fn outbox(&self) -> Option<&Outbox> {
        self.0.outbox.as_ref()
    }

    /// Sends one message and returns when the next station has taken it.
    ///
    /// It is sent to its end even if the caller stops waiting: a mail that is cut off in the middle
    /// would be lost without anybody having been told. It is given up after `LONGEST`.
    ///
    /// # Errors
    ///
    /// [`SendError`]
    pub async fn send(&self, message: Message) -> Result<(), SendError> {
        let ways = Arc::clone(&self.0);
        let sending = tokio::spawn(async move {
            tokio::time::timeout(LONGEST, ways.send(&message))
                .await
                .map_err(|_| SendError::TooSlow)?
        });
        sending.await.map_err(|_| SendError::Stopping)?
    }
}

impl Ways {
    async fn send(&self, message: &Message) -> Result<(), SendError> {
        if let Some(outbox) = &self.outbox {
            outbox.keep(message).await?;
        }
        match (message.channel, &self.smtp, &self.sms_gateway) {
            (Channel::Email, Some(smtp), _) => smtp.send(message).await,
            (Channel::Sms, _, Some(gateway)) => gateway.send(message).await,
            (channel, ..) if self.outbox.is_none() => Err(SendError::NotConfigured(channel)),
            _ => Ok(()),
        }
    }
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

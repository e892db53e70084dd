//! Why nothing can be sent, why a message is not, and why one attempt has failed.

use std::time::Duration;

use super::message::MessageChannel;
use platform::http_client::HttpClientError;
use platform::ids::NoEntropy;
use platform::seal::SealError;
use platform::storage::StorageError;

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
    HttpClient(#[from] HttpClientError),
}

/// A message is not sent, and will not be.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing is configured for this channel.
    #[error("message not sent: nothing is configured for {}", .0.as_str())]
    NotConfigured(MessageChannel),
    /// The mail cannot be written: an address in it is none.
    #[error("mail not written")]
    Mail(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The mail server refused it for good (5xx). What it says is left out: it quotes the address.
    #[error("the mail server answered {0}")]
    SmtpRefused(lettre::transport::smtp::response::Code),
    /// The mail server lets us send nothing: it wants another password, or takes no mail at all. It says
    /// nothing of this mail.
    #[error(
        "hand a mail to the server: it answered {0}, so it takes no mail of ours. See mail.smtp_url"
    )]
    SmtpClosed(lettre::transport::smtp::response::Code),
    /// The mail server cannot be used as it is configured, or not for this mail.
    #[error("the mail server cannot be used")]
    Smtp(#[source] lettre::transport::smtp::Error),
    /// The SMS gateway was not reached, or broke off; it may have the message nevertheless.
    #[error("the SMS gateway was not reached")]
    Gateway(#[source] reqwest::Error),
    /// The SMS gateway refused it.
    #[error("the SMS gateway answered {0}")]
    GatewayRefused(reqwest::StatusCode),
    /// It would be sent again after its time.
    #[error("the server or gateway puts the message off for longer than it is good")]
    TooLate,
    /// It could not be sealed.
    #[error("message not queued")]
    Seal(#[from] SealError),
    /// It could not be kept.
    #[error("message not queued")]
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
pub(super) enum AttemptFault {
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

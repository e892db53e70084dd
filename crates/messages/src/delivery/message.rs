//! A message to one person.

use std::fmt;

use serde::{Deserialize, Serialize};

use ciba::words;

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

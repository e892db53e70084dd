//! The tables of the configuration that say how mail and SMS are sent. The comment on a field is its
//! manual entry; `docs/configuration.md` is generated from them.

use std::path::PathBuf;

use platform::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

/// `[mail]`: how mail is sent: by the embedded provider, and by this site where the provider is
/// Keycloak.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The server: `smtps://user:password@host`, `smtp://host:587?tls=required`, or
    /// `smtp://localhost:2525` for a server on this machine. In the demo it may be unset: the outbox
    /// keeps the mail.
    pub smtp_url: Option<Secret>,
    /// A file that holds the address of the server.
    pub smtp_url_file: Option<PathBuf>,
    /// The sender's address, for example `Example Bank <no-reply@example.com>`. A name with a comma
    /// or another sign stands in quotes: `"Example, Inc." <no-reply@example.com>`.
    pub from: Option<String>,
    /// The full name of this machine as the server is told it (`EHLO`), or its address as
    /// `[192.0.2.1]`. Unset: the domain of `from`. Many servers refuse a name without a dot.
    pub helo: Option<String>,
}

/// `[sms]`: how SMS are sent: by the embedded provider, and by this site where the provider is
/// Keycloak.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsConfig {
    /// An HTTP gateway; it receives `{phone_number, sender_id, message}` as JSON. In the demo it may
    /// be unset: the outbox keeps the message.
    pub gateway_url: Option<Url>,
    /// Sent to the gateway as `X-API-Key`.
    pub api_key: Option<Secret>,
    /// A file that holds the key.
    pub api_key_file: Option<PathBuf>,
    /// The sender's name, at most 11 characters.
    pub sender_id: Option<String>,
}

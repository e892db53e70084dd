//! What a user's tokens are made from: the sign-in, where they come from, and what was granted.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clients::Client;
use crate::users::User;

/// How a person proved to be the user (`amr`; docs/transmit-api.md, 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amr {
    /// A link in a mail.
    Eml,
    /// A code in a mail.
    Eotp,
    /// A code in an SMS.
    Sms,
    /// A password.
    Pwd,
    /// Another identity provider.
    Social,
    /// A passkey.
    Webauthn,
    /// More than one of these.
    Mfa,
}

/// Where an access token comes from: the private claim `origin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A client for itself.
    Client,
    /// A person who has just signed in.
    SignIn,
    /// A refresh token; nobody was there.
    Refresh,
    /// An authentication request that the user approved: the agent holds it.
    Ciba,
}

/// A sign-in, as the tokens tell of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthenticatedUser {
    /// How.
    pub amr: Vec<Amr>,
    /// When, in seconds since 1970.
    pub auth_time: i64,
    /// How strongly. Unset: `phr` (phishing-resistant, OpenID EAP) with a passkey, `1` otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The `nonce` of the request that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// What the passkey's ceremony committed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_data: Option<Value>,
    /// Further claims of the ID token; none of them replaces one that is set here.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl AuthenticatedUser {
    /// A sign-in by these means at this time.
    pub fn by(amr: &[Amr], auth_time: i64) -> Self {
        Self {
            amr: amr.to_vec(),
            auth_time,
            acr: None,
            nonce: None,
            approval_data: None,
            extra: Map::new(),
        }
    }

    pub(super) fn acr(&self) -> &str {
        let usual = if self.amr.contains(&Amr::Webauthn) { "phr" } else { "1" };
        self.acr.as_deref().unwrap_or(usual)
    }
}

/// Everything that a user's tokens are made from.
pub(crate) struct Grant<'a> {
    /// Whose they are. Where nobody signs in, read in the transaction in which they are made.
    pub(crate) user: &'a User,
    pub(crate) client: &'a Client,
    /// What these tokens are good for.
    pub(crate) scope: &'a str,
    /// What the session was granted: its refresh tokens keep it, however narrow this scope is.
    pub(crate) granted: &'a str,
    pub(crate) origin: Origin,
    pub(crate) authenticated: &'a AuthenticatedUser,
    /// The session, which all refreshed tokens share.
    pub(crate) session_id: String,
    /// Whether the answer has the six fields of a back-end sign-in.
    pub(crate) backend: bool,
    /// CIBA: the request that was approved (CIBA Core 1.0, section 10.1.1).
    pub(crate) auth_req_id: Option<&'a str>,
}

//! How a request reaches its customer.

use crate::config::{Config, Delivery, ProviderKind};
use ciba::words;
use transmit::Channel;

/// How a request reaches its customer: by a message of the provider's, or by what the agent passes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestChannel {
    /// The provider sends a link by SMS.
    Sms,
    /// The provider sends a link by e-mail.
    Email,
    /// The agent passes the link on.
    Link,
    /// The agent reads a code out.
    Code,
}

/// The word is none of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one of sms, email, link, code is expected")]
pub struct UnknownRequestChannel;

words!(RequestChannel or UnknownRequestChannel {
    Sms = "sms",
    Email = "email",
    Link = "link",
    Code = "code",
});

impl RequestChannel {
    /// What the provider is asked for: where the agent passes the request on, it sends nothing.
    pub fn at_provider(self) -> Channel {
        match self {
            Self::Sms => Channel::Sms,
            Self::Email => Channel::Email,
            Self::Link | Self::Code => Channel::Link,
        }
    }

    /// The channels that an agent has, the usual one first. A realm of Keycloak sends nothing itself:
    /// this site does, if it is told to, and where it sends no links its messages hold the code.
    pub fn offered(config: &Config) -> &'static [Self] {
        let is_keycloak = config.provider.kind == ProviderKind::Keycloak;
        let is_passed_on = is_keycloak && config.keycloak.delivery == Delivery::None;
        match (config.brand.sends_links, is_passed_on) {
            (true, false) => &[Self::Sms, Self::Email, Self::Link, Self::Code],
            (true, true) => &[Self::Link, Self::Code],
            (false, false) if is_keycloak => &[Self::Sms, Self::Email, Self::Code],
            (false, _) => &[Self::Code],
        }
    }
}

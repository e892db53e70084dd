//! What can go wrong with an identity provider.

use std::sync::Arc;

use super::apple::AppleKeyError;
use platform::cached::FetchFailure;
use platform::http_client::BodyError;
use platform::id_token::IdTokenError;

/// An identity provider did not identify anybody. It is logged; customers are told only that the
/// sign-in did not work.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum UpstreamError {
    #[error("the identity provider could not be reached")]
    Transport(#[source] Arc<reqwest::Error>),
    #[error("the identity provider's answer could not be read")]
    Body(#[from] BodyError),
    /// It answered with something else than a success: a fault, a refusal, a redirect.
    #[error("the identity provider's {what} answered {status}")]
    Status {
        /// What was asked.
        what: &'static str,
        /// The HTTP status.
        status: u16,
    },
    #[error("the answer of the identity provider's {0} was not understood")]
    Unexpected(&'static str),
    #[error("the address of the identity provider's {0} is not allowed")]
    Address(&'static str),
    /// Its discovery document is another issuer's (OpenID Connect Discovery 1.0, section 4.3).
    #[error("the discovered issuer is not the configured one")]
    DiscoveredIssuer,
    /// The answer came from another issuer than the one that was asked (RFC 9207).
    #[error("the answer's iss is not the issuer that was asked")]
    MixedUpIssuer,
    #[error("the answer has no ID token")]
    NoIdToken,
    #[error("the ID token is not valid")]
    IdToken(#[from] IdTokenError),
    #[error("the userinfo endpoint's subject is not the ID token's")]
    AnotherSubject,
    #[error("the account has no identifier")]
    NoSubject,
    #[error("the client secret could not be signed")]
    ClientSecret(#[from] AppleKeyError),
}

impl UpstreamError {
    /// Whether the same may work in a moment.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) | Self::Body(_) => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            _ => false,
        }
    }
}

impl FetchFailure for UpstreamError {
    fn is_away(&self) -> bool {
        self.is_transient()
    }
}

impl From<reqwest::Error> for UpstreamError {
    /// The address is taken out of the error: a query may be in it.
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(Arc::new(error.without_url()))
    }
}

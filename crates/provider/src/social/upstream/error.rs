//! What can go wrong with an identity provider.

use std::sync::Arc;

use super::apple::AppleKeyError;
use platform::cached::Failure;
use platform::http_client::BodyError;
use platform::id_token::IdTokenError;

/// An identity provider did not identify anybody. It is logged; customers are told only that the
/// sign-in did not work.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum UpstreamError {
    /// It was not reached, or did not answer in time.
    #[error("reach the identity provider")]
    Transport(#[source] Arc<reqwest::Error>),
    /// Its answer broke off, or is too long.
    #[error("read the identity provider's answer")]
    Body(#[from] BodyError),
    /// It answered with something else than a success: a fault, a refusal, a redirect.
    #[error("ask the identity provider's {what}: it answered {status}")]
    Status {
        /// What was asked.
        what: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// It answered what it should not.
    #[error("understand the answer of the identity provider's {0}")]
    Unexpected(&'static str),
    /// Its address may not be called.
    #[error("call the identity provider's {0}: its address is not allowed")]
    Address(&'static str),
    /// Its discovery document is another issuer's (OpenID Connect Discovery 1.0, section 4.3).
    #[error("compare the discovered issuer with the configured one")]
    DiscoveredIssuer,
    /// The answer came from another issuer than the one that was asked (RFC 9207).
    #[error("compare the answer's iss with the issuer that was asked")]
    MixedUpIssuer,
    /// There is no ID token.
    #[error("find the ID token in the answer")]
    NoIdToken,
    /// The ID token is not to be trusted.
    #[error("verify the ID token")]
    IdToken(#[from] IdTokenError),
    /// Its userinfo endpoint speaks of somebody else.
    #[error("compare the subject of the userinfo endpoint with the ID token's")]
    AnotherSubject,
    /// The account has no identifier.
    #[error("find the account's identifier")]
    NoSubject,
    /// Our own client secret could not be signed.
    #[error("sign the client secret")]
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

impl Failure for UpstreamError {
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

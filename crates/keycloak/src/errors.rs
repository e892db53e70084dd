//! What went wrong with a call of Keycloak.

use std::sync::Arc;

use serde_json::Value;

use platform::cached::FetchFailure;
use platform::http_client::BodyError;
use platform::id_token::IdTokenError;

/// A call of Keycloak did not come to a usable answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The server was not reached, or the connection broke, or it took too long.
    #[error("Keycloak was not reached")]
    Transport(#[source] Arc<reqwest::Error>),
    /// The answer broke off, or is too long.
    #[error("Keycloak's answer could not be read")]
    Body(#[source] BodyError),
    /// Keycloak said no.
    #[error("Keycloak answered {status} {code}: {description}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// OAuth's `error`, or `-`.
        code: String,
        /// OAuth's `error_description`, or `-`; printable.
        description: String,
    },
    /// The answer is a success and not what it has to be.
    #[error("Keycloak's answer (status {status}) is not that of this call")]
    Unexpected {
        /// The HTTP status.
        status: u16,
    },
    /// The ID token is not to be trusted.
    #[error("the ID token is not valid")]
    IdToken(#[from] IdTokenError),
    /// The sign-in is older than the start of the round trip.
    #[error("the customer was not asked to sign in anew")]
    StaleSignIn,
}

/// The most characters of a description that are kept.
const MAX_TEXT: usize = 200;

impl CallError {
    /// What a status that is no success says.
    pub(super) fn refused(status: u16, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let text = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| body.get(name).and_then(Value::as_str));
            let found = found.unwrap_or("-");
            let printable = |c: &char| matches!(c, ' '..='~');
            found.chars().filter(printable).take(MAX_TEXT).collect::<String>()
        };
        Self::Refused {
            status,
            code: text(["error", "error"]),
            description: text(["error_description", "errorMessage"]),
        }
    }

    /// Whether nothing was sent: the connection never stood.
    pub fn was_not_sent(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_connect())
    }

    /// The status of an answer that was a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// OAuth's `error`, where the answer was a refusal.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) | Self::Body(_) => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..),
            _ => false,
        }
    }
}

impl FetchFailure for CallError {
    fn is_away(&self) -> bool {
        self.is_transient()
    }
}

impl From<reqwest::Error> for CallError {
    /// The address is taken out of the error: it is configuration, and a query may be in it.
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(Arc::new(error.without_url()))
    }
}

impl From<BodyError> for CallError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Transport(error) => Self::Transport(error),
            BodyError::TooLong => Self::Body(error),
        }
    }
}

//! What the API says when it says no, in one type.
//!
//! The API has four families of error bodies (docs/transmit-api.md, "Four error body families"),
//! and proxies in front of it add HTML, empty and cut-off ones. All of them become an [`ApiError`];
//! none of them may ever be more than a refusal.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::client_authentication::AssertionError;
use ciba::words;
use platform::cached::FetchFailure;
use platform::http_client::BodyError;
use platform::id_token::IdTokenError;
use platform::issuer::DiscoveryError;

/// Which limit a provider keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Too many requests are waiting for this customer.
    Undecided,
    /// Too much was asked for within some time.
    Pace,
}

words!(Limit {
    Undecided = "undecided_requests",
    Pace = "pace",
});

/// An answer of the API that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The error's word, where the body has one: OAuth's `error`, or an `error_code` that is not
    /// merely the status again.
    pub code: Option<String>,
    /// What the body says for people. At most [`ApiError::MAX_MESSAGE`] characters, none of them a
    /// control character, so that it can be logged and shown on a terminal.
    pub message: Option<String>,
    /// `Retry-After`: how long to wait, from the answer on.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// The most characters of a message that are kept.
    pub const MAX_MESSAGE: usize = 300;

    /// Reads the answer's body, whatever it is.
    pub fn parse(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let code = ["error", "ts_error_code", "error_code"]
            .iter()
            .find_map(|member| body.get(member).and_then(Value::as_str).and_then(word));
        let message = ["error_description", "message"]
            .iter()
            .find_map(|member| body.get(member).and_then(text))
            .map(|text| printable(&text))
            .filter(|text| !text.is_empty());
        Self { status, code, message, retry_after }
    }

    /// The limit that the provider has kept, where its refusal is one. No refusal of this kind is one
    /// of the client or of what it may do: the same call is taken later.
    ///
    /// Limits have no word in CIBA Core 1.0 or in Transmit's documentation. 429 is one, and so is a
    /// refusal (400, 403, 409, 503) whose text speaks of too many, of a limit or of a quota.
    pub fn limit(&self) -> Option<Limit> {
        let word = self.code.as_deref().unwrap_or_default();
        let may_be = matches!(self.status, 400 | 403 | 409 | 503);
        let names_one = ["too_many", "rate_limit", "limit_exceeded", "quota"]
            .iter()
            .any(|part| word.contains(part))
            || ["too many", "limit exceeded", "limit reached", "rate limit", "quota", "throttl"]
                .iter()
                .any(|part| self.says(part));
        let is_waiting = word.contains("pending_requests")
            || self.says("pending requests")
            || self.says("pending authentication requests")
            || self.says("open requests");
        if self.status != 429 && !(may_be && (names_one || is_waiting)) {
            return None;
        }
        Some(if is_waiting { Limit::Undecided } else { Limit::Pace })
    }

    /// Whether the error has this word.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the message holds this text, in whatever case. Only where the API has no word.
    pub(super) fn says(&self, text: &str) -> bool {
        self.message.as_ref().is_some_and(|message| message.to_ascii_lowercase().contains(text))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the provider answered {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

/// A call of the API did not come to a usable answer. It is told to everybody who waited for it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransmitError {
    /// The provider was not reached, or the connection broke.
    #[error("the provider was not reached")]
    Transport(#[source] Arc<reqwest::Error>),
    /// The provider did not answer in time.
    #[error("the provider did not answer in time")]
    Timeout(#[source] Arc<reqwest::Error>),
    /// The answer broke off, or is too long.
    #[error("the provider's answer could not be read")]
    Body(#[source] BodyError),
    /// The answer is a success and not what the API promises.
    #[error("the provider's answer to {call} (status {status}) is not that of this API")]
    Unexpected {
        /// The call, as the path of the API.
        call: String,
        /// The HTTP status.
        status: u16,
    },
    /// The API said no.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The ID token in the answer is not to be trusted.
    #[error("the ID token is not valid")]
    IdToken(#[from] IdTokenError),
    /// Our own proof of who we are could not be made.
    #[error("the client assertion could not be signed")]
    Assertion(#[from] AssertionError),
    /// The realm's discovery document is not used.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
}

impl TransmitError {
    /// The API's error, where it is one.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// Whether nothing was sent: the connection never stood.
    pub fn was_not_sent(&self) -> bool {
        match self {
            Self::Transport(error) | Self::Timeout(error) => error.is_connect(),
            _ => false,
        }
    }

    /// Whether the same call may succeed a moment later: nobody answered, or the answer was a
    /// fault or a request to wait (408, 425, 429, 5xx).
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) | Self::Timeout(_) | Self::Body(_) => true,
            Self::Api(error) => matches!(error.status, 408 | 425 | 429 | 500..),
            Self::Unexpected { .. }
            | Self::IdToken(_)
            | Self::Assertion(_)
            | Self::Discovery(_) => false,
        }
    }
}

impl FetchFailure for TransmitError {
    fn is_away(&self) -> bool {
        self.is_transient()
    }
}

impl From<reqwest::Error> for TransmitError {
    /// The address is taken out of the error: it is configuration, and a query may be in it.
    fn from(error: reqwest::Error) -> Self {
        Self::from(Arc::new(error.without_url()))
    }
}

impl From<Arc<reqwest::Error>> for TransmitError {
    fn from(error: Arc<reqwest::Error>) -> Self {
        if error.is_timeout() { Self::Timeout(error) } else { Self::Transport(error) }
    }
}

impl From<BodyError> for TransmitError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Transport(error) => error.into(),
            BodyError::TooLong => Self::Body(error),
        }
    }
}

/// A code that is a word. The fourth family writes the status there (`"400"`), which says nothing.
fn word(text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let is_word = (1..=64).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.bytes().all(|byte| byte.is_ascii_digit());
    is_word.then(|| text.to_owned())
}

/// A message: one string, or several.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            (!items.is_empty()).then(|| items.join("; "))
        }
        _ => None,
    }
}

fn printable(text: &str) -> String {
    // Besides controls, the characters that turn a terminal's line around.
    let bidirectional = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|&c| !c.is_control() && !bidirectional(c))
        .take(ApiError::MAX_MESSAGE)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> (Option<String>, Option<String>) {
        let error = ApiError::parse(400, None, body.as_bytes());
        (error.code, error.message)
    }

    #[test]
    fn reads_the_four_families() {
        let some = |text: &str| Some(text.to_owned());
        for (body, code, message) in [
            (
                r#"{"error":"slow_down","error_description":"too often"}"#,
                some("slow_down"),
                some("too often"),
            ),
            (r#"{"error":"access_denied"}"#, some("access_denied"), None),
            (r#"{"message":"Invalid token","error_code":401}"#, None, some("Invalid token")),
            (r#"{"message":["a","b"],"error_code":400}"#, None, some("a; b")),
            (
                r#"{"error_code":"user_not_found","message":"nobody"}"#,
                some("user_not_found"),
                some("nobody"),
            ),
            (
                r#"{"error_code":"400","message":"Invalid magic link code"}"#,
                None,
                some("Invalid magic link code"),
            ),
            (
                r#"{"message":"no","error_code":400,"ts_error_code":"key_in_use"}"#,
                some("key_in_use"),
                some("no"),
            ),
        ] {
            assert_eq!(parse(body), (code, message), "{body}");
        }
    }

    #[test]
    fn a_limit_is_never_a_missing_permission() {
        let limit = |status, body: &str| ApiError::parse(status, None, body.as_bytes()).limit();
        for (status, body) in [
            (429, r#"{"error":"too_many_pending_requests"}"#),
            (
                403,
                r#"{"error":"access_denied",
                    "error_description":"the end-user has 5 pending requests already"}"#,
            ),
            (400, r#"{"message":"Too many open requests","error_code":400}"#),
        ] {
            assert_eq!(limit(status, body), Some(Limit::Undecided), "{status} {body}");
        }
        for (status, body) in [
            (429, ""),
            (429, "<html>"),
            (403, r#"{"message":"Rate limit exceeded","error_code":403}"#),
            (403, r#"{"error":"quota_exceeded"}"#),
            (503, r#"{"message":"Request was throttled"}"#),
        ] {
            assert_eq!(limit(status, body), Some(Limit::Pace), "{status} {body}");
        }
        for (status, body) in [
            (403, r#"{"message":"Forbidden","error_code":403}"#),
            (400, r#"{"error":"unauthorized_client"}"#),
            (401, r#"{"error":"invalid_client","error_description":"too many cooks"}"#),
            (400, r#"{"error":"authorization_pending","error_description":"is still pending"}"#),
            (500, ""),
        ] {
            assert_eq!(limit(status, body), None, "{status} {body}");
        }
    }

    #[test]
    fn survives_every_other_body() {
        for body in [
            "",
            "<html><body>502 Bad Gateway</body></html>",
            "null",
            "[]",
            "42",
            "{",
            r#"{"error":null,"message":{"a":1}}"#,
            r#"{"error":["a"],"message":[]}"#,
            r#"{"error":"two words","message":"\u0000\u001b"}"#,
        ] {
            assert_eq!(parse(body), (None, None), "{body}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(parse(&deep), (None, None));
        assert_eq!(ApiError::parse(500, None, &[0xff, 0xfe]).code, None);
    }

    #[test]
    fn a_message_is_short_and_harmless() {
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(1000));
        assert_eq!(parse(&long).1.map(|text| text.len()), Some(ApiError::MAX_MESSAGE));
        let hostile = parse("{\"message\":\"a\\u001b[31mb\\u202ec\\n\"}").1;
        assert_eq!(hostile.as_deref(), Some("a[31mbc"));
    }
}

//! Telling Keycloak what became of a request.
//!
//! Its one refusal, 403 `invalid_token`, means five things: the request is not stored yet, is over,
//! was answered before, is gone, or the bearer is bad. And a call after an approval destroys it. So a
//! call whose answer was lost is never made again for an approval.

use std::time::Duration;

use serde_json::json;

use super::{CallError, Keycloak};
use platform::Secret;

/// What became of a request, in Keycloak's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackStatus {
    /// The customer has allowed it.
    Succeed,
    /// The customer, or the agent, has stopped it.
    Cancelled,
    /// The person who is meant has not signed in, or says that they asked for nothing.
    Unauthorized,
}

impl CallbackStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Succeed => "SUCCEED",
            Self::Cancelled => "CANCELLED",
            Self::Unauthorized => "UNAUTHORIZED",
        }
    }
}

/// What Keycloak answered.
#[derive(Debug)]
pub enum Callback {
    /// It has taken it.
    Taken,
    /// It has taken it, and could not tell its client (ping mode): an operator has to know.
    TakenButClientNotTold(CallError),
    /// It was not reached, and knows nothing.
    NotSent(CallError),
    /// 403: the request is not stored yet, or over, or was answered before.
    NotOpen(CallError),
    /// It will not take it: a fault of configuration.
    Refused(CallError),
    /// Nobody knows whether it was taken.
    Unknown(CallError),
}

/// How much longer than another call this one may take: in ping mode Keycloak tells its client before it
/// answers, and waits five seconds for it. Given up earlier, a decision that stands would be unclear.
const PING: Duration = Duration::from_secs(5);

/// What Keycloak's description of a failed ping begins with; it has no code of its own.
const PING_FAILED: &str = "Failed to send request to client notification endpoint";

impl Keycloak {
    /// Tells Keycloak, once.
    pub async fn tell(&self, bearer: &Secret, status: CallbackStatus) -> Callback {
        let request = self
            .inner
            .http
            .post(self.address("protocol/openid-connect/ext/ciba/auth/callback"))
            .timeout(self.settings().timeout + PING)
            .bearer_auth(bearer.expose())
            .json(&json!({ "status": status.as_str() }));
        match self.send(request).await {
            Ok(answer) => read(answer.status, &answer.body),
            Err(error) if error.was_not_sent() => Callback::NotSent(error),
            Err(error) => Callback::Unknown(error),
        }
    }
}

fn read(status: u16, body: &[u8]) -> Callback {
    let error = CallError::refused(status, body);
    let CallError::Refused { code, description, .. } = &error else {
        return Callback::Unknown(error);
    };
    // What has no `error` of OAuth's is the page of something in between.
    let is_keycloaks = code != "-";
    match status {
        200 if body.trim_ascii_start().starts_with(b"<") => {
            Callback::Unknown(CallError::Unexpected { status })
        }
        200 => Callback::Taken,
        400 if description.starts_with(PING_FAILED) => Callback::TakenButClientNotTold(error),
        403 if is_keycloaks => Callback::NotOpen(error),
        400 | 401 | 404 | 405 | 415 if is_keycloaks => Callback::Refused(error),
        _ => Callback::Unknown(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_never_more_than_it_says() {
        let invalid = br#"{"error":"invalid_token","error_description":"Invalid token"}"#;
        let taken = br#"{"type":"application","subtype":"json","parameters":{}}"#;
        assert!(matches!(read(200, taken), Callback::Taken));
        assert!(matches!(read(200, b""), Callback::Taken));
        assert!(matches!(read(403, invalid), Callback::NotOpen(_)));
        assert!(matches!(read(401, invalid), Callback::Refused(_)));
        let ping = br#"{"error":"invalid_request","error_description":"Failed to send request to client notification endpoint"}"#;
        assert!(matches!(read(400, ping), Callback::TakenButClientNotTold(_)));
        let status =
            br#"{"error":"invalid_request","error_description":"Invalid authentication status"}"#;
        assert!(matches!(read(400, status), Callback::Refused(_)));
        for (code, body) in
            [(200, "<html>"), (403, "<html>"), (404, "not found"), (502, ""), (302, ""), (204, "")]
        {
            assert!(matches!(read(code, body.as_bytes()), Callback::Unknown(_)), "{code} {body}");
        }
    }
}

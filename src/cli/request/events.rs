//! What `request --json` says: one object for each event, in a line of its own.

use std::path::Path;

use serde_json::{Value, json};

use super::reasons::{of_call, of_poll};
use crate::config::Secret;
use crate::operator::{Granted, PollError, PollOutcome, PollProgress};
use crate::records::Ending;

pub(super) fn event(progress: &PollProgress<'_>) -> Value {
    match progress {
        PollProgress::Waiting { next_poll, time_left } => json!({
            "event": "waiting",
            "time_left": time_left.as_secs(),
            "next_poll": next_poll.as_secs(),
        }),
        PollProgress::SlowedDown { interval } => {
            json!({ "event": "slow_down", "interval": interval.as_secs() })
        }
        PollProgress::Retrying { error } => json!({ "event": "retry", "reason": of_call(error) }),
    }
}

pub(super) fn outcome(
    outcome: &PollOutcome,
    ending: Ending,
    show_tokens: bool,
    token_file: Option<&Path>,
) -> Value {
    let ended = |outcome: &str| json!({ "event": "outcome", "outcome": outcome });
    match outcome {
        PollOutcome::Token(granted) => self::granted(granted, show_tokens, token_file),
        PollOutcome::Denied => {
            let mut object = ended("denied");
            // What is more than a refusal by the customer has a word of its own.
            if ending != Ending::Stopped {
                object["code"] = json!(ending.as_str());
            }
            object
        }
        PollOutcome::Expired => ended("expired"),
        PollOutcome::Failed(error) => {
            let mut object = ended("failed");
            let code = match error {
                PollError::Refused(api) => api.code.clone(),
                PollError::Unreachable(error) | PollError::Call(error) => {
                    error.api().and_then(|api| api.code.clone())
                }
                PollError::IdToken(_) => Some("invalid_id_token".into()),
            };
            object["code"] = json!(code);
            object["reason"] = json!(of_poll(error));
            object
        }
    }
}

pub(super) fn granted(granted: &Granted, show_tokens: bool, token_file: Option<&Path>) -> Value {
    let claims = &granted.claims;
    let mut object = json!({
        "event": "outcome",
        "outcome": "token",
        "subject": claims.sub,
        "amr": claims.amr,
        "acr": claims.acr,
        "auth_time": claims.auth_time,
        "token_file": token_file,
    });
    for (name, value) in tokens(granted).as_object().into_iter().flatten() {
        if show_tokens || !name.ends_with("_token") {
            object[name] = value.clone();
        }
    }
    object
}

pub(super) fn tokens(granted: &Granted) -> Value {
    let tokens = &granted.tokens;
    json!({
        "access_token": tokens.access_token.expose(),
        "id_token": tokens.id_token.expose(),
        "refresh_token": tokens.refresh_token.as_ref().map(Secret::expose),
        "token_type": tokens.token_type,
        "expires_in": tokens.expires_in,
        "scope": tokens.scope,
    })
}

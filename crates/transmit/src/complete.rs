//! Telling the provider what the customer decided: `POST /auth/backchannel/complete`.
//!
//! Transmit documents neither its success nor its errors (docs/transmit-api.md, "Item 2"), so a 2xx
//! is a confirmation, a 4xx a refusal whose reason may stay unknown, and everything else leaves the
//! outcome open. What does not come from the API at all, but from a portal, a firewall or a cache in
//! between, leaves it open whatever its status: a page where JSON belongs, or a success that speaks
//! of an error.

use serde_json::{Value, json};

use super::call::Said;
use super::errors::{ApiError, CallError};
use super::{Transmit, UserAccessToken};
use ciba::{AuthReqId, Decision};

/// What came of a decision at the provider.
#[derive(Debug)]
pub enum Completion {
    /// The provider has taken the decision.
    Confirmed,
    /// The customer's token is not accepted (any more): they have to sign in again.
    Unauthorised,
    /// The provider will not take the decision.
    Refused(Refusal),
    /// The provider was not reached, and knows nothing of the decision.
    NotSent(CallError),
    /// Nobody knows whether the provider has taken it. The same decision may be sent again, never
    /// the other one.
    Unknown(CallError),
}

/// Why the provider will not take a decision, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Somebody has decided the request before.
    AlreadyDecided,
    /// The request's time is over.
    Expired,
    /// There is no such request.
    NotFound,
    /// The request is for another customer.
    WrongUser,
    /// It does not say, or in words that we do not know.
    Other,
}

impl Transmit {
    /// Sends the customer's decision, with the customer's own token.
    pub async fn complete(
        &self,
        access_token: &UserAccessToken,
        auth_req_id: &AuthReqId,
        decision: Decision,
    ) -> Completion {
        let request = self
            .inner
            .http
            .post(self.api(&["auth", "backchannel", "complete"]))
            .bearer_auth(access_token.expose())
            .json(&json!({
                "auth_req_id": auth_req_id.as_str(),
                "approved": decision.is_approval(),
            }));
        match self.ask(request).await {
            Ok(said) => completion(said),
            Err(error) if error.was_not_sent() => Completion::NotSent(error),
            Err(error) => Completion::Unknown(error),
        }
    }
}

fn completion(said: Said) -> Completion {
    let body = said.body().unwrap_or_default().trim_ascii();
    let json = serde_json::from_slice::<Value>(body).ok();
    if said.is_success() {
        // Where the body did not come to its end, the status has said yes before it.
        let speaks_of_an_error = ["error", "error_code"].iter().any(|name| {
            json.as_ref().and_then(|json| json.get(name)).is_some_and(|v| !v.is_null())
        });
        if body.starts_with(b"<") || speaks_of_an_error {
            return Completion::Unknown(said.unexpected());
        }
        return Completion::Confirmed;
    }
    let error = CallError::from(said.refusal());
    match error.api() {
        Some(api) if api.status == 401 => Completion::Unauthorised,
        Some(api) if (400..500).contains(&api.status) && !error.is_transient() => {
            if json.is_none() && !body.is_empty() {
                return Completion::Unknown(error);
            }
            Completion::Refused(refusal(api))
        }
        _ => Completion::Unknown(error),
    }
}

fn refusal(error: &ApiError) -> Refusal {
    match error.code.as_deref() {
        Some("auth_req_already_completed" | "already_completed") => Refusal::AlreadyDecided,
        Some("auth_req_expired" | "expired_token") => Refusal::Expired,
        Some("auth_req_not_found") => Refusal::NotFound,
        Some("user_mismatch") => Refusal::WrongUser,
        _ => Refusal::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::http_client::BodyError;

    fn of(status: u16, body: &str) -> Completion {
        completion(Said::new(status, Ok(body.into())))
    }

    #[test]
    fn a_known_code_names_the_refusal() {
        for (code, expected) in [
            ("auth_req_already_completed", Refusal::AlreadyDecided),
            ("auth_req_expired", Refusal::Expired),
            ("auth_req_not_found", Refusal::NotFound),
            ("user_mismatch", Refusal::WrongUser),
            ("something_new", Refusal::Other),
        ] {
            let body = format!(r#"{{"error_code":"{code}","message":"no"}}"#);
            for status in [400, 403, 404, 409, 410] {
                assert!(
                    matches!(of(status, &body), Completion::Refused(refusal) if refusal == expected),
                    "{status} {code}"
                );
            }
        }
    }

    #[test]
    fn an_uninformative_answer_is_never_more_than_it_says() {
        assert!(matches!(of(400, ""), Completion::Refused(Refusal::Other)));
        assert!(matches!(of(400, "{}"), Completion::Refused(Refusal::Other)));
        assert!(matches!(of(401, ""), Completion::Unauthorised));
        assert!(matches!(of(401, "<html>"), Completion::Unauthorised));
        for status in [408, 425, 429, 500, 502, 503, 302, 304] {
            assert!(matches!(of(status, ""), Completion::Unknown(_)), "{status}");
        }
    }

    #[test]
    fn a_success_is_a_confirmation_unless_it_is_somebody_elses_or_speaks_of_an_error() {
        for body in ["", "{}", "null", "[]", "true", "done", r#"{"error":null,"result":"ok"}"#] {
            assert!(matches!(of(200, body), Completion::Confirmed), "{body}");
        }
        for body in ["<html>", " \n<!doctype html>", r#"{"error":"x"}"#, r#"{"error_code":400}"#] {
            assert!(matches!(of(200, body), Completion::Unknown(_)), "{body}");
        }
        let flood = Said::new(200, Err(BodyError::TooLong));
        assert!(matches!(completion(flood), Completion::Confirmed));
    }

    #[test]
    fn a_page_of_something_in_between_refuses_nothing() {
        for status in [400, 403, 404, 405, 451] {
            for body in ["<html>", "Access denied", "{"] {
                assert!(matches!(of(status, body), Completion::Unknown(_)), "{status} {body}");
            }
        }
    }
}

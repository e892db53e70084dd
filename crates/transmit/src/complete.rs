//! Telling the provider what the customer decided: `POST /auth/backchannel/complete`.
//!
//! Transmit documents neither its success nor its errors (docs/transmit-api.md, "Item 2"), so a 2xx
//! is a confirmation, a 4xx a refusal whose reason may stay unknown, and everything else leaves the
//! outcome open. What does not come from the API at all, but from a portal, a firewall or a cache in
//! between, leaves it open whatever its status: a page where JSON belongs, or a success that speaks
//! of an error.

use serde_json::{Value, json};

use super::call::ReadResponse;
use super::errors::{ApiError, TransmitError};
use super::{Transmit, UserAccessToken};
use ciba::{AuthReqId, Completion, Decision, RefusalReason};

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
            Err(error) if error.was_not_sent() => Completion::NotSent(error.into()),
            Err(error) => Completion::Unknown(error.into()),
        }
    }
}

fn completion(said: ReadResponse) -> Completion {
    let body = said.body().unwrap_or_default().trim_ascii();
    let json = serde_json::from_slice::<Value>(body).ok();
    if said.is_success() {
        // Where the body did not come to its end, the status has said yes before it.
        let speaks_of_an_error = ["error", "error_code"].iter().any(|name| {
            json.as_ref().and_then(|json| json.get(name)).is_some_and(|v| !v.is_null())
        });
        if body.starts_with(b"<") || speaks_of_an_error {
            return Completion::Unknown(said.unexpected().into());
        }
        return Completion::Confirmed;
    }
    let error = TransmitError::from(said.refusal());
    match error.api() {
        Some(api) if api.status == 401 => Completion::Unauthorised,
        Some(api) if (400..500).contains(&api.status) && !error.is_transient() => {
            if json.is_none() && !body.is_empty() {
                return Completion::Unknown(error.into());
            }
            Completion::Refused(refusal(api))
        }
        _ => Completion::Unknown(error.into()),
    }
}

fn refusal(error: &ApiError) -> RefusalReason {
    match error.code.as_deref() {
        Some("auth_req_already_completed" | "already_completed") => RefusalReason::AlreadyDecided,
        Some("auth_req_expired" | "expired_token") => RefusalReason::Expired,
        Some("auth_req_not_found") => RefusalReason::NotFound,
        Some("user_mismatch") => RefusalReason::WrongUser,
        _ => RefusalReason::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::http_client::BodyError;

    fn of(status: u16, body: &str) -> Completion {
        completion(ReadResponse::new(status, Ok(body.into())))
    }

    #[test]
    fn a_known_code_names_the_refusal() {
        for (code, expected) in [
            ("auth_req_already_completed", RefusalReason::AlreadyDecided),
            ("auth_req_expired", RefusalReason::Expired),
            ("auth_req_not_found", RefusalReason::NotFound),
            ("user_mismatch", RefusalReason::WrongUser),
            ("something_new", RefusalReason::Other),
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
        assert!(matches!(of(400, ""), Completion::Refused(RefusalReason::Other)));
        assert!(matches!(of(400, "{}"), Completion::Refused(RefusalReason::Other)));
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
        let flood = ReadResponse::new(200, Err(BodyError::TooLong));
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

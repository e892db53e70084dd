//! `/auth/{name}/callback`: a customer comes back from an identity provider.
//!
//! Most come by `GET`. Apple sends a form: a POST from another site, which arrives without the Lax
//! cookie that holds the request. Then the same form is answered, to be sent once more from our own
//! page: by script where there is one, by a button where there is none.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::back::{ClientDestination, RedirectError};
use super::client_request::ClientRequest;
use super::page::{self, Complaint};
use super::state::Social;
use super::upstream::{UpstreamError, UpstreamReturn};
use super::{links, notice};
use crate::form::{FormError, OAuthForm};
use crate::tokens::codes::{self, NewCode};
use crate::tokens::{Amr, AuthenticatedUser};
use platform::causes::Causes;
use platform::id_token::LEEWAY;
use platform::request_cookies;
use platform::round_trip::{Arrival, ArriveError};

/// The most bytes of an answer in the address.
const MAX_ANSWER: usize = 16 * 1024;
/// The field that says that a form was sent from our own page already.
const AGAIN: &str = "again";
/// The parameters read from an answer and re-posted.
const FIELDS: [&str; 4] = ["state", "code", "iss", "error"];

/// An answer in the address.
pub(super) async fn by_query(
    State(social): State<Social>,
    Path(name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    match OAuthForm::parse(query.as_bytes()) {
        Ok(answer) if query.len() <= MAX_ANSWER => finish(&social, &name, &headers, &answer).await,
        _ => social.complain(&headers, None, Complaint::Malformed),
    }
}

/// An answer by form.
pub(super) async fn by_form(
    State(social): State<Social>,
    Path(name): Path<String>,
    headers: HeaderMap,
    answer: Result<OAuthForm, FormError>,
) -> Response {
    let Ok(answer) = answer else {
        return social.complain(&headers, None, Complaint::Malformed);
    };
    let state = answer.value("state").unwrap_or_default();
    let is_here = social.trips.has_begun_here(&headers, state);
    if !is_here && answer.value(AGAIN).is_none() && social.upstreams.contains_key(&name) {
        let fields = FIELDS.iter().filter_map(|name| Some((*name, answer.value(name)?)));
        let fields = fields.chain([(AGAIN, "1")]).collect::<Vec<_>>();
        return page::send_again(&page::words(&social.provider.texts, &headers, None), &fields);
    }
    finish(&social, &name, &headers, &answer).await
}

async fn finish(social: &Social, name: &str, headers: &HeaderMap, answer: &OAuthForm) -> Response {
    let state = answer.value("state").unwrap_or_default();
    let arrival = match social.trips.arrive::<ClientRequest>(headers, state).await {
        Ok(arrival) if arrival.payload.upstream == name => arrival,
        // An answer at another provider's address (mix-up, RFC 9700, section 4.4): no redirect.
        Err(ArriveError::Spent) => {
            tracing::warn!(upstream.name = name, "an answer was used before");
            return sent_back(social, name, headers, state);
        }
        Ok(_) | Err(ArriveError::NotBegunHere) => {
            tracing::warn!(upstream.name = name, "an answer belongs to no sign-in of this browser");
            return social.complain(headers, None, Complaint::Over);
        }
        Err(ArriveError::Storage(error)) => {
            tracing::error!(error = %Causes(&error), "a sign-in cannot be ended");
            return social.complain(headers, None, Complaint::Failure);
        }
    };
    let destination = ClientDestination::of(&arrival.payload, &social.provider.issuer);
    let mut response = match complete(social, headers, answer, &arrival).await {
        Ok(code) => destination.with_code(&code),
        Err(error) => destination.with_error(error),
    };
    request_cookies::append(response.headers_mut(), [social.trips.forget(state)]);
    response
}

/// The browser still has the request whose answer was used before, so the client is known: it has a
/// way on for its customer, and a page here has none.
fn sent_back(social: &Social, name: &str, headers: &HeaderMap, state: &str) -> Response {
    match social.trips.payload::<ClientRequest>(headers, state) {
        Some(payload) if payload.upstream == name => {
            ClientDestination::of(&payload, &social.provider.issuer)
                .with_error(RedirectError::USED_BEFORE)
        }
        _ => social.complain(headers, None, Complaint::Over),
    }
}

async fn complete(
    social: &Social,
    headers: &HeaderMap,
    answer: &OAuthForm,
    arrival: &Arrival<ClientRequest>,
) -> Result<String, RedirectError> {
    let payload = &arrival.payload;
    let state = &social.provider;
    let name = payload.upstream.as_str();
    let upstream = social.upstreams.get(name).ok_or(RedirectError::ACCESS_DENIED)?;
    let failed = |error: UpstreamError| RedirectError::of_upstream(&error, name);
    let (iss, error) = (answer.value("iss"), answer.value("error"));
    // RFC 9207 protects codes. Many providers leave `iss` out of an error; it ends the sign-in that
    // this browser began, whoever has sent it.
    if error.is_none() || iss.is_some() {
        upstream.check_issuer(iss).await.map_err(failed)?;
    }
    if let Some(error) = error {
        page::log(&"the identity provider refused", name);
        return Err(refusal(error));
    }
    let code = answer.value("code").ok_or(UpstreamError::Unexpected("redirect")).map_err(failed)?;
    let back = UpstreamReturn { code, verifier: &arrival.verifier, nonce: &arrival.nonce };
    let account = upstream.identify(&back).await.map_err(failed)?;
    let now = state.ambient.clock.unix();
    if !is_recent(account.auth_time, payload.max_age, now) {
        page::log(&"the sign-in is too old, or its time is not known", name);
        return Err(RedirectError::LOGIN_REQUIRED);
    }
    let Some(found) = links::find_user(state, &account).await? else {
        page::log(&"the account is linked to no active user", name);
        return Err(RedirectError::ACCESS_DENIED);
    };
    if found.is_new_link {
        let words = page::words(&state.texts, headers, None);
        notice::send(state, &found.user, &words, name);
    }
    let user = found.user;
    let authenticated = AuthenticatedUser {
        nonce: payload.nonce.clone(),
        ..AuthenticatedUser::by(&[Amr::Social], account.auth_time.map_or(now, |time| time.min(now)))
    };
    let new = NewCode {
        client_id: &payload.client_id,
        user_id: &user.user_id,
        redirect_uri: &payload.redirect_uri,
        code_challenge: payload.code_challenge.as_deref(),
        scope: &payload.scope,
        authenticated: &authenticated,
    };
    Ok(codes::create(state, new).await?)
}

/// Whether a sign-in is as recent as the client wants it (OpenID Connect Core 1.0, section 3.1.2.1,
/// `max_age`): where it does, the identity provider has to say when the sign-in was.
fn is_recent(auth_time: Option<i64>, max_age: Option<i64>, now: i64) -> bool {
    max_age.is_none_or(|max_age| {
        auth_time.is_some_and(|time| now.saturating_sub(time) <= max_age.saturating_add(LEEWAY))
    })
}

/// What the client is told of an identity provider's own refusal. Apple and LinkedIn have words of
/// their own for a person who cancels.
fn refusal(error: &str) -> RedirectError {
    match error {
        "access_denied" | "user_cancelled_authorize" | "user_cancelled_login" | "user_denied" => {
            RedirectError::ACCESS_DENIED
        }
        "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => RedirectError::LOGIN_REQUIRED,
        "temporarily_unavailable" => RedirectError::TEMPORARILY_UNAVAILABLE,
        _ => RedirectError::SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_wants_a_recent_sign_in_is_told_when_it_was() {
        assert!(is_recent(None, None, 10_000));
        assert!(is_recent(Some(0), None, 10_000));
        assert!(is_recent(Some(9_000), Some(1_000), 10_000));
        assert!(is_recent(Some(9_990), Some(0), 10_000), "clocks differ");
        assert!(!is_recent(Some(8_000), Some(1_000), 10_000));
        assert!(!is_recent(None, Some(1_000), 10_000));
        assert!(is_recent(Some(0), Some(i64::MAX), 10_000));
    }
}

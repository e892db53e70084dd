//! Social login: a link leads to the provider, the browser comes back with a code, and the code is
//! exchanged for a sign-in (RFC 9700, section 2.1; docs/transmit-api.md, 10.2 and RFC 9207).
//!
//! # Security
//!
//! `state`, `nonce` and the PKCE verifier are sealed to the browser that started and to its
//! request, for ten minutes and one use: a stranger's answer, or one's own answer twice, signs
//! nobody in. The first step is a link and no form, because `form-action 'self'` stops a form that
//! ends, by a redirect, at another origin; and a page of somebody else's cannot start it.

pub mod embedded_browser;

use axum::extract::{Path, RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::Session;
use url::Url;

use super::Method;
use crate::audit::{self, AuditContext, Event};
use crate::config::SocialButton;
use crate::site::cookie_room::{self, New};
use crate::site::decision::BeforeSignIn;
use crate::site::failure::Failure;
use crate::site::identity::{
    Authenticated, AuthorizationRequest, AuthorizationResponse, SignInError,
};
use crate::site::paths::{SIGN_IN_DENIED, SIGN_IN_FAILED};
use crate::site::request::HeldRequest;
use crate::site::visit::{Held, Visit, see_other};
use crate::site::{Site, cookies, paths, request, session};
use ciba::{Problem, RequestHandle};
use platform::causes::Causes;
use platform::ids::is_token;
use platform::round_trip::{Arrival, ArriveError, RoundTrips};
use platform::storage::StorageError;

/// The cookie of a round trip; see `round_trip`.
const TRIP: &str = "ciba_social";
/// The cookie of an answer that was taken out of the address.
const ANSWER: &str = "ciba_answer_";
const ANSWER_PURPOSE: &str = "site.social.answer";
/// Seconds that an answer is kept: until the browser has followed one redirect.
const ANSWER_LIFETIME: i64 = 60;
/// The cookie that says that this browser has been to an identity provider before.
const BEEN_THERE: &str = "ciba_social_before";
/// The longest code that is taken: those of the embedded provider and of Keycloak have 43 and about 110
/// characters, and a signed token still fits.
const MAX_CODE: usize = 1024;

/// What a browser takes along.
#[derive(Serialize, Deserialize)]
struct StatePayload {
    handle: RequestHandle,
    /// The button's name, for the log.
    name: String,
    /// When it left, in seconds since 1970.
    #[serde(default)]
    started_at: i64,
}

/// What a browser has come back with.
#[derive(Debug, Serialize, Deserialize)]
struct CallbackParameters {
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// The buttons that work in this browser.
pub fn buttons(site: &Site, is_embedded: bool) -> Vec<SocialButton> {
    let buttons = site.identity.redirects().iter();
    buttons.filter(|button| !is_embedded || works_embedded(button)).cloned().collect()
}

/// Google refuses browsers within apps (`disallowed_useragent`): a button would be a dead end.
fn works_embedded(button: &SocialButton) -> bool {
    button.name != "google"
}

/// `GET /request/{handle}/social/{name}`: leaves for the identity provider. Nothing is written.
pub async fn start(
    State(site): State<Site>,
    visit: Visit,
    BeforeSignIn(known): BeforeSignIn,
    Path((_, name)): Path<(String, String)>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if !is_from_our_page(&headers) {
        audit::record(Event::ForeignForm, &AuditContext::default());
        tracing::warn!("a social login was started from elsewhere");
        return Err(Problem::CrossSite.into());
    }
    let handle = &known.handle;
    let button =
        buttons(&site, visit.embedded_browser).into_iter().find(|button| button.name == name);
    let button = button.ok_or_else(|| Failure::of(Problem::PageUnknown, handle))?;
    let started_at = site.now();
    let payload = StatePayload { handle: handle.clone(), name: button.name.clone(), started_at };
    let started = trips(&site).start(&headers, payload).map_err(|error| {
        tracing::error!(error = %Causes(&error), "a social login did not begin");
        Failure::of(Problem::Internal, handle)
    })?;
    let request = AuthorizationRequest {
        name: &button.name,
        redirect_uri: &site.address(paths::SOCIAL_CALLBACK),
        state: &started.state,
        nonce: &started.nonce,
        challenge: &started.challenge,
        again: has_been_there(&site, &headers),
        language: visit.language.tag(),
        pushed: known.pushed.as_ref(),
    };
    let url = site.identity.authorization_url(&request).await.map_err(|error| {
        tracing::warn!(error = %Causes(&error), "a social login did not begin");
        Failure::of(Problem::ProviderUnreachable, handle)
    })?;
    let begun = started.cookies.last().map(String::as_str).unwrap_or_default();
    let room = cookie_room::make(&site, &session, &headers, New::For(handle), begun).await?;
    let mut response = leave(&url);
    cookies::append(response.headers_mut(), room.into_iter().chain(started.cookies));
    Ok(response)
}

/// `GET /social/callback`: takes the answer out of the address, and does nothing else.
pub async fn callback(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let answer = CallbackParameters::parse(&query.unwrap_or_default());
    let answer = answer.ok_or_else(|| came_to_nothing(&site, &headers))?;
    let Some(StatePayload { handle, .. }) = trips(&site).payload(&headers, &answer.state) else {
        tracing::warn!("a social login's answer belongs to nothing that began in this browser");
        return Err(came_to_nothing(&site, &headers));
    };
    let name = public_name(&answer.state);
    let cookie = format!("{ANSWER}{name}");
    let cookie = cookies::seal(&site, &cookie, ANSWER_PURPOSE, &answer, ANSWER_LIFETIME)?;
    let room = cookie_room::make(&site, &session, &headers, New::For(&handle), &cookie).await?;
    let mut response = see_other(&paths::social_finish(&name));
    cookies::append(response.headers_mut(), room.into_iter().chain([cookie]));
    Ok(response)
}

/// `GET /social/finish/{name}`: exchanges the answer for a sign-in, once.
pub async fn finish(
    State(site): State<Site>,
    session: Session,
    method: HttpMethod,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    // Only a person's own navigation signs anybody in.
    if method == HttpMethod::HEAD || is_prefetch(&headers) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let cookie = format!("{ANSWER}{name}");
    let answer = is_token::<12>(&name)
        .then(|| cookies::open::<CallbackParameters>(&site, &headers, &cookie, ANSWER_PURPOSE));
    let answer = answer.flatten().filter(|answer| public_name(&answer.state) == name);
    let Some(answer) = answer else {
        return came_before(&site, &session, &headers).await;
    };
    let used_up = [cookies::remove(&site, &cookie), trips(&site).forget(&answer.state)];
    let mut response = match arrive(&site, &session, &headers, &answer).await {
        Ok(next) => see_other(&next),
        Err(failure) => failure.into_response(),
    };
    cookies::append(response.headers_mut(), used_up);
    let before = cookies::seal(&site, BEEN_THERE, BEEN_THERE, &true, request::LIFETIME)?;
    cookies::append(response.headers_mut(), [before]);
    Ok(response)
}

/// A round trip whose request is not known. Where the browser holds one request only it leads back there.
fn came_to_nothing(site: &Site, headers: &HeaderMap) -> Failure {
    let failure = Failure::new(Problem::SignInFailed);
    match request::only(site, headers) {
        Some(held) => failure.with(&held.handle()),
        None => failure,
    }
}

/// An answer that is gone: in the browser that it has signed in it leads on to the decision.
async fn came_before(
    site: &Site,
    session: &Session,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    if let Some(held) = request::only(site, headers) {
        let handle = held.handle();
        if session::sign_in(site, session, &handle).await?.is_some() {
            return Ok(see_other(&paths::decision(&handle)));
        }
    }
    Err(came_to_nothing(site, headers))
}

/// Ends the round trip, and says where to go on.
async fn arrive(
    site: &Site,
    session: &Session,
    headers: &HeaderMap,
    answer: &CallbackParameters,
) -> Result<String, Failure> {
    let arrival = trips(site).arrive::<StatePayload>(headers, &answer.state).await;
    let arrival = match arrival {
        Ok(arrival) => arrival,
        Err(ArriveError::Storage(error)) => return Err(error.into()),
        Err(error @ (ArriveError::NotBegunHere | ArriveError::Spent)) => {
            audit::record(Event::Reused, &AuditContext::default());
            tracing::warn!(error = %Causes(&error), "a social login was refused");
            return Err(came_to_nothing(site, headers));
        }
    };
    let Held(held) = Held::find(site, headers, arrival.payload.handle.as_str())?;
    let handle = held.handle();
    match redeem(site, &held, answer, &arrival).await {
        Ok(authenticated) => super::establish(site, session, &held, authenticated, Method::Social)
            .await
            .map(|known| known.after_sign_in())
            .map_err(|failure| failure.with(&handle)),
        Err(error) => {
            super::record_failure(site, &held, Method::Social).await;
            error.log(&arrival.payload.name);
            match error.notice() {
                Some(notice) => Ok(paths::request_with_notice(&handle, notice)),
                None => Err(Failure::of(Problem::ProviderUnreachable, &handle)),
            }
        }
    }
}

/// An answer is no sign-in.
#[derive(Debug, thiserror::Error)]
enum CallbackError {
    /// Another provider has sent it (RFC 9207).
    #[error("the answer's iss is not the provider's")]
    MixedUpIssuer,
    /// The provider says that nobody signed in.
    #[error("the provider denied the sign-in")]
    Denied,
    /// The provider says that it did not work.
    #[error("the provider answered the sign-in with an error")]
    Refused,
    /// There is no code, and no error.
    #[error("the answer has no code")]
    NoCode,
    /// The code was not exchanged.
    #[error("the code could not be exchanged")]
    Exchange(#[from] SignInError),
    /// What was pushed could not be read.
    #[error("what the provider has pushed could not be read")]
    Storage(#[from] StorageError),
}

impl CallbackError {
    /// The word with which the request's page is shown again. Without one it is the provider that
    /// does not answer.
    fn notice(&self) -> Option<&'static str> {
        match self {
            Self::Denied => Some(SIGN_IN_DENIED),
            Self::Exchange(SignInError::Unreachable(_)) => None,
            Self::MixedUpIssuer
            | Self::Refused
            | Self::NoCode
            | Self::Storage(_)
            | Self::Exchange(_) => Some(SIGN_IN_FAILED),
        }
    }

    fn log(&self, name: &str) {
        tracing::warn!(
            social.name = name,
            error = %Causes(self),
            "a social login came to nothing"
        );
    }
}

async fn redeem(
    site: &Site,
    held: &HeldRequest,
    answer: &CallbackParameters,
    arrival: &Arrival<StatePayload>,
) -> Result<Authenticated, CallbackError> {
    // RFC 9207 protects codes; an error without a name ends the sign-in that this browser began,
    // whoever has sent it.
    let is_nameless_error = answer.error.is_some() && answer.iss.is_none();
    if !is_nameless_error && !site.identity.is_issuer(answer.iss.as_deref()) {
        return Err(CallbackError::MixedUpIssuer);
    }
    match answer.error.as_deref() {
        None => {}
        Some("access_denied") => return Err(CallbackError::Denied),
        Some(_) => return Err(CallbackError::Refused),
    }
    let code = answer.code.as_deref().ok_or(CallbackError::NoCode)?;
    let pushed = site.pushed.find(&held.auth_req_id).await?;
    let response = AuthorizationResponse {
        code,
        redirect_uri: &site.address(paths::SOCIAL_CALLBACK),
        verifier: &arrival.verifier,
        nonce: &arrival.nonce,
        started_at: arrival.payload.started_at,
        pushed: pushed.as_ref(),
    };
    Ok(site.identity.redeem(&response).await?)
}

fn trips(site: &Site) -> RoundTrips {
    RoundTrips {
        name: TRIP,
        is_https: site.is_https(),
        sealer: site.sealer.clone(),
        storage: site.storage.clone(),
        ambient: site.ambient.clone(),
    }
}

/// Whether the link was followed on a page of ours, or its address typed. Browsers that do not say
/// are believed: a page of somebody else's wins nothing but a visit to the identity provider.
fn is_from_our_page(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    sites.all(|site| site == "same-origin" || site == "none")
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    let says = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.to_ascii_lowercase().contains("prefetch"))
    };
    says("sec-purpose") || says("purpose")
}

fn has_been_there(site: &Site, headers: &HeaderMap) -> bool {
    cookies::open::<bool>(site, headers, BEEN_THERE, BEEN_THERE).unwrap_or_default()
}

/// A redirect to the provider.
fn leave(url: &Url) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(url.as_str()) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// What an answer is called in addresses: it says nothing of its state.
fn public_name(state: &str) -> String {
    let digest = Sha256::digest([b"answer\0", state.as_bytes()].concat());
    URL_SAFE_NO_PAD.encode(&digest[..12])
}

impl CallbackParameters {
    /// Reads the query of the callback; a repeated parameter spoils it.
    fn parse(query: &str) -> Option<Self> {
        let (mut state, mut code, mut error, mut iss) = (None, None, None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "state" => &mut state,
                "code" => &mut code,
                "error" => &mut error,
                "iss" => &mut iss,
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        let fits = |value: &Option<String>, longest| {
            value.as_ref().is_none_or(|text| {
                (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
            })
        };
        let good = fits(&code, MAX_CODE) && fits(&error, 64) && fits(&iss, 256);
        let state = state.filter(|state| state.len() == 43)?;
        good.then_some(Self { state, code, error, iss })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_each_parameter_once() {
        let state = "s".repeat(43);
        let parse = |rest: &str| CallbackParameters::parse(&format!("state={state}{rest}"));
        assert_eq!(parse("&code=x&other=1&other=2").unwrap().code.as_deref(), Some("x"));
        assert!(parse("").unwrap().code.is_none());
        for rest in [
            "&code=a&code=b".to_owned(),
            format!("&state={state}"),
            "&iss=a&iss=b".into(),
            "&code=".into(),
            "&code=a%20b".into(),
            "&error=a%0Ab".into(),
            format!("&code={}", "x".repeat(MAX_CODE + 1)),
        ] {
            assert!(parse(&rest).is_none(), "{rest}");
        }
        assert!(CallbackParameters::parse("code=x").is_none());
        assert!(CallbackParameters::parse("state=short&code=x").is_none());
    }

    #[test]
    fn somebody_elses_page_cannot_start_it() {
        let from = |site: &'static str| {
            let name = axum::http::HeaderName::from_static("sec-fetch-site");
            is_from_our_page(&HeaderMap::from_iter([(name, HeaderValue::from_static(site))]))
        };
        assert!(from("same-origin") && from("none") && is_from_our_page(&HeaderMap::new()));
        assert!(!from("cross-site") && !from("same-site") && !from(""));
        // Of two that differ nobody knows which one a server in front has looked at.
        let mut headers = HeaderMap::new();
        for site in ["same-origin", "cross-site"] {
            headers.append("sec-fetch-site", HeaderValue::from_static(site));
        }
        assert!(!is_from_our_page(&headers));
    }
}

//! The session: which sign-in this browser has for which request.
//!
//! A sign-in belongs to one handle; two tabs never share one. The customer's token never reaches the
//! browser, and is sealed in the database. Nothing is written for a `GET`.
//!
//! A sign-in is sealed twice: whole, with its tokens, and as the summary that pages show. Tokens are
//! opened only where something is done with them (docs/decisions/0031-a-sign-in-is-sealed-twice.md).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower::util::MapRequestLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use super::authority::Proof;
use super::failure::Fault;
use super::person::Person;
use super::{Site, cookies};
use crate::records::MailWay;
use ciba::RequestHandle;
use platform::seal::{self, SealError};
use platform::storage::StorageError;
use platform::storage::sessions::SessionRows;
use platform::{Secret, request_cookies, round_trip};

const NAME: &str = "ciba_session";
/// The key of the sign-ins in a session: by handle, each whole. Earlier versions keep the same.
const WHOLE: &str = "sign_ins";
/// The key of their summaries.
const SUMMARIES: &str = "sign_in_summaries";
/// The keys of the grant to add a passkey, and of its summary.
const ENROLMENT: &str = "enrolment";
const ENROLMENT_SUMMARY: &str = "enrolment_summary";

/// What a sign-in is sealed for: each thing under two purposes, whole and as its summary.
#[derive(Clone, Copy)]
struct SignInPurpose {
    whole: &'static str,
    summary: &'static str,
}

const SIGN_IN: SignInPurpose =
    SignInPurpose { whole: "site.sign_in", summary: "site.sign_in.summary" };
const GRANT: SignInPurpose =
    SignInPurpose { whole: "site.enrolment", summary: "site.enrolment.summary" };

/// Seconds after a decision in which a passkey may be added.
const ENROLMENT_LIFETIME: i64 = 5 * 60;

/// Minutes after the last change in which a session ends.
const IDLE_MINUTES: i64 = 15;

/// Seconds after which a sign-in ends, whatever happens; its token may end it earlier.
const LIFETIME: i64 = 15 * 60;

/// Somebody who has signed in for one request.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// Who, as the ID token says.
    pub person: Person,
    /// With what their decision is completed.
    #[serde(flatten)]
    pub proof: Proof,
    /// What is needed to end the sign-in at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// How (RFC 8176).
    pub amr: Vec<String>,
    /// When the provider says that it was, in seconds since 1970.
    pub auth_time: i64,
    /// The account as its owner knows it and others do not: `a•••@example.com`.
    pub label: Option<String>,
    /// When it ends, in seconds since 1970.
    pub ends_at: i64,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("amr", &self.amr).finish_non_exhaustive()
    }
}

/// What pages show of a sign-in, and by what it is compared: nothing with which anything can be done.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignInSummary {
    /// Who, as the ID token says.
    pub person: Person,
    /// The account as its owner knows it and others do not: `a•••@example.com`.
    pub label: Option<String>,
    /// By what of a mail of ours, where they have not signed in at the provider.
    pub by_mail: Option<MailWay>,
    /// [`Proof::fingerprint`] of their proof.
    pub proof: String,
    /// When it ends, in seconds since 1970.
    pub ends_at: i64,
}

impl std::fmt::Debug for SignInSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInSummary").field("ends_at", &self.ends_at).finish_non_exhaustive()
    }
}

impl From<&SignIn> for SignInSummary {
    fn from(sign_in: &SignIn) -> Self {
        Self {
            person: sign_in.person.clone(),
            label: sign_in.label.clone(),
            by_mail: sign_in.proof.by_mail(),
            proof: sign_in.proof.fingerprint(),
            ends_at: sign_in.ends_at,
        }
    }
}

/// A sign-in as it is sealed whole. It names its request again: an entry moved within the row opens
/// nothing.
#[derive(Serialize, Deserialize)]
struct SealedSignIn {
    handle: RequestHandle,
    #[serde(flatten)]
    sign_in: SignIn,
}

/// A sign-in as a session keeps it.
struct KeptSignIn {
    whole: String,
    summary: String,
}

impl SignInPurpose {
    fn seal(
        self,
        site: &Site,
        handle: &RequestHandle,
        sign_in: SignIn,
        seconds: i64,
    ) -> Result<KeptSignIn, SealError> {
        let ends_at = sign_in.ends_at.min(site.now() + seconds);
        let sign_in = SignIn { ends_at, ..sign_in };
        let summary = SignInSummary::from(&sign_in);
        let whole = SealedSignIn { handle: handle.clone(), sign_in };
        let whole = site.sealer.seal(self.whole, &whole)?;
        let purpose = self.of_summary(handle, &whole).ok_or(SealError::Encode)?;
        let summary = site.sealer.seal(&purpose, &summary)?;
        Ok(KeptSignIn { whole, summary })
    }

    /// What the summary of the sign-in `whole` is sealed for.
    ///
    /// # Security
    ///
    /// It names the request, and the nonce under which the sign-in is sealed whole, which no other
    /// shares. So a summary that was moved, paired with another sign-in, or left behind by a version
    /// that knows of none, does not open.
    fn of_summary(self, handle: &RequestHandle, whole: &str) -> Option<String> {
        // Both have one length, so neither can run into the other.
        Some([self.summary, handle.as_str(), seal::nonce(whole)?].join(" "))
    }

    /// Opens a sign-in with its tokens.
    fn open(self, site: &Site, handle: &RequestHandle, whole: &str) -> Option<SignIn> {
        let sealed: SealedSignIn = site.sealer.open(self.whole, whole).ok()?;
        (sealed.handle == *handle && site.now() < sealed.sign_in.ends_at).then_some(sealed.sign_in)
    }

    /// Opens the summary of the sign-in `whole`. Where it has none, or that of another, it is whole
    /// that is opened: an earlier version has written it.
    fn summary(
        self,
        site: &Site,
        handle: &RequestHandle,
        whole: &str,
        summary: Option<&str>,
    ) -> Option<SignInSummary> {
        let opened = summary.and_then(|text| {
            let purpose = self.of_summary(handle, whole)?;
            site.sealer.open::<SignInSummary>(&purpose, text).ok()
        });
        match opened {
            Some(summary) => Some(summary).filter(|summary| site.now() < summary.ends_at),
            None => self.open(site, handle, whole).map(|sign_in| SignInSummary::from(&sign_in)),
        }
    }
}

/// The session could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The sign-in could not be sealed.
    #[error("sign-in not written")]
    Seal(#[from] SealError),
    /// The store failed.
    #[error("the session could not be read or written")]
    Store(#[from] tower_sessions::session::Error),
    /// What was used once could not be noted.
    #[error("the session could not be read or written")]
    Spend(#[from] StorageError),
}

impl Fault for SessionError {}

type ShowOnly<F> = MapRequestLayer<F>;
type Manager = SessionManagerLayer<SessionRows>;
type ShowAll = MapRequestLayer<fn(Request) -> Request>;

/// The layer that finds a browser's session by its cookie.
///
/// Its library reads every cookie that it is shown into a jar, decoded, and skips a whole line for one
/// that is not text. So it is shown the session's cookie alone; whatever it is around has all of them.
pub fn layer(
    site: &Site,
) -> (ShowOnly<impl Fn(Request) -> Request + Clone + use<>>, Manager, ShowAll) {
    let name = cookies::name(site, NAME);
    let manager = SessionManagerLayer::new(site.storage.sessions().clone())
        .with_name(name.clone())
        .with_secure(site.is_https())
        .with_http_only(true)
        // Lax, because customers come back from mails and from identity providers.
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::minutes(IDLE_MINUTES)));
    let name: Arc<str> = name.into();
    (
        MapRequestLayer::new(move |request| request_cookies::show_only(request, &name)),
        manager,
        MapRequestLayer::new(request_cookies::show_all),
    )
}

/// The session that this browser names: its cookie, as it is.
pub fn cookie<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookies::name(site, NAME);
    cookies::named(headers, &name).next()
}

/// The session that an answer gives to its browser: empty where it takes it away, and nothing where
/// it leaves it as it is.
pub fn set_cookie<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookies::name(site, NAME);
    let lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let (value, attributes) = lines
        .filter_map(|line| line.strip_prefix(&name)?.strip_prefix('=')?.split_once(';'))
        .next_back()?;
    Some(if attributes.contains("Max-Age=0") { "" } else { value })
}

/// The sign-in of this browser for a request, as far as it is shown.
pub async fn sign_in(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<SignInSummary>, SessionError> {
    let of_handle = |kept: &Option<Value>| {
        let text = kept.as_ref()?.get(handle.as_str())?.as_str()?;
        Some(text.to_owned())
    };
    let Some(whole) = of_handle(&session.get_value(WHOLE).await?) else { return Ok(None) };
    let summary = of_handle(&session.get_value(SUMMARIES).await?);
    Ok(SIGN_IN.summary(site, handle, &whole, summary.as_deref()))
}

/// The sign-in of this browser for a request, with the tokens: for a decision that is sent, and for
/// the end of a sign-in.
pub async fn whole_sign_in(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<SignIn>, SessionError> {
    let sealed = all(session, WHOLE).await?;
    Ok(sealed.get(handle).and_then(|text| SIGN_IN.open(site, handle, text)))
}

/// Adds a sign-in, under a new session id.
pub async fn add(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
    sign_in: SignIn,
) -> Result<(), SessionError> {
    let mut sealed = all(session, WHOLE).await?;
    let mut summaries = all(session, SUMMARIES).await?;
    // A sign-in whose time is over goes with the next one that comes.
    sealed.retain(|handle, text| {
        let summary = summaries.get(handle).map(String::as_str);
        SIGN_IN.summary(site, handle, text, summary).is_some()
    });
    summaries.retain(|handle, _| sealed.contains_key(handle));
    let KeptSignIn { whole, summary } = SIGN_IN.seal(site, handle, sign_in, LIFETIME)?;
    sealed.insert(handle.clone(), whole);
    summaries.insert(handle.clone(), summary);
    session.insert(WHOLE, sealed).await?;
    session.insert(SUMMARIES, summaries).await?;
    // A new id against session fixation (OWASP ASVS 7.2.4).
    session.cycle_id().await?;
    Ok(())
}

/// Removes the sign-in for a request, also at the provider, and ends the session with the last one.
pub async fn remove(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<(), SessionError> {
    let mut sealed = all(session, WHOLE).await?;
    let Some(removed) = sealed.remove(handle) else { return Ok(()) };
    let enrolment: Option<String> = session.get(ENROLMENT).await?;
    if sealed.is_empty() && enrolment.is_none() {
        end(session).await?;
    } else {
        let mut summaries = all(session, SUMMARIES).await?;
        summaries.remove(handle);
        session.insert(WHOLE, sealed).await?;
        session.insert(SUMMARIES, summaries).await?;
    }
    let removed = SIGN_IN.open(site, handle, &removed);
    if let Some(at_provider) = removed.and_then(|sign_in| sign_in.session) {
        site.identity.sign_out(&Secret::new(at_provider)).await;
    }
    Ok(())
}

/// Turns the sign-in for a request into the grant to add a passkey.
pub async fn grant_enrolment(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
    sign_in: SignIn,
) -> Result<(), SessionError> {
    let KeptSignIn { whole, summary } = GRANT.seal(site, handle, sign_in, ENROLMENT_LIFETIME)?;
    session.insert(ENROLMENT, whole).await?;
    session.insert(ENROLMENT_SUMMARY, summary).await?;
    Ok(())
}

/// The grant of this browser to add a passkey after deciding this request: what is left of the
/// sign-in for some minutes, and good for nothing else.
pub async fn enrolment(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<SignInSummary>, SessionError> {
    let whole: Option<String> = session.get(ENROLMENT).await?;
    let Some(whole) = whole else { return Ok(None) };
    let summary: Option<String> = session.get(ENROLMENT_SUMMARY).await?;
    Ok(GRANT.summary(site, handle, &whole, summary.as_deref()))
}

/// Uses the grant up, and ends the session where nothing else is in it. `None`: it was used before.
///
/// A session is read and written as a whole, so two requests at the same time both find the grant in
/// it; which of them has it is decided by a row.
pub async fn take_enrolment(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<SignIn>, SessionError> {
    let whole: Option<String> = session.get(ENROLMENT).await?;
    let Some(whole) = whole else { return Ok(None) };
    let Some(grant) = GRANT.open(site, handle, &whole) else { return Ok(None) };
    session.remove_value(ENROLMENT).await?;
    session.remove_value(ENROLMENT_SUMMARY).await?;
    if all(session, WHOLE).await?.is_empty() {
        end(session).await?;
    }
    let is_first = round_trip::spend(&site.storage, GRANT.whole, &whole, grant.ends_at);
    Ok(is_first.await?.then_some(grant))
}

/// Ends the session. One that began, or got a new id, with this very request has no row yet.
async fn end(session: &Session) -> Result<(), SessionError> {
    if session.id().is_some() {
        session.flush().await?;
    } else {
        session.clear().await;
    }
    Ok(())
}

async fn all(
    session: &Session,
    key: &str,
) -> Result<BTreeMap<RequestHandle, String>, SessionError> {
    Ok(session.get(key).await?.unwrap_or_default())
}

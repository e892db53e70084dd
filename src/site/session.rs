//! The session: which sign-in this browser has for which request.
//!
//! A sign-in belongs to one handle; two tabs never share one. The customer's token never reaches the
//! browser, and is sealed in the database. Nothing is written for a `GET`.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use serde::{Deserialize, Serialize};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use super::authority::Proof;
use super::failure::Fault;
use super::person::Person;
use super::{Site, cookies};
use ciba::RequestHandle;
use platform::Secret;
use platform::round_trip;
use platform::seal::SealError;
use platform::storage::StorageError;
use platform::storage::sessions::SessionRows;

const NAME: &str = "ciba_session";
const KEY: &str = "sign_ins";
const PURPOSE: &str = "site.sign_in";
const ENROLMENT: &str = "enrolment";
const ENROLMENT_PURPOSE: &str = "site.enrolment";

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

/// A sign-in as it is sealed. It names its request again: an entry moved within the row opens
/// nothing.
#[derive(Serialize, Deserialize)]
struct SealedSignIn {
    handle: RequestHandle,
    #[serde(flatten)]
    sign_in: SignIn,
}

impl SealedSignIn {
    fn open(site: &Site, purpose: &str, text: &str, handle: &RequestHandle) -> Option<SignIn> {
        let sealed: Self = site.sealer.open(purpose, text).ok()?;
        (sealed.handle == *handle && site.now() < sealed.sign_in.ends_at).then_some(sealed.sign_in)
    }

    fn seal(
        site: &Site,
        purpose: &str,
        handle: &RequestHandle,
        sign_in: SignIn,
        seconds: i64,
    ) -> Result<String, SealError> {
        let ends_at = sign_in.ends_at.min(site.now() + seconds);
        let sealed = Self { handle: handle.clone(), sign_in: SignIn { ends_at, ..sign_in } };
        site.sealer.seal(purpose, &sealed)
    }
}

/// The session could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The sign-in could not be sealed.
    #[error("keep a sign-in")]
    Seal(#[from] SealError),
    /// The store failed.
    #[error("use the session")]
    Store(#[from] tower_sessions::session::Error),
    /// What was used once could not be noted.
    #[error("use the session")]
    Spend(#[from] StorageError),
}

impl Fault for SessionError {}

/// The layer that finds a browser's session by its cookie.
pub fn layer(site: &Site) -> SessionManagerLayer<SessionRows> {
    SessionManagerLayer::new(site.storage.sessions().clone())
        .with_name(cookies::name(site, NAME))
        .with_secure(site.is_https())
        .with_http_only(true)
        // Lax, because customers come back from mails and from identity providers.
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::minutes(IDLE_MINUTES)))
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

/// The sign-in of this browser for a request.
pub async fn sign_in(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<SignIn>, SessionError> {
    let sealed = all(session).await?;
    Ok(sealed.get(handle).and_then(|text| SealedSignIn::open(site, PURPOSE, text, handle)))
}

/// Adds a sign-in, under a new session id.
pub async fn add(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
    sign_in: SignIn,
) -> Result<(), SessionError> {
    let mut sealed = all(session).await?;
    // A sign-in whose time is over goes with the next one that comes.
    sealed.retain(|handle, text| SealedSignIn::open(site, PURPOSE, text, handle).is_some());
    sealed.insert(handle.clone(), SealedSignIn::seal(site, PURPOSE, handle, sign_in, LIFETIME)?);
    session.insert(KEY, sealed).await?;
    // Whoever planted the old id has nothing (session fixation; OWASP ASVS 7.2.4).
    session.cycle_id().await?;
    Ok(())
}

/// Removes the sign-in for a request, also at the provider, and ends the session with the last one.
pub async fn remove(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<(), SessionError> {
    let mut sealed = all(session).await?;
    let Some(removed) = sealed.remove(handle) else { return Ok(()) };
    let enrolment: Option<String> = session.get(ENROLMENT).await?;
    if sealed.is_empty() && enrolment.is_none() {
        end(session).await?;
    } else {
        session.insert(KEY, sealed).await?;
    }
    let removed = SealedSignIn::open(site, PURPOSE, &removed, handle);
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
    let sealed = SealedSignIn::seal(site, ENROLMENT_PURPOSE, handle, sign_in, ENROLMENT_LIFETIME)?;
    session.insert(ENROLMENT, sealed).await?;
    Ok(())
}

/// The grant of this browser to add a passkey after deciding this request: what is left of the
/// sign-in for some minutes, and good for nothing else.
pub async fn enrolment(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<SignIn>, SessionError> {
    let sealed: Option<String> = session.get(ENROLMENT).await?;
    Ok(sealed.and_then(|text| SealedSignIn::open(site, ENROLMENT_PURPOSE, &text, handle)))
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
    let Some(grant) = enrolment(site, session, handle).await? else { return Ok(None) };
    let sealed: Option<String> = session.remove(ENROLMENT).await?;
    if all(session).await?.is_empty() {
        end(session).await?;
    }
    let Some(sealed) = sealed else { return Ok(None) };
    let is_first = round_trip::spend(&site.storage, ENROLMENT_PURPOSE, &sealed, grant.ends_at);
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

async fn all(session: &Session) -> Result<BTreeMap<RequestHandle, String>, SessionError> {
    Ok(session.get(KEY).await?.unwrap_or_default())
}

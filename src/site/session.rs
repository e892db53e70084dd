//! The session: which sign-in this browser has for which request.
//!
//! A sign-in belongs to one handle; two tabs never share one. The customer's token never reaches the
//! browser, and is sealed in the database. Nothing is written for a `GET`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use super::person::Person;
use super::{Site, cookies};
use ciba::RequestHandle;
use platform::round_trip;
use platform::seal::SealError;
use platform::storage::StorageError;
use platform::storage::sessions::SessionRows;
use transmit::UserAccessToken;

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
#[derive(Clone)]
pub struct SignIn {
    /// Who, as the ID token says.
    pub person: Person,
    /// Their token, with which the decision is completed.
    pub token: UserAccessToken,
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

#[derive(Serialize, Deserialize)]
struct Kept {
    handle: RequestHandle,
    person: Person,
    token: String,
    amr: Vec<String>,
    auth_time: i64,
    label: Option<String>,
    ends_at: i64,
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

/// The sign-in of this browser for a request.
///
/// # Errors
///
/// [`SessionError`]
pub async fn sign_in(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<SignIn>, SessionError> {
    let sealed = all(session).await?;
    let Some(kept) =
        sealed.get(handle).and_then(|text| site.sealer.open::<Kept>(PURPOSE, text).ok())
    else {
        return Ok(None);
    };
    // What is sealed names its request again: an entry moved within the row opens nothing.
    if kept.handle != *handle || kept.ends_at <= site.now() {
        return Ok(None);
    }
    Ok(Some(SignIn {
        person: kept.person,
        token: UserAccessToken::new(kept.token),
        amr: kept.amr,
        auth_time: kept.auth_time,
        label: kept.label,
        ends_at: kept.ends_at,
    }))
}

/// Adds a sign-in, under a new session id.
///
/// # Errors
///
/// [`SessionError`]
pub async fn add(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
    sign_in: SignIn,
) -> Result<(), SessionError> {
    let kept = Kept {
        handle: handle.clone(),
        person: sign_in.person,
        token: sign_in.token.expose().to_owned(),
        amr: sign_in.amr,
        auth_time: sign_in.auth_time,
        label: sign_in.label,
        ends_at: sign_in.ends_at.min(site.now() + LIFETIME),
    };
    let mut sealed = all(session).await?;
    // A sign-in whose time is over goes with the next one that comes.
    sealed.retain(|_, text| {
        let open = site.sealer.open::<Kept>(PURPOSE, text);
        open.is_ok_and(|kept| kept.ends_at > site.now())
    });
    sealed.insert(handle.clone(), site.sealer.seal(PURPOSE, &kept)?);
    session.insert(KEY, sealed).await?;
    // Whoever planted the old id has nothing (session fixation; OWASP ASVS 7.2.4).
    session.cycle_id().await?;
    Ok(())
}

/// Removes the sign-in for a request, and ends the session with the last one.
///
/// # Errors
///
/// [`SessionError`]
pub async fn remove(session: &Session, handle: &RequestHandle) -> Result<(), SessionError> {
    let mut sealed = all(session).await?;
    if sealed.remove(handle).is_none() {
        return Ok(());
    }
    let enrolment: Option<String> = session.get(ENROLMENT).await?;
    if sealed.is_empty() && enrolment.is_none() {
        session.flush().await?;
    } else {
        session.insert(KEY, sealed).await?;
    }
    Ok(())
}

/// What is left of a sign-in after its decision: for some minutes, and to add a passkey only.
#[derive(Clone)]
pub struct Enrolment {
    /// Whose passkey it will be.
    pub person: Person,
    /// Their token.
    pub token: UserAccessToken,
    /// When the grant ends.
    pub ends_at: i64,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(hidden)")
    }
}

/// Turns the sign-in for a request into the grant to add a passkey.
///
/// # Errors
///
/// [`SessionError`]
pub async fn grant_enrolment(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
    sign_in: SignIn,
) -> Result<(), SessionError> {
    let now = site.now();
    let kept = Kept {
        handle: handle.clone(),
        person: sign_in.person,
        token: sign_in.token.expose().to_owned(),
        amr: sign_in.amr,
        auth_time: sign_in.auth_time,
        label: sign_in.label,
        ends_at: sign_in.ends_at.min(now + ENROLMENT_LIFETIME),
    };
    session.insert(ENROLMENT, site.sealer.seal(ENROLMENT_PURPOSE, &kept)?).await?;
    Ok(())
}

/// The grant of this browser to add a passkey after deciding this request.
///
/// # Errors
///
/// [`SessionError`]
pub async fn enrolment(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<Enrolment>, SessionError> {
    let sealed: Option<String> = session.get(ENROLMENT).await?;
    let kept = sealed.and_then(|text| site.sealer.open::<Kept>(ENROLMENT_PURPOSE, &text).ok());
    Ok(kept.filter(|kept| kept.handle == *handle && site.now() < kept.ends_at).map(|kept| {
        Enrolment {
            person: kept.person,
            token: UserAccessToken::new(kept.token),
            ends_at: kept.ends_at,
        }
    }))
}

/// Uses the grant up, and ends the session where nothing else is in it. `None`: it was used before.
///
/// A session is read and written as a whole, so two requests at the same time both find the grant in
/// it; which of them has it is decided by a row.
///
/// # Errors
///
/// [`SessionError`]
pub async fn take_enrolment(
    site: &Site,
    session: &Session,
    handle: &RequestHandle,
) -> Result<Option<Enrolment>, SessionError> {
    let Some(grant) = enrolment(site, session, handle).await? else { return Ok(None) };
    let sealed: Option<String> = session.remove(ENROLMENT).await?;
    if all(session).await?.is_empty() {
        session.flush().await?;
    }
    let Some(sealed) = sealed else { return Ok(None) };
    let is_first =
        round_trip::spend(&site.storage, ENROLMENT_PURPOSE, &sealed, grant.ends_at, site.now());
    Ok(is_first.await?.then_some(grant))
}

async fn all(session: &Session) -> Result<BTreeMap<RequestHandle, String>, SessionError> {
    Ok(session.get(KEY).await?.unwrap_or_default())
}

//! Sealed cookies: small values that a browser keeps for us and cannot read or change.
//!
//! Names carry `__Host-` where the site is reached by https: such a cookie comes from this host
//! alone and over TLS alone (RFC 6265bis, section 4.1.3.2).

use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Site;
pub use crate::server::request_cookies::pairs as all;
use crate::server::seal::SealError;

/// The name of a cookie, with the prefix that the site's scheme allows.
pub fn name(site: &Site, bare: &str) -> String {
    if site.is_https() { format!("__Host-{bare}") } else { bare.to_owned() }
}

/// The value of a cookie that we sealed for `purpose`.
pub fn open<T: DeserializeOwned>(
    site: &Site,
    headers: &HeaderMap,
    bare: &str,
    purpose: &str,
) -> Option<T> {
    let name = name(site, bare);
    all(headers)
        .filter(|(other, _)| *other == name)
        .find_map(|(_, value)| site.sealer.open(purpose, value).ok())
}

/// A `Set-Cookie` with a sealed value.
///
/// # Errors
///
/// [`SealError`]
pub fn seal<T: Serialize>(
    site: &Site,
    bare: &str,
    purpose: &str,
    value: &T,
    seconds: i64,
) -> Result<String, SealError> {
    let value = site.sealer.seal(purpose, value)?;
    Ok(format!("{}={value}; Max-Age={seconds}; {}", name(site, bare), attributes(site)))
}

/// A `Set-Cookie` that removes a cookie.
pub fn remove(site: &Site, bare: &str) -> String {
    format!("{}=; Max-Age=0; {}", name(site, bare), attributes(site))
}

fn attributes(site: &Site) -> &'static str {
    // Lax: the link in an SMS or a mail is a navigation from elsewhere, and the request has to be
    // there when the customer comes back.
    if site.is_https() {
        "Path=/; HttpOnly; SameSite=Lax; Secure"
    } else {
        "Path=/; HttpOnly; SameSite=Lax"
    }
}

/// Adds `Set-Cookie` lines to an answer.
pub fn append(headers: &mut HeaderMap, lines: impl IntoIterator<Item = String>) {
    for line in lines {
        // Names and values here are made of the characters of base64url.
        if let Ok(value) = HeaderValue::try_from(line) {
            headers.append(SET_COOKIE, value);
        }
    }
}

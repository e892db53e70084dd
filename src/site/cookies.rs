//! Sealed cookies: small values that a browser keeps for us and cannot read or change.
//!
//! Names carry `__Host-` where the site is reached by https: such a cookie comes from this host
//! alone and over TLS alone (RFC 6265bis, section 4.1.3.2).

use axum::http::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Site;
pub use platform::request_cookies::{append, named, pairs as all};
use platform::seal::SealError;

/// How the bare names of our cookies begin, of all but one that has no content.
pub const OWN: &str = "ciba_";

/// The bare name of the cookie of a browser in which a passkey was used or made here. It holds
/// nothing about anybody.
const PASSKEY_USED: &str = "passkey_used";
/// Its name where the site is reached by https.
const PASSKEY_USED_BY_HTTPS: &str = "__Host-passkey_used";
/// How long a browser keeps that: the longest that browsers allow (RFC 6265bis, section 5.5).
const PASSKEY_USED_SECONDS: i64 = 400 * 24 * 60 * 60;

/// Whether a passkey was used or made in this browser.
pub fn is_passkey_used(headers: &HeaderMap) -> bool {
    all(headers).any(|(name, _)| [PASSKEY_USED, PASSKEY_USED_BY_HTTPS].contains(&name))
}

/// The `Set-Cookie` of a browser in which a passkey was used or made.
pub fn passkey_used(site: &Site) -> String {
    let name = name(site, PASSKEY_USED);
    format!("{name}=1; Max-Age={PASSKEY_USED_SECONDS}; {}", attributes(site))
}

/// The `Set-Cookie` of a browser whose passkey leads to nobody any more.
pub fn passkey_gone(site: &Site) -> String {
    remove(site, PASSKEY_USED)
}

/// The name of a cookie, with the prefix that the site's scheme allows.
pub fn name(site: &Site, bare: &str) -> String {
    if site.is_https() { format!("__Host-{bare}") } else { bare.to_owned() }
}

/// The bytes of a cookie in the header.
pub fn size((name, value): (&str, &str)) -> usize {
    name.len() + value.len() + "=; ".len()
}

/// The value of a cookie that we sealed for `purpose`.
pub fn open<T: DeserializeOwned>(
    site: &Site,
    headers: &HeaderMap,
    bare: &str,
    purpose: &str,
) -> Option<T> {
    let name = name(site, bare);
    named(headers, &name).find_map(|value| site.sealer.open(purpose, value).ok())
}

/// A `Set-Cookie` with a sealed value.
pub fn seal<T: Serialize>(
    site: &Site,
    bare: &str,
    purpose: &str,
    value: &T,
    seconds: i64,
) -> Result<String, SealError> {
    let value = site.sealer.seal(purpose, value)?;
    Ok(plain(site, bare, &value, seconds))
}

/// A `Set-Cookie` with a value that is no secret to its browser: characters of base64url.
pub fn plain(site: &Site, bare: &str, value: &str, seconds: i64) -> String {
    format!("{}={value}; Max-Age={seconds}; {}", name(site, bare), attributes(site))
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

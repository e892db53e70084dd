//! What the browser that asks for a mail keeps of it, in a cookie of the request.

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::site::{Site, cookies, request};
use ciba::RequestHandle;
use platform::seal::SealError;
use transmit::EmailAddress;

const NAME: &str = "ciba_mail_";
const PURPOSE: &str = "site.mail.asked";

/// Which mail was asked for, and for whom.
#[derive(Serialize, Deserialize)]
pub(super) struct AskedMail {
    pub(super) state: String,
    pub(super) address: EmailAddress,
    /// Whether the address was known, and not typed: then only its owner may see it.
    #[serde(default)]
    pub(super) known: bool,
    /// When, in seconds since 1970.
    #[serde(default)]
    pub(super) asked_at: i64,
}

fn cookie(handle: &RequestHandle) -> String {
    format!("{NAME}{handle}")
}

/// The bytes of the cookie that says for which address a request's mail was asked.
pub fn asked_size(site: &Site, headers: &HeaderMap, handle: &RequestHandle) -> usize {
    let name = cookies::name(site, &cookie(handle));
    cookies::all(headers).filter(|(other, _)| *other == name).map(cookies::size).sum()
}

/// The mail that this browser has asked for, the last one.
pub(super) fn find(site: &Site, headers: &HeaderMap, handle: &RequestHandle) -> Option<AskedMail> {
    cookies::open(site, headers, &cookie(handle), PURPOSE)
}

/// Whether this browser asked for the mail of this state, and for no other since.
pub(super) fn has_asked(
    site: &Site,
    headers: &HeaderMap,
    handle: &RequestHandle,
    state: &str,
) -> bool {
    find(site, headers, handle).is_some_and(|kept| kept.state == state)
}

/// The `Set-Cookie` line that stores it.
pub(super) fn line(
    site: &Site,
    handle: &RequestHandle,
    asked: &AskedMail,
) -> Result<String, SealError> {
    cookies::seal(site, &cookie(handle), PURPOSE, asked, request::LIFETIME)
}

/// The `Set-Cookie` line that removes it.
pub fn forget_asked(site: &Site, handle: &RequestHandle) -> String {
    cookies::remove(site, &cookie(handle))
}

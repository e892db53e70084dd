//! What a browser keeps that has opened a mail's link: the link's values, under a name of their own.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::site::failure::Failure;
use crate::site::{Site, cookies};
use ciba::Problem;
use platform::ids::is_token;
use platform::seal::SealError;

const NAME: &str = "ciba_link_";
const PURPOSE: &str = "site.mail.link";

/// An opened link.
#[derive(Serialize, Deserialize)]
pub(super) struct OpenedLink {
    pub(super) code: String,
    pub(super) state: String,
    /// Whether a wrong reference, or none, was picked here.
    #[serde(default)]
    pub(super) ended: bool,
}

/// What a link is called in addresses: it says nothing of its state.
pub(super) fn public_name(state: &str) -> String {
    let digest = Sha256::digest([b"name\0", state.as_bytes()].concat());
    URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default())
}

/// The opened link of this public name, where this browser holds it.
pub(super) fn find(site: &Site, headers: &HeaderMap, name: &str) -> Result<OpenedLink, Failure> {
    let cookie = is_token::<16>(name)
        .then(|| cookies::open::<OpenedLink>(site, headers, &format!("{NAME}{name}"), PURPOSE));
    match cookie.flatten() {
        Some(opened) if public_name(&opened.state) != name => Err(Problem::RequestUnknown.into()),
        Some(opened) => Ok(opened),
        None => Err(Problem::RequestUnknown.into()),
    }
}

/// The opened links that this browser holds by their public names, with the bytes of their cookies.
pub fn opened_links(site: &Site, headers: &HeaderMap) -> Vec<(String, usize)> {
    let prefix = cookies::name(site, NAME);
    cookies::all(headers)
        .filter_map(|(name, value)| {
            let link = name.strip_prefix(&prefix).filter(|link| is_token::<16>(link))?;
            Some((link.to_owned(), cookies::size((name, value))))
        })
        .collect()
}

/// The `Set-Cookie` line that keeps an opened link, for as long as its mail is good.
pub(super) fn line(site: &Site, name: &str, link: &OpenedLink) -> Result<String, SealError> {
    let seconds = i64::from(site.config.sign_in.mail_minutes) * 60;
    cookies::seal(site, &format!("{NAME}{name}"), PURPOSE, link, seconds)
}

/// The `Set-Cookie` line that removes an opened link.
pub fn forget_link(site: &Site, name: &str) -> String {
    cookies::remove(site, &format!("{NAME}{name}"))
}

//! A mail's link as it comes back: its values leave the address at once, and stay with the browser.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use crate::site::cookie_room::{self, New};
use crate::site::failure::Failure;
use crate::site::visit::see_other;
use crate::site::{Site, browser, cookies, mangled, paths};
use ciba::Problem;
use platform::ids::is_token;
use platform::seal::SealError;

const NAME: &str = "ciba_link_";
const PURPOSE: &str = "site.mail.link";
/// The longest code of a link that is taken: the embedded provider's has 43 characters, and a signed
/// token still fits.
const MAX_CODE: usize = 1024;

/// What a browser keeps that has opened a link.
#[derive(Serialize, Deserialize)]
pub(super) struct OpenedLink {
    pub(super) code: String,
    pub(super) state: String,
    /// Whether a wrong reference, or none, was picked here.
    #[serde(default)]
    pub(super) ended: bool,
}

/// `GET /mail/callback`: takes the link's values out of the address, and does nothing else.
pub async fn callback(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let opened = parse_callback(&query.unwrap_or_default()).ok_or(Problem::LinkMalformed)?;
    let name = public_name(&opened.state);
    let cookie = line(&site, &name, &opened)?;
    let room = cookie_room::make(&site, &session, &headers, New::Link(&name), &cookie).await?;
    let mut response = see_other(&paths::mail_continue(&name));
    let name = browser::keep_name(&site, &headers)?;
    cookies::append(response.headers_mut(), room.into_iter().chain([cookie, name]));
    Ok(response)
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

fn parse_callback(query: &str) -> Option<OpenedLink> {
    let (mut code, mut state) = (None, None);
    for (name, value) in mangled::parameters(query) {
        let slot = match name.as_str() {
            "code" => &mut code,
            "state" => &mut state,
            _ => continue,
        };
        if slot.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    let (code, state): (String, String) = (code?, state?);
    let (code, state) = match mangled::unquoted(&code, &state) {
        (code, rest) if rest.len() < state.len() && is_token::<16>(mangled::without_end(rest)) => {
            (code, rest)
        }
        _ => (code.as_str(), state.as_str()),
    };
    let state = mangled::without_end(state);
    let good_code =
        (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic());
    let opened = || OpenedLink { code: code.to_owned(), state: state.to_owned(), ended: false };
    (good_code && is_token::<16>(state)).then(opened)
}

/// What a link is called in addresses: it says nothing of its state.
fn public_name(state: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_needs_both_values_once() {
        let state = "a".repeat(22);
        assert!(parse_callback(&format!("code=x&state={state}&other=1")).is_some());
        for query in [
            format!("code=x&amp;state={state}"),
            format!("code=x&%2338;state={state}"),
            format!("code=3Dx&state=3D{state}"),
            format!("code=x&state={state}."),
            format!("code=x&state={state})."),
            format!("code=x&state={state}%22%3E"),
        ] {
            let opened = parse_callback(&query).unwrap_or_else(|| panic!("{query}"));
            assert_eq!((opened.code.as_str(), opened.state.as_str()), ("x", state.as_str()));
        }
        for query in [
            String::new(),
            "code=x".into(),
            format!("state={state}"),
            format!("code=x&code=y&state={state}"),
            format!("code=&state={state}"),
            format!("code=a%20b&state={state}"),
            format!("code={}&state={state}", "x".repeat(MAX_CODE + 1)),
            "code=x&state=short".into(),
        ] {
            assert!(parse_callback(&query).is_none(), "{query}");
        }
    }
}

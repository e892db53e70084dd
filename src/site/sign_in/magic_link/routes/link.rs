//! A mail's link as it comes back: its values leave the address at once, and stay with the browser.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use tower_sessions::Session;

use crate::site::cookie_room::{self, New};
use crate::site::failure::Failure;
use crate::site::sign_in::magic_link::opened_link::{self, OpenedLink};
use crate::site::visit::see_other;
use crate::site::{Site, browser, cookies, mangled, paths};
use ciba::Problem;
use platform::ids::is_token;

/// The longest code of a link that is taken: the embedded provider's has 43 characters, and a signed
/// token still fits.
const MAX_CODE: usize = 1024;

/// `GET /mail/callback`: takes the link's values out of the address, and does nothing else.
pub async fn callback(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let opened = parse_callback(&query.unwrap_or_default()).ok_or(Problem::LinkMalformed)?;
    let name = opened_link::public_name(&opened.state);
    let cookie = opened_link::line(&site, &name, &opened)?;
    let room = cookie_room::make(&site, &session, &headers, New::Link(&name), &cookie).await?;
    let mut response = see_other(&paths::mail_continue(&name));
    let name = browser::keep_name(&site, &headers)?;
    cookies::append(response.headers_mut(), room.into_iter().chain([cookie, name]));
    Ok(response)
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

//! A name for each browser, so that a form which it sends twice is answered once. It says nothing
//! of a person and opens nothing by itself.

use axum::http::HeaderMap;

use super::{Site, cookies, request};
use platform::ids::{NoEntropy, is_token};

const NAME: &str = "ciba_browser";

/// The name of this browser, where it has one.
pub fn name<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookies::name(site, NAME);
    let value = cookies::named(headers, &name).next()?;
    is_token::<16>(value).then_some(value)
}

/// The `Set-Cookie` line with which this browser keeps its name, or gets one, for as long as it holds
/// a request.
pub fn keep_name(site: &Site, headers: &HeaderMap) -> Result<String, NoEntropy> {
    let name = match name(site, headers) {
        Some(name) => name.to_owned(),
        None => site.ambient.entropy.token::<16>()?,
    };
    Ok(cookies::plain(site, NAME, &name, request::LIFETIME))
}

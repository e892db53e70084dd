//! Room among a browser's cookies. Links can make a browser keep something, and anybody can make links:
//! whatever they do, what the browser sends fits into the 8 kB that servers in front take for all
//! headers, and no link pushes out a request for which somebody is signed in.

use axum::http::HeaderMap;
use axum::response::Response;
use tower_sessions::Session;

use super::failure::Failure;
use super::request::{self, HeldRequest};
use super::sign_in::magic_link;
use super::visit::see_other;
use super::{Site, browser, cookies, paths, session};
use ciba::{Problem, RequestHandle};

/// The most bytes of our cookies, names and separators included, to which another is added: what a flow
/// adds by itself after that (session, address of a mail, way to another site) is some hundred.
const MOST_BYTES: usize = 3_000;

/// The most requests that one browser holds. Those for which somebody is signed in may be more, as far
/// as there is room.
pub const MOST_REQUESTS: usize = 4;

/// The most opened links of mails that one browser holds.
pub const MOST_LINKS: usize = 3;

/// Seconds until it is worth another try where nothing can be dropped: a sign-in lasts some minutes.
const WAIT: u32 = 60;

/// What a browser is about to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New<'a> {
    /// A request.
    Request(&'a RequestHandle),
    /// An opened link of a mail, by its public name.
    Link(&'a str),
    /// Something that belongs to a request.
    For(&'a RequestHandle),
}

/// The `Set-Cookie` lines that store this request, and make room for it. A report stands, however often
/// the same link is opened after it. `handle` is the request's own.
pub async fn hold(
    site: &Site,
    session: &Session,
    headers: &HeaderMap,
    handle: &RequestHandle,
    request: &HeldRequest,
) -> Result<Vec<String>, Failure> {
    let line = request::line(site, headers, handle, request)?;
    let mut lines = make(site, session, headers, New::Request(handle), &line).await?;
    lines.push(line);
    // Its forms are answered once (`middleware::answer_once`).
    lines.push(browser::keep_name(site, headers)?);
    Ok(lines)
}

/// Stores this request, and leads to its page.
pub async fn hold_and_show(
    site: &Site,
    session: &Session,
    headers: &HeaderMap,
    request: &HeldRequest,
) -> Result<Response, Failure> {
    let handle = request.handle();
    let lines = hold(site, session, headers, &handle, request).await?;
    let mut response = see_other(&paths::request(&handle));
    cookies::append(response.headers_mut(), lines);
    Ok(response)
}

/// The `Set-Cookie` lines that make room for the cookie that `line` sets: first opened links of mails go,
/// then requests for which nobody is signed in, the oldest first.
///
/// # Errors
///
/// [`Failure`], also where there is no room.
pub async fn make(
    site: &Site,
    session: &Session,
    headers: &HeaderMap,
    new: New<'_>,
    line: &str,
) -> Result<Vec<String>, Failure> {
    let pair = line.split(';').next().unwrap_or_default();
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let own = cookies::name(site, cookies::OWN);
    let kept = cookies::all(headers).filter(|(other, _)| other.starts_with(&own) && *other != name);
    let mut bytes = kept.map(cookies::size).sum::<usize>() + cookies::size((name, value));
    let mut removals = Vec::new();

    let links = magic_link::opened_links(site, headers);
    let mut links: Vec<_> = links.into_iter().filter(|(link, _)| new != New::Link(link)).collect();
    let most_links = MOST_LINKS - usize::from(matches!(new, New::Link(_)));
    while links.len() > most_links || (bytes > MOST_BYTES && !links.is_empty()) {
        let (link, size) = links.remove(0);
        bytes = bytes.saturating_sub(size);
        removals.push(magic_link::forget_link(site, &link));
    }

    let (requests, stale) = request::held(site, headers);
    for (handle, size) in stale {
        bytes = bytes.saturating_sub(size);
        removals.push(request::forget(site, &handle));
    }
    let is_new = |handle: &RequestHandle| new == New::Request(handle) || new == New::For(handle);
    let others: Vec<_> = requests.into_iter().filter(|(handle, _)| !is_new(handle)).collect();
    let mut count = others.len() + usize::from(!matches!(new, New::Link(_)));
    for (handle, size) in others {
        if count <= MOST_REQUESTS && bytes <= MOST_BYTES {
            break;
        }
        // Whoever is signed in needs no mail any more.
        bytes = bytes.saturating_sub(magic_link::asked_size(site, headers, &handle));
        removals.push(magic_link::forget_asked(site, &handle));
        if session::sign_in(site, session, &handle).await?.is_none() {
            count -= 1;
            bytes = bytes.saturating_sub(size);
            removals.push(request::forget(site, &handle));
        }
    }
    if bytes > MOST_BYTES && matches!(new, New::Request(_) | New::Link(_)) {
        tracing::warn!(bytes, "a browser is signed in for too much to hold another link");
        return Err(Failure::new(Problem::TooManyTries).after(WAIT));
    }
    Ok(removals)
}

//! The request that a browser holds: sealed into a cookie of its own, so that opening a link writes
//! nothing and two links in two tabs never mix. Whether the provider has pushed it is asked of storage,
//! never of a link or a cookie: a pushed request that is opened as a link stays one.

pub mod code;
mod held_request;
pub mod link;
pub mod pushed;

use axum::http::HeaderMap;

pub use self::held_request::HeldRequest;
use super::{Site, cookies};
use ciba::RequestHandle;
use platform::seal::SealError;

/// Seconds for which a browser holds a request.
pub const LIFETIME: i64 = 15 * 60;

const NAME: &str = "ciba_req_";
const PURPOSE: &str = "site.request";

/// The request of this handle, where this browser holds it.
///
/// # Security
///
/// The handle is computed anew from what was sealed: a cookie renamed in the browser opens nothing.
pub fn find(site: &Site, headers: &HeaderMap, handle: &RequestHandle) -> Option<HeldRequest> {
    let held: HeldRequest = cookies::open(site, headers, &cookie(handle), PURPOSE)?;
    (held.handle() == *handle && is_live(site, &held)).then_some(held)
}

/// The `Set-Cookie` line that stores this request. A report stands, however often the same link is opened
/// after it. `handle` is the request's own.
pub fn line(
    site: &Site,
    headers: &HeaderMap,
    handle: &RequestHandle,
    request: &HeldRequest,
) -> Result<String, SealError> {
    let reported = find(site, headers, handle).is_some_and(|held| held.reported);
    let request = HeldRequest { reported: reported || request.reported, ..request.clone() };
    cookies::seal(site, &cookie(handle), PURPOSE, &request, LIFETIME)
}

/// The `Set-Cookie` line that removes a request.
pub fn forget(site: &Site, handle: &RequestHandle) -> String {
    cookies::remove(site, &cookie(handle))
}

/// Requests with the bytes of their cookies.
type Sized = Vec<(RequestHandle, usize)>;

/// The requests that this browser holds, the oldest first, and those that it holds no more. A cookie
/// whose name is no handle's is not ours to remove, and must not be written back.
pub fn held(site: &Site, headers: &HeaderMap) -> (Sized, Sized) {
    let prefix = cookies::name(site, NAME);
    let (mut live, mut stale) = (Vec::new(), Vec::new());
    for (name, value) in cookies::all(headers) {
        let Some(handle) = name.strip_prefix(&prefix) else { continue };
        let Ok(handle) = RequestHandle::parse(handle) else { continue };
        let size = cookies::size((name, value));
        match site.sealer.open::<HeldRequest>(PURPOSE, value) {
            Ok(held) if held.handle() == handle && is_live(site, &held) => {
                live.push((held.opened_at, handle, size));
            }
            _ => stale.push((handle, size)),
        }
    }
    live.sort_unstable();
    (live.into_iter().map(|(_, handle, size)| (handle, size)).collect(), stale)
}

/// The request that this browser holds, where it is one and only one.
pub fn only(site: &Site, headers: &HeaderMap) -> Option<HeldRequest> {
    let prefix = cookies::name(site, NAME);
    let mut live = cookies::all(headers)
        .filter_map(|(name, _)| RequestHandle::parse(name.strip_prefix(&prefix)?).ok())
        .filter_map(|handle| find(site, headers, &handle));
    let only = live.next()?;
    live.next().is_none().then_some(only)
}

fn is_live(site: &Site, held: &HeldRequest) -> bool {
    site.now() < held.opened_at + LIFETIME
}

fn cookie(handle: &RequestHandle) -> String {
    [NAME, handle.as_str()].concat()
}

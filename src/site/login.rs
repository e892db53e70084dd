//! What opens a request: `GET /login`, the client's `login_uri`, and `GET /r/{key}`, our own link of a
//! pushed one. Either seals the request into a cookie and leads to a clean address.
//!
//! Nothing is written and nobody called, so a scanner, a preview or a prefetch changes nothing.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use tower_sessions::Session;

use super::failure::Failure;
use super::request::{HeldRequest, link::Link};
use super::{Site, cookie_room, mangled};
use ciba::{AuthReqId, Problem};
use platform::causes::Causes;

/// Opens a link of the provider's.
pub async fn open(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let link = Link::parse(query.as_deref().unwrap_or_default()).map_err(|error| {
        tracing::info!(error = %Causes(&error), "a link was refused");
        Problem::LinkMalformed
    })?;
    let held = HeldRequest {
        ui_locales: link.ui_locales,
        ..HeldRequest::new(link.auth_req_id, link.message, site.now())
    };
    cookie_room::hold_and_show(&site, &session, &headers, &held).await
}

/// Opens the link of a pushed request, of which it reads one row.
pub async fn open_pushed(
    State(site): State<Site>,
    Path(key): Path<String>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let key = AuthReqId::parse(mangled::without_end(&key)).map_err(|_| Problem::RequestUnknown)?;
    let pushed = site.pushed.find(&key).await?.ok_or(Problem::RequestUnknown)?;
    let held = HeldRequest::new(key, pushed.message, site.now());
    cookie_room::hold_and_show(&site, &session, &headers, &held).await
}

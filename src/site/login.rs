//! `GET /login`, the client's `login_uri`: seals what the link says and leads to a clean address.
//!
//! It writes nothing and calls nobody, so a scanner, a preview or a prefetch changes nothing.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use tower_sessions::Session;

use super::failure::Failure;
use super::request::{HeldRequest, link::Link};
use super::visit::see_other;
use super::{Site, cookie_room, cookies, paths};
use ciba::Problem;

/// Opens a link.
pub async fn open(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let link = Link::parse(query.as_deref().unwrap_or_default()).map_err(|error| {
        tracing::info!(%error, "a link was refused");
        Problem::LinkMalformed
    })?;
    let held = HeldRequest {
        ui_locales: link.ui_locales,
        ..HeldRequest::new(link.auth_req_id, link.message, site.now())
    };
    let lines = cookie_room::hold(&site, &session, &headers, &held).await?;
    let mut response = see_other(&paths::request(&held.handle()));
    cookies::append(response.headers_mut(), lines);
    Ok(response)
}

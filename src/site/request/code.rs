//! The site's first page, which takes the code that an agent reads out: it leads to the very request
//! that a link would lead to, for companies that may not send links.
//!
//! # Security
//!
//! Opening the page changes nothing. A code leads to a request and proves nothing of whoever types
//! it; it belongs to the first browser that uses it.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::HeldRequest;
use crate::codes::{AgentCode, Attempt};
use crate::records::Step;
use crate::site::failure::Failure;
use crate::site::form::Form;
use crate::site::pages::code::{Typed, enter};
use crate::site::visit::Visit;
use crate::site::{Site, browser, cookie_room, cookies, paths, typed};
use ciba::Problem;
use platform::client_network::ClientNetwork;

/// `GET /`: asks for the code.
pub async fn ask(
    State(site): State<Site>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut response = page(&site, &visit, None)?;
    // Names the browser, so that the code stays its own also where the answer to it is lost.
    cookies::append(response.headers_mut(), [browser::keep_name(&site, &headers)?]);
    Ok(response)
}

/// `POST /`: leads to the code's request.
pub async fn take(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let text = form.one("code").unwrap_or_default();
    // What cannot be a code is no guess.
    let Ok(code) = AgentCode::parse(&typed::characters(text)) else {
        return page(&site, &visit, Some(text));
    };
    let browser = match browser::name(&site, &headers) {
        Some(name) => name.to_owned(),
        None => site.ambient.entropy.token::<16>()?,
    };
    let proxies = &site.config.site.trusted_proxies;
    let network = ClientNetwork::of_client(peer.ip(), &headers, proxies);
    let found = match site.codes.attempt(&code, &browser, network).await? {
        Attempt::Found(found) => found,
        Attempt::NotFound => {
            tracing::info!("a code that was typed leads nowhere");
            return page(&site, &visit, Some(text));
        }
        Attempt::TooMany { wait } => {
            tracing::warn!(wait, "too many wrong codes were typed");
            return Err(Failure::new(Problem::TooManyTries).after(wait));
        }
    };
    let held = HeldRequest::new(found.auth_req_id, found.message, site.now());
    let response = cookie_room::hold_and_show(&site, &session, &headers, &held).await?;
    // Unlike a link, a code is typed by somebody.
    site.records.note(&held.auth_req_id, Step::Opened).await?;
    Ok(response)
}

/// The page; after a wrong code with what was typed, to be corrected.
fn page(site: &Site, visit: &Visit, wrong: Option<&str>) -> Result<Response, Failure> {
    let name = site.ambient.entropy.token::<16>()?;
    let typed = wrong.map_or(Typed::Nothing, Typed::Wrong);
    let mut page = enter(&visit.context(site, Some(paths::START.to_owned())), &name, typed);
    if wrong.is_some() {
        page.status = StatusCode::BAD_REQUEST;
    }
    Ok(page.into_response())
}

//! `POST /keycloak/channel`: where Keycloak's HTTP authentication channel asks this site.
//!
//! Keycloak waits five seconds, takes 201 for a yes and everything else for a failure, and asks once.
//! So this calls nobody but, rarely, the realm for its keys: what is needed is written, and 201 is
//! answered. Whatever else has to be done is done by workers, of what was written.
//!
//! # Security
//!
//! Nothing of a request is believed or kept before its bearer is verified. The answers' texts are for
//! Keycloak's own log, which does not show them; ours has them, and the audit trail.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;

use super::links::Deliveries;
use super::mail::OurMail;
use crate::audit::{self, AuditContext, Event};
use crate::config::Delivery;
use crate::site::request::pushed::{NewPushedRequest, Pushed, PushedRequest, PushedRequests};
use ciba::RequestHandle;
use keycloak::{Delegation, DelegationError, Keycloak};
use platform::ambient::Ambient;
use platform::causes::Causes;

/// The path that is configured at Keycloak.
pub const PATH: &str = "/keycloak/channel";

/// The largest body that is read, in bytes. Keycloak's is some hundred, with at most five additional
/// members of 200 characters.
const LARGEST_BODY: usize = 16 * 1024;

/// The most requests of one customer that wait for an answer: whoever has a client's credentials must
/// not be able to flood a phone.
const MOST_OPEN: i64 = 3;

/// What the channel needs.
#[derive(Debug, Clone)]
pub struct AuthenticationChannel {
    /// The realm.
    pub keycloak: Keycloak,
    /// Where requests are written.
    pub pushed: PushedRequests,
    /// Where links that are to be sent are written.
    pub deliveries: Deliveries,
    /// How customers get their link.
    pub delivery: Delivery,
    /// The ways by which a link can be sent.
    pub ways: Vec<Delivery>,
    /// Sign-in by a mail of ours, for which an address has to be found.
    pub mail: Option<Arc<OurMail>>,
    /// Time.
    pub ambient: Ambient,
}

impl AuthenticationChannel {
    /// How one customer gets their link: as the client wishes, where links can be sent so.
    fn delivery_for(&self, wish: Option<&str>) -> Delivery {
        match wish {
            Some("link") => Delivery::None,
            Some("sms") if self.ways.contains(&Delivery::Sms) => Delivery::Sms,
            Some("email") if self.ways.contains(&Delivery::Email) => Delivery::Email,
            _ => self.delivery,
        }
    }
}

/// The channel's one route.
pub fn router(channel: AuthenticationChannel) -> Router {
    Router::new()
        .route(PATH, post(take))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(channel)
}

async fn take(State(channel): State<AuthenticationChannel>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if is_browser(&parts.headers) {
        return refuse(StatusCode::FORBIDDEN, "this address is Keycloak's");
    }
    if !is_json(&parts.headers) {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/json is expected");
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long");
    };
    let delegation = match channel.keycloak.delegation(bearer(&parts.headers), &body).await {
        Ok(delegation) => delegation,
        Err(error) => return refused(&error),
    };
    match keep(&channel, &delegation).await {
        Ok(status) => status.into_response(),
        Err(error) => {
            tracing::error!(error = %Causes(error.as_ref()), "a request of Keycloak's was not kept");
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the request could not be stored")
        }
    }
}

/// Writes the request, and the delivery of its link. A copy of a request that is there already is
/// answered as the first one was.
async fn keep(
    channel: &AuthenticationChannel,
    delegation: &Delegation,
) -> Result<StatusCode, Box<dyn std::error::Error + Send + Sync>> {
    let names = &channel.keycloak.settings().clients;
    let request = PushedRequest {
        subject: delegation.subject.clone(),
        login_hint: delegation.login_hint.clone(),
        client_id: delegation.client_id.clone(),
        client_name: names.get(&delegation.client_id).cloned(),
        message: delegation.message.clone(),
        scopes: delegation.scopes.clone(),
        consent: delegation.consent,
        acr_values: delegation.acr_values.clone(),
        received_at: channel.ambient.clock.unix(),
        expires_at: delegation.expires_at,
        credential: delegation.bearer.clone(),
    };
    let delivery = channel.delivery_for(delegation.channel.as_deref());
    let origin = format!("{} {}", channel.keycloak.issuer(), delegation.id);
    let new = NewPushedRequest {
        request: &request,
        origin: &origin,
        channel: match delivery {
            Delivery::Sms => "sms",
            Delivery::Email => "email",
            Delivery::None => "link",
        },
        contact: delegation.contact,
        key: delegation.link_key.as_ref(),
        most_open: MOST_OPEN,
    };
    let key = match channel.pushed.push(new).await? {
        Pushed::New(key) => key,
        Pushed::Before => {
            tracing::info!(client = delegation.client_id, "a request of Keycloak's came twice");
            return Ok(StatusCode::CREATED);
        }
        Pushed::Changed => {
            let text = "a request of Keycloak's came again with another body";
            return Ok(not_kept(delegation, StatusCode::CONFLICT, text));
        }
        Pushed::KeyTaken => {
            let text = "the link key of a request is in use";
            return Ok(not_kept(delegation, StatusCode::CONFLICT, text));
        }
        Pushed::TooMany => {
            let text = "a request of Keycloak's was refused: the customer has too many that wait";
            return Ok(not_kept(delegation, StatusCode::TOO_MANY_REQUESTS, text));
        }
    };
    let needs_address = channel.mail.as_ref().is_some_and(|mail| mail.serves(&request));
    if delivery != Delivery::None || needs_address {
        channel.deliveries.add(&key, &request, delegation.locale.as_deref(), delivery).await?;
    }
    let handle = RequestHandle::of(&key, request.message.as_ref());
    let context = AuditContext {
        request: Some(&handle),
        subject: Some(&request.subject),
        ..AuditContext::default()
    };
    audit::record(Event::RequestStarted, &context);
    tracing::info!(request = %handle, client = request.client_id, "Keycloak has asked");
    Ok(StatusCode::CREATED)
}

/// A request that Keycloak has made, and that is not taken.
fn not_kept(delegation: &Delegation, status: StatusCode, why: &'static str) -> StatusCode {
    tracing::warn!(client = delegation.client_id, "{why}");
    let subject = Some(delegation.subject.as_str());
    audit::record(Event::RequestRefused, &AuditContext { subject, ..AuditContext::default() });
    status
}

fn refused(error: &DelegationError) -> Response {
    tracing::warn!(error = %Causes(error), "a request at Keycloak's channel was refused");
    audit::record(Event::RequestRefused, &AuditContext::default());
    match error {
        DelegationError::Bearer(_) | DelegationError::Token(_) => {
            refuse(StatusCode::UNAUTHORIZED, "the bearer is not accepted")
        }
        DelegationError::Client(_) => refuse(StatusCode::FORBIDDEN, "the client is not listed"),
        DelegationError::Body(_) | DelegationError::Claim(_) => {
            refuse(StatusCode::BAD_REQUEST, "the body is not accepted")
        }
        DelegationError::Keys(_) => {
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the realm's keys could not be fetched")
        }
    }
}

fn refuse(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "error": "refused", "error_description": text }))).into_response()
}

/// Whether a browser sent it. Every browser says one of these with a POST; no server does.
fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site")
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The bearer, where there is exactly one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

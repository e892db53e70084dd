//! Requests that a client leaves here before it sends anybody (RFC 9126): nobody under way can read
//! or change them.

use axum::extract::State;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::Row;

use super::request::{CheckedRequest, MAX_REQUEST, PARAMETERS};
use crate::answer::{Created, EndpointError};
use crate::client_authentication::identify;
use crate::clients::ClientLookup;
use crate::form::OAuthForm;
use crate::social::back::RedirectError;
use crate::social::page::Complaint;
use crate::social::state::Social;
use crate::tokens;
use platform::causes::Causes;

/// What `request_uri` begins with (RFC 9126, section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
const PURPOSE: &str = "provider.pushed_request";
/// Seconds until a request is given up, as at Transmit (docs/transmit-api.md, 11).
const LIFETIME: i64 = 60;

/// The answer: what to send the browser with.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PushedAnswer {
    request_uri: String,
    expires_in: i64,
}

/// `POST /oidc/request`: checks a request as the authorization endpoint would, and keeps it.
pub(crate) async fn push(
    State(social): State<Social>,
    headers: HeaderMap,
    form: OAuthForm,
) -> Result<Created<PushedAnswer>, EndpointError> {
    let invalid = |description| Err(EndpointError::oauth("invalid_request", description));
    let provider = &social.provider;
    let client = identify(provider, &headers, &form, ClientLookup::Current).await?.client;
    let form = form.only(&PARAMETERS).with("client_id", &client.client_id);
    if form.size() > MAX_REQUEST {
        return invalid("the request is too long");
    }
    if form.value("request_uri").is_some() {
        return invalid("request_uri: a pushed request points to no other");
    }
    if !form.value("redirect_uri").is_some_and(|uri| client.has_redirect_uri(uri)) {
        return invalid("redirect_uri is missing, or not registered");
    }
    let names = social.upstreams.keys().map(String::as_str).collect::<Vec<_>>();
    CheckedRequest::parse(&form, &client, &names)
        .map_err(|RedirectError { error, description }| EndpointError::oauth(error, description))?;
    let name = provider.ambient.entropy.token::<32>()?;
    sqlx::query(
        "INSERT INTO pushed_requests (name_digest, client_id, sealed, expires_at) \
         VALUES ($1, $2, $3, $4)",
    )
    .bind(tokens::digest(&name))
    .bind(&client.client_id)
    .bind(provider.sealer.seal(PURPOSE, &form)?)
    .bind(provider.ambient.clock.unix() + LIFETIME)
    .execute(provider.storage.writer())
    .await?;
    Ok(Created(PushedAnswer { request_uri: format!("{PREFIX}{name}"), expires_in: LIFETIME }))
}

/// Takes the request to which a client points, once; nothing where it points to none of ours.
pub(super) async fn take(
    social: &Social,
    form: &OAuthForm,
) -> Result<Option<OAuthForm>, Complaint> {
    let name = form.value("request_uri").and_then(|uri| uri.strip_prefix(PREFIX));
    let Some(name) = name else { return Ok(None) };
    let client_id = form.value("client_id").ok_or(Complaint::UnknownClient)?;
    let provider = &social.provider;
    let row = sqlx::query(
        "DELETE FROM pushed_requests WHERE name_digest = $1 AND client_id = $2 \
         AND expires_at > $3 RETURNING sealed",
    )
    .bind(tokens::digest(name))
    .bind(client_id)
    .bind(provider.ambient.clock.unix())
    .fetch_optional(provider.storage.writer())
    .await;
    let sealed = row.and_then(|row| row.map(|row| row.try_get::<String, _>(0)).transpose());
    let sealed = sealed.map_err(|error| {
        tracing::error!(error = %Causes(&error), "a pushed request cannot be read");
        Complaint::Failure
    })?;
    let pushed = sealed.and_then(|sealed| provider.sealer.open(PURPOSE, &sealed).ok());
    pushed.map(Some).ok_or(Complaint::Over)
}

//! `/oidc/auth`: the authorization endpoint (OpenID Connect Core 1.0, section 3.1.2; RFC 6749,
//! section 4.1.1; RFC 7636; RFC 9700, section 2.1; docs/transmit-api.md, 10.2 and 11), and
//! `POST /oidc/request`, where a client may leave its request beforehand (RFC 9126).
//!
//! The embedded provider has no way to sign in of its own: the customer is sent on to an identity
//! provider, the one that `acr_values` names, the only one, or the one that they choose. Nothing is
//! written on the way; the request travels in a sealed cookie.

mod chooser;
mod pushed;
mod request;

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use self::chooser::CustomerChoice;
pub(super) use self::pushed::push;
pub(super) use self::request::PARAMETERS;
use self::request::{CheckedRequest, MAX_REQUEST, MAX_STATE, UpstreamChoice};
use super::back::{ClientDestination, RedirectError, redirect};
use super::client_request::{AnswerStyle, ClientRequest};
use super::page::Complaint;
use super::state::Social;
use super::upstream::UpstreamRequest;
use crate::clients::Client;
use crate::form::{FormError, OAuthForm};
use platform::causes::Causes;
use platform::request_cookies;

/// A request in the address.
pub(super) async fn by_query(
    State(social): State<Social>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    match OAuthForm::parse(query.as_bytes()) {
        Ok(form) if query.len() <= MAX_REQUEST => authorize(&social, &headers, form).await,
        _ => social.complain(&headers, None, Complaint::Malformed),
    }
}

/// A request by form, or the customer's choice among the identity providers.
pub(super) async fn by_form(
    State(social): State<Social>,
    headers: HeaderMap,
    form: Result<OAuthForm, FormError>,
) -> Response {
    match form {
        Ok(form) if form.value(chooser::FIELD).is_some() => {
            let Some((form, choice)) = chooser::chosen(&social, &form) else {
                return social.complain(&headers, None, Complaint::Over);
            };
            // Whether it had to be pushed was asked before it was sealed.
            ReceivedRequest { form, is_pushed: true, chosen: Some(choice) }
                .answer(&social, &headers)
                .await
        }
        Ok(form) if form.size() <= MAX_REQUEST => authorize(&social, &headers, form).await,
        _ => social.complain(&headers, None, Complaint::Malformed),
    }
}

async fn authorize(social: &Social, headers: &HeaderMap, form: OAuthForm) -> Response {
    match pushed::take(social, &form).await {
        Ok(Some(pushed)) => ReceivedRequest { form: pushed, is_pushed: true, chosen: None },
        Ok(None) => ReceivedRequest { form, is_pushed: false, chosen: None },
        Err(complaint) => return social.complain(headers, None, complaint),
    }
    .answer(social, headers)
    .await
}

/// A request, and what is known of it besides its parameters.
struct ReceivedRequest {
    form: OAuthForm,
    /// Whether the client has left it beforehand.
    is_pushed: bool,
    /// What the customer has chosen.
    chosen: Option<CustomerChoice>,
}

impl ReceivedRequest {
    async fn answer(self, social: &Social, headers: &HeaderMap) -> Response {
        let (client, redirect_uri) = match proven(social, &self.form).await {
            Ok(proven) => proven,
            Err(complaint) => {
                return social.complain(headers, self.form.value("ui_locales"), complaint);
            }
        };
        let destination = ClientDestination {
            redirect_uri: &redirect_uri,
            state: self.form.value("state").filter(|state| state.len() <= MAX_STATE),
            issuer: &social.provider.issuer,
            style: AnswerStyle::Oidc,
        };
        if client.settings.enforce_par && !self.is_pushed {
            let description = "this client has to push its requests";
            return destination.with_error(RedirectError::invalid_request(description));
        }
        let names = social.upstreams.keys().map(String::as_str).collect::<Vec<_>>();
        let request = match CheckedRequest::parse(&self.form, &client, &names) {
            Ok(request) => request,
            Err(error) => return destination.with_error(error),
        };
        let upstream = match (&self.chosen, &request.way) {
            (Some(CustomerChoice::Cancel), _) => {
                return destination.with_error(RedirectError::ACCESS_DENIED);
            }
            (Some(CustomerChoice::Upstream(name)), _) | (None, UpstreamChoice::Through(name)) => {
                name.clone()
            }
            (None, UpstreamChoice::Ask) => return chooser::ask(social, headers, &self.form),
        };
        let value = |name: &str| self.form.value(name).map(str::to_owned);
        let payload = ClientRequest {
            upstream,
            client_id: client.client_id.clone(),
            redirect_uri: redirect_uri.clone(),
            scope: request.scope,
            state: value("state"),
            nonce: value("nonce"),
            code_challenge: value("code_challenge"),
            max_age: request.max_age,
            style: AnswerStyle::Oidc,
        };
        let hints = UpstreamRequest {
            login_hint: request.login_hint,
            ui_locales: request.ui_locales,
            anew: request.anew,
            max_age: request.max_age,
            ..UpstreamRequest::default()
        };
        send_on(social, headers, payload, hints, StatusCode::SEE_OTHER).await
    }
}

/// The client and the redirect URI, once the client has registered exactly that one. Before, nobody
/// is redirected anywhere.
pub(super) async fn proven(
    social: &Social,
    form: &OAuthForm,
) -> Result<(Arc<Client>, String), Complaint> {
    let provider = &social.provider;
    let client_id = form.value("client_id").ok_or(Complaint::UnknownClient)?;
    let client = provider.client(client_id).await.map_err(|error| {
        tracing::error!(error = %Causes(&error), "a client cannot be read");
        Complaint::Failure
    })?;
    let client = client.ok_or(Complaint::UnknownClient)?;
    let redirect_uri = form.value("redirect_uri").ok_or(Complaint::RedirectUri)?;
    if !client.has_redirect_uri(redirect_uri) {
        return Err(Complaint::RedirectUri);
    }
    Ok((client, redirect_uri.to_owned()))
}

/// Begins a round trip to the identity provider.
pub(super) async fn send_on(
    social: &Social,
    headers: &HeaderMap,
    payload: ClientRequest,
    hints: UpstreamRequest<'_>,
    status: StatusCode,
) -> Response {
    let (redirect_uri, state, style) =
        (payload.redirect_uri.clone(), payload.state.clone(), payload.style);
    let destination = ClientDestination {
        redirect_uri: &redirect_uri,
        state: state.as_deref(),
        issuer: &social.provider.issuer,
        style,
    };
    let name = payload.upstream.clone();
    let Some(upstream) = social.upstreams.get(&name) else {
        return destination.with_error(request::UNMET);
    };
    let started = match social.trips.start(headers, payload) {
        Ok(started) => started,
        Err(error) => {
            tracing::warn!(error = %Causes(&error), upstream.name = name, "a sign-in did not begin");
            return destination.with_error(RedirectError::SERVER_ERROR);
        }
    };
    let visit = UpstreamRequest {
        state: &started.state,
        nonce: &started.nonce,
        challenge: &started.challenge,
        ..hints
    };
    match upstream.authorization_url(&visit).await {
        Ok(url) => {
            let mut response = redirect(status, &url);
            request_cookies::append(response.headers_mut(), started.cookies);
            response
        }
        Err(error) => destination.with_error(RedirectError::of_upstream(&error, &name)),
    }
}

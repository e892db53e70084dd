//! `GET /v1/auth/{google,apple,facebook,line}`: the hosted style of social login
//! (docs/transmit-api.md, 10.1).
//!
//! It has no PKCE, so the OpenID endpoint is the better one. `create_new_user` is accepted and does
//! nothing: its default is true at Transmit, and nobody is ever created here.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::authorize::{proven, send_on};
use super::client_request::{AnswerStyle, ClientRequest};
use super::page::Complaint;
use super::state::Social;
use super::upstream::UpstreamRequest;
use crate::answer::EndpointError;
use crate::form::OAuthForm;

/// What the hosted style grants: it has no `scope` parameter.
const SCOPE: &str = "openid email phone";

/// Sends the customer on.
pub(super) async fn start(
    State(social): State<Social>,
    Path(name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if !social.upstreams.contains_key(&name) {
        return EndpointError::general(StatusCode::NOT_FOUND, "Not found").into_response();
    }
    let refuse = |message: &'static str| {
        EndpointError::general(StatusCode::BAD_REQUEST, message).into_response()
    };
    let query = query.unwrap_or_default();
    let form = match OAuthForm::parse(query.as_bytes()) {
        Ok(form) => form,
        Err(error) => {
            let message = error.to_string();
            return EndpointError::general(StatusCode::BAD_REQUEST, message).into_response();
        }
    };
    let too_long = |name| form.value(name).is_some_and(|value| value.len() > 512);
    if ["client_id", "state", "nonce"].into_iter().any(too_long) {
        return refuse("client_id, state and nonce have at most 512 characters");
    }
    let (client, redirect_uri) = match proven(&social, &form).await {
        Ok(proven) => proven,
        Err(Complaint::UnknownClient) => return refuse("Invalid client_id"),
        Err(Complaint::RedirectUri) => return refuse("Invalid redirect_uri"),
        Err(_) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return EndpointError::general(status, "Internal server error").into_response();
        }
    };
    if client.settings.enforce_par {
        return refuse("this client pushes its requests: POST /oidc/request, then /oidc/auth");
    }
    let payload = ClientRequest {
        upstream: name,
        client_id: client.client_id.clone(),
        redirect_uri,
        scope: SCOPE.to_owned(),
        state: form.value("state").map(str::to_owned),
        nonce: form.value("nonce").map(str::to_owned),
        code_challenge: None,
        max_age: None,
        style: AnswerStyle::Hosted,
    };
    send_on(&social, &headers, payload, UpstreamRequest::default(), StatusCode::FOUND).await
}

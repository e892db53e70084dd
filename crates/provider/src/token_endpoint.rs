//! `POST /oidc/token`: `client_credentials`, `authorization_code`, `refresh_token`, and CIBA.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::ProviderState;
use super::answer::EndpointError;
use super::backchannel::poll;
use super::client_authentication::identify;
use super::clients::ClientLookup;
use super::form::OAuthForm;
use super::tokens::{self, TokenAnswer, codes, refresh};
use ciba::GRANT_TYPE;

/// The endpoint.
pub(super) async fn endpoint(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: OAuthForm,
) -> Result<Json<TokenAnswer>, EndpointError> {
    if form.value("grant_type") == Some(GRANT_TYPE) {
        return poll::poll(&state, &headers, &form).await.map(Json);
    }
    let caller = identify(&state, &headers, &form, ClientLookup::Current).await?;
    let grant_type = form.required("grant_type")?;
    if caller.client.settings.is_confined() && grant_type != "refresh_token" {
        let description = "the client's role allows authentication requests only";
        return Err(EndpointError::oauth("unauthorized_client", description));
    }
    let answer = match grant_type {
        "client_credentials" => {
            if form.value("resource").is_some() {
                // Transmit documents this family for a client's own token (docs/transmit-api.md, 5).
                let message = "resource is not served here";
                return Err(EndpointError::general(StatusCode::BAD_REQUEST, message));
            }
            tokens::issue_to_client(&state, &*caller.authenticated()?)?
        }
        "authorization_code" => {
            let code = form.required("code")?;
            let redirect_uri = form.required("redirect_uri")?;
            let verifier = form.value("code_verifier");
            codes::exchange(&state, &caller, code, redirect_uri, verifier).await?
        }
        "refresh_token" => {
            let token = form.required("refresh_token")?;
            refresh::exchange(&state, &caller.client, token, form.value("scope")).await?
        }
        _ => {
            let description = "this grant type is not served";
            return Err(EndpointError::oauth("unsupported_grant_type", description));
        }
    };
    Ok(Json(answer))
}

//! `POST /oidc/token`: `client_credentials`, `authorization_code`, `refresh_token`, and CIBA.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::ProviderState;
use super::answer::{self, OAuthError, Refusal};
use super::backchannel::poll::{self, PollError};
use super::client_authentication::{self, Caller, ClientAuthenticationError};
use super::form::{FormError, OAuthForm};
use super::tokens::codes::{self, CodeError};
use super::tokens::refresh::{self, RefreshError};
use super::tokens::{self, IssueError, TokenAnswer};
use ciba::GRANT_TYPE;

/// No tokens were given.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Another content type, or a repeated parameter.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The client is not authenticated.
    #[error(transparent)]
    Client(#[from] ClientAuthenticationError),
    /// A parameter is missing.
    #[error("give tokens: {0} is missing")]
    Missing(&'static str),
    /// The grant type is not served.
    #[error("give tokens: this grant type is not served")]
    UnsupportedGrantType,
    /// The client may do nothing but ask customers.
    #[error("give tokens: the client's role allows authentication requests only")]
    Confined,
    /// CIBA is not enabled for the client.
    #[error("give tokens: CIBA is not enabled for this client")]
    CibaNotEnabled,
    /// Other services' tokens are not issued here.
    #[error("give a client its token: the resource is not served")]
    UnknownResource,
    /// A code was not exchanged.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A refresh token was not exchanged.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// A request has no tokens, or not yet.
    #[error(transparent)]
    Poll(#[from] PollError),
    /// The token could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let (error, description) = match self {
            Self::Form(error) => return error.into_response(),
            Self::Client(error) => return error.into_response(),
            // Transmit documents this family for a client's own token (docs/transmit-api.md, 5).
            Self::UnknownResource => {
                return Refusal::new(StatusCode::BAD_REQUEST, "resource is not served here")
                    .into_response();
            }
            Self::Code(CodeError::Issue(_))
            | Self::Refresh(RefreshError::Issue(_))
            | Self::Poll(PollError::Issue(_))
            | Self::Issue(_) => return answer::failure(&self),
            Self::Missing(name) => {
                return OAuthError::new("invalid_request", format!("{name} is missing"))
                    .into_response();
            }
            Self::UnsupportedGrantType => {
                ("unsupported_grant_type", "this grant type is not served")
            }
            Self::Confined => {
                ("unauthorized_client", "the client's role allows authentication requests only")
            }
            Self::CibaNotEnabled => ("unauthorized_client", "CIBA is not enabled for this client"),
            Self::Code(CodeError::InvalidGrant)
            | Self::Refresh(RefreshError::InvalidGrant)
            | Self::Poll(PollError::InvalidGrant) => ("invalid_grant", "grant request is invalid"),
            Self::Refresh(RefreshError::InvalidScope) => {
                ("invalid_scope", "the scope exceeds the one that was granted")
            }
            Self::Poll(PollError::Pending) => (
                "authorization_pending",
                "authorization request is still pending as the end-user hasn't yet completed the \
                 user interaction steps",
            ),
            Self::Poll(PollError::SlowDown) => (
                "slow_down",
                "authorization request is still pending; wait 5 seconds longer between polls",
            ),
            Self::Poll(PollError::Denied) => {
                ("access_denied", "The end-user denied the authorization request.")
            }
            Self::Poll(PollError::Expired) => (
                "expired_token",
                "The auth_req_id has expired. The Client will need to make a new Authentication \
                 Request.",
            ),
        };
        OAuthError::new(error, description).into_response()
    }
}

/// The endpoint.
///
/// # Errors
///
/// [`TokenError`]
pub async fn endpoint(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: Result<OAuthForm, FormError>,
) -> Result<Response, TokenError> {
    let form = form?;
    let answer = give(&state, &headers, &form).await?;
    Ok(Json(answer).into_response())
}

async fn give(
    state: &ProviderState,
    headers: &HeaderMap,
    form: &OAuthForm,
) -> Result<TokenAnswer, TokenError> {
    let caller = client_authentication::identify(state, headers, form).await?;
    let grant_type = required(form, "grant_type")?;
    if caller.client.settings.is_confined() && !["refresh_token", GRANT_TYPE].contains(&grant_type)
    {
        return Err(TokenError::Confined);
    }
    match grant_type {
        "client_credentials" => {
            if form.value("resource").is_some() {
                return Err(TokenError::UnknownResource);
            }
            Ok(tokens::issue_to_client(state, &authenticated(caller)?)?)
        }
        "authorization_code" => {
            let code = required(form, "code")?;
            let redirect_uri = required(form, "redirect_uri")?;
            let verifier = form.value("code_verifier");
            Ok(codes::exchange(state, &caller, code, redirect_uri, verifier).await?)
        }
        "refresh_token" => {
            let token = required(form, "refresh_token")?;
            let scope = form.value("scope");
            Ok(refresh::exchange(state, &caller.client, token, scope).await?)
        }
        GRANT_TYPE => {
            let client = authenticated(caller)?;
            if !client.settings.ciba_authorization.enabled {
                return Err(TokenError::CibaNotEnabled);
            }
            Ok(poll::poll(state, &client, required(form, "auth_req_id")?).await?)
        }
        _ => Err(TokenError::UnsupportedGrantType),
    }
}

fn required<'a>(form: &'a OAuthForm, name: &'static str) -> Result<&'a str, TokenError> {
    form.value(name).ok_or(TokenError::Missing(name))
}

fn authenticated(caller: Caller) -> Result<super::clients::Client, TokenError> {
    if caller.is_authenticated {
        Ok(caller.client)
    } else {
        Err(ClientAuthenticationError::Failed.into())
    }
}

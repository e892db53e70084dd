//! What a token stands for, and ending it: introspection (RFC 7662), revocation (RFC 7009), and
//! `/oidc/me` (OpenID Connect Core 1.0, section 5.3).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::ProviderState;
use super::answer::{self, OAuthError, Refusal};
use super::bearer::{BearerError, UserToken};
use super::client_authentication::{self, ClientAuthenticationError};
use super::clients::Client;
use super::form::{FormError, OAuthForm};
use super::tokens::claims::{AccessClaims, UserClaims};
use super::tokens::{has, refresh, revocations};
use super::users;
use crate::server::storage::StorageError;

/// A token was not looked at or ended.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// Another content type, or a repeated parameter.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The client is not authenticated.
    #[error(transparent)]
    Client(#[from] ClientAuthenticationError),
    /// No token was given.
    #[error("look at a token: there is none")]
    Missing,
    /// There is no good user's token.
    #[error(transparent)]
    Bearer(#[from] BearerError),
    /// The token's scope lacks `openid`, or its user is gone.
    #[error("tell who a user is: the token does not allow it")]
    NotAllowed,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IntoResponse for StatusError {
    fn into_response(self) -> Response {
        match self {
            Self::Form(error) => error.into_response(),
            Self::Client(error) => error.into_response(),
            Self::Missing => OAuthError::new("invalid_request", "token is missing").into_response(),
            Self::Bearer(error) => error.into_response(),
            Self::NotAllowed => {
                Refusal::new(StatusCode::FORBIDDEN, "The token does not allow this").into_response()
            }
            Self::Storage(_) => answer::failure(&self),
        }
    }
}

type Form = Result<OAuthForm, FormError>;

/// `POST /oidc/token/introspection`: a client asks about a token of its own application.
///
/// # Errors
///
/// [`StatusError`]
pub async fn introspect(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, StatusError> {
    let form = form?;
    let client = client_authentication::authenticate(&state, &headers, &form).await?;
    let token = form.value("token").ok_or(StatusError::Missing)?;
    let body = match live_access(&state, &client, token).await? {
        Some(claims) => json!({
            "active": true,
            "token_type": "Bearer",
            "iss": claims.iss,
            "sub": claims.sub,
            "aud": claims.aud,
            "client_id": claims.client_id,
            "scope": claims.scope,
            "iat": claims.iat,
            "exp": claims.exp,
            "jti": claims.jti,
        }),
        None => match refresh::find(&state, &client, token).await? {
            Some(found) => json!({
                "active": true,
                "iss": *state.issuer,
                "sub": found.user_id,
                "client_id": client.client_id,
                "scope": found.scope,
                "exp": found.expires_at,
            }),
            None => json!({"active": false}),
        },
    };
    Ok((answer::no_store(), Json(body)).into_response())
}

/// `POST /oidc/token/revocation`: a client ends a token of its own. A refresh token ends with its
/// whole session; an access token ends alone. A token that is not there counts as ended.
///
/// # Errors
///
/// [`StatusError`]
pub async fn revoke(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, StatusError> {
    let form = form?;
    let client = client_authentication::authenticate(&state, &headers, &form).await?;
    let token = form.value("token").ok_or(StatusError::Missing)?;
    if let Some(claims) = live_access(&state, &client, token).await? {
        if claims.client_id == client.client_id {
            revocations::revoke_access(&state, &claims).await?;
        }
    } else if let Some(found) = refresh::find(&state, &client, token).await? {
        revocations::revoke_session(&state, &found.session_id).await?;
    }
    Ok((StatusCode::OK, answer::no_store()).into_response())
}

/// The claims of an access token that is good now and was issued within the client's application.
async fn live_access(
    state: &ProviderState,
    client: &Client,
    token: &str,
) -> Result<Option<AccessClaims>, StorageError> {
    let Ok(claims) = AccessClaims::verify(state, token) else { return Ok(None) };
    if claims.app_id != client.app_id || revocations::is_revoked(state, &claims).await? {
        return Ok(None);
    }
    Ok(Some(claims))
}

#[derive(Serialize)]
struct Me<'a> {
    sub: &'a str,
    #[serde(flatten)]
    user: UserClaims,
}

/// `GET` and `POST /oidc/me`: who the user of the token is.
///
/// # Errors
///
/// [`StatusError`]
pub async fn me(
    State(state): State<ProviderState>,
    token: Result<UserToken, BearerError>,
) -> Result<Response, StatusError> {
    let claims = token?.claims;
    let user = users::find(&state.storage, &claims.sub).await?;
    let user = user.filter(|user| user.is_enabled() && has(&claims.scope, "openid"));
    let user = user.ok_or(StatusError::NotAllowed)?;
    let (email, phone) = (has(&claims.scope, "email"), has(&claims.scope, "phone"));
    let me = Me { sub: &claims.sub, user: UserClaims::of(&user, email, phone) };
    Ok((answer::no_store(), Json(me)).into_response())
}

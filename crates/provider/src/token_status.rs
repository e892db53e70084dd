//! What a token stands for, and ending it: introspection (RFC 7662), revocation (RFC 7009), and
//! `/oidc/me` (OpenID Connect Core 1.0, section 5.3).

use axum::Json;
use axum::extract::State;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::ProviderState;
use super::answer::{self, OAuthError, Refusal};
use super::bearer::{BearerError, UserToken};
use super::client_authentication::{self, ClientAuthenticationError};
use super::clients::Client;
use super::form::{FormError, OAuthForm};
use super::tokens::claims::{AccessClaims, UserClaims};
use super::tokens::{Origin, has, refresh, revocations};
use super::users::{self, User};
use platform::storage::StorageError;

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
    /// The token's scope lacks `openid`.
    #[error("tell who a user is: the token's scope lacks openid")]
    InsufficientScope,
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
            Self::InsufficientScope => {
                let message = "The token's scope lacks openid";
                let mut response = Refusal::new(StatusCode::FORBIDDEN, message).into_response();
                // RFC 6750, section 3.1.
                let challenge = "Bearer error=\"insufficient_scope\", scope=\"openid\"";
                let challenge = HeaderValue::from_static(challenge);
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
                response
            }
            Self::Storage(_) => answer::failure(&self),
        }
    }
}

type Form = Result<OAuthForm, FormError>;

/// `POST /oidc/token/introspection`: a client asks about a token of its own application. A token of a
/// user who was disabled is not active, whatever its end is.
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
        Some(claims) if !is_of_somebody_enabled(&state, &claims).await? => inactive(),
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
            Some(found) if is_enabled(&state, &found.user_id).await? => json!({
                "active": true,
                "iss": *state.issuer,
                "sub": found.user_id,
                "client_id": client.client_id,
                "scope": found.scope,
                "exp": found.expires_at,
            }),
            Some(_) | None => inactive(),
        },
    };
    Ok(Json(body).into_response())
}

fn inactive() -> Value {
    json!({ "active": false })
}

async fn is_of_somebody_enabled(
    state: &ProviderState,
    claims: &AccessClaims,
) -> Result<bool, StorageError> {
    Ok(claims.origin == Origin::Client || is_enabled(state, &claims.sub).await?)
}

async fn is_enabled(state: &ProviderState, user_id: &str) -> Result<bool, StorageError> {
    users::is_enabled(state.storage.reader(), user_id).await
}

/// `POST /oidc/token/revocation`: a client ends a token of its own. A refresh token ends with its
/// whole session; an access token ends alone. A token that is not there counts as ended. A client
/// without a secret names itself (RFC 7009, section 2.1).
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
    let client = client_authentication::identify(&state, &headers, &form).await?.client;
    let token = form.value("token").ok_or(StatusError::Missing)?;
    if let Some(claims) = live_access(&state, &client, token).await? {
        if claims.client_id == client.client_id {
            revocations::revoke_access(&state, &claims).await?;
        }
    } else if let Some(found) = refresh::find(&state, &client, token).await? {
        revocations::revoke_session(&state, &found.session_id).await?;
    }
    Ok(StatusCode::OK.into_response())
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
    let user = user.filter(User::is_enabled).ok_or(BearerError::Invalid)?;
    if !has(&claims.scope, "openid") {
        return Err(StatusError::InsufficientScope);
    }
    let me = Me { sub: &claims.sub, user: UserClaims::of(&user, &claims.scope) };
    Ok(Json(me).into_response())
}

//! What a token stands for, and ending it: introspection (RFC 7662), revocation (RFC 7009), and
//! `/oidc/me` (OpenID Connect Core 1.0, section 5.3).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::ProviderState;
use super::answer::EndpointError;
use super::bearer::UserToken;
use super::client_authentication::{authenticate, identify};
use super::clients::{Client, ClientLookup};
use super::form::OAuthForm;
use super::tokens::claims::{AccessClaims, UserClaims};
use super::tokens::{Origin, has, refresh, revocations};
use super::users::{self, User};
use platform::storage::StorageError;

/// `POST /oidc/token/introspection`: a client asks about a token of its own application. A token of a
/// user who was disabled is not active, whatever its end is.
pub async fn introspect(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: OAuthForm,
) -> Result<Json<Value>, EndpointError> {
    let client = authenticate(&state, &headers, &form).await?;
    let token = form.required("token")?;
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
    Ok(Json(body))
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
pub async fn revoke(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: OAuthForm,
) -> Result<StatusCode, EndpointError> {
    let client = identify(&state, &headers, &form, ClientLookup::Current).await?.client;
    let token = form.required("token")?;
    if let Some(claims) = live_access(&state, &client, token).await? {
        if claims.client_id == client.client_id {
            revocations::revoke_access(&state, &claims).await?;
        }
    } else if let Some(found) = refresh::find(&state, &client, token).await? {
        revocations::revoke_session(&state, &found.session_id).await?;
    }
    Ok(StatusCode::OK)
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

/// The answer of `/oidc/me`.
#[derive(Serialize, JsonSchema)]
pub(super) struct Me {
    sub: String,
    #[serde(flatten)]
    user: UserClaims,
}

/// `GET` and `POST /oidc/me`: who the user of the token is.
pub async fn me(
    State(state): State<ProviderState>,
    UserToken { claims }: UserToken,
) -> Result<Json<Me>, EndpointError> {
    let user = users::find(&state.storage, &claims.sub).await?;
    let user = user.filter(User::is_enabled).ok_or_else(EndpointError::invalid_token)?;
    if !has(&claims.scope, "openid") {
        // RFC 6750, section 3.1.
        let challenge = "Bearer error=\"insufficient_scope\", scope=\"openid\"";
        let message = "The token's scope lacks openid";
        return Err(
            EndpointError::general(StatusCode::FORBIDDEN, message).with_challenge(challenge)
        );
    }
    let user = UserClaims::of(&user, &claims.scope);
    Ok(Json(Me { sub: claims.sub, user }))
}

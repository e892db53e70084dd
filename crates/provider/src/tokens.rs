//! Issues tokens: RS256 access and ID tokens with the documented claims (docs/transmit-api.md, 12),
//! and opaque refresh tokens.
//!
//! # Security
//!
//! An access token says how it came about ([`Origin`]). The agent's token of a finished CIBA
//! request is a user token like every other, and must never complete the next request.

pub mod claims;
pub mod codes;
mod digest;
mod grant;
pub mod refresh;
pub mod revocations;
mod scope;

use schemars::JsonSchema;
use serde::Serialize;

pub(super) use self::digest::digest;
pub(super) use self::grant::Grant;
pub use self::grant::{Amr, AuthenticatedUser, Origin};
pub(super) use self::scope::has;
pub use self::scope::{BACKEND_SCOPE, SCOPES};

use self::claims::{AccessClaims, IdClaims};
use super::ProviderState;
use super::answer::EndpointError;
use super::clients::Client;
use super::keys::TokenKind;
use super::users::{self, User};
use platform::storage::Connection;

/// The answer of the token endpoint and of every back-end sign-in.
#[derive(Clone, Serialize, JsonSchema)]
pub struct TokenAnswer {
    /// The access token.
    pub access_token: String,
    /// The ID token; a client's own token has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The refresh token: always in a back-end sign-in, otherwise with `offline_access`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Seconds that the access token lasts.
    pub expires_in: i64,
    /// What was granted; not in a back-end sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The session; only in a back-end sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
}

impl std::fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenAnswer").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Issues the six-field answer of a back-end sign-in (links, codes, passkeys); nothing where the user
/// was disabled in the meantime.
pub async fn issue(
    state: &ProviderState,
    user: &User,
    client: &Client,
    authenticated: &AuthenticatedUser,
) -> Result<Option<TokenAnswer>, EndpointError> {
    let mut transaction = state.storage.writer().begin().await?;
    let answer = issue_within(state, &mut transaction, user, client, authenticated).await?;
    transaction.commit().await?;
    Ok(answer)
}

/// As [`issue`], in the caller's transaction.
pub(super) async fn issue_within(
    state: &ProviderState,
    connection: &mut Connection,
    user: &User,
    client: &Client,
    authenticated: &AuthenticatedUser,
) -> Result<Option<TokenAnswer>, EndpointError> {
    let grant = Grant {
        user,
        client,
        scope: BACKEND_SCOPE,
        granted: BACKEND_SCOPE,
        origin: Origin::SignIn,
        authenticated,
        session_id: state.ambient.entropy.token::<16>()?,
        backend: true,
        auth_req_id: None,
    };
    mint(state, connection, grant).await
}

/// Signs the tokens of a grant and stores its refresh token in the caller's transaction, so that
/// what the caller consumes and what is stored here become true together. Nothing where the user was
/// disabled in the meantime.
pub(super) async fn mint(
    state: &ProviderState,
    connection: &mut Connection,
    grant: Grant<'_>,
) -> Result<Option<TokenAnswer>, EndpointError> {
    let now = state.ambient.clock.unix();
    let user_id = &grant.user.user_id;
    let enabled = match grant.origin {
        Origin::SignIn => users::note_sign_in(&mut *connection, user_id, now).await?,
        _ => grant.user.is_enabled(),
    };
    if !enabled {
        return Ok(None);
    }
    let expires_in = grant.client.settings.access_token_ttl();
    let times = Times { issued: now, expires: now + expires_in };
    let access_token = sign_access(state, &grant, times)?;
    let id_token = if has(grant.scope, "openid") {
        Some(sign_id(state, &grant, times, &access_token)?)
    } else {
        None
    };
    let refresh_token = if has(grant.granted, "offline_access") {
        Some(refresh::create(state, connection, &grant).await?)
    } else {
        None
    };
    Ok(Some(TokenAnswer {
        access_token,
        id_token,
        refresh_token,
        token_type: "Bearer",
        expires_in,
        scope: (!grant.backend).then(|| grant.scope.to_owned()),
        session_id: grant.backend.then_some(grant.session_id),
    }))
}

/// Issues a client's own token (`client_credentials`).
pub fn issue_to_client(
    state: &ProviderState,
    client: &Client,
) -> Result<TokenAnswer, EndpointError> {
    let now = state.ambient.clock.unix();
    let expires_in = client.settings.access_token_ttl();
    let claims = AccessClaims {
        iss: state.issuer.to_string(),
        sub: client.client_id.clone(),
        aud: claims::AUDIENCE.to_owned(),
        iat: now,
        exp: now + expires_in,
        jti: state.ambient.entropy.token::<16>()?,
        scope: String::new(),
        roles: Vec::new(),
        tid: state.tenant_id.to_string(),
        client_id: client.client_id.clone(),
        app_id: client.app_id.clone(),
        app_name: client.app_name.clone(),
        origin: Origin::Client,
        sid: None,
        authenticated: None,
    };
    Ok(TokenAnswer {
        access_token: state.keys.sign(TokenKind::Access, &claims)?,
        id_token: None,
        refresh_token: None,
        token_type: "Bearer",
        expires_in,
        scope: Some(String::new()),
        session_id: None,
    })
}

#[derive(Clone, Copy)]
struct Times {
    issued: i64,
    expires: i64,
}

fn sign_access(
    state: &ProviderState,
    grant: &Grant<'_>,
    times: Times,
) -> Result<String, EndpointError> {
    let claims = AccessClaims {
        iss: state.issuer.to_string(),
        sub: grant.user.user_id.clone(),
        aud: claims::AUDIENCE.to_owned(),
        iat: times.issued,
        exp: times.expires,
        jti: state.ambient.entropy.token::<16>()?,
        scope: grant.scope.to_owned(),
        roles: Vec::new(),
        tid: state.tenant_id.to_string(),
        client_id: grant.client.client_id.clone(),
        app_id: grant.client.app_id.clone(),
        app_name: grant.client.app_name.clone(),
        origin: grant.origin,
        sid: Some(grant.session_id.clone()),
        authenticated: Some(claims::SignInClaims {
            auth_time: grant.authenticated.auth_time,
            amr: grant.authenticated.amr.clone(),
            acr: grant.authenticated.acr().to_owned(),
        }),
    };
    Ok(state.keys.sign(TokenKind::Access, &claims)?)
}

fn sign_id(
    state: &ProviderState,
    grant: &Grant<'_>,
    times: Times,
    access_token: &str,
) -> Result<String, EndpointError> {
    let user = grant.user;
    let claims = IdClaims {
        iss: state.issuer.to_string(),
        sub: user.user_id.clone(),
        aud: grant.client.client_id.clone(),
        iat: times.issued,
        exp: times.expires,
        tid: state.tenant_id.to_string(),
        auth_time: grant.authenticated.auth_time,
        amr: grant.authenticated.amr.clone(),
        acr: grant.authenticated.acr().to_owned(),
        at_hash: digest::at_hash(access_token),
        nonce: grant.authenticated.nonce.clone(),
        auth_req_id: grant.auth_req_id.map(str::to_owned),
        approval_data: grant.authenticated.approval_data.clone(),
        user: claims::UserClaims::of(user, grant.scope),
        extra: grant.authenticated.extra.clone(),
    };
    Ok(state.keys.sign(TokenKind::Id, &claims.without_clashes())?)
}

//! Looking after passkeys: `/v1/users/{user_id}/webauthn-credentials` with a client's token, and
//! `/v1/users/me/webauthn-credentials` with the user's own (docs/transmit-api.md, 7.5).
//!
//! # Security
//!
//! The agent's token of a finished CIBA request is a user token, and sees and changes nothing here.
//! A change needs a token of a sign-in, as adding a passkey does.

use axum::Json;
use axum::extract::{FromRequestParts, Path, RawPathParams, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Entry;
use crate::answer::{self, Refusal};
use crate::bearer::{BearerError, ClientToken, UserToken};
use crate::json::{JsonBody, JsonError};
use crate::tokens::Origin;
use crate::webauthn::encoded_result;
use crate::{ProviderState, timestamp, users};
use platform::storage::StorageError;

/// Whose passkeys a call is about: those of the user in the path, for a client, or the caller's own.
#[derive(Debug)]
pub struct Keeper {
    user_id: String,
    /// The caller's application.
    app_id: String,
}

impl FromRequestParts<ProviderState> for Keeper {
    type Rejection = CredentialsError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ProviderState,
    ) -> Result<Self, Self::Rejection> {
        let path = RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|_| CredentialsError::UserNotFound)?;
        let named = path.iter().find(|(name, _)| *name == "user_id");
        if let Some((_, user_id)) = named {
            let ClientToken { client } = ClientToken::from_request_parts(parts, state).await?;
            return Ok(Self { user_id: user_id.to_owned(), app_id: client.app_id });
        }
        let UserToken { claims } = UserToken::from_request_parts(parts, state).await?;
        let may_look = parts.method == Method::GET && claims.origin == Origin::Refresh;
        if claims.origin != Origin::SignIn && !may_look {
            return Err(CredentialsError::NoSignIn);
        }
        Ok(Self { user_id: claims.sub, app_id: claims.app_id })
    }
}

/// The passkey in the path; nothing where its text is no identifier.
#[derive(Debug)]
pub struct CredentialId(Vec<u8>);

impl FromRequestParts<ProviderState> for CredentialId {
    type Rejection = CredentialsError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ProviderState,
    ) -> Result<Self, Self::Rejection> {
        #[derive(Deserialize)]
        struct Named {
            credential_id: String,
        }
        let named = Path::<Named>::from_request_parts(parts, state).await;
        let Path(Named { credential_id }) = named.map_err(|_| CredentialsError::NotFound)?;
        encoded_result::decode(&credential_id).map(Self).ok_or(CredentialsError::NotFound)
    }
}

/// A passkey as it is listed.
#[derive(Debug, Serialize)]
pub struct Listed {
    id: String,
    status: &'static str,
    username: String,
    display_name: String,
    first_seen: String,
    last_seen: String,
    app_id: String,
    tenant_id: String,
    /// The embedded provider does not tell devices apart.
    devices: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    aaguid_info: Option<AaguidInfo>,
}

/// The authenticator's model, as it calls itself.
#[derive(Debug, Serialize)]
struct AaguidInfo {
    aaguid: String,
}

/// What can be changed.
#[derive(Debug, Deserialize)]
pub struct UpdateBody {
    display_name: String,
}

/// Passkeys were not listed or changed.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The token is not good here.
    #[error(transparent)]
    Bearer(#[from] BearerError),
    /// The token is of no sign-in: nobody was there.
    #[error("look after passkeys: the token comes from no sign-in")]
    NoSignIn,
    /// The body is not what it should be.
    #[error("look after passkeys: {0}")]
    Malformed(String),
    /// There is no such user.
    #[error("look after passkeys: there is no such user")]
    UserNotFound,
    /// The user has no such passkey.
    #[error("look after passkeys: there is no such passkey")]
    NotFound,
    /// The database failed.
    #[error("look after passkeys")]
    Storage(#[from] StorageError),
}

impl IntoResponse for CredentialsError {
    fn into_response(self) -> Response {
        match self {
            Self::Bearer(error) => return error.into_response(),
            Self::NoSignIn => {
                Refusal::new(StatusCode::FORBIDDEN, "The access token comes from no sign-in")
            }
            Self::Malformed(message) => Refusal::malformed(vec![message]),
            Self::UserNotFound => Refusal::new(StatusCode::NOT_FOUND, "User not found"),
            Self::NotFound => Refusal::new(StatusCode::NOT_FOUND, "Credential not found"),
            Self::Storage(_) => return answer::failure(&self),
        }
        .into_response()
    }
}

/// `GET …/webauthn-credentials`
///
/// # Errors
///
/// [`CredentialsError`]
pub async fn list(
    State(state): State<ProviderState>,
    keeper: Keeper,
) -> Result<Response, CredentialsError> {
    let listed: Vec<_> =
        all(&state, &keeper).await?.into_iter().map(|one| listed(&state, &keeper, one)).collect();
    Ok((answer::no_store(), Json(listed)).into_response())
}

/// `GET …/webauthn-credentials/{credential_id}`
///
/// # Errors
///
/// [`CredentialsError`]
pub async fn read(
    State(state): State<ProviderState>,
    keeper: Keeper,
    CredentialId(id): CredentialId,
) -> Result<Response, CredentialsError> {
    let found = all(&state, &keeper).await?.into_iter().find(|one| one.credential_id == id);
    let found = found.ok_or(CredentialsError::NotFound)?;
    Ok((answer::no_store(), Json(listed(&state, &keeper, found))).into_response())
}

/// `PATCH …/webauthn-credentials/{credential_id}`
///
/// # Errors
///
/// [`CredentialsError`]
pub async fn update(
    State(state): State<ProviderState>,
    keeper: Keeper,
    CredentialId(id): CredentialId,
    body: Result<JsonBody<UpdateBody>, JsonError>,
) -> Result<StatusCode, CredentialsError> {
    let JsonBody(UpdateBody { display_name }) =
        body.map_err(|error| CredentialsError::Malformed(error.body_text()))?;
    if !super::super::is_name(&display_name) {
        return Err(CredentialsError::Malformed("display_name must be 1 to 64 characters".into()));
    }
    let done = super::rename(&state.storage, &keeper.user_id, &id, &display_name).await?;
    done.then_some(StatusCode::NO_CONTENT).ok_or(CredentialsError::NotFound)
}

/// `DELETE …/webauthn-credentials/{credential_id}`
///
/// # Errors
///
/// [`CredentialsError`]
pub async fn remove(
    State(state): State<ProviderState>,
    keeper: Keeper,
    CredentialId(id): CredentialId,
) -> Result<StatusCode, CredentialsError> {
    let now = state.ambient.clock.unix();
    let done = super::remove(&state.storage, &keeper.user_id, &id, now).await?;
    done.then_some(StatusCode::NO_CONTENT).ok_or(CredentialsError::NotFound)
}

async fn all(state: &ProviderState, keeper: &Keeper) -> Result<Vec<Entry>, CredentialsError> {
    if users::find(&state.storage, &keeper.user_id).await?.is_none() {
        return Err(CredentialsError::UserNotFound);
    }
    Ok(super::list(&state.storage, &keeper.user_id).await?)
}

fn listed(state: &ProviderState, keeper: &Keeper, entry: Entry) -> Listed {
    // Passkeys of before they had names.
    let display_name = Some(entry.display_name).filter(|name| !name.is_empty());
    Listed {
        id: URL_SAFE_NO_PAD.encode(entry.credential_id),
        status: if entry.removed_at.is_none() { "active" } else { "removed" },
        display_name: display_name.unwrap_or_else(|| entry.username.clone()),
        username: entry.username,
        first_seen: timestamp(entry.created_at),
        last_seen: timestamp(entry.last_used_at.unwrap_or(entry.created_at)),
        app_id: keeper.app_id.clone(),
        tenant_id: state.tenant_id.to_string(),
        devices: [],
        aaguid_info: entry.aaguid.map(|aaguid| AaguidInfo { aaguid }),
    }
}

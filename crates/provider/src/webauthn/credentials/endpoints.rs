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
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CredentialRow;
use crate::answer::{EndpointError, NoContent};
use crate::bearer::{ClientToken, UserToken};
use crate::json::{InvalidBody, JsonBody};
use crate::timestamp::timestamp;
use crate::tokens::Origin;
use crate::users::endpoints::not_found as user_not_found;
use crate::webauthn::{encoded_result, is_name};
use crate::{ProviderState, users};

fn not_found() -> EndpointError {
    EndpointError::general(StatusCode::NOT_FOUND, "Credential not found")
}

fn malformed(fault: String) -> EndpointError {
    EndpointError::faults(StatusCode::BAD_REQUEST, vec![fault])
}

/// Whose passkeys a call is about: those of the user in the path, for a client, or the caller's own.
#[derive(Debug)]
pub(crate) struct Keeper {
    user_id: String,
    /// The caller's application.
    app_id: String,
}

impl FromRequestParts<ProviderState> for Keeper {
    type Rejection = EndpointError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ProviderState,
    ) -> Result<Self, Self::Rejection> {
        let path = RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|_| user_not_found())?;
        let named = path.iter().find(|(name, _)| *name == "user_id");
        if let Some((_, user_id)) = named {
            let ClientToken { client } = ClientToken::from_request_parts(parts, state).await?;
            return Ok(Self { user_id: user_id.to_owned(), app_id: client.app_id.clone() });
        }
        let UserToken { claims } = UserToken::from_request_parts(parts, state).await?;
        let may_look = parts.method == Method::GET && claims.origin == Origin::Refresh;
        if claims.origin != Origin::SignIn && !may_look {
            let message = "The access token comes from no sign-in";
            return Err(EndpointError::general(StatusCode::FORBIDDEN, message));
        }
        Ok(Self { user_id: claims.sub, app_id: claims.app_id })
    }
}

/// The passkey in the path; nothing where its text is no identifier.
#[derive(Debug)]
pub(crate) struct CredentialId(Vec<u8>);

impl FromRequestParts<ProviderState> for CredentialId {
    type Rejection = EndpointError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ProviderState,
    ) -> Result<Self, Self::Rejection> {
        #[derive(Deserialize)]
        struct CredentialPath {
            credential_id: String,
        }
        let named = Path::<CredentialPath>::from_request_parts(parts, state).await;
        let Path(CredentialPath { credential_id }) = named.map_err(|_| not_found())?;
        encoded_result::decode(&credential_id).map(Self).ok_or_else(not_found)
    }
}

/// A passkey as it is listed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ListedCredential {
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
#[derive(Debug, Serialize, JsonSchema)]
struct AaguidInfo {
    aaguid: String,
}

/// What can be changed.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct RenameCredential {
    display_name: String,
}

/// `GET …/webauthn-credentials`
pub(crate) async fn list(
    State(state): State<ProviderState>,
    keeper: Keeper,
) -> Result<Json<Vec<ListedCredential>>, EndpointError> {
    let all = all(&state, &keeper).await?;
    Ok(Json(all.into_iter().map(|one| listed(&state, &keeper, one)).collect()))
}

/// `GET …/webauthn-credentials/{credential_id}`
pub(crate) async fn read(
    State(state): State<ProviderState>,
    keeper: Keeper,
    CredentialId(id): CredentialId,
) -> Result<Json<ListedCredential>, EndpointError> {
    let found = all(&state, &keeper).await?.into_iter().find(|one| one.credential_id == id);
    Ok(Json(listed(&state, &keeper, found.ok_or_else(not_found)?)))
}

/// `PATCH …/webauthn-credentials/{credential_id}`
pub(crate) async fn update(
    State(state): State<ProviderState>,
    keeper: Keeper,
    CredentialId(id): CredentialId,
    body: Result<JsonBody<RenameCredential>, InvalidBody>,
) -> Result<NoContent, EndpointError> {
    let JsonBody(RenameCredential { display_name }) =
        body.map_err(|error| malformed(error.text))?;
    if !is_name(&display_name) {
        return Err(malformed("display_name must be 1 to 64 characters".into()));
    }
    let done = super::rename(&state.storage, &keeper.user_id, &id, &display_name).await?;
    done.then_some(NoContent).ok_or_else(not_found)
}

/// `DELETE …/webauthn-credentials/{credential_id}`
pub(crate) async fn remove(
    State(state): State<ProviderState>,
    keeper: Keeper,
    CredentialId(id): CredentialId,
) -> Result<NoContent, EndpointError> {
    let now = state.ambient.clock.unix();
    let done = super::remove(&state.storage, &keeper.user_id, &id, now).await?;
    done.then_some(NoContent).ok_or_else(not_found)
}

async fn all(state: &ProviderState, keeper: &Keeper) -> Result<Vec<CredentialRow>, EndpointError> {
    if users::find(&state.storage, &keeper.user_id).await?.is_none() {
        return Err(user_not_found());
    }
    Ok(super::list(&state.storage, &keeper.user_id).await?)
}

fn listed(state: &ProviderState, keeper: &Keeper, entry: CredentialRow) -> ListedCredential {
    // Passkeys of before they had names.
    let display_name = Some(entry.display_name).filter(|name| !name.is_empty());
    ListedCredential {
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

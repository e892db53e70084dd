//! Adding a passkey: `POST /v1/auth/webauthn/register/start` and `…/register`.
//!
//! # Security
//!
//! Everybody may begin; the passkey becomes the one of the user whose token ends it, and only a
//! token of a sign-in does: the agent's token of a finished CIBA request adds nothing. Whoever owns
//! the account is told by mail.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::{PasskeyRegistration, Uuid};

use super::ceremonies::{self, CeremonyKind};
use super::credentials::{self, KnownCredential, NewCredential, PasskeyAccount};
use super::{
    NewPasskeyOf, client_not_found, decoys, encoded_result, is_name, malformed, no_proof,
    no_session, not_active, notice, timeout,
};
use crate::ProviderState;
use crate::answer::EndpointError;
use crate::bearer::UserToken;
use crate::identifier::{self, Identifier};
use crate::json::{InvalidBody, JsonBody};
use crate::tokens::Origin;
use crate::users::{self, User};
use messages::texts::Language;
use platform::causes::Causes;
use platform::storage::StorageError;

const HANDLE: &str = "provider.webauthn_user_handle";

/// The body of `start`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct BeginRegistration {
    client_id: String,
    username: String,
    display_name: Option<String>,
    timeout: Option<u32>,
    limit_single_credential_to_device: Option<bool>,
}

/// The answer of `start`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RegistrationBegun {
    webauthn_session_id: String,
    credential_creation_options: Value,
}

/// A registration under way.
#[derive(Serialize, Deserialize)]
struct RegistrationCeremony {
    state: PasskeyRegistration,
    username: String,
    display_name: String,
    user_handle: [u8; 16],
}

/// `POST /v1/auth/webauthn/register/start`
pub(crate) async fn start(
    State(state): State<ProviderState>,
    body: Result<JsonBody<BeginRegistration>, InvalidBody>,
) -> Result<Json<RegistrationBegun>, EndpointError> {
    let JsonBody(body) = body.map_err(|error| malformed(error.text))?;
    let seconds = timeout(body.timeout)?;
    if !is_name(&body.username) {
        return Err(malformed("username must be 1 to 64 characters"));
    }
    let display_name = body.display_name.as_deref().unwrap_or(&body.username);
    if !is_name(display_name) {
        return Err(malformed("display_name must be 1 to 64 characters"));
    }
    let relying_party = state.relying_party.as_ref();
    let relying_party =
        relying_party.ok_or_else(|| malformed("passkeys need a site with a host name"))?;
    state.client(&body.client_id).await?.ok_or_else(client_not_found)?;
    let username = identifier::contact(&body.username).unwrap_or_else(|| body.username.clone());
    let account = credentials::find_account(&state.storage, &username).await?;
    let username = account.as_ref().map_or(username, |account| account.username.clone());
    let user_handle = account
        .as_ref()
        .and_then(|account| account.user_handle[..].try_into().ok())
        .unwrap_or_else(|| new_handle(&state, &username));
    // Any entry here breaks the web SDK unless it asked for it (docs/transmit-api.md, 7.3). For a
    // name that has no passkey it is a decoy, as at sign-in.
    let excluded = if body.limit_single_credential_to_device == Some(true) {
        excluded(&state, &username).await?
    } else {
        Vec::new()
    };
    let new = NewPasskeyOf { username: &username, display_name, user_handle };
    let entropy = state.ambient.entropy.as_ref();
    let (options, begun) = relying_party.begin_registration(&new, &excluded, seconds, entropy)?;
    let display_name = display_name.to_owned();
    let ceremony = RegistrationCeremony { state: begun, username, display_name, user_handle };
    let kind = CeremonyKind::Registration;
    let session_id = ceremonies::seal(&state, kind, &body.client_id, &ceremony, seconds)?;
    Ok(Json(RegistrationBegun {
        webauthn_session_id: session_id,
        credential_creation_options: options,
    }))
}

/// The handle of a name that has none yet: the same each time, as if it were kept already.
fn new_handle(state: &ProviderState, username: &str) -> [u8; 16] {
    let hash = state.sealer.keyed_hash(HANDLE, &[username.as_bytes()]);
    let mut handle = [0; 16];
    handle.copy_from_slice(&hash[..16]);
    handle
}

async fn excluded(
    state: &ProviderState,
    username: &str,
) -> Result<Vec<KnownCredential>, StorageError> {
    let name = Identifier::Username(username.to_owned());
    if let Some(user) = name.find(&state.storage).await? {
        let known = credentials::known(&state.storage, &user.user_id).await?;
        if !known.is_empty() {
            return Ok(known);
        }
    }
    Ok(decoys::of(&state.sealer, name.text()))
}

/// The body of `register`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct FinishRegistration {
    webauthn_encoded_result: String,
}

/// The answer of `register`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Registered {
    webauthn_session_id: String,
    user_id: String,
    webauthn_username: String,
    credential_id: String,
    authenticator_attachment: Option<&'static str>,
    aaguid: Option<String>,
}

/// `POST /v1/auth/webauthn/register`
pub(crate) async fn register(
    State(state): State<ProviderState>,
    UserToken { claims }: UserToken,
    headers: HeaderMap,
    body: Result<JsonBody<FinishRegistration>, InvalidBody>,
) -> Result<Json<Registered>, EndpointError> {
    let JsonBody(body) = body.map_err(|error| malformed(error.text))?;
    if claims.origin != Origin::SignIn {
        let message = "Unauthorized request: the access token comes from no sign-in";
        let status = StatusCode::FORBIDDEN;
        return Err(EndpointError::coded(status, "unauthorized_request", message));
    }
    let result = encoded_result::attestation(&body.webauthn_encoded_result)
        .map_err(|error| no_proof(&Causes(&error)))?;
    let kind = CeremonyKind::Registration;
    let ceremony: RegistrationCeremony =
        ceremonies::consume(&state, kind, &claims.client_id, &result.session_id)
            .await?
            .ok_or_else(no_session)?;
    let relying_party = state.relying_party.as_ref().ok_or_else(no_session)?;
    let passkey = relying_party
        .webauthn
        .finish_passkey_registration(&result.credential, &ceremony.state)
        .map_err(|error| no_proof(&Causes(&error)))?;
    let user = users::find(&state.storage, &claims.sub).await?;
    let user = user.filter(User::is_enabled).ok_or_else(not_active)?;
    // Not documented; the code is the web SDK's.
    let taken = || conflict("username_already_registered", "Username already registered");
    if !may_use_name(&state, &user, &ceremony.username).await? {
        return Err(taken());
    }
    if credentials::find(&state.storage, passkey.cred_id()).await?.is_some() {
        return Err(conflict("credential_already_registered", "Credential already registered"));
    }
    let account = PasskeyAccount {
        username: ceremony.username,
        user_id: user.user_id.clone(),
        user_handle: ceremony.user_handle.to_vec(),
    };
    let aaguid = aaguid(&result.credential.response.attestation_object);
    let new = NewCredential {
        account: &account,
        display_name: &ceremony.display_name,
        passkey: &passkey,
        attachment: result.attachment,
        aaguid: aaguid.as_deref(),
    };
    let now = state.ambient.clock.unix();
    if !credentials::create(&state.storage, &new, now).await? {
        return Err(taken());
    }
    notice::send(&state, &user, language(&headers), now);
    Ok(Json(Registered {
        webauthn_session_id: result.session_id,
        user_id: account.user_id,
        webauthn_username: account.username,
        credential_id: URL_SAFE_NO_PAD.encode(passkey.cred_id()),
        authenticator_attachment: result.attachment,
        aaguid,
    }))
}

fn conflict(code: &'static str, message: &'static str) -> EndpointError {
    EndpointError::coded(StatusCode::CONFLICT, code, message)
}

/// The language of the browser, or of the page that calls for it.
fn language(headers: &HeaderMap) -> Language {
    Language::from_headers(headers).unwrap_or_default()
}

/// Whether the name is the user's to take: it leads to nobody else, and an address or a number is
/// the user's own. Otherwise a name could be taken before its later owner registers.
async fn may_use_name(
    state: &ProviderState,
    user: &User,
    username: &str,
) -> Result<bool, StorageError> {
    let owner = Identifier::Username(username.to_owned()).find(&state.storage).await?;
    if let Some(owner) = owner {
        return Ok(owner.user_id == user.user_id);
    }
    Ok(identifier::contact(username).is_none())
}

/// The authenticator's model, out of the attestation object's `authData` (WebAuthn Level 3, section
/// 6.5.1). It is not attested, so it is only shown.
fn aaguid(attestation_object: &[u8]) -> Option<String> {
    let key = b"\x68authData";
    let start = attestation_object.windows(key.len()).position(|window| window == key)?;
    let value = attestation_object.get(start + key.len()..)?;
    // A CBOR byte string of 24 to 65535 bytes: its length is in one byte or in two.
    let header = match value.first()? {
        0x58 => 2,
        0x59 => 3,
        _ => return None,
    };
    // 32 bytes of RP ID hash, one of flags, four of count.
    let bytes = value.get(header + 37..header + 53)?;
    Uuid::from_slice(bytes).ok().map(|uuid| uuid.to_string())
}

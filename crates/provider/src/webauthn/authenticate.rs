//! Signing in: `POST /v1/auth/webauthn/authenticate/start` and `…/authenticate`.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::DiscoverableAuthentication;

use super::ceremonies::{self, CeremonyKind};
use super::credentials::{self, KnownCredential, StoredPasskey};
use super::{
    ProofError, client_not_found, decoys, encoded_result, malformed, no_proof, no_session,
    not_active, timeout,
};
use crate::ProviderState;
use crate::answer::EndpointError;
use crate::approval_data::ApprovalData;
use crate::bearer::ClientToken;
use crate::identifier::Identifier;
use crate::json::{InvalidBody, JsonBody};
use crate::tokens::{self, Amr, AuthenticatedUser, TokenAnswer};
use crate::users;
use platform::answer_time::Unnamed;
use platform::causes::Causes;
use platform::seal::Sealer;

/// The body of `start`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct BeginAuthentication {
    client_id: String,
    username: Option<String>,
    identifier: Option<String>,
    identifier_type: Option<String>,
    timeout: Option<u32>,
    approval_data: Option<ApprovalData>,
}

/// The answer of `start`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AuthenticationBegun {
    webauthn_session_id: String,
    credential_request_options: Value,
}

/// A sign-in under way.
#[derive(Serialize, Deserialize)]
struct SignInCeremony {
    state: DiscoverableAuthentication,
    whose: Whose,
    approval_data: Option<ApprovalData>,
}

/// Whose passkey may end it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Whose {
    /// Anybody's: the authenticator says whose it is.
    Anybody,
    /// The user's with this [`mark`]. A name that has no passkey gets one that nobody has: both are
    /// equally long, so that the sealed ceremony does not tell which it is.
    Marked(String),
}

/// `POST /v1/auth/webauthn/authenticate/start`
pub(crate) async fn start(
    State(state): State<ProviderState>,
    Extension(unnamed): Extension<Unnamed>,
    body: Result<JsonBody<BeginAuthentication>, InvalidBody>,
) -> Result<Json<AuthenticationBegun>, EndpointError> {
    let JsonBody(body) = body.map_err(|error| malformed(error.text))?;
    let seconds = timeout(body.timeout)?;
    let identifier = named(&body)?;
    let relying_party = state.relying_party.as_ref();
    let relying_party =
        relying_party.ok_or_else(|| malformed("Passkeys need a site with a host name"))?;
    state.client(&body.client_id).await?.ok_or_else(client_not_found)?;
    let (whose, allowed) = match identifier {
        None => {
            unnamed.note();
            (Whose::Anybody, Vec::new())
        }
        Some(identifier) => allowed(&state, &identifier).await?,
    };
    let entropy = state.ambient.entropy.as_ref();
    let approval_data = body.approval_data;
    let (options, begun) =
        relying_party.begin_authentication(&allowed, seconds, approval_data.as_ref(), entropy)?;
    let ceremony = SignInCeremony { state: begun, whose, approval_data };
    let kind = CeremonyKind::Authentication;
    let session_id = ceremonies::seal(&state, kind, &body.client_id, &ceremony, seconds)?;
    Ok(Json(AuthenticationBegun {
        webauthn_session_id: session_id,
        credential_request_options: options,
    }))
}

fn named(body: &BeginAuthentication) -> Result<Option<Identifier>, EndpointError> {
    let parsed = match (&body.username, &body.identifier, &body.identifier_type) {
        (None, None, None) => return Ok(None),
        (Some(username), None, None) => Identifier::parse("username", username),
        (None, Some(text), Some(kind)) => Identifier::parse(kind, text),
        _ => {
            return Err(malformed("username, or identifier with identifier_type, or none of them"));
        }
    };
    parsed.map(Some).map_err(|error| malformed(error.to_string()))
}

/// The passkeys of a name, or those that it might have.
async fn allowed(
    state: &ProviderState,
    identifier: &Identifier,
) -> Result<(Whose, Vec<KnownCredential>), EndpointError> {
    // The same work for every name: the time that it takes would tell.
    let user = identifier.find(&state.storage).await?;
    let user_id = user.as_ref().map(|user| user.user_id.as_str()).unwrap_or_default();
    let allowed = credentials::known(&state.storage, user_id).await?;
    let decoys = decoys::of(&state.sealer, identifier.text());
    let somebody = Whose::Marked(mark(&state.sealer, "user", user_id));
    let nobody = Whose::Marked(mark(&state.sealer, "nobody", identifier.text()));
    if !allowed.is_empty() {
        Ok((somebody, allowed))
    } else if state.settings.reveal_missing_credentials {
        let (status, message) = (StatusCode::UNAUTHORIZED, "Invalid credentials");
        Err(EndpointError::coded(status, "no_credentials_registered", message))
    } else {
        Ok((nobody, decoys))
    }
}

/// A hash of fixed length that stands for a user in a sealed ceremony.
fn mark(sealer: &Sealer, kind: &str, text: &str) -> String {
    let hash = sealer.keyed_hash("provider.webauthn_whose", &[kind.as_bytes(), text.as_bytes()]);
    URL_SAFE_NO_PAD.encode(hash)
}

/// The body of `authenticate`. `claims`, `resource`, `org_id`, `client_attributes` and `device_id`
/// are tolerated.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct PasskeySignIn {
    webauthn_encoded_result: String,
    session_id: Option<Value>,
}

/// `POST /v1/auth/webauthn/authenticate`
pub(crate) async fn authenticate(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<PasskeySignIn>, InvalidBody>,
) -> Result<Json<TokenAnswer>, EndpointError> {
    let JsonBody(body) = body.map_err(|error| malformed(error.text))?;
    if body.session_id.is_some_and(|id| !id.is_null()) {
        return Err(malformed("session_id: there is no such session"));
    }
    let result = encoded_result::assertion(&body.webauthn_encoded_result)
        .map_err(|error| no_proof(&Causes(&error)))?;
    let kind = CeremonyKind::Authentication;
    let ceremony: SignInCeremony =
        ceremonies::consume(&state, kind, &client.client_id, &result.session_id)
            .await?
            .ok_or_else(no_session)?;
    let bad = StatusCode::BAD_REQUEST;
    let credential = credentials::find(&state.storage, &result.credential.raw_id).await?;
    let credential = credential.ok_or_else(|| {
        // Told apart, it would tell that whoever was named has no passkey.
        if decoys::is_one(&state.sealer, &result.credential.raw_id) {
            return no_proof(&"it is a decoy");
        }
        let message = "Invalid webauthn credential";
        EndpointError::coded(bad, "invalid_webauthn_credential", message)
    })?;
    let handle = result.credential.get_user_unique_id();
    if !belongs_to(&state.sealer, &ceremony.whose, &credential, handle) {
        return Err(no_proof(&"it is somebody else's than the one who was named"));
    }
    let relying_party = state.relying_party.as_ref().ok_or_else(no_session)?;
    let now = state.ambient.clock.unix();
    let proved = match relying_party.prove(&result.credential, ceremony.state, &credential.passkey)
    {
        // webauthn-rs demands user verification, too; this stands whatever its policies become.
        Ok(proved) if proved.user_verified() => proved,
        Ok(_) => return Err(no_proof(&"the user was not verified")),
        // WebAuthn Level 3, section 7.2, step 19. The code is ours: the proof is good, so only who
        // has the passkey learns it.
        Err(ProofError::Changed) => {
            credentials::note_change(&state.storage, &result.credential.raw_id, now).await?;
            let code = "webauthn_backup_eligibility_changed";
            let message = "The backup eligibility of this credential has changed";
            return Err(EndpointError::coded(bad, code, message));
        }
        Err(ProofError::Wrong(error)) => return Err(no_proof(&Causes(&error))),
    };
    let StoredPasskey { username, user_id, mut passkey, .. } = credential;
    passkey.update_credential(&proved);
    let user = users::find(&state.storage, &user_id).await?;
    // The use and the tokens are written together: one wait for the disk.
    let mut transaction = state.storage.writer().begin().await?;
    if !credentials::note_use(&mut transaction, &passkey, proved.counter(), now).await? {
        return Err(no_proof(&"a use with a later count was noted meanwhile"));
    }
    let mut authenticated = AuthenticatedUser::by(&[Amr::Webauthn], now);
    authenticated.approval_data = ceremony.approval_data.map(|data| json!(data));
    authenticated.extra.insert("webauthn_username".into(), username.into());
    let answer = match &user {
        Some(user) => {
            tokens::issue_within(&state, &mut transaction, user, &client, &authenticated).await?
        }
        None => None,
    };
    transaction.commit().await?;
    answer.map(Json).ok_or_else(not_active)
}

/// WebAuthn Level 3, section 7.2, step 6: the passkey belongs to whoever was named, or, where
/// nobody was, to the one whose handle the authenticator gives.
fn belongs_to(
    sealer: &Sealer,
    whose: &Whose,
    credential: &StoredPasskey,
    user_handle: Option<&[u8]>,
) -> bool {
    let handle_fits = user_handle.map(|handle| handle == credential.user_handle);
    match whose {
        Whose::Anybody => handle_fits == Some(true),
        Whose::Marked(marked) => {
            *marked == mark(sealer, "user", &credential.user_id) && handle_fits != Some(false)
        }
    }
}

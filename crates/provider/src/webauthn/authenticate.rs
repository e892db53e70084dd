//! Signing in: `POST /v1/auth/webauthn/authenticate/start` and `…/authenticate`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{DiscoverableAuthentication, WebauthnError};

use super::ceremonies::{self, Kind};
use super::credentials::{self, Credential, Known};
use super::encoded_result::{self, InvalidEncodedResult};
use super::{BeginError, ProofError, decoys, timeout};
use crate::ProviderState;
use crate::answer::{self, Coded};
use crate::approval_data::ApprovalData;
use crate::bearer::ClientToken;
use crate::clients::{self, ClientError};
use crate::identifier::Identifier;
use crate::json::{JsonBody, JsonError};
use crate::tokens::{self, Amr, Authenticated, IssueError, TokenAnswer};
use crate::users;
use platform::seal::Sealer;
use platform::storage::StorageError;

/// The body of `start`.
#[derive(Deserialize)]
pub struct StartBody {
    client_id: String,
    username: Option<String>,
    identifier: Option<String>,
    identifier_type: Option<String>,
    timeout: Option<u32>,
    approval_data: Option<ApprovalData>,
}

/// The answer of `start`.
#[derive(Serialize)]
pub struct Started {
    webauthn_session_id: String,
    credential_request_options: Value,
}

/// A sign-in was not begun.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The body is not what it should be.
    #[error("begin a sign-in by passkey: {0}")]
    Malformed(String),
    /// There is no such client.
    #[error("begin a sign-in by passkey: there is no such client")]
    ClientNotFound,
    /// The name has no passkey, and the configuration lets us say so.
    #[error("begin a sign-in by passkey: the name has none")]
    NoCredentials,
    /// The site has no host name.
    #[error("begin a sign-in by passkey: the site has no host name")]
    NoRelyingParty,
    /// The client cannot be read.
    #[error("begin a sign-in by passkey")]
    Client(#[from] ClientError),
    /// webauthn-rs refused it, or it cannot be handed out.
    #[error("begin a sign-in by passkey")]
    Begin(#[from] BeginError),
    /// The database failed.
    #[error("begin a sign-in by passkey")]
    Storage(#[from] StorageError),
}

impl IntoResponse for StartError {
    fn into_response(self) -> Response {
        let (status, code, message) = match &self {
            Self::Malformed(message) => {
                (StatusCode::BAD_REQUEST, "invalid_request", message.as_str())
            }
            Self::ClientNotFound => (StatusCode::NOT_FOUND, "client_not_found", "Client not found"),
            Self::NoCredentials => {
                (StatusCode::UNAUTHORIZED, "no_credentials_registered", "Invalid credentials")
            }
            Self::NoRelyingParty => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "Passkeys need a site with a host name",
            ),
            Self::Client(_) | Self::Begin(_) | Self::Storage(_) => {
                return answer::failure(&self);
            }
        };
        Coded::new(status, code, message).into_response()
    }
}

/// A sign-in under way.
#[derive(Serialize, Deserialize)]
struct Ceremony {
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
///
/// # Errors
///
/// [`StartError`]
pub async fn start(
    State(state): State<ProviderState>,
    body: Result<JsonBody<StartBody>, JsonError>,
) -> Result<Json<Started>, StartError> {
    let JsonBody(body) = body.map_err(|error| StartError::Malformed(error.body_text()))?;
    let seconds = timeout(body.timeout)
        .ok_or_else(|| StartError::Malformed("timeout must be 30 to 600 seconds".into()))?;
    let identifier = named(&body)?;
    let relying_party = state.relying_party.clone().ok_or(StartError::NoRelyingParty)?;
    clients::find(&state.storage, &state.sealer, &body.client_id)
        .await?
        .ok_or(StartError::ClientNotFound)?;
    let (whose, allowed) = match identifier {
        None => (Whose::Anybody, Vec::new()),
        Some(identifier) => allowed(&state, &identifier).await?,
    };
    let entropy = state.ambient.entropy.as_ref();
    let approval_data = body.approval_data;
    let (options, begun) =
        relying_party.begin_authentication(&allowed, seconds, approval_data.as_ref(), entropy)?;
    let ceremony = Ceremony { state: begun, whose, approval_data };
    let kind = Kind::Authentication;
    let session_id = ceremonies::seal(&state, kind, &body.client_id, &ceremony, seconds)
        .map_err(BeginError::from)?;
    Ok(Json(Started { webauthn_session_id: session_id, credential_request_options: options }))
}

fn named(body: &StartBody) -> Result<Option<Identifier>, StartError> {
    let parsed = match (&body.username, &body.identifier, &body.identifier_type) {
        (None, None, None) => return Ok(None),
        (Some(username), None, None) => Identifier::parse("username", username),
        (None, Some(text), Some(kind)) => Identifier::parse(kind, text),
        _ => {
            return Err(StartError::Malformed(
                "username, or identifier with identifier_type, or none of them".into(),
            ));
        }
    };
    parsed.map(Some).map_err(|error| StartError::Malformed(error.to_string()))
}

/// The passkeys of a name, or those that it might have.
async fn allowed(
    state: &ProviderState,
    identifier: &Identifier,
) -> Result<(Whose, Vec<Known>), StartError> {
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
        Err(StartError::NoCredentials)
    } else {
        Ok((nobody, decoys))
    }
}

/// What stands for somebody in a sealed ceremony.
fn mark(sealer: &Sealer, kind: &str, text: &str) -> String {
    let hash = sealer.keyed_hash("provider.webauthn_whose", &[kind.as_bytes(), text.as_bytes()]);
    URL_SAFE_NO_PAD.encode(hash)
}

/// The body of `authenticate`. `claims`, `resource`, `org_id`, `client_attributes` and `device_id`
/// are tolerated.
#[derive(Deserialize)]
pub struct AuthenticateBody {
    webauthn_encoded_result: String,
    session_id: Option<Value>,
}

/// A passkey did not sign anybody in.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The body is not what it should be.
    #[error("sign in by passkey: {0}")]
    Malformed(String),
    /// The browser's answer is not one.
    #[error("sign in by passkey")]
    Encoded(#[from] InvalidEncodedResult),
    /// The ceremony is unknown, over, used, or another client's.
    #[error("sign in by passkey: there is no such ceremony")]
    Session,
    /// Nobody has this passkey (any more): the browser may be told to forget it.
    #[error("sign in by passkey: nobody has this one")]
    UnknownCredential,
    /// The proof is wrong: challenge, origin, RP ID, signature, user verification, count.
    #[error("sign in by passkey: the proof is wrong")]
    Proof(#[source] WebauthnError),
    /// It is good but for its backup eligibility, which is not the registered one (WebAuthn Level 3,
    /// section 7.2, step 19).
    #[error("sign in by passkey: its backup eligibility has changed")]
    Changed,
    /// It is good, and somebody else's than the one who was named.
    #[error("sign in by passkey: it is somebody else's")]
    Owner,
    /// A use with a later count was noted in the meantime.
    #[error("sign in by passkey: it was used elsewhere at the same time")]
    Count,
    /// The user is disabled.
    #[error("sign in by passkey: the user is not active")]
    UserNotActive,
    /// The tokens could not be issued.
    #[error("sign in by passkey")]
    Issue(#[source] IssueError),
    /// The database failed.
    #[error("sign in by passkey")]
    Storage(#[from] StorageError),
}

impl From<IssueError> for PasskeyError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::UserNotActive => Self::UserNotActive,
            error => Self::Issue(error),
        }
    }
}

impl IntoResponse for PasskeyError {
    fn into_response(self) -> Response {
        let bad = StatusCode::BAD_REQUEST;
        let (status, code, message) = match &self {
            Self::Malformed(message) => (bad, "invalid_request", message.as_str()),
            // The one documented error, for an answer that cannot be read and for one that proves
            // nothing: in neither case may the browser be told to forget the passkey.
            Self::Encoded(_) | Self::Proof(_) | Self::Owner | Self::Count => {
                tracing::info!(error = %self, "a passkey was not accepted");
                (bad, "webauthn_encoded_result", "Invalid webauthn encoded result")
            }
            // Ours: the proof is good, so only who has the passkey learns it.
            Self::Changed => (
                bad,
                "webauthn_backup_eligibility_changed",
                "The backup eligibility of this credential has changed",
            ),
            // The codes of the deprecated generation (docs/transmit-api.md, 7.1).
            Self::Session => (bad, "invalid_webauthn_session", "Invalid webauthn session"),
            Self::UnknownCredential => {
                (bad, "invalid_webauthn_credential", "Invalid webauthn credential")
            }
            Self::UserNotActive => (StatusCode::FORBIDDEN, "user_not_active", "User is not active"),
            Self::Issue(_) | Self::Storage(_) => {
                return answer::failure(&self);
            }
        };
        Coded::new(status, code, message).into_response()
    }
}

/// `POST /v1/auth/webauthn/authenticate`
///
/// # Errors
///
/// [`PasskeyError`]
pub async fn authenticate(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<AuthenticateBody>, JsonError>,
) -> Result<Json<TokenAnswer>, PasskeyError> {
    let JsonBody(body) = body.map_err(|error| PasskeyError::Malformed(error.body_text()))?;
    if body.session_id.is_some_and(|id| !id.is_null()) {
        return Err(PasskeyError::Malformed("session_id: there is no such session".into()));
    }
    let result = encoded_result::assertion(&body.webauthn_encoded_result)?;
    let kind = Kind::Authentication;
    let ceremony: Ceremony =
        ceremonies::consume(&state, kind, &client.client_id, &result.session_id)
            .await?
            .ok_or(PasskeyError::Session)?;
    let credential = credentials::find(&state.storage, &result.credential.raw_id)
        .await?
        .ok_or(PasskeyError::UnknownCredential)?;
    let handle = result.credential.get_user_unique_id();
    check_owner(&state.sealer, &ceremony.whose, &credential, handle)?;
    let relying_party = state.relying_party.as_ref().ok_or(PasskeyError::Session)?;
    let now = state.ambient.clock.unix();
    let proved = match relying_party.prove(&result.credential, ceremony.state, &credential.passkey)
    {
        Ok(proved) => proved,
        Err(ProofError::Changed) => {
            credentials::note_change(&state.storage, &result.credential.raw_id, now).await?;
            return Err(PasskeyError::Changed);
        }
        Err(ProofError::Wrong(error)) => return Err(PasskeyError::Proof(error)),
    };
    // webauthn-rs demands it too; this stands whatever its policies become.
    if !proved.user_verified() {
        return Err(PasskeyError::Proof(WebauthnError::UserNotVerified));
    }
    let Credential { username, user_id, mut passkey, .. } = credential;
    passkey.update_credential(&proved);
    if !credentials::note_use(&state.storage, &passkey, proved.counter(), now).await? {
        return Err(PasskeyError::Count);
    }
    let user = users::find(&state.storage, &user_id).await?.ok_or(PasskeyError::UserNotActive)?;
    let mut authenticated = Authenticated::by(&[Amr::Webauthn], now);
    authenticated.approval_data = ceremony.approval_data.map(|data| json!(data));
    authenticated.extra.insert("webauthn_username".into(), username.into());
    Ok(Json(tokens::issue(&state, &user, &client, &authenticated).await?))
}

/// WebAuthn Level 3, section 7.2, step 6: the passkey belongs to whoever was named, or, where
/// nobody was, to the one whose handle the authenticator gives.
fn check_owner(
    sealer: &Sealer,
    whose: &Whose,
    credential: &Credential,
    user_handle: Option<&[u8]>,
) -> Result<(), PasskeyError> {
    let handle_fits = user_handle.map(|handle| handle == credential.user_handle);
    let good = match whose {
        Whose::Anybody => handle_fits == Some(true),
        Whose::Marked(marked) => {
            *marked == mark(sealer, "user", &credential.user_id) && handle_fits != Some(false)
        }
    };
    if good { Ok(()) } else { Err(PasskeyError::Owner) }
}

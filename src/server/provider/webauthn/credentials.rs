//! Passkeys in storage, and the calls that list and delete them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use webauthn_rs::prelude::Passkey;

use super::encoded_result;
use crate::server::provider::ProviderState;
use crate::server::provider::answer::{self, Refusal};
use crate::server::provider::bearer::{ClientToken, UserToken};
use crate::server::provider::users;
use crate::server::storage::{Storage, StorageError};

/// The name under which somebody keeps passkeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) username: String,
    pub(super) user_id: String,
    pub(super) user_handle: Vec<u8>,
}

/// A passkey of somebody.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) username: String,
    pub(super) user_id: String,
    pub(super) user_handle: Vec<u8>,
    pub(super) passkey: Passkey,
}

/// A passkey that is about to be kept.
pub(super) struct NewCredential<'a> {
    pub(super) account: &'a Account,
    pub(super) passkey: &'a Passkey,
    pub(super) attachment: Option<&'a str>,
    pub(super) aaguid: Option<&'a str>,
}

fn decode(error: serde_json::Error) -> StorageError {
    StorageError::from(sqlx::Error::Decode(error.into()))
}

/// Finds the owner of a name.
pub(super) async fn find_account(
    storage: &Storage,
    username: &str,
) -> Result<Option<Account>, StorageError> {
    let row = sqlx::query(
        "SELECT username, user_id, user_handle FROM webauthn_accounts WHERE username = $1",
    )
    .bind(username)
    .fetch_optional(storage.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Account {
        username: row.try_get("username")?,
        user_id: row.try_get("user_id")?,
        user_handle: row.try_get("user_handle")?,
    }))
}

/// Keeps a passkey, and its owner's name where it is new, together or not at all. False where the
/// name is somebody else's by now, or the passkey is known already.
pub(super) async fn create(
    storage: &Storage,
    new: &NewCredential<'_>,
    now: i64,
) -> Result<bool, StorageError> {
    let passkey = serde_json::to_string(new.passkey).map_err(decode)?;
    let account = new.account;
    let mut transaction = storage.writer().begin().await?;
    sqlx::query(
        "INSERT INTO webauthn_accounts (username, user_id, user_handle, created_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (username) DO NOTHING",
    )
    .bind(&account.username)
    .bind(&account.user_id)
    .bind(&account.user_handle[..])
    .bind(now)
    .execute(&mut *transaction)
    .await?;
    let kept = sqlx::query(
        "INSERT INTO webauthn_credentials (credential_id, username, user_id, user_handle, passkey, \
         sign_count, attachment, aaguid, created_at) \
         SELECT $1, username, user_id, user_handle, $2, 0, $3, $4, $5 FROM webauthn_accounts \
         WHERE username = $6 AND user_id = $7 ON CONFLICT (credential_id) DO NOTHING",
    )
    .bind(new.passkey.cred_id().clone())
    .bind(passkey)
    .bind(new.attachment)
    .bind(new.aaguid)
    .bind(now)
    .bind(&account.username)
    .bind(&account.user_id)
    .execute(&mut *transaction)
    .await?;
    if kept.rows_affected() == 1 {
        transaction.commit().await?;
        return Ok(true);
    }
    transaction.rollback().await?;
    Ok(false)
}

/// Finds a passkey by its identifier.
pub(super) async fn find(
    storage: &Storage,
    credential_id: &[u8],
) -> Result<Option<Credential>, StorageError> {
    let row = sqlx::query(
        "SELECT username, user_id, user_handle, passkey FROM webauthn_credentials \
         WHERE credential_id = $1",
    )
    .bind(credential_id)
    .fetch_optional(storage.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let passkey: String = row.try_get("passkey")?;
    Ok(Some(Credential {
        username: row.try_get("username")?,
        user_id: row.try_get("user_id")?,
        user_handle: row.try_get("user_handle")?,
        passkey: serde_json::from_str(&passkey).map_err(decode)?,
    }))
}

/// The identifiers of somebody's passkeys, oldest first.
pub(super) async fn identifiers(
    storage: &Storage,
    user_id: &str,
) -> Result<Vec<Vec<u8>>, StorageError> {
    Ok(sqlx::query_scalar(
        "SELECT credential_id FROM webauthn_credentials WHERE user_id = $1 \
         ORDER BY created_at, credential_id",
    )
    .bind(user_id)
    .fetch_all(storage.reader())
    .await?)
}

/// Notes a use. False where a use with a later count was noted in the meantime: of two copies of a
/// key only one may go on counting (WebAuthn Level 3, section 6.1.1).
pub(super) async fn note_use(
    storage: &Storage,
    passkey: &Passkey,
    sign_count: u32,
    now: i64,
) -> Result<bool, StorageError> {
    let noted = sqlx::query(
        "UPDATE webauthn_credentials SET passkey = $1, sign_count = $2, last_used_at = $3 \
         WHERE credential_id = $4 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))",
    )
    .bind(serde_json::to_string(passkey).map_err(decode)?)
    .bind(i64::from(sign_count))
    .bind(now)
    .bind(passkey.cred_id().clone())
    .execute(storage.writer())
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// A passkey as it is listed. Its members are inferred: Transmit's answer is not documented.
#[derive(Debug, Serialize)]
pub struct Listed {
    credential_id: String,
    webauthn_username: String,
    authenticator_attachment: Option<String>,
    aaguid: Option<String>,
    created_at: String,
    last_used_at: Option<String>,
}

/// The passkeys of somebody.
#[derive(Debug, Serialize)]
pub struct List {
    result: Vec<Listed>,
}

/// Passkeys were not listed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
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
        match &self {
            Self::UserNotFound => Refusal::new(StatusCode::NOT_FOUND, "User not found"),
            Self::NotFound => Refusal::new(StatusCode::NOT_FOUND, "Credential not found"),
            Self::Storage(_) => return answer::failure(&self),
        }
        .into_response()
    }
}

/// `GET /v1/users/{user_id}/webauthn-credentials`, with a client's token.
///
/// # Errors
///
/// [`CredentialsError`]
pub async fn list_of_user(
    State(state): State<ProviderState>,
    _client: ClientToken,
    Path(user_id): Path<String>,
) -> Result<Json<List>, CredentialsError> {
    list(&state, &user_id).await
}

/// `GET /v1/users/me/webauthn-credentials`, with the user's own token.
///
/// # Errors
///
/// [`CredentialsError`]
pub async fn list_own(
    State(state): State<ProviderState>,
    user: UserToken,
) -> Result<Json<List>, CredentialsError> {
    list(&state, &user.claims.sub).await
}

/// `DELETE /v1/users/{user_id}/webauthn-credentials/{credential_id}`, with a client's token.
///
/// # Errors
///
/// [`CredentialsError`]
pub async fn delete_of_user(
    State(state): State<ProviderState>,
    _client: ClientToken,
    Path((user_id, credential_id)): Path<(String, String)>,
) -> Result<StatusCode, CredentialsError> {
    delete(&state, &user_id, &credential_id).await
}

async fn list(state: &ProviderState, user_id: &str) -> Result<Json<List>, CredentialsError> {
    if users::find(&state.storage, user_id).await?.is_none() {
        return Err(CredentialsError::UserNotFound);
    }
    let rows = sqlx::query(
        "SELECT credential_id, username, attachment, aaguid, created_at, last_used_at \
         FROM webauthn_credentials WHERE user_id = $1 ORDER BY created_at, credential_id",
    )
    .bind(user_id)
    .fetch_all(state.storage.reader())
    .await
    .map_err(StorageError::from)?;
    let result = rows.iter().map(listed).collect::<Result<_, _>>().map_err(StorageError::from)?;
    Ok(Json(List { result }))
}

fn listed(row: &AnyRow) -> Result<Listed, sqlx::Error> {
    let credential_id: Vec<u8> = row.try_get("credential_id")?;
    let last_used_at: Option<i64> = row.try_get("last_used_at")?;
    Ok(Listed {
        credential_id: URL_SAFE_NO_PAD.encode(credential_id),
        webauthn_username: row.try_get("username")?,
        authenticator_attachment: row.try_get("attachment")?,
        aaguid: row.try_get("aaguid")?,
        created_at: moment(row.try_get("created_at")?),
        last_used_at: last_used_at.map(moment),
    })
}

fn moment(unix: i64) -> String {
    OffsetDateTime::from_unix_timestamp(unix)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}

async fn delete(
    state: &ProviderState,
    user_id: &str,
    credential_id: &str,
) -> Result<StatusCode, CredentialsError> {
    let credential_id = encoded_result::decode(credential_id).ok_or(CredentialsError::NotFound)?;
    let deleted =
        sqlx::query("DELETE FROM webauthn_credentials WHERE credential_id = $1 AND user_id = $2")
            .bind(credential_id)
            .bind(user_id)
            .execute(state.storage.writer())
            .await
            .map_err(StorageError::from)?;
    if deleted.rows_affected() == 1 {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(CredentialsError::NotFound)
    }
}

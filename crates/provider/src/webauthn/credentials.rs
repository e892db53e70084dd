//! Passkeys in storage.

pub(crate) mod endpoints;

use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};
use webauthn_rs::prelude::{Credential, Passkey};

use crate::identifier;
use platform::storage::{Connection, Storage, StorageError};

/// The user name of a passkey, and its user handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PasskeyAccount {
    pub(super) username: String,
    pub(super) user_id: String,
    pub(super) user_handle: Vec<u8>,
}

/// A passkey as it is stored.
#[derive(Debug, Clone)]
pub(super) struct StoredPasskey {
    pub(super) username: String,
    pub(super) user_id: String,
    pub(super) user_handle: Vec<u8>,
    pub(super) passkey: Passkey,
}

/// A passkey that is about to be kept.
pub(super) struct NewCredential<'a> {
    pub(super) account: &'a PasskeyAccount,
    pub(super) display_name: &'a str,
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
) -> Result<Option<PasskeyAccount>, StorageError> {
    let row = sqlx::query(
        "SELECT username, user_id, user_handle FROM webauthn_accounts \
         WHERE username IN ($1, $2)",
    )
    .bind(username)
    .bind(identifier::in_unicode(username))
    .fetch_optional(storage.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(PasskeyAccount {
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
         sign_count, attachment, aaguid, created_at, display_name) \
         SELECT $1, username, user_id, user_handle, $2, 0, $3, $4, $5, $6 FROM webauthn_accounts \
         WHERE username = $7 AND user_id = $8 ON CONFLICT (credential_id) DO NOTHING",
    )
    .bind(new.passkey.cred_id().clone())
    .bind(passkey)
    .bind(new.attachment)
    .bind(new.aaguid)
    .bind(now)
    .bind(new.display_name)
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

/// Finds a passkey by its identifier, unless it was removed.
pub(super) async fn find(
    storage: &Storage,
    credential_id: &[u8],
) -> Result<Option<StoredPasskey>, StorageError> {
    let row = sqlx::query(
        "SELECT username, user_id, user_handle, passkey FROM webauthn_credentials \
         WHERE credential_id = $1 AND removed_at IS NULL",
    )
    .bind(credential_id)
    .fetch_optional(storage.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let passkey: String = row.try_get("passkey")?;
    Ok(Some(StoredPasskey {
        username: row.try_get("username")?,
        user_id: row.try_get("user_id")?,
        user_handle: row.try_get("user_handle")?,
        passkey: serde_json::from_str(&passkey).map_err(decode)?,
    }))
}

/// A credential as options name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownCredential {
    pub(super) id: Vec<u8>,
    /// Whether it was made by an authenticator that is carried from device to device.
    pub(super) is_roaming: bool,
}

/// The passkeys that sign somebody in, oldest first.
pub(super) async fn known(
    storage: &Storage,
    user_id: &str,
) -> Result<Vec<KnownCredential>, StorageError> {
    let rows = sqlx::query(
        "SELECT credential_id, attachment FROM webauthn_credentials \
         WHERE user_id = $1 AND removed_at IS NULL AND changed_at IS NULL \
         ORDER BY created_at, credential_id",
    )
    .bind(user_id)
    .fetch_all(storage.reader())
    .await?;
    let known = rows.iter().map(|row| {
        let attachment: Option<String> = row.try_get("attachment")?;
        let is_roaming = attachment.as_deref() == Some("cross-platform");
        Ok(KnownCredential { id: row.try_get("credential_id")?, is_roaming })
    });
    known.collect::<Result<_, sqlx::Error>>().map_err(StorageError::from)
}

/// Notes a use, in the caller's transaction. False where a use with a later count was noted in the
/// meantime: of a key that cannot be copied only one may go on counting (WebAuthn Level 3, section 6.1.1).
pub(super) async fn note_use(
    connection: &mut Connection,
    passkey: &Passkey,
    sign_count: u32,
    now: i64,
) -> Result<bool, StorageError> {
    let may_be_copied = Credential::from(passkey.clone()).backup_eligible;
    let noted = sqlx::query(
        "UPDATE webauthn_credentials SET passkey = $1, sign_count = $2, last_used_at = $3 \
         WHERE credential_id = $4 AND removed_at IS NULL \
         AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0) OR CAST($5 AS BIGINT) = 1)",
    )
    .bind(serde_json::to_string(passkey).map_err(decode)?)
    .bind(i64::from(sign_count))
    .bind(now)
    .bind(passkey.cred_id().clone())
    .bind(i64::from(may_be_copied))
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Notes that a passkey's backup eligibility is not what it was: it is named in no options any more.
pub(super) async fn note_change(
    storage: &Storage,
    credential_id: &[u8],
    now: i64,
) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE webauthn_credentials SET changed_at = $1 \
         WHERE credential_id = $2 AND removed_at IS NULL AND changed_at IS NULL",
    )
    .bind(now)
    .bind(credential_id)
    .execute(storage.writer())
    .await?;
    Ok(())
}

/// A passkey as it is listed.
pub(super) struct CredentialRow {
    pub(super) credential_id: Vec<u8>,
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) aaguid: Option<String>,
    pub(super) created_at: i64,
    pub(super) last_used_at: Option<i64>,
    pub(super) removed_at: Option<i64>,
}

impl FromRow<'_, AnyRow> for CredentialRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            credential_id: row.try_get("credential_id")?,
            username: row.try_get("username")?,
            display_name: row.try_get("display_name")?,
            aaguid: row.try_get("aaguid")?,
            created_at: row.try_get("created_at")?,
            last_used_at: row.try_get("last_used_at")?,
            removed_at: row.try_get("removed_at")?,
        })
    }
}

/// A user's passkeys, removed ones included, oldest first.
pub(super) async fn list(
    storage: &Storage,
    user_id: &str,
) -> Result<Vec<CredentialRow>, StorageError> {
    Ok(sqlx::query_as(
        "SELECT * FROM webauthn_credentials WHERE user_id = $1 ORDER BY created_at, credential_id",
    )
    .bind(user_id)
    .fetch_all(storage.reader())
    .await?)
}

/// Gives a passkey another name; false where the user has no such passkey.
pub(super) async fn rename(
    storage: &Storage,
    user_id: &str,
    credential_id: &[u8],
    display_name: &str,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "UPDATE webauthn_credentials SET display_name = $1 \
         WHERE credential_id = $2 AND user_id = $3 AND removed_at IS NULL",
    )
    .bind(display_name)
    .bind(credential_id)
    .bind(user_id)
    .execute(storage.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks a passkey as removed. False where the user has no such passkey.
pub(super) async fn remove(
    storage: &Storage,
    user_id: &str,
    credential_id: &[u8],
    now: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "UPDATE webauthn_credentials SET removed_at = $1 \
         WHERE credential_id = $2 AND user_id = $3 AND removed_at IS NULL",
    )
    .bind(now)
    .bind(credential_id)
    .bind(user_id)
    .execute(storage.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

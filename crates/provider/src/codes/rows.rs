//! Codes at rest, and what guessing them costs.
//!
//! # Security
//!
//! They are kept under a keyed hash, every try is counted before it is looked at, and after
//! [`MAX_ATTEMPTS`] of them the user's codes are locked for a quarter of an hour.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::Row;

use crate::ProviderState;
use crate::approval_data::ApprovalData;
use crate::clients::Client;
use crate::tokens::{self, Amr};
use ciba::words;
use platform::storage::{Storage, StorageError};

/// Tries until a user's codes are locked. Transmit allows 1 to 20; its example is 3.
const MAX_ATTEMPTS: i64 = 5;

/// Seconds that they stay locked, and after which earlier tries are forgotten.
const LOCKOUT: i64 = 15 * 60;

/// Seconds that a run-out code is kept, so that its owner can be told why it is not good.
const RETENTION: i64 = 24 * 60 * 60;

/// What a code is hashed for.
const PURPOSE: &str = "provider.one_time_code";

/// Whose codes: each client has its own of each user.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) client: &'a Client,
    pub(super) user_id: &'a str,
}

impl Owner<'_> {
    fn hash(self, state: &ProviderState, code: &str) -> Vec<u8> {
        let parts = [self.client.client_id.as_bytes(), self.user_id.as_bytes(), code.as_bytes()];
        state.sealer.keyed_hash(PURPOSE, &parts).to_vec()
    }
}

/// What stands for whoever would have a name that nobody has.
pub(super) fn nobody(state: &ProviderState, name: &str) -> String {
    let hash = state.sealer.keyed_hash("provider.nobodys_codes", &[name.as_bytes()]);
    format!("nobody {}", URL_SAFE_NO_PAD.encode(hash))
}

/// The way that a code takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CodeChannel {
    Sms,
    Email,
    /// The caller delivers it.
    Direct,
}

words!(CodeChannel {
    Sms = "sms",
    Email = "email",
    Direct = "direct",
});

/// A code that is about to be sent.
pub(super) struct NewOneTimeCode<'a> {
    pub(super) code: &'a str,
    pub(super) channel: CodeChannel,
    pub(super) request_id: Option<&'a str>,
    pub(super) approval_data: Option<&'a ApprovalData>,
    /// The address that its use proves.
    pub(super) email: Option<&'a str>,
    pub(super) expires_at: i64,
}

/// Keeps a code.
pub(super) async fn keep(
    state: &ProviderState,
    owner: Owner<'_>,
    new: &NewOneTimeCode<'_>,
    now: i64,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM one_time_codes WHERE expires_at < $1")
        .bind(now - RETENTION)
        .execute(state.storage.writer())
        .await?;
    sqlx::query("DELETE FROM code_attempts WHERE last_at <= $1")
        .bind(now - LOCKOUT)
        .execute(state.storage.writer())
        .await?;
    sqlx::query(
        "INSERT INTO one_time_codes (user_id, client_id, code_hash, channel, request_digest, \
         approval_data, email, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(owner.user_id)
    .bind(&owner.client.client_id)
    .bind(owner.hash(state, new.code))
    .bind(new.channel.as_str())
    .bind(new.request_id.map(tokens::digest))
    .bind(new.approval_data.map(ApprovalData::canonical))
    .bind(new.email)
    .bind(new.expires_at)
    .execute(state.storage.writer())
    .await?;
    Ok(())
}

/// Counts a try before it is looked at, so that tries at the same time are counted too; false where
/// the user's codes are locked. Tries while they are locked do not lock them for longer, or a
/// stranger could lock somebody out for good.
pub(super) async fn count_attempt(
    storage: &Storage,
    owner: Owner<'_>,
    now: i64,
) -> Result<bool, StorageError> {
    let statement = sqlx::query(
        "INSERT INTO code_attempts (user_id, client_id, attempts, last_at) VALUES ($1, $2, 1, $3) \
         ON CONFLICT (user_id, client_id) DO UPDATE SET \
         attempts = CASE WHEN code_attempts.last_at <= $4 THEN 1 \
         ELSE code_attempts.attempts + 1 END, last_at = $3 \
         WHERE code_attempts.attempts < $5 OR code_attempts.last_at <= $4 \
         RETURNING attempts",
    )
    .bind(owner.user_id)
    .bind(&owner.client.client_id)
    .bind(now)
    .bind(now - LOCKOUT)
    .bind(MAX_ATTEMPTS);
    let counted = storage.change(statement).await?;
    Ok(counted.is_some())
}

/// Forgets the tries, after a right one.
pub(super) async fn forget_attempts(
    storage: &Storage,
    owner: Owner<'_>,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM code_attempts WHERE user_id = $1 AND client_id = $2")
        .bind(owner.user_id)
        .bind(&owner.client.client_id)
        .execute(storage.writer())
        .await?;
    Ok(())
}

/// A code that somebody tries.
pub(super) struct TriedCode<'a> {
    owner: Owner<'a>,
    hash: Vec<u8>,
    request_digest: Vec<u8>,
}

impl<'a> TriedCode<'a> {
    pub(super) fn new(
        state: &ProviderState,
        code: &str,
        request_id: Option<&str>,
        owner: Owner<'a>,
    ) -> Self {
        let request_digest = tokens::digest(request_id.unwrap_or_default());
        Self { owner, hash: owner.hash(state, code), request_digest }
    }
}

/// A code that was spent, and what it was made for.
pub(super) struct SpentCode {
    pub(super) amr: Amr,
    pub(super) email: Option<String>,
    pub(super) approval_data: Option<Map<String, Value>>,
}

/// Spends a code. One statement decides, so of several tries at once one wins.
pub(super) async fn consume(
    storage: &Storage,
    tried: &TriedCode<'_>,
    now: i64,
) -> Result<Option<SpentCode>, StorageError> {
    let statement = sqlx::query(
        "UPDATE one_time_codes SET used_at = $1 \
         WHERE user_id = $2 AND client_id = $3 AND code_hash = $4 \
         AND used_at IS NULL AND expires_at > $1 \
         AND (request_digest IS NULL OR request_digest = $5) \
         RETURNING channel, email, approval_data",
    )
    .bind(now)
    .bind(tried.owner.user_id)
    .bind(&tried.owner.client.client_id)
    .bind(&tried.hash[..])
    .bind(&tried.request_digest[..]);
    let row = storage.change(statement).await?;
    let Some(row) = row else { return Ok(None) };
    let channel: String = row.try_get("channel")?;
    let approval_data: Option<String> = row.try_get("approval_data")?;
    Ok(Some(SpentCode {
        // For `direct` only the caller knows the channel; our site sends mail.
        amr: if channel == "sms" { Amr::Sms } else { Amr::Eotp },
        email: row.try_get("email")?,
        approval_data: approval_data.and_then(|text| serde_json::from_str(&text).ok()),
    }))
}

/// Whether a code was right, and came too late.
pub(super) async fn has_run_out(
    storage: &Storage,
    tried: &TriedCode<'_>,
    now: i64,
) -> Result<bool, StorageError> {
    let row = sqlx::query(
        "SELECT 1 FROM one_time_codes WHERE user_id = $1 AND client_id = $2 AND code_hash = $3 \
         AND used_at IS NULL AND expires_at <= $4",
    )
    .bind(tried.owner.user_id)
    .bind(&tried.owner.client.client_id)
    .bind(&tried.hash[..])
    .bind(now)
    .fetch_optional(storage.reader())
    .await?;
    Ok(row.is_some())
}

//! Links at rest: only digests are kept of what is secret in them.

use sqlx::Row;

use crate::tokens;
use platform::storage::{Storage, StorageError};

/// A link that is about to be sent.
pub(super) struct NewLink<'a> {
    /// What it holds.
    pub(super) code: &'a str,
    /// Whom it signs in.
    pub(super) user_id: &'a str,
    /// The client that may use it.
    pub(super) client_id: &'a str,
    /// What the caller must show with it, too.
    pub(super) request_id: Option<&'a str>,
    /// The address whose mailbox it proves.
    pub(super) email: Option<&'a str>,
    pub(super) expires_at: i64,
}

/// Keeps a link, and clears away those that have run out.
pub(super) async fn keep(
    storage: &Storage,
    new: &NewLink<'_>,
    now: i64,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM login_links WHERE expires_at < $1")
        .bind(now)
        .execute(storage.writer())
        .await?;
    sqlx::query(
        "INSERT INTO login_links (code_digest, user_id, client_id, request_digest, email, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tokens::digest(new.code))
    .bind(new.user_id)
    .bind(new.client_id)
    .bind(new.request_id.map(tokens::digest))
    .bind(new.email)
    .bind(new.expires_at)
    .execute(storage.writer())
    .await?;
    Ok(())
}

/// A link that somebody tries.
#[derive(Clone, Copy)]
pub(super) struct TriedLink<'a> {
    pub(super) code: &'a str,
    pub(super) client_id: &'a str,
    pub(super) request_id: Option<&'a str>,
}

/// A link that was spent.
pub(super) struct SpentLink {
    pub(super) user_id: String,
    /// The address whose mailbox it proves.
    pub(super) email: Option<String>,
}

/// Spends a link. One statement decides, so of several tries at once one wins; a try with a wrong
/// `request_id` spends nothing, because the code cannot be guessed anyway.
pub(super) async fn consume(
    storage: &Storage,
    tried: TriedLink<'_>,
    now: i64,
) -> Result<Option<SpentLink>, StorageError> {
    let statement = sqlx::query(
        "UPDATE login_links SET used_at = $1 WHERE code_digest = $2 AND client_id = $3 \
         AND used_at IS NULL AND expires_at > $1 \
         AND (request_digest IS NULL OR request_digest = $4) \
         RETURNING user_id, email",
    )
    .bind(now)
    .bind(tokens::digest(tried.code))
    .bind(tried.client_id)
    .bind(tokens::digest(tried.request_id.unwrap_or_default()));
    let row = storage.change(statement).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SpentLink { user_id: row.try_get("user_id")?, email: row.try_get("email")? }))
}

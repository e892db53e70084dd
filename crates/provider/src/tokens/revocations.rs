//! What ended before its time: single access tokens, and sessions with everything in them.

use super::claims::AccessClaims;
use crate::ProviderState;
use crate::clients::Client;
use platform::storage::StorageError;

/// The longest that any token of a session can last: a refresh token's year.
const LONGEST: i64 = 366 * 24 * 60 * 60;

/// Ends a session: its refresh and access tokens are good for nothing from now on.
pub async fn revoke_session(state: &ProviderState, session_id: &str) -> Result<(), StorageError> {
    revoke(state, session_id, state.ambient.clock.unix() + LONGEST).await
}

/// Ends every session of a user that can be refreshed or has just begun; returns how many there
/// were.
pub async fn revoke_user(state: &ProviderState, user_id: &str) -> Result<u64, StorageError> {
    let now = state.ambient.clock.unix();
    let done = sqlx::query(
        "INSERT INTO revocations (id, expires_at) \
         SELECT session_id, CAST($1 AS BIGINT) FROM ( \
           SELECT session_id FROM refresh_tokens \
           WHERE user_id = $2 AND used_at IS NULL AND expires_at > $3 \
           UNION SELECT session_id FROM authorization_codes WHERE user_id = $4 \
         ) AS sessions WHERE TRUE ON CONFLICT (id) DO NOTHING",
    )
    .bind(now + LONGEST)
    .bind(user_id)
    .bind(now)
    .bind(user_id)
    .execute(state.storage.writer())
    .await?;
    Ok(done.rows_affected())
}

/// Ends the session if a one-time code or token is replayed; otherwise does nothing. `used` finds the
/// session by the digest and the client.
pub(super) async fn revoke_reused(
    state: &ProviderState,
    client: &Client,
    used: &'static str,
    digest: &[u8],
) -> Result<(), StorageError> {
    let session_id: Option<String> = sqlx::query_scalar(used)
        .bind(digest)
        .bind(&client.client_id)
        .fetch_optional(state.storage.reader())
        .await?;
    let Some(session_id) = session_id else { return Ok(()) };
    tracing::warn!(client.id = client.client_id, "a code or token came back: its session ended");
    revoke_session(state, &session_id).await
}

/// Ends one access token.
pub async fn revoke_access(
    state: &ProviderState,
    claims: &AccessClaims,
) -> Result<(), StorageError> {
    revoke(state, &claims.jti, claims.exp).await
}

async fn revoke(state: &ProviderState, id: &str, expires_at: i64) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO revocations (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(expires_at)
    .execute(state.storage.writer())
    .await?;
    Ok(())
}

/// Whether an access token, or the session behind it, was ended.
pub async fn is_revoked(
    state: &ProviderState,
    claims: &AccessClaims,
) -> Result<bool, StorageError> {
    let row = sqlx::query("SELECT 1 FROM revocations WHERE id = $1 OR id = $2 LIMIT 1")
        .bind(&claims.jti)
        .bind(claims.sid.as_deref().unwrap_or(&claims.jti))
        .fetch_optional(state.storage.reader())
        .await?;
    Ok(row.is_some())
}

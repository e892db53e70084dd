//! Refresh tokens at rest.

use sqlx::Row;

use crate::ProviderState;
use crate::answer::EndpointError;
use crate::clients::Client;
use crate::tokens::{Grant, digest};
use platform::storage::{Connection, StorageError};

/// Stores a new refresh token of a grant.
pub(crate) async fn create(
    state: &ProviderState,
    connection: &mut Connection,
    grant: &Grant<'_>,
) -> Result<String, EndpointError> {
    let token = state.ambient.entropy.token::<32>()?;
    let now = state.ambient.clock.unix();
    sqlx::query(
        "INSERT INTO refresh_tokens (token_digest, session_id, client_id, user_id, scope, \
         authentication, backend, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(digest(&token))
    .bind(&grant.session_id)
    .bind(&grant.client.client_id)
    .bind(&grant.user.user_id)
    .bind(grant.granted)
    .bind(serde_json::to_string(grant.authenticated)?)
    .bind(i64::from(grant.backend))
    .bind(now + grant.client.settings.refresh_token_ttl())
    .execute(connection)
    .await?;
    Ok(token)
}

/// A refresh token that is good now.
#[derive(Debug)]
pub struct Live {
    /// The session.
    pub session_id: String,
    /// The user.
    pub user_id: String,
    /// What was granted.
    pub scope: String,
    /// When it ends.
    pub expires_at: i64,
}

/// Finds a client's own refresh token, if it is good now.
pub async fn find(
    state: &ProviderState,
    client: &Client,
    token: &str,
) -> Result<Option<Live>, StorageError> {
    let row = sqlx::query(
        "SELECT session_id, user_id, scope, expires_at FROM refresh_tokens \
         WHERE token_digest = $1 AND client_id = $2 AND used_at IS NULL AND expires_at > $3 \
         AND NOT EXISTS (SELECT 1 FROM revocations WHERE id = refresh_tokens.session_id)",
    )
    .bind(digest(token))
    .bind(&client.client_id)
    .bind(state.ambient.clock.unix())
    .fetch_optional(state.storage.reader())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Live {
        session_id: row.try_get(0)?,
        user_id: row.try_get(1)?,
        scope: row.try_get(2)?,
        expires_at: row.try_get(3)?,
    }))
}

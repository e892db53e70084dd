//! Refresh tokens: opaque, kept as their digest, and replaced at each use (RFC 9700, section 4.14.2).
//!
//! A token that is used twice was stolen once: then the whole session ends.

mod rows;

use sqlx::Row;

pub(super) use self::rows::create;
pub use self::rows::{Live, find};

use super::{
    AuthenticatedUser, Grant, Origin, SCOPES, TokenAnswer, digest, has, mint, revocations,
};
use crate::ProviderState;
use crate::answer::EndpointError;
use crate::clients::Client;
use crate::users;

/// The session of a token that was used before.
const USED: &str = "SELECT session_id FROM refresh_tokens \
    WHERE token_digest = $1 AND client_id = $2 AND used_at IS NOT NULL";

/// Exchanges a refresh token for new tokens. Of several exchanges at once one wins; every later use
/// of the same token ends the session.
pub async fn exchange(
    state: &ProviderState,
    client: &Client,
    token: &str,
    scope: Option<&str>,
) -> Result<TokenAnswer, EndpointError> {
    let invalid = EndpointError::invalid_grant;
    let now = state.ambient.clock.unix();
    let digest = digest(token);
    let mut transaction = state.storage.writer().begin().await?;
    let row = sqlx::query(
        "UPDATE refresh_tokens SET used_at = $1 WHERE token_digest = $2 AND client_id = $3 \
         AND used_at IS NULL AND expires_at > $4 \
         AND NOT EXISTS (SELECT 1 FROM revocations WHERE id = refresh_tokens.session_id) \
         RETURNING session_id, user_id, scope, authentication, backend",
    )
    .bind(now)
    .bind(&digest[..])
    .bind(&client.client_id)
    .bind(now)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(row) = row else {
        transaction.rollback().await?;
        revocations::revoke_reused(state, client, USED, &digest).await?;
        return Err(invalid());
    };
    let session_id: String = row.try_get(0)?;
    let user_id: String = row.try_get(1)?;
    let granted: String = row.try_get(2)?;
    let authentication: String = row.try_get(3)?;
    let backend = row.try_get::<i64, _>(4)? == 1;
    let authenticated: AuthenticatedUser = serde_json::from_str(&authentication)?;
    let Some(scope) =
        scope.map_or_else(|| Some(granted.clone()), |asked| narrowed(&granted, asked))
    else {
        // Rolled back, so that a client which asked wrongly may ask again.
        transaction.rollback().await?;
        let description = "the scope exceeds the one that was granted";
        return Err(EndpointError::oauth("invalid_scope", description));
    };
    let user =
        users::find_with(&mut *transaction, users::BY_ID, &user_id).await?.ok_or_else(invalid)?;
    let grant = Grant {
        user: &user,
        client,
        scope: &scope,
        granted: &granted,
        origin: Origin::Refresh,
        authenticated: &AuthenticatedUser { nonce: None, approval_data: None, ..authenticated },
        session_id,
        backend,
        auth_req_id: None,
    };
    let answer = mint(state, &mut transaction, grant).await?.ok_or_else(invalid)?;
    transaction.commit().await?;
    Ok(answer)
}

/// What of the granted scope is asked for (RFC 6749, section 6). Words that mean nothing here are not
/// looked at, as they were not when the scope was granted; nothing where a known word was not granted,
/// or where nothing is left.
fn narrowed(granted: &str, asked: &str) -> Option<String> {
    let exceeds = |word: &&str| SCOPES.contains(word) && !has(granted, word);
    if asked.split(' ').any(|word| exceeds(&word)) {
        return None;
    }
    let kept: Vec<&str> = granted.split(' ').filter(|word| has(asked, word)).collect();
    (!kept.is_empty()).then(|| kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_narrowed_and_never_widened() {
        let granted = "openid email offline_access";
        let of = |asked| narrowed(granted, asked);
        assert_eq!(of("openid").as_deref(), Some("openid"));
        assert_eq!(of("email  openid email other").as_deref(), Some("openid email"));
        assert_eq!(of("openid phone"), None);
        assert_eq!(of("other"), None);
    }
}

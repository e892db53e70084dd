//! Whose account at an identity provider belongs to which user.

use sqlx::Row;

use super::upstream::Account;
use crate::server::provider::ProviderState;
use crate::server::provider::users::{self, User};
use crate::server::storage::StorageError;

/// The user whose account this is: by its issuer and subject, or by an address that is trusted once
/// and linked from then on. Nobody is created; a disabled user is nobody.
///
/// # Security
///
/// The address must be verified on both sides: an unverified one on ours may have been typed by
/// somebody who waits for its owner to sign in. A user has at most one account at an issuer, so
/// that a mailbox which was given to somebody else does not bring the account with it.
///
/// # Errors
///
/// [`StorageError`]
pub(super) async fn find_user(
    state: &ProviderState,
    account: &Account,
) -> Result<Option<User>, StorageError> {
    if let Some(user_id) = linked(state, account).await? {
        return Ok(users::find(&state.storage, &user_id).await?.filter(User::is_enabled));
    }
    let Some(email) = &account.trusted_email else { return Ok(None) };
    let user = users::find_by_email(&state.storage, email).await?;
    let Some(user) = user.filter(|user| user.email_verified && user.is_enabled()) else {
        return Ok(None);
    };
    link(state, account, &user.user_id).await?;
    // Somebody else may have been quicker, with this account or with this user.
    let holder = linked(state, account).await?;
    Ok(holder.is_some_and(|holder| holder == user.user_id).then_some(user))
}

async fn linked(state: &ProviderState, account: &Account) -> Result<Option<String>, StorageError> {
    let row = sqlx::query("SELECT user_id FROM account_links WHERE iss = $1 AND sub = $2")
        .bind(&account.iss)
        .bind(&account.sub)
        .fetch_optional(state.storage.writer())
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn link(state: &ProviderState, account: &Account, user_id: &str) -> Result<(), StorageError> {
    let done = sqlx::query(
        "INSERT INTO account_links (iss, sub, user_id, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(&account.iss)
    .bind(&account.sub)
    .bind(user_id)
    .bind(state.ambient.clock.unix())
    .execute(state.storage.writer())
    .await?;
    if done.rows_affected() == 1 {
        tracing::info!(user.id = user_id, account.iss = account.iss, "an account was linked");
    }
    Ok(())
}

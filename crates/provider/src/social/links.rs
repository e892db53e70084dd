//! Whose account at an identity provider belongs to which user.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::upstream::UpstreamAccount;
use crate::ProviderState;
use crate::users::{self, User};
use platform::storage::{Storage, StorageError};

/// The user of an account.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) user: User,
    /// Whether the account was linked just now, by its address: its owner is told.
    pub(super) is_new_link: bool,
}

/// The user whose account this is: by its issuer and subject, or by an address that is trusted once
/// and linked from then on. No user is created, and disabled users are not found.
///
/// # Security
///
/// The address must be verified on both sides: an unverified one on ours may have been typed by
/// somebody who waits for its owner to sign in. A user has at most one account at an issuer, so
/// that a mailbox which was given to somebody else does not bring the account with it. And where a
/// user's account at an issuer was taken away, no address there links one again.
pub(super) async fn find_user(
    state: &ProviderState,
    account: &UpstreamAccount,
) -> Result<Option<Found>, StorageError> {
    if let Some(user_id) = linked(state, &account.iss, &account.sub).await? {
        let user = users::find(&state.storage, &user_id).await?.filter(User::is_enabled);
        return Ok(user.map(|user| Found { user, is_new_link: false }));
    }
    let Some(email) = &account.trusted_email else { return Ok(None) };
    let user = users::find_by_email(&state.storage, email).await?;
    let Some(user) = user.filter(|user| user.email_verified && user.is_enabled()) else {
        return Ok(None);
    };
    let is_linked = link_by_address(state, &account.iss, &account.sub, &user.user_id).await?;
    Ok(is_linked.then_some(Found { user, is_new_link: true }))
}

/// An account at an issuer that belongs to a user.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LinkedAccount {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) created_at: i64,
}

/// Every account of a user, the oldest first.
pub(super) async fn of_user(
    storage: &Storage,
    user_id: &str,
) -> Result<Vec<LinkedAccount>, StorageError> {
    let rows = sqlx::query(
        "SELECT iss, sub, created_at FROM account_links WHERE user_id = $1 ORDER BY created_at, iss",
    )
    .bind(user_id)
    .fetch_all(storage.reader())
    .await?;
    let link = |row: AnyRow| {
        Ok(LinkedAccount {
            iss: row.try_get("iss")?,
            sub: row.try_get("sub")?,
            created_at: row.try_get("created_at")?,
        })
    };
    rows.into_iter().map(link).collect()
}

/// Takes a user's account at an issuer away, for good until a client links one again; false where
/// there is none.
pub(super) async fn unlink(
    storage: &Storage,
    iss: &str,
    user_id: &str,
    now: i64,
) -> Result<bool, StorageError> {
    // First the note: whatever happens in between, the account is not gone without it.
    sqlx::query(
        "INSERT INTO unlinked_accounts (iss, user_id, unlinked_at) \
         SELECT iss, user_id, $1 FROM account_links WHERE iss = $2 AND user_id = $3 \
         ON CONFLICT (iss, user_id) DO NOTHING",
    )
    .bind(now)
    .bind(iss)
    .bind(user_id)
    .execute(storage.writer())
    .await?;
    let done = sqlx::query("DELETE FROM account_links WHERE iss = $1 AND user_id = $2")
        .bind(iss)
        .bind(user_id)
        .execute(storage.writer())
        .await?;
    Ok(done.rows_affected() == 1)
}

async fn linked(
    state: &ProviderState,
    iss: &str,
    sub: &str,
) -> Result<Option<String>, StorageError> {
    let row = sqlx::query("SELECT user_id FROM account_links WHERE iss = $1 AND sub = $2")
        .bind(iss)
        .bind(sub)
        .fetch_optional(state.storage.writer())
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Links an account for a client, also where one was taken away; false where it is somebody else's,
/// or the user has another one there.
pub(super) async fn link(
    state: &ProviderState,
    iss: &str,
    sub: &str,
    user_id: &str,
) -> Result<bool, StorageError> {
    let statement = "INSERT INTO account_links (iss, sub, user_id, created_at) \
                     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let is_linked = insert(state, statement, iss, sub, user_id).await?;
    if is_linked {
        sqlx::query("DELETE FROM unlinked_accounts WHERE iss = $1 AND user_id = $2")
            .bind(iss)
            .bind(user_id)
            .execute(state.storage.writer())
            .await?;
    }
    Ok(is_linked)
}

/// Links an account because its address is the user's; false also where one was taken away.
async fn link_by_address(
    state: &ProviderState,
    iss: &str,
    sub: &str,
    user_id: &str,
) -> Result<bool, StorageError> {
    let statement = "INSERT INTO account_links (iss, sub, user_id, created_at) \
                     SELECT $1, $2, user_id, $4 FROM users WHERE user_id = $3 AND NOT EXISTS \
                     (SELECT 1 FROM unlinked_accounts u WHERE u.iss = $1 AND u.user_id = $3) \
                     ON CONFLICT DO NOTHING";
    insert(state, statement, iss, sub, user_id).await
}

async fn insert(
    state: &ProviderState,
    statement: &'static str,
    iss: &str,
    sub: &str,
    user_id: &str,
) -> Result<bool, StorageError> {
    let done = sqlx::query(statement)
        .bind(iss)
        .bind(sub)
        .bind(user_id)
        .bind(state.ambient.clock.unix())
        .execute(state.storage.writer())
        .await?;
    if done.rows_affected() == 1 {
        tracing::info!(user.id = user_id, account.iss = iss, "an account was linked");
        return Ok(true);
    }
    // It may be linked already, or somebody else was quicker with this account or with this user.
    Ok(linked(state, iss, sub).await?.is_some_and(|holder| holder == user_id))
}

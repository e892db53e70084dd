//! Users of the embedded provider: who they are and how they can be reached.
//!
//! Nothing in a sign-in or an authentication request ever creates one; only `POST /v1/users` and
//! the demo do. All applications of the tenant share them.

pub mod endpoints;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor, FromRow, Row};

use super::contact::{Email, PhoneNumber};
use ciba::words;
use platform::storage::{Storage, StorageError};

/// Whether a user may sign in (docs/transmit-api.md, 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UserStatus {
    /// Has signed in before.
    Active,
    /// Has never signed in.
    Pending,
    /// Suspended: may neither sign in nor be asked.
    Disabled,
}

words!(UserStatus {
    Active = "Active",
    Pending = "Pending",
    Disabled = "Disabled",
});

/// One user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The identifier: the `sub` of the user's tokens.
    pub user_id: String,
    /// The e-mail address, unique among users.
    pub email: Option<Email>,
    /// Whether the address was proved to be the user's.
    pub email_verified: bool,
    /// The phone number, unique among users.
    pub phone_number: Option<PhoneNumber>,
    /// Whether the number was proved to be the user's.
    pub phone_number_verified: bool,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// When the user was created.
    pub created_at: i64,
    /// When anything of this last changed.
    pub updated_at: i64,
    /// The last sign-in.
    pub last_auth: Option<i64>,
}

impl User {
    /// Whether this user may sign in or be asked for consent.
    pub fn is_enabled(&self) -> bool {
        self.status != UserStatus::Disabled
    }
}

impl FromRow<'_, AnyRow> for User {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let status: String = row.try_get("status")?;
        let status = match status.as_str() {
            "Active" => UserStatus::Active,
            "Pending" => UserStatus::Pending,
            _ => UserStatus::Disabled,
        };
        let email: Option<String> = row.try_get("email")?;
        let phone_number: Option<String> = row.try_get("phone_number")?;
        Ok(Self {
            user_id: row.try_get("user_id")?,
            email: email.map(Email::try_from).transpose().map_err(decode)?,
            email_verified: row.try_get::<i64, _>("email_verified")? == 1,
            phone_number: phone_number.map(PhoneNumber::try_from).transpose().map_err(decode)?,
            phone_number_verified: row.try_get::<i64, _>("phone_number_verified")? == 1,
            status,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            last_auth: row.try_get("last_auth")?,
        })
    }
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// The query of [`find_with`] by identifier.
pub(super) const BY_ID: &str = "SELECT * FROM users WHERE user_id = $1";

/// Stores a new user.
///
/// # Errors
///
/// [`StorageError`]; [`StorageError::is_conflict`] where the identifier, address or number is
/// somebody's already.
pub async fn create(storage: &Storage, user: &User) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO users (user_id, email, email_verified, phone_number, phone_number_verified, \
         status, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&user.user_id)
    .bind(user.email.as_ref().map(Email::as_str))
    .bind(i64::from(user.email_verified))
    .bind(user.phone_number.as_ref().map(PhoneNumber::as_str))
    .bind(i64::from(user.phone_number_verified))
    .bind(user.status.as_str())
    .bind(user.created_at)
    .bind(user.updated_at)
    .execute(storage.writer())
    .await?;
    Ok(())
}

/// Finds a user by identifier.
pub async fn find(storage: &Storage, user_id: &str) -> Result<Option<User>, StorageError> {
    find_with(storage.reader(), BY_ID, user_id).await
}

/// Finds a user by e-mail address, verified or not.
pub async fn find_by_email(storage: &Storage, email: &Email) -> Result<Option<User>, StorageError> {
    let user = sqlx::query_as(
        "SELECT * FROM users WHERE email IN ($1, $2) ORDER BY created_at, user_id LIMIT 1",
    )
    .bind(email.as_str())
    .bind(email.in_unicode())
    .fetch_optional(storage.reader())
    .await?;
    Ok(user)
}

/// Finds a user by phone number, verified or not.
pub async fn find_by_phone_number(
    storage: &Storage,
    phone_number: &PhoneNumber,
) -> Result<Option<User>, StorageError> {
    let query = "SELECT * FROM users WHERE phone_number = $1";
    find_with(storage.reader(), query, phone_number.as_str()).await
}

/// As [`find`], within a transaction.
pub(super) async fn find_with<'c>(
    executor: impl Executor<'c, Database = Any>,
    query: &'static str,
    key: &str,
) -> Result<Option<User>, StorageError> {
    Ok(sqlx::query_as(query).bind(key).fetch_optional(executor).await?)
}

/// Marks the user's own e-mail address as verified; false where the user has no such address.
pub async fn verify_email(
    storage: &Storage,
    user_id: &str,
    email: &Email,
    now: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "UPDATE users SET email_verified = 1, updated_at = $1 \
         WHERE user_id = $2 AND email IN ($3, $4)",
    )
    .bind(now)
    .bind(user_id)
    .bind(email.as_str())
    .bind(email.in_unicode())
    .execute(storage.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks the user's own phone number as verified; false where the user has no such number.
pub async fn verify_phone_number(
    storage: &Storage,
    user_id: &str,
    phone_number: &PhoneNumber,
    now: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "UPDATE users SET phone_number_verified = 1, updated_at = $1 \
         WHERE user_id = $2 AND phone_number = $3",
    )
    .bind(now)
    .bind(user_id)
    .bind(phone_number.as_str())
    .execute(storage.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets the status; false where there is no such user.
pub async fn set_status(
    storage: &Storage,
    user_id: &str,
    status: UserStatus,
    now: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query("UPDATE users SET status = $1, updated_at = $2 WHERE user_id = $3")
        .bind(status.as_str())
        .bind(now)
        .bind(user_id)
        .execute(storage.writer())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// What a user leaves behind, and in the end the user.
const REMOVE: [&str; 12] = [
    "INSERT INTO revocations (id, expires_at) \
     SELECT session_id, MAX(expires_at) FROM refresh_tokens WHERE user_id = $1 \
     GROUP BY session_id ON CONFLICT (id) DO NOTHING",
    "DELETE FROM refresh_tokens WHERE user_id = $1",
    "DELETE FROM authorization_codes WHERE user_id = $1",
    "DELETE FROM ciba_requests WHERE user_id = $1",
    "DELETE FROM login_links WHERE user_id = $1",
    "DELETE FROM one_time_codes WHERE user_id = $1",
    "DELETE FROM code_attempts WHERE user_id = $1",
    "DELETE FROM webauthn_credentials WHERE user_id = $1",
    "DELETE FROM webauthn_accounts WHERE user_id = $1",
    "DELETE FROM account_links WHERE user_id = $1",
    "DELETE FROM unlinked_accounts WHERE user_id = $1",
    "DELETE FROM users WHERE user_id = $1",
];

/// Removes a user with everything that was theirs; false where there is no such user.
pub async fn remove(storage: &Storage, user_id: &str) -> Result<bool, StorageError> {
    let mut transaction = storage.writer().begin().await?;
    let mut changed = 0;
    for statement in REMOVE {
        let done = sqlx::query(statement).bind(user_id).execute(&mut *transaction).await?;
        changed = done.rows_affected();
    }
    transaction.commit().await?;
    // The last statement is about the user.
    Ok(changed == 1)
}

/// Notes a sign-in, which makes a pending user active; false where the user is disabled by now, and
/// then no token may be issued.
pub(super) async fn note_sign_in<'c>(
    executor: impl Executor<'c, Database = Any>,
    user_id: &str,
    now: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "UPDATE users SET status = 'Active', last_auth = $1 \
         WHERE user_id = $2 AND status <> 'Disabled'",
    )
    .bind(now)
    .bind(user_id)
    .execute(executor)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a user exists and is not disabled.
pub(super) async fn is_enabled<'c>(
    executor: impl Executor<'c, Database = Any>,
    user_id: &str,
) -> Result<bool, StorageError> {
    let row = sqlx::query("SELECT 1 FROM users WHERE user_id = $1 AND status <> 'Disabled'")
        .bind(user_id)
        .fetch_optional(executor)
        .await?;
    Ok(row.is_some())
}

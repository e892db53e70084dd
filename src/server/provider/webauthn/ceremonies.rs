//! Ceremonies under way, in storage: a challenge is good once, for its client, until its time is up.

use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::super::ProviderState;
use super::super::tokens;
use crate::server::ids::NoEntropy;
use crate::server::storage::StorageError;

/// What a ceremony is for; one kind never ends the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Authentication,
    Registration,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Registration => "registration",
        }
    }
}

/// A ceremony was not kept or found.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The machine gave no randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// It has no JSON form, or none of ours.
    #[error("keep a passkey ceremony")]
    Encode(#[from] serde_json::Error),
}

impl From<sqlx::Error> for CeremonyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// The most ceremonies under way at a time: everybody may begin one, and this bounds what a
/// stranger can make us keep.
const MOST: i64 = 50_000;

/// Keeps a ceremony for `seconds` and returns its `webauthn_session_id`; nothing where too many are
/// under way.
pub(super) async fn create<T: Serialize>(
    state: &ProviderState,
    kind: Kind,
    client_id: &str,
    ceremony: &T,
    seconds: u32,
) -> Result<Option<String>, CeremonyError> {
    let now = state.ambient.clock.unix();
    let session_id = state.ambient.entropy.token::<32>()?;
    sqlx::query("DELETE FROM webauthn_ceremonies WHERE expires_at <= $1")
        .bind(now)
        .execute(state.storage.writer())
        .await?;
    let kept = sqlx::query(
        "INSERT INTO webauthn_ceremonies (session_digest, kind, client_id, ceremony, expires_at) \
         SELECT $1, $2, $3, $4, $5 WHERE (SELECT COUNT(*) FROM webauthn_ceremonies) < $6",
    )
    .bind(tokens::digest(&session_id))
    .bind(kind.as_str())
    .bind(client_id)
    .bind(serde_json::to_string(ceremony)?)
    .bind(now + i64::from(seconds))
    .bind(MOST)
    .execute(state.storage.writer())
    .await?;
    Ok((kept.rows_affected() == 1).then_some(session_id))
}

/// Takes a ceremony away, so that nobody can end it again. Another client's stays where it is.
pub(super) async fn consume<T: for<'de> Deserialize<'de>>(
    state: &ProviderState,
    kind: Kind,
    client_id: &str,
    session_id: &str,
) -> Result<Option<T>, CeremonyError> {
    let statement = sqlx::query(
        "DELETE FROM webauthn_ceremonies WHERE session_digest = $1 AND kind = $2 \
         AND client_id = $3 AND expires_at > $4 RETURNING ceremony",
    )
    .bind(tokens::digest(session_id))
    .bind(kind.as_str())
    .bind(client_id)
    .bind(state.ambient.clock.unix());
    let row = state.storage.change(statement).await?;
    let Some(row) = row else { return Ok(None) };
    let ceremony: String = row.try_get(0).map_err(StorageError::from)?;
    Ok(Some(serde_json::from_str(&ceremony)?))
}

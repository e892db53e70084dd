//! Back-end social sign-ins under way, in storage: each step is good once, for its client and its
//! identity provider, until its time is up.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use url::Url;

use crate::ProviderState;
use crate::tokens;
use platform::seal::SealError;
use platform::storage::StorageError;

/// Seconds until a step is given up, as a browser's journey is.
const LIFETIME: i64 = platform::round_trip::LIFETIME;

/// What the steps are sealed for: the verifier of PKCE is among them.
const PURPOSE: &str = "provider.social_transaction";

/// A step of a sign-in; one kind never ends the other.
pub(super) trait Step: Serialize + DeserializeOwned {
    /// The step's name.
    const KIND: &'static str;
}

/// A customer was sent to the identity provider.
#[derive(Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) redirect_uri: Url,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

impl Step for Begun {
    const KIND: &'static str = "begun";
}

/// The identity provider has said whose account it is.
#[derive(Serialize, Deserialize)]
pub(super) struct Verified {
    pub(super) iss: String,
    pub(super) sub: String,
    /// The address that the issuer is trusted to have verified.
    pub(super) email: Option<String>,
    /// When the customer signed in there, where the issuer says so.
    pub(super) auth_time: Option<i64>,
}

impl Step for Verified {
    const KIND: &'static str = "verified";
}

/// Under which name a step is kept: what the caller shows, for this client and identity provider.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) client_id: &'a str,
    pub(super) upstream: &'a str,
    /// The `state` or the `transaction_id`.
    pub(super) shown: &'a str,
}

impl Name<'_> {
    fn digest(self, kind: &str) -> Vec<u8> {
        let Self { client_id, upstream, shown } = self;
        tokens::digest(&format!("{kind}\n{client_id}\n{upstream}\n{shown}"))
    }
}

/// A step was not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    /// Nothing was sealed.
    #[error("keep a social sign-in")]
    Seal(#[from] SealError),
    /// The database failed.
    #[error("keep a social sign-in")]
    Storage(#[from] StorageError),
}

/// Keeps a step. A client that begins again with the same `state` begins anew.
pub(super) async fn keep<T: Step>(
    state: &ProviderState,
    name: Name<'_>,
    step: &T,
) -> Result<(), KeepError> {
    let now = state.ambient.clock.unix();
    sqlx::query("DELETE FROM social_transactions WHERE expires_at <= $1")
        .bind(now)
        .execute(state.storage.writer())
        .await
        .map_err(StorageError::from)?;
    sqlx::query(
        "INSERT INTO social_transactions (digest, carried_sealed, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (digest) DO UPDATE SET carried_sealed = excluded.carried_sealed, \
         expires_at = excluded.expires_at",
    )
    .bind(name.digest(T::KIND))
    .bind(state.sealer.seal(PURPOSE, step)?)
    .bind(now + LIFETIME)
    .execute(state.storage.writer())
    .await
    .map_err(StorageError::from)?;
    Ok(())
}

/// Takes a step away, so that nobody can use it again; nothing where there is none.
pub(super) async fn consume<T: Step>(
    state: &ProviderState,
    name: Name<'_>,
) -> Result<Option<T>, StorageError> {
    let statement = sqlx::query(
        "DELETE FROM social_transactions WHERE digest = $1 AND expires_at > $2 \
         RETURNING carried_sealed",
    )
    .bind(name.digest(T::KIND))
    .bind(state.ambient.clock.unix());
    let Some(row) = state.storage.change(statement).await? else { return Ok(None) };
    let sealed: String = row.try_get(0)?;
    Ok(state.sealer.open(PURPOSE, &sealed).ok())
}

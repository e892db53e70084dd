//! Requests that a provider has pushed to us, and that are reached by a link of our own.
//!
//! Pushing one also writes a record ([`Records`]), so that the site knows of it what it knows of a
//! request that our operator's side has started. The key of its link stands for its `auth_req_id`
//! everywhere in the site: 256 random bits, of which storage has the digest only.
//!
//! # Security
//!
//! Reaching a page by the key writes nothing and proves nothing: who may decide is the person whom
//! the provider has named, by a sign-in at that provider.

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

use crate::records::{NewRecord, RecordError, Records, digest};
use ciba::words;
use ciba::{AuthReqId, BindingMessage, Contact};
use platform::Secret;
use platform::ambient::Ambient;
use platform::ids::{self, NoEntropy};
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};

const PURPOSE: &str = "site.pushed";
const CREDENTIAL: &str = "site.pushed.credential";

/// Seconds for which a row outlives its request: as long as its record, so that the page can still
/// say what happened.
const RETENTION: i64 = 24 * 3600;

/// Seconds for which whoever tells the provider of a withdrawal has it to themselves.
const LEASE: i64 = 30;

/// Seconds until it is told again where it was not reached.
const PAUSE: i64 = 2;

/// Seconds by which a record's end may differ from that of its pushed request: where the operator's side
/// has written it first, it has reckoned the end itself.
const APART: i64 = 300;

/// What a provider has pushed: server to server, so all of it is true.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedRequest {
    /// The provider's identifier of the person who is meant; nobody else may decide.
    pub subject: String,
    /// The name under which that person signs in, for the provider's own login page.
    pub login_hint: String,
    /// The client that asks, by its identifier.
    pub client_id: String,
    /// The client's name for people, where the operator has given it one.
    pub client_name: Option<String>,
    /// The reference.
    pub message: Option<BindingMessage>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Whether the scopes have to be shown and agreed to.
    pub consent: bool,
    /// The classes of sign-in of which one is demanded; empty where none is.
    pub acr_values: Vec<String>,
    /// When it came, in seconds since 1970.
    pub received_at: i64,
    /// When its time is over.
    pub expires_at: i64,
    /// With what the provider wants to be answered, in the implementation's own form (at Keycloak the
    /// bearer JWT). Whoever holds it can approve. Empty once nothing is to be answered any more.
    #[serde(skip_serializing, default = "nothing")]
    pub credential: Secret,
}

impl PushedRequest {
    /// Whether both say the same. When they came is no part of it, nor what our own configuration
    /// calls the client, nor the credential, which is gone with the answer.
    fn is_copy_of(&self, other: &Self) -> bool {
        let said = |request: &Self| Self {
            client_name: None,
            received_at: 0,
            credential: nothing(),
            ..request.clone()
        };
        said(self) == said(other)
    }
}

fn nothing() -> Secret {
    Secret::new("")
}

impl fmt::Debug for PushedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushedRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A request that was just pushed.
#[derive(Debug, Clone, Copy)]
pub struct NewPushedRequest<'a> {
    /// What was pushed.
    pub request: &'a PushedRequest,
    /// The provider's name for it, unique for ever (at Keycloak `iss` and `jti`): a push that comes
    /// twice makes one request.
    pub origin: &'a str,
    /// How the link reaches the customer, for the desk: `sms`, `email` or `link`.
    pub channel: &'a str,
    /// How the agent speaks with the customer, where the client has said it.
    pub contact: Option<Contact>,
    /// The key of its link, where the client has chosen one: it passes the link on itself, or follows
    /// the request by it.
    pub key: Option<&'a AuthReqId>,
    /// How many requests of this person may wait at a time, this one among them.
    pub most_open: i64,
}

/// What became of a push.
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is written, and its link has this key ([`crate::site::paths::pushed`]).
    New(AuthReqId),
    /// It was pushed before.
    Before,
    /// Another was pushed before under the same name: what stands stays.
    Changed,
    /// Another request has the key that the client has chosen.
    KeyTaken,
    /// The person has as many that wait as they may.
    TooMany,
}

/// Who answers a pushed request. The first to take it does, and the other never: at Keycloak the
/// second answer undoes the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answerer {
    /// The customer, by a decision.
    Customer,
    /// Our side: the agent has withdrawn it, or its link reaches nobody.
    Operator,
}

words!(Answerer {
    Customer = "customer",
    Operator = "operator",
});

/// A withdrawn request of which the provider has to be told.
#[derive(Debug)]
pub struct Withdrawn {
    /// The digest of its key.
    pub digest: String,
    /// What was pushed.
    pub request: PushedRequest,
}

/// The pushed requests of one storage.
#[derive(Debug, Clone)]
pub struct PushedRequests {
    storage: Storage,
    sealer: Sealer,
    ambient: Ambient,
    records: Records,
}

/// A pushed request could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The machine gave no randomness for the key.
    #[error("pushed request not written: no randomness")]
    Entropy(#[from] NoEntropy),
    /// It could not be sealed.
    #[error("pushed request not written: sealing failed")]
    Seal(#[from] SealError),
    /// Its record was not written.
    #[error("pushed request not written: recording failed")]
    Record(#[from] RecordError),
    /// The database.
    #[error("pushed request not written: database query failed")]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for PushError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl PushedRequests {
    /// The pushed requests of `storage`.
    pub fn new(storage: Storage, sealer: Sealer, ambient: Ambient, records: Records) -> Self {
        Self { storage, sealer, ambient, records }
    }

    /// Writes a pushed request.
    ///
    /// # Errors
    ///
    /// [`PushError`]; then nothing was written.
    pub async fn push(&self, new: NewPushedRequest<'_>) -> Result<Pushed, PushError> {
        let request = new.request;
        let key = match new.key {
            Some(key) => key.clone(),
            // 43 characters of base64url are an `auth_req_id` in form.
            None => {
                AuthReqId::parse(&self.ambient.entropy.token::<32>()?).map_err(|_| NoEntropy)?
            }
        };
        let origin = ids::digest(new.origin);
        let subject = self.subject(&request.subject);
        let mut transaction = self.storage.begin_alone(&subject).await?;
        let done = sqlx::query(
            "INSERT INTO site_pushed_requests (auth_req_hash, origin_hash, subject_hash, sealed, \
             credential, received_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT DO NOTHING",
        )
        .bind(digest(&key))
        .bind(origin.clone())
        .bind(subject.clone())
        .bind(self.sealer.seal(PURPOSE, request)?)
        .bind(self.sealer.seal(CREDENTIAL, &request.credential.expose())?)
        .bind(request.received_at)
        .bind(request.expires_at)
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            let known = sqlx::query(
                "SELECT auth_req_hash, sealed, credential FROM site_pushed_requests \
                 WHERE origin_hash = $1",
            )
            .bind(origin)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(known) = known else { return Ok(Pushed::KeyTaken) };
            let hash: String = known.try_get("auth_req_hash")?;
            let has_other_key = new.key.is_some_and(|key| digest(key) != hash);
            let is_another = self.read(&known)?.is_some_and(|before| !before.is_copy_of(request));
            return Ok(if has_other_key || is_another { Pushed::Changed } else { Pushed::Before });
        }
        let row = self.open_of(subject).fetch_one(&mut *transaction).await?;
        if row.try_get::<i64, _>("waiting")? > new.most_open {
            return Ok(Pushed::TooMany);
        }
        let record = NewRecord {
            auth_req_id: &key,
            login_hint: &request.login_hint,
            message: request.message.as_ref(),
            expires_at: request.expires_at,
            channel: new.channel,
            scope: &request.scopes.join(" "),
            contact: new.contact,
        };
        self.records.insert(record)?.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Pushed::New(key))
    }

    /// What was pushed.
    pub async fn find(&self, key: &AuthReqId) -> Result<Option<PushedRequest>, StorageError> {
        let row = sqlx::query(
            "SELECT sealed, credential FROM site_pushed_requests WHERE auth_req_hash = $1",
        )
        .bind(digest(key))
        .fetch_optional(self.storage.reader())
        .await?;
        row.map_or(Ok(None), |row| self.read(&row))
    }

    /// Reads `sealed` and `credential` of a row; nothing where nobody can read any more what was
    /// asked, because the key is gone.
    pub fn read(&self, row: &AnyRow) -> Result<Option<PushedRequest>, StorageError> {
        let request = self.sealer.open::<PushedRequest>(PURPOSE, row.try_get("sealed")?).ok();
        let credential: Option<String> =
            self.sealer.open(CREDENTIAL, row.try_get("credential")?).ok();
        Ok(request.map(|request| PushedRequest {
            credential: Secret::new(credential.unwrap_or_default()),
            ..request
        }))
    }

    /// Takes the right to answer a request, named by the [`digest`] of its key. `false`: the other side
    /// has it.
    pub async fn take(&self, digest: &str, who: Answerer) -> Result<bool, StorageError> {
        let taken = sqlx::query(
            "UPDATE site_pushed_requests SET answered_by = $1 \
             WHERE auth_req_hash = $2 AND answered_by IN ('', $1)",
        )
        .bind(who.as_str())
        .bind(digest.to_owned())
        .execute(self.storage.writer())
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Takes a withdrawn request of which the provider has not been told; for a while nobody else gets
    /// it. One whose customer's decision may be on its way is left alone.
    pub async fn take_withdrawn(&self) -> Result<Option<Withdrawn>, StorageError> {
        // One that nobody can open is not due again for a while, and the others do not wait for it.
        while let Some(row) = self.lease_withdrawn().await? {
            if let Some(request) = self.read(&row)? {
                return Ok(Some(Withdrawn { digest: row.try_get("auth_req_hash")?, request }));
            }
        }
        Ok(None)
    }

    async fn lease_withdrawn(&self) -> Result<Option<AnyRow>, StorageError> {
        let now = self.ambient.clock.unix();
        let statement = sqlx::query(
            "UPDATE site_pushed_requests SET answered_by = 'operator', due_at = $1 \
             WHERE auth_req_hash = (SELECT auth_req_hash FROM site_pushed_requests \
              WHERE auth_req_hash IN (SELECT auth_req_hash FROM site_requests \
               WHERE withdrawn_at IS NOT NULL AND expires_at > $3) \
              AND expires_at > $2 AND due_at <= $2 AND credential <> '' \
              AND answered_by <> 'customer' LIMIT 1) \
             AND due_at <= $2 AND answered_by <> 'customer' \
             RETURNING auth_req_hash, sealed, credential",
        )
        .bind(now + LEASE)
        .bind(now)
        .bind(now - APART);
        self.storage.change(statement).await
    }

    /// Lets a withdrawn request be taken again in some seconds.
    pub async fn postpone(&self, digest: &str) -> Result<(), StorageError> {
        sqlx::query("UPDATE site_pushed_requests SET due_at = $1 WHERE auth_req_hash = $2")
            .bind(self.ambient.clock.unix() + PAUSE)
            .bind(digest.to_owned())
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// How many requests for one person wait for an answer.
    pub async fn count_open(&self, subject: &str) -> Result<i64, StorageError> {
        let row = self.open_of(self.subject(subject)).fetch_one(self.storage.reader()).await?;
        Ok(row.try_get("waiting")?)
    }

    fn open_of(&self, subject: String) -> Query<'static, Any, AnyArguments<'static>> {
        sqlx::query(
            "SELECT COUNT(*) AS waiting FROM site_pushed_requests \
             WHERE subject_hash = $1 AND expires_at > $2 AND credential <> ''",
        )
        .bind(subject)
        .bind(self.ambient.clock.unix())
    }

    /// Forgets the credential of a request that was answered.
    pub async fn answered(&self, digest: &str) -> Result<(), StorageError> {
        sqlx::query("UPDATE site_pushed_requests SET credential = '' WHERE auth_req_hash = $1")
            .bind(digest.to_owned())
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Forgets the credentials of requests whose time is over, and later the rows.
    pub async fn clear(&self) -> Result<(), StorageError> {
        let now = self.ambient.clock.unix();
        sqlx::query(
            "UPDATE site_pushed_requests SET credential = '' \
             WHERE expires_at <= $1 AND credential <> ''",
        )
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        sqlx::query("DELETE FROM site_pushed_requests WHERE expires_at < $1")
            .bind(now - RETENTION)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    fn subject(&self, subject: &str) -> String {
        self.sealer.keyed_digest(PURPOSE, &[subject.as_bytes()])
    }
}

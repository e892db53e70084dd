//! The requests that our own operator's side has started, as both sides know them.
//!
//! The provider has no look-up. With a record the site knows the true message, person and expiry of
//! a request and refuses others; without one it says no more than it knows. In the other direction
//! the desk reads here how far the customer has come.

mod ending;
mod step;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

use ciba::{AuthReqId, BindingMessage, Contact, RequestHandle};
use platform::clock::SharedClock;
use platform::ids;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};
use transmit::{BackchannelRequest, EmailAddress, Started};

pub use ending::{Closed, CustomerSteps, Ending, EndingText};
pub use step::{MailWay, Reporter, Step};

const PURPOSE: &str = "site.record";
const EMAIL_PURPOSE: &str = "site.record.email";

/// When a decision of the customer's was last heard of that the provider has not confirmed, of the
/// request in a row of this table: it is being sent, or nobody knows for certain whether it was taken.
macro_rules! unconfirmed {
    ($table:literal) => {
        concat!(
            "(SELECT MAX(told.updated_at) FROM site_decisions AS told \
             WHERE told.auth_req_hash = ",
            $table,
            ".auth_req_hash AND (told.state IN ('claimed', 'sent', 'unknown', 'unclear') \
              OR (told.state = 'sign_in' AND told.unanswered > 0) OR told.presumed = 1)) \
             AS unconfirmed_at"
        )
    };
}

pub(crate) use unconfirmed;

/// The columns of a record, of the table as `asked`.
pub const COLUMNS: &str = concat!(
    "asked.handle, asked.login_hint, asked.channel, asked.created_at, \
     asked.expires_at, asked.opened_at, asked.signed_in_at, asked.reported_at, asked.reported_by, \
     asked.decided_at, asked.outcome, asked.scope, asked.contact, asked.withdrawn_at, \
     asked.unreachable_at, asked.wrong_reference_at, asked.wrong_account_at, \
     asked.sign_in_failures, asked.known_email, asked.signed_in_by, ",
    unconfirmed!("asked")
);

/// Seconds for which a record outlives its request.
const RETENTION: i64 = 24 * 3600;

/// The records of one storage.
#[derive(Debug, Clone)]
pub struct Records {
    storage: Storage,
    sealer: Sealer,
    clock: SharedClock,
}

/// A request that was just started.
#[derive(Debug, Clone, Copy)]
pub struct NewRecord<'a> {
    /// The provider's name for it.
    pub auth_req_id: &'a AuthReqId,
    /// For whom: an address, a phone number, or the provider's identifier of the customer.
    pub login_hint: &'a str,
    /// The message that both sides see.
    pub message: Option<&'a BindingMessage>,
    /// When its time is over, in seconds since 1970.
    pub expires_at: i64,
    /// How the link reaches the customer: `sms`, `email` or `link`.
    pub channel: &'a str,
    /// What is asked for, separated by spaces.
    pub scope: &'a str,
    /// How the agent speaks with the customer, where they have said it.
    pub contact: Option<Contact>,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its public name, which holds the message.
    pub handle: RequestHandle,
    /// For whom it is.
    pub login_hint: PersonHint,
    /// Their address, where the operator's side knows it, or has named them by it.
    pub email: Option<EmailAddress>,
    /// The same, where it is known to be verified.
    pub known_email: Option<EmailAddress>,
    /// How the link reaches the customer.
    pub channel: String,
    /// What is asked for; empty where that is not known.
    pub scopes: Vec<String>,
    /// When it was started, in seconds since 1970.
    pub created_at: i64,
    /// When its time is over.
    pub expires_at: i64,
    /// What the customer, and the agent, have done since.
    pub steps: CustomerSteps,
    /// The confirmed decision: `approve` or `deny`.
    pub outcome: Option<String>,
    /// How the agent speaks with the customer, where they have said it.
    pub contact: Option<Contact>,
}

/// What became of a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// The request is withdrawn, by this call or before it.
    Withdrawn,
    /// A customer has decided before, or is deciding: the provider has it, or may have it.
    Decided,
    /// There is no such record.
    Unknown,
}

/// A record could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The login hint could not be sealed.
    #[error("request not recorded")]
    Seal(#[from] SealError),
    /// The database did not take it.
    #[error("request not recorded")]
    Storage(#[from] StorageError),
}

impl Records {
    /// The records of `storage`.
    pub fn new(storage: Storage, sealer: Sealer, clock: SharedClock) -> Self {
        Self { storage, sealer, clock }
    }

    /// Records a request that was just started.
    pub async fn record(&self, new: NewRecord<'_>) -> Result<(), RecordError> {
        let statement = self.insert(new)?;
        statement.execute(self.storage.writer()).await.map_err(StorageError::from)?;
        Ok(())
    }

    /// Records a request that the provider has taken.
    pub async fn record_started(
        &self,
        request: &BackchannelRequest,
        channel: &str,
        started: &Started,
        expires_at: i64,
    ) -> Result<(), RecordError> {
        self.record(NewRecord {
            auth_req_id: started.on_record(),
            login_hint: &request.login_hint,
            message: request.binding_message.as_ref(),
            expires_at,
            channel,
            scope: &request.scope,
            contact: request.contact,
        })
        .await?;
        if let Some(key) = &started.link_key {
            self.name(key, &started.auth_req_id).await?;
        }
        Ok(())
    }

    /// The statement that records a request, for whoever writes more than that at once.
    pub fn insert(
        &self,
        new: NewRecord<'_>,
    ) -> Result<Query<'static, Any, AnyArguments<'static>>, RecordError> {
        Ok(sqlx::query(
            "INSERT INTO site_requests \
             (auth_req_hash, handle, login_hint, channel, created_at, expires_at, scope, contact) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (auth_req_hash) DO NOTHING",
        )
        .bind(digest(new.auth_req_id))
        .bind(RequestHandle::of(new.auth_req_id, new.message).as_str().to_owned())
        .bind(self.sealer.seal(PURPOSE, &new.login_hint)?)
        .bind(new.channel.to_owned())
        .bind(self.clock.unix())
        .bind(new.expires_at)
        .bind(new.scope.to_owned())
        .bind(new.contact.map(Contact::as_str).unwrap_or_default()))
    }

    /// Adds the customer's verified address to a request, where it is known and not the login hint.
    pub async fn add_email(
        &self,
        auth_req_id: &AuthReqId,
        email: &EmailAddress,
    ) -> Result<(), RecordError> {
        sqlx::query("UPDATE site_requests SET known_email = $1 WHERE auth_req_hash = $2")
            .bind(self.sealer.seal(EMAIL_PURPOSE, email)?)
            .bind(digest(auth_req_id))
            .execute(self.storage.writer())
            .await
            .map_err(StorageError::from)?;
        Ok(())
    }

    /// What is known of a request.
    pub async fn find(&self, auth_req_id: &AuthReqId) -> Result<Option<Record>, StorageError> {
        self.find_by(&digest(auth_req_id)).await
    }

    /// What is known of the request of this [`digest`].
    pub async fn find_by(&self, digest: &str) -> Result<Option<Record>, StorageError> {
        let statement =
            format!("SELECT {COLUMNS} FROM site_requests AS asked WHERE asked.auth_req_hash = $1");
        let row = sqlx::query(&statement)
            .bind(digest.to_owned())
            .fetch_optional(self.storage.reader())
            .await?;
        row.map_or(Ok(None), |row| self.read(&row))
    }

    /// Reads a row's [`COLUMNS`]; nothing where its handle is none.
    pub fn read(&self, row: &AnyRow) -> Result<Option<Record>, StorageError> {
        let Ok(handle) = RequestHandle::parse(row.try_get("handle")?) else { return Ok(None) };
        // Sealed with a key that is gone: the person is not known, which is no reason to refuse.
        let login_hint: String =
            self.sealer.open(PURPOSE, row.try_get("login_hint")?).unwrap_or_default();
        let known: String = row.try_get("known_email")?;
        let known_email: Option<EmailAddress> = self.sealer.open(EMAIL_PURPOSE, &known).ok();
        let email = known_email.clone().or_else(|| EmailAddress::parse(&login_hint).ok());
        let scope: String = row.try_get("scope")?;
        let contact: String = row.try_get("contact")?;
        Ok(Some(Record {
            scopes: scope.split_ascii_whitespace().map(str::to_owned).collect(),
            handle,
            login_hint: PersonHint(login_hint),
            email,
            known_email,
            channel: row.try_get("channel")?,
            created_at: row.try_get("created_at")?,
            expires_at: row.try_get("expires_at")?,
            steps: CustomerSteps::read(row)?,
            outcome: row.try_get("outcome")?,
            contact: contact.parse().ok(),
        }))
    }

    /// Notes the name that the provider has told its operator's side for a request that it has
    /// pushed, so that whoever knows only that one finds it ([`Records::known_as`]).
    pub async fn name(&self, key: &AuthReqId, at_provider: &AuthReqId) -> Result<(), StorageError> {
        sqlx::query("UPDATE site_requests SET provider_hash = $1 WHERE auth_req_hash = $2")
            .bind(digest(at_provider))
            .bind(digest(key))
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// The [`digest`] under which a request is on record that the operator's side knows by this name.
    pub async fn known_as(&self, at_provider: &AuthReqId) -> Result<String, StorageError> {
        let own = digest(at_provider);
        let row = sqlx::query("SELECT auth_req_hash FROM site_requests WHERE provider_hash = $1")
            .bind(own.clone())
            .fetch_optional(self.storage.reader())
            .await?;
        Ok(row.map(|row| row.try_get("auth_req_hash")).transpose()?.unwrap_or(own))
    }

    /// Withdraws a request that nobody has decided and nobody is deciding: what the provider may have
    /// taken is not withdrawn any more; a decision that never reached it gives way. What is withdrawn
    /// ends on every page that shares this storage, and no decision is claimed after it; a provider that
    /// knows a way to cancel is told afterwards by the site (`site::decision::resume`). The request is
    /// named by its [`digest`], which whoever has lost the key still knows.
    pub async fn withdraw(&self, digest: &str) -> Result<Withdrawal, StorageError> {
        let statement = sqlx::query(
            "UPDATE site_requests SET withdrawn_at = $1 \
             WHERE auth_req_hash = $2 AND withdrawn_at IS NULL AND decided_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM site_decisions WHERE auth_req_hash = $2 \
              AND (state IN ('claimed', 'sent', 'confirmed', 'unclear') \
               OR (state IN ('unknown', 'sign_in') AND unanswered > 0))) \
             RETURNING withdrawn_at",
        )
        .bind(self.clock.unix())
        .bind(digest.to_owned());
        if self.storage.change_alone(&decision_lock(digest), statement).await?.is_some() {
            return Ok(Withdrawal::Withdrawn);
        }
        let row = sqlx::query("SELECT withdrawn_at FROM site_requests WHERE auth_req_hash = $1")
            .bind(digest)
            .fetch_optional(self.storage.writer())
            .await?;
        let Some(row) = row else { return Ok(Withdrawal::Unknown) };
        let withdrawn_at: Option<i64> = row.try_get("withdrawn_at")?;
        Ok(withdrawn_at.map_or(Withdrawal::Decided, |_| Withdrawal::Withdrawn))
    }

    /// Notes a step of the customer. What is kept of most is when it was taken first. A sign-in that
    /// succeeds or fails has opened the request, too.
    pub async fn note(&self, auth_req_id: &AuthReqId, step: Step) -> Result<(), StorageError> {
        let statement = match step {
            Step::Opened => {
                "UPDATE site_requests SET opened_at = $1 \
                 WHERE auth_req_hash = $2 AND opened_at IS NULL"
            }
            Step::SignedIn(by_mail) => return self.signed_in(auth_req_id, by_mail).await,
            Step::WrongAccount => {
                "UPDATE site_requests SET wrong_account_at = $1, \
                 opened_at = COALESCE(opened_at, $1) \
                 WHERE auth_req_hash = $2 AND wrong_account_at IS NULL"
            }
            // A request that anybody may try without end must not count without end.
            Step::SignInFailed => {
                "UPDATE site_requests SET sign_in_failures = sign_in_failures + 1, \
                 opened_at = COALESCE(opened_at, $1) \
                 WHERE auth_req_hash = $2 AND expires_at > $1 AND sign_in_failures < 1000"
            }
            Step::WrongReference => {
                "UPDATE site_requests SET wrong_reference_at = $1 \
                 WHERE auth_req_hash = $2 AND wrong_reference_at IS NULL"
            }
            Step::Reported(Reporter::LinkHolder) => {
                "UPDATE site_requests SET reported_at = $1, reported_by = 'link_holder' \
                 WHERE auth_req_hash = $2 AND reported_at IS NULL"
            }
            Step::Unreachable => {
                "UPDATE site_requests SET unreachable_at = $1 \
                 WHERE auth_req_hash = $2 AND unreachable_at IS NULL"
            }
            // The customer's own word counts for more than that of whoever came first.
            Step::Reported(Reporter::Customer) => {
                "UPDATE site_requests SET reported_at = $1, reported_by = 'customer' \
                 WHERE auth_req_hash = $2 AND (reported_at IS NULL OR reported_by <> 'customer')"
            }
        };
        sqlx::query(statement)
            .bind(self.clock.unix())
            .bind(digest(auth_req_id))
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    async fn signed_in(
        &self,
        auth_req_id: &AuthReqId,
        by_mail: Option<MailWay>,
    ) -> Result<(), StorageError> {
        sqlx::query(
            "UPDATE site_requests SET signed_in_at = COALESCE(signed_in_at, $1), \
             opened_at = COALESCE(opened_at, $1), signed_in_by = $3, wrong_account_at = NULL \
             WHERE auth_req_hash = $2 AND (signed_in_at IS NULL OR wrong_account_at IS NOT NULL \
              OR signed_in_by <> $3)",
        )
        .bind(self.clock.unix())
        .bind(digest(auth_req_id))
        .bind(by_mail.map(MailWay::as_str).unwrap_or_default())
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Removes the records whose requests are long over.
    pub async fn clear(&self) -> Result<(), StorageError> {
        sqlx::query("DELETE FROM site_requests WHERE expires_at < $1")
            .bind(self.clock.unix() - RETENTION)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

/// For whom a request is: an unproven hint until a sign-in has shown it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PersonHint(String);

impl std::fmt::Debug for PersonHint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonHint(hidden)")
    }
}

impl PersonHint {
    /// The hint.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands in rows for an `auth_req_id`, which is never stored in the clear.
pub fn digest(auth_req_id: &AuthReqId) -> String {
    ids::digest(auth_req_id.as_str())
}

/// The lock under which a request is claimed for a decision, or withdrawn: one of both.
pub fn decision_lock(digest: &str) -> String {
    format!("decision of {digest}")
}

impl From<&str> for PersonHint {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

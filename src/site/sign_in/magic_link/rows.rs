//! The mails that were asked for: queued, sent by a worker, and used once.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Row;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::limits::{
    self, FOR_A_RECORD, IN_ALL, MailRequest, PER_ADDRESS, PER_ADDRESS_AND_NETWORK,
    PER_ADDRESS_AND_RECORD, PER_NETWORK, TooMany,
};
use crate::records::digest;
use crate::site::identity::SignInMail;
use crate::site::pick;
use crate::site::request::HeldRequest;
use crate::site::request::pushed::PushedRequest;
use ciba::{BindingMessage, email};
use messages::texts::Language;
use platform::ambient::Ambient;
use platform::client_network::ClientNetwork;
use platform::ids::NoEntropy;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};
use transmit::EmailAddress;

const PURPOSE: &str = "site.mail";
const KNOWN_PURPOSE: &str = "site.mail.known";
const NETWORK_PURPOSE: &str = "site.mail.network";

/// Seconds for which a worker holds a mail; longer than its two calls can take.
const LEASE: i64 = 60;
/// Seconds after which a mail that nobody has taken is called late.
const LATE: i64 = 10;
/// Wrong picks of the reference after which a link is over in browsers that do not hold the request,
/// in all of them together: a robot with fresh cookies would soon have tried all three.
const MOST_WRONG_PICKS: i64 = 1;
/// Codes that may be tried for one mail.
const MOST_CODE_TRIES: i64 = 5;
/// Codes that may be tried for all mails to one address in so many seconds, or for a request on record:
/// a stranger's tries for invented requests are none of a customer's whom an agent has asked. Whether
/// anybody has the address makes no difference.
const CODE_TRIES: (i64, i64) = (10, 30 * 60);
/// Seconds for which a row outlives its mail. Rows are kept so limits can count them, and used links
/// look like live ones.
const KEPT: i64 = 3600;

/// The mails of one storage.
#[derive(Debug, Clone)]
pub struct Mails {
    storage: Storage,
    sealer: Sealer,
    ambient: Ambient,
    minutes: u16,
}

/// A mail that was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mail {
    /// The `state` of its link: 128 random bits. Only its hash is a key in storage.
    pub state: String,
    /// To whom.
    pub address: EmailAddress,
    /// What it was asked for.
    pub request: HeldRequest,
    /// The references to choose from in another browser; `None` where the reference is too short for
    /// plausible decoys.
    pub choices: Option<Vec<BindingMessage>>,
    /// The tag of the language in which it is written.
    pub language: String,
    /// The code that was put into it: what is typed is compared here, so that no wrong code reaches the
    /// provider, which would lock the customer out. A mail to nobody has none.
    #[serde(default)]
    pub code: Option<String>,
}

impl Mail {
    /// The mail for whoever sends or redeems it. `pushed`: its request, where the provider has pushed it.
    pub fn sent<'a>(&'a self, pushed: Option<&'a PushedRequest>) -> SignInMail<'a> {
        let Self { state, address, code, .. } = self;
        SignInMail { state, address, code: code.as_deref(), pushed }
    }
}

/// A mail that is to be sent now.
#[derive(Debug)]
pub struct DueMail {
    /// The mail.
    pub mail: Mail,
    /// Seconds since it was asked for.
    pub age: i64,
}

/// A mail, or its code, is not to be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// A code is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTried {
    /// The mail is used, over, or had all its tries.
    Spent,
    /// Too many were tried for its address, or its request.
    TooMany,
}

/// Where a link is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPlace {
    /// In a browser that holds the request: the link alone is proof.
    WhereAsked,
    /// In another, where the reference was picked.
    Elsewhere,
}

/// The mails could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The machine gave no randomness.
    #[error("queue a mail")]
    Entropy(#[from] NoEntropy),
    /// It could not be sealed.
    #[error("queue a mail")]
    Seal(#[from] SealError),
    /// The database.
    #[error("use the queue of mails")]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for MailError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// The public name of a mail: a hash of its state.
pub fn key(state: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(state.as_bytes()))
}

impl Mails {
    /// The mails of `storage`, good for `minutes`.
    pub fn new(storage: Storage, sealer: Sealer, ambient: Ambient, minutes: u16) -> Self {
        Self { storage, sealer, ambient, minutes }
    }

    /// Queues a mail, unless there were too many. Whether anybody has the address is not looked at.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn queue(
        &self,
        address: &EmailAddress,
        request: &HeldRequest,
        language: Language,
        network: Option<ClientNetwork>,
    ) -> Result<Result<Mail, TooMany>, MailError> {
        self.queue_as(PURPOSE, address, request, language, network).await
    }

    /// Queues a mail to the address that is known for the request. It has the same limits, counted
    /// apart.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    ///
    /// # Security
    ///
    /// Counted together, the refusal of one of the two would tell whoever has the link that the
    /// address they have typed is the known one, of which they see the first letter only.
    pub async fn queue_known(
        &self,
        address: &EmailAddress,
        request: &HeldRequest,
        language: Language,
        network: Option<ClientNetwork>,
    ) -> Result<Result<Mail, TooMany>, MailError> {
        self.queue_as(KNOWN_PURPOSE, address, request, language, network).await
    }

    async fn queue_as(
        &self,
        counted: &str,
        address: &EmailAddress,
        request: &HeldRequest,
        language: Language,
        network: Option<ClientNetwork>,
    ) -> Result<Result<Mail, TooMany>, MailError> {
        let mail = Mail {
            state: self.ambient.entropy.token::<16>()?,
            address: address.clone(),
            request: request.clone(),
            choices: pick::choices(&self.sealer, request),
            language: language.tag().to_owned(),
            code: None,
        };
        let now = self.ambient.clock.unix();
        // However it is written, it shares a mailbox nearly everywhere: one limit for all.
        let address = email::normal_form(address.as_str());
        let fingerprint =
            URL_SAFE_NO_PAD.encode(self.sealer.keyed_hash(counted, &[address.as_bytes()]));
        let network = network.map(|network| {
            URL_SAFE_NO_PAD.encode(self.sealer.keyed_hash(NETWORK_PURPOSE, &[&network.octets()]))
        });
        let network = network.unwrap_or_default();
        let ([short, long], [short_of_record, long_of_record]) =
            (PER_ADDRESS, PER_ADDRESS_AND_RECORD);
        let handle = request.handle();
        // For anybody, or for a request on record.
        let statement = sqlx::query(
            "INSERT INTO site_mails (key_hash, handle, address, sealed, queued_at, expires_at, \
             lease_until, attempts, wrong_picks, code_tries, network) \
             SELECT $1, $2, $3, $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT), 0, 0, 0, 0, $7 WHERE \
             ((SELECT COUNT(*) FROM site_mails WHERE address = $3 AND queued_at > $8) < $9 AND \
              (SELECT COUNT(*) FROM site_mails WHERE address = $3 AND queued_at > $10) < $11 AND \
              (SELECT COUNT(*) FROM site_mails WHERE address = $3 AND network = $7 \
               AND queued_at > $12) < $13 AND \
              (SELECT COUNT(*) FROM site_mails WHERE queued_at > $14) < $15 AND \
              ($7 = '' OR (SELECT COUNT(*) FROM site_mails WHERE network = $7 \
               AND queued_at > $16) < $17)) \
             OR (EXISTS (SELECT 1 FROM site_requests WHERE auth_req_hash = $18 AND handle = $2 \
               AND expires_at > $5 AND decided_at IS NULL AND withdrawn_at IS NULL) AND \
              (SELECT COUNT(*) FROM site_mails WHERE handle = $2 AND queued_at > $19) < $20 AND \
              (SELECT COUNT(*) FROM site_mails WHERE handle = $2 AND address = $3 \
               AND queued_at > $21) < $22 AND \
              (SELECT COUNT(*) FROM site_mails WHERE handle = $2 AND address = $3 \
               AND queued_at > $23) < $24)",
        )
        .bind(key(&mail.state))
        .bind(handle.as_str().to_owned())
        .bind(fingerprint.clone())
        .bind(self.sealer.seal(PURPOSE, &mail)?)
        .bind(now)
        .bind(now + i64::from(self.minutes) * 60)
        .bind(network.clone())
        .bind(now - short.1)
        .bind(short.0)
        .bind(now - long.1)
        .bind(long.0)
        .bind(now - PER_ADDRESS_AND_NETWORK.1)
        .bind(PER_ADDRESS_AND_NETWORK.0)
        .bind(now - IN_ALL.1)
        .bind(IN_ALL.0)
        .bind(now - PER_NETWORK.1)
        .bind(PER_NETWORK.0)
        .bind(digest(&request.auth_req_id))
        .bind(now - FOR_A_RECORD.1)
        .bind(FOR_A_RECORD.0)
        .bind(now - short_of_record.1)
        .bind(short_of_record.0)
        .bind(now - long_of_record.1)
        .bind(long_of_record.0);
        if self.storage.write_if_room("mails", statement).await? {
            return Ok(Ok(mail));
        }
        let asked = MailRequest {
            digest: &digest(&request.auth_req_id),
            handle: handle.as_str(),
            address: &fingerprint,
            network: &network,
        };
        Ok(Err(TooMany { wait: limits::wait(&self.storage, &asked, now).await? }))
    }

    /// Takes a mail that is to be sent; nobody else gets it while the lease lasts. It is tried for as
    /// long as its link would be good.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn take_due(&self) -> Result<Option<DueMail>, MailError> {
        loop {
            let now = self.ambient.clock.unix();
            let statement = sqlx::query(
                "UPDATE site_mails SET lease_until = $1, attempts = attempts + 1 \
                 WHERE key_hash = (SELECT key_hash FROM site_mails WHERE sent_at IS NULL \
                  AND lease_until <= $2 AND expires_at > $2 \
                  ORDER BY lease_until, queued_at LIMIT 1) \
                 AND sent_at IS NULL AND lease_until <= $2 RETURNING key_hash, sealed, queued_at",
            )
            .bind(now + LEASE)
            .bind(now);
            let Some(row) = self.storage.change(statement).await? else { return Ok(None) };
            let sealed: String = row.try_get("sealed")?;
            if let Ok(mail) = self.sealer.open(PURPOSE, &sealed) {
                return Ok(Some(DueMail { mail, age: now - row.try_get::<i64, _>("queued_at")? }));
            }
            tracing::error!("a queued mail was sealed with a key that is gone; it is not sent");
            self.end(row.try_get("key_hash")?).await?;
        }
    }

    /// Ends every lease: for a start at which no other process is there to hold one.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn end_leases(&self) -> Result<(), MailError> {
        sqlx::query(
            "UPDATE site_mails SET lease_until = 0 WHERE sent_at IS NULL AND lease_until > 0",
        )
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Whether the provider has not taken a mail yet, and should have. It says nothing of who has the
    /// address: a provider that is away is away for everybody.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn is_late(&self, state: &str) -> Result<bool, MailError> {
        let row = sqlx::query(
            "SELECT 1 FROM site_mails WHERE key_hash = $1 AND sent_at IS NULL AND queued_at <= $2",
        )
        .bind(key(state))
        .bind(self.ambient.clock.unix() - LATE)
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(row.is_some())
    }

    /// Whether somebody has signed in by a mail, by its link or its code.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn is_used(&self, state: &str) -> Result<bool, MailError> {
        let row =
            sqlx::query("SELECT 1 FROM site_mails WHERE key_hash = $1 AND consumed_by IS NOT NULL")
                .bind(key(state))
                .fetch_optional(self.storage.reader())
                .await?;
        Ok(row.is_some())
    }

    /// Notes that a mail was sent, or that there is nobody to send it to.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn sent(&self, mail: &Mail) -> Result<(), MailError> {
        self.end(key(&mail.state)).await
    }

    async fn end(&self, key: String) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET sent_at = $1 WHERE key_hash = $2")
            .bind(self.ambient.clock.unix())
            .bind(key)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Lets go of a mail that could not be sent, to be tried again in `seconds`.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn postpone(&self, mail: &Mail, seconds: i64) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET lease_until = $1 WHERE key_hash = $2")
            .bind(self.ambient.clock.unix().saturating_add(seconds))
            .bind(key(&mail.state))
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// The mail of a link, used or not: its page looks the same.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn find(&self, state: &str) -> Result<Option<Mail>, MailError> {
        let row = sqlx::query("SELECT sealed FROM site_mails WHERE key_hash = $1")
            .bind(key(state))
            .fetch_optional(self.storage.reader())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: String = row.try_get("sealed")?;
        Ok(self.sealer.open(PURPOSE, &sealed).ok())
    }

    /// Consumes a mail: once, and only within its time. A wrong pick has ended it elsewhere, and
    /// nowhere else: whoever has the link alone must not be able to end it for whoever asked. The
    /// answer is who has consumed it, with which [`Mails::release`] gives it back where the provider
    /// was away.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn consume(
        &self,
        state: &str,
        place: LinkPlace,
    ) -> Result<Result<String, Refused>, MailError> {
        let most_wrong_picks = match place {
            LinkPlace::WhereAsked => i64::MAX,
            LinkPlace::Elsewhere => MOST_WRONG_PICKS,
        };
        let consumer = self.ambient.entropy.token::<16>()?;
        let done = sqlx::query(
            "UPDATE site_mails SET consumed_by = $1 WHERE key_hash = $2 \
             AND consumed_by IS NULL AND expires_at > $3 AND wrong_picks < $4",
        )
        .bind(consumer.clone())
        .bind(key(state))
        .bind(self.ambient.clock.unix())
        .bind(most_wrong_picks)
        .execute(self.storage.writer())
        .await?;
        Ok(if done.rows_affected() == 1 { Ok(consumer) } else { Err(Refused) })
    }

    /// Gives a mail back that was consumed and could not be redeemed, because the provider was
    /// away. The provider redeems once, so nothing is good twice by this.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn release(&self, state: &str, consumer: &str) -> Result<(), MailError> {
        sqlx::query(
            "UPDATE site_mails SET consumed_by = NULL WHERE key_hash = $1 AND consumed_by = $2",
        )
        .bind(key(state))
        .bind(consumer.to_owned())
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Counts a wrong pick of the reference.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn picked_wrong(&self, state: &str) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET wrong_picks = wrong_picks + 1 WHERE key_hash = $1")
            .bind(key(state))
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Keeps the code that is put into a mail, before it is sent.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn keep_code(&self, mail: &Mail) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET sealed = $1 WHERE key_hash = $2")
            .bind(self.sealer.seal(PURPOSE, mail)?)
            .bind(key(&mail.state))
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Counts a try of the code, before it is looked at.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn try_code(&self, mail: &Mail) -> Result<Result<(), NotTried>, MailError> {
        let now = self.ambient.clock.unix();
        let statement = sqlx::query(
            "UPDATE site_mails SET code_tries = code_tries + 1 WHERE key_hash = $1 \
             AND code_tries < $2 AND consumed_by IS NULL AND expires_at > $3 AND CASE WHEN EXISTS \
             (SELECT 1 FROM site_requests WHERE auth_req_hash = $4 AND expires_at > $3 \
              AND decided_at IS NULL AND withdrawn_at IS NULL \
              AND site_requests.handle = site_mails.handle) \
             THEN (SELECT COALESCE(SUM(code_tries), 0) FROM site_mails AS tried \
              WHERE tried.handle = site_mails.handle AND tried.queued_at > $5) \
             ELSE (SELECT COALESCE(SUM(code_tries), 0) FROM site_mails AS tried \
              WHERE tried.address = site_mails.address AND tried.queued_at > $5) END < $6",
        )
        .bind(key(&mail.state))
        .bind(MOST_CODE_TRIES)
        .bind(now)
        .bind(digest(&mail.request.auth_req_id))
        .bind(now - CODE_TRIES.1)
        .bind(CODE_TRIES.0);
        let lock = format!("code tries for {}", email::normal_form(mail.address.as_str()));
        if self.storage.write_if_room(&lock, statement).await? {
            return Ok(Ok(()));
        }
        let row = sqlx::query(
            "SELECT 1 FROM site_mails WHERE key_hash = $1 \
             AND code_tries < $2 AND consumed_by IS NULL AND expires_at > $3",
        )
        .bind(key(&mail.state))
        .bind(MOST_CODE_TRIES)
        .bind(now)
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(Err(row.map_or(NotTried::Spent, |_| NotTried::TooMany)))
    }

    /// Deletes rows older than every rate limit's window.
    ///
    /// # Errors
    ///
    /// [`MailError`]
    pub async fn clear(&self) -> Result<(), MailError> {
        sqlx::query("DELETE FROM site_mails WHERE expires_at < $1")
            .bind(self.ambient.clock.unix() - KEPT)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

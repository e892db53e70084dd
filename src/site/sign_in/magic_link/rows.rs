//! The mails that were asked for. How they are sent is in `sending`, how they are used in `redeeming`.

mod redeeming;
mod sending;

pub use redeeming::{END_USES, LinkPlace, MailUse, NotTried, Refused};
pub use sending::{DueMail, END_LEASES};

use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::limits::{
    self, FOR_A_RECORD, IN_ALL, MailRequest, PER_ADDRESS, PER_ADDRESS_AND_NETWORK,
    PER_ADDRESS_AND_RECORD, PER_NETWORK, TooMany,
};
use crate::records::digest;
use crate::site::failure::Fault;
use crate::site::identity::SignInMail;
use crate::site::pick;
use crate::site::request::HeldRequest;
use crate::site::request::pushed::PushedRequest;
use ciba::{BindingMessage, email};
use messages::texts::Language;
use platform::ambient::Ambient;
use platform::client_network::ClientNetwork;
use platform::ids::{self, NoEntropy};
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};
use transmit::EmailAddress;

const PURPOSE: &str = "site.mail";
const KNOWN_PURPOSE: &str = "site.mail.known";
const NETWORK_PURPOSE: &str = "site.mail.network";

/// Queues a mail where every limit has room: those for anybody, or those for a request on record and open.
/// It counts and writes at once ([`Storage::write_if_room`]): of two mails at the same time no more go through
/// than may.
const QUEUE: &str = "INSERT INTO site_mails (key_hash, handle, address, sealed, queued_at, expires_at, \
     lease_until, attempts, wrong_picks, code_tries, network) \
     SELECT $1, $2, $3, $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT), 0, 0, 0, 0, $7 WHERE \
     ((SELECT COUNT(*) FROM site_mails WHERE address = $3 AND queued_at > $8) < $9 AND \
      (SELECT COUNT(*) FROM site_mails WHERE address = $3 AND queued_at > $10) < $11 AND \
      (SELECT COUNT(*) FROM site_mails WHERE address = $3 AND network = $7 \
       AND queued_at > $12) < $13 AND \
      (SELECT COUNT(*) FROM site_mails WHERE queued_at > $14) < $15 AND \
      ($7 = '' OR (SELECT COUNT(*) FROM site_mails WHERE network = $7 \
       AND network <> '' AND queued_at > $16) < $17)) \
     OR (EXISTS (SELECT 1 FROM site_requests WHERE auth_req_hash = $18 AND handle = $2 \
       AND expires_at > $5 AND decided_at IS NULL AND withdrawn_at IS NULL) AND \
      (SELECT COUNT(*) FROM site_mails WHERE handle = $2 AND queued_at > $19) < $20 AND \
      (SELECT COUNT(*) FROM site_mails WHERE handle = $2 AND address = $3 \
       AND queued_at > $21) < $22 AND \
      (SELECT COUNT(*) FROM site_mails WHERE handle = $2 AND address = $3 \
       AND queued_at > $23) < $24)";

/// Seconds for which a row outlives its mail. Rows are kept so limits can count them, and used links
/// look like live ones.
const RETENTION: i64 = 3600;

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

/// The mails could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The machine gave no randomness.
    #[error("mail not queued")]
    Entropy(#[from] NoEntropy),
    /// It could not be sealed.
    #[error("mail not queued")]
    Seal(#[from] SealError),
    /// The database.
    #[error("the queue of mails could not be read or written")]
    Storage(#[from] StorageError),
}

impl Fault for MailError {}

impl From<sqlx::Error> for MailError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// The public name of a mail: a hash of its state.
pub fn key(state: &str) -> String {
    ids::digest(state)
}

impl Mails {
    /// The mails of `storage`, good for `minutes`.
    pub fn new(storage: Storage, sealer: Sealer, ambient: Ambient, minutes: u16) -> Self {
        Self { storage, sealer, ambient, minutes }
    }

    /// Queues a mail, unless there were too many. Whether anybody has the address is not looked at.
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
        let fingerprint = self.sealer.keyed_digest(counted, &[address.as_bytes()]);
        let network = network
            .map(|network| self.sealer.keyed_digest(NETWORK_PURPOSE, &[&network.octets()]))
            .unwrap_or_default();
        let ([short, long], [short_of_record, long_of_record]) =
            (PER_ADDRESS, PER_ADDRESS_AND_RECORD);
        let handle = request.handle();
        let statement = sqlx::query(QUEUE)
            .bind(key(&mail.state))
            .bind(handle.as_str().to_owned())
            .bind(fingerprint.clone())
            .bind(self.sealer.seal(PURPOSE, &mail)?)
            .bind(now)
            .bind(now + i64::from(self.minutes) * 60)
            .bind(network.clone())
            .bind(short.since(now))
            .bind(short.most)
            .bind(long.since(now))
            .bind(long.most)
            .bind(PER_ADDRESS_AND_NETWORK.since(now))
            .bind(PER_ADDRESS_AND_NETWORK.most)
            .bind(IN_ALL.since(now))
            .bind(IN_ALL.most)
            .bind(PER_NETWORK.since(now))
            .bind(PER_NETWORK.most)
            .bind(digest(&request.auth_req_id))
            .bind(FOR_A_RECORD.since(now))
            .bind(FOR_A_RECORD.most)
            .bind(short_of_record.since(now))
            .bind(short_of_record.most)
            .bind(long_of_record.since(now))
            .bind(long_of_record.most);
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

    /// The mail of a link, used or not: its page looks the same.
    pub async fn find(&self, state: &str) -> Result<Option<Mail>, MailError> {
        let row = sqlx::query("SELECT sealed FROM site_mails WHERE key_hash = $1")
            .bind(key(state))
            .fetch_optional(self.storage.reader())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: String = row.try_get("sealed")?;
        Ok(self.sealer.open(PURPOSE, &sealed).ok())
    }

    /// Deletes rows older than every rate limit's window.
    pub async fn clear(&self) -> Result<(), MailError> {
        sqlx::query("DELETE FROM site_mails WHERE expires_at < $1")
            .bind(self.ambient.clock.unix() - RETENTION)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

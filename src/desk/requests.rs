//! What agents have asked for, as it is kept for the length of a shift.
//!
//! A row is reserved before the provider is called, so that a form that is sent twice asks the
//! customer once. `auth_req_id` and link are sealed; tokens are never kept. What the site has
//! written down about a request is joined by the digest of its `auth_req_id`, for which no key is
//! needed: a page costs one statement, and does not end with a sealing key.

mod reserve;
mod turns;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use url::Url;

pub(crate) use self::turns::END_LEASES;
use crate::codes::{CodesError, RequestChannel, UnknownRequestChannel};
use crate::operator::Pace;
use crate::records::{Closed, CustomerSteps, unconfirmed};
use ciba::{AuthReqId, BindingMessage, Contact, UnknownLoginHintType};
use messages::texts::Language;
use platform::ids::NoEntropy;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};
use transmit::LoginHintType;

/// For how long an agent sees a request, in seconds: a shift and an hour.
pub const SHIFT: i64 = 12 * 3600;

const AUTH_REQ_ID: &str = "desk auth_req_id";
const LINK: &str = "desk link";

const SELECT: &str = concat!(
    "SELECT desk.id, desk.login_hint, desk.login_hint_type, desk.type_guessed, \
    desk.channel, desk.binding_message, desk.custom_message, desk.requested_expiry, desk.contact, \
    desk.text_language, desk.created_at, desk.expires_at, desk.auth_req_hash, desk.sealed_link, \
    desk.faults, desk.next_poll_at, desk.ending, desk.ended_at, desk.subject, desk.replaced_by, \
    site.opened_at, site.signed_in_at, site.reported_at, site.reported_by, site.decided_at, \
    site.wrong_reference_at, site.wrong_account_at, site.sign_in_failures, site.withdrawn_at, \
    site.unreachable_at, site.signed_in_by, ",
    unconfirmed!("site"),
    " FROM desk_requests AS desk \
    LEFT JOIN site_requests AS site ON site.auth_req_hash = desk.auth_req_hash"
);

/// What an agent asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Who is asked, as it goes to the provider.
    pub login_hint: String,
    /// What that is.
    pub login_hint_type: LoginHintType,
    /// Whether we have guessed it.
    pub type_guessed: bool,
    /// How it reaches the customer.
    pub channel: RequestChannel,
    /// The reference that both sides see.
    pub binding_message: BindingMessage,
    /// The agent's own text in front of the link.
    pub custom_message: Option<String>,
    /// The language of our text in front of the link, where the agent has written none. `None`: the
    /// provider's own text.
    pub text_language: Option<Language>,
    /// How the agent speaks with the customer.
    pub contact: Option<Contact>,
    /// Seconds for which the request shall live.
    pub requested_expiry: u32,
}

/// What became of an order's reservation.
#[derive(Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The row, by its name in addresses.
    New(String),
    /// This form was sent before.
    SentBefore,
    /// The agent has too many open requests.
    TooMany,
}

/// A request at the desk.
#[derive(Debug, Clone)]
pub struct DeskRequest {
    /// Its name in addresses.
    pub id: String,
    /// What was asked for.
    pub order: Order,
    /// When it was sent, in seconds since 1970.
    pub created_at: i64,
    /// When its time is over.
    pub expires_at: i64,
    /// When the provider is asked next.
    pub next_poll_at: i64,
    /// Whether the provider could not be reached at the last poll.
    pub is_disturbed: bool,
    /// How and when it ended, where it has.
    pub ending: Option<(Closed, i64)>,
    /// The customer's identifier, where they allowed it.
    pub subject: Option<String>,
    /// The request that took its place.
    pub replaced_by: Option<String>,
    /// What the customer has done, as far as the site has written it down.
    pub steps: CustomerSteps,
    /// Its name among the site's records.
    pub auth_req_hash: Option<String>,
    sealed_link: Option<String>,
}

/// A request whose turn it is to be polled. It is ours until the lease runs out.
#[derive(Debug)]
pub struct DueRequest {
    lease: String,
    /// Its name in addresses.
    pub id: String,
    /// Its identifier at the provider.
    pub auth_req_id: AuthReqId,
    /// The pace at which it is polled.
    pub pace: Pace,
    /// When its time is over.
    pub expires_at: i64,
}

/// The requests could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A row cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A row holds what nobody wrote.
    #[error("a request of the desk is malformed")]
    Malformed,
    /// The code of a request cannot be read.
    #[error(transparent)]
    Code(#[from] CodesError),
    /// The machine gave no randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

impl From<sqlx::Error> for RowError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<UnknownLoginHintType> for RowError {
    fn from(_: UnknownLoginHintType) -> Self {
        Self::Malformed
    }
}

impl From<UnknownRequestChannel> for RowError {
    fn from(_: UnknownRequestChannel) -> Self {
        Self::Malformed
    }
}

/// The link. Sealed in a type of its own, so no other sealed value is mistaken for one.
#[derive(Serialize, Deserialize)]
struct SealedLink(Url);

/// The requests of all agents.
#[derive(Debug, Clone)]
pub struct DeskRequests {
    storage: Storage,
    sealer: Sealer,
}

impl DeskRequests {
    /// The requests in a database.
    pub fn new(storage: &Storage, sealer: &Sealer) -> Self {
        Self { storage: storage.clone(), sealer: sealer.clone() }
    }

    /// An agent's requests of this shift, the newest first.
    pub async fn of_shift(&self, agent: &str, now: i64) -> Result<Vec<DeskRequest>, RowError> {
        let query = format!(
            "{SELECT} WHERE desk.agent = $1 AND desk.created_at > $2 \
             AND desk.sealed_auth_req_id IS NOT NULL \
             ORDER BY desk.created_at DESC, desk.id LIMIT 100"
        );
        let rows = sqlx::query(&query)
            .bind(agent)
            .bind(now - SHIFT)
            .fetch_all(self.storage.reader())
            .await?;
        rows.iter().map(read).collect()
    }

    /// One of an agent's requests.
    pub async fn find(&self, agent: &str, id: &str) -> Result<Option<DeskRequest>, RowError> {
        let query = format!(
            "{SELECT} WHERE desk.agent = $1 AND desk.id = $2 \
             AND desk.sealed_auth_req_id IS NOT NULL"
        );
        let row =
            sqlx::query(&query).bind(agent).bind(id).fetch_optional(self.storage.reader()).await?;
        row.as_ref().map(read).transpose()
    }

    /// The link of a request that goes by [`RequestChannel::Link`]. One that was sealed with a key that is
    /// gone is gone with it.
    pub fn link(&self, request: &DeskRequest) -> Option<Url> {
        let SealedLink(link) = self.sealer.open(LINK, request.sealed_link.as_ref()?).ok()?;
        Some(link)
    }

    /// Marks that another request has taken a request's place.
    pub async fn replaced(&self, agent: &str, id: &str, by: &str) -> Result<(), RowError> {
        sqlx::query(
            "UPDATE desk_requests SET replaced_by = $3 WHERE agent = $1 AND id = $2 \
             AND replaced_by IS NULL",
        )
        .bind(agent)
        .bind(id)
        .bind(by)
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Forgets what no agent sees any more.
    pub async fn forget_old(&self, now: i64) -> Result<(), RowError> {
        sqlx::query("DELETE FROM desk_requests WHERE created_at <= $1")
            .bind(now - SHIFT - 24 * 3600)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<DeskRequest, RowError> {
    let word = |name: &str| row.try_get::<String, _>(name);
    let ending: Option<String> = row.try_get("ending")?;
    let ended_at: Option<i64> = row.try_get("ended_at")?;
    let ending = ending
        .map(|text| Closed::from_word(&text).ok_or(RowError::Malformed))
        .transpose()?
        .zip(ended_at);
    let requested_expiry: i64 = row.try_get("requested_expiry")?;
    Ok(DeskRequest {
        id: row.try_get("id")?,
        order: Order {
            login_hint: row.try_get("login_hint")?,
            login_hint_type: word("login_hint_type")?.parse()?,
            type_guessed: row.try_get::<i64, _>("type_guessed")? != 0,
            channel: word("channel")?.parse()?,
            binding_message: BindingMessage::try_from(word("binding_message")?)
                .map_err(|_| RowError::Malformed)?,
            custom_message: row.try_get("custom_message")?,
            text_language: word("text_language")?.parse().ok(),
            contact: word("contact")?.parse().ok(),
            requested_expiry: requested_expiry.try_into().map_err(|_| RowError::Malformed)?,
        },
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        next_poll_at: row.try_get("next_poll_at")?,
        is_disturbed: row.try_get::<i64, _>("faults")? > 0,
        ending,
        subject: row.try_get("subject")?,
        replaced_by: row.try_get("replaced_by")?,
        steps: CustomerSteps::read(row)?,
        auth_req_hash: row.try_get("auth_req_hash")?,
        sealed_link: row.try_get("sealed_link")?,
    })
}

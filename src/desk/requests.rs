//! What agents have asked for, as it is kept for the length of a shift.
//!
//! A row is reserved before the provider is called, so that a form that is sent twice asks the
//! customer once. `auth_req_id` and link are sealed; tokens are never kept. What the site has
//! written down about a request is joined by the digest of its `auth_req_id`, for which no key is
//! needed: a page costs one statement, and does not end with a sealing key.

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use url::Url;

use super::journey::Journey;
use crate::operator::{Experience, Pace};
use crate::records::{self, Reporter};
use ciba::{AuthReqId, BindingMessage, Contact, UnknownLoginHintType};
use messages::texts::Language;
use platform::ids::{Entropy, NoEntropy};
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};
use transmit::{Channel, LoginHintType, Started, UnknownWord};

/// For how long an agent sees a request, in seconds: a shift and an hour.
pub const SHIFT: i64 = 12 * 3600;

/// For how long one instance may be busy with one poll, in seconds: longer than the call and all
/// attempts to fetch the provider's keys take together.
const LEASE: i64 = 120;

/// Seconds after which a reserved row that was never opened is given up: its instance was killed.
const ABANDONED: i64 = 60;

/// How many requests one agent may have open at once. A person follows a few; a script that has
/// stolen an agent's session must not call the whole town.
const MOST_OPEN: i64 = 12;

/// Seconds until a row is looked at again whose key this instance does not have.
const WITHOUT_KEY: i64 = 5;

const AUTH_REQ_ID: &str = "desk auth_req_id";
const LINK: &str = "desk link";

const SELECT: &str = "SELECT desk.id, desk.login_hint, desk.login_hint_type, desk.type_guessed, \
    desk.channel, desk.binding_message, desk.custom_message, desk.requested_expiry, desk.contact, \
    desk.text_language, desk.created_at, desk.expires_at, desk.auth_req_hash, desk.sealed_link, \
    desk.faults, desk.next_poll_at, desk.ending, desk.ended_at, desk.subject, desk.replaced_by, \
    site.opened_at, site.signed_in_at, site.reported_at, site.reported_by, site.decided_at, \
    site.withdrawn_at, site.unreachable_at \
    FROM desk_requests AS desk \
    LEFT JOIN site_requests AS site ON site.auth_req_hash = desk.auth_req_hash";

/// What an agent asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Who is asked, as it goes to the provider.
    pub login_hint: String,
    /// What that is.
    pub login_hint_type: LoginHintType,
    /// Whether we have guessed it.
    pub type_guessed: bool,
    /// How the link travels.
    pub channel: Channel,
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

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The customer allowed it, and the provider gave its token.
    Allowed,
    /// The customer refused.
    Denied,
    /// Its time ran out.
    Expired,
    /// It could not be followed to its end.
    Failed,
    /// The agent has withdrawn it; at the provider it stays open until it expires.
    Left,
}

impl Ending {
    /// The word of it in storage and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Left => "left",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Allowed, Self::Denied, Self::Expired, Self::Failed, Self::Left]
            .into_iter()
            .find(|known| known.as_str() == text)
    }
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
    pub ending: Option<(Ending, i64)>,
    /// The customer's identifier, where they allowed it.
    pub subject: Option<String>,
    /// The request that took its place.
    pub replaced_by: Option<String>,
    /// What the customer has done, as far as the site has written it down.
    pub journey: Journey,
    /// Its name among the site's records.
    pub auth_req_hash: Option<String>,
    sealed_link: Option<String>,
}

/// A request whose turn it is to be polled. It is ours until the lease runs out.
#[derive(Debug)]
pub struct Due {
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
    #[error("understand a request of the desk")]
    Malformed,
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

impl From<UnknownWord> for RowError {
    fn from(_: UnknownWord) -> Self {
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

    /// Reserves a row for an order before the customer hears of it. A reservation that came to
    /// nothing, because its instance was killed, is taken over.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn reserve(
        &self,
        order: &Order,
        agent: &str,
        form_key: &str,
        now: i64,
        entropy: &dyn Entropy,
    ) -> Result<Reserved, RowError> {
        let id = entropy.token::<16>()?;
        let statement = sqlx::query(
            "INSERT INTO desk_requests (id, form_key, agent, login_hint, login_hint_type, \
             type_guessed, channel, binding_message, custom_message, requested_expiry, created_at, \
             expires_at, contact, text_language, pause, faults, next_poll_at, leased_until) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CAST($11 AS BIGINT), \
             CAST($11 AS BIGINT), $12, $13, 0, 0, CAST($11 AS BIGINT), CAST($11 AS BIGINT) WHERE \
             (SELECT COUNT(*) FROM desk_requests WHERE agent = $3 AND form_key <> $2 \
              AND ending IS NULL AND created_at > $15 \
              AND (sealed_auth_req_id IS NOT NULL OR created_at > $11 - $14)) < $16 \
             ON CONFLICT (form_key) DO UPDATE SET id = excluded.id, agent = excluded.agent, \
             login_hint = excluded.login_hint, login_hint_type = excluded.login_hint_type, \
             type_guessed = excluded.type_guessed, channel = excluded.channel, \
             binding_message = excluded.binding_message, \
             custom_message = excluded.custom_message, \
             requested_expiry = excluded.requested_expiry, created_at = excluded.created_at, \
             expires_at = excluded.expires_at, contact = excluded.contact, \
             text_language = excluded.text_language \
             WHERE desk_requests.sealed_auth_req_id IS NULL \
             AND desk_requests.created_at <= excluded.created_at - $14",
        )
        .bind(&id)
        .bind(form_key)
        .bind(agent)
        .bind(&order.login_hint)
        .bind(order.login_hint_type.as_str())
        .bind(i64::from(order.type_guessed))
        .bind(order.channel.as_str())
        .bind(order.binding_message.as_str())
        .bind(&order.custom_message)
        .bind(i64::from(order.requested_expiry))
        .bind(now)
        .bind(order.contact.map(Contact::as_str).unwrap_or_default())
        .bind(order.text_language.map(Language::tag).unwrap_or_default())
        .bind(ABANDONED)
        .bind(now - SHIFT)
        .bind(MOST_OPEN);
        if self.storage.write_if_room(&format!("desk of {agent}"), statement).await? {
            return Ok(Reserved::New(id));
        }
        let known = sqlx::query("SELECT 1 FROM desk_requests WHERE form_key = $1")
            .bind(form_key)
            .fetch_optional(self.storage.reader())
            .await?;
        Ok(if known.is_some() { Reserved::SentBefore } else { Reserved::TooMany })
    }

    /// Gives a reserved row up: the provider did not take the request.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn release(&self, id: &str) -> Result<(), RowError> {
        sqlx::query("DELETE FROM desk_requests WHERE id = $1 AND sealed_auth_req_id IS NULL")
            .bind(id)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Fills a reserved row: the provider has taken the request. Returns when its time is over.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn opened(&self, id: &str, started: &Started, now: i64) -> Result<i64, RowError> {
        let pace = Pace::new(started);
        let lifetime = i64::try_from(started.expires_in.as_secs()).unwrap_or(i64::MAX);
        let expires_at = now.saturating_add(lifetime);
        let auth_req_id = self.sealer.seal(AUTH_REQ_ID, &started.auth_req_id)?;
        let link = started.link.clone().map(SealedLink);
        let link = link.map(|link| self.sealer.seal(LINK, &link)).transpose()?;
        sqlx::query(
            "UPDATE desk_requests SET sealed_auth_req_id = $2, sealed_link = $3, \
             expires_at = $4, pause = $5, next_poll_at = $6, auth_req_hash = $7 WHERE id = $1",
        )
        .bind(id)
        .bind(auth_req_id)
        .bind(link)
        .bind(expires_at)
        .bind(seconds(pace.interval()))
        .bind(next_poll(pace, now, expires_at))
        .bind(records::digest(started.on_record()))
        .execute(self.storage.writer())
        .await?;
        Ok(expires_at)
    }

    /// An agent's requests of this shift, the newest first.
    ///
    /// # Errors
    ///
    /// [`RowError`]
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
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn find(&self, agent: &str, id: &str) -> Result<Option<DeskRequest>, RowError> {
        let query = format!(
            "{SELECT} WHERE desk.agent = $1 AND desk.id = $2 \
             AND desk.sealed_auth_req_id IS NOT NULL"
        );
        let row =
            sqlx::query(&query).bind(agent).bind(id).fetch_optional(self.storage.reader()).await?;
        row.as_ref().map(read).transpose()
    }

    /// The link of a request that goes by [`Channel::Link`]. One that was sealed with a key that is
    /// gone is gone with it.
    pub fn link(&self, request: &DeskRequest) -> Option<Url> {
        let SealedLink(link) = self.sealer.open(LINK, request.sealed_link.as_ref()?).ok()?;
        Some(link)
    }

    /// Ends every lease: for a start at which no other process is there to hold one.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn end_leases(&self, now: i64) -> Result<(), RowError> {
        sqlx::query(
            "UPDATE desk_requests SET leased_until = $1, lease = '' WHERE leased_until > $1",
        )
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Takes the next request whose turn it is. No other instance gets it until the lease is over.
    ///
    /// A request that was sealed with a key that this instance does not have may be another
    /// instance's: it is left to them, and ends with its time.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn take_due(&self, now: i64, entropy: &dyn Entropy) -> Result<Option<Due>, RowError> {
        let lease = entropy.token::<16>()?;
        // Two instances may choose the same row; the second one's WHERE is then judged again, on
        // the row as the first one left it.
        let statement = sqlx::query(
            "UPDATE desk_requests SET leased_until = $2, lease = $3 WHERE id = (\
                 SELECT id FROM desk_requests WHERE ending IS NULL \
                 AND sealed_auth_req_id IS NOT NULL AND next_poll_at <= $1 AND leased_until <= $1 \
                 ORDER BY next_poll_at LIMIT 1) \
             AND ending IS NULL AND leased_until <= $1 \
             RETURNING id, sealed_auth_req_id, pause, faults, odd_answers, has_answered, expires_at",
        )
        .bind(now)
        .bind(now + LEASE)
        .bind(&lease);
        let row = self.storage.change(statement).await?;
        let Some(row) = row else { return Ok(None) };
        let id: String = row.try_get("id")?;
        let expires_at: i64 = row.try_get("expires_at")?;
        let sealed: String = row.try_get("sealed_auth_req_id")?;
        let Ok(auth_req_id) = self.sealer.open(AUTH_REQ_ID, &sealed) else {
            tracing::warn!(desk.request.id = id, "a request was sealed with a key that is gone");
            if now >= expires_at {
                self.end(&id, Ending::Failed, None, now).await?;
            } else {
                self.wait(&id, &lease, (now + WITHOUT_KEY).min(expires_at), now).await?;
            }
            return Ok(None);
        };
        let count = |name: &str| row.try_get::<i64, _>(name);
        let experience = Experience {
            faults: count("faults")?.try_into().unwrap_or_default(),
            odd: count("odd_answers")?.try_into().unwrap_or_default(),
            has_answered: count("has_answered")? != 0,
        };
        let pause = count("pause")?.try_into().unwrap_or_default();
        let pace = Pace::resume(std::time::Duration::from_secs(pause), experience);
        Ok(Some(Due { lease, id, auth_req_id, pace, expires_at }))
    }

    async fn wait(&self, id: &str, lease: &str, until: i64, now: i64) -> Result<(), RowError> {
        sqlx::query(
            "UPDATE desk_requests SET next_poll_at = $3, leased_until = $4 \
             WHERE id = $1 AND lease = $2",
        )
        .bind(id)
        .bind(lease)
        .bind(until)
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Gives a request back until its next turn, unless somebody else has taken it meanwhile.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn put_back(&self, due: &Due, now: i64) -> Result<(), RowError> {
        let Experience { faults, odd, has_answered } = due.pace.experience();
        sqlx::query(
            "UPDATE desk_requests SET pause = $3, faults = $4, odd_answers = $5, \
             has_answered = $6, next_poll_at = $7, leased_until = $8 \
             WHERE id = $1 AND lease = $2",
        )
        .bind(&due.id)
        .bind(&due.lease)
        .bind(seconds(due.pace.interval()))
        .bind(i64::from(faults))
        .bind(i64::from(odd))
        .bind(i64::from(has_answered))
        .bind(next_poll(due.pace, now, due.expires_at))
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Ends a request after a poll. Whether this call did it.
    ///
    /// What the provider has said of the customer's decision counts whoever has the request now: it
    /// says it once. Every other ending is left to whoever has taken the request meanwhile.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn conclude(
        &self,
        due: &Due,
        ending: Ending,
        subject: Option<&str>,
        now: i64,
    ) -> Result<bool, RowError> {
        if matches!(ending, Ending::Allowed | Ending::Denied) {
            return self.end(&due.id, ending, subject, now).await;
        }
        let done = sqlx::query(
            "UPDATE desk_requests SET ending = $3, ended_at = $4 \
             WHERE id = $1 AND ending IS NULL AND lease = $2",
        )
        .bind(&due.id)
        .bind(&due.lease)
        .bind(ending.as_str())
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a request that has not ended yet. Whether this call did it.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn end(
        &self,
        id: &str,
        ending: Ending,
        subject: Option<&str>,
        now: i64,
    ) -> Result<bool, RowError> {
        let done = sqlx::query(
            "UPDATE desk_requests SET ending = $2, subject = $3, ended_at = $4 \
             WHERE id = $1 AND ending IS NULL",
        )
        .bind(id)
        .bind(ending.as_str())
        .bind(subject)
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Marks that another request has taken a request's place.
    ///
    /// # Errors
    ///
    /// [`RowError`]
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

    /// Whether any request is open, at whichever instance.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn any_open(&self) -> Result<bool, RowError> {
        let row = sqlx::query(
            "SELECT id FROM desk_requests WHERE ending IS NULL \
             AND sealed_auth_req_id IS NOT NULL LIMIT 1",
        )
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(row.is_some())
    }

    /// Forgets what no agent sees any more.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub async fn forget_old(&self, now: i64) -> Result<(), RowError> {
        sqlx::query("DELETE FROM desk_requests WHERE created_at <= $1")
            .bind(now - SHIFT - 24 * 3600)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

/// When it is the request's turn again: at the next poll, or at the end, at which it is closed
/// without one.
fn next_poll(pace: Pace, now: i64, expires_at: i64) -> i64 {
    let time_left = u64::try_from(expires_at.saturating_sub(now)).unwrap_or_default();
    let pause = pace.next_poll(std::time::Duration::from_secs(time_left));
    pause.map_or(expires_at, |pause| now.saturating_add(seconds(pause)).min(expires_at))
}

fn seconds(duration: std::time::Duration) -> i64 {
    let up = u64::from(duration.subsec_nanos() > 0);
    i64::try_from(duration.as_secs() + up).unwrap_or(i64::MAX)
}

fn read(row: &AnyRow) -> Result<DeskRequest, RowError> {
    let word = |name: &str| row.try_get::<String, _>(name);
    let ending: Option<String> = row.try_get("ending")?;
    let ended_at: Option<i64> = row.try_get("ended_at")?;
    let ending = ending
        .map(|text| Ending::parse(&text).ok_or(RowError::Malformed))
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
            binding_message: BindingMessage::parse(&word("binding_message")?)
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
        journey: Journey {
            opened_at: row.try_get("opened_at")?,
            signed_in_at: row.try_get("signed_in_at")?,
            reported_at: row.try_get("reported_at")?,
            reporter: Reporter::of_row(
                row.try_get::<Option<String>, _>("reported_by")?.as_deref().unwrap_or_default(),
            ),
            decided_at: row.try_get("decided_at")?,
            withdrawn_at: row.try_get("withdrawn_at")?,
            unreachable_at: row.try_get("unreachable_at")?,
        },
        auth_req_hash: row.try_get("auth_req_hash")?,
        sealed_link: row.try_get("sealed_link")?,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::config::{Secret, SessionConfig, StorageConfig};
    use platform::ids::{SharedEntropy, SystemEntropy};

    const KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

    async fn requests(folder: &tempfile::TempDir) -> DeskRequests {
        let url = Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
        let storage = StorageConfig { url, ..StorageConfig::default() };
        let session =
            SessionConfig { sealing_key: Some(Secret::new(KEY)), ..SessionConfig::default() };
        let entropy: SharedEntropy = Arc::new(SystemEntropy);
        let sealer = Sealer::of(&session, &entropy).unwrap();
        DeskRequests::new(&Storage::open(&storage).await.unwrap(), &sealer)
    }

    async fn ask(requests: &DeskRequests, now: i64) -> String {
        let order = Order {
            login_hint: "alex@example.com".into(),
            login_hint_type: LoginHintType::Email,
            type_guessed: true,
            channel: Channel::Sms,
            binding_message: BindingMessage::parse("CASE-4711").unwrap(),
            custom_message: None,
            text_language: Some(Language::De),
            contact: Some(Contact::Branch),
            requested_expiry: 600,
        };
        let reserved = requests.reserve(&order, "mia", "key", now, &SystemEntropy).await.unwrap();
        let Reserved::New(id) = reserved else { panic!("{reserved:?}") };
        let started = Started {
            auth_req_id: AuthReqId::parse("an-id").unwrap(),
            link_key: None,
            expires_in: Duration::from_secs(600),
            interval: None,
            link: None,
        };
        requests.opened(&id, &started, now).await.unwrap();
        assert_eq!(requests.find("mia", &id).await.unwrap().unwrap().order, order);
        id
    }

    #[tokio::test]
    async fn whoever_has_lost_a_request_ends_it_only_with_what_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let requests = requests(&folder).await;
        let id = ask(&requests, 0).await;
        let slow = requests.take_due(5, &SystemEntropy).await.unwrap().unwrap();
        assert!(requests.take_due(5 + LEASE - 1, &SystemEntropy).await.unwrap().is_none());
        let other = requests.take_due(5 + LEASE, &SystemEntropy).await.unwrap().unwrap();

        requests.put_back(&slow, 130).await.unwrap();
        assert!(requests.take_due(200, &SystemEntropy).await.unwrap().is_none(), "it is taken");
        assert!(!requests.conclude(&slow, Ending::Failed, None, 200).await.unwrap());
        assert!(requests.conclude(&slow, Ending::Allowed, Some("alex"), 200).await.unwrap());
        assert!(!requests.conclude(&other, Ending::Failed, None, 201).await.unwrap());
        let request = requests.find("mia", &id).await.unwrap().unwrap();
        assert_eq!(request.ending, Some((Ending::Allowed, 200)));
        assert_eq!(request.subject.as_deref(), Some("alex"));
    }

    #[tokio::test]
    async fn a_poll_that_was_cut_off_by_a_crash_is_taken_up_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let requests = requests(&folder).await;
        ask(&requests, 0).await;
        let cut_off = requests.take_due(5, &SystemEntropy).await.unwrap().unwrap();
        requests.end_leases(6).await.unwrap();
        assert!(requests.take_due(6, &SystemEntropy).await.unwrap().is_some());
        requests.put_back(&cut_off, 6).await.unwrap();
        assert!(requests.take_due(7, &SystemEntropy).await.unwrap().is_none(), "it is taken");
    }

    #[tokio::test]
    async fn what_polls_have_shown_outlives_a_process() {
        let folder = tempfile::tempdir().unwrap();
        let requests = requests(&folder).await;
        ask(&requests, 0).await;
        let mut due = requests.take_due(5, &SystemEntropy).await.unwrap().unwrap();
        let experience = Experience { faults: 3, odd: 2, has_answered: true };
        due.pace = Pace::resume(Duration::from_secs(10), experience);
        requests.put_back(&due, 6).await.unwrap();
        assert!(requests.take_due(15, &SystemEntropy).await.unwrap().is_none());
        let due = requests.take_due(16, &SystemEntropy).await.unwrap().unwrap();
        assert_eq!((due.pace.interval().as_secs(), due.pace.experience()), (10, experience));
    }
}

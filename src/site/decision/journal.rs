//! The decision journal: what a customer pressed, written before the provider is told, and what
//! came of it.
//!
//! A row belongs to a request **and** a subject, so that a stranger's press on the same link never
//! stands in the rightful customer's way. Its rules:
//!
//! - one holder at a time (a lease), who alone may send and record;
//! - after a row exists, only the same decision may be claimed again: the opposite never follows
//!   one of which nobody knows whether the provider took it. Where every call was answered and the
//!   token was refused, the provider has taken nothing, and the person may decide anew; where no call
//!   has reached it, they may still refuse;
//! - `confirmed`, `refused` and `unclear` are final for the subject, `confirmed` for the request
//!   where it is more than presumed;
//! - the sealed `auth_req_id` and token are kept until then, so that work cut off by a crash is
//!   resumed, and no longer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

use ciba::{AuthReqId, Decision, RequestHandle};
use platform::ambient::Ambient;
use platform::ids::NoEntropy;
use platform::seal::{SealError, Sealer};

use crate::records::digest;
use platform::storage::{Storage, StorageError};
use transmit::{Refusal, UserAccessToken};

const PURPOSE: &str = "site.decision";

/// Seconds for which a holder may be silent before another takes over.
pub const LEASE: i64 = 30;

/// Seconds for which a row outlives its request, so that the page can still say what happened.
const KEPT: i64 = 24 * 3600;

/// The decisions of one storage.
#[derive(Debug, Clone)]
pub struct Journal {
    storage: Storage,
    sealer: Sealer,
    ambient: Ambient,
}

/// Where a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Written, not yet sent.
    Claimed,
    /// Sent; the answer is awaited.
    Sent,
    /// The provider has taken it.
    Confirmed,
    /// The provider will not take it from this subject.
    Refused(Refusal),
    /// It was sent and no answer came. It may be sent again.
    Unknown,
    /// It was sent and no answer came, and the provider refuses it now without calling it decided.
    /// Whether it was taken is not to be found out.
    Unclear,
    /// The provider did not accept the token: it waits for a new sign-in of the same subject.
    SignInNeeded,
}

/// A decision as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What was pressed.
    pub decision: Decision,
    /// What came of it.
    pub state: State,
    /// Whether it is confirmed only because the provider calls the request decided after it was
    /// sent this very decision and its answer was lost.
    pub presumed: bool,
    /// Whether somebody is at work on it now.
    pub in_progress: bool,
    /// Whether a call was made whose answer never came: the provider may have taken the decision.
    pub may_be_taken: bool,
    /// The fingerprint of the token that the provider did not accept.
    refused_token: String,
}

impl Standing {
    /// Whether this is the token that the provider did not accept.
    pub fn has_refused(&self, token: &UserAccessToken) -> bool {
        self.state == State::SignInNeeded && self.refused_token == fingerprint(token)
    }
}

/// What is claimed.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// The request.
    pub auth_req_id: &'a AuthReqId,
    /// Its public name, for the log.
    pub handle: &'a RequestHandle,
    /// Who decides.
    pub subject: &'a str,
    /// What.
    pub decision: Decision,
    /// With which token.
    pub token: &'a UserAccessToken,
    /// When the request's time is over, as far as is known.
    pub expires_at: i64,
}

/// A decision that the caller holds and has to bring to an end.
#[derive(Debug)]
pub struct Held {
    /// The request.
    pub auth_req_id: AuthReqId,
    /// Its public name, for the log; rows of an earlier version have none.
    pub handle: Option<RequestHandle>,
    /// The token of the one who decided.
    pub token: UserAccessToken,
    /// What was decided.
    pub decision: Decision,
    /// How often it was sent before without an answer.
    pub unanswered: i64,
    /// How often it was sent.
    pub attempts: i64,
    /// How often, by this holder, the call did not reach the provider.
    not_sent: i64,
    subject: String,
    lease: String,
}

impl Held {
    /// Who decides: the provider's identifier of the customer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The request as it is called in the log.
    pub fn handle(&self) -> Option<&str> {
        self.handle.as_ref().map(RequestHandle::as_str)
    }

    /// The call that was just noted did not reach the provider: it waits for no answer.
    pub fn was_not_sent(&mut self) {
        self.not_sent += 1;
    }
}

/// What the provider's last answer makes of a decision that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The provider said yes.
    Confirmed,
    /// The provider calls it decided, and an answer to the same decision was lost before.
    Presumed,
    /// The provider said no.
    Refused(Refusal),
    /// The provider said no, in words that it may also have for a decision that it has taken; and an
    /// answer to the same decision was lost before.
    Unclear,
    /// The provider wants a new sign-in.
    SignInNeeded,
    /// Nobody knows; to be tried again at this time.
    Unknown {
        /// Not before, in seconds since 1970.
        next_attempt_at: i64,
    },
}

impl Verdict {
    /// The word for it, in rows and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed | Self::Presumed => "confirmed",
            Self::Refused(_) => "refused",
            Self::Unclear => "unclear",
            Self::SignInNeeded => "sign_in",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// The journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The machine gave no randomness for a lease.
    #[error("write the decision journal")]
    Entropy(#[from] NoEntropy),
    /// What is kept could not be sealed.
    #[error("write the decision journal")]
    Seal(#[from] SealError),
    /// The database.
    #[error("use the decision journal")]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// What a row keeps sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    auth_req_id: AuthReqId,
    #[serde(default)]
    handle: Option<RequestHandle>,
    token: String,
}

const STANDING: &str = "decision, state, reason, presumed, unanswered, lease_until";

impl Journal {
    /// The journal in `storage`.
    pub fn new(storage: Storage, sealer: Sealer, ambient: Ambient) -> Self {
        Self { storage, sealer, ambient }
    }

    /// Claims a decision: a new one, the same one again whose outcome is open and which nobody
    /// holds, or another where the provider is known to have taken none: any where it wants a new
    /// sign-in, a refusal where nothing has reached it. `None`: there is a row that does not allow
    /// it; [`Journal::of`] says which.
    ///
    /// # Errors
    ///
    /// [`JournalError`]
    pub async fn claim(&self, claim: &Claim<'_>) -> Result<Option<Held>, JournalError> {
        let lease = self.ambient.entropy.token::<16>()?;
        let kept = Kept {
            auth_req_id: claim.auth_req_id.clone(),
            handle: Some(claim.handle.clone()),
            token: claim.token.expose().to_owned(),
        };
        let now = self.ambient.clock.unix();
        let statement = sqlx::query(
            "INSERT INTO site_decisions (auth_req_hash, subject, decision, state, reason, \
             presumed, attempts, unanswered, sealed, lease, lease_until, next_attempt_at, \
             claimed_at, updated_at, expires_at) \
             VALUES ($1, $2, $3, 'claimed', '', 0, 0, 0, $4, $5, $6, 0, $7, $7, $8) \
             ON CONFLICT (auth_req_hash, subject) DO UPDATE SET \
             decision = excluded.decision, state = 'claimed', reason = '', sealed = excluded.sealed, lease = excluded.lease, \
             lease_until = excluded.lease_until, updated_at = excluded.updated_at \
             WHERE (site_decisions.decision = excluded.decision \
              OR (site_decisions.state = 'sign_in' AND site_decisions.unanswered = 0) \
              OR (site_decisions.state = 'unknown' AND site_decisions.unanswered = 0 \
               AND excluded.decision = 'deny')) \
             AND site_decisions.state NOT IN ('confirmed', 'refused', 'unclear') \
             AND site_decisions.lease_until <= $7 \
             RETURNING attempts, unanswered",
        )
        .bind(digest(claim.auth_req_id))
        .bind(claim.subject.to_owned())
        .bind(claim.decision.as_str())
        .bind(self.sealer.seal(PURPOSE, &kept)?)
        .bind(lease.clone())
        .bind(now + LEASE)
        .bind(now)
        .bind(claim.expires_at);
        let row = self.storage.change(statement).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Held {
            auth_req_id: kept.auth_req_id,
            handle: kept.handle,
            token: claim.token.clone(),
            decision: claim.decision,
            unanswered: row.try_get("unanswered")?,
            attempts: row.try_get("attempts")?,
            not_sent: 0,
            subject: claim.subject.to_owned(),
            lease,
        }))
    }

    /// Takes a decision over that is due and that nobody holds: after a crash, or when its time to
    /// be sent again has come.
    ///
    /// # Errors
    ///
    /// [`JournalError`]
    pub async fn take_due(&self) -> Result<Option<Held>, JournalError> {
        let lease = self.ambient.entropy.token::<16>()?;
        let now = self.ambient.clock.unix();
        let statement = sqlx::query(
            "UPDATE site_decisions SET lease = $1, lease_until = $2, updated_at = $3 \
             WHERE (auth_req_hash, subject) = (SELECT auth_req_hash, subject \
              FROM site_decisions WHERE state IN ('claimed', 'sent', 'unknown') \
              AND next_attempt_at <= $3 AND lease_until <= $3 AND expires_at > $3 \
              ORDER BY next_attempt_at LIMIT 1) \
             AND state IN ('claimed', 'sent', 'unknown') AND lease_until <= $3 \
             RETURNING subject, decision, sealed, attempts, unanswered",
        )
        .bind(lease.clone())
        .bind(now + LEASE)
        .bind(now);
        let row = self.storage.change(statement).await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: String = row.try_get("sealed")?;
        let Ok(kept) = self.sealer.open::<Kept>(PURPOSE, &sealed) else {
            // The key is gone. The lease that was just taken keeps the row from coming up at once.
            tracing::error!("a decision cannot be resumed: it was sealed with a key that is gone");
            return Ok(None);
        };
        Ok(Some(Held {
            auth_req_id: kept.auth_req_id,
            handle: kept.handle,
            token: UserAccessToken::new(kept.token),
            decision: decision(row.try_get("decision")?)?,
            unanswered: row.try_get("unanswered")?,
            attempts: row.try_get("attempts")?,
            not_sent: 0,
            subject: row.try_get("subject")?,
            lease,
        }))
    }

    /// Notes that the decision is being sent, and renews the lease. `false`: the lease was lost,
    /// and nothing may be sent.
    ///
    /// # Errors
    ///
    /// [`JournalError`]
    pub async fn sending(&self, held: &mut Held) -> Result<bool, JournalError> {
        let now = self.ambient.clock.unix();
        let done = sqlx::query(
            "UPDATE site_decisions SET state = 'sent', attempts = attempts + 1, \
             unanswered = unanswered + 1, lease_until = $1, updated_at = $2 \
             WHERE auth_req_hash = $3 AND subject = $4 AND lease = $5",
        )
        .bind(now + LEASE)
        .bind(now)
        .bind(digest(&held.auth_req_id))
        .bind(held.subject.clone())
        .bind(held.lease.clone())
        .execute(self.storage.writer())
        .await?;
        held.attempts += 1;
        Ok(done.rows_affected() == 1)
    }

    /// Records what the provider's answer makes of the decision, and ends the lease. `false`: the
    /// lease was lost, and whoever has it now records.
    ///
    /// # Errors
    ///
    /// [`JournalError`]
    pub async fn record(&self, held: &Held, verdict: Verdict) -> Result<bool, JournalError> {
        let now = self.ambient.clock.unix();
        let state = verdict.as_str();
        let nothing = String::new();
        let (reason, presumed, next_attempt_at) = match verdict {
            Verdict::Confirmed | Verdict::Unclear => (nothing, 0, 0),
            Verdict::SignInNeeded => (fingerprint(&held.token), 0, 0),
            Verdict::Presumed => (nothing, 1, 0),
            Verdict::Refused(refusal) => (word(refusal).to_owned(), 0, 0),
            Verdict::Unknown { next_attempt_at } => (nothing, 0, next_attempt_at),
        };
        // A definite answer settles the call that it answers; calls before it stay unanswered.
        let answered = held.not_sent + i64::from(!matches!(verdict, Verdict::Unknown { .. }));
        // A token that was refused is of no use to anybody but a thief.
        let is_spent = i64::from(!matches!(verdict, Verdict::Unknown { .. }));
        let mut transaction = self.storage.writer().begin().await?;
        let done = sqlx::query(
            "UPDATE site_decisions SET state = $1, reason = $2, presumed = $3, \
             next_attempt_at = $4, unanswered = unanswered - $5, \
             sealed = CASE WHEN $6 = 1 THEN '' ELSE sealed END, \
             lease = '', lease_until = 0, updated_at = $7 \
             WHERE auth_req_hash = $8 AND subject = $9 AND lease = $10",
        )
        .bind(state)
        .bind(reason)
        .bind(i64::from(presumed))
        .bind(next_attempt_at)
        .bind(answered)
        .bind(is_spent)
        .bind(now)
        .bind(digest(&held.auth_req_id))
        .bind(held.subject.clone())
        .bind(held.lease.clone())
        .execute(&mut *transaction)
        .await?;
        let recorded = done.rows_affected() == 1;
        if recorded && verdict == Verdict::Confirmed {
            sqlx::query(
                "UPDATE site_requests SET decided_at = $1, outcome = $2 \
                 WHERE auth_req_hash = $3 AND decided_at IS NULL",
            )
            .bind(now)
            .bind(held.decision.as_str())
            .bind(digest(&held.auth_req_id))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(recorded)
    }

    /// The decision of a request that the provider has confirmed itself, whoever made it. What is
    /// only presumed is its subject's alone: the decision that the provider has may be another's.
    ///
    /// # Errors
    ///
    /// [`JournalError`]
    pub async fn confirmed(
        &self,
        auth_req_id: &AuthReqId,
    ) -> Result<Option<Standing>, JournalError> {
        let row = sqlx::query(&format!(
            "SELECT {STANDING} FROM site_decisions \
             WHERE auth_req_hash = $1 AND state = 'confirmed' AND presumed = 0 LIMIT 1"
        ))
        .bind(digest(auth_req_id))
        .fetch_optional(self.storage.reader())
        .await?;
        row.map(|row| self.standing(&row)).transpose()
    }

    /// How the decision of one subject stands.
    ///
    /// # Errors
    ///
    /// [`JournalError`]
    pub async fn of(
        &self,
        auth_req_id: &AuthReqId,
        subject: &str,
    ) -> Result<Option<Standing>, JournalError> {
        let row = sqlx::query(&format!(
            "SELECT {STANDING} FROM site_decisions WHERE auth_req_hash = $1 AND subject = $2"
        ))
        .bind(digest(auth_req_id))
        .bind(subject.to_owned())
        .fetch_optional(self.storage.reader())
        .await?;
        row.map(|row| self.standing(&row)).transpose()
    }

    /// How many decisions the provider has not been told yet, and may still be.
    ///
    /// # Errors
    ///
    /// [`JournalError`]
    pub async fn count_open(&self) -> Result<i64, JournalError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS waiting FROM site_decisions \
             WHERE state IN ('claimed', 'sent', 'unknown', 'sign_in') AND expires_at > $1",
        )
        .bind(self.ambient.clock.unix())
        .fetch_one(self.storage.reader())
        .await?;
        Ok(row.try_get("waiting")?)
    }

    /// Forgets the secrets of requests whose time is over, and later the rows.
    ///
    /// # Errors
    ///
    /// [`JournalError`]
    pub async fn clear(&self) -> Result<(), JournalError> {
        let now = self.ambient.clock.unix();
        sqlx::query(
            "UPDATE site_decisions SET sealed = '' \
             WHERE expires_at <= $1 AND lease_until <= $1 AND sealed <> ''",
        )
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        sqlx::query("DELETE FROM site_decisions WHERE expires_at < $1")
            .bind(now - KEPT)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    fn standing(&self, row: &AnyRow) -> Result<Standing, JournalError> {
        let state = match row.try_get("state")? {
            "claimed" => State::Claimed,
            "sent" => State::Sent,
            "confirmed" => State::Confirmed,
            "refused" => State::Refused(refusal(row.try_get("reason")?)),
            "sign_in" => State::SignInNeeded,
            "unclear" => State::Unclear,
            _ => State::Unknown,
        };
        let lease_until: i64 = row.try_get("lease_until")?;
        let presumed: i64 = row.try_get("presumed")?;
        let unanswered: i64 = row.try_get("unanswered")?;
        let refused_token = match state {
            State::SignInNeeded => row.try_get("reason")?,
            _ => String::new(),
        };
        Ok(Standing {
            decision: decision(row.try_get("decision")?)?,
            state,
            presumed: presumed == 1,
            in_progress: lease_until > self.ambient.clock.unix(),
            may_be_taken: unanswered > 0,
            refused_token,
        })
    }
}

/// What stands in rows for a token that was refused: enough to know it again.
fn fingerprint(token: &UserAccessToken) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose().as_bytes()))
}

fn decision(text: &str) -> Result<Decision, sqlx::Error> {
    text.parse().map_err(|error: ciba::UnknownDecision| sqlx::Error::Decode(error.into()))
}

fn word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::AlreadyDecided => "already_decided",
        Refusal::Expired => "expired",
        Refusal::NotFound => "not_found",
        Refusal::WrongUser => "wrong_user",
        Refusal::Other => "other",
    }
}

fn refusal(text: &str) -> Refusal {
    match text {
        "already_decided" => Refusal::AlreadyDecided,
        "expired" => Refusal::Expired,
        "not_found" => Refusal::NotFound,
        "wrong_user" => Refusal::WrongUser,
        _ => Refusal::Other,
    }
}

//! The decision journal: what a customer pressed, written before the provider is told, and what
//! came of it.
//!
//! A row belongs to a request **and** a subject, so that a stranger's press on the same link never
//! stands in the rightful customer's way. Its rules:
//!
//! - one holder at a time (a lease), who alone may send and record;
//! - which claim may follow which outcome is said by [`Outcome::claim`];
//! - `confirmed`, `refused` and `unclear` are final for the subject, `confirmed` for the request
//!   where it is more than presumed;
//! - who has picked another reference than the agent's never allows it afterwards, also where the
//!   refusal could not be sent: there is one guess;
//! - the sealed `auth_req_id` and proof are kept until then, so that work cut off by a crash is
//!   resumed, and no longer.

use serde::{Deserialize, Serialize};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

use super::entry::{self, ENTRY, Entry};
use super::outcome::{IllegalTransition, Outcome};
use crate::records::{MailWay, decision_lock, digest};
use crate::site::authority::{Answer, Proof};
use crate::site::failure::Fault;
use crate::site::request::HeldRequest;
use ciba::{AuthReqId, Decision, RequestHandle};
use platform::ambient::Ambient;
use platform::ids::NoEntropy;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};

const PURPOSE: &str = "site.decision";

/// Seconds for which a holder may be silent before another takes over.
pub const LEASE: i64 = 30;

/// Ends every lease, at the time `$1`: for a start at which no other process is there to hold one.
pub const END_LEASES: &str =
    "UPDATE site_decisions SET lease = '', lease_until = 0 WHERE lease_until > $1";

/// Seconds for which a row outlives its request, so that the page can still say what happened.
const RETENTION: i64 = 24 * 3600;

/// The decisions of one storage.
#[derive(Debug, Clone)]
pub struct Journal {
    storage: Storage,
    sealer: Sealer,
    ambient: Ambient,
}

/// What is claimed.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// The request.
    pub request: &'a HeldRequest,
    /// Who decides.
    pub subject: &'a str,
    /// What.
    pub answer: Answer,
    /// With what it is shown who decides.
    pub proof: &'a Proof,
    /// When the request's time is over, as far as is known.
    pub expires_at: i64,
}

/// A decision that the caller has leased and has to bring to an end.
#[derive(Debug)]
pub struct LeasedDecision {
    /// The request.
    pub auth_req_id: AuthReqId,
    /// Its public name, for the log; rows of an earlier version have none.
    pub handle: Option<RequestHandle>,
    /// Who decides: the provider's identifier of the customer.
    pub subject: String,
    /// With what it is shown who decided.
    pub proof: Proof,
    /// What was decided.
    pub answer: Answer,
    /// How many calls were made whose answer never came.
    pub unanswered: i64,
    /// How often it was sent.
    pub attempts: i64,
    /// Whether the provider has pushed the request: whether there is a row, readable or not.
    pub is_pushed: bool,
    lease: String,
}

/// The journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The machine gave no randomness for a lease.
    #[error("decision not written")]
    Entropy(#[from] NoEntropy),
    /// What is kept could not be sealed.
    #[error("decision not written")]
    Seal(#[from] SealError),
    /// The database.
    #[error("the decision journal could not be read or written")]
    Storage(#[from] StorageError),
    /// A fault of ours.
    #[error("decision not written")]
    Illegal(#[from] IllegalTransition),
}

impl Fault for JournalError {}

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// What a row keeps sealed.
#[derive(Serialize, Deserialize)]
struct SealedDecision {
    auth_req_id: AuthReqId,
    #[serde(default)]
    handle: Option<RequestHandle>,
    #[serde(flatten)]
    proof: Proof,
    /// Whether a refusal says that they are not speaking with an agent.
    #[serde(default)]
    disowned: bool,
}

impl Journal {
    /// The journal in `storage`.
    pub fn new(storage: Storage, sealer: Sealer, ambient: Ambient) -> Self {
        Self { storage, sealer, ambient }
    }

    /// Claims a decision: a new one, or one that [`Entry::admits`]. `None`: there is a row
    /// that does not allow it ([`Journal::of`] says which), or the agent has withdrawn the request.
    pub async fn claim(&self, claim: &Claim<'_>) -> Result<Option<LeasedDecision>, JournalError> {
        let lease = self.ambient.entropy.token::<16>()?;
        let sealed = SealedDecision {
            auth_req_id: claim.request.auth_req_id.clone(),
            handle: Some(claim.request.handle()),
            proof: claim.proof.clone(),
            disowned: claim.answer == Answer::Disowned,
        };
        let now = self.ambient.clock.unix();
        let digest = digest(&sealed.auth_req_id);
        // The rules of `Entry::admits` once more, so that one of two claims at once is refused. In
        // the order of the lines: the same decision again; another where the provider has taken
        // nothing, because every call was answered and the proof was refused; a refusal where no
        // call has reached the provider. Never an approval after a wrong pick, never after an end,
        // and never while somebody holds it. Nor after a withdrawal, which finds what is claimed here
        // in its way. A refusal that is sent again stays that of a wrong pick.
        let statement = sqlx::query(
            "INSERT INTO site_decisions (auth_req_hash, subject, decision, state, reason, \
             presumed, attempts, unanswered, sealed, lease, lease_until, next_attempt_at, \
             claimed_at, updated_at, expires_at, answer) \
             SELECT $1, $2, $3, 'claimed', '', 0, 0, 0, $4, $5, CAST($6 AS BIGINT), 0, \
             CAST($7 AS BIGINT), CAST($7 AS BIGINT), CAST($8 AS BIGINT), $9 \
             WHERE NOT EXISTS (SELECT 1 FROM site_requests \
              WHERE auth_req_hash = $1 AND withdrawn_at IS NOT NULL) \
             ON CONFLICT (auth_req_hash, subject) DO UPDATE SET \
             decision = excluded.decision, state = 'claimed', reason = '', \
             answer = CASE WHEN site_decisions.answer = 'wrong_reference' \
              THEN site_decisions.answer ELSE excluded.answer END, \
             sealed = excluded.sealed, lease = excluded.lease, \
             lease_until = excluded.lease_until, updated_at = excluded.updated_at \
             WHERE (site_decisions.decision = excluded.decision \
              OR (site_decisions.state = 'sign_in' AND site_decisions.unanswered = 0) \
              OR (site_decisions.state = 'unknown' AND site_decisions.unanswered = 0 \
               AND excluded.decision = 'deny')) \
             AND (site_decisions.answer <> 'wrong_reference' OR excluded.decision = 'deny') \
             AND site_decisions.state NOT IN ('confirmed', 'refused', 'unclear') \
             AND site_decisions.lease_until <= $7 \
             RETURNING attempts, unanswered, CAST(CASE WHEN EXISTS \
              (SELECT 1 FROM site_pushed_requests AS pushed WHERE pushed.auth_req_hash = $1) \
              THEN 1 ELSE 0 END AS BIGINT) AS is_pushed",
        )
        .bind(digest.clone())
        .bind(claim.subject.to_owned())
        .bind(claim.answer.decision().as_str())
        .bind(self.sealer.seal(PURPOSE, &sealed)?)
        .bind(lease.clone())
        .bind(now + LEASE)
        .bind(now)
        .bind(claim.expires_at)
        .bind(claim.answer.as_str());
        let row = self.storage.change_alone(&decision_lock(&digest), statement).await?;
        row.map(|row| leased(&row, sealed, claim.subject.to_owned(), claim.answer, lease))
            .transpose()
    }

    /// Takes a decision over that is due and that nobody holds: after a crash, or when its time to
    /// be sent again has come.
    pub async fn take_due(&self) -> Result<Option<LeasedDecision>, JournalError> {
        while let Some((row, lease)) = self.lease_due().await? {
            let sealed: String = row.try_get("sealed")?;
            if let Ok(sealed) = self.sealer.open::<SealedDecision>(PURPOSE, &sealed) {
                let answer = entry::answer(row.try_get("answer")?, row.try_get("decision")?)?;
                return leased(&row, sealed, row.try_get("subject")?, answer, lease).map(Some);
            }
            // The lease that was just taken keeps the row from coming up at once, and the others do not
            // wait for it.
            tracing::error!("a decision cannot be resumed: it was sealed with a key that is gone");
        }
        Ok(None)
    }

    async fn lease_due(&self) -> Result<Option<(AnyRow, String)>, JournalError> {
        let lease = self.ambient.entropy.token::<16>()?;
        let now = self.ambient.clock.unix();
        let statement = sqlx::query(
            "UPDATE site_decisions SET lease = $1, lease_until = $2, updated_at = $3 \
             WHERE (auth_req_hash, subject) = (SELECT auth_req_hash, subject \
              FROM site_decisions WHERE sealed <> '' \
              AND state IN ('claimed', 'sent', 'unknown') \
              AND next_attempt_at <= $3 AND lease_until <= $3 AND expires_at > $3 \
              ORDER BY next_attempt_at LIMIT 1) \
             AND state IN ('claimed', 'sent', 'unknown') AND lease_until <= $3 \
             RETURNING subject, decision, answer, sealed, attempts, unanswered, \
             CAST(CASE WHEN EXISTS (SELECT 1 FROM site_pushed_requests AS pushed \
               WHERE pushed.auth_req_hash = site_decisions.auth_req_hash) \
              THEN 1 ELSE 0 END AS BIGINT) AS is_pushed",
        )
        .bind(lease.clone())
        .bind(now + LEASE)
        .bind(now);
        Ok(self.storage.change(statement).await?.map(|row| (row, lease)))
    }

    /// Notes that the decision is being sent, and renews the lease. Until the answer is recorded the
    /// call counts as unanswered: a crash must not hide it. `false`: the lease was lost, or the agent
    /// has withdrawn the request, and nothing may be sent.
    pub async fn sending(&self, leased: &mut LeasedDecision) -> Result<bool, JournalError> {
        let now = self.ambient.clock.unix();
        let digest = digest(&leased.auth_req_id);
        let statement = sqlx::query(
            "UPDATE site_decisions SET state = 'sent', attempts = attempts + 1, \
             unanswered = unanswered + 1, lease_until = $1, updated_at = $2 \
             WHERE auth_req_hash = $3 AND subject = $4 AND lease = $5 \
             AND NOT EXISTS (SELECT 1 FROM site_requests \
              WHERE auth_req_hash = $3 AND withdrawn_at IS NOT NULL) \
             RETURNING attempts",
        )
        .bind(now + LEASE)
        .bind(now)
        .bind(digest.clone())
        .bind(leased.subject.clone())
        .bind(leased.lease.clone());
        let row = self.storage.change_alone(&decision_lock(&digest), statement).await?;
        leased.attempts += 1;
        Ok(row.is_some())
    }

    /// Records what came of the decision, and ends the lease. `false`: the lease was lost, and whoever
    /// has it now records.
    pub async fn record(
        &self,
        leased: &LeasedDecision,
        outcome: &Outcome,
    ) -> Result<bool, JournalError> {
        outcome.may_end(leased.unanswered)?;
        let now = self.ambient.clock.unix();
        let mut transaction = self.storage.writer().begin().await?;
        let done = end_lease(leased, outcome, now).execute(&mut *transaction).await?;
        let recorded = done.rows_affected() == 1;
        if recorded && *outcome == Outcome::Confirmed {
            tell_the_agent(leased, now).execute(&mut *transaction).await?;
        }
        if recorded && !outcome.is_final() && leased.unanswered == 0 {
            // Nothing has reached the provider: the agent can withdraw the request again.
            sqlx::query(
                "UPDATE site_pushed_requests SET answered_by = '' \
                 WHERE auth_req_hash = $1 AND answered_by = 'customer'",
            )
            .bind(digest(&leased.auth_req_id))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(recorded)
    }

    /// The decision of a request that the provider has confirmed itself, whoever made it. What is
    /// only presumed is its subject's alone: the decision that the provider has may be another's.
    pub async fn confirmed(
        &self,
        auth_req_id: &AuthReqId,
    ) -> Result<Option<Decision>, JournalError> {
        let row = sqlx::query(
            "SELECT decision FROM site_decisions \
             WHERE auth_req_hash = $1 AND state = 'confirmed' AND presumed = 0 LIMIT 1",
        )
        .bind(digest(auth_req_id))
        .fetch_optional(self.storage.reader())
        .await?;
        row.map(|row| Ok(entry::decision(row.try_get("decision")?)?)).transpose()
    }

    /// How the decision of one subject stands.
    pub async fn of(
        &self,
        auth_req_id: &AuthReqId,
        subject: &str,
    ) -> Result<Option<Entry>, JournalError> {
        let row = sqlx::query(&format!(
            "SELECT {ENTRY} FROM site_decisions AS own \
             WHERE own.auth_req_hash = $1 AND own.subject = $2"
        ))
        .bind(digest(auth_req_id))
        .bind(subject.to_owned())
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(row.map(|row| entry::entry(&row, self.ambient.clock.unix())).transpose()?)
    }

    /// How many decisions the provider has not been told yet, and may still be.
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
    pub async fn clear(&self) -> Result<(), JournalError> {
        let now = self.ambient.clock.unix();
        // Out of the index of what is sealed, which is short, and not out of that of all by their end.
        sqlx::query(
            "UPDATE site_decisions SET sealed = '' \
             WHERE sealed <> '' AND expires_at + 0 <= $1 AND lease_until <= $1",
        )
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        sqlx::query("DELETE FROM site_decisions WHERE expires_at < $1")
            .bind(now - RETENTION)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

/// Records what came of a decision, where this lease is still the row's.
fn end_lease(
    leased: &LeasedDecision,
    outcome: &Outcome,
    now: i64,
) -> Query<'static, Any, AnyArguments<'static>> {
    let reason = match outcome {
        Outcome::Refused(reason) => reason.as_str().to_owned(),
        Outcome::SignInNeeded { refused, .. } => refused.clone(),
        _ => String::new(),
    };
    // Neither a proof that was refused nor one of a decision that has ended is of use to anybody but a
    // thief.
    let is_spent = outcome.next_attempt_at().is_none();
    sqlx::query(
        "UPDATE site_decisions SET state = $1, reason = $2, presumed = $3, \
         next_attempt_at = $4, unanswered = $5, \
         sealed = CASE WHEN $6 = 1 THEN '' ELSE sealed END, \
         lease = '', lease_until = 0, updated_at = $7 \
         WHERE auth_req_hash = $8 AND subject = $9 AND lease = $10",
    )
    .bind(outcome.as_str())
    .bind(reason)
    .bind(i64::from(*outcome == Outcome::Presumed))
    .bind(outcome.next_attempt_at().unwrap_or_default())
    .bind(leased.unanswered)
    .bind(i64::from(is_spent))
    .bind(now)
    .bind(digest(&leased.auth_req_id))
    .bind(leased.subject.clone())
    .bind(leased.lease.clone())
}

/// Notes the confirmed decision in the record from which the agent's side reads how a request ended.
fn tell_the_agent(leased: &LeasedDecision, now: i64) -> Query<'static, Any, AnyArguments<'static>> {
    sqlx::query(
        "UPDATE site_requests SET decided_at = $1, outcome = $2, signed_in_by = $4 \
         WHERE auth_req_hash = $3 AND decided_at IS NULL",
    )
    .bind(now)
    .bind(leased.answer.decision().as_str())
    .bind(digest(&leased.auth_req_id))
    .bind(leased.proof.by_mail().map(MailWay::as_str).unwrap_or_default())
}

fn leased(
    row: &AnyRow,
    sealed: SealedDecision,
    subject: String,
    answer: Answer,
    lease: String,
) -> Result<LeasedDecision, JournalError> {
    Ok(LeasedDecision {
        auth_req_id: sealed.auth_req_id,
        handle: sealed.handle,
        subject,
        proof: sealed.proof,
        answer: if sealed.disowned { Answer::Disowned } else { answer },
        unanswered: row.try_get("unanswered")?,
        attempts: row.try_get("attempts")?,
        is_pushed: row.try_get::<i64, _>("is_pushed")? == 1,
        lease,
    })
}

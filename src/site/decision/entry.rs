//! How a decision stands, as a row of the [journal](super::journal) says it.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::outcome::Outcome;
use crate::site::authority::Answer;
use ciba::{Decision, RefusalReason};

/// A decision in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was answered.
    pub answer: Answer,
    /// What came of it.
    pub outcome: Outcome,
}

impl Entry {
    /// The decision that it is.
    pub fn decision(&self) -> Decision {
        self.answer.decision()
    }

    /// Whether no call has brought it to the provider.
    pub fn is_unsent(&self) -> bool {
        matches!(self.outcome, Outcome::Unsent { .. })
    }

    /// Whether this subject may now send `decision`.
    pub fn admits(&self, decision: Decision) -> bool {
        let is_second_guess =
            self.answer == Answer::WrongReference && decision == Decision::Approve;
        !is_second_guess && self.outcome.claim(self.decision(), decision).is_ok()
    }
}

/// The columns of which [`entry`] is read, of `site_decisions AS own`.
pub(super) const ENTRY: &str = "own.decision, own.answer, own.state, own.reason, own.presumed, \
                                own.unanswered, own.lease_until, own.next_attempt_at";

/// Reads a row's [`ENTRY`].
pub(super) fn entry(row: &AnyRow, now: i64) -> Result<Entry, sqlx::Error> {
    let next_attempt_at = row.try_get("next_attempt_at")?;
    let lost: i64 = row.try_get("unanswered")?;
    let is_leased = row.try_get::<i64, _>("lease_until")? > now;
    let outcome = match row.try_get("state")? {
        "confirmed" if row.try_get::<i64, _>("presumed")? == 1 => Outcome::Presumed,
        "confirmed" => Outcome::Confirmed,
        "refused" => Outcome::Refused(RefusalReason::of_word(row.try_get("reason")?)),
        "unclear" => Outcome::Unclear,
        "claimed" if is_leased => Outcome::Claimed,
        _ if is_leased => Outcome::Sent,
        "sign_in" => {
            Outcome::SignInNeeded { refused: row.try_get("reason")?, may_be_taken: lost > 0 }
        }
        "unknown" => Outcome::open(lost, next_attempt_at),
        // Whoever had the lease is gone.
        _ => Outcome::Unanswered { next_attempt_at },
    };
    Ok(Entry { answer: answer(row.try_get("answer")?, row.try_get("decision")?)?, outcome })
}

/// Reads the answer of a row, of its two words.
pub(super) fn answer(word: &str, decided: &str) -> Result<Answer, sqlx::Error> {
    Ok(Answer::of_row(word, decision(decided)?))
}

/// Reads the word of a row.
pub(super) fn decision(text: &str) -> Result<Decision, sqlx::Error> {
    text.parse().map_err(|error: ciba::UnknownDecision| sqlx::Error::Decode(error.into()))
}

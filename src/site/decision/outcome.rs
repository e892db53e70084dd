//! What became of a decision. The journal's rows, the audit trail, the metrics and the outcome page are
//! all read from this one type.

use crate::audit::Event;
use ciba::{Completion, Decision, Problem, RefusalReason};

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Written, and about to be sent.
    Claimed,
    /// Being sent.
    Sent,
    /// No call has reached the provider. It may be sent again, or be turned into a refusal.
    Unsent {
        /// When it is sent again, in seconds since 1970.
        next_attempt_at: i64,
    },
    /// It was sent and no answer came. The same decision may be sent again.
    Unanswered {
        /// When it is sent again, in seconds since 1970.
        next_attempt_at: i64,
    },
    /// The provider has taken it.
    Confirmed,
    /// The provider calls the request decided after an answer to this very decision was lost: it is
    /// most likely this one, and may be another's.
    Presumed,
    /// The provider will not take it from this subject.
    Refused(RefusalReason),
    /// An answer was lost, and whether the decision was taken is not to be found out.
    Unclear,
    /// The provider did not accept the proof of who decided: a new sign-in of the same subject is
    /// needed.
    SignInNeeded {
        /// The fingerprint of the proof that was not accepted.
        refused: String,
        /// Whether an answer was lost before: the provider may have taken the decision.
        may_be_taken: bool,
    },
}

/// The change is none that a decision can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("illegal change of a decision's state")]
pub struct IllegalTransition;

impl Outcome {
    /// The word for it in the journal, in the audit trail and in metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Sent => "sent",
            Self::Unsent { .. } | Self::Unanswered { .. } => "unknown",
            Self::Confirmed | Self::Presumed => "confirmed",
            Self::Refused(_) => "refused",
            Self::Unclear => "unclear",
            Self::SignInNeeded { .. } => "sign_in",
        }
    }

    /// The words of what can be recorded of a decision that was sent.
    pub fn recorded_words() -> [&'static str; 5] {
        let sign_in = Self::SignInNeeded { refused: String::new(), may_be_taken: false };
        let refused = Self::Refused(RefusalReason::Other);
        let each = [Self::Confirmed, refused, Self::Unclear, Self::open(0, 0), sign_in];
        each.map(|outcome| outcome.as_str())
    }

    /// The event of the audit trail. What nobody knows is never called confirmed or refused.
    pub fn event(&self) -> Event {
        match self {
            Self::Claimed => Event::DecisionClaimed,
            Self::Sent | Self::Unsent { .. } | Self::Unanswered { .. } | Self::Unclear => {
                Event::DecisionUnclear
            }
            Self::Confirmed | Self::Presumed => Event::DecisionConfirmed,
            Self::Refused(_) => Event::DecisionRefused,
            Self::SignInNeeded { .. } => Event::DecisionNeedsSignIn,
        }
    }

    /// What the customer is told where the provider will not take the decision.
    pub fn problem(&self) -> Option<Problem> {
        let Self::Refused(reason) = self else { return None };
        Some(match reason {
            RefusalReason::Expired | RefusalReason::NotFound => Problem::RequestExpired,
            RefusalReason::AlreadyDecided => Problem::AlreadyDecided,
            RefusalReason::WrongUser => Problem::WrongAccount,
            RefusalReason::Other => Problem::NotAccepted,
        })
    }

    /// When the worker sends it again; nothing where it does not.
    pub fn next_attempt_at(&self) -> Option<i64> {
        match self {
            Self::Unsent { next_attempt_at } | Self::Unanswered { next_attempt_at } => {
                Some(*next_attempt_at)
            }
            _ => None,
        }
    }

    /// Whether somebody is at work on it.
    pub fn is_in_progress(&self) -> bool {
        matches!(self, Self::Claimed | Self::Sent)
    }

    /// Whether nothing changes it any more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Confirmed | Self::Presumed | Self::Refused(_) | Self::Unclear)
    }

    /// Claims `next` after `decided` has come to this. The journal's statement holds the same rules,
    /// and decides between two who claim at once.
    pub fn claim(&self, decided: Decision, next: Decision) -> Result<Self, IllegalTransition> {
        let may = match self {
            _ if self.is_in_progress() || self.is_final() => false,
            // The provider has taken nothing, and the person may have changed their mind.
            Self::SignInNeeded { may_be_taken: false, .. } => true,
            // Nothing has reached the provider: a refusal can still overtake an approval, and never
            // the other way round.
            Self::Unsent { .. } => next == decided || next == Decision::Deny,
            // The provider may have taken the decision: the opposite must not follow.
            _ => next == decided,
        };
        if may { Ok(Self::Claimed) } else { Err(IllegalTransition) }
    }

    /// What the provider's answer makes of a decision that was sent, where `lost` answers to it were
    /// lost before.
    ///
    /// # Errors
    ///
    /// The answer back, where it settles nothing and the decision may be sent again.
    pub fn of_answer(
        answer: Completion,
        lost: i64,
        may_repeat: bool,
        proof: impl FnOnce() -> String,
    ) -> Result<Self, Completion> {
        Ok(match answer {
            Completion::Confirmed => Self::Confirmed,
            Completion::Unauthorised => {
                Self::SignInNeeded { refused: proof(), may_be_taken: lost > 0 }
            }
            Completion::Refused(RefusalReason::AlreadyDecided) if lost > 0 => Self::Presumed,
            // A provider that forgets a request once it is decided, or has one word for every
            // refusal, says this of a decision that it has taken as well.
            Completion::Refused(
                RefusalReason::Other | RefusalReason::NotFound | RefusalReason::Expired,
            ) if lost > 0 => Self::Unclear,
            Completion::Refused(reason) => Self::Refused(reason),
            // Sent once more it could undo what the first call has done.
            Completion::Unknown(_) if !may_repeat => Self::Unclear,
            answer @ (Completion::NotSent(_) | Completion::Unknown(_)) => return Err(answer),
        })
    }

    /// Where a decision stands that is not settled.
    pub fn open(lost: i64, next_attempt_at: i64) -> Self {
        if lost > 0 {
            Self::Unanswered { next_attempt_at }
        } else {
            Self::Unsent { next_attempt_at }
        }
    }

    /// Whether a lease of a decision may end with this, where `lost` answers to it were lost.
    pub fn may_end(&self, lost: i64) -> Result<(), IllegalTransition> {
        let may = match self {
            Self::Claimed | Self::Sent => false,
            Self::Confirmed | Self::Refused(_) => true,
            Self::Unsent { .. } => lost == 0,
            Self::Unanswered { .. } | Self::Presumed | Self::Unclear => lost > 0,
            Self::SignInNeeded { may_be_taken, .. } => *may_be_taken == (lost > 0),
        };
        if may { Ok(()) } else { Err(IllegalTransition) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPROVE: Decision = Decision::Approve;
    const DENY: Decision = Decision::Deny;

    fn sign_in(may_be_taken: bool) -> Outcome {
        Outcome::SignInNeeded { refused: String::new(), may_be_taken }
    }

    fn all() -> Vec<Outcome> {
        let refused = RefusalReason::ALL.map(Outcome::Refused);
        let others = [
            Outcome::Claimed,
            Outcome::Sent,
            Outcome::Unsent { next_attempt_at: 0 },
            Outcome::Unanswered { next_attempt_at: 0 },
            Outcome::Confirmed,
            Outcome::Presumed,
            Outcome::Unclear,
            sign_in(false),
            sign_in(true),
        ];
        refused.into_iter().chain(others).collect()
    }

    /// Every claim that is legal; all others are not.
    #[test]
    fn only_these_claims_are_legal() {
        let unsent = Outcome::Unsent { next_attempt_at: 0 };
        let unanswered = Outcome::Unanswered { next_attempt_at: 0 };
        let legal = [
            (unsent.clone(), APPROVE, APPROVE),
            (unsent.clone(), APPROVE, DENY),
            (unsent, DENY, DENY),
            (unanswered.clone(), APPROVE, APPROVE),
            (unanswered, DENY, DENY),
            (sign_in(true), APPROVE, APPROVE),
            (sign_in(true), DENY, DENY),
            (sign_in(false), APPROVE, APPROVE),
            (sign_in(false), APPROVE, DENY),
            (sign_in(false), DENY, DENY),
            (sign_in(false), DENY, APPROVE),
        ];
        let mut found = 0;
        for outcome in all() {
            for (decided, next) in
                [(APPROVE, APPROVE), (APPROVE, DENY), (DENY, APPROVE), (DENY, DENY)]
            {
                let is_legal = legal.contains(&(outcome.clone(), decided, next));
                let expected = if is_legal { Ok(Outcome::Claimed) } else { Err(IllegalTransition) };
                assert_eq!(outcome.claim(decided, next), expected, "{outcome:?} {decided} {next}");
                found += usize::from(is_legal);
            }
        }
        assert_eq!(found, legal.len());
    }

    #[test]
    fn what_is_final_is_never_claimed_again() {
        for outcome in all().into_iter().filter(Outcome::is_final) {
            for (decided, next) in [(APPROVE, APPROVE), (APPROVE, DENY), (DENY, APPROVE)] {
                assert_eq!(outcome.claim(decided, next), Err(IllegalTransition), "{outcome:?}");
            }
        }
    }

    /// What a holder may record after no answer was lost, and after one was.
    #[test]
    fn only_these_ends_are_legal() {
        for outcome in all() {
            let (without, with) = match &outcome {
                Outcome::Claimed | Outcome::Sent => (false, false),
                Outcome::Confirmed | Outcome::Refused(_) => (true, true),
                Outcome::Unsent { .. } => (true, false),
                Outcome::Unanswered { .. } | Outcome::Presumed | Outcome::Unclear => (false, true),
                Outcome::SignInNeeded { may_be_taken, .. } => (!may_be_taken, *may_be_taken),
            };
            assert_eq!(outcome.may_end(0).is_ok(), without, "{outcome:?}");
            assert_eq!(outcome.may_end(1).is_ok(), with, "{outcome:?}");
        }
    }

    fn of(answer: Completion, lost: i64, may_repeat: bool) -> Option<Outcome> {
        Outcome::of_answer(answer, lost, may_repeat, String::new).ok()
    }

    #[test]
    fn an_answer_says_no_more_than_it_can() {
        use RefusalReason::{AlreadyDecided, Expired, NotFound, Other, WrongUser};
        let lost = || Completion::Unknown("lost".into());
        let not_sent = || Completion::NotSent("away".into());
        assert_eq!(of(Completion::Confirmed, 0, true), Some(Outcome::Confirmed));
        assert_eq!(of(Completion::Unauthorised, 0, true), Some(sign_in(false)));
        assert_eq!(of(Completion::Unauthorised, 1, true), Some(sign_in(true)));
        for reason in RefusalReason::ALL {
            let refused = Some(Outcome::Refused(reason));
            assert_eq!(of(Completion::Refused(reason), 0, true), refused);
            let after_a_loss = match reason {
                AlreadyDecided => Outcome::Presumed,
                Other | NotFound | Expired => Outcome::Unclear,
                WrongUser => Outcome::Refused(WrongUser),
            };
            assert_eq!(of(Completion::Refused(reason), 1, true), Some(after_a_loss));
        }
        for answer in [lost(), not_sent()] {
            assert_eq!(of(answer, 0, true), None);
        }
        assert_eq!(of(lost(), 0, false), Some(Outcome::Unclear), "it may never be repeated");
        assert_eq!(of(not_sent(), 0, false), None, "nothing was sent that could be undone");
    }

    #[test]
    fn what_nobody_knows_is_never_called_confirmed_or_refused() {
        for outcome in all() {
            let is_known = matches!(outcome, Outcome::Confirmed | Outcome::Presumed);
            assert_eq!(outcome.event() == Event::DecisionConfirmed, is_known, "{outcome:?}");
            let is_refused = matches!(outcome, Outcome::Refused(_));
            assert_eq!(outcome.event() == Event::DecisionRefused, is_refused, "{outcome:?}");
            assert_eq!(outcome.problem().is_some(), is_refused);
        }
    }
}

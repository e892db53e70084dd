//! How a request ended, for the agent: what the provider has said of it, and what the site has
//! recorded of the customer's steps. The desk and the command line say the same.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::step::{MailWay, Reporter};
use ciba::words;
use messages::texts::Words;

/// How a request was closed, as the provider, or the agent, has said. The words stand in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
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

words!(Closed with from_word {
    Allowed = "allowed",
    Denied = "denied",
    Expired = "expired",
    Failed = "failed",
    Left = "left",
});

/// The customer's steps, in seconds since 1970, as the site has recorded them. A site that keeps its
/// records elsewhere leaves all of them empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CustomerSteps {
    /// The first form was sent; opening the link alone proves nothing.
    pub opened_at: Option<i64>,
    /// A customer signed in whose request it can be.
    pub signed_in_at: Option<i64>,
    /// By what of a mail of ours, where it was not at the provider.
    pub signed_in_by: Option<MailWay>,
    /// Somebody said that they are not speaking with an agent.
    pub reported_at: Option<i64>,
    /// Who that was, as far as it was proved.
    pub reporter: Reporter,
    /// Another reference than the agent's was picked.
    pub wrong_reference_at: Option<i64>,
    /// Somebody signed in whose request it is not, and nobody else since.
    pub wrong_account_at: Option<i64>,
    /// How many sign-ins came to nothing.
    pub sign_in_failures: u32,
    /// The provider confirmed a decision.
    pub decided_at: Option<i64>,
    /// The agent withdrew it.
    pub withdrawn_at: Option<i64>,
    /// It turned out that its link reaches nobody.
    pub unreachable_at: Option<i64>,
    /// The customer has answered, and the provider has not confirmed it: it was not reached, or its
    /// answer was lost.
    pub unconfirmed_at: Option<i64>,
}

/// How a request ended, for the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The customer allowed it.
    Allowed,
    /// The customer refused.
    Stopped,
    /// Somebody said that they are not speaking with an agent.
    Reported(Reporter),
    /// Another reference than the agent's was picked.
    WrongReference,
    /// Somebody signed in whose request it is not.
    WrongAccount,
    /// A customer signed in and did not answer.
    NotAnswered,
    /// So many sign-ins came to nothing, and none succeeded.
    SignInFailed(u32),
    /// The link was used, and nobody signed in.
    NotSignedIn,
    /// Nobody has used the link, as far as is known.
    NeverOpened,
    /// The customer answered, and the provider knows of no answer in time.
    Late,
    /// The customer answered, and whether the provider has taken it was never confirmed.
    Unconfirmed,
    /// Its time ran out, and what the customer did is not known.
    Expired,
    /// The agent withdrew it.
    Withdrawn,
    /// Its link could be sent to nobody.
    Unreachable,
    /// It could not be followed to its end.
    Failed,
}

impl Ending {
    /// What a request has come to. `steps`: `None` where no record of it can be read.
    pub fn of(closed: Closed, steps: Option<&CustomerSteps>) -> Self {
        match (closed, steps) {
            (Closed::Allowed, _) => Self::Allowed,
            (Closed::Left, _) => Self::Withdrawn,
            (Closed::Failed, _) => Self::Failed,
            (Closed::Denied, None) => Self::Stopped,
            (Closed::Expired, None) => Self::Expired,
            (Closed::Denied, Some(steps)) => {
                steps.ended_by_us().or_else(|| steps.alarm()).unwrap_or(Self::Stopped)
            }
            // The provider knows of no decision in time: whatever the customer's page says, it is
            // none.
            (Closed::Expired, Some(steps)) if steps.decided_at.is_some() => Self::Late,
            (Closed::Expired, Some(steps)) => {
                steps.alarm().unwrap_or_else(|| steps.without_answer())
            }
        }
    }

    /// The word for it in JSON and in the page's hooks.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Stopped => "stopped",
            Self::Reported(_) => "reported",
            Self::WrongReference => "wrong_reference",
            Self::WrongAccount => "wrong_account",
            Self::NotAnswered => "not_answered",
            Self::SignInFailed(_) => "sign_in_failed",
            Self::NotSignedIn => "not_signed_in",
            Self::NeverOpened => "never_opened",
            Self::Late => "late",
            Self::Unconfirmed => "unconfirmed",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
        }
    }

    /// One word, and two sentences: what happened, and what the agent does next.
    pub fn say(self, words: &Words) -> EndingText {
        let [word, text, next] = self.messages();
        let text = match self {
            Self::SignInFailed(times) => words.plain(text, &[("times", times.into())]),
            _ => words.text(text),
        };
        EndingText { word: words.text(word), text, next: words.text(next) }
    }

    fn messages(self) -> [&'static str; 3] {
        match self {
            Self::Allowed => ["ending-allowed", "ending-allowed-text", "ending-allowed-next"],
            Self::Stopped => ["ending-stopped", "ending-stopped-text", "ending-stopped-next"],
            Self::Reported(Reporter::Customer) => {
                ["ending-reported", "ending-reported-text", "ending-reported-next"]
            }
            // Nobody is named who was not proved.
            Self::Reported(Reporter::LinkHolder) => {
                ["ending-reported", "ending-reported-unproved-text", "ending-reported-next"]
            }
            Self::WrongReference => {
                ["ending-reference", "ending-reference-text", "ending-reference-next"]
            }
            Self::WrongAccount => ["ending-account", "ending-account-text", "ending-account-next"],
            Self::NotAnswered => {
                ["ending-unanswered", "ending-unanswered-text", "ending-unanswered-next"]
            }
            Self::SignInFailed(_) => {
                ["ending-sign-in", "ending-sign-in-text", "ending-sign-in-next"]
            }
            Self::NotSignedIn => ["ending-opened", "ending-opened-text", "ending-opened-next"],
            Self::NeverOpened => {
                ["ending-unopened", "ending-unopened-text", "ending-unopened-next"]
            }
            Self::Late => ["ending-late", "ending-late-text", "ending-late-next"],
            Self::Unconfirmed => {
                ["ending-unconfirmed", "ending-unconfirmed-text", "ending-unconfirmed-next"]
            }
            Self::Expired => ["ending-expired", "ending-expired-text", "ending-expired-next"],
            Self::Withdrawn => {
                ["ending-withdrawn", "ending-withdrawn-text", "ending-withdrawn-next"]
            }
            Self::Unreachable => {
                ["ending-unreachable", "ending-unreachable-text", "ending-unreachable-next"]
            }
            Self::Failed => ["ending-failed", "ending-failed-text", "ending-failed-next"],
        }
    }
}

/// How a request ended, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingText {
    /// One word.
    pub word: String,
    /// What happened.
    pub text: String,
    /// What the agent does next.
    pub next: String,
}

impl CustomerSteps {
    /// Reads them of a row of `site_requests`, or of one beside which there is none.
    pub(crate) fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let reporter: Option<String> = row.try_get("reported_by")?;
        let signed_in_by: Option<String> = row.try_get("signed_in_by")?;
        // Rows of earlier versions have no words for either.
        let failures: Option<i64> = row.try_get("sign_in_failures")?;
        Ok(Self {
            opened_at: row.try_get("opened_at")?,
            signed_in_at: row.try_get("signed_in_at")?,
            signed_in_by: signed_in_by.as_deref().and_then(MailWay::from_word),
            reported_at: row.try_get("reported_at")?,
            reporter: reporter.as_deref().and_then(Reporter::from_word).unwrap_or_default(),
            wrong_reference_at: row.try_get("wrong_reference_at")?,
            wrong_account_at: row.try_get("wrong_account_at")?,
            sign_in_failures: u32::try_from(failures.unwrap_or_default()).unwrap_or_default(),
            decided_at: row.try_get("decided_at")?,
            withdrawn_at: row.try_get("withdrawn_at")?,
            unreachable_at: row.try_get("unreachable_at")?,
            unconfirmed_at: row.try_get("unconfirmed_at")?,
        })
    }

    /// When the customer has answered, whatever the provider says of it.
    pub fn answered_at(&self) -> Option<i64> {
        self.decided_at.or(self.unconfirmed_at)
    }

    /// What an agent has to know at once, and what outweighs a refusal.
    pub fn alarm(&self) -> Option<Ending> {
        if self.reported_at.is_some() {
            return Some(Ending::Reported(self.reporter));
        }
        self.wrong_reference_at.map(|_| Ending::WrongReference)
    }

    /// What a provider that can cancel was told by us, and calls a denial.
    fn ended_by_us(&self) -> Option<Ending> {
        let withdrawn = self.withdrawn_at.map(|_| Ending::Withdrawn);
        withdrawn.or_else(|| self.unreachable_at.map(|_| Ending::Unreachable))
    }

    fn without_answer(&self) -> Ending {
        if let Some(ending) = self.ended_by_us() {
            ending
        } else if self.unconfirmed_at.is_some() {
            Ending::Unconfirmed
        } else if self.wrong_account_at.is_some() {
            Ending::WrongAccount
        } else if self.signed_in_at.is_some() {
            Ending::NotAnswered
        } else if self.sign_in_failures > 0 {
            Ending::SignInFailed(self.sign_in_failures)
        } else if self.opened_at.is_some() {
            Ending::NotSignedIn
        } else {
            Ending::NeverOpened
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use messages::brand::BrandConfig;
    use messages::texts::{Language, Texts};

    /// What a customer did, one step after the other.
    fn after(taken: &[&str]) -> CustomerSteps {
        let mut steps = CustomerSteps::default();
        for step in taken {
            match *step {
                "opened" => steps.opened_at = Some(1),
                "failed" => steps.sign_in_failures += 1,
                "signed in" => steps.signed_in_at = Some(2),
                "another account" => steps.wrong_account_at = Some(3),
                "wrong pick" => steps.wrong_reference_at = Some(4),
                "somebody reports" => steps.reported_at = Some(5),
                "customer reports" => {
                    steps.reported_at = Some(5);
                    steps.reporter = Reporter::Customer;
                }
                "decided" => steps.decided_at = Some(6),
                "withdrawn" => steps.withdrawn_at = Some(7),
                "unreachable" => steps.unreachable_at = Some(8),
                "unconfirmed" => steps.unconfirmed_at = Some(9),
                other => panic!("{other}"),
            }
        }
        steps
    }

    #[test]
    fn every_ending_is_told_from_every_other() {
        let table: &[(Closed, Option<&[&str]>, Ending)] = &[
            (Closed::Allowed, None, Ending::Allowed),
            (Closed::Allowed, Some(&["opened", "failed", "wrong pick"]), Ending::Allowed),
            (Closed::Denied, None, Ending::Stopped),
            (Closed::Denied, Some(&["opened", "signed in", "decided"]), Ending::Stopped),
            (
                Closed::Denied,
                Some(&["opened", "customer reports"]),
                Ending::Reported(Reporter::Customer),
            ),
            (
                Closed::Denied,
                Some(&["opened", "somebody reports"]),
                Ending::Reported(Reporter::LinkHolder),
            ),
            (Closed::Denied, Some(&["opened", "wrong pick"]), Ending::WrongReference),
            (Closed::Expired, None, Ending::Expired),
            (Closed::Expired, Some(&[]), Ending::NeverOpened),
            (Closed::Expired, Some(&["opened"]), Ending::NotSignedIn),
            (Closed::Expired, Some(&["opened", "failed"]), Ending::SignInFailed(1)),
            (Closed::Expired, Some(&["opened", "failed", "failed"]), Ending::SignInFailed(2)),
            (Closed::Expired, Some(&["opened", "failed", "signed in"]), Ending::NotAnswered),
            (Closed::Expired, Some(&["opened", "another account"]), Ending::WrongAccount),
            (Closed::Expired, Some(&["opened", "signed in", "wrong pick"]), Ending::WrongReference),
            (
                Closed::Expired,
                Some(&["wrong pick", "somebody reports"]),
                Ending::Reported(Reporter::LinkHolder),
            ),
            (Closed::Expired, Some(&["opened", "signed in", "decided"]), Ending::Late),
            (Closed::Expired, Some(&["opened", "signed in", "unconfirmed"]), Ending::Unconfirmed),
            (Closed::Allowed, Some(&["signed in", "unconfirmed"]), Ending::Allowed),
            (Closed::Denied, Some(&["signed in", "unconfirmed"]), Ending::Stopped),
            (Closed::Expired, Some(&["opened", "withdrawn"]), Ending::Withdrawn),
            (Closed::Left, Some(&["opened"]), Ending::Withdrawn),
            (Closed::Denied, Some(&["opened", "withdrawn"]), Ending::Withdrawn),
            (Closed::Denied, Some(&["unreachable"]), Ending::Unreachable),
            (Closed::Failed, Some(&["opened"]), Ending::Failed),
        ];
        for (closed, taken, expected) in table {
            let steps = taken.map(after);
            assert_eq!(Ending::of(*closed, steps.as_ref()), *expected, "{closed:?} {taken:?}");
        }
    }

    #[test]
    fn every_ending_has_words_of_its_own_in_every_language() {
        let endings = [
            Ending::Allowed,
            Ending::Stopped,
            Ending::Reported(Reporter::Customer),
            Ending::Reported(Reporter::LinkHolder),
            Ending::WrongReference,
            Ending::WrongAccount,
            Ending::NotAnswered,
            Ending::SignInFailed(1),
            Ending::SignInFailed(2),
            Ending::NotSignedIn,
            Ending::NeverOpened,
            Ending::Late,
            Ending::Unconfirmed,
            Ending::Expired,
            Ending::Withdrawn,
            Ending::Unreachable,
            Ending::Failed,
        ];
        let texts = Arc::new(Texts::load(&BrandConfig::default()).unwrap());
        for language in Language::ALL {
            let words = texts.words(language);
            let said: Vec<_> = endings.iter().map(|ending| ending.say(&words)).collect();
            let different: BTreeSet<_> = said.iter().map(|said| &said.text).collect();
            assert_eq!(different.len(), endings.len(), "{language:?}: {different:?}");
            for EndingText { word, text, next } in said {
                assert!(!word.is_empty() && !next.is_empty(), "{language:?}: {text}");
            }
        }
    }
}

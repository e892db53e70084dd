//! What the person does.

use crate::words;

use serde::{Deserialize, Serialize};

/// The person's answer to an authentication request. What the provider then says is another thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// "Yes, allow".
    Approve,
    /// "No, stop this".
    Deny,
}

/// The text is neither `approve` nor `deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a decision: \"approve\" or \"deny\" is expected")]
pub struct UnknownDecision;

words!(Decision or UnknownDecision {
    Approve = "approve",
    Deny = "deny",
});

impl Decision {
    /// The value of `approved` in `POST /auth/backchannel/complete`.
    pub fn is_approval(self) -> bool {
        self == Self::Approve
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_two_words_and_no_others() {
        for decision in [Decision::Approve, Decision::Deny] {
            assert_eq!(decision.as_str().parse(), Ok(decision));
        }
        for text in ["", "Approve", "yes", "true", "approve "] {
            assert_eq!(text.parse::<Decision>(), Err(UnknownDecision));
        }
    }
}

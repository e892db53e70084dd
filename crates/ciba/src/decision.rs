//! What the person does.

use std::fmt;
use std::str::FromStr;

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
#[error("parse a decision: \"approve\" or \"deny\" is expected")]
pub struct UnknownDecision;

impl Decision {
    /// The value of `approved` in `POST /auth/backchannel/complete`.
    pub fn is_approval(self) -> bool {
        self == Self::Approve
    }

    /// The word used in forms, storage and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Decision {
    type Err = UnknownDecision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "approve" => Ok(Self::Approve),
            "deny" => Ok(Self::Deny),
            _ => Err(UnknownDecision),
        }
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

//! Who called whom.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How the customer and the agent came to speak with each other, as the agent tells it.
///
/// # Security
///
/// Whoever relays a call (to the company as the customer, to the customer as the company) makes
/// everything else on the page true. Only the customer knows who called whom, and only this shows
/// them that the agent was told something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// The customer called the company.
    CustomerCalled,
    /// The company called the customer.
    CompanyCalled,
    /// They stand before each other in a branch.
    Branch,
}

/// The text is none of the three words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("parse a contact: \"customer_called\", \"company_called\" or \"branch\" is expected")]
pub struct UnknownContact;

impl Contact {
    /// The word used in forms, storage and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomerCalled => "customer_called",
            Self::CompanyCalled => "company_called",
            Self::Branch => "branch",
        }
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Contact {
    type Err = UnknownContact;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "customer_called" => Ok(Self::CustomerCalled),
            "company_called" => Ok(Self::CompanyCalled),
            "branch" => Ok(Self::Branch),
            _ => Err(UnknownContact),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_three_words_and_no_others() {
        for contact in [Contact::CustomerCalled, Contact::CompanyCalled, Contact::Branch] {
            assert_eq!(contact.as_str().parse(), Ok(contact));
        }
        for text in ["", "Branch", "customer-called", "branch "] {
            assert_eq!(text.parse::<Contact>(), Err(UnknownContact));
        }
    }
}

//! Who called whom.

use crate::words;

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
#[error("not a way of contact: \"customer_called\", \"company_called\" or \"branch\" is expected")]
pub struct UnknownContact;

words!(Contact or UnknownContact {
    CustomerCalled = "customer_called",
    CompanyCalled = "company_called",
    Branch = "branch",
});

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

//! What is recorded of a request while it is open, and in which words it stands in rows.

use serde::{Deserialize, Serialize};

use ciba::words;

/// What has happened to a request, by the customer mostly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The first form was sent.
    Opened,
    /// A customer has signed in, whose request it can be; by what of a mail of ours, where it was not
    /// at the provider.
    SignedIn(Option<MailWay>),
    /// Somebody has signed in whose request it is not.
    WrongAccount,
    /// A sign-in came to nothing.
    SignInFailed,
    /// Another reference than the agent's was picked.
    WrongReference,
    /// Somebody said that they are not speaking with an agent.
    Reported(Reporter),
    /// Its link reaches nobody.
    Unreachable,
}

/// Who says that they are not speaking with an agent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reporter {
    /// Somebody who has the link; nobody has proved who that is.
    #[default]
    LinkHolder,
    /// The customer, signed in.
    Customer,
}

words!(Reporter with from_word {
    LinkHolder = "link_holder",
    Customer = "customer",
});

/// What of a mail of ours somebody has signed in with, instead of at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailWay {
    /// Its link.
    #[serde(rename = "mail-link")]
    Link,
    /// Its code.
    #[serde(rename = "mail-code")]
    Code,
}

words!(MailWay with from_word {
    Link = "mail-link",
    Code = "mail-code",
});

impl MailWay {
    /// The method as ID tokens name it.
    pub fn amr(self) -> &'static str {
        match self {
            Self::Link => "eml",
            Self::Code => "eotp",
        }
    }
}

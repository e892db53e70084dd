//! The port to whoever is told the customer's decision.
//!
//! The site and its journal know a provider by this trait alone. `Transmit` takes the customer's own
//! token as proof of who decided; a provider that trusts its authentication device (Keycloak, and
//! every other with a device channel) takes our word.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize, Serializer};

use super::request::pushed::PushedRequest;
use crate::records::MailWay;
use ciba::{AuthReqId, Cause, Completion, Decision, words};
use platform::Secret;
use platform::ids::digest;

/// Who is told what a customer decided.
#[async_trait]
pub trait Authority: fmt::Debug + Send + Sync {
    /// Tells the provider a decision.
    ///
    /// The journal has written the decision down before, and records the answer. It sends the
    /// decision again after [`Completion::NotSent`], and after [`Completion::Unknown`] only where
    /// [`Authority::may_repeat`] says so. So an implementation answers `NotSent` only where the
    /// provider certainly has nothing, and never repeats a call itself whose answer was lost.
    ///
    /// The site has checked that the customer who signed in is the one whom a pushed request names.
    /// How strongly they signed in is the implementation's to compare with what the request demands
    /// (`acr`, `auth_time`): it answers [`Completion::Unauthorised`] where that is not enough, and the
    /// customer signs in again.
    async fn complete(
        &self,
        request: RequestAtProvider<'_>,
        proof: &Proof,
        answer: Answer,
    ) -> Completion;

    /// Whether the same decision may be sent again after an answer was lost.
    ///
    /// Where it may not, a lost answer ends as "unclear" at once, also after a crash between the call
    /// and its record: at Keycloak a second callback destroys an approval that the first one made.
    fn may_repeat(&self, decision: Decision) -> bool;

    /// Ends a request that nobody has decided, for a reason that is no decision of the customer's.
    ///
    /// It is called for a withdrawal by the agent, and for a request whose link reaches nobody; never
    /// for a report of somebody who is not signed in: whoever has got a forwarded link must not stand
    /// in the rightful customer's way. The caller has taken the request before
    /// ([`super::request::pushed::PushedRequests::take`]), so that no decision is sent beside it.
    ///
    /// The default is that of a provider that knows no such call.
    async fn cancel(&self, request: RequestAtProvider<'_>, reason: Cancellation) -> Cancelled {
        let _ = (request, reason);
        Cancelled::HereOnly
    }
}

/// A request as its provider knows it.
#[derive(Debug, Clone, Copy)]
pub enum RequestAtProvider<'a> {
    /// It came as a link, which holds the provider's name for it. A provider that pushes its requests
    /// refuses it as not found.
    Link(&'a AuthReqId),
    /// The provider pushed it, with the credential with which it wants to be answered.
    Pushed(&'a PushedRequest),
}

/// What a customer's provider is told of their decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// "Yes, allow".
    Allowed,
    /// "No, stop this".
    Stopped,
    /// "Yes, allow", with another reference than the agent's picked: it is refused. Providers have no
    /// word for it.
    WrongReference,
    /// "I am not speaking with an agent", by the customer, signed in. Providers that have no word for
    /// it are told of a refusal.
    Disowned,
}

words!(Answer with from_word {
    Allowed = "allowed",
    Stopped = "stopped",
    WrongReference = "wrong_reference",
    Disowned = "disowned",
});

impl Answer {
    /// The decision that it is.
    pub fn decision(self) -> Decision {
        match self {
            Self::Allowed => Decision::Approve,
            Self::Stopped | Self::WrongReference | Self::Disowned => Decision::Deny,
        }
    }

    /// The answer of a row of the journal with this word and this decision. Rows of earlier versions
    /// have no word.
    pub fn of_row(word: &str, decision: Decision) -> Self {
        Self::from_word(word)
            .filter(|known| known.decision() == decision)
            .unwrap_or_else(|| decision.into())
    }
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Approve => Self::Allowed,
            Decision::Deny => Self::Stopped,
        }
    }
}

/// How a provider is shown who decided.
///
/// It is sealed in the session and in the journal, and wiped with the decision's end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// The access token of the customer's sign-in at this provider.
    #[serde(rename = "token")]
    CustomerToken(CustomerToken),
    /// The provider trusts what we say.
    #[serde(rename = "our_word")]
    OurWord(OurWord),
}

/// An access token that acts as the customer.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct CustomerToken(Secret);

/// Who decided, and how they signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OurWord {
    /// The provider's identifier of the customer.
    pub subject: String,
    /// How they signed in (RFC 8176).
    pub amr: Vec<String>,
    /// The class of the sign-in, where the provider has named one.
    pub acr: Option<String>,
    /// When they signed in, in seconds since 1970.
    pub auth_time: i64,
    /// By what of a mail of ours, where they have not signed in at the provider: it proves less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_mail: Option<MailWay>,
}

impl fmt::Debug for OurWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OurWord").field("amr", &self.amr).finish_non_exhaustive()
    }
}

/// Why a request ends without a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// The agent has withdrawn it.
    Withdrawn,
    /// Its link cannot be sent to anybody.
    Undeliverable,
}

/// What became of a cancellation.
#[derive(Debug)]
pub enum Cancelled {
    /// The provider has ended the request for everybody.
    AtProvider,
    /// The provider was told nothing: the request ends on our own pages at most.
    HereOnly,
    /// Nobody knows.
    Unknown(Cause),
}

impl CustomerToken {
    /// Wraps a token.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// The token itself, for sealing and for the call that it authorises.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for CustomerToken {
    // Proofs are serialised to be sealed, and for nothing else.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl Proof {
    /// What stands in rows for a proof that was not accepted: enough to know it again.
    pub fn fingerprint(&self) -> String {
        match self {
            Self::CustomerToken(token) => digest(token.expose()),
            Self::OurWord(word) => digest(format!("{}\0{}", word.subject, word.auth_time)),
        }
    }

    /// By what of a mail of ours somebody has signed in, where it was not at the provider.
    pub fn by_mail(&self) -> Option<MailWay> {
        match self {
            Self::CustomerToken(_) => None,
            Self::OurWord(word) => word.by_mail,
        }
    }

    /// The customer's token, where the provider has given us one.
    pub fn customer_token(&self) -> Option<&CustomerToken> {
        match self {
            Self::CustomerToken(token) => Some(token),
            Self::OurWord(_) => None,
        }
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CustomerToken(_) => "CustomerToken(hidden)",
            Self::OurWord(_) => "OurWord(hidden)",
        })
    }
}

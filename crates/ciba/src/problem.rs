//! The closed set of things that can go wrong for a customer, and nothing else.
//!
//! Every failure behind a page is turned into one of these in `ciba_login::site`, by hand and once, and
//! is logged there. Unknown, foreign and run-out requests are one and the same to a stranger.

use crate::words;

/// What a customer can be told. Each has a page of its own that says what happened and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// The link lacks its request, or a value is malformed, oversized or repeated.
    LinkMalformed,
    /// This browser does not hold the request: never opened here, run out, or cookies are off.
    RequestUnknown,
    /// The request's time is over.
    RequestExpired,
    /// The agent has withdrawn the request.
    Withdrawn,
    /// Somebody has already decided the request.
    AlreadyDecided,
    /// The provider did not take the decision and does not say why: the request may have run out,
    /// been decided, or be meant for somebody else.
    NotAccepted,
    /// The request is meant for another account than the one signed in.
    WrongAccount,
    /// The link's message is not the one that the agent's request has.
    MessageMismatch,
    /// The provider could not be asked; nothing was decided.
    ProviderUnreachable,
    /// The request's time is over, and whether the provider has taken an answer to it is not known.
    OutcomeUnknown,
    /// The person has to sign in (again) before this can go on.
    SignInRequired,
    /// A sign-in did not come to its end; another way may.
    SignInFailed,
    /// The mail's link was used, replaced, or is too old.
    MailLinkSpent,
    /// The reference that was picked for a mail's link is not the agent's.
    WrongReference,
    /// The typed code is wrong or too old.
    CodeWrong,
    /// Too many tries; some minutes have to pass.
    TooManyTries,
    /// The form did not come from our own page.
    CrossSite,
    /// There is no such page.
    PageUnknown,
    /// There is such an address, and it is not one to be opened.
    MethodNotAllowed,
    /// More was sent than any form of ours holds.
    ContentTooLarge,
    /// A form that none of our pages sends.
    FormMalformed,
    /// A fault of ours.
    Internal,
}

words!(Problem with from_word {
    LinkMalformed = "link-malformed",
    RequestUnknown = "request-unknown",
    RequestExpired = "request-expired",
    Withdrawn = "withdrawn",
    AlreadyDecided = "already-decided",
    NotAccepted = "not-accepted",
    WrongAccount = "wrong-account",
    MessageMismatch = "message-mismatch",
    ProviderUnreachable = "provider-unreachable",
    OutcomeUnknown = "outcome-unknown",
    SignInRequired = "sign-in-required",
    SignInFailed = "sign-in-failed",
    MailLinkSpent = "mail-link-spent",
    WrongReference = "wrong-reference",
    CodeWrong = "code-wrong",
    TooManyTries = "too-many-tries",
    CrossSite = "cross-site",
    PageUnknown = "page-unknown",
    MethodNotAllowed = "method-not-allowed",
    ContentTooLarge = "content-too-large",
    FormMalformed = "form-malformed",
    Internal = "internal",
});

impl Problem {
    /// The HTTP status of the problem's page.
    pub fn status(self) -> u16 {
        match self {
            Self::LinkMalformed | Self::FormMalformed | Self::CodeWrong | Self::SignInFailed => 400,
            Self::SignInRequired => 401,
            Self::WrongAccount | Self::CrossSite => 403,
            Self::RequestUnknown | Self::PageUnknown => 404,
            Self::MethodNotAllowed => 405,
            Self::AlreadyDecided
            | Self::MessageMismatch
            | Self::NotAccepted
            | Self::OutcomeUnknown => 409,
            Self::RequestExpired | Self::Withdrawn | Self::MailLinkSpent | Self::WrongReference => {
                410
            }
            Self::ContentTooLarge => 413,
            Self::TooManyTries => 429,
            Self::Internal => 500,
            Self::ProviderUnreachable => 503,
        }
    }
}

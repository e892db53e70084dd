//! What the first page knows of its request, and of the ways to sign in.

use crate::config::SocialButton;
use crate::site::pages::decision::Abilities;
use ciba::{BindingMessage, Contact, RequestHandle};

/// What the page knows.
#[derive(Debug, Hash)]
pub struct RequestInput<'a> {
    /// The request.
    pub handle: &'a RequestHandle,
    /// The text that came with the link.
    pub message: Option<&'a BindingMessage>,
    /// Whether the reference is picked at the decision, and not shown.
    pub picks: bool,
    /// The name of the client that asks, where the provider has said all of this itself.
    pub client: Option<&'a str>,
    /// Who called whom, where the agent has said so.
    pub contact: Option<Contact>,
    /// The seconds until the request runs out, where that is known.
    pub seconds_left: Option<u32>,
    /// Whether somebody with this link has said that they are not speaking with an agent.
    pub doubted: bool,
    /// The use of a passkey that is offered.
    pub passkey: PasskeyOffer,
    /// The identifier of a passkey that the provider does not know, for the browser to forget.
    pub passkey_to_forget: Option<&'a str>,
    /// The form for a mail to an address that is typed, where it is offered.
    pub mail: Option<MailForm<'a>>,
    /// The address that is known for the request, masked: one press sends the mail there.
    pub known_address: Option<&'a str>,
    /// The buttons for social login.
    pub social: &'a [SocialButton],
    /// What happened before.
    pub notice: Option<Notification>,
    /// Whether the link was opened inside another app, where some ways do not work.
    pub embedded_browser: bool,
}

/// The use of a passkey that the page offers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PasskeyOffer {
    /// None.
    None,
    /// To sign in, as one more way: no passkey was used in this browser before.
    AnotherWay,
    /// To sign in, before every other way; the decision comes after.
    SignIn,
    /// To decide with one touch. Everything that the decision page shows is then shown here.
    OneTouch(Abilities),
}

/// The form that asks for a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct MailForm<'a> {
    /// What was typed before.
    pub address: &'a str,
    /// Whether that is no address.
    pub invalid: bool,
}

/// What happened before the page was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notification {
    /// A sign-in did not come to its end.
    SignInFailed,
    /// An identity provider's account leads to none here, or the person stopped it there: these are
    /// one and the same, so that nobody learns who is a customer.
    SignInDenied,
    /// The sign-in has run out.
    SignInExpired,
    /// The passkey is not what it was when it was added, and is not taken any more.
    PasskeyChanged,
}

impl Notification {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::SignInFailed => "notice-sign-in-failed",
            Self::SignInDenied => "notice-sign-in-denied",
            Self::SignInExpired => "notice-sign-in-expired",
            Self::PasskeyChanged => "notice-passkey-changed",
        }
    }
}

//! Sign-in by a mail of our own, for the clients that are listed in `keycloak.mail_sign_in`.
//!
//! # Security
//!
//! It proves that somebody reads the mailbox of the person whom Keycloak names, and no more than that:
//! neither the realm's password nor its second factor was asked for, and its lock-out did not see it.
//! So it is never offered where a request demands a class of sign-in, and it is recorded as what it is.
//! The address is the one that the realm has verified, never one that was typed. Whether the person may
//! sign in, and has this address, is asked of the realm when the mail is sent and once more when it is
//! used.

use std::collections::BTreeSet;

use async_trait::async_trait;
use subtle::ConstantTimeEq;

use crate::records::MailWay;
use crate::site::authority::{OurWord, Proof};
use crate::site::identity::{Authenticated, MailIdentity, SignInError, SignInMail};
use crate::site::request::pushed::PushedRequest;
use ciba::email;
use keycloak::{Keycloak, RealmUser};
use messages::delivery::{Message, Messenger, SendError};
use platform::ambient::Ambient;
use platform::causes::Causes;
use platform::id_token::IdTokenClaims;
use platform::ids::NoEntropy;
use platform::seal::Sealer;
use transmit::{EmailAddress, EmailContent, MailCode, MailLink};

const PURPOSE: &str = "keycloak.mail_sign_in";

/// Seconds for which a sign-in is good for a decision: the same as one at the realm.
pub(super) const SIGN_IN_LIFETIME: u64 = 15 * 60;

/// Sign-in by our mail, with what it needs.
#[derive(Debug)]
pub struct OurMail {
    /// The clients whose requests may be answered after it.
    pub clients: BTreeSet<String>,
    /// Sends the mails.
    pub messenger: Messenger,
    /// Makes the links' codes.
    pub sealer: Sealer,
    /// The realm, which knows who may sign in.
    pub keycloak: Keycloak,
    /// Time and randomness.
    pub ambient: Ambient,
}

impl OurMail {
    /// Whether it is offered for a request: its client is listed, and it demands no class of sign-in.
    pub fn serves(&self, request: &PushedRequest) -> bool {
        self.clients.contains(&request.client_id) && request.acr_values.is_empty()
    }

    /// What a link holds besides the state: it cannot be made of the state, and is good for one person.
    fn code(&self, mail: &SignInMail<'_>, subject: &str) -> String {
        let parts = [mail.state.as_bytes(), subject.as_bytes()];
        self.sealer.keyed_digest(PURPOSE, &parts)
    }

    async fn send(&self, message: Message) -> Result<(), SignInError> {
        match self.messenger.send(message).await {
            Ok(()) => Ok(()),
            // It is their mailbox that refuses it: nobody is told.
            Err(error) if error.is_refusal() => Err(SignInError::NotActive),
            Err(error @ SendError::Storage(_)) => Err(SignInError::Unreachable(error.into())),
            Err(error) => Err(SignInError::Failed(error.into())),
        }
    }

    /// The request, where a mail may sign somebody in for it, and to this address.
    async fn mailed<'a>(&self, mail: &SignInMail<'a>) -> Result<&'a PushedRequest, SignInError> {
        let pushed = mail.pushed.filter(|pushed| self.serves(pushed));
        let pushed = pushed.ok_or(SignInError::NotActive)?;
        let user = self.keycloak.user(&pushed.subject).await?;
        let address = user.as_ref().and_then(address).ok_or(SignInError::NotActive)?;
        if !email::are_same(address.as_str(), mail.address.as_str()) {
            return Err(SignInError::NotActive);
        }
        Ok(pushed)
    }

    fn authenticated(&self, mail: &SignInMail<'_>, subject: &str, way: MailWay) -> Authenticated {
        let now = self.ambient.clock.unix();
        let amr = vec![way.amr().to_owned()];
        let word = OurWord {
            subject: subject.to_owned(),
            amr: amr.clone(),
            acr: None,
            auth_time: now,
            by_mail: Some(way),
        };
        let claims = IdTokenClaims {
            sub: subject.to_owned(),
            amr,
            auth_time: Some(now),
            email: Some(mail.address.as_str().to_owned()),
            email_verified: Some(true),
            iat: now,
            ..IdTokenClaims::default()
        };
        Authenticated {
            claims,
            proof: Proof::OurWord(word),
            expires_in: SIGN_IN_LIFETIME,
            session: None,
        }
    }

    fn message(&self, content: &EmailContent, to: &EmailAddress, minutes: u16) -> Message {
        let ends_at = self.ambient.clock.unix() + i64::from(minutes) * 60;
        Message::email(to.as_str(), &content.subject, "").good_until(ends_at)
    }
}

/// The address to which mails may go that sign this person in. Somebody who first has to do something
/// at the realm (set a new password, accept its terms) signs in there: Keycloak gives its client no
/// token before it is done.
pub fn address(user: &RealmUser) -> Option<EmailAddress> {
    let may_sign_in = user.enabled && !user.has_required_actions;
    let address = user.email.as_deref().filter(|_| may_sign_in)?;
    EmailAddress::parse(address).ok()
}

/// The parts of a mail of plain text, an empty line between them.
fn text(parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

#[async_trait]
impl MailIdentity for OurMail {
    fn is_ours(&self) -> bool {
        true
    }

    async fn create_code(&self, _: &EmailAddress, _: u16) -> Result<String, SignInError> {
        let code = self.ambient.entropy.below(1_000_000)?;
        Ok(format!("{code:06}"))
    }

    async fn send_link(
        &self,
        mail: &MailLink<'_>,
        sent: &SignInMail<'_>,
    ) -> Result<(), SignInError> {
        let pushed = self.mailed(sent).await?;
        let mut link = mail.redirect_uri.clone();
        link.query_pairs_mut()
            .append_pair("code", &self.code(sent, &pushed.subject))
            .append_pair("state", sent.state);
        let content = &mail.content;
        let text =
            text(&[&content.body_text, link.as_str(), &content.info_text, &content.footer_text]);
        let message = Message { text, ..self.message(content, sent.address, mail.minutes) };
        let message = message.with_link(link);
        self.send(match sent.code {
            Some(code) => message.with_code(code),
            None => message,
        })
        .await
    }

    async fn send_code(
        &self,
        mail: &MailCode<'_>,
        sent: &SignInMail<'_>,
    ) -> Result<(), SignInError> {
        self.mailed(sent).await?;
        // The site makes a code for every mail without a link.
        let code = sent.code.ok_or(SignInError::NotActive)?;
        let content = &mail.content;
        let text = text(&[&content.body_text, code, &content.info_text, &content.footer_text]);
        let message = Message { text, ..self.message(content, sent.address, mail.minutes) };
        self.send(message.with_code(code)).await
    }

    async fn redeem_link(
        &self,
        code: &str,
        sent: &SignInMail<'_>,
    ) -> Result<Authenticated, SignInError> {
        let pushed = self.mailed(sent).await?;
        let expected = self.code(sent, &pushed.subject);
        let is_right: bool = expected.as_bytes().ct_eq(code.as_bytes()).into();
        if !is_right {
            return Err(SignInError::Rejected);
        }
        Ok(self.authenticated(sent, &pushed.subject, MailWay::Link))
    }

    /// The site has compared the code.
    async fn redeem_code(
        &self,
        _: &str,
        sent: &SignInMail<'_>,
    ) -> Result<Authenticated, SignInError> {
        let pushed = self.mailed(sent).await?;
        Ok(self.authenticated(sent, &pushed.subject, MailWay::Code))
    }
}

impl From<NoEntropy> for SignInError {
    fn from(error: NoEntropy) -> Self {
        tracing::error!(error = %Causes(&error), "a code was not made");
        Self::Failed(error.into())
    }
}

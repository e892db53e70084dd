//! The ways to sign in. Each ends in [`establish`], and nowhere else is anybody signed in.

pub mod magic_link;
pub mod passkey;
pub mod social;

use tower_sessions::Session;

use super::Site;
use super::decision::{Known, Stage};
use super::failure::Failure;
use super::identity::{Authenticated, SignInError};
use super::person::Person;
use super::request::HeldRequest;
use super::session::{self, SignIn};
use crate::audit::{self, AuditContext, Event};
use crate::records::Step;
use ciba::{Problem, words};
use messages::texts::displayable;
use platform::causes::Causes;

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By the link of a mail.
    MailLink,
    /// By the code of a mail.
    MailCode,
    /// By passkey.
    Passkey,
    /// At another identity provider.
    Social,
}

words!(Method with from_word {
    MailLink = "mail-link",
    MailCode = "mail-code",
    Passkey = "passkey",
    Social = "social",
});

/// Signs this browser in, for this request only. Returns what is known of the request from then on;
/// [`Known::after_sign_in`] says where to go on.
///
/// It never decides: whoever pressed before and signs in anew may do so in order to take it back.
pub async fn establish(
    site: &Site,
    session: &Session,
    request: &HeldRequest,
    authenticated: Authenticated,
    method: Method,
) -> Result<Known, Failure> {
    let handle = request.handle();
    let now = site.now();
    let claims = &authenticated.claims;
    let seconds = i64::try_from(authenticated.expires_in).unwrap_or(i64::MAX);
    let sign_in = SignIn {
        person: Person::from(claims),
        proof: authenticated.proof,
        session: authenticated.session.map(|session| session.expose().to_owned()),
        amr: claims.amr.clone(),
        auth_time: claims.auth_time.unwrap_or(now),
        label: claims
            .email
            .as_deref()
            .map(mask)
            .or_else(|| claims.phone_number.as_deref().map(mask_phone)),
        ends_at: now.saturating_add(seconds),
    };
    session::add(site, session, &handle, sign_in.clone()).await?;
    let known = Known::of(site, session, request.clone()).await?;
    let is_wrong = known.stage == Stage::Over(Problem::WrongAccount);
    let by_mail = sign_in.proof.by_mail();
    let step = if is_wrong { Step::WrongAccount } else { Step::SignedIn(by_mail) };
    if known.record.is_some() {
        site.records.note(&request.auth_req_id, step).await?;
    }
    let context = AuditContext {
        request: Some(&handle),
        subject: Some(&sign_in.person.subject),
        method: Some(method.as_str()),
        amr: &sign_in.amr,
        ..AuditContext::default()
    };
    audit::record(Event::SignedIn, &context);
    site.ambient.metrics.signed_in(method.as_str());
    Ok(known)
}

/// Writes down that a sign-in came to nothing, for the log and for the agent.
async fn record_failure(site: &Site, request: &HeldRequest, method: Method) {
    let handle = request.handle();
    let context = AuditContext {
        request: Some(&handle),
        method: Some(method.as_str()),
        ..AuditContext::default()
    };
    audit::record(Event::SignInFailed, &context);
    if let Err(error) = site.records.note(&request.auth_req_id, Step::SignInFailed).await {
        // Only the agent's view is poorer by this.
        tracing::error!(error = %Causes(&error), "failed sign-in not recorded");
    }
}

/// Writes down that another reference than the agent's was picked: for the log, and for the agent.
pub async fn record_wrong_reference(site: &Site, request: &HeldRequest) -> Result<(), Failure> {
    let handle = request.handle();
    site.records.note(&request.auth_req_id, Step::WrongReference).await?;
    let context = AuditContext { request: Some(&handle), ..AuditContext::default() };
    audit::record(Event::WrongReference, &context);
    tracing::warn!(request = %handle, "another reference than the agent's was picked");
    site.ambient.metrics.wrong_reference_picked();
    Ok(())
}

/// What a customer is told of a sign-in that the provider did not accept.
pub fn problem(error: &SignInError, rejected: Problem) -> Problem {
    match error {
        SignInError::Rejected | SignInError::Unknown | SignInError::Changed => rejected,
        SignInError::Locked => Problem::TooManyTries,
        SignInError::NotActive | SignInError::NewUser | SignInError::Failed(_) => {
            Problem::SignInFailed
        }
        SignInError::Unreachable(_) => Problem::ProviderUnreachable,
    }
}

/// `a•••@example.com`.
pub fn mask(address: &str) -> String {
    let address = displayable::shown("account", address);
    let (local, domain) = address.split_once('@').unwrap_or((&address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

/// `•••00`.
fn mask_phone(number: &str) -> String {
    let last: Vec<char> = displayable::shown("account", number).chars().rev().take(2).collect();
    format!("•••{}", last.iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_tells_its_owner_and_nobody_else() {
        assert_eq!(mask("alex@example.com"), "a•••@example.com");
        assert_eq!(mask_phone("+15550100"), "•••00");
        // The provider's word for an address is shown, and is somebody else's text.
        assert_eq!(mask("\u{202e}alex@exam\u{200b}ple.com"), "a•••@example.com");
        assert_eq!(mask_phone("+1555010\u{202e}0\u{200f}"), "•••00");
    }
}

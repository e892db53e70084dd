//! A link or a code at the provider, and what it has come to.

use axum::response::Response;
use subtle::ConstantTimeEq;
use tower_sessions::Session;

use crate::site::failure::Failure;
use crate::site::identity::{Authenticated, MailIdentity, SignInError, SignInMail};
use crate::site::request::HeldRequest;
use crate::site::sign_in::magic_link::rows::{LinkPlace, Mail, NotTried};
use crate::site::sign_in::{self, Method};
use crate::site::visit::see_other;
use crate::site::{Site, paths, session};
use ciba::{Problem, email};

/// Minutes for which a code is made that is redeemed at once.
const NEW_CODE_MINUTES: u16 = 1;

/// Where a link or a code is spent, in the browser that it has signed in: on to the decision. In any
/// other the problem stands.
pub(super) async fn already_signed_in(
    site: &Site,
    session: &Session,
    held: Option<&HeldRequest>,
    problem: Problem,
) -> Result<Response, Failure> {
    let Some(held) = held else { return Err(problem.into()) };
    let handle = held.handle();
    let is_spent = matches!(problem, Problem::MailLinkSpent | Problem::WrongReference);
    let leads_on = is_spent
        && (session::sign_in(site, session, &handle).await?.is_some()
            || site.journal.confirmed(&held.auth_req_id).await?.is_some());
    if leads_on {
        Ok(see_other(&paths::decision(&handle)))
    } else {
        Err(Failure::of(problem, &handle))
    }
}

/// Counts the try, compares the code, and only then asks the provider: a wrong code never reaches it, so
/// that nobody's codes are locked there by a stranger, and takes as long whether or not anybody has the
/// address. The mail's link dies with its code. Where no links are sent the mail is the provider's own,
/// and only the provider can compare.
pub(super) async fn redeem_code(
    site: &Site,
    mail: &Mail,
    code: &str,
) -> Result<Result<Authenticated, Problem>, Failure> {
    let pushed = site.pushed.find(&mail.request.auth_req_id).await?;
    let identity = site.mail(pushed.as_ref()).ok_or(Problem::PageUnknown)?;
    let sent = mail.sent(pushed.as_ref());
    match site.mails.try_code(mail).await? {
        Ok(()) => {}
        Err(NotTried::Spent) => return Ok(Err(Problem::MailLinkSpent)),
        Err(NotTried::TooMany) => return Ok(Err(Problem::TooManyTries)),
    }
    let is_compared_here = site.config.brand.sends_links || identity.is_ours();
    let expected = mail.code.as_deref().unwrap_or_default();
    let is_right: bool = expected.as_bytes().ct_eq(code.as_bytes()).into();
    if is_compared_here && !is_right {
        log(site, &mail.request, &SignInError::Rejected, Method::MailCode).await;
        return Ok(Err(Problem::CodeWrong));
    }
    let Ok(consumer) = site.mails.consume(&mail.state, LinkPlace::WhereAsked).await? else {
        return Ok(Err(Problem::MailLinkSpent));
    };
    let redeemed = if is_compared_here {
        redeem_right_code(identity, &sent, code).await
    } else {
        identity.redeem_code(code, &sent).await
    };
    match redeemed {
        Ok(signed_in) => Ok(Ok(signed_in)),
        Err(error) => {
            log(site, &mail.request, &error, Method::MailCode).await;
            let is_wrong = !is_compared_here && matches!(error, SignInError::Rejected);
            if is_wrong || matches!(error, SignInError::Unreachable(_)) {
                site.mails.release(&mail.state, &consumer).await?;
            }
            Ok(Err(sign_in::problem(&error, Problem::CodeWrong)))
        }
    }
}

/// A provider may have replaced the code by that of a later mail, which somebody else can ask for: then
/// the right code is worth a new one.
async fn redeem_right_code(
    identity: &dyn MailIdentity,
    sent: &SignInMail<'_>,
    code: &str,
) -> Result<Authenticated, SignInError> {
    match identity.redeem_code(code, sent).await {
        Err(SignInError::Rejected) if !identity.is_ours() => {
            let new = identity.create_code(sent.address, NEW_CODE_MINUTES).await?;
            identity.redeem_code(&new, sent).await
        }
        redeemed => redeemed,
    }
}

pub(super) async fn redeem_link(
    site: &Site,
    code: &str,
    mail: &Mail,
    place: LinkPlace,
) -> Result<Result<Authenticated, Problem>, Failure> {
    let pushed = site.pushed.find(&mail.request.auth_req_id).await?;
    let identity = site.mail(pushed.as_ref()).ok_or(Problem::PageUnknown)?;
    let Ok(consumer) = site.mails.consume(&mail.state, place).await? else {
        return Ok(Err(Problem::MailLinkSpent));
    };
    match identity.redeem_link(code, &mail.sent(pushed.as_ref())).await {
        Ok(signed_in) if is_somebody_elses(&signed_in, mail) => {
            tracing::warn!("the code of one mail came with the state of another");
            Ok(Err(Problem::SignInFailed))
        }
        Ok(signed_in) => Ok(Ok(signed_in)),
        Err(error) => {
            log(site, &mail.request, &error, Method::MailLink).await;
            if matches!(error, SignInError::Unreachable(_)) {
                site.mails.release(&mail.state, &consumer).await?;
            }
            Ok(Err(sign_in::problem(&error, Problem::MailLinkSpent)))
        }
    }
}

fn is_somebody_elses(signed_in: &Authenticated, mail: &Mail) -> bool {
    let email = signed_in.claims.email.as_deref();
    email.is_some_and(|email| !email::are_same(email, mail.address.as_str()))
}

async fn log(site: &Site, request: &HeldRequest, error: &SignInError, method: Method) {
    sign_in::record_failure(site, request, method).await;
    if let SignInError::Unreachable(cause) | SignInError::Failed(cause) = error {
        tracing::warn!(%error, %cause, "a sign-in failed");
    } else {
        tracing::info!(%error, "a sign-in was not accepted");
    }
}

//! A link or a code at the provider, and what it has come to.

use axum::response::Response;
use subtle::ConstantTimeEq;
use tower_sessions::Session;

use crate::site::failure::Failure;
use crate::site::identity::{Authenticated, MailIdentity, SignInError, SignInMail};
use crate::site::request::HeldRequest;
use crate::site::sign_in::magic_link::rows::{LinkPlace, Mail, MailUse, NotTried};
use crate::site::sign_in::{self, Method};
use crate::site::visit::see_other;
use crate::site::{Site, paths, session};
use ciba::{Problem, email};
use platform::causes::Causes;

/// Minutes for which a code is made that is redeemed at once.
const NEW_CODE_MINUTES: u16 = 1;

/// Somebody whom the provider has signed in by a mail. Its use ends when all is done that the press asked
/// for, and not before: where the process dies in between, the same mail signs in again.
pub(super) struct Redeemed {
    pub(super) signed_in: Authenticated,
    pub(super) mail_use: MailUse,
}

/// Ends the use of a mail that has done what it was for.
pub(super) async fn end_use(site: &Site, mail_use: MailUse) {
    if let Err(error) = site.mails.end_use(mail_use).await {
        // Its time is soon over, and whoever then has the mail is still its owner.
        tracing::error!(error = %Causes(&error), "the use of a mail is not written down");
    }
}

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
) -> Result<Result<Redeemed, Problem>, Failure> {
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
    let Ok(mail_use) = site.mails.begin_use(&mail.state, LinkPlace::WhereAsked).await? else {
        return Ok(Err(Problem::MailLinkSpent));
    };
    let redeemed = if is_compared_here {
        redeem_right_code(identity, &sent, code).await
    } else {
        identity.redeem_code(code, &sent).await
    };
    match redeemed {
        Ok(signed_in) => Ok(Ok(Redeemed { signed_in, mail_use })),
        Err(error) => {
            log(site, &mail.request, &error, Method::MailCode).await;
            if !is_compared_here && matches!(error, SignInError::Rejected) {
                site.mails.undo_use(mail_use).await?;
            } else {
                end_failed_use(site, mail_use, &error).await?;
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
        Err(SignInError::Rejected) if !identity.is_ours() => redeem_new_code(identity, sent).await,
        redeemed => redeemed,
    }
}

/// Signs in whoever has shown here that they have the mail, where what it holds is good no more at the
/// provider.
async fn redeem_new_code(
    identity: &dyn MailIdentity,
    sent: &SignInMail<'_>,
) -> Result<Authenticated, SignInError> {
    let new = identity.create_code(sent.address, NEW_CODE_MINUTES).await?;
    identity.redeem_code(&new, sent).await
}

/// Redeems a link, once.
///
/// # Security
///
/// The provider says whether the link's code is good. Where a use of the link was begun and nobody knows
/// its end, the provider may have used the code up, and cannot say so any more: there the link's state is
/// proof, 128 random bits which nobody has who has not read the mail.
pub(super) async fn redeem_link(
    site: &Site,
    code: &str,
    mail: &Mail,
    place: LinkPlace,
) -> Result<Result<Redeemed, Problem>, Failure> {
    let pushed = site.pushed.find(&mail.request.auth_req_id).await?;
    let identity = site.mail(pushed.as_ref()).ok_or(Problem::PageUnknown)?;
    let sent = mail.sent(pushed.as_ref());
    let Ok(mail_use) = site.mails.begin_use(&mail.state, place).await? else {
        return Ok(Err(Problem::MailLinkSpent));
    };
    let redeemed = match identity.redeem_link(code, &sent).await {
        Err(SignInError::Rejected) if mail_use.is_repeated && !identity.is_ours() => {
            redeem_new_code(identity, &sent).await
        }
        redeemed => redeemed,
    };
    match redeemed {
        Ok(signed_in) if is_somebody_elses(&signed_in, mail) => {
            tracing::warn!("the code of one mail came with the state of another");
            site.mails.end_use(mail_use).await?;
            Ok(Err(Problem::SignInFailed))
        }
        Ok(signed_in) => Ok(Ok(Redeemed { signed_in, mail_use })),
        Err(error) => {
            log(site, &mail.request, &error, Method::MailLink).await;
            end_failed_use(site, mail_use, &error).await?;
            Ok(Err(sign_in::problem(&error, Problem::MailLinkSpent)))
        }
    }
}

/// A mail is used up by a failure, but where the provider was away.
async fn end_failed_use(
    site: &Site,
    mail_use: MailUse,
    error: &SignInError,
) -> Result<(), Failure> {
    if matches!(error, SignInError::Unreachable(_)) {
        site.mails.leave_use(mail_use).await?;
    } else {
        site.mails.end_use(mail_use).await?;
    }
    Ok(())
}

fn is_somebody_elses(signed_in: &Authenticated, mail: &Mail) -> bool {
    let email = signed_in.claims.email.as_deref();
    email.is_some_and(|email| !email::are_same(email, mail.address.as_str()))
}

async fn log(site: &Site, request: &HeldRequest, error: &SignInError, method: Method) {
    sign_in::record_failure(site, request, method).await;
    if let SignInError::Unreachable(_) | SignInError::Failed(_) = error {
        tracing::warn!(error = %Causes(error), "a sign-in failed");
    } else {
        tracing::info!(error = %Causes(error), "a sign-in was not accepted");
    }
}

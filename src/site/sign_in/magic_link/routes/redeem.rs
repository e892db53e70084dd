//! A link or a code at the provider, and what it has come to.

use axum::response::Response;
use tower_sessions::Session;

use crate::site::failure::Failure;
use crate::site::identity::{Authenticated, SignInError};
use crate::site::request::HeldRequest;
use crate::site::sign_in::magic_link::rows::{Mail, Place};
use crate::site::sign_in::{self, Method};
use crate::site::visit::see_other;
use crate::site::{Site, paths, session};
use ciba::{Problem, email};
use transmit::EmailAddress;

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

/// Counts the try, then asks the provider. The mail's link dies with its code.
pub(super) async fn redeem_code(
    site: &Site,
    request: &HeldRequest,
    state: &str,
    address: &EmailAddress,
    code: &str,
) -> Result<Result<Authenticated, Problem>, Failure> {
    if site.mails.try_code(state).await?.is_err() {
        return Ok(Err(Problem::MailLinkSpent));
    }
    let identity = site.mail().ok_or(Problem::PageUnknown)?;
    match identity.redeem_code(address, code).await {
        Ok(signed_in) => {
            // Whoever consumed it before has signed in by the link; the code was good all the same.
            let _either_way = site.mails.consume(state, Place::WhereAsked).await?;
            Ok(Ok(signed_in))
        }
        Err(error) => {
            log(site, request, &error, Method::MailCode).await;
            Ok(Err(sign_in::problem(&error, Problem::CodeWrong)))
        }
    }
}

pub(super) async fn redeem_link(
    site: &Site,
    code: &str,
    mail: &Mail,
    place: Place,
) -> Result<Result<Authenticated, Problem>, Failure> {
    let identity = site.mail().ok_or(Problem::PageUnknown)?;
    let Ok(consumer) = site.mails.consume(&mail.state, place).await? else {
        return Ok(Err(Problem::MailLinkSpent));
    };
    match identity.redeem_link(code).await {
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

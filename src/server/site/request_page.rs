//! `GET /request/{handle}`: who asks, and the ways to sign in; and what needs no sign-in.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::decision::{Known, Stage, StageRejection};
use super::failure::Failure;
use super::pages::decision::Abilities;
use super::pages::request::{Input, MailForm, Notification, PasskeyOffer, render};
use super::paths::{SIGN_IN_DENIED, SIGN_IN_EXPIRED, SIGN_IN_FAILED};
use super::sign_in::passkey::routes::forgotten;
use super::sign_in::social;
use super::visit::{HeldForm, Visit, see_other};
use super::{Site, paths, session};

/// The query of the page: only a word of ours for what happened before.
#[derive(Deserialize)]
pub struct RequestQuery {
    notice: Option<String>,
    /// Sealed: the passkey that the provider does not know.
    forget: Option<String>,
}

fn notification(word: &str) -> Option<Notification> {
    match word {
        SIGN_IN_EXPIRED => Some(Notification::SignInExpired),
        SIGN_IN_FAILED => Some(Notification::SignInFailed),
        SIGN_IN_DENIED => Some(Notification::SignInDenied),
        _ => None,
    }
}

/// Shows the request.
pub async fn show(
    State(site): State<Site>,
    visit: Visit,
    known: Known,
    Query(query): Query<RequestQuery>,
) -> Result<Response, StageRejection> {
    let notice = match known.stage {
        Stage::MustSignIn { again: true } => Some(Notification::SignInExpired),
        Stage::MustSignIn { again: false } => query.notice.as_deref().and_then(notification),
        _ => return Err(known.rejection()),
    };
    let forget = query.forget.and_then(|sealed| forgotten(&site, &sealed, &known.held.handle()));
    let before = Before { notice, passkey_to_forget: forget.as_deref(), ..Before::default() };
    Ok(page(&site, &visit, &known, &before))
}

/// The page again, with what was typed and is no address.
pub fn with_bad_address(site: &Site, visit: &Visit, known: &Known, typed: &str) -> Response {
    let shown: String = typed.chars().filter(|c| !c.is_control()).take(254).collect();
    let mail = MailForm { address: &shown, invalid: true };
    let before = Before { mail, ..Before::default() };
    let mut response = page(site, visit, known, &before);
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// What happened before the page is shown.
#[derive(Default)]
struct Before<'a> {
    mail: MailForm<'a>,
    notice: Option<Notification>,
    passkey_to_forget: Option<&'a str>,
}

fn page(site: &Site, visit: &Visit, known: &Known, before: &Before<'_>) -> Response {
    let handle = known.held.handle();
    let social = social::buttons(site, visit.embedded_browser);
    let input = Input {
        handle: &handle,
        message: known.held.message.as_ref(),
        client: known.client(),
        contact: known.contact(),
        seconds_left: known.seconds_left(site),
        doubted: known.is_doubted(),
        passkey: passkey_offer(site, known),
        passkey_to_forget: before.passkey_to_forget,
        mail: site.mail().map(|_| before.mail),
        social: &social,
        notice: before.notice,
        embedded_browser: visit.embedded_browser,
    };
    render(&visit.context(site, Some(paths::request(&handle))), &input).into_response()
}

/// One touch decides, where nothing was decided before that only waits for a sign-in.
fn passkey_offer(site: &Site, known: &Known) -> PasskeyOffer {
    let is_new = known.stage == Stage::MustSignIn { again: false };
    match (site.passkeys(), site.config.sign_in.one_touch && is_new) {
        (None, _) => PasskeyOffer::None,
        (Some(_), false) => PasskeyOffer::SignIn,
        (Some(_), true) => PasskeyOffer::OneTouch(Abilities::of(known.scopes())),
    }
}

/// `POST /request/{handle}/switch-account`: ends the sign-in and keeps the request.
pub async fn switch_account(
    State(site): State<Site>,
    session: Session,
    HeldForm { held, .. }: HeldForm,
) -> Result<Response, Failure> {
    session::remove(&site, &session, &held.handle()).await?;
    Ok(see_other(&paths::request(&held.handle())))
}

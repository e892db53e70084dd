//! `GET /request/{handle}`: who asks, and the ways to sign in; and what needs no sign-in.

use std::hash::Hash;

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tower_sessions::Session;

use super::decision::{Known, Stage, StageRejection};
use super::failure::Failure;
use super::pages::PageContext;
use super::pages::decision::Abilities;
use super::pages::prepared::Values;
use super::pages::request::{MailForm, Notification, PasskeyOffer, RequestInput, render};
use super::paths::{PASSKEY_CHANGED, SIGN_IN_DENIED, SIGN_IN_EXPIRED, SIGN_IN_FAILED};
use super::sign_in::{self, passkey, social};
use super::visit::{HeldForm, Visit, see_other};
use super::{Site, cookie_room, mangled, paths, request, session};
use crate::config::SocialButton;
use ciba::{Problem, RequestHandle};

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
        PASSKEY_CHANGED => Some(Notification::PasskeyChanged),
        _ => None,
    }
}

/// Shows the request.
pub async fn show(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    known: Known,
    Query(query): Query<RequestQuery>,
    http: Request,
) -> Result<Response, StageRejection> {
    let mended = mangled::mended(&site, &known.held, known.record.as_ref()).await;
    if let Some(mended) = mended.map_err(Failure::from)? {
        return Ok(cookie_room::hold_and_show(&site, &session, http.headers(), &mended).await?);
    }
    let notice = match known.stage {
        Stage::MustSignIn { again: true } => Some(Notification::SignInExpired),
        Stage::MustSignIn { again: false } => query.notice.as_deref().and_then(notification),
        _ => return Err(known.rejection()),
    };
    let forget = query.forget.and_then(|sealed| passkey::forgotten(&site, &sealed, &known.handle));
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
    let handle = &known.handle;
    let common = Common {
        known,
        before,
        picks: known.choices(site).is_some(),
        passkey: passkey_offer(site, visit, known),
        may_type: site.mail(None).is_some(),
        social: social::buttons(site, visit.embedded_browser),
        embedded_browser: visit.embedded_browser,
    };
    let is_own = !before.mail.address.is_empty() || before.passkey_to_forget.is_some();
    let message = known.held.message.as_ref().filter(|_| !common.picks);
    let values = Values::new(handle, message, known.seconds_left(site));
    let email = known.email().filter(|_| site.mail(known.pushed.as_ref()).is_some());
    let email = email.map(|email| sign_in::mask(email.as_str()));
    site.prepared.answer(
        visit.accepts(),
        values.with_account(email.as_deref()).alone_if(is_own),
        |values, shape| ("request", common.input(values)).hash(shape),
        |values, nonce| {
            let context = visit.context(site, Some(paths::request(values.handle())));
            let context = PageContext { nonce: nonce.map(str::to_owned), ..context };
            render(&context, &common.input(values))
        },
    )
}

/// What the page shows beside the values of one customer.
struct Common<'a> {
    known: &'a Known,
    before: &'a Before<'a>,
    picks: bool,
    passkey: PasskeyOffer,
    /// Whether a mail can be asked for to an address that is typed.
    may_type: bool,
    social: Vec<SocialButton>,
    embedded_browser: bool,
}

impl Common<'_> {
    fn input<'a>(&'a self, values: &'a Values<'_>) -> RequestInput<'a> {
        RequestInput {
            handle: values.handle(),
            message: values.message(),
            picks: self.picks,
            client: self.known.client(),
            contact: self.known.contact(),
            seconds_left: values.seconds_left(),
            doubted: self.known.is_doubted(),
            passkey: self.passkey.clone(),
            passkey_to_forget: self.before.passkey_to_forget,
            mail: self.may_type.then_some(self.before.mail),
            known_address: values.account(),
            social: &self.social,
            notice: self.before.notice,
            embedded_browser: self.embedded_browser,
        }
    }
}

/// One touch decides, where nothing was decided before that only waits for a sign-in.
fn passkey_offer(site: &Site, visit: &Visit, known: &Known) -> PasskeyOffer {
    let is_new = known.stage == Stage::MustSignIn { again: false };
    // What is picked is picked on the decision page.
    let picks = known.choices(site).is_some();
    let one_touch = site.config.sign_in.one_touch && is_new && !picks;
    match (site.passkeys(), passkey::is_first(site, visit)) {
        (None, _) => PasskeyOffer::None,
        (Some(_), false) => PasskeyOffer::AnotherWay,
        (Some(_), true) if one_touch => PasskeyOffer::OneTouch(Abilities::of(known.scopes())),
        (Some(_), true) => PasskeyOffer::SignIn,
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

/// `GET` on the address of a form, to which a browser comes back that restores a tab: leads to the
/// request's page, which knows how things stand.
pub async fn back(Path(handle): Path<String>) -> Result<Response, Failure> {
    let handle = RequestHandle::parse(&handle).map_err(|_| Problem::RequestUnknown)?;
    Ok(see_other(&paths::request(&handle)))
}

/// The same on an address without a request: leads to the only one that this browser holds.
pub async fn back_to_only(State(site): State<Site>, headers: HeaderMap) -> Response {
    let only = request::only(&site, &headers);
    see_other(&only.map_or_else(paths::unknown_request, |held| paths::request(&held.handle())))
}

//! In the browser that asks for a mail: the form, the page that says that it is on its way, and its
//! code.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::redeem::{Redeemed, already_signed_in, end_use, redeem_code};
use crate::records::Step;
use crate::site::decision::{self, BeforeSignIn, Known, Stage};
use crate::site::failure::Failure;
use crate::site::pages::mail::{CodeEntry, MailProgress, Recipient, Sent, sent};
use crate::site::request::HeldRequest;
use crate::site::request_page;
use crate::site::sign_in::magic_link::asked_mail::{self, AskedMail, forget_asked};
use crate::site::sign_in::magic_link::limits::{PAUSE, TooMany};
use crate::site::sign_in::magic_link::rows::Mail;
use crate::site::sign_in::magic_link::typed_code;
use crate::site::sign_in::{self, Method};
use crate::site::visit::{Held, HeldForm, Visit, see_other};
use crate::site::{Site, cookies, paths};
use ciba::Problem;
use platform::client_network::ClientNetwork;
use transmit::EmailAddress;

/// `POST /request/{handle}/mail`: asks for a mail.
pub async fn ask(
    State(site): State<Site>,
    visit: Visit,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    BeforeSignIn(known): BeforeSignIn,
    HeldForm { held, form }: HeldForm,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let identity = site.mail(known.pushed.as_ref()).ok_or(Problem::PageUnknown)?;
    let before = asked_mail::find(&site, &headers, &handle);
    let typed = form.one("email").unwrap_or_default();
    let on_record = known.email().filter(|_| typed.is_empty() && form.one("known").is_some());
    let is_known = on_record.is_some();
    let address = match on_record {
        Some(address) => address.clone(),
        // Whatever is typed is nobody's business of ours here.
        None if identity.is_ours() => return Ok(see_other(&paths::request(&handle))),
        None => match EmailAddress::parse(typed) {
            Ok(address) => address,
            Err(_) => return Ok(request_page::with_bad_address(&site, &visit, &known, typed)),
        },
    };
    // A second press gets the first one's answer.
    let is_second = before
        .as_ref()
        .is_some_and(|before| before.known && is_known && site.now() - before.asked_at < PAUSE);
    if is_second && form.one("again").is_none() {
        return Ok(see_other(&paths::mail(&handle)));
    }
    site.records.note(&held.auth_req_id, Step::Opened).await?;
    let proxies = &site.config.site.trusted_proxies;
    let network = ClientNetwork::of_client(peer.ip(), &headers, proxies);
    let queued = if is_known {
        site.mails.queue_known(&address, &held, visit.language, network).await?
    } else {
        site.mails.queue(&address, &held, visit.language, network).await?
    };
    let Mail { state, .. } = match queued {
        Ok(mail) => mail,
        Err(TooMany { wait }) => {
            tracing::warn!(request = %handle, wait, "too many mails were asked for");
            return Err(Failure::of(Problem::TooManyTries, &handle).after(wait));
        }
    };
    site.mail_asked.notify_one();
    let kept = AskedMail { state, address, known: is_known, asked_at: site.now() };
    let cookie = asked_mail::line(&site, &handle, &kept)?;
    let next = paths::mail(&handle);
    let mut response = see_other(&if before.is_some() { format!("{next}?again=1") } else { next });
    cookies::append(response.headers_mut(), [cookie]);
    Ok(response)
}

/// The query of the page that says that a mail is on its way.
#[derive(Deserialize)]
pub struct SentQuery {
    again: Option<String>,
}

/// `GET /request/{handle}/mail`: a mail is on its way.
pub async fn on_its_way(
    State(site): State<Site>,
    visit: Visit,
    Held(held): Held,
    Query(query): Query<SentQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let handle = held.handle();
    let Some(kept) = asked_mail::find(&site, &headers, &handle) else {
        return Ok(see_other(&paths::request(&handle)));
    };
    let entry = CodeEntry::Open;
    let shown = decision::shown(&site, &held).await?;
    let asking = if site.mails.is_late(&kept.state).await? {
        Asking::Late
    } else if query.again.is_some() {
        Asking::Again
    } else {
        Asking::First
    };
    Ok(sent_page(&site, &visit, &held, &kept, entry, asking, shown))
}

/// `GET /request/{handle}/mail/progress`: how far the person has come, perhaps on another screen, in
/// one word, for the script of the page that says that a mail is on its way.
pub async fn progress(
    State(site): State<Site>,
    known: Known,
    headers: HeaderMap,
) -> Result<&'static str, Failure> {
    let progress = match known.stage {
        Stage::MayDecide => MailProgress::Here,
        Stage::HasOutcome(_) | Stage::Reported | Stage::Over(_) => MailProgress::Done,
        Stage::MustSignIn { .. } => match asked_mail::find(&site, &headers, &known.handle) {
            Some(kept) if site.mails.is_used(&kept.state).await? => MailProgress::Elsewhere,
            _ => MailProgress::Waiting,
        },
    };
    Ok(progress.as_str())
}

/// What is known of the mail besides that it was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    First,
    Again,
    Late,
}

fn sent_page(
    site: &Site,
    visit: &Visit,
    held: &HeldRequest,
    kept: &AskedMail,
    entry: CodeEntry,
    asking: Asking,
    shown: decision::RequestSummary,
) -> Response {
    let handle = held.handle();
    let masked = sign_in::mask(kept.address.as_str());
    let input = Sent {
        handle: &handle,
        message: held.message.as_ref().filter(|_| !shown.picks),
        picks: shown.picks,
        address: if kept.known {
            Recipient::Known(&masked)
        } else {
            Recipient::Typed(kept.address.as_str())
        },
        code: site.config.sign_in.mail_code.then_some(entry),
        again: asking == Asking::Again,
        late: asking == Asking::Late,
        may_type: site.mail(None).is_some(),
        seconds_left: shown.seconds_left,
    };
    let mut page = sent(&visit.context(site, Some(paths::mail(&handle))), &input);
    if entry == CodeEntry::Wrong {
        page.status = axum::http::StatusCode::BAD_REQUEST;
    }
    page.into_response()
}

/// `POST /request/{handle}/mail/code`: the code of the mail, in the browser that asked for it.
pub async fn code(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    headers: HeaderMap,
    HeldForm { held, form }: HeldForm,
) -> Result<Response, Failure> {
    let handle = held.handle();
    if !site.config.sign_in.mail_code {
        return Err(Problem::PageUnknown.into());
    }
    let Some(kept) = asked_mail::find(&site, &headers, &handle) else {
        return already_signed_in(&site, &session, Some(&held), Problem::MailLinkSpent).await;
    };
    let shown = decision::shown(&site, &held).await?;
    let wrong = || sent_page(&site, &visit, &held, &kept, CodeEntry::Wrong, Asking::First, shown);
    let Some(code) = form.one("code").and_then(typed_code::read) else { return Ok(wrong()) };
    let redeemed = match site.mails.find(&kept.state).await? {
        Some(mail) => redeem_code(&site, &mail, &code).await?,
        None => Err(Problem::MailLinkSpent),
    };
    match redeemed {
        Ok(Redeemed { signed_in, mail_use }) => {
            let known = sign_in::establish(&site, &session, &held, signed_in, Method::MailCode);
            let mut response = see_other(&known.await?.after_sign_in());
            end_use(&site, mail_use).await;
            cookies::append(response.headers_mut(), [forget_asked(&site, &handle)]);
            Ok(response)
        }
        Err(Problem::CodeWrong) => Ok(wrong()),
        Err(problem) => already_signed_in(&site, &session, Some(&held), problem).await,
    }
}

/// `GET /request/{handle}/mail/code`: a browser has come back to the form's address.
pub async fn back_to_code(Held(held): Held) -> Response {
    // It leads on to the request's page, where no mail was asked for here.
    see_other(&paths::mail(&held.handle()))
}

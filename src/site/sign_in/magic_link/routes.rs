//! The forms and pages around the mail.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use super::rows::{Mail, Refused};
use crate::records::Step;
use crate::site::decision::{self, BeforeSignIn};
use crate::site::failure::Failure;
use crate::site::form::Form;
use crate::site::identity::{Authenticated, SignInError};
use crate::site::pages::mail::{
    CodeEntry, GoOn, NONE_OF_THESE, Sent, Step as PageStep, go_on, sent,
};
use crate::site::pages::outcome;
use crate::site::request::{self, HeldRequest};
use crate::site::request_page;
use crate::site::sign_in::{self, Method};
use crate::site::visit::{Held, HeldForm, Visit, see_other};
use crate::site::{Site, cookies, paths};
use ciba::Problem;
use ciba::{BindingMessage, RequestHandle};
use platform::client_network::ClientNetwork;
use transmit::EmailAddress;

const ASKED: &str = "ciba_mail_";
const ASKED_PURPOSE: &str = "site.mail.asked";
const LINK: &str = "ciba_link_";
const LINK_PURPOSE: &str = "site.mail.link";
/// The most opened links that one browser holds.
const MOST_LINKS: usize = 3;
/// The longest code of a link that is taken; providers send JWTs here, too.
const MAX_CODE: usize = 2048;

/// What the asking browser keeps: which mail it asked for, and for whom.
#[derive(Serialize, Deserialize)]
struct Asked {
    state: String,
    address: EmailAddress,
}

/// What a browser keeps that has opened a link.
#[derive(Serialize, Deserialize)]
struct Opened {
    code: String,
    state: String,
    /// Whether a wrong reference, or none, was picked here.
    #[serde(default)]
    ended: bool,
}

fn asked(handle: &RequestHandle) -> String {
    format!("{ASKED}{handle}")
}

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
    site.mail().ok_or(Problem::PageUnknown)?;
    let typed = form.one("email").unwrap_or_default();
    let Ok(address) = EmailAddress::parse(typed) else {
        return Ok(request_page::with_bad_address(&site, &visit, &known, typed));
    };
    site.records.note(&held.auth_req_id, Step::Opened).await?;
    let proxies = &site.config.site.trusted_proxies;
    let network = ClientNetwork::of_client(peer.ip(), &headers, proxies);
    let queued = site.mails.queue(&address, &held, visit.language, network).await?;
    let Ok(Mail { state, .. }) = queued else {
        tracing::warn!(request = %handle, "too many mails were asked for");
        return Err(Failure::of(Problem::TooManyTries, &handle));
    };
    site.mail_asked.notify_one();
    let before: Option<Asked> = cookies::open(&site, &headers, &asked(&handle), ASKED_PURPOSE);
    let kept = Asked { state, address };
    let cookie = cookies::seal(&site, &asked(&handle), ASKED_PURPOSE, &kept, request::LIFETIME)?;
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
    let Some(kept) = cookies::open::<Asked>(&site, &headers, &asked(&handle), ASKED_PURPOSE) else {
        return Ok(see_other(&paths::request(&handle)));
    };
    let entry = CodeEntry::Open;
    let left = decision::seconds_left(&site, &held).await?;
    let asking = if site.mails.is_late(&kept.state).await? {
        Asking::Late
    } else if query.again.is_some() {
        Asking::Again
    } else {
        Asking::First
    };
    Ok(sent_page(&site, &visit, &held, &kept, entry, asking, left))
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
    kept: &Asked,
    entry: CodeEntry,
    asking: Asking,
    seconds_left: Option<u32>,
) -> Response {
    let handle = held.handle();
    let input = Sent {
        handle: &handle,
        message: held.message.as_ref(),
        address: Some(kept.address.as_str()),
        code: site.config.sign_in.mail_code.then_some(entry),
        again: asking == Asking::Again,
        late: asking == Asking::Late,
        seconds_left,
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
    let kept: Asked = cookies::open(&site, &headers, &asked(&handle), ASKED_PURPOSE)
        .ok_or_else(|| Failure::of(Problem::MailLinkSpent, &handle))?;
    let left = decision::seconds_left(&site, &held).await?;
    let wrong = || sent_page(&site, &visit, &held, &kept, CodeEntry::Wrong, Asking::First, left);
    let Some(code) = form.one("code").and_then(tidy) else { return Ok(wrong()) };
    match redeem_code(&site, &kept.state, &kept.address, &code).await? {
        Ok(signed_in) => {
            let next = sign_in::establish(&site, &session, &held, signed_in, Method::MailCode);
            let mut response = see_other(&next.await?);
            let gone = cookies::remove(&site, &asked(&handle));
            cookies::append(response.headers_mut(), [gone]);
            Ok(response)
        }
        Err(Problem::CodeWrong) => Ok(wrong()),
        Err(problem) => Err(Failure::of(problem, &handle)),
    }
}

/// Counts the try, then asks the provider. The mail's link dies with its code.
async fn redeem_code(
    site: &Site,
    state: &str,
    address: &EmailAddress,
    code: &str,
) -> Result<Result<Authenticated, Problem>, Failure> {
    if site.mails.try_code(state).await? == Err(Refused) {
        return Ok(Err(Problem::MailLinkSpent));
    }
    let identity = site.mail().ok_or(Problem::PageUnknown)?;
    match identity.redeem_code(address, code).await {
        Ok(signed_in) => {
            // Whoever consumed it before has signed in by the link; the code was good all the same.
            let _either_way = site.mails.consume(state).await?;
            Ok(Ok(signed_in))
        }
        Err(error) => {
            log(&error, Method::MailCode);
            Ok(Err(sign_in::problem(&error, Problem::CodeWrong)))
        }
    }
}

/// A code as people write it, with spaces and hyphens, as the provider wants it.
fn tidy(text: &str) -> Option<String> {
    let code: String =
        text.chars().filter(|c| !c.is_whitespace() && !"-‐‑–—.".contains(*c)).collect();
    let good = (4..=12).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then_some(code)
}

/// `GET /mail/callback`: takes the link's values out of the address, and does nothing else.
pub async fn callback(
    State(site): State<Site>,
    headers: HeaderMap,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Result<Response, Failure> {
    let opened = parse_callback(&query.unwrap_or_default()).ok_or(Problem::LinkMalformed)?;
    let name = public_name(&opened.state);
    let seconds = i64::from(site.config.sign_in.mail_minutes) * 60;
    let cookie = cookies::seal(&site, &format!("{LINK}{name}"), LINK_PURPOSE, &opened, seconds)?;
    let prefix = cookies::name(&site, LINK);
    let others = cookies::all(&headers)
        .filter_map(|(other, _)| other.strip_prefix(&prefix))
        .filter(|other| *other != name && is_public_name(other))
        .skip(MOST_LINKS - 1)
        .map(|other| cookies::remove(&site, &format!("{LINK}{other}")));
    let mut response = see_other(&paths::mail_continue(&name));
    cookies::append(response.headers_mut(), others.chain([cookie]));
    Ok(response)
}

fn parse_callback(query: &str) -> Option<Opened> {
    let (mut code, mut state) = (None, None);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let slot = match name.as_ref() {
            "code" => &mut code,
            "state" => &mut state,
            _ => continue,
        };
        if slot.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    let (code, state) = (code?, state?);
    let good_code =
        (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic());
    (good_code && is_public_name(&state)).then_some(Opened { code, state, ended: false })
}

/// What a link is called in addresses: it says nothing of its state.
fn public_name(state: &str) -> String {
    let digest = Sha256::digest([b"name\0", state.as_bytes()].concat());
    URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default())
}

/// 22 characters of base64url: 16 bytes.
fn is_public_name(text: &str) -> bool {
    text.len() == 22 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// `GET /mail/continue/{name}`: what the person has to do to go on. It consumes nothing, and looks
/// the same whether the link is good, used, or was never sent.
pub async fn show(
    State(site): State<Site>,
    visit: Visit,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let opened = opened(&site, &headers, &name)?;
    let mail = site.mails.find(&opened.state).await?;
    let task = task(&site, &headers, &opened.state, mail.as_ref());
    go_on_page(&site, &visit, &name, &task, false).await
}

fn opened(site: &Site, headers: &HeaderMap, name: &str) -> Result<Opened, Failure> {
    let cookie = is_public_name(name)
        .then(|| cookies::open::<Opened>(site, headers, &format!("{LINK}{name}"), LINK_PURPOSE));
    match cookie.flatten() {
        Some(opened) if public_name(&opened.state) != name => Err(Problem::RequestUnknown.into()),
        Some(opened) if opened.ended => Err(Problem::WrongReference.into()),
        Some(opened) => Ok(opened),
        None => Err(Problem::RequestUnknown.into()),
    }
}

/// What a browser has to do before a link signs it in.
enum Task {
    /// It holds the request: a button is enough.
    Press { address: String, request: HeldRequest },
    /// It does not: its person picks the agent's reference.
    Pick(Vec<BindingMessage>),
    /// It does not, and there is no reference: its person types the mail's code.
    Type,
    /// There is nothing by which its person could show who they are.
    Nothing,
}

fn task(site: &Site, headers: &HeaderMap, state: &str, mail: Option<&Mail>) -> Task {
    let Some(mail) = mail else { return Task::Pick(invented(site, state)) };
    if request::find(site, headers, &mail.request.handle()).is_some() {
        let address = sign_in::mask(mail.address.as_str());
        return Task::Press { address, request: mail.request.clone() };
    }
    match &mail.choices {
        Some(choices) => Task::Pick(choices.clone()),
        None if site.config.sign_in.mail_code => Task::Type,
        None => Task::Nothing,
    }
}

/// The references of a link that was never sent: always the same for the same link.
fn invented(site: &Site, state: &str) -> Vec<BindingMessage> {
    let digits: Vec<char> = site
        .sealer
        .keyed_hash("site.mail.invented", &[state.as_bytes()])
        .into_iter()
        .map(|byte| char::from(b'0' + byte % 10))
        .collect();
    digits
        .chunks(4)
        .take(super::choices::CHOICES)
        .filter_map(|chunk| {
            BindingMessage::parse(&format!("CASE-{}", chunk.iter().collect::<String>())).ok()
        })
        .collect()
}

async fn go_on_page(
    site: &Site,
    visit: &Visit,
    name: &str,
    task: &Task,
    failed: bool,
) -> Result<Response, Failure> {
    let (handle, seconds_left) = match task {
        Task::Press { request, .. } => {
            (Some(request.handle()), decision::seconds_left(site, request).await?)
        }
        _ => (None, None),
    };
    let step = match (task, &handle) {
        (Task::Press { address, .. }, Some(handle)) => {
            PageStep::Press { address: Some(address), handle, seconds_left }
        }
        (Task::Pick(choices), _) => PageStep::Pick { choices, missing: failed },
        (Task::Type, _) if failed => PageStep::Type(CodeEntry::Wrong),
        (Task::Type, _) => PageStep::Type(CodeEntry::Open),
        (Task::Nothing | Task::Press { .. }, _) => return Err(Problem::RequestUnknown.into()),
    };
    let action = paths::mail_continue(name);
    let context = visit.context(site, Some(action.clone()));
    let mut page = go_on(&context, &GoOn { action: &action, step });
    if failed {
        page.status = axum::http::StatusCode::BAD_REQUEST;
    }
    Ok(page.into_response())
}

/// `POST /mail/continue/{name}`: consumes the link and signs in this browser, and only this one.
pub async fn go(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    Path(name): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let opened = opened(&site, &headers, &name)?;
    let mail = site.mails.find(&opened.state).await?;
    let task = task(&site, &headers, &opened.state, mail.as_ref());
    let proof = match &task {
        Task::Press { .. } => Proof::Link,
        Task::Pick(choices) => {
            let picked = form.one("reference").filter(|text| !text.is_empty());
            let Some(picked) = picked else {
                return go_on_page(&site, &visit, &name, &task, true).await;
            };
            if picked == NONE_OF_THESE {
                return picked_none(&site, &visit, &name, opened, mail.as_ref()).await;
            }
            let is_true = mail
                .as_ref()
                .and_then(|mail| mail.request.message.as_ref())
                .is_some_and(|message| message.as_str() == picked);
            if !is_true || !choices.iter().any(|choice| choice.as_str() == picked) {
                tracing::warn!("a wrong reference was picked for a mail's link");
                let page = Failure::new(Problem::WrongReference).into_response();
                return end(&site, &name, opened, page).await;
            }
            Proof::Link
        }
        Task::Type => match form.one("code").and_then(tidy) {
            Some(code) => Proof::Code(code),
            None => return go_on_page(&site, &visit, &name, &task, true).await,
        },
        Task::Nothing => return Err(Problem::RequestUnknown.into()),
    };
    let mail = mail.ok_or(Problem::MailLinkSpent)?;
    let (redeemed, method) = match proof {
        Proof::Link => (redeem_link(&site, &opened, &mail).await?, Method::MailLink),
        Proof::Code(code) => {
            let redeemed = redeem_code(&site, &mail.state, &mail.address, &code).await?;
            if redeemed.as_ref().is_err_and(|problem| *problem == Problem::CodeWrong) {
                return go_on_page(&site, &visit, &name, &task, true).await;
            }
            (redeemed, Method::MailCode)
        }
    };
    let signed_in = redeemed?;
    // From here on this browser holds the request, for as long as one that has just opened it.
    let held = HeldRequest { opened_at: site.now(), ..mail.request };
    let mut lines = request::hold(&site, &headers, &held)?;
    lines.push(cookies::remove(&site, &format!("{LINK}{name}")));
    site.records.note(&held.auth_req_id, Step::Opened).await?;
    let next = sign_in::establish(&site, &session, &held, signed_in, method).await?;
    let mut response = see_other(&next);
    cookies::append(response.headers_mut(), lines);
    Ok(response)
}

enum Proof {
    Link,
    Code(String),
}

/// Somebody has opened a mail's link to whom nobody has read a reference: perhaps its mail was asked
/// for by somebody else. A link that was never sent is answered alike.
async fn picked_none(
    site: &Site,
    visit: &Visit,
    name: &str,
    opened: Opened,
    mail: Option<&Mail>,
) -> Result<Response, Failure> {
    if let Some(Mail { request, .. }) = mail {
        site.records.note(&request.auth_req_id, Step::Reported).await?;
        let request = request.handle();
        tracing::warn!(%request, "somebody with a mail's link says that nobody read them a reference");
        site.ambient.metrics.reported();
    }
    let page = outcome::reported(&visit.context(site, None)).into_response();
    end(site, name, opened, page).await
}

/// Ends a link for good, in every browser: a robot has no second guess. The code in the same mail
/// still works where it was asked for.
async fn end(
    site: &Site,
    name: &str,
    opened: Opened,
    mut page: Response,
) -> Result<Response, Failure> {
    site.mails.picked_wrong(&opened.state).await?;
    let seconds = i64::from(site.config.sign_in.mail_minutes) * 60;
    let ended = Opened { ended: true, ..opened };
    let cookie = cookies::seal(site, &format!("{LINK}{name}"), LINK_PURPOSE, &ended, seconds)?;
    cookies::append(page.headers_mut(), [cookie]);
    Ok(page)
}

async fn redeem_link(
    site: &Site,
    opened: &Opened,
    mail: &Mail,
) -> Result<Result<Authenticated, Problem>, Failure> {
    let identity = site.mail().ok_or(Problem::PageUnknown)?;
    let Ok(consumer) = site.mails.consume(&opened.state).await? else {
        return Ok(Err(Problem::MailLinkSpent));
    };
    match identity.redeem_link(&opened.code).await {
        Ok(signed_in) if is_somebody_elses(&signed_in, mail) => {
            tracing::warn!("the code of one mail came with the state of another");
            Ok(Err(Problem::SignInFailed))
        }
        Ok(signed_in) => Ok(Ok(signed_in)),
        Err(error) => {
            log(&error, Method::MailLink);
            if matches!(error, SignInError::Unreachable(_)) {
                site.mails.release(&opened.state, &consumer).await?;
            }
            Ok(Err(sign_in::problem(&error, Problem::MailLinkSpent)))
        }
    }
}

fn is_somebody_elses(signed_in: &Authenticated, mail: &Mail) -> bool {
    let email = signed_in.claims.email.as_deref();
    email.is_some_and(|email| !email.eq_ignore_ascii_case(mail.address.as_str()))
}

fn log(error: &SignInError, method: Method) {
    sign_in::record_failure(method);
    if let SignInError::Unreachable(cause) | SignInError::Failed(cause) = error {
        tracing::warn!(%error, %cause, "a sign-in failed");
    } else {
        tracing::info!(%error, "a sign-in was not accepted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_may_be_written_with_spaces_and_hyphens() {
        for text in ["123456", " 123 456 ", "123-456", "12\u{a0}34\u{2011}56"] {
            assert_eq!(tidy(text).as_deref(), Some("123456"), "{text:?}");
        }
        for text in ["", "12", "<script>", "1234567890123"] {
            assert_eq!(tidy(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_callback_needs_both_values_once() {
        let state = "a".repeat(22);
        assert!(parse_callback(&format!("code=x&state={state}&other=1")).is_some());
        for query in [
            String::new(),
            "code=x".into(),
            format!("state={state}"),
            format!("code=x&code=y&state={state}"),
            format!("code=&state={state}"),
            format!("code=a%20b&state={state}"),
            format!("code={}&state={state}", "x".repeat(MAX_CODE + 1)),
            "code=x&state=short".into(),
        ] {
            assert!(parse_callback(&query).is_none(), "{query}");
        }
    }
}

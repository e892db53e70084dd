//! The forms and pages around the mail.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tower_sessions::Session;

use super::limits::TooMany;
use super::rows::{Mail, NotTried, Place};
use super::typed_code;
use crate::audit::{self, Circumstances, Event};
use crate::records::{Reporter, Step};
use crate::site::cookie_room::{self, New};
use crate::site::decision::{self, BeforeSignIn};
use crate::site::failure::Failure;
use crate::site::form::Form;
use crate::site::identity::{Authenticated, MailIdentity, SignInError};
use crate::site::pages::mail::{
    CodeEntry, GoOn, NONE_OF_THESE, Sent, Step as PageStep, go_on, sent,
};
use crate::site::pages::outcome;
use crate::site::request::{self, HeldRequest};
use crate::site::request_page;
use crate::site::sign_in::{self, Method};
use crate::site::visit::{Held, HeldForm, Visit, see_other};
use crate::site::{Site, browser, cookies, mangled, paths, session};
use ciba::Problem;
use ciba::{BindingMessage, RequestHandle, email};
use platform::client_network::ClientNetwork;
use transmit::EmailAddress;

const ASKED: &str = "ciba_mail_";
const ASKED_PURPOSE: &str = "site.mail.asked";
const LINK: &str = "ciba_link_";
const LINK_PURPOSE: &str = "site.mail.link";
/// The longest code of a link that is taken: the embedded provider's has 43 characters, and a signed
/// token still fits.
const MAX_CODE: usize = 1024;
/// Minutes for which a code is made that is redeemed at once.
const NEW_CODE_MINUTES: u16 = 1;

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
    let Mail { state, .. } = match queued {
        Ok(mail) => mail,
        Err(TooMany { wait }) => {
            tracing::warn!(request = %handle, wait, "too many mails were asked for");
            return Err(Failure::of(Problem::TooManyTries, &handle).after(wait));
        }
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
    let kept: Option<Asked> = cookies::open(&site, &headers, &asked(&handle), ASKED_PURPOSE);
    let Some(kept) = kept else {
        return already_signed_in(&site, &session, Some(&held), Problem::MailLinkSpent).await;
    };
    let left = decision::seconds_left(&site, &held).await?;
    let wrong = || sent_page(&site, &visit, &held, &kept, CodeEntry::Wrong, Asking::First, left);
    let Some(code) = form.one("code").and_then(typed_code::read) else { return Ok(wrong()) };
    let redeemed = match site.mails.find(&kept.state).await? {
        Some(mail) => redeem_code(&site, &mail, &code).await?,
        None => Err(Problem::MailLinkSpent),
    };
    match redeemed {
        Ok(signed_in) => {
            let next = sign_in::establish(&site, &session, &held, signed_in, Method::MailCode);
            let mut response = see_other(&next.await?);
            let gone = cookies::remove(&site, &asked(&handle));
            cookies::append(response.headers_mut(), [gone]);
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

/// Where a link or a code is spent, in the browser that it has signed in: on to the decision. In any
/// other the problem stands.
async fn already_signed_in(
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
/// address. The mail's link dies with its code.
async fn redeem_code(
    site: &Site,
    mail: &Mail,
    code: &str,
) -> Result<Result<Authenticated, Problem>, Failure> {
    let identity = site.mail().ok_or(Problem::PageUnknown)?;
    match site.mails.try_code(mail).await? {
        Ok(()) => {}
        Err(NotTried::Spent) => return Ok(Err(Problem::MailLinkSpent)),
        Err(NotTried::TooMany) => return Ok(Err(Problem::TooManyTries)),
    }
    let sent = mail.code.as_deref().unwrap_or_default();
    let is_right: bool = sent.as_bytes().ct_eq(code.as_bytes()).into();
    if !is_right {
        log(&SignInError::Rejected, Method::MailCode);
        return Ok(Err(Problem::CodeWrong));
    }
    let Ok(consumer) = site.mails.consume(&mail.state, Place::WhereAsked).await? else {
        return Ok(Err(Problem::MailLinkSpent));
    };
    match redeem_right_code(identity, mail, code).await {
        Ok(signed_in) => Ok(Ok(signed_in)),
        Err(error) => {
            log(&error, Method::MailCode);
            if matches!(error, SignInError::Unreachable(_)) {
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
    mail: &Mail,
    code: &str,
) -> Result<Authenticated, SignInError> {
    match identity.redeem_code(&mail.address, code).await {
        Err(SignInError::Rejected) => {
            let new = identity.create_code(&mail.address, NEW_CODE_MINUTES).await?;
            identity.redeem_code(&mail.address, &new).await
        }
        redeemed => redeemed,
    }
}

/// `GET /mail/callback`: takes the link's values out of the address, and does nothing else.
pub async fn callback(
    State(site): State<Site>,
    session: Session,
    headers: HeaderMap,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
) -> Result<Response, Failure> {
    let opened = parse_callback(&query.unwrap_or_default()).ok_or(Problem::LinkMalformed)?;
    let name = public_name(&opened.state);
    let seconds = i64::from(site.config.sign_in.mail_minutes) * 60;
    let cookie = cookies::seal(&site, &format!("{LINK}{name}"), LINK_PURPOSE, &opened, seconds)?;
    let room = cookie_room::make(&site, &session, &headers, New::Link(&name), &cookie).await?;
    let mut response = see_other(&paths::mail_continue(&name));
    let name = browser::keep_name(&site, &headers)?;
    cookies::append(response.headers_mut(), room.into_iter().chain([cookie, name]));
    Ok(response)
}

/// The opened links that this browser holds by their public names, with the bytes of their cookies.
pub fn opened_links(site: &Site, headers: &HeaderMap) -> Vec<(String, usize)> {
    let prefix = cookies::name(site, LINK);
    cookies::all(headers)
        .filter_map(|(name, value)| {
            let link = name.strip_prefix(&prefix).filter(|link| is_public_name(link))?;
            Some((link.to_owned(), cookie_room::size((name, value))))
        })
        .collect()
}

/// The `Set-Cookie` line that removes an opened link.
pub fn forget_link(site: &Site, name: &str) -> String {
    cookies::remove(site, &format!("{LINK}{name}"))
}

/// The bytes of the cookie that says for which address a request's mail was asked.
pub fn asked_size(site: &Site, headers: &HeaderMap, handle: &RequestHandle) -> usize {
    let name = cookies::name(site, &asked(handle));
    cookies::all(headers).filter(|(other, _)| *other == name).map(cookie_room::size).sum()
}

/// The `Set-Cookie` line that removes it.
pub fn forget_asked(site: &Site, handle: &RequestHandle) -> String {
    cookies::remove(site, &asked(handle))
}

fn parse_callback(query: &str) -> Option<Opened> {
    let (mut code, mut state) = (None, None);
    for (name, value) in mangled::parameters(query) {
        let slot = match name.as_str() {
            "code" => &mut code,
            "state" => &mut state,
            _ => continue,
        };
        if slot.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    let (code, state): (String, String) = (code?, state?);
    let (code, state) = match mangled::unquoted(&code, &state) {
        (code, rest) if rest.len() < state.len() && is_public_name(without_end(rest)) => {
            (code, rest)
        }
        _ => (code.as_str(), state.as_str()),
    };
    let state = without_end(state);
    let good_code =
        (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic());
    let opened = || Opened { code: code.to_owned(), state: state.to_owned(), ended: false };
    (good_code && is_public_name(state)).then(opened)
}

/// A state, which ends the link, without what the sentence or the quotation around it has added.
fn without_end(state: &str) -> &str {
    mangled::without_closing(state).trim_end_matches(['.', '!', '?'])
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
    let task = task(&site, &headers, &opened, mail.as_ref())?;
    go_on_page(&site, &visit, &name, &task, false).await
}

fn opened(site: &Site, headers: &HeaderMap, name: &str) -> Result<Opened, Failure> {
    let cookie = is_public_name(name)
        .then(|| cookies::open::<Opened>(site, headers, &format!("{LINK}{name}"), LINK_PURPOSE));
    match cookie.flatten() {
        Some(opened) if public_name(&opened.state) != name => Err(Problem::RequestUnknown.into()),
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

/// A wrong pick, in this browser, has ended its link here, unless the browser holds the request by
/// now: there nothing is picked.
fn task(
    site: &Site,
    headers: &HeaderMap,
    opened: &Opened,
    mail: Option<&Mail>,
) -> Result<Task, Problem> {
    let held = mail.filter(|mail| request::find(site, headers, &mail.request.handle()).is_some());
    if let Some(Mail { address, request, .. }) = held {
        let address = sign_in::mask(address.as_str());
        return Ok(Task::Press { address, request: request.clone() });
    }
    if opened.ended {
        return Err(Problem::WrongReference);
    }
    let Some(mail) = mail else { return Ok(Task::Pick(invented(site, &opened.state))) };
    Ok(match &mail.choices {
        Some(choices) => Task::Pick(choices.clone()),
        None if site.config.sign_in.mail_code => Task::Type,
        None => Task::Nothing,
    })
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
    let task = task(&site, &headers, &opened, mail.as_ref())?;
    let proof = match &task {
        Task::Press { .. } => Proof::Link(Place::WhereAsked),
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
            Proof::Link(Place::Elsewhere)
        }
        Task::Type => match form.one("code").and_then(typed_code::read) {
            Some(code) => Proof::Code(code),
            None => return go_on_page(&site, &visit, &name, &task, true).await,
        },
        Task::Nothing => return Err(Problem::RequestUnknown.into()),
    };
    let mail = mail.ok_or(Problem::MailLinkSpent)?;
    let (redeemed, method) = match proof {
        Proof::Link(place) => (redeem_link(&site, &opened, &mail, place).await?, Method::MailLink),
        Proof::Code(code) => {
            let redeemed = redeem_code(&site, &mail, &code).await?;
            if redeemed.as_ref().is_err_and(|problem| *problem == Problem::CodeWrong) {
                return go_on_page(&site, &visit, &name, &task, true).await;
            }
            (redeemed, Method::MailCode)
        }
    };
    let signed_in = match redeemed {
        Ok(signed_in) => signed_in,
        Err(problem) => {
            let held = request::find(&site, &headers, &mail.request.handle());
            return already_signed_in(&site, &session, held.as_ref(), problem).await;
        }
    };
    // From here on this browser holds the request, for as long as one that has just opened it.
    let held = HeldRequest { opened_at: site.now(), ..mail.request };
    // The link stays with this browser: whoever presses its button again is led on.
    let lines = cookie_room::hold(&site, &session, &headers, &held).await?;
    site.records.note(&held.auth_req_id, Step::Opened).await?;
    let next = sign_in::establish(&site, &session, &held, signed_in, method).await?;
    let mut response = see_other(&next);
    cookies::append(response.headers_mut(), lines);
    Ok(response)
}

enum Proof {
    Link(Place),
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
        let reporter = Reporter::LinkHolder;
        site.records.note(&request.auth_req_id, Step::Reported(reporter)).await?;
        let request = request.handle();
        let known = Circumstances {
            request: Some(&request),
            reporter: Some(reporter.as_str()),
            ..Circumstances::default()
        };
        audit::record(Event::Reported, &known);
        tracing::warn!(%request, "somebody with a mail's link says that nobody read them a reference");
        site.ambient.metrics.reported();
    }
    let page = outcome::reported(&visit.context(site, None)).into_response();
    end(site, name, opened, page).await
}

/// Ends a link for good in every browser that does not hold the request: a robot has no second guess.
/// Where the mail was asked for, its link and its code still work.
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
    place: Place,
) -> Result<Result<Authenticated, Problem>, Failure> {
    let identity = site.mail().ok_or(Problem::PageUnknown)?;
    let Ok(consumer) = site.mails.consume(&opened.state, place).await? else {
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
    email.is_some_and(|email| !email::are_same(email, mail.address.as_str()))
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
    fn a_callback_needs_both_values_once() {
        let state = "a".repeat(22);
        assert!(parse_callback(&format!("code=x&state={state}&other=1")).is_some());
        for query in [
            format!("code=x&amp;state={state}"),
            format!("code=x&%2338;state={state}"),
            format!("code=3Dx&state=3D{state}"),
            format!("code=x&state={state}."),
            format!("code=x&state={state})."),
            format!("code=x&state={state}%22%3E"),
        ] {
            let opened = parse_callback(&query).unwrap_or_else(|| panic!("{query}"));
            assert_eq!((opened.code.as_str(), opened.state.as_str()), ("x", state.as_str()));
        }
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

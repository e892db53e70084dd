//! In the browser that opens a mail's link: what its person does before it signs them in. Where this
//! browser asked for the mail, that is to answer the request: one press signs in and decides.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::redeem::{Redeemed, already_signed_in, end_use, redeem_code, redeem_link};
use crate::audit::{self, AuditContext, Event};
use crate::records::{Reporter, Step};
use crate::site::cookie_room;
use crate::site::decision::{self, Known, Stage, StageRejection};
use crate::site::failure::Failure;
use crate::site::form::Form;
use crate::site::identity::MailIdentity;
use crate::site::pages::decision::{Abilities, Account, DecisionInput, render};
use crate::site::pages::mail::{CodeEntry, GoOn, LinkStep, go_on};
use crate::site::pages::outcome;
use crate::site::pages::pick::Pick;
use crate::site::pick::{self, Picked};
use crate::site::request::{self, HeldRequest};
use crate::site::sign_in::magic_link::asked_mail::has_asked;
use crate::site::sign_in::magic_link::opened_link::{self, OpenedLink};
use crate::site::sign_in::magic_link::rows::{LinkPlace, Mail};
use crate::site::sign_in::magic_link::typed_code;
use crate::site::sign_in::{self, Method};
use crate::site::visit::{Visit, see_other};
use crate::site::{Site, cookies, paths};
use ciba::{BindingMessage, Decision, Problem};

/// `GET /mail/continue/{name}`: what the person has to do to go on. It consumes nothing, and looks
/// the same whether the link is good, used, or was never sent.
pub async fn show(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let opened = opened_link::find(&site, &headers, &name)?;
    let mail = site.mails.find(&opened.state).await?;
    match task(&site, &session, &headers, &opened, mail.as_ref()).await {
        Ok(task) => go_on_page(&site, &visit, &name, &task, false).await,
        Err(elsewhere) => Ok(elsewhere.into_response()),
    }
}

/// What a browser has to do before a link signs it in.
enum Task {
    /// It asked for the mail: its person answers the request.
    Decide { address: String, known: Box<Known> },
    /// It holds the request, and did not ask for this mail: a button is enough.
    Press { address: String, request: HeldRequest },
    /// It does not: its person picks the agent's reference.
    Pick(Vec<BindingMessage>),
    /// It does not, and there is no reference: its person types the mail's code.
    Type,
    /// There is nothing by which its person could show who they are.
    Nothing,
}

/// A wrong pick, in this browser, has ended its link here, unless the browser holds the request by
/// now: there nothing is picked. Where it asked for the mail and has nothing to answer any more, it is
/// led to where it belongs.
///
/// # Security
///
/// Anybody can make a browser hold a request, by a link; only its own person can ask for a mail in it.
/// So one press decides only where the mail was asked for.
async fn task(
    site: &Site,
    session: &Session,
    headers: &HeaderMap,
    opened: &OpenedLink,
    mail: Option<&Mail>,
) -> Result<Task, StageRejection> {
    let held =
        mail.and_then(|mail| Some((mail, request::find(site, headers, &mail.request.handle())?)));
    if let Some((Mail { address, request, .. }, held)) = held {
        let address = sign_in::mask(address.as_str());
        if !has_asked(site, headers, &held.handle(), &opened.state) {
            return Ok(Task::Press { address, request: request.clone() });
        }
        let known = Box::new(Known::of(site, session, held).await?);
        return Ok(match known.stage {
            // Signed in by this very link, as it seems: another press on it would lead nowhere.
            Stage::MayDecide
                if site.mails.is_used(&opened.state).await.map_err(Failure::from)? =>
            {
                return Err(known.rejection());
            }
            Stage::MustSignIn { .. } | Stage::MayDecide => Task::Decide { address, known },
            // Whoever signed in to another account sees first what this one is asked.
            Stage::Over(Problem::WrongAccount) => Task::Press { address, request: request.clone() },
            _ => return Err(known.rejection()),
        });
    }
    if opened.ended {
        return Err(Failure::from(Problem::WrongReference).into());
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
        .take(pick::CHOICES)
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
    if let Task::Decide { address, known } = task {
        return Ok(decision_page(site, visit, name, address, known, failed));
    }
    let (handle, seconds_left) = match task {
        Task::Press { request, .. } => {
            (Some(request.handle()), decision::seconds_left(site, request).await?)
        }
        _ => (None, None),
    };
    let step = match (task, &handle) {
        (Task::Press { address, .. }, Some(handle)) => {
            LinkStep::Press { address: Some(address), handle, seconds_left }
        }
        (Task::Pick(choices), _) => LinkStep::Pick(Pick { choices, missing: failed }),
        (Task::Type, _) if failed => LinkStep::Type(CodeEntry::Wrong),
        (Task::Type, _) => LinkStep::Type(CodeEntry::Open),
        (_, _) => return Err(Problem::RequestUnknown.into()),
    };
    let action = paths::mail_continue(name);
    let context = visit.context(site, Some(action.clone()));
    let mut page = go_on(&context, &GoOn { action: &action, step });
    if failed {
        page.status = axum::http::StatusCode::BAD_REQUEST;
    }
    Ok(page.into_response())
}

/// The decision page, whose press signs in by the link. It shows the same as to somebody who is signed
/// in, but for whose answer it is.
fn decision_page(
    site: &Site,
    visit: &Visit,
    name: &str,
    address: &str,
    known: &Known,
    missing: bool,
) -> Response {
    let action = paths::mail_continue(name);
    let handle = &known.handle;
    let choices = known.choices(site);
    let pick = choices.as_deref().map(|choices| Pick { choices, missing });
    let input = DecisionInput {
        handle,
        message: known.held.message.as_ref().filter(|_| pick.is_none()),
        pick,
        client: known.client(),
        contact: known.contact(),
        abilities: &Abilities::of(known.scopes()),
        seconds_left: known.seconds_left(site),
        doubted: known.is_doubted(),
        account: Account::ByPress {
            action: &action,
            address,
            by_our_mail: site.mail(known.pushed.as_ref()).is_some_and(MailIdentity::is_ours),
        },
    };
    let mut page = render(&visit.context(site, Some(action.clone())), &input);
    if missing {
        page.status = axum::http::StatusCode::BAD_REQUEST;
    }
    page.into_response()
}

/// `POST /mail/continue/{name}`: consumes the link and signs in this browser, and only this one; where
/// the request was answered by the press, takes the answer.
pub async fn go(
    State(site): State<Site>,
    visit: Visit,
    session: Session,
    Path(name): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let opened = opened_link::find(&site, &headers, &name)?;
    let mail = site.mails.find(&opened.state).await?;
    let task = match task(&site, &session, &headers, &opened, mail.as_ref()).await {
        Ok(task) => task,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    // Without a decision it is the form of the page that only signs in.
    let pressed = match &task {
        Task::Decide { .. } => form.one("decision").and_then(|word| word.parse::<Decision>().ok()),
        _ => None,
    };
    let proof = match &task {
        Task::Decide { known, .. } => {
            let handle = &known.handle;
            if pressed.is_some() && form.one("handle") != Some(handle.as_str()) {
                return Err(Problem::RequestUnknown.into());
            }
            // Before the link is used up: what is missing here can still be picked.
            if pressed == Some(Decision::Approve)
                && let Some(choices) = known.choices(&site)
            {
                match Picked::of(form.one("reference"), &choices, known.held.message.as_ref()) {
                    Picked::Nothing => return go_on_page(&site, &visit, &name, &task, true).await,
                    Picked::NoneOfThese => return Ok(see_other(&paths::not_on_a_call(handle))),
                    Picked::Wrong | Picked::Right => {}
                }
            }
            MailProof::Link(LinkPlace::WhereAsked)
        }
        Task::Press { .. } => MailProof::Link(LinkPlace::WhereAsked),
        Task::Pick(choices) => {
            let message = mail.as_ref().and_then(|mail| mail.request.message.as_ref());
            match Picked::of(form.one("reference"), choices, message) {
                Picked::Nothing => return go_on_page(&site, &visit, &name, &task, true).await,
                Picked::NoneOfThese => {
                    return picked_none(&site, &visit, &name, opened, mail.as_ref()).await;
                }
                Picked::Wrong => {
                    let page = Failure::new(Problem::WrongReference).into_response();
                    let page = end(&site, &name, opened, page).await?;
                    if let Some(mail) = &mail {
                        sign_in::record_wrong_reference(&site, &mail.request).await?;
                    }
                    return Ok(page);
                }
                // A robot that sends all three at once has no more guesses than one after the other:
                // the use of a link asks that no wrong pick came before it.
                Picked::Right => {}
            }
            MailProof::Link(LinkPlace::Elsewhere)
        }
        Task::Type => match form.one("code").and_then(typed_code::read) {
            Some(code) => MailProof::Code(code),
            None => return go_on_page(&site, &visit, &name, &task, true).await,
        },
        Task::Nothing => return Err(Problem::RequestUnknown.into()),
    };
    let mail = mail.ok_or(Problem::MailLinkSpent)?;
    // This browser is to hold the request for as long as one that has just opened it; where it has no room,
    // the mail stays good. The link stays with it: whoever presses its button again is led on.
    let held = HeldRequest { opened_at: site.now(), ..mail.request.clone() };
    let lines = cookie_room::hold(&site, &session, &headers, &held).await?;
    let (redeemed, method) = match proof {
        MailProof::Link(place) => {
            (redeem_link(&site, &opened.code, &mail, place).await?, Method::MailLink)
        }
        MailProof::Code(code) => {
            let redeemed = redeem_code(&site, &mail, &code).await?;
            if redeemed.as_ref().is_err_and(|problem| *problem == Problem::CodeWrong) {
                return go_on_page(&site, &visit, &name, &task, true).await;
            }
            (redeemed, Method::MailCode)
        }
    };
    let Redeemed { signed_in, mail_use } = match redeemed {
        Ok(redeemed) => redeemed,
        Err(problem) => {
            let held = request::find(&site, &headers, &mail.request.handle());
            return not_signed_in(&site, &session, held.as_ref(), pressed, problem).await;
        }
    };
    let known = sign_in::establish(&site, &session, &held, signed_in, method).await?;
    // From here on nothing fails: whatever comes of the press, this browser is signed in, and is led to
    // where its person sees what came of it, or decides.
    let next = match pressed {
        Some(pressed) => {
            decision::routes::answer(&site, &session, known, pressed, form.one("reference")).await
        }
        None => known.after_sign_in(),
    };
    end_use(&site, mail_use).await;
    let mut response = see_other(&next);
    cookies::append(response.headers_mut(), lines);
    Ok(response)
}

enum MailProof {
    Link(LinkPlace),
    Code(String),
}

/// A press has signed nobody in.
async fn not_signed_in(
    site: &Site,
    session: &Session,
    held: Option<&HeldRequest>,
    pressed: Option<Decision>,
    problem: Problem,
) -> Result<Response, Failure> {
    let answer = already_signed_in(site, session, held, problem).await;
    match (pressed, held) {
        // What is said of a sign-in would be read as "stopped": they go on to the page that needs none.
        (Some(Decision::Deny), Some(held))
            if answer.is_err() && problem != Problem::ProviderUnreachable =>
        {
            Ok(see_other(&paths::not_on_a_call(&held.handle())))
        }
        _ => answer,
    }
}

/// Somebody has opened a mail's link to whom nobody has read a reference: perhaps its mail was asked
/// for by somebody else. A link that was never sent is answered alike.
async fn picked_none(
    site: &Site,
    visit: &Visit,
    name: &str,
    opened: OpenedLink,
    mail: Option<&Mail>,
) -> Result<Response, Failure> {
    if let Some(Mail { request, .. }) = mail {
        let reporter = Reporter::LinkHolder;
        site.records.note(&request.auth_req_id, Step::Reported(reporter)).await?;
        let request = request.handle();
        let known = AuditContext {
            request: Some(&request),
            reporter: Some(reporter.as_str()),
            ..AuditContext::default()
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
    opened: OpenedLink,
    mut page: Response,
) -> Result<Response, Failure> {
    site.mails.end_elsewhere(&opened.state).await?;
    let ended = OpenedLink { ended: true, ..opened };
    let cookie = opened_link::line(site, name, &ended)?;
    cookies::append(page.headers_mut(), [cookie]);
    Ok(page)
}

//! A page for each [`Problem`]: what happened in one sentence, and what to do in another.

use axum::http::StatusCode;
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use super::layout::{Frame, page};
use super::parts::{Advice, HandleField, Heading, Refusal, Sign, say, sign};
use super::{Page, PageContext, Scripts};
use crate::site::paths;
use ciba::{Problem, RequestHandle};
use messages::texts::Words;

/// Renders a problem's page. `request` is the one that this browser holds, and leads back to it;
/// `wait` is the number of seconds after which it is worth another try, where that is known.
pub fn render(
    context: &PageContext,
    problem: Problem,
    request: Option<&RequestHandle>,
    wait: Option<u32>,
) -> Page {
    let words = &context.words;
    let id = format!("problem-{}", problem.as_str());
    let title = words.text(&id);
    let status =
        StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let scripts = if problem == Problem::LinkMalformed { Scripts::MendLink } else { Scripts::None };
    let frame = Frame {
        name: id.clone().into(),
        title: title.clone(),
        status,
        scripts,
        ..Frame::default()
    };
    let number = words.call_number();
    let what = say(words, &format!("{id}-what"), &[]);
    let next = match (problem, wait) {
        (Problem::TooManyTries, Some(seconds @ 0..60)) => {
            Either::Left(say(words, "problem-too-many-tries-wait", &[("seconds", seconds.into())]))
        }
        (Problem::TooManyTries, Some(seconds)) => {
            let minutes = [("minutes", seconds.div_ceil(60).into())];
            Either::Left(say(words, "problem-too-many-tries-wait-minutes", &minutes))
        }
        _ => Either::Right(say(words, &format!("{id}-next"), &[("number", number.into())])),
    };
    let quote = context.request_id.as_deref().map(|request_id| {
        let values = [("id", request_id.into())];
        view! { <p class="quote">{say(words, "request-id", &values)}</p> }
    });
    let kind = match problem {
        Problem::RequestExpired | Problem::OutcomeUnknown | Problem::TooManyTries => Sign::Pending,
        Problem::MessageMismatch | Problem::CrossSite | Problem::WrongReference => Sign::Stopped,
        _ => Sign::Known,
    };
    let advice =
        (problem == Problem::WrongReference).then(|| view! { <Advice words=words.clone()/> });
    let body = view! {
        {sign(kind)}
        <Heading>{title}</Heading>
        <p class="lead">{what}</p>
        <p>{next}</p>
        {advice}
        {request.and_then(|handle| way_on(words, problem, handle))}
        {quote}
    };
    page(context, frame, body)
}

/// The way on from a problem, where there is one.
fn way_on(
    words: &Words,
    problem: Problem,
    handle: &RequestHandle,
) -> Option<impl IntoView + use<>> {
    let back = |id| {
        view! { <p><a class="button plain" href=paths::request(handle)>{words.text(id)}</a></p> }
    };
    match problem {
        Problem::WrongAccount => Some(EitherOf3::A(view! {
            <form method="post" action=paths::switch_account(handle)>
                <HandleField handle=handle.clone()/>
                <button class="button plain">{words.text("problem-switch")}</button>
            </form>
            <Refusal words=words.clone() handle=handle.clone()/>
        })),
        Problem::ProviderUnreachable | Problem::Internal | Problem::TooManyTries => {
            Some(EitherOf3::B(back("problem-again")))
        }
        Problem::SignInRequired
        | Problem::SignInFailed
        | Problem::MailLinkSpent
        | Problem::CodeWrong
        | Problem::CrossSite => Some(EitherOf3::C(back("problem-back"))),
        Problem::LinkMalformed
        | Problem::RequestUnknown
        | Problem::RequestExpired
        | Problem::OutcomeUnknown
        | Problem::Withdrawn
        | Problem::AlreadyDecided
        | Problem::NotAccepted
        | Problem::MessageMismatch
        | Problem::WrongReference
        | Problem::PageUnknown
        | Problem::MethodNotAllowed
        | Problem::ContentTooLarge
        | Problem::FormMalformed => None,
    }
}

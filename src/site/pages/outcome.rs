//! What became of the decision. "Allowed" and "stopped" are said only after the provider has said so.

use axum::http::StatusCode;
use leptos::either::Either;
use leptos::prelude::*;

use super::layout::{Frame, page};
use super::parts::{Advice, HandleField, Heading, Notice, PasskeyForm, Refusal, Sign, say, sign};
use super::{Page, PageContext, Scripts};
use crate::site::authority::Answer;
use crate::site::decision::{Entry, Outcome};
use crate::site::paths;
use ciba::{Decision, RequestHandle};
use messages::texts::Words;

/// What the page knows.
#[derive(Debug, Clone, Copy)]
pub struct OutcomeInput<'a> {
    /// The request.
    pub handle: &'a RequestHandle,
    /// What was decided, and what came of it.
    pub entry: &'a Entry,
    /// What is said of a passkey after an approval.
    pub passkey: Passkey,
    /// Whether there is advice for somebody who is not speaking with an agent.
    pub advice: bool,
}

/// What is said of a passkey after an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passkey {
    /// Nothing.
    NotOffered,
    /// One may be added.
    Offered,
    /// One was added.
    Added,
    /// One was made, and could not be added.
    NotAdded,
}

/// Renders the outcome's page.
pub fn render(context: &PageContext, input: &OutcomeInput<'_>) -> Page {
    let OutcomeInput { handle, entry, passkey, advice } = *input;
    let Entry { answer, outcome } = entry;
    let decision = entry.decision();
    match (outcome, decision) {
        (Outcome::Confirmed | Outcome::Presumed, Decision::Approve) => match passkey {
            Passkey::Added => passkey_added(context),
            Passkey::NotAdded => passkey_not_added(context),
            _ if advice => allowed_before(context),
            _ => allowed(context, handle, passkey == Passkey::Offered),
        },
        (Outcome::Confirmed | Outcome::Presumed, Decision::Deny)
            if *answer == Answer::WrongReference =>
        {
            picked_wrong(context, advice)
        }
        (Outcome::Confirmed | Outcome::Presumed, Decision::Deny) => stopped(context, advice),
        (Outcome::Claimed | Outcome::Sent, _) => asking(context, handle, advice),
        (Outcome::Unsent { .. }, _) => unsent(context, handle, entry, advice),
        (Outcome::Unanswered { .. } | Outcome::SignInNeeded { .. }, _) => {
            unknown(context, handle, *answer, advice)
        }
        // The provider's refusal is a problem with a page of its own.
        (Outcome::Unclear | Outcome::Refused(_), _) => unclear(context, *answer, advice),
    }
}

fn advised(words: &Words, advice: bool) -> impl IntoView + use<> {
    advice.then(|| view! { <Advice words=words.clone()/> })
}

fn allowed_before(context: &PageContext) -> Page {
    let words = &context.words;
    let title = words.text("allowed-title");
    let frame =
        Frame { name: "outcome-allowed-before".into(), title: title.clone(), ..Frame::default() };
    let number = words.call_number();
    let body = view! {
        {heading(Sign::Known, title)}
        <p class="lead">{say(words, "allowed-before-lead", &[("number", number.into())])}</p>
        {advised(words, true)}
    };
    page(context, frame, body)
}

fn heading(kind: Sign, title: String) -> impl IntoView {
    view! {
        {sign(kind)}
        <Heading>{title}</Heading>
    }
}

fn allowed(context: &PageContext, handle: &RequestHandle, offer_passkey: bool) -> Page {
    let words = &context.words;
    let title = words.text("allowed-title");
    let scripts = Scripts::islands(offer_passkey, false);
    let frame =
        Frame { name: "outcome-allowed".into(), title: title.clone(), scripts, ..Frame::default() };
    let number = words.call_number();
    let offer = offer_passkey.then(|| passkey_offer(words, handle));
    let body = view! {
        {heading(Sign::Done, title)}
        <p class="lead">{say(words, "allowed-lead", &[])}</p>
        <p>{words.text("close-page")}</p>
        <p class="hint">{say(words, "allowed-next", &[("number", number.into())])}</p>
        {offer}
    };
    page(context, frame, body)
}

fn passkey_offer(words: &Words, handle: &RequestHandle) -> impl IntoView + use<> {
    view! {
        <section
            class="notice passkey"
            aria-labelledby="offer"
            data-passkey=paths::enrol_passkey_options(handle)
            data-fault=paths::passkey_fault(handle)
            data-state="off"
        >
            <h2 id="offer">{words.text("passkey-offer-title")}</h2>
            <p class="offer">{words.text("passkey-offer-text")}</p>
            <PasskeyForm
                handle=handle.clone()
                action=paths::enrol_passkey(handle)
                purpose="enrol"
                kind="button plain"
                label=words.text("passkey-offer-add")
            />
        </section>
        // Always there and empty at first, so that a screen reader hears what comes into it.
        <div class="said" role="status" tabindex="-1">
            <p class="asking">{words.text("passkey-asking")}</p>
            <p class="calm away">{words.text("passkey-not-added")}</p>
            <p class="exists">{words.text("passkey-exists")}</p>
        </div>
    }
}

fn passkey_added(context: &PageContext) -> Page {
    let words = &context.words;
    let title = words.text("passkey-added-title");
    let frame =
        Frame { name: "outcome-passkey-added".into(), title: title.clone(), ..Frame::default() };
    let body = view! {
        {heading(Sign::Done, title)}
        <p class="lead">{words.text("passkey-added-lead")}</p>
        <p>{words.text("close-page")}</p>
    };
    page(context, frame, body)
}

fn passkey_not_added(context: &PageContext) -> Page {
    let words = &context.words;
    let title = words.text("allowed-title");
    let frame = Frame {
        name: "outcome-passkey-not-added".into(),
        title: title.clone(),
        ..Frame::default()
    };
    let body = view! {
        <Notice text=words.text("passkey-not-added")/>
        {sign(Sign::Done)}
        <Heading below_notice=true>{title}</Heading>
        <p class="lead">{say(words, "allowed-lead", &[])}</p>
        <p>{words.text("close-page")}</p>
    };
    page(context, frame, body)
}

fn stopped(context: &PageContext, advice: bool) -> Page {
    let words = &context.words;
    let title = words.text("stopped-title");
    let frame = Frame { name: "outcome-stopped".into(), title: title.clone(), ..Frame::default() };
    let next = if advice {
        Either::Left(view! { <Advice words=words.clone()/> })
    } else {
        let number = words.call_number();
        Either::Right(view! {
            <p>{words.text("close-page")}</p>
            <p class="hint">{say(words, "stopped-next", &[("number", number.into())])}</p>
        })
    };
    let body = view! {
        {heading(Sign::Stopped, title)}
        <p class="lead">{say(words, "stopped-lead", &[])}</p>
        {next}
    };
    page(context, frame, body)
}

/// It was stopped because of the reference that was picked: every browser that holds the request is
/// told why, also those whose person has picked nothing.
fn picked_wrong(context: &PageContext, advice: bool) -> Page {
    let words = &context.words;
    let title = words.text("stopped-title");
    let frame =
        Frame { name: "outcome-wrong-reference".into(), title: title.clone(), ..Frame::default() };
    let next = if advice {
        Either::Left(view! { <Advice words=words.clone()/> })
    } else {
        let number = words.call_number();
        Either::Right(view! {
            <p>{words.text("picked-wrong-again")}</p>
            <p>{say(words, "picked-wrong-doubt", &[("number", number.into())])}</p>
        })
    };
    let body = view! {
        {heading(Sign::Stopped, title)}
        <p class="lead">{words.text("picked-wrong")}</p>
        {next}
    };
    page(context, frame, body)
}

/// What was answered, in front of what came of it. Who has picked another reference than the agent's
/// has pressed to allow it, and not to stop it.
fn answered(words: &Words, answer: Answer, ids: [&str; 3]) -> impl IntoView + use<> {
    let [approve, deny, picked_wrong] = ids;
    match answer {
        Answer::Allowed => Either::Left(say(words, approve, &[])),
        Answer::Stopped | Answer::Disowned => Either::Left(say(words, deny, &[])),
        Answer::WrongReference => {
            let what = words.text("picked-wrong");
            Either::Right(view! { {what}" "{say(words, picked_wrong, &[])} })
        }
    }
}

/// Renders the page that thanks for a report.
pub fn reported(context: &PageContext) -> Page {
    let words = &context.words;
    let title = words.text("reported-title");
    let frame = Frame { name: "outcome-reported".into(), title: title.clone(), ..Frame::default() };
    let body = view! {
        {heading(Sign::Stopped, title)}
        <p class="lead">{words.text("reported-lead")}</p>
        <p>{words.text("reported-next")}</p>
        <Advice words=words.clone()/>
        <p class="hint">{words.text("reported-mistake")}</p>
    };
    page(context, frame, body)
}

/// Renders the page of a request that nobody has decided as far as this site knows.
pub fn waiting(context: &PageContext, handle: &RequestHandle) -> Page {
    let words = &context.words;
    let title = words.text("decided-elsewhere-waiting-title");
    let frame = Frame { name: "outcome-waiting".into(), title: title.clone(), ..Frame::default() };
    let body = view! {
        {heading(Sign::Pending, title)}
        <p class="lead">{words.text("decided-elsewhere-waiting-lead")}</p>
        <p><a class="button plain" href=paths::outcome(handle)>{words.text("look-again")}</a></p>
        <p class="aside"><a href=paths::request(handle)>{words.text("problem-back")}</a></p>
        <Refusal words=words.clone() handle=handle.clone()/>
    };
    page(context, frame, body)
}

fn asking(context: &PageContext, handle: &RequestHandle, advice: bool) -> Page {
    let words = &context.words;
    let title = words.plain("asking-title", &[]);
    let (status, scripts) = (StatusCode::ACCEPTED, Scripts::LookAgain);
    let frame = Frame { name: "outcome-asking".into(), title, status, scripts, ..Frame::default() };
    let heading = say(words, "asking-title", &[]);
    let again = if advice { paths::outcome_with_advice(handle) } else { paths::outcome(handle) };
    let body = view! {
        {sign(Sign::Pending)}
        <Heading>{heading}</Heading>
        <p class="lead">{words.text("asking-lead")}</p>
        <p>{words.text("asking-next")}</p>
        <p><a class="button plain" href=again>{words.text("look-again")}</a></p>
        {advised(words, advice)}
    };
    page(context, frame, body)
}

fn unsent(context: &PageContext, handle: &RequestHandle, entry: &Entry, advice: bool) -> Page {
    let decision = entry.decision();
    let words = &context.words;
    let title = words.text("problem-provider-unreachable");
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let frame =
        Frame { name: "outcome-unsent".into(), title: title.clone(), status, ..Frame::default() };
    let ids = ["unsent-approve-lead", "unsent-deny-lead", "picked-wrong-unsent"];
    let lead = answered(words, entry.answer, ids);
    // Nobody has been told to allow anything: refusing is still possible, allowing is not.
    let deny = (decision == Decision::Approve && entry.admits(Decision::Deny)).then(|| {
        view! {
            <button class="button deny" name="decision" value=Decision::Deny.as_str()>
                {words.text("decision-deny")}
            </button>
        }
    });
    let body = view! {
        {heading(Sign::Pending, title)}
        <p class="lead">{lead}</p>
        <p>{words.text("unsent-next")}</p>
        <form method="post" action=paths::decide()>
            <HandleField handle=handle.clone()/>
            <button class="button plain" name="decision" value=decision.as_str()>
                {words.text("unknown-send-again")}
            </button>
            {deny}
        </form>
        {advised(words, advice)}
    };
    page(context, frame, body)
}

fn unknown(context: &PageContext, handle: &RequestHandle, answer: Answer, advice: bool) -> Page {
    let decision = answer.decision();
    let words = &context.words;
    let title = words.text("unknown-title");
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let frame =
        Frame { name: "outcome-unknown".into(), title: title.clone(), status, ..Frame::default() };
    let ids = ["unknown-approve-lead", "unknown-deny-lead", "picked-wrong-unknown"];
    let lead = answered(words, answer, ids);
    // Only the same decision: the opposite one may never follow an unknown outcome. And nobody who
    // speaks with nobody is asked to allow something once more.
    let again = (!advice || decision == Decision::Deny).then(|| {
        view! {
            <p>{words.text("unknown-next")}</p>
            <form method="post" action=paths::decide()>
                <HandleField handle=handle.clone()/>
                <button class="button plain" name="decision" value=decision.as_str()>
                    {words.text("unknown-send-again")}
                </button>
            </form>
        }
    });
    let body = view! {
        {heading(Sign::Pending, title)}
        <p class="lead">{lead}</p>
        {again}
        {(!advice).then(|| view! { <p class="hint">{say(words, "unknown-call", &[("number", words.call_number().into())])}</p> })}
        {advised(words, advice)}
    };
    page(context, frame, body)
}

fn unclear(context: &PageContext, answer: Answer, advice: bool) -> Page {
    let words = &context.words;
    let title = words.text("unclear-title");
    let frame = Frame {
        name: "outcome-unclear".into(),
        title: title.clone(),
        status: StatusCode::CONFLICT,
        ..Frame::default()
    };
    let ids = ["unclear-approve-lead", "unclear-deny-lead", "picked-wrong-unknown"];
    let lead = answered(words, answer, ids);
    let next = match answer.decision() {
        Decision::Approve => "unclear-approve-next",
        Decision::Deny => "unclear-deny-next",
    };
    let number = words.call_number();
    let body = view! {
        {heading(Sign::Known, title)}
        <p class="lead">{lead}</p>
        <p>{say(words, next, &[("number", number.into())])}</p>
        {advised(words, advice)}
    };
    page(context, frame, body)
}

//! The pages around the mail: it is on its way, and its link was opened.

use leptos::either::Either;
use leptos::prelude::*;

use super::layout::{Frame, page};
use super::parts::{
    CodeField, ErrorSummary, HandleField, Heading, Notice, Reference, Refusal, TimeLeft, WhoCalled,
    say,
};
use super::pick::{self, Pick, PickField};
use super::{Page, PageContext, Scripts};
use crate::site::paths;
use ciba::{BindingMessage, RequestHandle, words};
use messages::texts::Words;

pub use super::pick::NONE_OF_THESE;

/// What the page knows that says that a mail is on its way.
#[derive(Debug)]
pub struct Sent<'a> {
    /// The request.
    pub handle: &'a RequestHandle,
    /// The text that came with the link.
    pub message: Option<&'a BindingMessage>,
    /// Whether the reference is picked later, and not shown.
    pub picks: bool,
    /// To whom it goes.
    pub address: Recipient<'a>,
    /// The field for the code, where mails hold one.
    pub code: Option<CodeEntry>,
    /// Whether another mail was asked for just now.
    pub again: bool,
    /// Whether the provider has not taken the mail yet, and should have.
    pub late: bool,
    /// Whether a mail can be asked for to an address that is typed.
    pub may_type: bool,
    /// The seconds until the request runs out, where that is known.
    pub seconds_left: Option<u32>,
}

/// To whom a mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// The address that was typed in this browser.
    Typed(&'a str),
    /// The address that is known for the request, masked.
    Known(&'a str),
}

/// How far the person has come who asked for a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailProgress {
    /// Nobody has signed in by the mail.
    Waiting,
    /// This browser is signed in, in another tab.
    Here,
    /// Another browser is signed in.
    Elsewhere,
    /// There is nothing to decide any more.
    Done,
}

words!(MailProgress {
    Waiting = "waiting",
    Here = "here",
    Elsewhere = "elsewhere",
    Done = "done",
});

/// What happens on another screen, said without touching what is typed on this one. The element is
/// always there and empty at first, so that a screen reader hears what comes into it. Where no script
/// runs, a link below the form leads to the same.
fn progress(words: &Words, handle: &RequestHandle) -> impl IntoView + use<> {
    let said = |progress: MailProgress, text, link: Option<(String, &str)>| {
        let link = link.map(|(path, id)| {
            view! { <a class="button" href=path>{words.text(id)}</a> }
        });
        view! {
            <p class="notice" hidden data-progress=progress.as_str()>{words.text(text)}{link}</p>
        }
    };
    let decide = Some((paths::decision(handle), "mail-progress-decide"));
    let outcome = Some((paths::outcome(handle), "mail-progress-outcome"));
    view! {
        <div role="status" data-watch=paths::mail_progress(handle)>
            {said(MailProgress::Here, "mail-progress-here", decide)}
            {said(MailProgress::Elsewhere, "mail-progress-elsewhere", None)}
            {said(MailProgress::Done, "mail-progress-done", outcome)}
        </div>
    }
}

/// The state of the field for a code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CodeEntry {
    /// Nothing was typed yet.
    #[default]
    Open,
    /// What was typed is wrong or too old.
    Wrong,
}

/// Renders the page that says that a mail is on its way: the same for known and unknown addresses.
pub fn sent(context: &PageContext, input: &Sent<'_>) -> Page {
    let words = &context.words;
    let wrong = input.code == Some(CodeEntry::Wrong);
    let title = words.text("mail-sent-title");
    let scripts = Scripts::islands(false, input.seconds_left.is_some());
    let frame = Frame {
        name: "mail-sent".into(),
        title: title.clone(),
        form_error: wrong,
        scripts,
        watches: true,
        ..Frame::default()
    };
    let lead = match (input.late, input.address) {
        (true, _) => "mail-late-lead",
        (false, Recipient::Typed(_)) => "mail-sent-lead",
        (false, Recipient::Known(_)) => "mail-known-lead",
    };
    let (Recipient::Typed(address) | Recipient::Known(address)) = input.address;
    let lead = say(words, lead, &[("address", address.into())]);
    let error = wrong.then(|| code_error(words));
    let again =
        (input.again && !wrong).then(|| view! { <Notice text=words.text("mail-sent-again")/> });
    let below_notice = wrong || input.again;
    let code = input.code.map(|_| code_form(words, input.handle, wrong));
    let other = if input.may_type { "mail-other-address" } else { "mail-other-way" };
    let body = view! {
        {error}
        {again}
        <Heading below_notice>{title}</Heading>
        {progress(words, input.handle)}
        <p class="lead" data-late=input.late.then_some("")>{lead}</p>
        <p>{words.text("mail-sent-next")}</p>
        <Reference words=words.clone() message=input.message.cloned() picks=input.picks/>
        {code}
        <TimeLeft words=words.clone() seconds=input.seconds_left/>
        <section class="ways" aria-labelledby="no-mail">
            <h2 id="no-mail">{words.text("mail-not-arrived")}</h2>
            <p>{words.text("mail-not-arrived-text")}</p>
            {resend_form(words, input)}
            <ul class="more">
                <li><a href=paths::request(input.handle)>{words.text(other)}</a></li>
                <li><a href=paths::outcome(input.handle)>{words.text("mail-done-elsewhere")}</a></li>
            </ul>
        </section>
        <Refusal words=words.clone() handle=input.handle.clone()/>
    };
    page(context, frame, body)
}

/// Takes the mail's code in the browser that asked for the mail.
fn code_form(words: &Words, handle: &RequestHandle, wrong: bool) -> impl IntoView + use<> {
    view! {
        <section aria-labelledby="code-heading">
            <h2 id="code-heading">{words.text("mail-code-heading")}</h2>
            <form method="post" action=paths::mail_code(handle) novalidate>
                <HandleField handle=handle.clone()/>
                <CodeField words=words.clone() wrong/>
                <p class="warning">{words.text("mail-code-secret")}</p>
                <button class="button allow">{words.text("mail-code-continue")}</button>
            </form>
        </section>
    }
}

/// Asks for one more mail to the same address.
fn resend_form(words: &Words, input: &Sent<'_>) -> impl IntoView + use<> {
    let (field, value) = match input.address {
        Recipient::Typed(address) => ("email", address.to_owned()),
        Recipient::Known(_) => ("known", "1".to_owned()),
    };
    view! {
        <form method="post" action=paths::mail(input.handle)>
            <HandleField handle=input.handle.clone()/>
            <input type="hidden" name=field value=value/>
            // Another form than the first one: it is no second press on that.
            <input type="hidden" name="again" value="1"/>
            <button class="button plain">{words.text("mail-send-again")}</button>
        </form>
    }
}

fn code_error(words: &Words) -> impl IntoView + use<> {
    let text = words.text("mail-code-wrong");
    view! { <ErrorSummary words=words.clone() field="code" text/> }
}

/// What the page knows that a mail's link leads to.
#[derive(Debug)]
pub struct GoOn<'a> {
    /// Where its form is sent.
    pub action: &'a str,
    /// What the person does before going on.
    pub step: LinkStep<'a>,
}

/// What the person does on the page that a mail's link leads to.
#[derive(Debug)]
pub enum LinkStep<'a> {
    /// Press a button: this browser asked for the mail.
    Press {
        /// The address, where it may be shown.
        address: Option<&'a str>,
        /// The request, which this browser holds.
        handle: &'a RequestHandle,
        /// The seconds until it runs out, where that is known.
        seconds_left: Option<u32>,
    },
    /// Pick the agent's reference: another browser asked for the mail.
    Pick(Pick<'a>),
    /// Type the mail's code: another browser asked, and the request has no reference.
    Type(CodeEntry),
}

/// Renders the page that a mail's link leads to. Its bytes say nothing about whether the link is
/// still good.
pub fn go_on(context: &PageContext, input: &GoOn<'_>) -> Page {
    let action = input.action.to_owned();
    match &input.step {
        LinkStep::Press { address, handle, seconds_left } => {
            press(context, action, *address, handle, *seconds_left)
        }
        LinkStep::Pick(choices) => pick(context, action, *choices),
        LinkStep::Type(entry) => type_code(context, action, *entry),
    }
}

fn press(
    context: &PageContext,
    action: String,
    address: Option<&str>,
    handle: &RequestHandle,
    seconds_left: Option<u32>,
) -> Page {
    let words = &context.words;
    let title = words.text("mail-continue-title");
    let frame = Frame {
        name: "mail-go-on".into(),
        title: title.clone(),
        scripts: Scripts::islands(false, seconds_left.is_some()),
        ..Frame::default()
    };
    let button = match address {
        Some(address) => {
            Either::Left(say(words, "mail-continue-button-as", &[("address", address.into())]))
        }
        None => Either::Right(words.text("mail-continue-button")),
    };
    let body = view! {
        <Heading>{title}</Heading>
        <p class="lead">{words.text("mail-continue-lead")}</p>
        <form method="post" action=action>
            <button class="button allow">{button}</button>
        </form>
        <p class="hint">{words.text("mail-continue-nothing-yet")}</p>
        <TimeLeft words=words.clone() seconds=seconds_left/>
        <Refusal words=words.clone() handle=handle.clone()/>
    };
    page(context, frame, body)
}

fn type_code(context: &PageContext, action: String, entry: CodeEntry) -> Page {
    let words = &context.words;
    let wrong = entry == CodeEntry::Wrong;
    let title = words.text("mail-type-title");
    let frame = Frame {
        name: "mail-type".into(),
        title: title.clone(),
        form_error: wrong,
        ..Frame::default()
    };
    let body = view! {
        {wrong.then(|| code_error(words))}
        <Heading below_notice=wrong>{title}</Heading>
        <p class="lead">{words.text("mail-type-lead")}</p>
        <WhoCalled context=context.clone() contact=None/>
        <form method="post" action=action novalidate>
            <CodeField words=words.clone() wrong/>
            <p class="warning">{words.text("mail-code-secret")}</p>
            <button class="button allow">{words.text("mail-code-continue")}</button>
        </form>
        <p class="hint">{words.text("mail-continue-nothing-yet")}</p>
    };
    page(context, frame, body)
}

fn pick(context: &PageContext, action: String, Pick { choices, missing }: Pick<'_>) -> Page {
    let words = &context.words;
    let title = words.text("mail-pick-title");
    let frame = Frame {
        name: "mail-pick".into(),
        title: title.clone(),
        form_error: missing,
        ..Frame::default()
    };
    let error = missing.then(|| {
        let text = words.text("mail-pick-missing");
        view! { <ErrorSummary words=words.clone() field=pick::FIRST text/> }
    });
    let body = view! {
        {error}
        <form method="post" action=action novalidate>
            <PickField words=words.clone() choices=choices.to_vec() missing explained=true>
                <Heading below_notice=missing>{title}</Heading>
            </PickField>
            <button class="button allow">{words.text("mail-continue-button")}</button>
        </form>
        <p class="hint">{words.text("mail-continue-nothing-yet")}</p>
    };
    page(context, frame, body)
}

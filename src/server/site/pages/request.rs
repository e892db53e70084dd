//! The first page: who asks, the reference, and the ways to sign in.

use leptos::prelude::*;

use super::layout::{Frame, page};
use super::parts::{
    Doubt, ErrorSummary, HandleField, Heading, Notice, PasskeyForm, Reference, Refusal, TimeLeft,
    WhoCalled, question, say,
};
use super::{Page, PageContext, Scripts, decision::Abilities};
use crate::ciba::{BindingMessage, Contact, RequestHandle};
use crate::server::config::SocialButton;
use crate::server::site::paths;
use crate::server::texts::Words;

/// What the page knows.
#[derive(Debug)]
pub struct Input<'a> {
    /// The request.
    pub handle: &'a RequestHandle,
    /// The text that came with the link.
    pub message: Option<&'a BindingMessage>,
    /// The name of the client that asks, where the provider has said all of this itself.
    pub client: Option<&'a str>,
    /// Who called whom, where the agent has said so.
    pub contact: Option<Contact>,
    /// The seconds until the request runs out, where that is known.
    pub seconds_left: Option<u32>,
    /// Whether somebody with this link has said that they are not speaking with an agent.
    pub doubted: bool,
    /// The use of a passkey that is offered.
    pub passkey: PasskeyOffer,
    /// The identifier of a passkey that the provider does not know, for the browser to forget.
    pub passkey_to_forget: Option<&'a str>,
    /// The form for a mail, where it is offered.
    pub mail: Option<MailForm<'a>>,
    /// The buttons for social login.
    pub social: &'a [SocialButton],
    /// What happened before.
    pub notice: Option<Notification>,
    /// Whether the link was opened inside another app, where some ways do not work.
    pub embedded_browser: bool,
}

/// The use of a passkey that the page offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasskeyOffer {
    /// None.
    None,
    /// To sign in; the decision comes after.
    SignIn,
    /// To decide with one touch. Everything that the decision page shows is then shown here.
    OneTouch(Abilities),
}

/// The form that asks for a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailForm<'a> {
    /// What was typed before.
    pub address: &'a str,
    /// Whether that is no address.
    pub invalid: bool,
}

/// What happened before the page was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notification {
    /// A sign-in did not come to its end.
    SignInFailed,
    /// An identity provider's account leads to none here, or the person stopped it there: these are
    /// one and the same, so that nobody learns who is a customer.
    SignInDenied,
    /// The sign-in has run out.
    SignInExpired,
}

impl Notification {
    fn message(self) -> &'static str {
        match self {
            Self::SignInFailed => "notice-sign-in-failed",
            Self::SignInDenied => "notice-sign-in-denied",
            Self::SignInExpired => "notice-sign-in-expired",
        }
    }
}

/// Renders the page.
pub fn render(context: &PageContext, input: &Input<'_>) -> Page {
    let words = &context.words;
    let invalid = input.mail.is_some_and(|form| form.invalid);
    let title = words.text(match &input.passkey {
        // Where one touch decides, the title must claim no more than is decided.
        PasskeyOffer::OneTouch(abilities) if abilities.are_identity_only() => {
            "request-title-identity"
        }
        _ => "request-title",
    });
    let frame = Frame {
        title: title.clone(),
        form_error: invalid,
        scripts: Scripts::where_needed(
            input.passkey != PasskeyOffer::None || input.seconds_left.is_some(),
        ),
        ..Frame::default()
    };
    let error = invalid.then(|| {
        let text = words.text("mail-address-invalid");
        view! { <ErrorSummary words=words.clone() field="email" text/> }
    });
    let notice = input.notice.filter(|_| !invalid).map(|notice| {
        view! { <Notice text=words.text(notice.message())/> }
    });
    let below_notice = invalid || notice.is_some();
    let elsewhere = input.embedded_browser.then(|| {
        view! { <section class="notice">{embedded(words, input.handle)}</section> }
    });
    let body = view! {
        {error}
        {notice}
        <Heading below_notice>{title}</Heading>
        <p class="lead">{say(words, "request-lead", &[])}</p>
        <Reference
            words=words.clone()
            message=input.message.cloned()
            client=input.client.map(str::to_owned)
        />
        <WhoCalled context=context.clone() contact=input.contact/>
        <Doubt words=words.clone() doubted=input.doubted/>
        <Refusal words=words.clone() handle=input.handle.clone() prominent=true/>
        {elsewhere}
        {ways(words, input)}
    };
    page(context, frame, body)
}

fn ways(words: &Words, input: &Input<'_>) -> impl IntoView + use<> {
    let mail = input.mail.map(|form| mail_form(words, input.handle, form));
    let social = (!input.social.is_empty()).then(|| social(words, input.handle, input.social));
    let others = mail.is_some() || social.is_some();
    let forget = input.passkey_to_forget.map(str::to_owned);
    let heading = match &input.passkey {
        PasskeyOffer::None | PasskeyOffer::SignIn => {
            view! { <h2 id="ways">{words.text("sign-in-heading")}</h2> }.into_any()
        }
        // Which of them is shown is known once there are options, or cannot be any.
        PasskeyOffer::OneTouch(_) => view! {
            <h2 id="ways">
                <span class="when-bound">{words.text("sign-in-then-decide")}</span>
                <span class="when-unbound">{words.text("sign-in-another-way")}</span>
                <span class="when-alone">{words.text("sign-in-heading")}</span>
            </h2>
        }
        .into_any(),
    };
    let (sign_in, decide) = match &input.passkey {
        PasskeyOffer::None => (None, None),
        PasskeyOffer::SignIn => (Some(sign_in(words, input.handle, forget)), None),
        PasskeyOffer::OneTouch(abilities) => {
            (None, Some(one_touch(words, input, abilities, forget)))
        }
    };
    // Below the first button: what is above it has to fit a phone's first screen.
    let promise = view! { <p class="hint">{words.text("sign-in-promise")}</p> };
    let time = || view! { <TimeLeft words=words.clone() seconds=input.seconds_left/> };
    // Before buttons that decide; and apart from them, because they are not shown everywhere.
    let (time_above, time) =
        if decide.is_some() { (Some(time()), None) } else { (None, Some(time())) };
    let (below_passkey, below_mail) = if sign_in.is_some() {
        (Some((promise, time)), None)
    } else {
        (None, Some((promise, time)))
    };
    let or = (sign_in.is_some() && others)
        .then(|| view! { <p class="or">{words.text("sign-in-or")}</p> });
    // Inside another app the page has said so already.
    let absent = (input.passkey != PasskeyOffer::None && !input.embedded_browser).then(|| {
        view! { <div class="notice when-absent">{embedded(words, input.handle)}</div> }
    });
    let (absent, absent_below) = if decide.is_some() { (None, absent) } else { (absent, None) };
    let sign_in = (sign_in.is_some() || others).then(|| {
        view! {
            <section class="ways" aria-labelledby="ways">
                {heading}
                {sign_in}
                {absent}
                {below_passkey}
                {or}
                {mail}
                {below_mail}
                {social}
            </section>
        }
    });
    view! {
        {time_above}
        {decide}
        {absent_below}
        {sign_in}
    }
}

/// Signing in with a passkey: a form that an island completes (see `islands::passkey` for the
/// attributes). Where no script runs it is not shown; where a browser is too old for the script,
/// sending it leads back here with the other ways in view.
fn sign_in(words: &Words, handle: &RequestHandle, forget: Option<String>) -> impl IntoView + use<> {
    view! {
        <div
            class="passkey"
            data-passkey=paths::passkey_options(handle)
            data-fault=paths::passkey_fault(handle)
            data-unknown-credential=forget
            data-state="off"
            data-autofill
        >
            <PasskeyForm
                handle=handle.clone()
                action=paths::passkey(handle)
                purpose="sign-in"
                kind="button allow"
                label=words.text("passkey-continue")
            />
        </div>
        {said(words, handle)}
    }
}

/// Deciding with one touch of a passkey: everything that the decision page shows, and two forms
/// that an island completes. A third one signs in: out of the mail field's autofill, or where the
/// provider cannot bind a decision to a touch.
fn one_touch(
    words: &Words,
    input: &Input<'_>,
    abilities: &Abilities,
    forget: Option<String>,
) -> impl IntoView + use<> {
    let handle = input.handle;
    let form = |purpose, kind, id| {
        view! {
            <PasskeyForm
                handle=handle.clone()
                action=paths::passkey(handle)
                purpose
                kind
                label=words.text(id)
            />
        }
    };
    view! {
        <section
            class="ways passkey"
            aria-labelledby="question"
            data-passkey=paths::passkey_options(handle)
            data-fault=paths::passkey_fault(handle)
            data-unknown-credential=forget
            data-state="off"
            data-autofill
        >
            {abilities.view(words)}
            <h2 id="question">{question(words, input.message.is_some())}</h2>
            {form("approve", "button allow", "passkey-allow")}
            {form("deny", "button deny", "passkey-deny")}
            <PasskeyForm
                handle=handle.clone()
                action=paths::passkey(handle)
                purpose="sign-in"
                kind="button allow"
                label=words.text("passkey-continue")
                hidden=true
            />
        </section>
        {said(words, handle)}
    }
}

/// What there may be to say about a press: the style sheet shows what fits the island's state. The
/// element itself is always there and empty at first, so that a screen reader hears what comes into
/// it; it stands beside the island's root, which may be busy or gone.
fn said(words: &Words, handle: &RequestHandle) -> impl IntoView + use<> {
    view! {
        <div class="said hint" role="status" tabindex="-1">
            <p class="asking">{words.text("passkey-asking")}</p>
            <p class="calm">{words.text("notice-sign-in-cancelled")}</p>
            <p class="away">{words.text("passkey-away")}</p>
            // A press to stop that stopped nothing.
            <p class="open">{words.text("passkey-not-stopped")}</p>
            <a class="open button plain" href=paths::not_on_a_call(handle)>
                {words.text("passkey-stop-otherwise")}
            </a>
        </div>
    }
}

fn mail_form(words: &Words, handle: &RequestHandle, form: MailForm<'_>) -> impl IntoView + use<> {
    let error = form.invalid.then(|| {
        view! { <p class="field-error" id="email-error">{words.text("mail-address-invalid")}</p> }
    });
    view! {
        <form method="post" action=paths::mail(handle) novalidate>
            <HandleField handle=handle.clone()/>
            <div class="field">
                <label for="email">{words.text("mail-address-label")}</label>
                {error}
                // `webauthn` comes last: it lets the browser offer a passkey in the field.
                <input
                    id="email"
                    name="email"
                    type="email"
                    inputmode="email"
                    autocomplete="username webauthn"
                    autocapitalize="off"
                    spellcheck="false"
                    maxlength="254"
                    required
                    dir="ltr"
                    value=form.address.to_owned()
                    aria-invalid=form.invalid.then_some("true")
                    aria-describedby=form.invalid.then_some("email-error")
                />
            </div>
            <button class="button plain">{words.text("mail-send")}</button>
        </form>
    }
}

fn social(
    words: &Words,
    handle: &RequestHandle,
    buttons: &[SocialButton],
) -> impl IntoView + use<> {
    let links = buttons
        .iter()
        .map(|button| {
            let label = button.label.as_str();
            view! {
                // A link and no form: a form that ends at another origin is stopped by `form-action`.
                <li>
                    <a class="button plain" href=paths::social(handle, &button.name)>
                        {say(words, "social-continue", &[("provider", label.into())])}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="social">{links}</ul> }
}

/// The explanation for somebody who opened the link inside another app.
fn embedded(words: &Words, handle: &RequestHandle) -> impl IntoView + use<> {
    view! {
        <h2>{words.text("embedded-browser-title")}</h2>
        <p>{words.text("embedded-browser-text")}</p>
        <form method="post" action=paths::elsewhere(handle)>
            <HandleField handle=handle.clone()/>
            <button class="button plain">{words.text("embedded-browser-open")}</button>
        </form>
    }
}

//! The ways to sign in, or to decide at once: the right one first, beside the way out.

use leptos::prelude::*;

use super::input::{PasskeyOffer, RequestInput};
use crate::site::pages::decision::Abilities;
use crate::site::pages::parts::{HandleField, PasskeyForm, Refusal, TimeLeft, question, say};
use crate::site::paths;
use ciba::RequestHandle;
use messages::texts::Words;

/// A way to sign in, or to decide at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Passkey,
    /// To the address that is known.
    MailKnown,
    /// To an address that is typed.
    Mail,
    Social,
}

impl Way {
    /// What is offered on this visit, the right way first.
    pub(super) fn offered(input: &RequestInput<'_>) -> Vec<Self> {
        let passkey_first =
            matches!(input.passkey, PasskeyOffer::SignIn | PasskeyOffer::OneTouch(_));
        let passkey_last = input.passkey == PasskeyOffer::AnotherWay;
        let known = input.known_address.map(|_| Self::MailKnown);
        // Where nothing is typed the mail is ours, and proves less than the provider's own sign-in.
        let (known_first, known_last) =
            if input.mail.is_some() { (known, None) } else { (None, known) };
        [
            passkey_first.then_some(Self::Passkey),
            known_first,
            input.mail.is_some().then_some(Self::Mail),
            (!input.social.is_empty()).then_some(Self::Social),
            known_last,
            passkey_last.then_some(Self::Passkey),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The first way stands beside the way out; the others do not repeat it.
    fn view(self, words: &Words, input: &RequestInput<'_>, first: bool) -> AnyView {
        let refusal = || {
            first.then(|| {
                view! { <Refusal words=words.clone() handle=input.handle.clone() beside=true/> }
                    .into_any()
            })
        };
        match (self, &input.passkey) {
            (Self::Passkey, PasskeyOffer::OneTouch(abilities)) => {
                one_touch(words, input, abilities).into_any()
            }
            (Self::Passkey, _) => sign_in(words, input, first, refusal()).into_any(),
            (Self::MailKnown, _) => mail_known(words, input, first, refusal()).into_any(),
            (Self::Mail, _) => mail_form(words, input, first, refusal()).into_any(),
            (Self::Social, _) => social(words, input, refusal()).into_any(),
        }
    }
}

/// The first way and the way out, side by side; below them what a person may want to know; the other
/// ways folded into one line that opens without script.
pub(super) fn ways(words: &Words, input: &RequestInput<'_>) -> impl IntoView + use<> {
    let offered = Way::offered(input);
    let first = offered.first().map(|way| way.view(words, input, true));
    let none = offered.is_empty().then(|| {
        view! { <Refusal words=words.clone() handle=input.handle.clone()/> }
    });
    let others: Vec<_> = offered.iter().skip(1).map(|way| way.view(words, input, false)).collect();
    let decides = matches!(input.passkey, PasskeyOffer::OneTouch(_));
    // What was typed and is no address must be in view.
    let open = input.mail.is_some_and(|form| form.invalid);
    // It is not said beside buttons that decide.
    let promise = view! { <p class="hint">{words.text("sign-in-promise")}</p> };
    let (folded, promise) = if decides { (Some(promise), None) } else { (None, Some(promise)) };
    let others = (!others.is_empty()).then(|| {
        view! {
            <details class="more-ways" open=open>
                <summary>{words.text("sign-in-more")}</summary>
                <div class="ways">{others}{folded}</div>
            </details>
        }
    });
    view! {
        {first}
        {none}
        {others}
        {promise}
        <TimeLeft words=words.clone() seconds=input.seconds_left/>
    }
}

/// Signing in with a passkey: a form that an island completes (see `front::passkey` for the
/// attributes). Where no script runs it is not shown; where a browser is too old for the script,
/// sending it leads back here with the other ways in view.
fn sign_in(
    words: &Words,
    input: &RequestInput<'_>,
    first: bool,
    refusal: Option<AnyView>,
) -> impl IntoView + use<> {
    let handle = input.handle;
    let hint = if first { "passkey-asks" } else { "passkey-elsewhere" };
    view! {
        <div class="decide">
            <div
                class="passkey"
                data-passkey=paths::passkey_options(handle)
                data-fault=paths::passkey_fault(handle)
                data-unknown-credential=input.passkey_to_forget.map(str::to_owned)
                data-state="off"
                data-autofill
            >
                <PasskeyForm
                    handle=handle.clone()
                    action=paths::passkey(handle)
                    purpose="sign-in"
                    kind=if first { "button allow" } else { "button plain" }
                    label=words.text("passkey-continue")
                    described_by="passkey-hint"
                />
            </div>
            {refusal}
            <p class="hint passkey-hint" id="passkey-hint">{words.text(hint)}</p>
            {absent(words, input)}
            {said(words, handle)}
        </div>
    }
}

/// Deciding with one touch of a passkey: everything that the decision page shows, and two forms
/// that an island completes. A third one signs in: out of the mail field's autofill, or where the
/// provider cannot bind a decision to a touch.
fn one_touch(
    words: &Words,
    input: &RequestInput<'_>,
    abilities: &Abilities,
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
                described_by="passkey-hint"
            />
        }
    };
    view! {
        <section
            class="passkey"
            aria-labelledby="question"
            data-passkey=paths::passkey_options(handle)
            data-fault=paths::passkey_fault(handle)
            data-unknown-credential=input.passkey_to_forget.map(str::to_owned)
            data-state="off"
            data-autofill
        >
            {abilities.view(words)}
            <h2 id="question">{question(words, input.message.is_some())}</h2>
            <div class="decide">
                {form("approve", "button allow", "decision-allow")}
                {form("deny", "button deny", "decision-deny")}
                <PasskeyForm
                    handle=handle.clone()
                    action=paths::passkey(handle)
                    purpose="sign-in"
                    kind="button allow"
                    label=words.text("passkey-continue")
                    described_by="passkey-hint"
                    hidden=true
                />
            </div>
            <p class="hint" id="passkey-hint">{words.text("passkey-asks")}</p>
        </section>
        {said(words, handle)}
        <Refusal words=words.clone() handle=handle.clone()/>
    }
}

/// What is said where this browser has no passkeys, and none was ever used in it: it may belong to
/// another app. Where the page knows that, it has said so already.
fn absent(words: &Words, input: &RequestInput<'_>) -> Option<impl IntoView + use<>> {
    let never_used = input.passkey == PasskeyOffer::AnotherWay;
    (never_used && !input.embedded_browser).then(|| {
        view! { <div class="notice when-absent">{embedded(words, input.handle)}</div> }
    })
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

/// One press, and nothing to type. Who has only the link learns no more than the masked address.
fn mail_known(
    words: &Words,
    input: &RequestInput<'_>,
    first: bool,
    refusal: Option<AnyView>,
) -> impl IntoView + use<> {
    let handle = input.handle;
    let address = input.known_address.unwrap_or_default();
    view! {
        <form method="post" action=paths::mail(handle) data-known-address>
            <HandleField handle=handle.clone()/>
            <input type="hidden" name="known" value="1"/>
            <p id="known-address">{say(words, "mail-known", &[("address", address.into())])}</p>
            <div class="decide">
                <button
                    class=if first { "button allow" } else { "button plain" }
                    aria-describedby="known-address"
                >
                    {words.text("mail-send")}
                </button>
                {refusal}
            </div>
        </form>
    }
}

fn mail_form(
    words: &Words,
    input: &RequestInput<'_>,
    first: bool,
    refusal: Option<AnyView>,
) -> impl IntoView + use<> {
    let handle = input.handle;
    let form = input.mail.unwrap_or_default();
    let label =
        if input.known_address.is_some() { "mail-another-address" } else { "mail-address-label" };
    let error = form.invalid.then(|| {
        view! { <p class="field-error" id="email-error">{words.text("mail-address-invalid")}</p> }
    });
    view! {
        <form method="post" action=paths::mail(handle) novalidate>
            <HandleField handle=handle.clone()/>
            <div class="field">
                <label for="email">{words.text(label)}</label>
                {error}
                // `webauthn` comes last: it lets the browser offer a passkey in the field.
                <input
                    id="email"
                    name="email"
                    type="email"
                    autocomplete="username webauthn"
                    maxlength="254"
                    required
                    dir="ltr"
                    value=form.address.to_owned()
                    aria-invalid=form.invalid.then_some("true")
                    aria-describedby=form.invalid.then_some("email-error")
                />
            </div>
            <div class="decide">
                <button class=if first { "button allow" } else { "button plain" }>
                    {words.text("mail-send")}
                </button>
                {refusal}
            </div>
        </form>
    }
}

fn social(
    words: &Words,
    input: &RequestInput<'_>,
    refusal: Option<AnyView>,
) -> impl IntoView + use<> {
    let links = input
        .social
        .iter()
        .map(|button| {
            let label = button.label.as_str();
            view! {
                // A link and no form: a form that ends at another origin is stopped by `form-action`.
                <li>
                    <a class="button plain" href=paths::social(input.handle, &button.name)>
                        {say(words, "social-continue", &[("provider", label.into())])}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="social">{links}</ul>
        {refusal}
    }
}

/// The explanation for somebody who opened the link inside another app.
pub(super) fn embedded(words: &Words, handle: &RequestHandle) -> impl IntoView + use<> {
    view! {
        <h2>{words.text("embedded-browser-title")}</h2>
        <p>{words.text("embedded-browser-text")}</p>
        <form method="post" action=paths::elsewhere(handle)>
            <HandleField handle=handle.clone()/>
            <button class="button plain">{words.text("embedded-browser-open")}</button>
        </form>
    }
}

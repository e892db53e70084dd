//! What several pages show: the reference, the time left, forms and notices.

use leptos::either::{Either, EitherOf3, EitherOf4};
use leptos::prelude::*;

use super::PageContext;
use crate::site::paths;
use ciba::{BindingMessage, Contact, RequestHandle};
use messages::texts::{Direction, Language, Piece, PieceKind, Value, Words};

/// A message as it stands in a page. A value from another direction of writing is isolated by an
/// element, which leaves no invisible characters in what is copied; a browser's translation leaves a
/// name alone (HTML, `translate`).
pub(super) fn pieces(pieces: Vec<Piece>, language: Language) -> impl IntoView + use<> {
    // Latin text in a Latin sentence needs no isolation.
    let needs_none = |text: &str| language.direction() == Direction::Ltr && text.is_ascii();
    let mut merged: Vec<Piece> = Vec::new();
    for mut piece in pieces {
        if piece.kind == PieceKind::Value && needs_none(&piece.text) {
            piece.kind = PieceKind::Words;
        }
        match merged.last_mut() {
            Some(last) if last.kind == PieceKind::Words && piece.kind == PieceKind::Words => {
                last.text.push_str(&piece.text);
            }
            _ => merged.push(piece),
        }
    }
    if let [Piece { text, kind: PieceKind::Words }] = merged.as_mut_slice() {
        return Either::Left(std::mem::take(text));
    }
    let views = merged.into_iter().map(|Piece { text, kind }| match kind {
        PieceKind::Words => EitherOf3::A(text),
        PieceKind::Value => EitherOf3::B(view! { <bdi>{text}</bdi> }),
        PieceKind::Name => EitherOf3::C(view! { <bdi translate="no">{text}</bdi> }),
    });
    Either::Right(views.collect::<Vec<_>>())
}

/// A message with values, as it stands in a page.
pub(super) fn say(words: &Words, id: &str, values: &[(&str, Value<'_>)]) -> impl IntoView + use<> {
    pieces(words.pieces(id, values), words.language())
}

/// The reference, large and apart, labelled as what it is: text that came with the link, or what the
/// provider has said, with the name of the client that asks.
#[component]
pub(super) fn Reference(
    words: Words,
    message: Option<BindingMessage>,
    /// Whether the page asks below whether it is the same.
    #[prop(optional)]
    asked: bool,
    /// The name of the client that asks, where the provider has said all of this itself.
    #[prop(default = None)]
    client: Option<String>,
    /// Whether it is picked, and not shown.
    #[prop(optional)]
    picks: bool,
) -> impl IntoView {
    let label = if client.is_some() { "reference-known-label" } else { "reference-label" };
    let none = if client.is_some() { "reference-known-none" } else { "reference-none" };
    let client = client.map(|client| {
        let client = say(&words, "reference-client", &[("client", client.as_str().into())]);
        view! { <p class="client">{client}</p> }
    });
    let reference = match message {
        _ if picks => EitherOf3::C(view! {
            <div class="reference none">
                <p>{words.text("reference-picked")}</p>
            </div>
        }),
        Some(message) => {
            let size = if message.as_str().len() > 12 { "value long" } else { "value" };
            let check = (!asked).then(|| {
                view! { <p class="hint">{words.text("reference-check")}</p> }
            });
            EitherOf3::A(view! {
                <div class="reference">
                    <p class="label">{words.text(label)}</p>
                    <p class=size>
                        <bdi dir="ltr" translate="no">{message.as_str().to_owned()}</bdi>
                    </p>
                    {check}
                </div>
            })
        }
        None => EitherOf3::B(view! {
            <div class="reference none">
                <p>{say(&words, none, &[])}</p>
            </div>
        }),
    };
    view! {
        {client}
        {reference}
    }
}

/// Who called whom, beside the reference and of the same standing.
///
/// # Security
///
/// A fraudster who speaks with the company as the customer, and with the customer as the company,
/// makes everything else on the page true: company, agent, reference, time. What the agent was told
/// about the call is the one thing that differs from what the customer knows.
#[component]
pub(super) fn WhoCalled(context: PageContext, contact: Option<Contact>) -> impl IntoView {
    let words = context.words;
    let number = words.call_number();
    let hang_up =
        || Either::Left(say(&words, "contact-hang-up", &[("number", number.as_str().into())]));
    let (said, asked, then) = match contact {
        Some(Contact::CustomerCalled) => (
            Some(say(&words, "contact-customer-called", &[])),
            None,
            Either::Right(words.text("contact-customer-called-check")),
        ),
        Some(Contact::CompanyCalled) => (
            Some(say(&words, "contact-company-called", &[])),
            Some(words.text("contact-unexpected")),
            hang_up(),
        ),
        Some(Contact::Branch) => (
            Some(say(&words, "contact-branch", &[])),
            None,
            Either::Right(words.text("contact-branch-check")),
        ),
        None if context.look.calls_customers => {
            (None, Some(words.text("contact-unexpected")), hang_up())
        }
        None => (None, Some(words.text("contact-unknown")), hang_up()),
    };
    // The first line stands out; what to do follows in the same breath.
    let known = said.is_some();
    let said = said.map(|said| view! { <p class="told">{said}</p> });
    let asked = asked.map(|asked| {
        if known {
            Either::Left(format!("{asked} "))
        } else {
            Either::Right(view! { <strong class="told">{asked}</strong>" " })
        }
    });
    view! { <div class="contact">{said}<p>{asked}{then}</p></div> }
}

/// What the customer can compare with the call: the reference, and who called whom. One box, because
/// the one means nothing without the other.
#[component]
pub(super) fn Call(
    context: PageContext,
    message: Option<BindingMessage>,
    contact: Option<Contact>,
    /// Whether the page asks whether the reference is the same.
    #[prop(optional)]
    asked: bool,
    /// The name of the client that asks, where the provider has said all of this itself.
    #[prop(default = None)]
    client: Option<String>,
    /// Whether the reference is picked, and not shown.
    #[prop(optional)]
    picks: bool,
) -> impl IntoView {
    // Where it is picked on this very page, the question below says so.
    let reference = (!(picks && asked)).then(|| {
        let words = context.words.clone();
        view! { <Reference words message asked client picks/> }
    });
    view! {
        <div class="call">
            {reference}
            <WhoCalled context contact/>
        </div>
    }
}

/// The way out for whoever is not speaking with an agent, or is not sure. It leads to a page with
/// advice and a button, and does nothing by itself.
#[component]
pub(super) fn Refusal(
    words: Words,
    handle: RequestHandle,
    /// Whether it stands beside the way on, as a button of the same size.
    #[prop(optional)]
    beside: bool,
) -> impl IntoView {
    let text = words.text("not-on-a-call-link");
    let address = paths::not_on_a_call(&handle);
    if beside {
        Either::Left(view! { <a class="button plain refuse" href=address>{text}</a> })
    } else {
        Either::Right(view! { <p class="aside"><a href=address>{text}</a></p> })
    }
}

/// The question that the two answers belong to: about the reference only where there is one.
pub(super) fn question(words: &Words, has_reference: bool) -> impl IntoView + use<> {
    if has_reference {
        Either::Left(words.text("decision-question"))
    } else {
        Either::Right(say(words, "decision-question-no-reference", &[]))
    }
}

/// The time that is left, where it is known: what was true when the page opened. `front::Expiry`
/// shows the two later messages in time.
#[component]
pub(super) fn TimeLeft(words: Words, seconds: Option<u32>) -> impl IntoView {
    seconds.map(|seconds| {
        let soon = (seconds < 60).then_some("soon");
        let text = match seconds {
            0 => Either::Left(words.text("time-over")),
            1..60 => Either::Left(words.text("time-nearly-over")),
            _ => Either::Right(say(&words, "time-left", &[("minutes", (seconds / 60).into())])),
        };
        view! {
            <p class="time" role="status" data-seconds-left=seconds.to_string()>
                <span class=soon>{text}</span>
                <span hidden data-at="60">{words.text("time-nearly-over")}</span>
                <span hidden data-at="0">{words.text("time-over")}</span>
            </p>
        }
    })
}

/// The hidden field with which each form says to which request it belongs.
#[component]
pub(super) fn HandleField(handle: RequestHandle) -> impl IntoView {
    view! { <input type="hidden" name="handle" value=handle.to_string()/> }
}

/// A form that the passkey island fills in and sends.
#[component]
pub(super) fn PasskeyForm(
    handle: RequestHandle,
    action: String,
    purpose: &'static str,
    kind: &'static str,
    label: String,
    /// The element that says what the device will ask for.
    #[prop(optional, into)]
    described_by: Option<&'static str>,
    /// Whether the island decides if it is shown.
    #[prop(optional)]
    hidden: bool,
) -> impl IntoView {
    view! {
        <form data-purpose=purpose method="post" action=action hidden=hidden>
            <HandleField handle/>
            <input type="hidden" name="purpose" value=purpose/>
            <input type="hidden" name="credential"/>
            <button class=kind aria-describedby=described_by>
                <svg class="key" viewBox="0 0 24 24" aria-hidden="true">
                    <circle cx="7" cy="12" r="4"></circle>
                    <path d="M11 12h10v4m-4-4v3"></path>
                </svg>
                {label}
            </button>
        </form>
    }
}

/// A page's heading. It takes the focus, so that it is read out first, unless a notice or an error
/// above it does.
#[component]
pub(super) fn Heading(#[prop(optional)] below_notice: bool, children: Children) -> impl IntoView {
    view! { <h1 tabindex="-1" autofocus=!below_notice>{children()}</h1> }
}

/// Something that the person should know before going on: it takes the focus.
#[component]
pub(super) fn Notice(text: String) -> impl IntoView {
    view! { <p class="notice" role="status" tabindex="-1" autofocus>{text}</p> }
}

/// The summary of a form's error: it takes the focus and leads to the field.
#[component]
pub(super) fn ErrorSummary(words: Words, field: &'static str, text: String) -> impl IntoView {
    view! {
        <div class="notice error" role="alert" tabindex="-1" autofocus>
            <h2>{words.text("error-summary")}</h2>
            <a href=format!("#{field}")>{text}</a>
        </div>
    }
}

/// The field for a mail's code: one field, that takes a pasted code with spaces and hyphens.
#[component]
pub(super) fn CodeField(words: Words, wrong: bool) -> impl IntoView {
    let error = wrong.then(|| {
        view! { <p class="field-error" id="code-error">{words.text("mail-code-wrong")}</p> }
    });
    view! {
        <div class="field">
            <label for="code">{words.text("mail-code-label")}</label>
            <p class="hint" id="code-hint">{words.text("mail-code-hint")}</p>
            {error}
            <input
                class="code"
                id="code"
                name="code"
                type="text"
                inputmode="numeric"
                autocomplete="one-time-code"
                autocapitalize="off"
                spellcheck="false"
                maxlength="32"
                required
                dir="ltr"
                aria-invalid=wrong.then_some("true")
                aria-describedby=if wrong { "code-hint code-error" } else { "code-hint" }
            />
        </div>
    }
}

/// The sign beside a heading: its shape says the same as the words, its colour adds nothing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sign {
    /// It is done, and confirmed.
    Done,
    /// It is stopped.
    Stopped,
    /// It takes its time.
    Pending,
    /// There is something to know.
    Known,
}

pub(super) fn sign(sign: Sign) -> impl IntoView {
    match sign {
        Sign::Done => EitherOf4::A(view! {
            <svg class="sign done" viewBox="0 0 48 48" aria-hidden="true">
                <circle cx="24" cy="24" r="22"></circle>
                <path d="m14 25 7 7 14-15"></path>
            </svg>
        }),
        Sign::Stopped => EitherOf4::B(view! {
            <svg class="sign stopped" viewBox="0 0 48 48" aria-hidden="true">
                <circle cx="24" cy="24" r="22"></circle>
                <path d="M14 24h20"></path>
            </svg>
        }),
        Sign::Pending => EitherOf4::C(view! {
            <svg class="sign pending" viewBox="0 0 48 48" aria-hidden="true">
                <circle cx="24" cy="24" r="22"></circle>
                <path d="M24 13v12l7 5"></path>
            </svg>
        }),
        Sign::Known => EitherOf4::D(view! {
            <svg class="sign" viewBox="0 0 48 48" aria-hidden="true">
                <circle cx="24" cy="24" r="22"></circle>
                <path d="M24 22v12m0-20v.01"></path>
            </svg>
        }),
    }
}

/// What everybody with the link is told once somebody has said that they are not speaking with an
/// agent: it was perhaps a stranger, perhaps the person whose account it is.
#[component]
pub(super) fn Doubt(words: Words, doubted: bool) -> impl IntoView {
    doubted.then(|| view! { <p class="warning">{words.text("reported-before")}</p> })
}

/// What to do where nobody should be asking.
#[component]
pub(super) fn Advice(words: Words) -> impl IntoView {
    let number = words.call_number();
    view! {
        <section class="advice" aria-labelledby="advice">
            <h2 id="advice">{words.text("advice-heading")}</h2>
            <ul>
                <li>{words.text("advice-hang-up")}</li>
                <li>{say(&words, "advice-call", &[("number", number.into())])}</li>
                <li>{words.text("advice-never")}</li>
            </ul>
        </section>
    }
}

//! Which of three references the agent reads out: asked where a mail's link is opened in another
//! browser, and, where it is configured, before the decision.

use leptos::prelude::*;

use ciba::BindingMessage;
use messages::texts::Words;

/// What the form says where it is none of the references. No reference can be this text.
pub const NONE_OF_THESE: &str = "(none)";

/// The identifier of the first choice, to which an error leads.
pub(super) const FIRST: &str = "reference-0";

/// The references to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pick<'a> {
    /// In an order that says nothing. A last choice says that it is none of them.
    pub choices: &'a [BindingMessage],
    /// Whether the form was sent without a choice.
    pub missing: bool,
}

/// The choices. None is checked beforehand, so that scanners that send forms as they find them pick
/// nothing.
#[component]
pub(super) fn PickField(
    words: Words,
    choices: Vec<BindingMessage>,
    missing: bool,
    /// Whether it is said what to do, and beside the choices that one is missing. Beside the answers
    /// the page has said so above.
    #[prop(optional)]
    explained: bool,
    /// The question, which is what the choices are called.
    children: Children,
) -> impl IntoView {
    let choices = choices
        .iter()
        .enumerate()
        .map(|(index, choice)| {
            let id = format!("reference-{index}");
            let text = choice.as_str().to_owned();
            view! {
                <label class="choice">
                    <input type="radio" id=id name="reference" value=text.clone() required/>
                    <bdi dir="ltr" translate="no">{text}</bdi>
                </label>
            }
        })
        .collect_view();
    let field_error = (explained && missing).then(|| {
        view! { <p class="field-error" id="pick-error">{words.text("mail-pick-missing")}</p> }
    });
    let described = match (explained, missing) {
        (true, true) => Some("pick-hint pick-error"),
        (true, false) => Some("pick-hint"),
        (false, _) => None,
    };
    let hint = explained.then(|| {
        view! { <p class="lead" id="pick-hint">{words.text("mail-pick-hint")}</p> }
    });
    view! {
        <fieldset aria-describedby=described>
            <legend>{children()}</legend>
            {hint}
            {field_error}
            {choices}
            <label class="choice">
                <input type="radio" name="reference" value=NONE_OF_THESE required/>
                {words.text(if explained { "mail-pick-none" } else { "pick-none" })}
            </label>
        </fieldset>
    }
}

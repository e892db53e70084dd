//! The first page: it takes the code that an agent reads out.

use leptos::prelude::*;

use super::layout::{Frame, page};
use super::parts::{ErrorSummary, Heading, WhoCalled};
use super::{Page, PageContext};
use crate::site::form::PAGE_FIELD;
use crate::site::paths;

/// The most characters of what was typed that are shown again.
const LONGEST_SHOWN: usize = 40;

/// What was typed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed<'a> {
    /// Nothing.
    Nothing,
    /// Something that leads nowhere.
    Wrong(&'a str),
}

/// Renders the page. `page_name` is a name of this page, by which two presses on it are known for one.
pub fn enter(context: &PageContext, page_name: &str, typed: Typed<'_>) -> Page {
    let words = &context.words;
    let title = words.text("code-title");
    let (wrong, value) = match typed {
        Typed::Nothing => (false, String::new()),
        Typed::Wrong(text) => (true, text.chars().take(LONGEST_SHOWN).collect()),
    };
    let frame =
        Frame { name: "code".into(), title: title.clone(), form_error: wrong, ..Frame::default() };
    let error = wrong.then(|| {
        let text = words.text("code-wrong");
        view! { <ErrorSummary words=words.clone() field="code" text/> }
    });
    let field_error = wrong.then(|| {
        view! { <p class="field-error" id="code-error">{words.text("code-wrong-next")}</p> }
    });
    let never = (!context.look.sends_links).then(|| {
        view! { <p data-never-links>{words.text("code-never-links")}</p> }
    });
    let body = view! {
        {error}
        <Heading below_notice=wrong>{title}</Heading>
        <form method="post" action=paths::START novalidate>
            <input type="hidden" name=PAGE_FIELD value=page_name.to_owned()/>
            <div class="field">
                <label for="code">{words.text("code-label")}</label>
                <p class="hint" id="code-hint">{words.text("code-hint")}</p>
                {field_error}
                <input
                    class="code"
                    id="code"
                    name="code"
                    type="text"
                    value=value
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    maxlength=LONGEST_SHOWN.to_string()
                    required
                    dir="ltr"
                    aria-invalid=wrong.then_some("true")
                    aria-describedby=if wrong { "code-hint code-error" } else { "code-hint" }
                />
            </div>
            <button class="button allow">{words.text("mail-continue-button")}</button>
        </form>
        <WhoCalled context=context.clone() contact=None/>
        {never}
        <p class="hint">{words.text("mail-continue-nothing-yet")}</p>
    };
    page(context, frame, body)
}

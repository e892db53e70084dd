//! The page of the ceremonies: what is under way there, and what it shows.

use std::cell::{Cell, RefCell};

use wasm_bindgen::JsValue;
use web_sys::{AbortController, Element, HtmlFormElement};

use super::offer::FetchedOptions;
use crate::dom;

/// What is said about a press.
pub(super) const SAID: &str = ".said";

/// What is under way on the page.
pub(super) struct PasskeyPage {
    pub(super) root: Element,
    /// What the server offered last and no press has used.
    pub(super) offer: RefCell<Option<FetchedOptions>>,
    /// Whether an offer is on its way.
    pub(super) fetching: Cell<bool>,
    /// The form whose button was pressed before there was an offer.
    pub(super) waiting: RefCell<Option<HtmlFormElement>>,
    /// Whether the browser is being asked for a press, or its answer is on its way to the server.
    pub(super) asking: Cell<bool>,
    /// How many presses there were: a timer of an earlier one has no say any more.
    pub(super) presses: Cell<u32>,
    /// The pending autofill request; it has to end before another ceremony may begin.
    pub(super) autofill: RefCell<Option<AbortController>>,
    /// Whether to ask for what is on this device alone.
    pub(super) immediate: Cell<bool>,
}

/// A press has come to nothing.
pub(super) fn over(page: &PasskeyPage, form: &HtmlFormElement, state: &str) {
    page.asking.set(false);
    show(&page.root, state);
    // Where the button is gone the focus would fall back to the page's beginning.
    if form.hidden() || matches!(state, "away" | "broken" | "exists") {
        dom::focus(SAID);
    }
}

pub(super) fn show(root: &Element, state: &str) {
    let _always = root.set_attribute("data-state", state);
    let busy = if state == "busy" { "true" } else { "false" };
    let _always = root.set_attribute("aria-busy", busy);
    // Where a press came to nothing, or the first way of the page is gone, the others are in view.
    let folded = root.closest("details").ok().flatten().is_some();
    let opens = match state {
        "calm" | "late" => true,
        "absent" | "away" | "broken" => !folded,
        _ => false,
    };
    if opens && let Some(others) = dom::find("details") {
        let _always = others.set_attribute("open", "");
    }
}

pub(super) fn is(root: &Element, state: &str) -> bool {
    root.get_attribute("data-state").as_deref() == Some(state)
}

pub(super) fn purpose(form: &HtmlFormElement) -> String {
    form.get_attribute("data-purpose").unwrap_or_default()
}

/// Shows the forms for which there are options.
pub(super) fn show_offered(root: &Element, options: &JsValue) {
    // A page that only signs in may have been offered more.
    let one_touch = dom::member(options, "approve").is_some()
        && dom::find("[data-passkey] form[data-purpose=approve]").is_some();
    let _always = root.set_attribute("data-one-touch", if one_touch { "true" } else { "false" });
    for form in dom::find_all::<HtmlFormElement>("[data-passkey] form[data-purpose]") {
        let purpose = purpose(&form);
        let offered = dom::member(options, &purpose).is_some();
        form.set_hidden(!offered || (purpose == "sign-in" && one_touch));
    }
}

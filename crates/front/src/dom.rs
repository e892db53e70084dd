//! The few things of a page that islands touch.

use js_sys::{Function, JsString, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, EventTarget, HtmlElement, HtmlFormElement, HtmlInputElement};

/// Runs `start` in a browser alone: an island's function runs on the server as well. An `Effect` does
/// the same, and brings 14 kB of a reactive graph that nothing here uses.
pub(super) fn in_browser(start: impl FnOnce()) {
    if cfg!(feature = "hydrate") {
        start();
    }
}

/// The page.
pub(super) fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// The first element that matches.
pub(super) fn find(selector: &str) -> Option<Element> {
    document()?.query_selector(selector).ok()?
}

/// Every element that matches, where they are of the wanted kind.
pub(super) fn find_all<T: JsCast>(selector: &str) -> Vec<T> {
    let Some(found) = document().and_then(|page| page.query_selector_all(selector).ok()) else {
        return Vec::new();
    };
    (0..found.length()).filter_map(|index| found.get(index)?.dyn_into().ok()).collect()
}

/// Calls `handler` at each event of this name, for as long as the page lives.
pub(super) fn listen(
    target: &EventTarget,
    event: &str,
    handler: impl FnMut(web_sys::Event) + 'static,
) {
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(handler);
    // A target takes a listener of any name; the page keeps the closure.
    let _always = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Calls `handler` once, after `millis`.
pub(super) fn after(millis: i32, handler: impl FnOnce() + 'static) {
    let Some(window) = web_sys::window() else { return };
    let closure = Closure::once_into_js(handler);
    let _always = window
        .set_timeout_with_callback_and_timeout_and_arguments_0(closure.unchecked_ref(), millis);
}

/// Puts `value` into the form's field of this name and sends the form as a person would.
pub(super) fn submit_with(form: &HtmlFormElement, name: &str, value: &str) {
    let selector = ["input[name=", name, "]"].concat();
    let field = form.query_selector(&selector).ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        field.set_value(value);
        let _sent = form.submit();
    }
}

/// Empties every field that matches.
pub(super) fn clear(selector: &str) {
    for field in find_all::<HtmlInputElement>(selector) {
        field.set_value("");
    }
}

/// Gives the focus to the first element that matches.
pub(super) fn focus(selector: &str) {
    if let Some(element) = find(selector).and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        let _where_it_can_be = element.focus();
    }
}

/// A member of an object, unless it is missing.
pub(super) fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// A member that is text.
pub(super) fn text(object: &JsValue, name: &str) -> Option<String> {
    member(object, name)?.as_string()
}

/// Sets a member of an object that we made.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _always = Reflect::set(object, &JsValue::from_str(name), value);
}

/// Calls a method with one argument, where the object has it.
pub(super) fn call(object: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    let function = member(object, method).ok_or(JsValue::UNDEFINED)?;
    function.dyn_ref::<Function>().ok_or(JsValue::UNDEFINED)?.call1(object, argument)
}

/// Waits for a promise that a call returned.
pub(super) async fn settled(answer: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    match answer?.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await,
        Err(value) => Ok(value),
    }
}

/// The `name` of an exception (`NotAllowedError`, …).
pub(super) fn error_name(error: &JsValue) -> String {
    text(error, "name").unwrap_or_default()
}

/// A global object of this name, where the browser has it.
pub(super) fn global(name: &str) -> Option<JsValue> {
    member(&js_sys::global(), name)
}

/// Text as a value of the page.
pub(super) fn js(text: &str) -> JsValue {
    JsString::from(text).into()
}

/// Bytes as base64url without padding (RFC 4648, section 5). The browser encodes them: a library's
/// code would be downloaded by everybody.
pub(super) fn base64url(bytes: &[u8]) -> String {
    let binary: String = bytes.iter().copied().map(char::from).collect();
    let padded = web_sys::window().and_then(|window| window.btoa(&binary).ok());
    let url_safe = |sign| match sign {
        '+' => '-',
        '/' => '_',
        other => other,
    };
    padded.unwrap_or_default().trim_end_matches('=').chars().map(url_safe).collect()
}

/// The bytes of such a text; `None` where it is none.
pub(super) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let standard: String = text
        .chars()
        .map(|sign| match sign {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let binary = web_sys::window()?.atob(&standard).ok()?;
    binary.chars().map(|sign| u8::try_from(sign).ok()).collect()
}

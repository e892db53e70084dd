//! The options of the page's ceremonies, as the server offers them.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, AbortSignal, Element, RequestInit, Response};

use crate::{dom, webauthn_json};

/// Options older than this are as good as none: the site's are good for 600 s and give a browser
/// 300 s to ask, so whoever touches has the whole of these.
const GOOD_MILLIS: f64 = 300_000.0;

/// How long the server has for its answer: nobody looks at a busy page for longer.
const PATIENCE_MILLIS: i32 = 10_000;

/// What the server answered: an object with the options of each purpose.
pub(super) struct FetchedOptions {
    pub(super) options: JsValue,
    /// In milliseconds since 1970: a page's own clock stands still while the phone sleeps.
    pub(super) fetched_at: f64,
}

impl FetchedOptions {
    /// In milliseconds.
    pub(super) fn age(&self) -> f64 {
        js_sys::Date::now() - self.fetched_at
    }

    /// Whether a press may still use it.
    pub(super) fn is_good(&self) -> bool {
        (0.0..GOOD_MILLIS).contains(&self.age())
    }
}

/// Lets the browser forget the passkey that the provider has just called unknown.
pub(super) async fn forget_unknown(root: Element, options: JsValue) {
    let Some(credential) = root.get_attribute("data-unknown-credential") else { return };
    let _once = root.remove_attribute("data-unknown-credential");
    let sign_in = dom::member(&options, "sign-in");
    if let Some(rp_id) = sign_in.and_then(|options| dom::text(&options, "rpId")) {
        webauthn_json::signal_unknown(&rp_id, &credential).await;
    }
}

/// How a fetch has ended.
pub(super) enum Fetched {
    Options(JsValue),
    /// The server did not answer, or not for now.
    Nothing,
    /// There will be none any more.
    Refused,
}

pub(super) async fn fetch_options(root: &Element) -> Fetched {
    let Ok(limit) = AbortController::new() else { return Fetched::Refused };
    let signal = limit.signal();
    let Some(answer) = post(root, "data-passkey", "", Some(&signal)) else {
        return Fetched::Refused;
    };
    dom::after(PATIENCE_MILLIS, move || limit.abort());
    let Ok(response) = JsFuture::from(answer).await else {
        if signal.aborted() {
            report(root, "timeout");
        }
        return Fetched::Nothing;
    };
    let response: Response = response.unchecked_into();
    match response.status() {
        // Too slow, too early, too many: later perhaps.
        408 | 425 | 429 => return Fetched::Nothing,
        400..500 => return Fetched::Refused,
        _ => {}
    }
    let Ok(json) = response.json() else { return Fetched::Nothing };
    match JsFuture::from(json).await {
        Ok(options) if response.ok() => Fetched::Options(options),
        _ => Fetched::Nothing,
    }
}

/// Tells the server in a word of its own why no passkey was used.
pub(super) fn report(root: &Element, what: &str) {
    if let Some(answer) = post(root, "data-fault", &["?what=", what].concat(), None) {
        spawn_local(async move {
            let _unanswered = JsFuture::from(answer).await;
        });
    }
}

/// Posts nothing to the address in this attribute, with a query.
fn post(
    root: &Element,
    attribute: &str,
    query: &str,
    signal: Option<&AbortSignal>,
) -> Option<Promise> {
    let url = root.get_attribute(attribute)? + query;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_signal(signal);
    Some(web_sys::window()?.fetch_with_str_and_init(&url, &request))
}

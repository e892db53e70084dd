//! The options of the page's ceremonies: fetched once the page is there, and again before they run
//! out.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, AbortSignal, Element, HtmlFormElement, RequestInit, Response};

use super::{PasskeyPage, is, offer_in_autofill, over, purpose, show, touched};
use crate::dom;
use crate::webauthn_json;

/// Options older than this are fetched anew.
const REFRESH_MILLIS: i32 = 240_000;

/// Options older than this are as good as none: the site's are good for 600 s and give a browser
/// 300 s to ask, so whoever touches has the whole of these.
const GOOD_MILLIS: f64 = 300_000.0;

/// When to look again where the server did not answer, or a ceremony is under way.
const RETRY_MILLIS: i32 = 20_000;

/// How long the server has for its answer: nobody looks at a busy page for longer.
const PATIENCE_MILLIS: i32 = 10_000;

/// What the server answered: an object with the options of each purpose.
pub(super) struct FetchedOptions {
    pub(super) options: JsValue,
    /// In milliseconds since 1970: a page's own clock stands still while the phone sleeps.
    fetched_at: f64,
}

impl FetchedOptions {
    fn age(&self) -> f64 {
        js_sys::Date::now() - self.fetched_at
    }

    /// Whether a press may still use it.
    pub(super) fn is_good(&self) -> bool {
        (0.0..GOOD_MILLIS).contains(&self.age())
    }
}

/// Fetches options now and again, and when somebody looks at the page once more: the timers of a
/// phone in a pocket stand still.
pub(super) fn keep_fresh_always(page: &Rc<PasskeyPage>) {
    if let Some(document) = dom::document() {
        let page = page.clone();
        dom::listen(&document, "visibilitychange", move |_| {
            let is_old = |offer: &FetchedOptions| offer.age() > f64::from(REFRESH_MILLIS);
            if page.offer.borrow().as_ref().is_some_and(is_old) {
                renew_soon(&page);
            }
        });
    }
    spawn_local(keep_fresh(page.clone()));
}

async fn keep_fresh(page: Rc<PasskeyPage>) {
    if let Some(millis) = renew(&page).await {
        dom::after(millis, move || spawn_local(keep_fresh(page)));
    }
}

/// Fetches options, unless that is under way.
pub(super) fn renew_soon(page: &Rc<PasskeyPage>) {
    let page = page.clone();
    spawn_local(async move {
        renew(&page).await;
    });
}

/// Fetches options, and returns after how many milliseconds that wants to be done again.
async fn renew(page: &Rc<PasskeyPage>) -> Option<i32> {
    if page.asking.get() || page.fetching.replace(true) {
        return Some(RETRY_MILLIS);
    }
    let fetched = fetch_options(&page.root).await;
    page.fetching.set(false);
    let waiting = page.waiting.take();
    match fetched {
        Fetched::Options(options) => {
            show_offered(&page.root, &options);
            spawn_local(forget_unknown(page.root.clone(), options.clone()));
            *page.offer.borrow_mut() =
                Some(FetchedOptions { options, fetched_at: js_sys::Date::now() });
            if ["off", "away", "late"].iter().any(|state| is(&page.root, state)) {
                show(&page.root, "ready");
            }
            if let Some(form) = waiting {
                touched(page, &form);
            } else if page.root.has_attribute("data-autofill")
                && webauthn_json::has_autofill().await
                // Somebody may have pressed a button meanwhile.
                && !is(&page.root, "busy")
            {
                offer_in_autofill(page);
            }
            Some(REFRESH_MILLIS)
        }
        Fetched::Nothing => {
            if let Some(form) = waiting {
                over(page, &form, "late");
            } else if page.offer.borrow().is_none()
                && ["off", "ready"].iter().any(|state| is(&page.root, state))
            {
                show(&page.root, "away");
            }
            Some(RETRY_MILLIS)
        }
        Fetched::Refused => {
            page.offer.take();
            match waiting {
                Some(form) => over(page, &form, "broken"),
                None => show(&page.root, "broken"),
            }
            None
        }
    }
}

/// Lets the browser forget the passkey that the provider has just called unknown.
async fn forget_unknown(root: Element, options: JsValue) {
    let Some(credential) = root.get_attribute("data-unknown-credential") else { return };
    let _once = root.remove_attribute("data-unknown-credential");
    let sign_in = dom::member(&options, "sign-in");
    if let Some(rp_id) = sign_in.and_then(|options| dom::text(&options, "rpId")) {
        webauthn_json::signal_unknown(&rp_id, &credential).await;
    }
}

/// Shows the forms for which there are options.
fn show_offered(root: &Element, options: &JsValue) {
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

enum Fetched {
    Options(JsValue),
    /// The server did not answer, or not for now.
    Nothing,
    /// There will be none any more.
    Refused,
}

async fn fetch_options(root: &Element) -> Fetched {
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

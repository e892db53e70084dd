//! The ceremonies of the page: begun by a press or in autofill, with options that are fetched once
//! the page is there, and again before they run out.

use std::rc::Rc;

use js_sys::{JSON, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, HtmlFormElement};

use super::offer::{Fetched, FetchedOptions, fetch_options, forget_unknown, report};
use super::page::{PasskeyPage, is, over, purpose, show, show_offered};
use crate::dom;
use crate::webauthn_json::{self, Ceremony};

/// When to look whether the page is still here after a form was sent: the server takes no longer than
/// 30 s for any answer.
const NO_ANSWER_MILLIS: i32 = 40_000;

/// Options older than this are fetched anew.
const REFRESH_MILLIS: i32 = 240_000;

/// When to look again where the server did not answer, or a ceremony is under way.
const RETRY_MILLIS: i32 = 20_000;

/// As if the page had just been opened: it came back out of the browser's memory, or nothing came of
/// a form that was sent. What was offered may be spent.
pub(super) fn begin_anew(page: &Rc<PasskeyPage>) {
    page.presses.set(page.presses.get() + 1);
    page.asking.set(false);
    page.waiting.take();
    page.offer.take();
    dom::clear("[data-passkey] input[name=credential]");
    show(&page.root, "ready");
    renew_soon(page);
}

/// The button was pressed: everything up to the browser's own call happens inside this touch.
pub(super) fn touched(page: &Rc<PasskeyPage>, form: &HtmlFormElement) {
    // A second tap on what the first one has begun.
    if page.asking.get() {
        return;
    }
    if let Some(pending) = page.autofill.take() {
        pending.abort();
    }
    page.presses.set(page.presses.get() + 1);
    let _always = page.root.set_attribute("data-asked", &purpose(form));
    show(&page.root, "busy");
    let Some(offer) = page.offer.take().filter(FetchedOptions::is_good) else {
        *page.waiting.borrow_mut() = Some(form.clone());
        renew_soon(page);
        return;
    };
    let Some(asked) = ask(page, &offer.options, form, Mediation::Modal) else {
        over(page, form, "late");
        return;
    };
    page.asking.set(true);
    let (page, form) = (page.clone(), form.clone());
    spawn_local(async move {
        match JsFuture::from(asked.promise).await {
            Ok(credential) => send(&page, &form, &asked.session, &credential),
            Err(error) => failed(&page, &form, &dom::error_name(&error)),
        }
    });
}

fn offer_in_autofill(page: &Rc<PasskeyPage>) {
    let Some(form) = dom::find_all::<HtmlFormElement>("form[data-purpose=sign-in]").pop() else {
        return;
    };
    if let Some(earlier) = page.autofill.take() {
        earlier.abort();
    }
    let Ok(controller) = AbortController::new() else { return };
    let asked = page
        .offer
        .borrow()
        .as_ref()
        .and_then(|offer| ask(page, &offer.options, &form, Mediation::Autofill(&controller)));
    let Some(asked) = asked else { return };
    *page.autofill.borrow_mut() = Some(controller);
    let page = page.clone();
    spawn_local(async move {
        // An autofill request that ends without a credential was aborted, or there is none: the
        // person has asked for nothing, so nothing is said.
        let Ok(credential) = JsFuture::from(asked.promise).await else { return };
        // The finger was quicker on a button.
        if page.waiting.borrow().is_some() || page.asking.replace(true) {
            return;
        }
        page.offer.take();
        show(&page.root, "busy");
        send(&page, &form, &asked.session, &credential);
    });
}

enum Mediation<'a> {
    Modal,
    Autofill(&'a AbortController),
}

/// What the browser was asked for.
struct Asked {
    promise: Promise,
    /// The sealed session of these very options: the page may have newer ones when it is answered.
    session: String,
}

fn ask(
    page: &PasskeyPage,
    offer: &JsValue,
    form: &HtmlFormElement,
    mediation: Mediation<'_>,
) -> Option<Asked> {
    let purpose = purpose(form);
    let ceremony = ceremony(&purpose);
    let session = dom::text(&dom::member(offer, "sessions")?, &purpose)?;
    let public_key = webauthn_json::parse_options(ceremony, &dom::member(offer, &purpose)?).ok()?;
    let request = Object::new();
    dom::set(&request, "publicKey", &public_key);
    match mediation {
        Mediation::Autofill(controller) => {
            dom::set(&request, "mediation", &dom::js("conditional"));
            dom::set(&request, "signal", &controller.signal());
        }
        // Only what is on this device, at once, or nothing: no QR sheet for a phone in the hand.
        Mediation::Modal if ceremony == Ceremony::Authentication && page.immediate.get() => {
            dom::set(&request, "uiMode", &dom::js("immediate"));
        }
        Mediation::Modal => {}
    }
    let method = match ceremony {
        Ceremony::Authentication => "get",
        Ceremony::Registration => "create",
    };
    let promise = dom::call(&credentials()?, method, &request).ok()?.dyn_into().ok()?;
    Some(Asked { promise, session })
}

fn ceremony(purpose: &str) -> Ceremony {
    if purpose == "enrol" { Ceremony::Registration } else { Ceremony::Authentication }
}

/// Sends what the authenticator made.
fn send(page: &Rc<PasskeyPage>, form: &HtmlFormElement, session: &str, credential: &JsValue) {
    let envelope = webauthn_json::credential_json(credential).and_then(|credential| {
        let envelope = Object::new();
        dom::set(&envelope, "session", &dom::js(session));
        dom::set(&envelope, "credential", &credential);
        JSON::stringify(&envelope).ok()?.as_string()
    });
    let Some(envelope) = envelope else {
        over(page, form, "calm");
        return;
    };
    dom::submit_with(form, "credential", &envelope);
    let (page, press) = (page.clone(), page.presses.get());
    dom::after(NO_ANSWER_MILLIS, move || {
        if page.presses.get() == press {
            begin_anew(&page);
        }
    });
}

/// What the browser said instead of giving a credential.
fn failed(page: &Rc<PasskeyPage>, form: &HtmlFormElement, error: &str) {
    let state = match error {
        // The page's address and the passkeys' do not belong together: a fault of set-up that the
        // operator has to see, and that the customer cannot mend.
        "SecurityError" => {
            leptos::logging::error!("passkeys are not set up for this address");
            report(&page.root, "security");
            return over(page, form, "broken");
        }
        // There is a passkey on this device already: nothing is missing.
        "InvalidStateError" if purpose(form) == "enrol" => return over(page, form, "exists"),
        // Another part of the browser ended it: nothing has happened. Whoever wanted to stop the
        // request has to hear that.
        "AbortError" if purpose(form) != "deny" => "ready",
        // Cancelled, timed out, or none on this device: the next press shows every way that the
        // browser has, a key or another phone among them.
        "NotAllowedError" => {
            page.immediate.set(false);
            report(&page.root, "not-allowed");
            "calm"
        }
        "NotSupportedError" => {
            report(&page.root, "unsupported");
            "calm"
        }
        // Another request is under way (`OperationError` …): all the same to a person, who goes on
        // another way.
        _ => "calm",
    };
    over(page, form, state);
    renew_soon(page);
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
fn renew_soon(page: &Rc<PasskeyPage>) {
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

pub(super) fn credentials() -> Option<JsValue> {
    dom::member(&dom::global("navigator")?, "credentials")
}

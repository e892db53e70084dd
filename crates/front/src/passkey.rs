//! The passkey ceremonies of the page: sign in, decide with one touch, and make a passkey.
//!
//! The server has rendered a root element with one form for each purpose, and beside it an element
//! with everything that may have to be said:
//!
//! ```html
//! <section data-passkey="/request/{handle}/passkey/options" data-state="off"
//!          data-fault="/request/{handle}/passkey/fault"
//!          [data-autofill] [data-unknown-credential="…"]>
//!   <form data-purpose="sign-in" method="post" action="…">
//!     <input type="hidden" name="credential"> … <button>
//! </section>
//! <div class="said" role="status" tabindex="-1"> …
//! ```
//!
//! Options are fetched by POST once the page is there, so that they are at hand when a finger comes
//! down: Safari starts a ceremony only inside the touch itself. The root's `data-state` says what
//! to show: `off` (nothing yet), `ready`, `busy`, `calm` (cancelled: the other ways are in view),
//! `late` (no options came for a press), `absent` (no WebAuthn here), `exists` (there is a passkey
//! on this device already), `away` (hide passkeys until the server answers), `broken` (hide them for
//! good). Its `data-asked` is the purpose that was pressed last: a stop that did not happen must
//! never read like one that did. The script in the page's head sets both for a press that comes
//! before the islands, and `data-awake` says that they are here.
//!
//! A form whose purpose the server offers no options for is hidden; the sign-in form is shown where
//! no form decides with one touch. Text is never made here: the style sheet shows what the state
//! and the purpose call for.

mod offer;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{JSON, Object, Promise};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, Element, HtmlFormElement};

use self::offer::FetchedOptions;
use crate::dom;
use crate::webauthn_json::{self, Ceremony};

/// When to look whether the page is still here after a form was sent: the server takes no longer than
/// 30 s for any answer.
const NO_ANSWER_MILLIS: i32 = 40_000;

/// What is said about a press.
const SAID: &str = ".said";

/// Wakes the passkey forms of the page. Renders nothing.
#[island]
pub fn Passkey() -> impl IntoView {
    dom::in_browser(|| {
        if let Some(root) = dom::find("[data-passkey]") {
            start(root);
        }
    });
}

struct PasskeyPage {
    root: Element,
    /// What the server offered last and no press has used.
    offer: RefCell<Option<FetchedOptions>>,
    /// Whether an offer is on its way.
    fetching: Cell<bool>,
    /// The form whose button was pressed before there was an offer.
    waiting: RefCell<Option<HtmlFormElement>>,
    /// Whether the browser is being asked for a press, or its answer is on its way to the server.
    asking: Cell<bool>,
    /// How many presses there were: a timer of an earlier one has no say any more.
    presses: Cell<u32>,
    /// The pending autofill request; it has to end before another ceremony may begin.
    autofill: RefCell<Option<AbortController>>,
    /// Whether to ask for what is on this device alone.
    immediate: Cell<bool>,
}

fn start(root: Element) {
    let asked = root.get_attribute("data-asked").filter(|_| is(&root, "busy"));
    let forms = dom::find_all::<HtmlFormElement>("[data-passkey] form[data-purpose]");
    // Pressed before the islands were here.
    let held = asked.and_then(|asked| forms.iter().find(|form| purpose(form) == asked).cloned());
    let _always = root.set_attribute("data-awake", "");
    if dom::global("PublicKeyCredential").is_none() || credentials().is_none() {
        show(&root, "absent");
        offer::report(&root, "unsupported");
        if held.is_some() {
            dom::focus(SAID);
        }
        return;
    }
    let page = Rc::new(PasskeyPage {
        root,
        offer: RefCell::default(),
        fetching: Cell::default(),
        waiting: RefCell::new(held),
        asking: Cell::default(),
        presses: Cell::default(),
        autofill: RefCell::default(),
        immediate: Cell::default(),
    });
    for form in forms {
        let page = page.clone();
        let target = form.clone();
        dom::listen(&target, "submit", move |event| {
            event.prevent_default();
            touched(&page, &form);
        });
    }
    if let Some(window) = web_sys::window() {
        let page = page.clone();
        dom::listen(&window, "pageshow", move |event| {
            if dom::member(&event, "persisted").is_some_and(|value| value.is_truthy()) {
                begin_anew(&page);
            }
        });
    }
    {
        let page = page.clone();
        spawn_local(async move {
            page.immediate.set(webauthn_json::is_capable("immediateGet").await);
        });
    }
    offer::keep_fresh_always(&page);
}

/// As if the page had just been opened: it came back out of the browser's memory, or nothing came of
/// a form that was sent. What was offered may be spent.
fn begin_anew(page: &Rc<PasskeyPage>) {
    page.presses.set(page.presses.get() + 1);
    page.asking.set(false);
    page.waiting.take();
    page.offer.take();
    dom::clear("[data-passkey] input[name=credential]");
    show(&page.root, "ready");
    offer::renew_soon(page);
}

/// The button was pressed: everything up to the browser's own call happens inside this touch.
fn touched(page: &Rc<PasskeyPage>, form: &HtmlFormElement) {
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
        offer::renew_soon(page);
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

fn purpose(form: &HtmlFormElement) -> String {
    form.get_attribute("data-purpose").unwrap_or_default()
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
            offer::report(&page.root, "security");
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
            offer::report(&page.root, "not-allowed");
            "calm"
        }
        "NotSupportedError" => {
            offer::report(&page.root, "unsupported");
            "calm"
        }
        // Another request is under way (`OperationError` …): all the same to a person, who goes on
        // another way.
        _ => "calm",
    };
    over(page, form, state);
    offer::renew_soon(page);
}

/// A press has come to nothing.
fn over(page: &PasskeyPage, form: &HtmlFormElement, state: &str) {
    page.asking.set(false);
    show(&page.root, state);
    // Where the button is gone the focus would fall back to the page's beginning.
    if form.hidden() || matches!(state, "away" | "broken" | "exists") {
        dom::focus(SAID);
    }
}

fn show(root: &Element, state: &str) {
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

fn is(root: &Element, state: &str) -> bool {
    root.get_attribute("data-state").as_deref() == Some(state)
}

fn credentials() -> Option<JsValue> {
    dom::member(&dom::global("navigator")?, "credentials")
}

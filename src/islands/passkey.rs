//! The passkey ceremonies of the page: sign in, decide with one touch, and make a passkey.
//!
//! The server has rendered a root element and one form for each purpose:
//!
//! ```html
//! <section data-passkey="/request/{handle}/passkey/options" data-state="off"
//!          data-fault="/request/{handle}/passkey/fault"
//!          [data-autofill] [data-unknown-credential="…"]>
//!   <form data-purpose="sign-in" method="post" action="…">
//!     <input type="hidden" name="credential"> … <button>
//! ```
//!
//! Options are fetched by POST once the page is there, so that they are at hand when a finger comes
//! down: Safari starts a ceremony only inside the touch itself. The root's `data-state` says what
//! to show: `off` (nothing yet), `ready`, `busy`, `calm` (cancelled: the other ways are in view),
//! `absent` (no WebAuthn here), `exists` (there is a passkey on this device already), `broken` (hide
//! passkeys). A form whose purpose the server offers no options for is hidden; the sign-in form is
//! shown where no form decides with one touch. Text is never made here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{JSON, Object, Promise};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, Element, HtmlFormElement, RequestInit, Response};

use super::dom;
use super::webauthn_json::{self, Ceremony};

/// Options older than this are fetched anew; the provider's are good for 300 s or more.
const REFRESH_MILLIS: i32 = 240_000;

/// Wakes the passkey forms of the page. Renders nothing.
#[island]
pub fn Passkey() -> impl IntoView {
    Effect::new(|| {
        if let Some(root) = dom::find("[data-passkey]") {
            start(root);
        }
    });
}

struct Page {
    root: Element,
    /// What the server answered last: an object with the options of each purpose.
    options: RefCell<Option<JsValue>>,
    /// The pending autofill request; it has to end before another ceremony may begin.
    autofill: RefCell<Option<AbortController>>,
    immediate: Cell<bool>,
}

fn start(root: Element) {
    if dom::global("PublicKeyCredential").is_none() || credentials().is_none() {
        show(&root, "absent");
        return;
    }
    let page = Rc::new(Page {
        root,
        options: RefCell::default(),
        autofill: RefCell::default(),
        immediate: Cell::new(false),
    });
    for form in dom::find_all::<HtmlFormElement>("[data-passkey] form[data-purpose]") {
        let page = page.clone();
        let target = form.clone();
        dom::listen(&target, "submit", move |event| {
            event.prevent_default();
            touched(&page, &form);
        });
    }
    spawn_local(async move {
        page.immediate.set(webauthn_json::is_capable("immediateGet").await);
        refresh(page).await;
    });
}

/// Fetches options, now and again before they run out.
async fn refresh(page: Rc<Page>) {
    match fetch_options(&page.root).await {
        Some(options) => {
            show_offered(&page.root, &options);
            forget_unknown(&page.root, &options).await;
            *page.options.borrow_mut() = Some(options);
            if page.root.get_attribute("data-state").as_deref() == Some("off") {
                show(&page.root, "ready");
            }
            if page.root.has_attribute("data-autofill") && webauthn_json::has_autofill().await {
                offer_in_autofill(&page);
            }
        }
        None => show(&page.root, "broken"),
    }
    dom::after(REFRESH_MILLIS, move || spawn_local(refresh(page)));
}

/// Lets the browser forget the passkey that the provider has just called unknown.
async fn forget_unknown(root: &Element, options: &JsValue) {
    let Some(credential) = root.get_attribute("data-unknown-credential") else { return };
    let _once = root.remove_attribute("data-unknown-credential");
    let sign_in = dom::member(options, "sign-in");
    if let Some(rp_id) = sign_in.and_then(|options| dom::text(&options, "rpId")) {
        webauthn_json::signal_unknown(&rp_id, &credential).await;
    }
}

/// Shows the forms for which there are options.
fn show_offered(root: &Element, options: &JsValue) {
    let one_touch = dom::member(options, "approve").is_some();
    let _always = root.set_attribute("data-one-touch", if one_touch { "true" } else { "false" });
    for form in dom::find_all::<HtmlFormElement>("[data-passkey] form[data-purpose]") {
        let purpose = form.get_attribute("data-purpose").unwrap_or_default();
        let offered = dom::member(options, &purpose).is_some();
        form.set_hidden(!offered || (purpose == "sign-in" && one_touch));
    }
}

async fn fetch_options(root: &Element) -> Option<JsValue> {
    let url = root.get_attribute("data-passkey")?;
    let request = RequestInit::new();
    request.set_method("POST");
    let answer = web_sys::window()?.fetch_with_str_and_init(&url, &request);
    let response: Response = JsFuture::from(answer).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.json().ok()?).await.ok()
}

/// The button was pressed: everything up to the browser's own call happens inside this touch.
fn touched(page: &Rc<Page>, form: &HtmlFormElement) {
    if let Some(pending) = page.autofill.take() {
        pending.abort();
    }
    let Some(asked) = ask(page, form, Mediation::Modal) else {
        show(&page.root, "calm");
        return;
    };
    show(&page.root, "busy");
    let (page, form) = (page.clone(), form.clone());
    spawn_local(async move { finish(&page, &form, JsFuture::from(asked).await) });
}

fn offer_in_autofill(page: &Rc<Page>) {
    let Some(form) = dom::find_all::<HtmlFormElement>("form[data-purpose=sign-in]").pop() else {
        return;
    };
    if let Some(earlier) = page.autofill.take() {
        earlier.abort();
    }
    let Ok(controller) = AbortController::new() else { return };
    let Some(asked) = ask(page, &form, Mediation::Autofill(&controller)) else { return };
    *page.autofill.borrow_mut() = Some(controller);
    let page = page.clone();
    spawn_local(async move {
        if let Ok(credential) = JsFuture::from(asked).await {
            finish(&page, &form, Ok(credential));
        }
        // An autofill request that ends without a credential was aborted, or there is none: the
        // person has asked for nothing, so nothing is said.
    });
}

enum Mediation<'a> {
    Modal,
    Autofill(&'a AbortController),
}

fn ask(page: &Page, form: &HtmlFormElement, mediation: Mediation<'_>) -> Option<Promise> {
    let purpose = form.get_attribute("data-purpose")?;
    let ceremony = match purpose.as_str() {
        "enrol" => Ceremony::Registration,
        _ => Ceremony::Authentication,
    };
    let options = page.options.borrow();
    let options = dom::member(options.as_ref()?, &purpose)?;
    let public_key = webauthn_json::parse_options(ceremony, &options).ok()?;
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
    dom::call(&credentials()?, method, &request).ok()?.dyn_into().ok()
}

fn finish(page: &Rc<Page>, form: &HtmlFormElement, answer: Result<JsValue, JsValue>) {
    match answer {
        Ok(credential) => match webauthn_json::credential_json(&credential) {
            Some(json) => {
                // The session's identifier goes back with the credential, so that a refreshed page
                // cannot mix two ceremonies.
                let session = session_of(page, form).unwrap_or_default();
                let envelope = Object::new();
                dom::set(&envelope, "session", &dom::js(&session));
                let parsed = JSON::parse(&json).unwrap_or(JsValue::NULL);
                dom::set(&envelope, "credential", &parsed);
                let text = JSON::stringify(&envelope).ok().and_then(|text| text.as_string());
                dom::submit_with(form, "credential", &text.unwrap_or_default());
            }
            None => show(&page.root, "calm"),
        },
        Err(error) => match dom::error_name(&error).as_str() {
            // The page's address and the passkeys' do not belong together: a fault of set-up that
            // the operator has to see, and that the customer cannot mend.
            "SecurityError" => {
                leptos::logging::error!("passkeys are not set up for this address");
                show(&page.root, "broken");
                report_fault(page);
            }
            // There is a passkey on this device already: nothing is missing.
            "InvalidStateError" => show(&page.root, "exists"),
            // Cancelled, timed out, none there, or another request is under way: all the same to a
            // person, who goes on another way.
            _ => {
                show(&page.root, "calm");
                let page = page.clone();
                spawn_local(async move {
                    if let Some(options) = fetch_options(&page.root).await {
                        *page.options.borrow_mut() = Some(options);
                    }
                });
            }
        },
    }
}

fn session_of(page: &Page, form: &HtmlFormElement) -> Option<String> {
    let purpose = form.get_attribute("data-purpose")?;
    let options = page.options.borrow();
    let sessions = dom::member(options.as_ref()?, "sessions")?;
    dom::text(&sessions, &purpose)
}

/// Tells the server that this browser refuses the passkeys' domain.
fn report_fault(page: &Page) {
    let Some(url) = page.root.get_attribute("data-fault") else { return };
    let request = RequestInit::new();
    request.set_method("POST");
    if let Some(window) = web_sys::window() {
        let _unanswered = window.fetch_with_str_and_init(&url, &request);
    }
}

fn show(root: &Element, state: &str) {
    let _always = root.set_attribute("data-state", state);
}

fn credentials() -> Option<JsValue> {
    dom::member(&dom::global("navigator")?, "credentials")
}

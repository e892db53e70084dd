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
//! `absent` (no WebAuthn here), `exists` (there is a passkey on this device already), `away` (hide
//! passkeys until the server answers), `broken` (hide them for good). A form whose purpose the
//! server offers no options for is hidden; the sign-in form is shown where no form decides with one
//! touch. Text is never made here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{JSON, Object, Promise};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, Element, HtmlFormElement, RequestInit, Response};

use super::dom;
use super::webauthn_json::{self, Ceremony};

/// Options older than this are fetched anew. The site's are good for 600 s and give a browser 300 s
/// to ask, so whoever touches has the whole of these.
const REFRESH_MILLIS: i32 = 240_000;

/// When to look again where the server did not answer, or a ceremony is under way.
const RETRY_MILLIS: i32 = 20_000;

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
    /// When it did, in milliseconds since 1970.
    fetched_at: Cell<f64>,
    /// The form whose button was pressed before there were options.
    waiting: RefCell<Option<HtmlFormElement>>,
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
        fetched_at: Cell::default(),
        waiting: RefCell::default(),
        autofill: RefCell::default(),
        immediate: Cell::default(),
    });
    for form in dom::find_all::<HtmlFormElement>("[data-passkey] form[data-purpose]") {
        let page = page.clone();
        let target = form.clone();
        dom::listen(&target, "submit", move |event| {
            event.prevent_default();
            touched(&page, &form);
        });
    }
    // The timers of a phone in a pocket stand still.
    if let Some(document) = dom::document() {
        let page = page.clone();
        dom::listen(&document, "visibilitychange", move |_| came_back(&page));
    }
    spawn_local(async move {
        page.immediate.set(webauthn_json::is_capable("immediateGet").await);
        keep_fresh(page).await;
    });
}

/// Fetches options, now and again before they run out.
async fn keep_fresh(page: Rc<Page>) {
    if let Some(millis) = renew(&page).await {
        dom::after(millis, move || spawn_local(keep_fresh(page)));
    }
}

/// Somebody looks at the page again.
fn came_back(page: &Rc<Page>) {
    let age = js_sys::Date::now() - page.fetched_at.get();
    if age > f64::from(REFRESH_MILLIS) && page.options.borrow().is_some() {
        let page = page.clone();
        spawn_local(async move {
            renew(&page).await;
        });
    }
}

/// Fetches options, and returns after how many milliseconds that wants to be done again.
async fn renew(page: &Rc<Page>) -> Option<i32> {
    if is(page, "busy") && page.waiting.borrow().is_none() {
        return Some(RETRY_MILLIS);
    }
    match fetch_options(&page.root).await {
        Fetched::Options(options) => {
            show_offered(&page.root, &options);
            forget_unknown(&page.root, &options).await;
            *page.options.borrow_mut() = Some(options);
            page.fetched_at.set(js_sys::Date::now());
            if is(page, "off") || is(page, "away") {
                show(&page.root, "ready");
            }
            if let Some(form) = page.waiting.take() {
                touched(page, &form);
            } else if !is(page, "busy")
                && page.root.has_attribute("data-autofill")
                && webauthn_json::has_autofill().await
            {
                offer_in_autofill(page);
            }
            Some(REFRESH_MILLIS)
        }
        Fetched::Nothing => {
            if page.options.borrow().is_none() {
                page.waiting.take();
                show(&page.root, "away");
            }
            Some(RETRY_MILLIS)
        }
        Fetched::Refused => {
            page.options.take();
            page.waiting.take();
            show(&page.root, "broken");
            None
        }
    }
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

enum Fetched {
    Options(JsValue),
    /// The server did not answer, or not for now.
    Nothing,
    /// There will be none any more.
    Refused,
}

async fn fetch_options(root: &Element) -> Fetched {
    let Some(answer) = post(root, "data-passkey") else { return Fetched::Refused };
    let Ok(response) = JsFuture::from(answer).await else { return Fetched::Nothing };
    let response: Response = response.unchecked_into();
    if (400..500).contains(&response.status()) {
        return Fetched::Refused;
    }
    let Ok(json) = response.json() else { return Fetched::Nothing };
    match JsFuture::from(json).await {
        Ok(options) if response.ok() => Fetched::Options(options),
        _ => Fetched::Nothing,
    }
}

/// Posts nothing to the address in this attribute.
fn post(root: &Element, attribute: &str) -> Option<Promise> {
    let url = root.get_attribute(attribute)?;
    let request = RequestInit::new();
    request.set_method("POST");
    Some(web_sys::window()?.fetch_with_str_and_init(&url, &request))
}

/// The button was pressed: everything up to the browser's own call happens inside this touch.
fn touched(page: &Rc<Page>, form: &HtmlFormElement) {
    if let Some(pending) = page.autofill.take() {
        pending.abort();
    }
    show(&page.root, "busy");
    if page.options.borrow().is_none() {
        *page.waiting.borrow_mut() = Some(form.clone());
        return;
    }
    let Some(asked) = ask(page, form, Mediation::Modal) else {
        show(&page.root, "calm");
        return;
    };
    let (page, form) = (page.clone(), form.clone());
    spawn_local(async move {
        let answer = JsFuture::from(asked.promise).await;
        finish(&page, &form, &asked.session, answer);
    });
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
        if let Ok(credential) = JsFuture::from(asked.promise).await {
            finish(&page, &form, &asked.session, Ok(credential));
        }
        // An autofill request that ends without a credential was aborted, or there is none: the
        // person has asked for nothing, so nothing is said.
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

fn ask(page: &Page, form: &HtmlFormElement, mediation: Mediation<'_>) -> Option<Asked> {
    let purpose = form.get_attribute("data-purpose")?;
    let ceremony = ceremony(&purpose);
    let options = page.options.borrow();
    let offer = options.as_ref()?;
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

fn finish(
    page: &Rc<Page>,
    form: &HtmlFormElement,
    session: &str,
    answer: Result<JsValue, JsValue>,
) {
    let credential = match answer {
        Ok(credential) => credential,
        Err(error) => return failed(page, &dom::error_name(&error)),
    };
    let Some(json) = webauthn_json::credential_json(&credential) else {
        show(&page.root, "calm");
        return;
    };
    let envelope = Object::new();
    dom::set(&envelope, "session", &dom::js(session));
    dom::set(&envelope, "credential", &JSON::parse(&json).unwrap_or(JsValue::NULL));
    let text = JSON::stringify(&envelope).ok().and_then(|text| text.as_string());
    dom::submit_with(form, "credential", &text.unwrap_or_default());
}

/// What the browser said instead of giving a credential.
fn failed(page: &Rc<Page>, error: &str) {
    match error {
        // The page's address and the passkeys' do not belong together: a fault of set-up that the
        // operator has to see, and that the customer cannot mend.
        "SecurityError" => {
            leptos::logging::error!("passkeys are not set up for this address");
            show(&page.root, "broken");
            let _unanswered = post(&page.root, "data-fault");
            return;
        }
        // There is a passkey on this device already: nothing is missing.
        "InvalidStateError" => return show(&page.root, "exists"),
        // Another part of the browser ended it: nothing has happened.
        "AbortError" => show(&page.root, "ready"),
        // Cancelled, timed out, none there, or another request is under way (`NotAllowedError`,
        // `OperationError` …): all the same to a person, who goes on another way.
        _ => show(&page.root, "calm"),
    }
    let page = page.clone();
    spawn_local(async move {
        renew(&page).await;
    });
}

fn show(root: &Element, state: &str) {
    let _always = root.set_attribute("data-state", state);
}

fn is(page: &Page, state: &str) -> bool {
    page.root.get_attribute("data-state").as_deref() == Some(state)
}

fn credentials() -> Option<JsValue> {
    dom::member(&dom::global("navigator")?, "credentials")
}

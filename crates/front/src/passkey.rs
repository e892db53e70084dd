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

mod ceremonies;
mod offer;
mod page;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlFormElement};

use self::ceremonies::{begin_anew, credentials, keep_fresh_always, touched};
use self::offer::report;
use self::page::{PasskeyPage, SAID, is, purpose, show};
use crate::{dom, webauthn_json};

/// Wakes the passkey forms of the page. Renders nothing.
#[island]
pub fn Passkey() -> impl IntoView {
    dom::in_browser(|| {
        if let Some(root) = dom::find("[data-passkey]") {
            start(root);
        }
    });
}

fn start(root: Element) {
    let asked = root.get_attribute("data-asked").filter(|_| is(&root, "busy"));
    let forms = dom::find_all::<HtmlFormElement>("[data-passkey] form[data-purpose]");
    // Pressed before the islands were here.
    let held = asked.and_then(|asked| forms.iter().find(|form| purpose(form) == asked).cloned());
    let _always = root.set_attribute("data-awake", "");
    if dom::global("PublicKeyCredential").is_none() || credentials().is_none() {
        show(&root, "absent");
        report(&root, "unsupported");
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
    keep_fresh_always(&page);
}

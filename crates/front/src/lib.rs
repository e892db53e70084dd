//! The only code that is shipped to browsers as wasm.
//!
//! Islands render nothing and hold no text: the server has rendered everything, and an island shows
//! or hides it by setting `data-state` on the element that carries its name. A page without script
//! is complete without them.

mod dom;
mod expiry;
mod passkey;
mod webauthn_json;

pub use expiry::Expiry;
pub use passkey::Passkey;

/// Wakes the islands of the page: the only entry point of the wasm.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}

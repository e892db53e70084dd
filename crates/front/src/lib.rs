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

/// 2 kB smaller, compressed, than the one that comes with Rust.
#[cfg(feature = "hydrate")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Wakes the islands of the page: the only entry point of the wasm.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // Customers would download it for nobody to read.
    if cfg!(debug_assertions) {
        console_error_panic_hook::set_once();
    }
    leptos::mount::hydrate_islands();
}

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

//! The only code that is shipped to browsers as wasm.

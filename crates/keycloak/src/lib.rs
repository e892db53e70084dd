//! Keycloak, whose authentication device this process is: what it asks of us (`delegation`), how it
//! is told a decision (`callback`), what we ask of its realm (`sign_in`, `users`), and how an
//! administrator prepares it (`admin`).
//!
//! docs/keycloak.md has what a running server does. Two things shape all of this: Keycloak believes
//! its device without checking anything, and a second answer to one request destroys the first.

mod admin;
mod callback;
mod delegation;
mod errors;
mod realm;
mod service_account;
mod sign_in;
mod users;

pub use admin::{Admin, Administrator};
pub use callback::{Callback, CallbackStatus};
pub use delegation::{Delegation, DelegationError};
pub use errors::CallError;
pub use realm::{Keycloak, KeycloakSettings};
pub use sign_in::{CodeExchange, RealmSignIn, SignInRequest};
pub use users::RealmUser;

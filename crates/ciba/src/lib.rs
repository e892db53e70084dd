//! The words of OpenID Connect CIBA Core 1.0 that every room shares. No I/O, no clock, no storage.

mod auth_req_id;
mod binding_message;
mod completion;
mod contact;
mod decision;
pub mod email;
mod handle;
pub mod link;
mod login_hint;
pub mod login_uri;
mod problem;
mod words;

pub use auth_req_id::{AuthReqId, InvalidAuthReqId};
pub use binding_message::{BindingMessage, InvalidBindingMessage};
pub use completion::{Cause, Completion, RefusalReason};
pub use contact::{Contact, UnknownContact};
pub use decision::{Decision, UnknownDecision};
pub use handle::{InvalidHandle, RequestHandle};
pub use login_hint::{
    InvalidLoginHint, LoginHint, LoginHintType, UnknownLoginHintType, is_invisible, phone_number,
};
pub use problem::Problem;

/// The grant type with which a client polls for the token (CIBA Core 1.0, section 10.1).
pub const GRANT_TYPE: &str = "urn:openid:params:grant-type:ciba";

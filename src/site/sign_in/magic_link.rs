//! Sign-in by mail: one mail holds a link and, where that is switched on, a code.
//!
//! The link carries the *request*, never a sign-in: only the browser in which its button is pressed
//! is signed in, and where that browser does not hold the request, the person first shows that they
//! are the one who speaks with the agent. The code is for the browser that asked. The answer to
//! whoever asks is sent before any work is done, so that known and unknown addresses look alike and
//! take the same time.

mod asked_mail;
mod content;
mod limits;
mod opened_link;
pub mod routes;
mod rows;
mod typed_code;
pub mod worker;

pub use asked_mail::{asked_size, forget_asked};
pub use limits::TooMany;
pub use opened_link::{forget_link, opened_links};
pub use rows::{
    END_LEASES, END_USES, LinkPlace, Mail, MailError, MailUse, Mails, NotTried, Refused,
};

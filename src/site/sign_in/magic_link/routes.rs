//! The forms and pages around the mail.

mod asked;
mod link;
mod opened;
mod redeem;

pub use asked::{ask, back_to_code, code, on_its_way, progress};
pub use link::callback;
pub use opened::{go, show};

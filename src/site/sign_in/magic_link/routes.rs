//! The forms and pages around the mail.

mod asked;
mod link;
mod opened;
mod redeem;

pub use asked::{ask, asked_size, back_to_code, code, forget_asked, on_its_way, progress};
pub use link::{callback, forget_link, opened_links};
pub use opened::{go, show};

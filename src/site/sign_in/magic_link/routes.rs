//! The forms and pages around the mail.

mod asked;
mod opened;
mod redeem;

pub use asked::{ask, asked_size, back_to_code, code, forget_asked, on_its_way, progress};
pub use opened::{callback, forget_link, go, opened_links, show};

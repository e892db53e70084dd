//! The server functions: plain forms that the browser posts, each thin glue around one function of
//! the site.

mod decide;

pub use decide::{Decide, decide};

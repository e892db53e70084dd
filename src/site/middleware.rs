//! What happens around every handler. The order of the layers, with reasons, is in `router`.

pub mod compression;
pub mod headers;
pub mod problem_pages;
pub mod request_log;
pub mod same_origin;

//! Cheap compression of pages. Files are compressed when they are built.

use axum::http::header::CONTENT_TYPE;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

/// Which answers are compressed.
pub type OnlyPages = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// gzip for HTML only, at the level where a page gets a tenth smaller for hundredths of a
/// millisecond; on-the-fly brotli costs more than the page itself. Pages hold no secret that a
/// stranger could guess byte by byte from their length: secrets are in cookies.
pub fn layer() -> CompressionLayer<OnlyPages> {
    CompressionLayer::new()
        .gzip(true)
        .quality(CompressionLevel::Precise(4))
        .compress_when(is_page as OnlyPages)
}

fn is_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

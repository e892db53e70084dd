//! Cheap compression of pages. Files are compressed when they are built.

use std::io::Write;

use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::site::failure::Failure;
use ciba::Problem;

/// Where more effort gains no more than some bytes.
const LEVEL: u32 = 6;

/// Compresses a page with gzip, where it is asked for and not done yet: pages that are asked for often
/// are compressed once (`pages::prepared`). On-the-fly brotli costs more than the page itself. Pages
/// hold no secret that a stranger could guess byte by byte from their length: secrets are in cookies.
pub async fn compress(mut response: Response, takes_gzip: bool) -> Response {
    let headers = response.headers_mut();
    if !is_page(headers) || headers.contains_key(CONTENT_ENCODING) {
        return response;
    }
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    if !takes_gzip {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Pages are made in memory, so there is nothing to wait for.
    let Ok(page) = to_bytes(body, usize::MAX).await else {
        return Failure::new(Problem::Internal).into_response();
    };
    let mut gzip = GzEncoder::new(Vec::with_capacity(page.len() / 2), Compression::new(LEVEL));
    let compressed = gzip.write_all(&page).and_then(|()| gzip.finish());
    let body = match compressed {
        Ok(compressed) => {
            parts.headers.remove(CONTENT_LENGTH);
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            // The answer to a HEAD has no body.
            if page.is_empty() { Body::empty() } else { Body::from(compressed) }
        }
        Err(_) => Body::from(page),
    };
    Response::from_parts(parts, body)
}

/// Whether the answer may be compressed with gzip (RFC 9110, section 12.5.3).
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|weight| weight > 0.0)
    })
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

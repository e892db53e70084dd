//! The desk's own files, compiled in: its listener serves no folder.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A file.
#[derive(Debug)]
pub struct Asset {
    /// Its path.
    pub path: &'static str,
    media_type: &'static str,
    body: &'static str,
    digest: LazyLock<String>,
}

macro_rules! asset {
    ($path:literal, $media_type:literal, $body:expr) => {
        Asset {
            path: $path,
            media_type: $media_type,
            body: $body,
            digest: LazyLock::new(|| {
                let digest = Sha256::digest($body);
                URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or_default())
            }),
        }
    };
}

/// The style sheet, on the same colours and measures as the site's.
pub static STYLE: Asset = asset!(
    "/desk.css",
    "text/css; charset=utf-8",
    concat!(
        include_str!("../../../style/tokens.css"),
        include_str!("../../../style/desk.css"),
        include_str!("../../../style/phone.css")
    )
);

/// The script.
pub static SCRIPT: Asset =
    asset!("/desk.js", "text/javascript; charset=utf-8", include_str!("desk.js"));

/// The mark of the browser's tab.
pub static ICON: Asset =
    asset!("/favicon.svg", "image/svg+xml", include_str!("../../../public/favicon.svg"));

impl Asset {
    /// The address of this very version, which may be kept for ever.
    pub fn versioned(&self) -> String {
        format!("{}?{}", self.path, *self.digest)
    }

    /// The answer to whoever asks for it. The address without a version is kept for a moment only.
    pub fn answer(&self) -> Response {
        let headers = [
            (CONTENT_TYPE, self.media_type),
            (CACHE_CONTROL, "public, max-age=3600"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (headers, self.body).into_response()
    }
}

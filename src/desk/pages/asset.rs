//! The desk's own files, compiled in: its listener serves no folder.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::config::is_watched;

/// What is served under one path: some files, one after the other.
#[derive(Debug)]
pub struct Asset {
    /// Its path.
    pub path: &'static str,
    media_type: &'static str,
    /// Each file's path in the project, and its text when this was compiled.
    files: &'static [(&'static str, &'static str)],
    compiled: LazyLock<Version>,
}

#[derive(Debug, Clone)]
struct Version {
    body: String,
    digest: String,
}

impl Version {
    fn of(body: String) -> Self {
        let digest = Sha256::digest(&body);
        let digest = URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or_default());
        Self { body, digest }
    }
}

macro_rules! asset {
    ($path:literal, $media_type:literal, $($file:literal),+) => {{
        const FILES: &[(&str, &str)] =
            &[$(($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file)))),+];
        Asset {
            path: $path,
            media_type: $media_type,
            files: FILES,
            compiled: LazyLock::new(|| Version::of(FILES.iter().map(|(_, text)| *text).collect())),
        }
    }};
}

/// The style sheet, on the same colours and measures as the site's.
pub static STYLE: Asset = asset!(
    "/desk.css",
    "text/css; charset=utf-8",
    "style/tokens.css",
    "style/desk.css",
    "style/phone.css"
);

/// The script.
pub static SCRIPT: Asset =
    asset!("/desk.js", "text/javascript; charset=utf-8", "src/desk/pages/desk.js");

/// The mark of the browser's tab.
pub static ICON: Asset = asset!("/favicon.svg", "image/svg+xml", "public/favicon.svg");

impl Asset {
    /// The address of this very version, which may be kept for ever.
    pub fn versioned(&self) -> String {
        format!("{}?{}", self.path, self.current().digest)
    }

    /// The answer to whoever asks for it. The address without a version is kept for a moment only.
    pub fn answer(&self) -> Response {
        let headers = [
            (CONTENT_TYPE, self.media_type),
            (CACHE_CONTROL, "public, max-age=3600"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (headers, self.current().into_owned().body).into_response()
    }

    /// Under `cargo leptos watch` the files as they are now, so that a change is seen without a
    /// compiler.
    fn current(&self) -> Cow<'_, Version> {
        if !is_watched() {
            return Cow::Borrowed(&self.compiled);
        }
        let text = |(file, compiled): &(&str, &str)| {
            std::fs::read_to_string(file).unwrap_or_else(|_| (*compiled).to_owned())
        };
        Cow::Owned(Version::of(self.files.iter().map(text).collect()))
    }
}

//! The files that the site serves: what cargo-leptos has built, and the brand's own.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use super::Site;
use super::look::BrandFile;

/// The files with hashed names, which are good for ever.
pub fn built(site: &Site) -> Router<Site> {
    let folder = Path::new(site.leptos.site_root.as_ref()).join(site.leptos.site_pkg_dir.as_ref());
    let kept = if site.leptos.hash_files { BrandFile::CACHE_CONTROL } else { "no-cache" };
    let service = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(
            CACHE_CONTROL,
            move |answer: &axum::http::Response<_>| {
                let found = answer.status().is_success() || answer.status() == 304;
                found.then(|| HeaderValue::from_static(kept))
            },
        ))
        .service(precompressed(&folder));
    Router::new().nest_service(&format!("/{}", site.leptos.site_pkg_dir), service)
}

/// The files beside them: the icon, `robots.txt`.
pub fn public(site: &Site) -> ServeDir {
    precompressed(Path::new(site.leptos.site_root.as_ref()))
}

fn precompressed(folder: &Path) -> ServeDir {
    ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
}

/// The logo.
pub fn brand(site: &Site) -> Router<Site> {
    site.look.files().iter().fold(Router::new(), |router, file| {
        let file = Arc::new(file.clone());
        let path = file.path.clone();
        router.route(&path, get(move || std::future::ready(answer(&file))))
    })
}

fn answer(file: &BrandFile) -> axum::response::Response {
    let headers = [
        (CONTENT_TYPE, file.media_type),
        (CACHE_CONTROL, BrandFile::CACHE_CONTROL),
        (CONTENT_SECURITY_POLICY, BrandFile::CONTENT_SECURITY_POLICY),
    ];
    (headers, file.body.clone()).into_response()
}

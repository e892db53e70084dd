//! The addresses at which browsers and password managers look for facts about passkeys.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};

use super::Site;

/// The routes of what is configured; the others do not exist.
pub(super) fn routes(site: &Site) -> Router<Site> {
    let mut router = Router::new();
    // WebAuthn Level 3, 5.11: further origins that may use this site's passkeys.
    let origins = &site.config.site.related_origins;
    if !origins.is_empty() {
        let origins: Vec<_> =
            origins.iter().map(|url| url.origin().ascii_serialization()).collect();
        router = router.route("/.well-known/webauthn", constant(json!({ "origins": origins })));
    }
    // W3C "A Well-Known URL for Relying Party Passkey Endpoints".
    let ways = &site.config.sign_in;
    let mut endpoints = json!({});
    for (name, url) in [("enroll", &ways.passkey_enrol_url), ("manage", &ways.passkey_manage_url)] {
        if let Some(url) = url {
            endpoints[name] = url.as_str().into();
        }
    }
    if endpoints.as_object().is_some_and(|endpoints| !endpoints.is_empty()) {
        router = router.route("/.well-known/passkey-endpoints", constant(endpoints));
    }
    router
}

fn constant(value: Value) -> axum::routing::MethodRouter<Site> {
    let text = value.to_string();
    get(move || {
        std::future::ready(([(CONTENT_TYPE, "application/json")], text.clone()).into_response())
    })
}

//! The security headers of every answer (OWASP ASVS 5.0, 3.4).

use std::mem;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::site::look::Look;

const FIXED: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (
        HeaderName::from_static("permissions-policy"),
        "publickey-credentials-get=(self), publickey-credentials-create=(self), \
         accelerometer=(), autoplay=(), bluetooth=(), browsing-topics=(), camera=(), \
         display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), \
         gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), local-fonts=(), \
         magnetometer=(), microphone=(), midi=(), otp-credentials=(), payment=(), \
         picture-in-picture=(), screen-wake-lock=(), serial=(), storage-access=(), usb=(), \
         window-management=(), xr-spatial-tracking=()",
    ),
];

/// The security headers of a site's answers, prepared: all but the nonce is the same in each.
#[derive(Debug)]
pub struct SecurityHeaders {
    constant: HeaderMap,
    /// What stands in the policy behind the nonce.
    policy: String,
}

impl SecurityHeaders {
    /// Those of a site with this look, which browsers reach by https or not.
    pub fn of(look: &Look, is_https: bool) -> Self {
        // Content delivery networks rewrite pages with e-mail addresses in them, unless told not to.
        let constant = FIXED.into_iter().chain([(CACHE_CONTROL, "no-store, no-transform")]);
        let secure = (STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
        let constant = constant.chain(is_https.then_some(secure));
        let constant = constant.map(|(name, value)| (name, HeaderValue::from_static(value)));
        // Only where cargo-leptos watches, on a developer's machine.
        let socket = look.assets.reload_port.map_or_else(String::new, |port| {
            format!(" ws://localhost:{port} ws://127.0.0.1:{port}")
        });
        let style = &look.style.sources;
        Self {
            constant: constant.collect(),
            policy: format!(
                "' 'wasm-unsafe-eval'; style-src {style}; img-src 'self' data:; \
                 connect-src 'self'{socket}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            ),
        }
    }

    /// Sets the headers that the handler has not set itself.
    pub fn set(&self, nonce: &str, response: &mut Response) {
        let is_redirect = response.status().is_redirection();
        let own = mem::replace(response.headers_mut(), self.constant.clone());
        let headers = response.headers_mut();
        let policy =
            ["default-src 'none'; script-src 'self' 'nonce-", nonce, &self.policy].concat();
        if let Ok(policy) = HeaderValue::try_from(policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        headers.extend(own);
        // What redirects has come from elsewhere with values in its address. On our own pages
        // "no-referrer" would make Chromium send "Origin: null" with our own forms.
        let referrer = if is_redirect { "no-referrer" } else { "same-origin" };
        headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
    }
}

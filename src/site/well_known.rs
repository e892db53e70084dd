//! The addresses at which browsers, password managers and people who have found a weakness look.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, Time};

use super::Site;
use crate::config::SiteConfig;

/// For how long `security.txt` says that it holds; RFC 9116 (2.5.5) recommends less than a year. It is
/// made anew at each look, so it holds for as long as somebody runs this site as configured.
const SECURITY_TXT_DAYS: i64 = 90;

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
    if !site.config.site.security_contacts.is_empty() {
        router = router.route("/.well-known/security.txt", get(security_txt));
    }
    router
}

async fn security_txt(State(site): State<Site>) -> impl IntoResponse {
    let text = security_text(&site.config.site, site.ambient.clock.now());
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text)
}

/// RFC 9116. `Expires` is rounded to midnight, so the file is stable within a day.
fn security_text(site: &SiteConfig, now: OffsetDateTime) -> String {
    let mut lines: Vec<_> =
        site.security_contacts.iter().map(|url| format!("Contact: {url}")).collect();
    let end = (now + Duration::days(SECURITY_TXT_DAYS)).to_offset(time::UtcOffset::UTC);
    let (year, month, day) = end.replace_time(Time::MIDNIGHT).to_calendar_date();
    lines.push(format!("Expires: {year}-{:02}-{day:02}T00:00:00Z", u8::from(month)));
    if let Some(url) = &site.security_policy_url {
        lines.push(format!("Policy: {url}"));
    }
    lines.push(format!("Canonical: {}.well-known/security.txt", site.public_url));
    lines.push(String::new());
    lines.join("\n")
}

fn constant(value: Value) -> axum::routing::MethodRouter<Site> {
    let text = value.to_string();
    get(move || {
        std::future::ready(([(CONTENT_TYPE, "application/json")], text.clone()).into_response())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_txt_has_its_fields_and_ends_in_ninety_days() {
        let site = SiteConfig {
            public_url: "https://login.example.com".parse().unwrap(),
            security_contacts: ["mailto:security@example.com", "https://example.com/report"]
                .map(|url| url.parse().unwrap())
                .into(),
            security_policy_url: "https://example.com/policy".parse().ok(),
            ..SiteConfig::default()
        };
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        assert_eq!(
            security_text(&site, now),
            "Contact: mailto:security@example.com\n\
             Contact: https://example.com/report\n\
             Expires: 2024-02-12T00:00:00Z\n\
             Policy: https://example.com/policy\n\
             Canonical: https://login.example.com/.well-known/security.txt\n"
        );
    }
}

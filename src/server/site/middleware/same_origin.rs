//! Refuses forms that come from somebody else's page (OWASP ASVS 5.0, 3.5.1 to 3.5.3).
//!
//! `Sec-Fetch-Site` is judged first: no page can set or change it. `Origin` is judged where it is
//! absent, in old browsers. Where both are absent nothing says that the form is ours.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::server::site::Site;
use crate::server::site::failure::Failure;

/// Lets safe methods and our own forms pass.
pub async fn check(State(site): State<Site>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(request.headers(), &site.origin()) {
        return next.run(request).await;
    }
    tracing::warn!(event = "malicious_csrf", "a form did not come from our own page");
    Failure::new(Problem::CrossSite).into_response()
}

fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(given)) => given == origin,
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://login.example";

    fn judged(site: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        is_ours(&headers, OURS)
    }

    #[test]
    fn the_browsers_own_word_goes_before_the_origin() {
        assert!(judged(Some("same-origin"), Some(OURS)));
        assert!(judged(Some("same-origin"), Some("null")));
        for site in ["cross-site", "same-site", "none", "", "Same-Origin"] {
            assert!(!judged(Some(site), Some(OURS)), "{site}");
        }
    }

    #[test]
    fn without_it_the_origin_decides_and_without_both_nothing_passes() {
        assert!(judged(None, Some(OURS)));
        for origin in ["https://evil.example", "null", "https://login.example:444", ""] {
            assert!(!judged(None, Some(origin)), "{origin}");
        }
        assert!(!judged(None, None));
    }
}

//! What a listener asks of a request before any handler sees it: whether its `Host` is this machine
//! (in the demo), and whether a form comes from one of our own pages.

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

/// Whether a request names this machine: `localhost` or a loopback address, with any port.
///
/// # Security
///
/// The demo's outbox signs everybody in. A web page that rebinds its own name to this machine still
/// names itself here (DNS rebinding).
pub fn names_this_machine(headers: &HeaderMap, uri: &Uri) -> bool {
    let header = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| uri.authority().map(Authority::as_str));
    host.is_some_and(is_this_machine)
}

fn is_this_machine(host: &str) -> bool {
    let Ok(url) = url::Url::parse(&format!("http://{host}/")) else { return false };
    url.username().is_empty() && url.path() == "/" && url.query().is_none() && {
        match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

/// Whether a form comes from one of our own pages (OWASP ASVS 5.0, 3.5.1 to 3.5.3).
///
/// `Sec-Fetch-Site` is judged first: no page can set or change it. `Origin` is judged where it is
/// absent, in old browsers. Where both are absent nothing says that the form is ours.
pub fn is_same_origin(headers: &HeaderMap, own: &str) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(ORIGIN).is_some_and(|origin| origin == own),
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
        is_same_origin(&headers, OURS)
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

    #[test]
    fn only_names_of_this_machine_are_answered_in_the_demo() {
        for host in ["localhost", "localhost:3001", "127.0.0.1:3001", "[::1]:3001", "a.localhost"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "192.0.2.1:3001",
            "localhost@evil.example",
            "",
            "evil.example/localhost",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}

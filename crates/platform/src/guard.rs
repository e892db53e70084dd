//! What a listener asks of a request before any handler sees it: whether it names one host, whether
//! that is this machine (in the demo), and whether a form comes from one of our own pages.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, Version};
use axum::response::{IntoResponse, Response};

use crate::network::is_loopback_host;

/// Answers 400 to a request that does not name exactly one host (RFC 9112, section 3.2; RFC 9113,
/// section 8.3.1), and puts HTTP/2's `:authority` where HTTP/1.1 has `Host`, so that there is one
/// place to read it.
///
/// # Security
///
/// A proxy and this process must never read two different hosts out of one request: whatever is
/// allowed or refused by its host would be passed by.
pub fn refuse_unless_one_host(request: &mut Request) -> Option<Response> {
    let Ok(host) = host(request.headers(), request.uri(), request.version()) else {
        let text = "a request names exactly one host\n";
        return Some((StatusCode::BAD_REQUEST, text).into_response());
    };
    if let Some(host) = host {
        request.headers_mut().insert(HOST, host);
    }
    None
}

/// The request does not name exactly one host.
#[derive(Debug, PartialEq, Eq)]
struct InvalidHost;

fn host(
    headers: &HeaderMap,
    uri: &Uri,
    version: Version,
) -> Result<Option<HeaderValue>, InvalidHost> {
    let mut lines = headers.get_all(HOST).iter();
    let line = lines.next();
    if lines.next().is_some() {
        return Err(InvalidHost);
    }
    let named = line.map(|line| parse_host(line.as_bytes())).transpose()?;
    // The target of a proxy (`GET http://…`), or HTTP/2's pseudo-header.
    let Some(target) = uri.authority() else {
        // HTTP/1.0, which load balancers use for health checks, knows of no host.
        let may_lack = version < Version::HTTP_11;
        return if named.is_some() || may_lack { Ok(line.cloned()) } else { Err(InvalidHost) };
    };
    let target = parse_host(target.as_str().as_bytes())?;
    let port = |host: &Authority| {
        let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        host.port_u16().unwrap_or(default)
    };
    let is_same = |named: &Authority| {
        named.host().eq_ignore_ascii_case(target.host()) && port(named) == port(&target)
    };
    if !named.as_ref().is_none_or(is_same) {
        return Err(InvalidHost);
    }
    HeaderValue::try_from(target.as_str()).map(Some).map_err(|_| InvalidHost)
}

/// A name or an address, with or without a port, and nothing else. What else a URI may have for a host
/// is no name in the DNS (RFC 3986, section 3.2.2), and a comma joins two lines.
fn parse_host(text: &[u8]) -> Result<Authority, InvalidHost> {
    let host = Authority::try_from(text).map_err(|_| InvalidHost)?;
    let name = host.host();
    let port = host.as_str().strip_prefix(name).ok_or(InvalidHost)?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_address = name.starts_with('[') && url::Host::parse(name).is_ok();
    let is_number = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && (port.is_empty() || port.parse::<u16>().is_ok())
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_number);
    let is_valid = (is_name || is_address) && is_port && !name.is_empty();
    is_valid.then_some(host).ok_or(InvalidHost)
}

/// Whether a request names this machine: `localhost` or a loopback address, with any port.
///
/// # Security
///
/// The demo's outbox signs everybody in. A web page that rebinds its own name to this machine still
/// names itself here (DNS rebinding).
pub fn names_this_machine(headers: &HeaderMap) -> bool {
    headers.get(HOST).is_some_and(|host| is_this_machine(host.as_bytes()))
}

fn is_this_machine(host: &[u8]) -> bool {
    parse_host(host).is_ok_and(|host| is_loopback_host(host.host()))
}

/// Whether a form comes from one of our own pages (OWASP ASVS 5.0, 3.5.1 to 3.5.3).
///
/// `Sec-Fetch-Site` is judged first: no page can set or change it. `Origin` is judged where it is
/// absent, in old browsers. Where both are absent nothing says that the form is ours.
pub fn is_same_origin(headers: &HeaderMap, own: &str) -> bool {
    let all_are = |name: &str, own: &str| headers.get_all(name).iter().all(|value| value == own);
    // Of two that differ nobody knows which one a server in front has looked at.
    if headers.contains_key("sec-fetch-site") {
        return all_are("sec-fetch-site", "same-origin");
    }
    headers.contains_key(ORIGIN) && all_are(ORIGIN.as_str(), own)
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
    fn two_words_that_differ_are_no_word_of_ours() {
        for lines in [["same-origin", "cross-site"], ["cross-site", "same-origin"]] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("sec-fetch-site", line.parse().unwrap());
            }
            assert!(!is_same_origin(&headers, OURS), "{lines:?}");
        }
        let mut headers = HeaderMap::new();
        headers.append(ORIGIN, OURS.parse().unwrap());
        assert!(is_same_origin(&headers, OURS));
        headers.append(ORIGIN, "https://evil.example".parse().unwrap());
        assert!(!is_same_origin(&headers, OURS));
    }

    #[test]
    fn without_it_the_origin_decides_and_without_both_nothing_passes() {
        assert!(judged(None, Some(OURS)));
        for origin in ["https://evil.example", "null", "https://login.example:444", ""] {
            assert!(!judged(None, Some(origin)), "{origin}");
        }
        assert!(!judged(None, None));
    }

    fn named(
        lines: &[&str],
        target: &str,
        version: Version,
    ) -> Result<Option<String>, InvalidHost> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HOST, line.parse().unwrap());
        }
        let host = host(&headers, &target.parse().unwrap(), version)?;
        Ok(host.map(|host| host.to_str().unwrap().to_owned()))
    }

    #[test]
    fn a_request_names_one_host() {
        let http1 = |lines: &[&str], target| named(lines, target, Version::HTTP_11);
        for host in ["localhost", "localhost:3000", "[::1]:3000", "192.0.2.1", "a_b.example:"] {
            assert_eq!(http1(&[host], "/login"), Ok(Some(host.into())));
        }
        for lines in [
            &["localhost", "localhost"][..],
            &["localhost", "evil.example"],
            &[],
            &[""],
            &[":80"],
            &["a b"],
            &["a,b"],
            &["a*b"],
            &["a/b"],
            &["a@localhost"],
            &["@localhost"],
            &["localhost:x"],
            &["localhost:+1"],
            &["localhost:65536"],
            &["localhost:80:80"],
            &["[::1]x"],
            &["[::1"],
        ] {
            assert_eq!(http1(lines, "/login"), Err(InvalidHost), "{lines:?}");
        }
    }

    #[test]
    fn a_target_with_a_host_names_the_same_one() {
        let target = "http://localhost:3001/demo/outbox";
        let http1 = |host: &str, target| named(&[host], target, Version::HTTP_11);
        assert_eq!(http1("LOCALHOST:3001", target), Ok(Some("localhost:3001".into())));
        assert_eq!(http1("localhost:80", "http://localhost/"), Ok(Some("localhost".into())));
        assert_eq!(http1("localhost", "https://localhost:443/"), Ok(Some("localhost:443".into())));
        for (host, target) in [
            ("localhost:3001", "http://evil.example/demo/outbox"),
            ("evil.example", target),
            ("localhost:3002", target),
            ("localhost", "https://localhost:80/"),
            ("localhost:3001", "http://x@localhost:3001/"),
        ] {
            assert_eq!(http1(host, target), Err(InvalidHost), "{host} {target}");
        }
    }

    #[test]
    fn older_and_newer_versions_name_it_elsewhere_or_not_at_all() {
        let target = "http://localhost:3000/login";
        let http2 = |lines: &[&str], target| named(lines, target, Version::HTTP_2);
        assert_eq!(http2(&[], target), Ok(Some("localhost:3000".into())));
        assert_eq!(http2(&["localhost:3000"], target), Ok(Some("localhost:3000".into())));
        assert_eq!(http2(&["localhost:3000"], "/login"), Ok(Some("localhost:3000".into())));
        assert_eq!(http2(&["evil.example"], target), Err(InvalidHost));
        assert_eq!(http2(&[], "/login"), Err(InvalidHost));
        assert_eq!(named(&[], "/healthz", Version::HTTP_10), Ok(None));
        assert_eq!(named(&["a b"], "/healthz", Version::HTTP_10), Err(InvalidHost));
    }

    #[test]
    fn only_names_of_this_machine_are_answered_in_the_demo() {
        for host in ["localhost", "localhost:3001", "127.0.0.1:3001", "[::1]:3001", "a.localhost"] {
            assert!(is_this_machine(host.as_bytes()), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "192.0.2.1:3001",
            "localhost@evil.example",
            "",
            "evil.example/localhost",
        ] {
            assert!(!is_this_machine(host.as_bytes()), "{host}");
        }
    }
}

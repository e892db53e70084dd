//! Who may use the desk, and from where.
//!
//! # Security
//!
//! Outside the demo the reverse proxy signs agents in and names them in one header. The header is
//! believed from the configured proxies only, and must be there exactly once; a request past the
//! proxy is refused whatever it claims. In the demo everybody on this machine is the agent, so a
//! foreign page must not reach it under a name of its own (DNS rebinding): other hosts are refused.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{
    CACHE_CONTROL, HOST, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::config::Config;
use platform::guard;
use platform::network::Network;

/// The longest name of an agent, in bytes.
const LONGEST_NAME: usize = 128;

/// The agent who is at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent(pub Arc<str>);

/// Why a request is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessRefusal {
    /// It names a host that is not ours.
    ForeignHost,
    /// It did not come through the proxy.
    UntrustedPeer,
    /// The proxy does not say who the agent is.
    Nobody,
    /// A form of another page.
    CrossSite,
}

impl IntoResponse for AccessRefusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::ForeignHost => {
                (StatusCode::MISDIRECTED_REQUEST, "this host is not served here\n")
            }
            Self::UntrustedPeer => {
                (StatusCode::FORBIDDEN, "the desk is reached through its proxy only\n")
            }
            Self::Nobody => (StatusCode::FORBIDDEN, "the proxy does not say who you are\n"),
            Self::CrossSite => {
                (StatusCode::FORBIDDEN, "this form was not sent from the desk's own page\n")
            }
        };
        (status, text).into_response()
    }
}

/// Lets agents in.
#[derive(Debug)]
pub struct Gate {
    origin: String,
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    /// Everybody on this machine, under one of these hosts.
    Demo { port: Option<u16>, host: String },
    /// Whom the proxies name in this header.
    Proxy { header: Option<HeaderName>, peers: Vec<Network> },
}

impl Gate {
    /// The gate of a configuration.
    pub fn new(config: &Config, in_demo: bool) -> Self {
        let url: &Url = &config.desk.public_url;
        let rule = if in_demo {
            let host = url.host_str().unwrap_or_default().to_owned();
            Rule::Demo { port: url.port_or_known_default(), host }
        } else {
            // The configuration was checked: a header that is no header's name lets nobody in.
            let header = config.desk.identity_header.as_deref();
            let header = header.and_then(|name| HeaderName::try_from(name).ok());
            Rule::Proxy { header, peers: config.desk.trusted_proxies.clone() }
        };
        Self { origin: url.origin().ascii_serialization(), rule }
    }

    /// Lets a request in, and says who it comes from.
    pub fn admit(
        &self,
        peer: IpAddr,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Agent, AccessRefusal> {
        let agent = match &self.rule {
            Rule::Demo { port, host } => {
                let named = headers.get(HOST).and_then(|value| value.to_str().ok());
                if !named.is_some_and(|named| is_own_host(named, host, *port)) {
                    return Err(AccessRefusal::ForeignHost);
                }
                Agent("demo agent".into())
            }
            Rule::Proxy { header, peers } => {
                if !peers.iter().any(|network| network.contains(peer)) {
                    return Err(AccessRefusal::UntrustedPeer);
                }
                let header = header.as_ref().ok_or(AccessRefusal::Nobody)?;
                name(headers, header).ok_or(AccessRefusal::Nobody)?
            }
        };
        if !method.is_safe() && !guard::is_same_origin(headers, &self.origin) {
            return Err(AccessRefusal::CrossSite);
        }
        Ok(agent)
    }
}

/// The one agent that the header names.
fn name(headers: &HeaderMap, header: &HeaderName) -> Option<Agent> {
    let mut values = headers.get_all(header).iter();
    let (only, None) = (values.next()?, values.next()) else { return None };
    let text = std::str::from_utf8(only.as_bytes()).ok()?.trim();
    let fits =
        !text.is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(char::is_control);
    fits.then(|| Agent(text.into()))
}

fn is_own_host(named: &str, host: &str, port: Option<u16>) -> bool {
    let Ok(url) = Url::parse(&format!("http://{named}/")) else { return false };
    let name = url.host_str().unwrap_or_default();
    let bare = url.username().is_empty() && url.password().is_none();
    bare && url.port_or_known_default() == port
        && (name == host || ["localhost", "127.0.0.1", "[::1]"].contains(&name))
}

/// Admits a request and puts the [`Agent`] into it; every answer says that nobody may keep it.
pub(super) async fn guard(
    State(gate): State<Arc<Gate>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let admitted = gate.admit(peer.ip(), request.method(), request.headers());
    let mut response = match admitted {
        Ok(agent) => {
            request.extensions_mut().insert(agent);
            next.run(request).await
        }
        Err(refusal) => {
            tracing::warn!(reason = ?refusal, "a request to the desk was refused");
            refusal.into_response()
        }
    };
    let headers = response.headers_mut();
    // Content delivery networks rewrite pages with e-mail addresses in them, unless told not to.
    let kept_nowhere = HeaderValue::from_static("no-store, no-transform");
    headers.entry(CACHE_CONTROL).or_insert(kept_nowhere);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    fn production() -> Gate {
        let mut config = Config::default();
        config.desk.identity_header = Some("X-Forwarded-User".into());
        config.desk.trusted_proxies = vec![PROXY.into()];
        config.desk.public_url = "https://desk.example".parse().unwrap();
        Gate::new(&config, false)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn an_agent_is_who_the_proxy_says() {
        let gate = production();
        let named = headers(&[("x-forwarded-user", " mia@desk.example ")]);
        let admit = |peer, headers: &HeaderMap| gate.admit(peer, &Method::GET, headers);
        assert_eq!(admit(PROXY, &named), Ok(Agent("mia@desk.example".into())));
        assert_eq!(admit(STRANGER, &named), Err(AccessRefusal::UntrustedPeer));
        // An IPv4 address may arrive, or be configured, as an IPv6 one.
        let mapped = IpAddr::V6(std::net::Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped());
        assert!(admit(mapped, &named).is_ok());
        let mut config = Config::default();
        config.desk.identity_header = Some("X-Forwarded-User".into());
        config.desk.trusted_proxies = vec![mapped.into()];
        assert!(Gate::new(&config, false).admit(PROXY, &Method::GET, &named).is_ok());
        // The name of another header is another header, however similar a proxy may find it.
        let similar = headers(&[("x_forwarded_user", "mia"), ("x-forwarded-user-", "mia")]);
        assert_eq!(admit(PROXY, &similar), Err(AccessRefusal::Nobody));
        for nobody in [
            headers(&[]),
            headers(&[("x-forwarded-user", " ")]),
            headers(&[("x-forwarded-user", "mia"), ("x-forwarded-user", "tom")]),
            headers(&[("x-forwarded-user", &"x".repeat(129))]),
        ] {
            assert_eq!(admit(PROXY, &nobody), Err(AccessRefusal::Nobody), "{nobody:?}");
        }
    }

    #[test]
    fn forms_count_from_our_own_pages_only() {
        let gate = production();
        let admit = |extra: &[(&'static str, &str)]| {
            let mut all = headers(&[("x-forwarded-user", "mia")]);
            all.extend(headers(extra));
            gate.admit(PROXY, &Method::POST, &all).is_ok()
        };
        assert!(admit(&[("sec-fetch-site", "same-origin")]));
        assert!(admit(&[("origin", "https://desk.example")]));
        assert!(!admit(&[]));
        for foreign in ["same-site", "cross-site", "none"] {
            let claimed = [("sec-fetch-site", foreign), ("origin", "https://desk.example")];
            assert!(!admit(&claimed), "{foreign}");
        }
        for foreign in ["null", "https://desk.example.evil", "http://desk.example"] {
            assert!(!admit(&[("origin", foreign)]), "{foreign}");
        }
    }

    #[test]
    fn the_demo_answers_to_its_own_hosts_only() {
        let gate = Gate::new(&Config::default(), true);
        let admit = |host: &str| gate.admit(STRANGER, &Method::GET, &headers(&[("host", host)]));
        for own in ["localhost:3003", "127.0.0.1:3003", "[::1]:3003"] {
            assert!(admit(own).is_ok(), "{own}");
        }
        for foreign in ["evil.example:3003", "localhost:3000", "localhost", "x@localhost:3003", ""]
        {
            assert_eq!(admit(foreign), Err(AccessRefusal::ForeignHost), "{foreign}");
        }
    }
}

//! Addresses of other machines, one by one or as networks (CIDR, RFC 4632).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};
use url::Url;

/// An address, or a network of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

/// The text is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an address (10.0.0.7) nor a network (10.0.0.0/8)")]
pub struct InvalidNetwork;

impl Network {
    /// Whether an address is in it. An IPv4 address that is written as an IPv6 one is the same
    /// address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether every address of its family is in it.
    pub fn is_everywhere(&self) -> bool {
        self.0.prefix_len() == 0
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical().into())
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(address.into());
        }
        let network: IpNet = text.parse().map_err(|_| InvalidNetwork)?;
        // Peers are compared in their canonical form, so a mapped network is one of IPv4.
        let mapped = match (network.addr().to_canonical(), network.prefix_len().checked_sub(96)) {
            (IpAddr::V4(address), Some(prefix)) if network.addr().is_ipv6() => {
                Ipv4Net::new(address, prefix).ok().map(IpNet::V4)
            }
            _ => None,
        };
        Ok(Self(mapped.unwrap_or(network)))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            self.0.addr().fmt(f)
        } else {
            self.0.fmt(f)
        }
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

/// Whether an address names this machine: `localhost`, a name below it (RFC 6761), or a loopback
/// address.
pub fn is_loopback(url: &Url) -> bool {
    is_loopback_host(url.host_str().unwrap_or_default())
}

/// The same of a host without its port.
pub fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    // In a scheme such as `smtp` the host is a text, also where an address is written.
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Endings of names that nobody can have on the Internet (RFC 6762, RFC 8375; `internal`, which is reserved
/// for private use; `svc`, which is Kubernetes').
const PRIVATE_NAMES: [&str; 4] = [".internal", ".local", ".home.arpa", ".svc"];

/// Whether an address names a machine that is not on the Internet, as far as the address tells: this one,
/// one by a private address (RFC 1918, RFC 4193), or one by a name of a private network.
pub fn is_private(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    match host.trim_matches(['[', ']']).parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.is_private() || address.is_loopback(),
        Ok(IpAddr::V6(address)) => address.is_unique_local() || address.is_loopback(),
        Err(_) => {
            is_loopback(url)
                || !host.is_empty() && !host.contains('.')
                || PRIVATE_NAMES.iter().any(|ending| host.ends_with(ending))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_on_the_internet_is_told_from_what_is() {
        let is_private = |url: &str| is_private(&url.parse().unwrap());
        for private in [
            "http://localhost:1",
            "http://127.0.0.1",
            "http://10.1.2.3",
            "http://172.16.0.1",
            "http://192.168.0.1",
            "http://[fd00::1]",
            "http://[::1]",
            "http://keycloak:8080",
            "http://keycloak.internal",
            "http://KEYCLOAK.Internal.",
            "http://keycloak.local",
            "http://keycloak.auth.svc",
            "http://keycloak.auth.svc.cluster.local",
        ] {
            assert!(is_private(private), "{private}");
        }
        for public in [
            "http://id.example.com",
            "http://internal.example.com",
            "http://internal.example",
            "http://8.8.8.8",
            "http://172.32.0.1",
            "http://169.254.169.254",
            "http://100.64.0.1",
            "http://0.0.0.0",
            "http://134744072",
            "http://[2001:db8::1]",
            "http://[fe80::1]",
            "http://[::ffff:8.8.8.8]",
            "data:keycloak",
        ] {
            assert!(!is_private(public), "{public}");
        }
    }

    #[test]
    fn what_is_on_this_machine_is_told_from_what_is_not() {
        let is_here = |url: &str| is_loopback(&url.parse().unwrap());
        for here in [
            "http://localhost:1",
            "http://a.localhost",
            "http://localhost.",
            "http://127.9.9.9",
            "http://[::1]",
            "http://[::ffff:127.0.0.1]",
            "smtp://LOCALHOST:25",
            "smtp://127.0.0.1:25",
            "smtp://[::1]:25",
        ] {
            assert!(is_here(here), "{here}");
        }
        for there in [
            "http://localhost.example",
            "https://10.0.0.1",
            "https://api.example",
            "smtp://127.0.0.1.example",
            "data:localhost",
        ] {
            assert!(!is_here(there), "{there}");
        }
    }

    #[test]
    fn an_address_is_in_its_network_in_either_form() {
        for (network, inside, outside) in [
            ("10.0.0.7", "10.0.0.7", "10.0.0.8"),
            ("10.0.0.0/8", "10.200.3.4", "11.0.0.1"),
            ("10.1.2.3/8", "10.200.3.4", "11.0.0.1"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.1"),
            ("::ffff:10.0.0.7", "10.0.0.7", "10.0.0.8"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(parsed.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!parsed.contains(outside.parse().unwrap()), "{network} {outside}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0", "proxy.example", "10.0.0.0/-1", "10.0.0.0/8/8"] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }

    #[test]
    fn is_written_as_it_is_read() {
        for text in ["10.0.0.7", "10.0.0.0/8", "2001:db8::/32", "::1"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().is_everywhere());
    }
}

//! The network that somebody comes from, for limits that no single one may use up for all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

use super::network::Network;

/// The header in which a proxy says who called it.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A network that one customer or household has: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// The network of whoever is connected. A private address is not a customer's but, most likely, a
    /// proxy's: nobody knows then.
    pub fn of_peer(peer: IpAddr) -> Option<Self> {
        match untranslated(peer) {
            IpAddr::V4(address) => {
                let is_ours = address.is_loopback()
                    || address.is_private()
                    || address.is_link_local()
                    || is_shared(address);
                (!is_ours).then_some(Self(address.into()))
            }
            IpAddr::V6(address) => {
                let is_ours = address.is_loopback()
                    || address.is_unique_local()
                    || address.is_unicast_link_local();
                let network = u128::from(address) & !u128::from(u64::MAX);
                (!is_ours).then_some(Self(Ipv6Addr::from(network).into()))
            }
        }
    }

    /// The network of whoever asks. Trusted proxies are believed, from the last on: whatever stands
    /// in front of what they have written is the browser's own word.
    pub fn of_client(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> Option<Self> {
        if !is_one_of(proxies, peer) {
            return Self::of_peer(peer);
        }
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        for line in lines {
            for entry in line.to_str().ok()?.rsplit(',') {
                let address = address(entry.trim())?;
                if !is_one_of(proxies, address) {
                    return Self::of_peer(address);
                }
            }
        }
        None
    }

    /// The range that most likely belongs to the same network provider: the /16 of an IPv4 address, the
    /// /32 of an IPv6 one, which is what a provider is allocated. Whoever has one has a great many
    /// networks.
    pub fn provider_range(&self) -> Vec<u8> {
        match self.0 {
            IpAddr::V4(address) => address.octets()[..2].to_vec(),
            IpAddr::V6(address) => address.octets()[..4].to_vec(),
        }
    }

    /// The same bytes for the same network.
    pub fn octets(&self) -> Vec<u8> {
        match self.0 {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }
}

/// Whether this is the address of one of these proxies.
pub fn is_one_of(proxies: &[Network], address: IpAddr) -> bool {
    proxies.iter().any(|proxy| proxy.contains(untranslated(address)))
}

/// The IPv4 address of whoever comes by a translator to a server that has IPv6 alone (NAT64 and its
/// stateless kin): `64:ff9b::/96` (RFC 6052, section 2.1) is one /64 for all of IPv4.
fn untranslated(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(translated) if translated.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0] => {
            let [.., a, b, c, d] = translated.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        other => other,
    }
}

/// `100.64.0.0/10`: what carriers, clusters and overlay networks use among themselves (RFC 6598).
fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && second & 0xc0 == 64
}

/// The address of an entry. Nothing says how proxies write one: some add the port of the connection
/// (RFC 7239, section 7.4, has it for a successor of this header alone), and some put an IPv6 address in
/// brackets. Without brackets nobody can tell a port behind an IPv6 address from its last part.
fn address(entry: &str) -> Option<IpAddr> {
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let with_port = || entry.parse::<SocketAddr>().ok();
    entry
        .parse()
        .ok()
        .or_else(|| with_port().map(|address| address.ip()))
        .or_else(|| bracketed().map(IpAddr::V6))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(peer: &str, forwarded: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        let proxies: Vec<Network> =
            ["127.0.0.1", "10.0.0.0/8"].iter().map(|proxy| proxy.parse().unwrap()).collect();
        let network = ClientNetwork::of_client(peer.parse().unwrap(), &headers, &proxies);
        network.map(|network| network.0.to_string())
    }

    #[test]
    fn a_proxy_is_believed_and_nobody_else() {
        for (peer, forwarded, network) in [
            ("203.0.113.7", &[][..], Some("203.0.113.7")),
            ("203.0.113.7", &["198.51.100.1"], Some("203.0.113.7")),
            ("::ffff:203.0.113.7", &[], Some("203.0.113.7")),
            ("127.0.0.1", &["203.0.113.7"], Some("203.0.113.7")),
            // What the browser has sent stands first.
            ("127.0.0.1", &["198.51.100.1, 203.0.113.7"], Some("203.0.113.7")),
            ("127.0.0.1", &["198.51.100.1", "203.0.113.7"], Some("203.0.113.7")),
            ("127.0.0.1", &["198.51.100.1, 203.0.113.7, 10.1.2.3"], Some("203.0.113.7")),
            ("127.0.0.1", &["2001:db8:1:2:3:4:5:6"], Some("2001:db8:1:2::")),
            // With the port of the connection, or in brackets.
            ("127.0.0.1", &["203.0.113.7:50123"], Some("203.0.113.7")),
            ("127.0.0.1", &["[2001:db8:1:2:3:4:5:6]:50123"], Some("2001:db8:1:2::")),
            ("127.0.0.1", &["[2001:db8:1:2:3:4:5:6]"], Some("2001:db8:1:2::")),
            ("127.0.0.1", &["[::ffff:203.0.113.7]:50123"], Some("203.0.113.7")),
            ("127.0.0.1", &["198.51.100.1, 203.0.113.7:50123, 10.1.2.3:80"], Some("203.0.113.7")),
            ("127.0.0.1", &["203.0.113.7:", "[203.0.113.7]"], None),
            ("127.0.0.1", &["198.51.100.1, 203.0.113.7:x"], None),
            ("127.0.0.1", &[], None),
            ("127.0.0.1", &["unknown"], None),
            ("127.0.0.1", &["203.0.113.7, unknown"], None),
            ("192.168.0.1", &["203.0.113.7"], None),
            // What carriers and clusters use among themselves (RFC 6598) is no customer's.
            ("100.64.0.9", &["203.0.113.7"], None),
            ("127.0.0.1", &["100.127.255.254"], None),
            ("100.128.0.1", &[], Some("100.128.0.1")),
            // IPv4 behind a translator (RFC 6052): each is one of its own.
            ("64:ff9b::203.0.113.7", &[], Some("203.0.113.7")),
            ("127.0.0.1", &["64:ff9b::203.0.113.8"], Some("203.0.113.8")),
            ("127.0.0.1", &["203.0.113.7, 64:ff9b::10.1.2.3"], Some("203.0.113.7")),
            ("64:ff9b:0:1::203.0.113.7", &[], Some("64:ff9b:0:1::")),
        ] {
            assert_eq!(of(peer, forwarded).as_deref(), network, "{peer} {forwarded:?}");
        }
    }
}

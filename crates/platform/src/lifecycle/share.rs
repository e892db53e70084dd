//! What one network may have of a listener's connections, so that nobody alone takes them all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::client_network::{self, ClientNetwork};
use crate::network::Network;

type Counts = Arc<Mutex<HashMap<ClientNetwork, usize>>>;

/// The connections that each network has.
#[derive(Debug, Default)]
pub(super) struct Shares {
    counts: Counts,
    proxies: Vec<Network>,
}

/// One connection of its network, until it is dropped; of no network's where nobody knows it.
#[derive(Debug, Default)]
pub(super) struct Share(Option<(Counts, ClientNetwork)>);

impl Shares {
    /// These proxies have as many as they like: they bring everybody.
    pub(super) fn new(proxies: &[Network]) -> Self {
        Self { proxies: proxies.to_vec(), ..Self::default() }
    }

    /// One connection more for the network of `peer`, unless it has `most` already.
    pub(super) fn take(&self, peer: IpAddr, most: usize) -> Option<Share> {
        if client_network::is_one_of(&self.proxies, peer) {
            return Some(Share::default());
        }
        let Some(network) = ClientNetwork::of_peer(peer) else { return Some(Share::default()) };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Share(Some((Arc::clone(&self.counts), network))))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some((counts, network)) = self.0.take() else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_alone_takes_all_connections_and_a_proxy_brings_everybody() {
        let shares = Shares::new(&["198.51.100.0/24".parse().unwrap()]);
        let take = |peer: &str| shares.take(peer.parse().unwrap(), 2);
        let first = [take("203.0.113.7"), take("203.0.113.7")];
        assert!(first.iter().all(Option::is_some));
        assert!(take("203.0.113.7").is_none());
        assert!(take("::ffff:203.0.113.7").is_none(), "it is the same address");
        assert!(take("203.0.113.8").is_some());
        drop(first);
        assert!(take("203.0.113.7").is_some());
        assert_eq!(shares.counts.lock().unwrap().len(), 0, "nothing is kept of who has gone");
        for peer in ["198.51.100.9", "127.0.0.1", "10.0.0.9"] {
            let many: Vec<_> = (0..5).map(|_| take(peer)).collect();
            assert!(many.iter().all(Option::is_some), "{peer}");
        }
    }
}

//! Where the provider may call identity providers (OWASP ASVS 13.2.4).
//!
//! The rule: https, and a host by name. An issuer is configured; the endpoints that its discovery
//! document names may be on other hosts (Google's are), because whoever controls that document
//! controls the identities anyway. They may never be an address of a network or of this machine, so
//! that a document cannot turn the provider against what is behind the firewall. In the demo, plain
//! http and addresses are allowed on loopback, and only there.

use url::{Host, Url};

use platform::network::is_loopback;

/// Which addresses may be called.
#[derive(Debug, Clone, Copy)]
pub(super) struct AddressRule {
    /// Whether this machine may be called: in the demo only.
    pub(super) in_demo: bool,
}

impl AddressRule {
    /// Whether `url` may be called, or a browser sent there.
    pub(super) fn allows(self, url: &Url) -> bool {
        let is_plain = url.username().is_empty() && url.password().is_none();
        let is_web = matches!(url.scheme(), "http" | "https");
        if !is_plain || !is_web || url.fragment().is_some() {
            return false;
        }
        if is_loopback(url) {
            return self.in_demo;
        }
        url.scheme() == "https" && matches!(url.host(), Some(Host::Domain(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(in_demo: bool, url: &str) -> bool {
        AddressRule { in_demo }.allows(&url.parse().unwrap())
    }

    #[test]
    fn only_named_hosts_by_https_are_called() {
        for in_demo in [false, true] {
            assert!(allows(in_demo, "https://accounts.example.com/o/oauth2"));
            for url in [
                "http://accounts.example.com/",
                "https://10.0.0.1/",
                "https://169.254.169.254/latest",
                "http://[fd00::1]/",
                "https://user@accounts.example.com/",
                "file:///etc/passwd",
                "https://accounts.example.com/#fragment",
            ] {
                assert!(!allows(in_demo, url), "{url}");
            }
        }
    }

    #[test]
    fn this_machine_is_called_in_the_demo_only() {
        for url in [
            "http://localhost:3001/demo",
            "http://127.0.0.1:9/",
            "https://[::1]/",
            "http://localhost./",
            "http://idp.localhost/",
        ] {
            assert!(allows(true, url), "{url}");
            assert!(!allows(false, url), "{url}");
        }
    }
}

//! Where the parts listen, and under which addresses others reach them.

use std::net::SocketAddr;

use platform::network::is_loopback;
use url::Url;

use crate::config::Config;
use crate::config::refusal::{Refusal, refused, shown};

pub(super) fn check_public_url(key: &'static str, url: &Url) -> Result<(), Refusal> {
    if !url.username().is_empty() || url.password().is_some() {
        // Nothing of it is quoted: it may hold a password.
        return Err(refused(
            key,
            "it has a user name or a password".into(),
            "Write scheme, host and port only",
        ));
    }
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(url)) {
        return Err(refused(
            key,
            format!("{} is neither https nor on this machine", shown(url)),
            "Use an https address; plain http is for localhost",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return Err(refused(
            key,
            format!("{} has a path, a query or a fragment", shown(url)),
            "Write scheme, host and port only",
        ));
    }
    Ok(())
}

/// Two listeners cannot have one address. Those that nobody has asked for go on without theirs.
pub(super) fn check_listeners(config: &Config) -> Result<(), Refusal> {
    let mut taken: Vec<(&str, SocketAddr)> = Vec::new();
    for (key, address, is_asked_for) in [
        ("site.address", config.site.address, true),
        ("provider.address", config.provider.address, config.has_embedded_provider()),
        ("desk.address", config.desk.address, config.desk.enabled),
        ("management.address", config.management.address, config.management.enabled),
    ] {
        let is_same = |other: &SocketAddr| {
            let (one, two) = (address.ip(), other.ip());
            let is_family = one.is_ipv4() == two.is_ipv4();
            address.port() != 0
                && address.port() == other.port()
                && is_family
                && (one == two || one.is_unspecified() || two.is_unspecified())
        };
        if !is_asked_for {
            continue;
        }
        if let Some((other, _)) = taken.iter().find(|(_, other)| is_same(other)) {
            return Err(refused(
                key,
                format!("{address} is taken by {other}"),
                "Give each listener a port of its own",
            ));
        }
        taken.push((key, address));
    }
    Ok(())
}

/// RFC 9116 2.5.3 and 2.5.7: web addresses there begin with `https`.
pub(super) fn check_security_contacts(config: &Config) -> Result<(), Refusal> {
    let site = &config.site;
    let contact = |url: &&Url| !matches!(url.scheme(), "https" | "mailto" | "tel");
    if let Some(url) = site.security_contacts.iter().find(contact) {
        return Err(refused(
            "site.security_contacts",
            format!("{} cannot be written to", shown(url)),
            "Write mailto:security@…, https://… or tel:+…",
        ));
    }
    if let Some(url) = site.security_policy_url.iter().find(|url| url.scheme() != "https") {
        return Err(refused(
            "site.security_policy_url",
            format!("{} is no https address", shown(url)),
            "Write https://…",
        ));
    }
    if site.security_policy_url.is_some() && site.security_contacts.is_empty() {
        return Err(refused(
            "site.security_policy_url",
            "nobody is named to whom a weakness can be reported".into(),
            "Name somebody in site.security_contacts",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::check::tests::{production, refusal};

    #[test]
    fn two_listeners_on_one_port_are_refused_before_they_meet() {
        for (site, provider, key) in [
            ("127.0.0.1:3000", "127.0.0.1:3000", Some("provider.address")),
            ("0.0.0.0:3000", "127.0.0.1:3000", Some("provider.address")),
            ("127.0.0.1:3000", "127.0.0.2:3000", None),
            ("127.0.0.1:0", "127.0.0.1:0", None),
            ("127.0.0.1:3000", "127.0.0.1:3001", None),
        ] {
            let mut config = production();
            config.site.address = site.parse().unwrap();
            config.provider.address = provider.parse().unwrap();
            assert_eq!(refusal(&config, &["brand.company"]), key, "{site} {provider}");
        }
    }

    #[test]
    fn whoever_finds_a_weakness_is_told_an_address_that_can_be_written_to() {
        let contacts = Some("site.security_contacts");
        let policy = Some("site.security_policy_url");
        for (contact, page, key) in [
            (None, None, None),
            (Some("mailto:security@example.com"), None, None),
            (Some("https://example.com/report"), Some("https://example.com/policy"), None),
            (Some("tel:+1-555-0100"), None, None),
            (Some("http://example.com/report"), None, contacts),
            (Some("javascript:alert(1)"), None, contacts),
            (Some("mailto:security@example.com"), Some("http://example.com"), policy),
            (None, Some("https://example.com/policy"), policy),
        ] {
            let url = |text: &str| Url::parse(text).unwrap();
            let mut config = Config::default();
            config.site.security_contacts = contact.map(url).into_iter().collect();
            config.site.security_policy_url = page.map(url);
            let refusal = check_security_contacts(&config).err();
            assert_eq!(refusal.map(|refusal| refusal.key), key, "{contact:?} {page:?}");
        }
    }
}

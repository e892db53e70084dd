//! What a well-formed configuration must hold besides.

use url::Url;

use super::load::{Purpose, Refusal, refused};
use super::{ClientAuth, Config, DeskConfig, Logo, upstreams};
use crate::server::seal::SealingKey;
use crate::server::texts::Texts;

/// Checks what the types cannot.
pub(super) fn check(config: &Config, purpose: Purpose) -> Result<(), Refusal> {
    check_public_url("site.public_url", &config.site.public_url)?;
    check_public_url("provider.public_url", &config.provider.public_url)?;
    check_storage(config)?;
    if let Some(url) = &config.provider.url {
        check_public_url("provider.url", url)?;
    }
    if config.brand.company.trim().is_empty() {
        return Err(refused(
            "brand.company",
            "the name is empty".into(),
            "Write the name that customers know",
        ));
    }
    check_brand(config)?;
    check_security_contacts(config)?;
    if !(1..=10).contains(&config.sign_in.mail_minutes) {
        return Err(refused(
            "sign_in.mail_minutes",
            format!("{} minutes are not between 1 and 10", config.sign_in.mail_minutes),
            "A mail's link is good for at most 10 minutes (OWASP ASVS 6.5.5)",
        ));
    }
    for (key, secret) in [
        ("session.sealing_key", &config.session.sealing_key),
        ("session.previous_sealing_key", &config.session.previous_sealing_key),
    ] {
        if let Some(secret) = secret {
            SealingKey::parse(secret.expose()).map_err(|_| {
                refused(
                    key,
                    "it is not a key of 32 random bytes in base64".into(),
                    "Make one with: openssl rand -base64 32",
                )
            })?;
        }
    }
    upstreams::check(config)?;
    match purpose {
        Purpose::Operate => Ok(()),
        Purpose::Serve if config.demo.enabled => check_demo(config),
        Purpose::Serve => check_production(config),
    }
}

fn check_public_url(key: &'static str, url: &Url) -> Result<(), Refusal> {
    let host = url.host_str().unwrap_or_default();
    let loopback = host == "localhost"
        || host.ends_with(".localhost")
        || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err(refused(
            key,
            format!("{url} is neither https nor on this machine"),
            "Use an https address; plain http is for localhost",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return Err(refused(
            key,
            format!("{url} has a path, a query or a fragment"),
            "Write scheme, host and port only",
        ));
    }
    Ok(())
}

fn check_brand(config: &Config) -> Result<(), Refusal> {
    for (key, url) in [
        ("brand.help_url", &config.brand.help_url),
        ("brand.privacy_url", &config.brand.privacy_url),
    ] {
        if let Some(url) = url.as_ref().filter(|url| !matches!(url.scheme(), "https" | "http")) {
            return Err(refused(key, format!("{url} is no web address"), "Write https://…"));
        }
    }
    if config.brand.logo_dark.is_some() && config.brand.logo.is_none() {
        return Err(refused(
            "brand.logo_dark",
            "there is no logo for the light theme".to_owned(),
            "Set brand.logo, too",
        ));
    }
    for (key, logo) in
        [("brand.logo", &config.brand.logo), ("brand.logo_dark", &config.brand.logo_dark)]
    {
        let Some(logo) = logo else { continue };
        Logo::load(logo).map_err(|error| {
            let why = std::error::Error::source(&error);
            let problem = why.map_or_else(|| error.to_string(), |why| format!("{error}: {why}"));
            refused(key, problem, "Use an SVG or PNG of at most 20 kB")
        })?;
    }
    Texts::load(&config.brand).map_err(|error| {
        refused(
            "brand.texts",
            error.to_string(),
            "Write texts as [brand.texts.<language>] and scopes as [brand.scopes.<language>]",
        )
    })?;
    Ok(())
}

/// RFC 9116 2.5.3 and 2.5.7: web addresses there begin with `https`.
fn check_security_contacts(config: &Config) -> Result<(), Refusal> {
    let site = &config.site;
    let contact = |url: &&Url| !matches!(url.scheme(), "https" | "mailto" | "tel");
    if let Some(url) = site.security_contacts.iter().find(contact) {
        return Err(refused(
            "site.security_contacts",
            format!("{url} cannot be written to"),
            "Write mailto:security@…, https://… or tel:+…",
        ));
    }
    if let Some(url) = site.security_policy_url.iter().find(|url| url.scheme() != "https") {
        return Err(refused(
            "site.security_policy_url",
            format!("{url} is no https address"),
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

fn check_storage(config: &Config) -> Result<(), Refusal> {
    let url = config.storage.url.expose();
    let known = ["sqlite:", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.starts_with(scheme)) {
        return Ok(());
    }
    Err(refused(
        "storage.url",
        "the address is neither SQLite's nor PostgreSQL's".into(),
        "Write sqlite://path or postgres://user:password@host/database",
    ))
}

fn check_demo(config: &Config) -> Result<(), Refusal> {
    let listeners = [
        ("site.address", config.site.address),
        ("provider.address", config.provider.address),
        ("desk.address", config.desk.address),
        ("management.address", config.management.address),
    ];
    for (key, address) in listeners {
        if !address.ip().is_loopback() {
            return Err(refused(
                key,
                format!("{address} is not on loopback and the demo is on"),
                "Everybody who reaches the demo's outbox can sign in as every customer: \
                 listen on 127.0.0.1, or switch the demo off",
            ));
        }
    }
    if !config.has_embedded_provider() {
        return Err(refused(
            "demo.enabled",
            "the demo is on and provider.url names another provider".into(),
            "Switch one of the two off",
        ));
    }
    Ok(())
}

fn check_production(config: &Config) -> Result<(), Refusal> {
    let provider = &config.provider;
    let proof = match provider.client_auth {
        ClientAuth::PrivateKeyJwt => {
            ("provider.client_key_file", provider.client_key_file.is_none())
        }
        ClientAuth::SecretPost | ClientAuth::SecretBasic => {
            ("provider.client_secret", provider.client_secret.is_none())
        }
    };
    let missing = [
        ("session.sealing_key", config.session.sealing_key.is_none()),
        ("provider.client_id", provider.client_id.is_none()),
        proof,
    ];
    for (key, missing) in missing {
        if missing {
            return Err(refused(
                key,
                "it is missing, and outside the demo there is no default".into(),
                "Set it in the configuration file or by CIBA_LOGIN_<TABLE>__<KEY>(_FILE)",
            ));
        }
    }
    if config.desk.enabled {
        check_desk(&config.desk)?;
    }
    Ok(())
}

/// Outside the demo the proxy's word is all that stands between a stranger and the desk.
fn check_desk(desk: &DeskConfig) -> Result<(), Refusal> {
    check_public_url("desk.public_url", &desk.public_url)?;
    let Some(header) = &desk.identity_header else {
        return Err(refused(
            "desk.identity_header",
            "the desk is on and nobody says who the agent is".into(),
            "Name the header in which your reverse proxy passes the signed-in agent",
        ));
    };
    if axum::http::HeaderName::try_from(header.as_str()).is_err() {
        return Err(refused(
            "desk.identity_header",
            format!("{header:?} is no header\u{2019}s name"),
            "Write a name such as X-Forwarded-User",
        ));
    }
    if desk.trusted_proxies.is_empty() {
        return Err(refused(
            "desk.trusted_proxies",
            "the desk is on and no proxy may say who the agent is".into(),
            "Write the addresses of your reverse proxies",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_needs_a_header_and_proxies_that_may_set_it() {
        let proxy = "192.0.2.7".parse().unwrap();
        for (header, proxies, key) in [
            (None, vec![proxy], Some("desk.identity_header")),
            (Some("two words"), vec![proxy], Some("desk.identity_header")),
            (Some("X-Forwarded-User"), vec![], Some("desk.trusted_proxies")),
            (Some("X-Forwarded-User"), vec![proxy], None),
        ] {
            let desk = DeskConfig {
                identity_header: header.map(Into::into),
                trusted_proxies: proxies,
                ..DeskConfig::default()
            };
            assert_eq!(check_desk(&desk).err().map(|refusal| refusal.key), key);
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

//! What serving customers needs, and what the demo must not be.

use platform::network::{Network, is_loopback};

use super::addresses::check_public_url;
use crate::config::refusal::{Refusal, refused};
use crate::config::{ClientAuth, Config, DeskConfig};

pub(super) fn check_demo(config: &Config) -> Result<(), Refusal> {
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

pub(super) fn check_production(
    config: &Config,
    is_written: &dyn Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let provider = &config.provider;
    let proof = match provider.client_auth {
        ClientAuth::PrivateKeyJwt => {
            ("provider.client_key_file", provider.client_key_file.is_none())
        }
        ClientAuth::SecretPost | ClientAuth::SecretBasic => {
            ("provider.client_secret", provider.client_secret.is_none())
        }
    };
    let has_client = provider.client_id.as_ref().is_some_and(|id| !id.trim().is_empty());
    let missing = [
        ("session.sealing_key", config.session.sealing_key.is_none()),
        ("provider.client_id", !has_client),
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
    check_no_default_of_the_demo(config, is_written)?;
    if config.desk.enabled {
        check_desk(&config.desk)?;
    }
    Ok(())
}

/// Defaults that suit the demo and would be a fault before customers.
fn check_no_default_of_the_demo(
    config: &Config,
    is_written: &dyn Fn(&str) -> bool,
) -> Result<(), Refusal> {
    if !is_written("brand.company") {
        return Err(refused(
            "brand.company",
            format!("it is missing, and customers would read {:?}", config.brand.company),
            "Write the name that customers know",
        ));
    }
    let is_far = config.provider.url.as_ref().is_some_and(|url| !is_loopback(url));
    if is_far && is_loopback(&config.site.public_url) && !is_written("site.public_url") {
        return Err(refused(
            "site.public_url",
            format!("it is missing, and customers would be led to {}", config.site.public_url),
            "Write the address as customers' browsers see it, https://…",
        ));
    }
    if config.has_embedded_provider() && config.sign_in.mail && config.mail.smtp_url.is_none() {
        return Err(refused(
            "mail.smtp_url",
            "it is missing, and the page offers to sign in by mail".into(),
            "Write the address of a mail server, or switch sign_in.mail off",
        ));
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
    if desk.trusted_proxies.iter().any(Network::is_everywhere) {
        return Err(refused(
            "desk.trusted_proxies",
            "everybody would be a proxy, and could say who the agent is".into(),
            "Write the addresses or networks of your reverse proxies",
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
    use crate::config::check::tests::{production, refusal};
    use url::Url;

    #[test]
    fn a_desk_needs_a_header_and_proxies_that_may_set_it() {
        let proxy = "192.0.2.7".parse().unwrap();
        let everybody = "::/0".parse().unwrap();
        for (header, proxies, key) in [
            (Some("X-Forwarded-User"), vec![proxy, everybody], Some("desk.trusted_proxies")),
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
    fn customers_meet_no_default_of_the_demo() {
        let mut config = production();
        assert_eq!(refusal(&config, &[]), Some("brand.company"));
        assert_eq!(refusal(&config, &["brand.company"]), None);
        config.mail.smtp_url = None;
        assert_eq!(refusal(&config, &["brand.company"]), Some("mail.smtp_url"));
        config.sign_in.mail = false;
        assert_eq!(refusal(&config, &["brand.company"]), None);
        config.provider.url = Some(Url::parse("https://api.transmitsecurity.io").unwrap());
        assert_eq!(refusal(&config, &["brand.company"]), Some("site.public_url"));
        assert_eq!(refusal(&config, &["brand.company", "site.public_url"]), None);
        config.site.public_url = Url::parse("https://login.example").unwrap();
        assert_eq!(refusal(&config, &["brand.company"]), None);
        config.provider.client_id = Some(String::new());
        assert_eq!(refusal(&config, &["brand.company"]), Some("provider.client_id"));
    }
}

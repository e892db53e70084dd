//! Checks of what is configured for Keycloak.

use super::refusal::{Purpose, Refusal, refused};
use super::{ClientAuth, Config, Delivery, ProviderKind};
use platform::network::is_loopback;

/// Refuses what cannot work where the provider is a realm of Keycloak.
pub(super) fn check(config: &Config, purpose: Purpose) -> Result<(), Refusal> {
    if config.provider.kind == ProviderKind::Transmit {
        return Ok(());
    }
    check_realm(config)?;
    if config.demo.enabled {
        return Err(refused(
            "demo.enabled",
            "the demo is on and the provider is Keycloak".into(),
            "Switch the demo off: its customers are those of the embedded provider",
        ));
    }
    let agent = &config.keycloak.agent;
    if agent.sign_requests && agent.client_auth != ClientAuth::PrivateKeyJwt {
        return Err(refused(
            "keycloak.agent.sign_requests",
            "requests are signed with the key of private_key_jwt, and client_auth is another"
                .into(),
            "Write client_auth = \"private_key_jwt\" and client_key_file, or leave it out",
        ));
    }
    if purpose == Purpose::Operate {
        return Ok(());
    }
    if config.provider.client_auth == ClientAuth::PrivateKeyJwt {
        return Err(refused(
            "provider.client_auth",
            "the page's own client at Keycloak proves itself by its secret".into(),
            "Write secret_basic, and set provider.client_secret; the agents' client \
             (keycloak.agent) may use private_key_jwt",
        ));
    }
    if config.keycloak.clients.is_empty() {
        return Err(refused(
            "keycloak.clients",
            "no client is listed, so every request would be refused".into(),
            "Write [keycloak.clients] and a line <client_id> = \"<name for customers>\"",
        ));
    }
    if config.keycloak.clients.values().any(|name| name.trim().is_empty()) {
        return Err(refused(
            "keycloak.clients",
            "a client has no name".into(),
            "Write the name that customers know",
        ));
    }
    let missing = match config.keycloak.delivery {
        Delivery::Sms if config.sms.gateway_url.is_none() => Some("sms.gateway_url"),
        Delivery::Email if config.mail.smtp_url.is_none() => Some("mail.smtp_url"),
        _ => None,
    };
    if let Some(key) = missing {
        return Err(refused(
            key,
            "it is missing, and keycloak.delivery needs it".into(),
            "Set it, or write keycloak.delivery = \"none\"",
        ));
    }
    Ok(())
}

fn check_realm(config: &Config) -> Result<(), Refusal> {
    let key = "provider.url";
    let cure = "Write the realm as its tokens name it: https://id.example.com/realms/main";
    let Some(url) = &config.provider.url else {
        return Err(refused(key, "it is missing, and the provider is Keycloak".into(), cure));
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(url)) {
        let problem = format!("{url} is neither https nor on this machine");
        return Err(refused(key, problem, cure));
    }
    let names_realm = url
        .path()
        .rsplit_once("/realms/")
        .is_some_and(|(_, realm)| !realm.is_empty() && !realm.contains('/'));
    if !names_realm || url.query().is_some() || url.fragment().is_some() {
        return Err(refused(key, format!("{url} is not the address of a realm"), cure));
    }
    if config.provider.issuer.is_some() {
        return Err(refused(
            "provider.issuer",
            "at Keycloak it is provider.url".into(),
            "Leave it out",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn at(realm: &str) -> Config {
        let mut config = Config::default();
        config.provider.kind = ProviderKind::Keycloak;
        config.provider.url = Some(realm.parse().unwrap());
        config.keycloak.clients.insert("call-centre".into(), "Example Bank".into());
        config
    }

    fn refusal(config: &Config) -> Option<&'static str> {
        check(config, Purpose::Serve).err().map(|refusal| refusal.key)
    }

    #[test]
    fn a_realm_is_named_by_its_whole_address() {
        for (url, key) in [
            ("https://id.example/realms/main", None),
            ("https://id.example/auth/realms/main", None),
            ("http://localhost:8180/realms/main", None),
            ("http://id.example/realms/main", Some("provider.url")),
            ("https://id.example/realms/main/", Some("provider.url")),
            ("https://id.example/realms/", Some("provider.url")),
            ("https://id.example/", Some("provider.url")),
            ("https://id.example/realms/main?x=1", Some("provider.url")),
        ] {
            assert_eq!(refusal(&at(url)), key, "{url}");
        }
    }

    #[test]
    fn what_the_device_needs_is_named_when_it_is_missing() {
        let good = at("https://id.example/realms/main");
        let with = |change: fn(&mut Config)| {
            let mut config = good.clone();
            change(&mut config);
            refusal(&config)
        };
        assert_eq!(with(|config| config.provider.url = None), Some("provider.url"));
        assert_eq!(with(|config| config.keycloak.clients.clear()), Some("keycloak.clients"));
        assert_eq!(with(|config| config.demo.enabled = true), Some("demo.enabled"));
        assert_eq!(
            with(|config| config.provider.client_auth = ClientAuth::PrivateKeyJwt),
            Some("provider.client_auth")
        );
        assert_eq!(
            with(|config| config.provider.issuer = Some("x".into())),
            Some("provider.issuer")
        );
        assert_eq!(
            with(|config| config.keycloak.agent.sign_requests = true),
            Some("keycloak.agent.sign_requests")
        );
        assert_eq!(
            with(|config| config.keycloak.delivery = Delivery::Sms),
            Some("sms.gateway_url")
        );
        assert_eq!(
            with(|config| config.keycloak.delivery = Delivery::Email),
            Some("mail.smtp_url")
        );
        assert_eq!(
            with(|config| {
                config.keycloak.delivery = Delivery::Email;
                config.mail.smtp_url = Some(Secret::new("smtps://mail.example"));
            }),
            None
        );
    }
}

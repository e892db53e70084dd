//! Checks of what is configured for Keycloak.

use super::refusal::{Purpose, Refusal, refused, shown};
use super::{ClientAuth, Config, Delivery, ProviderKind};
use platform::network::{is_loopback, is_private};
use url::Url;

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
    check_mail_sign_in(config)?;
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

/// Refuses a sign-in by mail that could not be served.
fn check_mail_sign_in(config: &Config) -> Result<(), Refusal> {
    let key = "keycloak.mail_sign_in";
    let listed = &config.keycloak.mail_sign_in;
    if listed.is_empty() {
        return Ok(());
    }
    if let Some(client) = listed.iter().find(|name| !config.keycloak.clients.contains_key(*name)) {
        return Err(refused(
            key,
            format!("{client:?} is not listed in keycloak.clients"),
            "Write the identifiers of clients that are listed there",
        ));
    }
    if !config.sign_in.mail {
        return Err(refused(
            key,
            "sign_in.mail is off, which switches every sign-in by mail off".into(),
            "Switch it on, or leave keycloak.mail_sign_in out",
        ));
    }
    // The address is found by the page's own client.
    let missing = [
        ("mail.smtp_url", config.mail.smtp_url.is_none()),
        ("provider.client_id", config.provider.client_id.is_none()),
        ("provider.client_secret", config.provider.client_secret.is_none()),
    ];
    match missing.into_iter().find(|(_, is_missing)| *is_missing) {
        None => Ok(()),
        Some((key, _)) => Err(refused(
            key,
            "it is missing, and keycloak.mail_sign_in needs it".into(),
            "Set it, or leave keycloak.mail_sign_in out",
        )),
    }
}

fn check_realm(config: &Config) -> Result<(), Refusal> {
    let key = "provider.url";
    let cure = "Write the realm as its tokens name it: https://id.example.com/realms/main";
    let Some(url) = &config.provider.url else {
        return Err(refused(key, "it is missing, and the provider is Keycloak".into(), cure));
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(url)) {
        let problem = format!("{} is neither https nor on this machine", shown(url));
        return Err(refused(key, problem, cure));
    }
    let Some(realm) = realm_of(url) else {
        return Err(refused(key, format!("{} is not the address of a realm", shown(url)), cure));
    };
    if let Some(internal) = &config.keycloak.internal_url {
        check_internal(internal, realm)?;
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

/// The name of the realm whose address this is, where it is one and nothing else.
fn realm_of(url: &Url) -> Option<&str> {
    let is_bare = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let (_, realm) = url.path().rsplit_once("/realms/").filter(|_| is_bare)?;
    Some(realm).filter(|realm| !realm.is_empty() && !realm.contains('/'))
}

/// Refuses an internal address that is not the same realm's, or where secrets and keys would go over the
/// Internet in the clear.
fn check_internal(url: &Url, realm: &str) -> Result<(), Refusal> {
    let key = "keycloak.internal_url";
    let cure = "Write the same realm as servers reach it: http://keycloak:8080/realms/main";
    if url.scheme() != "https" && !(url.scheme() == "http" && is_private(url)) {
        let problem = format!("{} is neither https nor on a private network", shown(url));
        return Err(refused(
            key,
            problem,
            "Use an https address; plain http is for names and \
             addresses that are not on the Internet",
        ));
    }
    match realm_of(url) {
        Some(other) if other == realm => Ok(()),
        Some(_) => Err(refused(
            key,
            format!("{} is another realm than that of provider.url", shown(url)),
            cure,
        )),
        None => Err(refused(key, format!("{} is not the address of a realm", shown(url)), cure)),
    }
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
            ("https://user:pass@id.example/realms/main", Some("provider.url")),
        ] {
            assert_eq!(refusal(&at(url)), key, "{url}");
        }
    }

    #[test]
    fn an_internal_address_is_the_same_realm_out_of_reach_of_the_internet() {
        let key = Some("keycloak.internal_url");
        for (url, key) in [
            ("http://keycloak:8080/realms/main", None),
            ("http://10.0.0.7:8080/realms/main", None),
            ("http://keycloak.auth.svc.cluster.local/auth/realms/main", None),
            ("http://127.0.0.1:8080/realms/main", None),
            ("https://id-internal.example.com/realms/main", None),
            ("http://id.example.com/realms/main", key),
            ("http://8.8.8.8/realms/main", key),
            ("http://keycloak:8080/realms/other", key),
            ("http://keycloak:8080/realms/main/", key),
            ("http://keycloak:8080/", key),
            ("http://keycloak:8080/realms/main?x=1", key),
            ("http://user:hunter2@keycloak:8080/realms/main", key),
            ("ftp://keycloak/realms/main", key),
        ] {
            let mut config = at("https://id.example/realms/main");
            config.keycloak.internal_url = Some(url.parse().unwrap());
            let refused = check(&config, Purpose::Operate).err();
            assert_eq!(refused.as_ref().map(|refusal| refusal.key), key, "{url}");
            assert!(refused.is_none_or(|refusal| !refusal.to_string().contains("hunter2")));
        }
    }

    #[test]
    fn a_sign_in_by_mail_is_refused_where_it_could_not_be_served() {
        let with = |change: fn(&mut Config)| {
            let mut config = at("https://id.example/realms/main");
            config.keycloak.mail_sign_in = vec!["call-centre".into()];
            config.mail.smtp_url = Some(Secret::new("smtps://mail.example"));
            config.provider.client_id = Some("ciba-login".into());
            config.provider.client_secret = Some(Secret::new("secret"));
            change(&mut config);
            refusal(&config)
        };
        assert_eq!(with(|_| ()), None);
        assert_eq!(with(|config| config.mail.smtp_url = None), Some("mail.smtp_url"));
        assert_eq!(with(|config| config.provider.client_id = None), Some("provider.client_id"));
        let secret = with(|config| config.provider.client_secret = None);
        assert_eq!(secret, Some("provider.client_secret"));
        assert_eq!(with(|config| config.sign_in.mail = false), Some("keycloak.mail_sign_in"));
        let unlisted = with(|config| config.keycloak.mail_sign_in.push("another".into()));
        assert_eq!(unlisted, Some("keycloak.mail_sign_in"));
        // Off, it needs nothing.
        let off = with(|config| {
            config.keycloak.mail_sign_in.clear();
            config.mail.smtp_url = None;
            config.sign_in.mail = false;
        });
        assert_eq!(off, None);
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

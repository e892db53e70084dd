//! Checks that types cannot express.

mod addresses;
mod brand;
mod mail;
mod production;

use url::Url;

use self::addresses::{check_listeners, check_public_url, check_security_contacts};
use self::brand::{check_brand, check_without_links};
use self::mail::check_mail;
use self::production::{check_demo, check_production};
use super::refusal::{Purpose, Refusal, refused};
use super::{Config, ProviderKind, Secret, keycloak, traces, upstreams};
use platform::network::{Network, is_loopback};
use platform::seal::SealingKey;
use platform::storage::{InvalidAddress, check_address};

/// Checks what the types cannot. `is_written` says whether a key stands in the file or in the
/// environment, or has its default.
pub(super) fn check(
    config: &Config,
    purpose: Purpose,
    is_written: &dyn Fn(&str) -> bool,
) -> Result<(), Refusal> {
    check_secrets(config)?;
    check_public_url("site.public_url", &config.site.public_url)?;
    check_public_url("provider.public_url", &config.provider.public_url)?;
    keycloak::check(config, purpose)?;
    check_storage(config, purpose)?;
    check_mail(config)?;
    check_identifiers(config)?;
    check_limits(config)?;
    // Whoever may name their own address has every limit for themselves.
    if config.site.trusted_proxies.iter().any(Network::is_everywhere) {
        return Err(refused(
            "site.trusted_proxies",
            "it holds every address there is".into(),
            "Write the addresses of your own proxies",
        ));
    }
    if let Some(url) =
        config.provider.url.as_ref().filter(|_| config.provider.kind == ProviderKind::Transmit)
    {
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
    check_without_links(config)?;
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
    traces::check(&config.traces)?;
    match purpose {
        Purpose::Operate => return Ok(()),
        Purpose::Serve if config.demo.enabled => check_demo(config)?,
        Purpose::Serve => check_production(config, is_written)?,
    }
    check_listeners(config)
}

/// What deserves a sentence and no refusal, for `check-config` and for the log at start.
pub fn remarks(config: &Config) -> Vec<&'static str> {
    let provider = &config.provider;
    let is_at_transmit = provider.url.as_ref().and_then(Url::host_str).is_some_and(|host| {
        host == "transmitsecurity.io" || host.ends_with(".transmitsecurity.io")
    });
    let mut remarks = Vec::new();
    if is_at_transmit && provider.issuer.is_none() {
        remarks.push(
            "provider.issuer: it is not set, and Transmit's issuer is not its API host: every \
             sign-in will be refused. Set it, for example to https://userid.security",
        );
    }
    if !config.demo.enabled && config.has_embedded_provider() && config.sms.gateway_url.is_none() {
        remarks.push(
            "sms.gateway_url: it is not set: requests by SMS cannot be sent, by mail or by link \
             they can",
        );
    }
    let internal = config.keycloak.internal_url.as_ref();
    if provider.kind == ProviderKind::Keycloak
        && internal.is_some_and(|url| url.scheme() == "http" && !is_loopback(url))
    {
        remarks.push(
            "keycloak.internal_url: it is plain http to another machine: whoever is on that network \
             can read secrets and answer in Keycloak's place. Let nobody else be on it, or use https",
        );
    }
    if !config.brand.sends_links && !config.has_embedded_provider() {
        remarks.push(
            "brand.sends_links: it is off here; requests that other clients start at the provider \
             by SMS or mail still have a link",
        );
    }
    remarks
}

/// An empty secret is one that everybody knows. It comes of an empty variable, or of a file with
/// nothing but a line end in it.
fn check_secrets(config: &Config) -> Result<(), Refusal> {
    let is_empty = |secret: &Option<Secret>| {
        secret.as_ref().is_some_and(|secret| secret.expose().trim().is_empty())
    };
    let mut secrets = vec![
        ("session.sealing_key", is_empty(&config.session.sealing_key)),
        ("session.previous_sealing_key", is_empty(&config.session.previous_sealing_key)),
        ("provider.client_secret", is_empty(&config.provider.client_secret)),
        ("keycloak.agent.client_secret", is_empty(&config.keycloak.agent.client_secret)),
        ("mail.smtp_url", is_empty(&config.mail.smtp_url)),
        ("sms.api_key", is_empty(&config.sms.api_key)),
        ("traces.headers", is_empty(&config.traces.headers)),
    ];
    for upstream in config.upstream.values() {
        secrets.push(("upstream.client_secret", is_empty(&upstream.client_secret)));
    }
    match secrets.into_iter().find(|(_, is_empty)| *is_empty) {
        Some((key, _)) => Err(refused(key, "it is empty".into(), "Write it, or leave it out")),
        None => Ok(()),
    }
}

fn check_storage(config: &Config, purpose: Purpose) -> Result<(), Refusal> {
    let checked = check_address(config.storage.url.expose());
    // A command that shares no database goes on without a record.
    if purpose == Purpose::Operate && matches!(checked, Err(InvalidAddress::Memory)) {
        return Ok(());
    }
    checked.map_err(|error| {
        let cure = match error {
            InvalidAddress::Postgres => "Write postgres://user:password@host/database",
            InvalidAddress::Scheme => {
                "Write sqlite://path or postgres://user:password@host/database"
            }
            _ => "Write sqlite://path",
        };
        refused("storage.url", error.to_string(), cure)
    })
}

/// Identifiers go into requests as they are; a blank that came along is seen by nobody.
fn check_identifiers(config: &Config) -> Result<(), Refusal> {
    let provider = &config.provider;
    let has_blank = |text: &Option<String>| {
        text.as_ref()
            .is_some_and(|text| text.contains(|c: char| c.is_whitespace() || c.is_control()))
    };
    let mut identifiers = vec![
        ("provider.client_id", has_blank(&provider.client_id)),
        ("provider.app_id", has_blank(&provider.app_id)),
        ("provider.issuer", has_blank(&provider.issuer)),
    ];
    for upstream in config.upstream.values() {
        identifiers.push(("upstream.client_id", has_blank(&Some(upstream.client_id.clone()))));
        identifiers.push(("upstream.team_id", has_blank(&upstream.team_id)));
        identifiers.push(("upstream.key_id", has_blank(&upstream.key_id)));
    }
    match identifiers.into_iter().find(|(_, has_blank)| *has_blank) {
        Some((key, _)) => Err(refused(key, "a blank is in it".into(), "Write it without")),
        None => Ok(()),
    }
}

/// A decision is leased for 30 seconds, renewed before each call: a call, or a wait for the database,
/// that takes as long would let two instances send it.
fn check_limits(config: &Config) -> Result<(), Refusal> {
    for (key, seconds) in [
        ("provider.connect_timeout", config.provider.connect_timeout),
        ("provider.timeout", config.provider.timeout),
    ] {
        if !(1..=10).contains(&seconds) {
            return Err(refused(
                key,
                format!("{seconds} seconds are not between 1 and 10"),
                "A customer waits for the answer: write a few seconds",
            ));
        }
    }
    if config.storage.max_connections == 0 {
        return Err(refused(
            "storage.max_connections",
            "nothing can be asked over no connection".into(),
            "Write at least 1",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configuration that serves customers.
    pub(super) fn production() -> Config {
        let mut config = Config::default();
        let key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
        config.session.sealing_key = Some(Secret::new(key));
        config.provider.client_id = Some("client".into());
        config.provider.client_secret = Some(Secret::new("0123"));
        config.mail.smtp_url = Some(Secret::new("smtps://mail.example"));
        config
    }

    /// The key that is refused when these are written.
    pub(super) fn refusal(config: &Config, written: &[&str]) -> Option<&'static str> {
        let is_written = |key: &str| written.contains(&key);
        check(config, Purpose::Serve, &is_written).err().map(|refusal| refusal.key)
    }

    #[test]
    fn no_call_outlives_a_lease_and_there_is_a_connection() {
        for (connect, total, connections, key) in [
            (1, 10, 1, None),
            (0, 5, 8, Some("provider.connect_timeout")),
            (11, 5, 8, Some("provider.connect_timeout")),
            (2, 0, 8, Some("provider.timeout")),
            (2, 30, 8, Some("provider.timeout")),
            (2, 5, 0, Some("storage.max_connections")),
        ] {
            let mut config = Config::default();
            config.provider.connect_timeout = connect;
            config.provider.timeout = total;
            config.storage.max_connections = connections;
            assert_eq!(check_limits(&config).err().map(|refusal| refusal.key), key);
        }
    }

    #[test]
    fn a_blank_that_was_copied_along_is_no_part_of_an_identifier() {
        for id in ["client ", " client", "cli ent", "client\n", "client\u{a0}"] {
            let mut config = production();
            config.provider.client_id = Some(id.into());
            assert_eq!(refusal(&config, &["brand.company"]), Some("provider.client_id"), "{id:?}");
        }
        let mut config = production();
        config.provider.app_id = Some("app ".into());
        assert_eq!(refusal(&config, &["brand.company"]), Some("provider.app_id"));
    }

    #[test]
    fn a_password_that_was_not_encoded_is_not_quoted() {
        for address in [
            "smtp://app:12?hunter2@mail.example",
            "smtps://app:12/hunter2@mail.example",
            "smtps://app:12#hunter2@mail.example",
            "smtps://app:hunter2/12@mail.example",
            "smtp://app:12?tls=hunter2@mail.example",
            "hunter2:mail.example",
        ] {
            let mut config = production();
            config.mail.smtp_url = Some(Secret::new(address));
            let is_written = |key: &str| key == "brand.company";
            let refused = check(&config, Purpose::Serve, &is_written).unwrap_err();
            assert_eq!(refused.key, "mail.smtp_url", "{address}");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
        for address in ["https://app:hunter2@id.example", "ftp://id.example/?k=hunter2"] {
            let mut config = production();
            config.provider.public_url = Url::parse(address).unwrap();
            let refused = check(&config, Purpose::Serve, &|_| true).unwrap_err();
            assert_eq!(refused.key, "provider.public_url");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn a_company_prints_its_number_in_letters_or_its_address_with_a_password() {
        let mut config = production();
        config.brand.support_phone = Some("+44 (0)20 7946 0018".into());
        assert_eq!(refusal(&config, &["brand.company"]), None);
        config.brand.support_phone = Some("0800 DOCTOR".into());
        assert_eq!(refusal(&config, &["brand.company"]), Some("brand.support_phone"));
        config.brand.support_phone = None;
        for address in ["https://alex@login.example", "http://:hunter2@login.example"] {
            config.site.public_url = Url::parse(address).unwrap();
            let written = |key: &str| key == "brand.company";
            let refused = check(&config, Purpose::Serve, &written).unwrap_err();
            assert_eq!(refused.key, "site.public_url");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
    }

    #[test]
    fn what_will_not_work_later_is_remarked_upon() {
        let mut config = production();
        let says = |config: &Config, key: &str| {
            remarks(config).iter().any(|remark| remark.starts_with(key))
        };
        assert!(says(&config, "sms.gateway_url"));
        config.provider.url = Some(Url::parse("https://api.eu.transmitsecurity.io").unwrap());
        assert!(says(&config, "provider.issuer") && !says(&config, "sms.gateway_url"));
        config.provider.issuer = Some("https://eu.userid.security".into());
        assert!(remarks(&config).is_empty());
        config.provider.url = None;
        config.demo.enabled = true;
        assert!(remarks(&config).is_empty());
        config.provider.kind = ProviderKind::Keycloak;
        for (url, is_said) in [
            ("http://keycloak:8080/realms/main", true),
            ("http://127.0.0.1:8080/realms/main", false),
            ("https://keycloak.internal/realms/main", false),
        ] {
            config.keycloak.internal_url = Some(url.parse().unwrap());
            assert_eq!(says(&config, "keycloak.internal_url"), is_said, "{url}");
        }
    }
}

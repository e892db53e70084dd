//! Checks that types cannot express.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use url::Url;

use super::refusal::{Purpose, Refusal, refused};
use super::{
    ClientAuth, Config, DeskConfig, Logo, ProviderKind, Secret, keycloak, traces, upstreams,
};
use messages::delivery::is_sender;
use messages::phone;
use messages::texts::Texts;
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

/// An address for a person to read, without what may be a secret in it.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // Fails for addresses that can have neither, such as `mailto:`.
    let _has_none = shown.set_username("").and_then(|()| shown.set_password(None));
    if shown.query().is_some() {
        shown.set_query(Some("hidden"));
    }
    shown.into()
}

fn check_public_url(key: &'static str, url: &Url) -> Result<(), Refusal> {
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

fn check_brand(config: &Config) -> Result<(), Refusal> {
    if let Some(phone) = &config.brand.support_phone {
        phone::tel_uri(phone).map_err(|error| {
            refused(
                "brand.support_phone",
                format!("{phone:?}: {error}"),
                "Write it as +44 20 7946 0018 or +1 800 555 0199 ext. 12",
            )
        })?;
    }
    for (key, url) in [
        ("brand.help_url", &config.brand.help_url),
        ("brand.privacy_url", &config.brand.privacy_url),
    ] {
        if let Some(url) = url.as_ref().filter(|url| !matches!(url.scheme(), "https" | "http")) {
            return Err(refused(
                key,
                format!("{} is no web address", shown(url)),
                "Write https://…",
            ));
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

/// What cannot go together with sending no links.
fn check_without_links(config: &Config) -> Result<(), Refusal> {
    if config.brand.sends_links {
        return Ok(());
    }
    if config.sign_in.mail && !config.sign_in.mail_code {
        return Err(refused(
            "sign_in.mail_code",
            "it is off and so is brand.sends_links: sign-in mails would hold neither code nor link"
                .into(),
            "Switch it on, or sign_in.mail off",
        ));
    }
    let texts = config.brand.texts.values().flat_map(BTreeMap::iter);
    let holds_link = |text: &str| ["://", "www."].iter().any(|sign| text.contains(sign));
    if let Some((id, _)) = texts.into_iter().find(|(_, text)| holds_link(text)) {
        return Err(refused(
            "brand.texts",
            format!("{id} holds a link, and brand.sends_links is off"),
            "Take the link out of it",
        ));
    }
    Ok(())
}

/// RFC 9116 2.5.3 and 2.5.7: web addresses there begin with `https`.
fn check_security_contacts(config: &Config) -> Result<(), Refusal> {
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

/// An address with a password in it, of which nothing is quoted: what was not percent-encoded spills
/// into the parts behind it.
fn check_mail(config: &Config) -> Result<(), Refusal> {
    if let Some(address) = &config.mail.smtp_url {
        let is_good = Url::parse(address.expose()).is_ok_and(|url| {
            let is_known = |(key, value): (Cow<'_, str>, Cow<'_, str>)| {
                key == "tls" && ["required", "opportunistic"].contains(&value.as_ref())
            };
            matches!(url.scheme(), "smtp" | "smtps")
                && url.host_str().is_some_and(|host| !host.is_empty())
                && url.fragment().is_none()
                && !url.path().trim_start_matches('/').contains(['/', '@'])
                && url.query_pairs().all(is_known)
        });
        if !is_good {
            return Err(refused(
                "mail.smtp_url",
                "it is not the address of a mail server, or has an unknown parameter; in a password \
                 ? # / @ and % are written %3F %23 %2F %40 and %25"
                    .into(),
                "Write smtps://user:password@host, or smtp://user:password@host?tls=required",
            ));
        }
    }
    if config.mail.from.as_ref().is_some_and(|from| !is_sender(from)) {
        return Err(refused(
            "mail.from",
            "it is not a sender's address; a name with a comma or another sign has to stand in quotes"
                .into(),
            "Write address@host, Name <address@host>, or \"Name, Inc.\" <address@host>",
        ));
    }
    Ok(())
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

/// Two listeners cannot have one address. Those that nobody has asked for go on without theirs.
fn check_listeners(config: &Config) -> Result<(), Refusal> {
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

fn check_production(config: &Config, is_written: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
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
    fn a_senders_name_with_a_comma_is_told_how_to_be_written() {
        for (from, is_good) in [
            ("a@b.example", true),
            ("Example Bank <a@b.example>", true),
            ("\"Example, Inc.\" <a@b.example>", true),
            ("Example, Inc. <a@b.example>", false),
            ("Example Bank", false),
        ] {
            let mut config = production();
            config.mail.from = Some(from.into());
            let is_written = |key: &str| key == "brand.company";
            let refused = check(&config, Purpose::Serve, &is_written).err();
            assert_eq!(refused.is_none(), is_good, "{from}: {refused:?}");
            if let Some(refused) = refused {
                assert!(refused.key == "mail.from" && refused.problem.contains("in quotes"));
            }
        }
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

    fn production() -> Config {
        let mut config = Config::default();
        let key = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
        config.session.sealing_key = Some(Secret::new(key));
        config.provider.client_id = Some("client".into());
        config.provider.client_secret = Some(Secret::new("0123"));
        config.mail.smtp_url = Some(Secret::new("smtps://mail.example"));
        config
    }

    fn refusal(config: &Config, written: &[&str]) -> Option<&'static str> {
        let is_written = |key: &str| written.contains(&key);
        check(config, Purpose::Serve, &is_written).err().map(|refusal| refusal.key)
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

    #[test]
    fn a_company_without_links_has_codes_in_its_mails_and_no_link_in_its_texts() {
        let mut config = production();
        config.brand.sends_links = false;
        assert_eq!(refusal(&config, &["brand.company"]), None);
        assert!(!remarks(&config).iter().any(|remark| remark.starts_with("brand.sends_links")));
        config.sign_in.mail_code = false;
        assert_eq!(refusal(&config, &["brand.company"]), Some("sign_in.mail_code"));
        config.sign_in.mail = false;
        assert_eq!(refusal(&config, &["brand.company"]), None);
        let own = BTreeMap::from([("code-label".to_owned(), "See https://a.example".to_owned())]);
        config.brand.texts.insert("en".into(), own);
        assert_eq!(refusal(&config, &["brand.company"]), Some("brand.texts"));
        config.brand.sends_links = true;
        assert_eq!(refusal(&config, &["brand.company"]), None);
        config.brand.sends_links = false;
        config.provider.url = Some(Url::parse("https://api.transmitsecurity.io").unwrap());
        assert!(remarks(&config).iter().any(|remark| remark.starts_with("brand.sends_links")));
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

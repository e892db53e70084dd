//! Reads the configuration, and refuses what is not right with file, key and cure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Tag, Value};
use figment::{Figment, Metadata, Profile, Provider};
use url::Url;

use super::{ClientAuth, Config, Secret};
use crate::server::seal::SealingKey;

/// Why the configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown, or a value has the wrong form.
    #[error("read the configuration: {0}")]
    Malformed(#[from] Box<figment::Error>),
    /// A file that should hold a secret cannot be read.
    #[error("read the secret of {key} from {}", path.display())]
    SecretFile {
        /// The key, for example `provider.client_secret_file`.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A value is well-formed and still cannot be used.
    #[error("{key}: {problem}. {cure}")]
    Refused {
        /// The key, for example `site.public_url`.
        key: &'static str,
        /// What is wrong.
        problem: String,
        /// What to do.
        cure: &'static str,
    },
}

/// The environment's variables, as far as they concern us.
pub type Environment = BTreeMap<String, String>;

const PREFIX: &str = "CIBA_LOGIN_";

/// The variables `CIBA_LOGIN_<TABLE>__<KEY>` as a figment provider.
///
/// Values are read as TOML would read them, except that a secret is always text: `0123` is a
/// password and not the number 123.
struct Overrides<'a>(&'a Environment);

impl Provider for Overrides<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named("the environment")
            .interpolater(|_, keys| format!("{PREFIX}{}", keys.join("__").to_ascii_uppercase()))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut root = Dict::new();
        for (name, text) in self.0 {
            let Some(path) = name.strip_prefix(PREFIX) else {
                continue;
            };
            // `CIBA_LOGIN_CONFIG` names the file itself, see `load`.
            let Some((table, key)) = path.split_once("__") else {
                continue;
            };
            let key = key.to_ascii_lowercase();
            let value = if is_text(&key) {
                Value::from(text.as_str())
            } else {
                text.parse().unwrap_or_else(|_| Value::from(text.as_str()))
            };
            let nested = key.rsplit("__").fold(value, |inner, part| {
                Value::Dict(Tag::Default, Dict::from([(part.to_owned(), inner)]))
            });
            merge(&mut root, table.to_ascii_lowercase(), nested);
        }
        Ok(Map::from([(Profile::Default, root)]))
    }
}

fn is_text(key: &str) -> bool {
    let texts = [
        "secret",
        "key",
        "id",
        "url",
        "_file",
        "company",
        "phone",
        "issuer",
        "from",
        "filter",
        "directory",
        "prefix",
        "path",
        "header",
        "logo",
        "accent",
        "label",
        "name",
    ];
    texts.iter().any(|ending| key.ends_with(ending))
}

fn merge(into: &mut Dict, key: String, value: Value) {
    match (into.get_mut(&key), value) {
        (Some(Value::Dict(_, old)), Value::Dict(_, new)) => {
            for (key, value) in new {
                merge(old, key, value);
            }
        }
        (_, value) => {
            into.insert(key, value);
        }
    }
}

/// Reads the file (where there is one), lays the environment over it, reads secrets from their
/// files, and checks the whole.
///
/// # Errors
///
/// [`ConfigError`] with file, key and cure; nothing is used of a configuration that is refused.
pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Config, ConfigError> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        figment = figment.merge(Toml::file_exact(file));
    }
    let mut config: Config = figment.merge(Overrides(environment)).extract().map_err(Box::new)?;
    read_secret_files(&mut config)?;
    check(&config)?;
    Ok(config)
}

/// The effective configuration as TOML, with secrets hidden.
///
/// # Errors
///
/// [`ConfigError::Malformed`] where it has no such form.
pub fn print(config: &Config) -> Result<String, ConfigError> {
    let value: Value = Figment::from(Serialized::defaults(config)).extract().map_err(Box::new)?;
    let mut text = String::new();
    if let Value::Dict(_, tables) = value {
        for (name, table) in tables {
            write_table(&mut text, &name, &table);
        }
    }
    Ok(text)
}

fn write_table(text: &mut String, name: &str, table: &Value) {
    let Value::Dict(_, members) = table else {
        return;
    };
    text.push_str(&format!("[{name}]\n"));
    for (key, value) in members {
        if let Some(rendered) = render(value) {
            text.push_str(&format!("{key} = {rendered}\n"));
        }
    }
    text.push('\n');
    for (key, value) in members {
        if matches!(value, Value::Dict(..)) {
            write_table(text, &format!("{name}.{key}"), value);
        }
    }
}

fn render(value: &Value) -> Option<String> {
    match value {
        Value::Dict(..) | Value::Empty(..) => None,
        Value::Array(_, items) => {
            let items: Vec<_> = items.iter().filter_map(inline).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        other => inline(other),
    }
}

fn inline(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => serde_json::to_string(text).ok(),
        Value::Dict(_, members) => {
            let members: Vec<_> = members
                .iter()
                .filter_map(|(key, value)| Some(format!("{key} = {}", inline(value)?)))
                .collect();
            Some(format!("{{ {} }}", members.join(", ")))
        }
        other => serde_json::to_string(other).ok(),
    }
}

fn read_secret_files(config: &mut Config) -> Result<(), ConfigError> {
    read_secret(
        "session.sealing_key_file",
        &config.session.sealing_key_file,
        &mut config.session.sealing_key,
    )?;
    read_secret(
        "session.previous_sealing_key_file",
        &config.session.previous_sealing_key_file,
        &mut config.session.previous_sealing_key,
    )?;
    read_secret(
        "provider.client_secret_file",
        &config.provider.client_secret_file,
        &mut config.provider.client_secret,
    )?;
    read_secret("mail.smtp_url_file", &config.mail.smtp_url_file, &mut config.mail.smtp_url)?;
    read_secret("sms.api_key_file", &config.sms.api_key_file, &mut config.sms.api_key)?;
    for upstream in config.upstream.values_mut() {
        read_secret(
            "upstream.client_secret_file",
            &upstream.client_secret_file,
            &mut upstream.client_secret,
        )?;
    }
    Ok(())
}

fn read_secret(
    key: &'static str,
    file: &Option<PathBuf>,
    secret: &mut Option<Secret>,
) -> Result<(), ConfigError> {
    let Some(path) = file else { return Ok(()) };
    if secret.is_some() {
        return Err(refused(
            key,
            "the secret is given twice, as a value and as a file".into(),
            "Remove one of the two",
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::SecretFile {
        key,
        path: path.clone(),
        source,
    })?;
    *secret = Some(Secret::new(text.trim_end_matches(['\r', '\n'])));
    Ok(())
}

fn refused(key: &'static str, problem: String, cure: &'static str) -> ConfigError {
    ConfigError::Refused { key, problem, cure }
}

fn check(config: &Config) -> Result<(), ConfigError> {
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
    if config.demo.enabled { check_demo(config) } else { check_production(config) }
}

fn check_public_url(key: &'static str, url: &Url) -> Result<(), ConfigError> {
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

fn check_storage(config: &Config) -> Result<(), ConfigError> {
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

fn check_demo(config: &Config) -> Result<(), ConfigError> {
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

fn check_production(config: &Config) -> Result<(), ConfigError> {
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
    if config.desk.enabled && config.desk.identity_header.is_none() {
        return Err(refused(
            "desk.identity_header",
            "the desk is on and nobody says who the agent is".into(),
            "Name the header in which your reverse proxy passes the signed-in agent",
        ));
    }
    Ok(())
}

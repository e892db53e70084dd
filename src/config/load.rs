//! Reads the configuration, and refuses what is not right with file, key and cure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::error::{Actual, Kind};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Tag, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::check::check;
use super::refusal::{Purpose, Refusal, refused};
use super::{Config, Secret};

/// Why the configuration is refused: one sentence with place, key and cure.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown, or a value has the wrong form.
    #[error("{place}{problem}")]
    Malformed {
        /// The file or the variable, with what separates it from the rest; empty where unknown.
        place: String,
        /// Key, problem and cure.
        problem: String,
    },
    /// A file that should hold a secret cannot be read.
    #[error("{key}: the secret cannot be read from {}", path.display())]
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
    #[error("{place}{refusal}")]
    Refused {
        /// The file or the variable, with what separates it from the rest; empty where unknown.
        place: String,
        /// Key, problem and cure.
        refusal: Refusal,
    },
}

impl ConfigError {
    /// The error of the reader, in one sentence. The reader's own words name the value; they are
    /// left out where that value may be a secret.
    pub(super) fn malformed(error: &figment::Error) -> Self {
        let place = error.metadata.as_ref().map_or_else(String::new, |metadata| {
            if metadata.source.is_none() && metadata.name == ENVIRONMENT {
                return "the environment: ".into();
            }
            place_of(metadata)
        });
        let key = error.path.join(".");
        let known = |known: &[&str]| {
            known.iter().filter(|key| **key != "package").copied().collect::<Vec<_>>().join(", ")
        };
        let below = |field: &str| {
            if key.is_empty() || error.path.last().is_some_and(|last| last == field) {
                if key.is_empty() { field.to_owned() } else { key.clone() }
            } else {
                format!("{key}.{field}")
            }
        };
        let problem = match &error.kind {
            Kind::UnknownField(field, fields) => {
                let kind = if below(field).contains('.') { "key" } else { "table" };
                format!("{} is not a known {kind} (known: {})", below(field), known(fields))
            }
            Kind::UnknownVariant(word, words) => {
                format!("{key} cannot be {word:?} (known: {})", known(words))
            }
            Kind::MissingField(field) => format!("{} is missing; set it", below(field)),
            Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) if is_secret(&key) => {
                format!("{key} has the wrong form; write {expected}")
            }
            // An address in the place of a table or a switch.
            Kind::InvalidType(Actual::Str(found), expected)
            | Kind::InvalidValue(Actual::Str(found), expected)
                if found.contains(['@', ':']) =>
            {
                format!("{key} cannot be a text; write {expected}")
            }
            Kind::Message(_) if is_address(&key) => {
                format!("{key} is not an address; write scheme, host and what follows: https://…")
            }
            Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
                format!("{key} cannot be {found}; write {expected}")
            }
            other => {
                // A parser's message has many lines and quotes the file: place and reason are its
                // first line and its last.
                let text = other.to_string();
                let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let first = lines.next().unwrap_or_default();
                let text = match lines.next_back() {
                    Some(last) => format!("{first}: {last}"),
                    None => first.to_owned(),
                };
                if key.is_empty() { text } else { format!("{key}: {text}") }
            }
        };
        Self::Malformed { place, problem }
    }
}

fn place_of(metadata: &Metadata) -> String {
    match &metadata.source {
        Some(figment::Source::File(file)) => {
            let here = std::env::current_dir().unwrap_or_default();
            format!("{}: ", file.strip_prefix(here).unwrap_or(file).display())
        }
        _ => format!("{}: ", metadata.name),
    }
}

/// Whether the key is that of an address, in which a password or a key may stand. The reader's own
/// words quote it.
fn is_address(key: &str) -> bool {
    key.split('.').any(|part| ["url", "origins", "contacts"].iter().any(|end| part.ends_with(end)))
}

fn is_secret(key: &str) -> bool {
    ["secret", "sealing_key", "api_key", "smtp_url", "storage.url", "traces.headers"]
        .iter()
        .any(|ending| key.ends_with(ending))
}

/// The environment's variables, as far as they concern us.
pub type Environment = BTreeMap<String, String>;

const PREFIX: &str = "CIBA_LOGIN_";

const ENVIRONMENT: &str = "the environment";

/// Whether `cargo leptos watch` runs this process, and pages should reload after each change.
pub fn is_watched() -> bool {
    #[expect(clippy::disallowed_methods, reason = "this room reads the environment")]
    let set = std::env::var_os("LEPTOS_WATCH");
    set.is_some()
}

/// Whether the person at the terminal wants no colours (<https://no-color.org>).
pub fn wants_no_colour() -> bool {
    #[expect(clippy::disallowed_methods, reason = "this room reads the environment")]
    let set = std::env::var_os("NO_COLOR");
    set.is_some_and(|value| !value.is_empty())
}

/// The variables `CIBA_LOGIN_<TABLE>__<KEY>` as a figment provider.
///
/// Values are read as TOML would read them, except that a secret is always text: `0123` is a
/// password and not the number 123.
struct Overrides<'a>(&'a Environment);

impl Provider for Overrides<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(ENVIRONMENT)
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
        "_key",
        "_id",
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
        "headers",
        "endpoint",
        "logo",
        "accent",
        "_attribute",
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
    load_for(Purpose::Serve, file, environment)
}

/// As [`load`], for a purpose.
///
/// # Errors
///
/// As [`load`].
pub fn load_for(
    purpose: Purpose,
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Config, ConfigError> {
    check_names(environment)?;
    let mut figment = Figment::new();
    if let Some(file) = file {
        figment = figment.merge(Toml::file_exact(file));
    }
    let figment = figment.merge(Overrides(environment));
    let mut config: Config =
        figment.extract().map_err(|error| named(&figment, &error, environment))?;
    let is_written = |key: &str| figment.find_value(key).is_ok();
    read_secret_files(&mut config, purpose, &is_written)
        .map_err(|error| placed(&figment, error))?;
    check(&config, purpose, &is_written).map_err(|refusal| placed(&figment, refusal.into()))?;
    Ok(config)
}

impl From<Refusal> for ConfigError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { place: String::new(), refusal }
    }
}

/// Variables that look like ours and would be passed over in silence.
fn check_names(environment: &Environment) -> Result<(), ConfigError> {
    for (name, value) in environment {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        if path != "CONFIG" && !path.contains("__") && !is_of_a_service(path, value) {
            return Err(ConfigError::Malformed {
                place: "the environment: ".into(),
                problem: format!(
                    "{name} is not a known variable; write {PREFIX}<TABLE>__<KEY>, with two \
                     underscores between table and key"
                ),
            });
        }
    }
    Ok(())
}

/// Whether Kubernetes has set this variable, after the prefix, in every pod beside a Service that is
/// called `ciba-login` or `ciba-login-…`: `SERVICE_HOST`, `SERVICE_PORT`, `SERVICE_PORT_HTTP`,
/// `PORT`, `PORT_3000_TCP`, `PORT_3000_TCP_ADDR` and their like.
fn is_of_a_service(path: &str, value: &str) -> bool {
    let is_address =
        |text: &str| ["tcp://", "udp://", "sctp://"].iter().any(|scheme| text.starts_with(scheme));
    let is_port = |rest: &str| {
        let mut parts = rest.split('_');
        parts.next().is_some_and(|number| number.parse::<u16>().is_ok())
            && matches!(parts.next(), Some("TCP" | "UDP" | "SCTP"))
            && matches!(parts.next(), None | Some("PROTO" | "PORT" | "ADDR"))
            && parts.next().is_none()
    };
    // A Service `ciba-login-desk` has its own word in front.
    let mut shapes = std::iter::once(path)
        .chain(path.match_indices('_').filter_map(|(at, _)| path.get(at + 1..)));
    shapes.any(|shape| match shape {
        "SERVICE_HOST" | "SERVICE_PORT" => true,
        "PORT" => is_address(value),
        _ => {
            shape.starts_with("SERVICE_PORT_") && value.parse::<u16>().is_ok()
                || shape.strip_prefix("PORT_").is_some_and(is_port)
        }
    })
}

/// Where the error comes from the environment, the variable is named and not only the key.
fn named(figment: &Figment, error: &figment::Error, environment: &Environment) -> ConfigError {
    let mut refused = ConfigError::malformed(error);
    if let ConfigError::Malformed { place, .. } = &mut refused {
        let mut path = error.path.clone();
        if let Kind::UnknownField(field, _) = &error.kind
            && path.last() != Some(field)
        {
            path.push(field.clone());
        }
        if let Some(variable) = variable(environment, &path.join(".")) {
            *place = format!("the environment, {variable}: ");
        } else if place.is_empty()
            && let Some(metadata) = figment.metadata().next()
        {
            *place = place_of(metadata);
        }
    }
    refused
}

/// Adds to a refusal where its value was written.
fn placed(figment: &Figment, error: ConfigError) -> ConfigError {
    match error {
        ConfigError::Refused { refusal, .. } => {
            let place = figment.find_metadata(refusal.key).map_or_else(String::new, place_of);
            ConfigError::Refused { place, refusal }
        }
        other => other,
    }
}

/// The variable that sets this key, or something below it.
fn variable<'a>(environment: &'a Environment, key: &str) -> Option<&'a str> {
    let wanted = format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase());
    let below = format!("{wanted}__");
    environment
        .keys()
        .find(|name| name.to_ascii_uppercase() == wanted || name.starts_with(&below))
        .map(String::as_str)
}

/// Reads each secret that is in a file of its own.
///
/// Whoever calls the provider from a shell needs the client's secret and nothing else: the site's
/// secrets may be readable to its service alone, and are left out where they are.
fn read_secret_files(
    config: &mut Config,
    purpose: Purpose,
    is_written: &dyn Fn(&str) -> bool,
) -> Result<(), ConfigError> {
    let is_needed = purpose == Purpose::Serve;
    let Config { session, provider, keycloak, storage, mail, sms, traces, upstream, .. } = config;
    for (key, is_needed, file, secret) in [
        (
            "session.sealing_key_file",
            is_needed,
            &session.sealing_key_file,
            &mut session.sealing_key,
        ),
        (
            "session.previous_sealing_key_file",
            is_needed,
            &session.previous_sealing_key_file,
            &mut session.previous_sealing_key,
        ),
        (
            "provider.client_secret_file",
            true,
            &provider.client_secret_file,
            &mut provider.client_secret,
        ),
        (
            "keycloak.agent.client_secret_file",
            true,
            &keycloak.agent.client_secret_file,
            &mut keycloak.agent.client_secret,
        ),
        ("mail.smtp_url_file", is_needed, &mail.smtp_url_file, &mut mail.smtp_url),
        ("sms.api_key_file", is_needed, &sms.api_key_file, &mut sms.api_key),
        ("traces.headers_file", is_needed, &traces.headers_file, &mut traces.headers),
    ] {
        read_secret(key, is_needed, file.as_deref(), secret)?;
    }
    for upstream in upstream.values_mut() {
        let file = upstream.client_secret_file.as_deref();
        let key = "upstream.client_secret_file";
        read_secret(key, is_needed, file, &mut upstream.client_secret)?;
    }
    // Its value has a default, so only the sources know whether it is given twice.
    let mut url = is_written("storage.url").then(|| storage.url.clone());
    read_secret("storage.url_file", is_needed, storage.url_file.as_deref(), &mut url)?;
    if let Some(url) = url {
        storage.url = url;
    }
    Ok(())
}

fn read_secret(
    key: &'static str,
    is_needed: bool,
    file: Option<&Path>,
    secret: &mut Option<Secret>,
) -> Result<(), ConfigError> {
    let Some(path) = file else { return Ok(()) };
    if secret.is_some() {
        let problem = "the secret is given twice, as a value and as a file".into();
        return Err(refused(key, problem, "Remove one of the two").into());
    }
    match std::fs::read_to_string(path) {
        Ok(text) => *secret = Some(Secret::new(text.trim_end_matches(['\r', '\n']))),
        Err(_) if !is_needed => {}
        Err(source) => {
            return Err(ConfigError::SecretFile { key, path: path.to_owned(), source });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use figment::providers::Serialized;

    use super::*;

    /// Loads a file called `Leptos.toml` with this text, and these variables over it.
    fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Leptos.toml");
        std::fs::write(&file, text).unwrap();
        let environment =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        load(Some(&file), &environment).map_err(|error| {
            error.to_string().replace(&format!("{}/", folder.path().display()), "")
        })
    }

    fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
        load_text(text, variables).expect_err("this configuration must be refused")
    }

    const DEMO: (&str, &str) = ("CIBA_LOGIN_DEMO__ENABLED", "true");

    #[test]
    fn an_unknown_key_is_named_with_its_file_and_the_known_ones() {
        let said = refusal("[site]\nadress = \"127.0.0.1:1\"\n", &[DEMO]);
        assert!(
            said.starts_with("Leptos.toml: site.adress is not a known key (known: address, "),
            "{said}"
        );
        let said = refusal("[sites]\n", &[DEMO]);
        assert!(
            said.starts_with("Leptos.toml: sites is not a known table (known: site, "),
            "{said}"
        );
        assert!(!said.contains("package"), "{said}");
    }

    #[test]
    fn an_unknown_key_in_the_environment_is_named_with_its_variable() {
        let said = refusal("", &[DEMO, ("CIBA_LOGIN_SITE__ADRESS", "127.0.0.1:1")]);
        assert!(
            said.starts_with(
                "the environment, CIBA_LOGIN_SITE__ADRESS: site.adress is not a known"
            ),
            "{said}"
        );
        let said = refusal("", &[DEMO, ("CIBA_LOGIN_SITE_ADDRESS", "127.0.0.1:1")]);
        assert!(said.contains("two underscores"), "{said}");
    }

    #[test]
    fn a_bad_value_is_named_with_its_key_and_said_once() {
        let said = refusal("[sign_in]\nmail = \"perhaps\"\n", &[DEMO]);
        assert!(said.starts_with("Leptos.toml: sign_in.mail cannot be"), "{said}");
        assert_eq!(said.matches("perhaps").count(), 1, "{said}");
        let said = refusal("[log]\nformat = \"xml\"\n", &[DEMO]);
        assert!(said.contains("log.format cannot be \"xml\" (known: text, json)"), "{said}");
        let said = refusal("", &[DEMO, ("CIBA_LOGIN_SITE__ADDRESS", "here")]);
        assert!(
            said.starts_with("the environment, CIBA_LOGIN_SITE__ADDRESS: site.address"),
            "{said}"
        );
        let said = refusal("[site]\npublic_url = \"http://login.example\"\n", &[DEMO]);
        assert!(said.starts_with("Leptos.toml: site.public_url: "), "{said}");
        let said = refusal("[site\n", &[DEMO]);
        assert!(said.starts_with("Leptos.toml: ") && said.lines().count() == 1, "{said}");
    }

    #[test]
    fn a_missing_secret_is_refused_outside_the_demo() {
        let said = refusal("", &[]);
        assert!(said.starts_with("session.sealing_key: it is missing"), "{said}");
        let key =
            ("CIBA_LOGIN_SESSION__SEALING_KEY", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=");
        let said = refusal("[provider]\nclient_id = \"c\"\n", &[key]);
        assert!(said.starts_with("provider.client_secret: it is missing"), "{said}");
        let said =
            refusal("[provider]\nclient_id = \"c\"\nclient_auth = \"private_key_jwt\"\n", &[key]);
        assert!(said.starts_with("provider.client_key_file: it is missing"), "{said}");
    }

    #[test]
    fn the_operator_needs_no_key_of_the_site() {
        let config = load_for(Purpose::Operate, None, &Environment::new()).unwrap();
        assert!(config.session.sealing_key.is_none());
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_line_end_and_never_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "0123\n").unwrap();
        let path = file.to_str().unwrap();
        let by_file = ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", path);
        let config = load_text("", &[DEMO, by_file]).unwrap();
        assert_eq!(config.provider.client_secret.unwrap().expose(), "0123");

        let by_value = ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "0123");
        let config = load_text("", &[DEMO, by_value]).unwrap();
        assert_eq!(config.provider.client_secret.unwrap().expose(), "0123");

        let said = refusal("", &[DEMO, by_file, by_value]);
        assert!(said.contains("given twice"), "{said}");

        let nowhere = ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", "/nowhere/secret");
        let said = refusal("", &[DEMO, nowhere]);
        assert!(said.starts_with("provider.client_secret_file: "), "{said}");
    }

    #[test]
    fn an_empty_secret_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "\n").unwrap();
        let path = file.to_str().unwrap();
        for (name, value, key) in [
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "", "provider.client_secret"),
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET", "  ", "provider.client_secret"),
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", path, "provider.client_secret"),
            ("CIBA_LOGIN_SMS__API_KEY", "", "sms.api_key"),
            ("CIBA_LOGIN_MAIL__SMTP_URL_FILE", path, "mail.smtp_url"),
        ] {
            let said = refusal("", &[DEMO, (name, value)]);
            assert!(said.contains(key) && said.contains("it is empty"), "{name}: {said}");
        }
    }

    #[test]
    fn the_address_of_the_database_comes_from_a_file_and_never_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        std::fs::write(&file, "postgres://login:hunter2@db.internal/login\n").unwrap();
        let by_file = ("CIBA_LOGIN_STORAGE__URL_FILE", file.to_str().unwrap());
        let config = load_text("", &[DEMO, by_file]).unwrap();
        assert_eq!(config.storage.url.expose(), "postgres://login:hunter2@db.internal/login");
        let said = refusal("[storage]\nurl = \"sqlite://a.db\"\n", &[DEMO, by_file]);
        assert!(said.contains("storage.url_file") && said.contains("given twice"), "{said}");
    }

    #[test]
    fn the_operator_reads_the_clients_secret_and_leaves_out_what_is_the_sites() {
        let nowhere = |name: &str| (name.to_owned(), "/nowhere/secret".to_owned());
        for (name, is_needed) in [
            ("CIBA_LOGIN_SESSION__SEALING_KEY_FILE", false),
            ("CIBA_LOGIN_STORAGE__URL_FILE", false),
            ("CIBA_LOGIN_MAIL__SMTP_URL_FILE", false),
            ("CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE", true),
        ] {
            let environment = Environment::from([nowhere(name)]);
            let operate = load_for(Purpose::Operate, None, &environment);
            assert_eq!(operate.is_err(), is_needed, "{name}");
            let serve = load_for(Purpose::Serve, None, &environment).unwrap_err();
            assert!(matches!(serve, ConfigError::SecretFile { .. }), "{name}: {serve}");
        }
    }

    #[test]
    fn what_kubernetes_puts_beside_a_service_is_passed_over() {
        for (name, value) in [
            ("SERVICE_HOST", "10.0.0.1"),
            ("SERVICE_PORT", "3000"),
            ("SERVICE_PORT_HTTP", "3000"),
            ("PORT", "tcp://10.0.0.1:3000"),
            ("PORT_3000_TCP", "tcp://10.0.0.1:3000"),
            ("PORT_3000_TCP_PROTO", "tcp"),
            ("PORT_3000_TCP_PORT", "3000"),
            ("PORT_3000_TCP_ADDR", "10.0.0.1"),
            ("DESK_SERVICE_HOST", "10.0.0.2"),
            ("DESK_PORT_3003_TCP_ADDR", "10.0.0.2"),
        ] {
            let name = format!("{PREFIX}{name}");
            assert!(load_text("", &[DEMO, (&name, value)]).is_ok(), "{name}");
        }
        for (name, value) in [
            ("SITE_PORT", "3000"),
            ("SITE_ADDRESS", "127.0.0.1:1"),
            ("PORT_HTTP", "3000"),
            ("PORT_3000_TCP_NAME", "x"),
            ("SERVICE_NAME", "x"),
        ] {
            let said = refusal("", &[DEMO, (&format!("{PREFIX}{name}"), value)]);
            assert!(said.contains("is not a known variable"), "{said}");
        }
    }

    /// Every leaf of the configuration's defaults, by table and key.
    fn leaves(config: &Config) -> Vec<(String, String, Value)> {
        let tables: Dict = Figment::from(Serialized::defaults(config)).extract().unwrap();
        let mut leaves = Vec::new();
        for (table, value) in tables {
            for (key, value) in value.into_dict().into_iter().flatten() {
                leaves.push((table.clone(), key, value));
            }
        }
        leaves
    }

    #[test]
    fn every_switch_number_and_list_can_be_set_from_the_environment() {
        let mut seen = 0;
        for (table, key, default) in leaves(&Config::default()) {
            let text = match (&default, key.as_str()) {
                (Value::Bool(_, switch), _) => (!switch).to_string(),
                (Value::Num(_, number), _) => {
                    number.to_u32().map_or_else(|| "0.5".into(), |whole| (whole + 1).to_string())
                }
                (Value::Array(..), "trusted_proxies" | "trusted_callers") => {
                    "[\"192.0.2.0/24\"]".into()
                }
                (Value::Array(..), "social") => {
                    "[{ name = \"google\", label = \"Google\" }]".into()
                }
                (Value::Array(..), _) => "[\"https://a.example/\"]".into(),
                _ => continue,
            };
            let name = format!("{PREFIX}{table}__{key}").to_ascii_uppercase();
            let environment = Environment::from([(name.clone(), text)]);
            let set: Config = Figment::from(Overrides(&environment))
                .extract()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let (_, _, now) = leaves(&set)
                .into_iter()
                .find(|(of, name, _)| (of, name) == (&table, &key))
                .unwrap();
            assert_ne!(now, default, "{name}");
            seen += 1;
        }
        assert!(seen > 15, "{seen}");
    }

    #[test]
    fn a_secret_of_the_wrong_form_is_not_repeated() {
        let said = refusal("[provider]\nclient_secret = 271828\n", &[DEMO]);
        assert!(said.contains("provider.client_secret") && !said.contains("271828"), "{said}");
    }

    #[test]
    fn no_part_of_an_address_is_repeated_in_which_a_password_may_stand() {
        for text in [
            "storage = \"postgres://app:hunter2@db/login\"",
            "[storage]\nurl = \"postgres://app:12?hunter2=x@db/login\"",
            "[storage]\nurl = \"postgres://app:hunter2/x@db/login\"",
            "[storage]\nurl = \"hunter2://db/login\"",
            "[storage]\nmax_connections = \"postgres://app:hunter2@db/login\"",
            "[mail]\nsmtp_url = \"smtp://app:12?hunter2@mail\"",
            "[mail]\nsmtp_url = \"smtp://app:hunter2/x@mail\"",
            "[sms]\ngateway_url = \"https://app:hunter2/x@gateway\"",
            "[sms]\ngateway_url = \"app:hunter2@gateway\"\n[demo]\nenabled = 7",
            "[provider]\nurl = \"https://app:hunter2/x@id.example\"",
            "[provider]\nurl = \"https://app:hunter2@id.example\"",
            "[provider]\nurl = \"https://id.example/?key=hunter2\"",
            "[provider]\ncors_origins = [\"https://app:hunter2/x@id.example\"]",
        ] {
            let said = refusal(text, &[("CIBA_LOGIN_BRAND__COMPANY", "Bank")]);
            assert!(!said.contains("hunter2"), "{text}: {said}");
        }
        let said =
            refusal("", &[DEMO, ("CIBA_LOGIN_STORAGE__URL", "postgres://a:1?hunter2=x@db/")]);
        assert!(said.contains("storage.url") && !said.contains("hunter2"), "{said}");
    }
}

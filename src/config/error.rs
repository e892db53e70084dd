//! Why a configuration is refused, in one sentence with place, key and cure.

use std::path::PathBuf;

use figment::error::{Actual, Kind};
use figment::{Figment, Metadata};

use super::environment::{ENVIRONMENT, Environment, PREFIX, variable};
use super::refusal::Refusal;

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
    /// A variable that looks like ours, and is none.
    pub(super) fn unknown_variable(name: &str) -> Self {
        Self::Malformed {
            place: format!("{ENVIRONMENT}: "),
            problem: format!(
                "{name} is not a known variable; write {PREFIX}<TABLE>__<KEY>, with two underscores \
                 between table and key"
            ),
        }
    }

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

impl From<Refusal> for ConfigError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { place: String::new(), refusal }
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

/// Where the error comes from the environment, the variable is named and not only the key.
pub(super) fn named(
    figment: &Figment,
    error: &figment::Error,
    environment: &Environment,
) -> ConfigError {
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
pub(super) fn placed(figment: &Figment, error: ConfigError) -> ConfigError {
    match error {
        ConfigError::Refused { refusal, .. } => {
            let place = figment.find_metadata(refusal.key).map_or_else(String::new, place_of);
            ConfigError::Refused { place, refusal }
        }
        other => other,
    }
}

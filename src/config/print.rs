//! The effective configuration, for people to read.

use std::borrow::Cow;
use std::fmt::Write;

use figment::Figment;
use figment::providers::Serialized;
use figment::value::Value;
use url::Url;

use super::refusal::shown;
use super::{Config, ConfigError};

/// The effective configuration as TOML, with secrets hidden.
///
/// # Errors
///
/// [`ConfigError::Malformed`] where it has no such form.
pub fn print(config: &Config) -> Result<String, ConfigError> {
    let value: Value = Figment::from(Serialized::defaults(config))
        .extract()
        .map_err(|error| ConfigError::malformed(&error))?;
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
    // Writing into a string cannot fail.
    let _always = writeln!(text, "[{name}]");
    for (key, value) in members {
        if let Some(rendered) = render(value) {
            let _always = writeln!(text, "{key} = {rendered}");
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

/// A text, and of an address only what holds no password and no key.
fn harmless(text: &str) -> Cow<'_, str> {
    match Url::parse(text) {
        Ok(url) if url.has_authority() && (has_user(&url) || url.query().is_some()) => {
            shown(&url).into()
        }
        _ => text.into(),
    }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn inline(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => serde_json::to_string(&harmless(text)).ok(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn no_password_and_no_key_of_an_address_is_printed() {
        let mut config = Config::default();
        config.storage.url = Secret::new("postgres://app:hunter2@db.internal/login");
        config.mail.smtp_url = Some(Secret::new("smtps://app:hunter2@mail.example"));
        config.sms.gateway_url =
            Some("https://app:hunter2@gateway.example/send?key=hunter2".parse().unwrap());
        let printed = print(&config).unwrap();
        assert!(!printed.contains("hunter2"), "{printed}");
        assert!(printed.contains("https://gateway.example/send?hidden"), "{printed}");
        assert!(printed.contains("\"http://localhost:3000/\""), "{printed}");
    }
}

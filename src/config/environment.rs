//! The variables of the environment that concern us. No other file reads the environment.

use std::collections::BTreeMap;

use figment::value::{Dict, Map, Tag, Value};
use figment::{Metadata, Profile, Provider};

/// The environment's variables, as far as they concern us.
pub type Environment = BTreeMap<String, String>;

pub(super) const PREFIX: &str = "CIBA_LOGIN_";

pub(super) const ENVIRONMENT: &str = "the environment";

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
pub(super) struct Overrides<'a>(pub(super) &'a Environment);

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

/// A variable that looks like ours and would be passed over in silence.
pub(super) fn unknown_name(environment: &Environment) -> Option<&str> {
    let is_unknown = |(name, value): &(&String, &String)| {
        name.strip_prefix(PREFIX).is_some_and(|path| {
            path != "CONFIG" && !path.contains("__") && !is_of_a_service(path, value)
        })
    };
    environment.iter().find(is_unknown).map(|(name, _)| name.as_str())
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

/// The variable that sets this key, or something below it.
pub(super) fn variable<'a>(environment: &'a Environment, key: &str) -> Option<&'a str> {
    let wanted = format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase());
    let below = format!("{wanted}__");
    environment
        .keys()
        .find(|name| name.to_ascii_uppercase() == wanted || name.starts_with(&below))
        .map(String::as_str)
}

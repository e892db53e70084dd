//! Holds `docs/configuration.md` to the comments on the configuration's fields, so that the manual
//! cannot say anything else than the code.

use std::fmt::Write;

use ciba_login::config::{self, Config};

/// The sources whose tables and fields are read.
const SOURCES: [&str; 5] = [
    include_str!("../../src/config/sections.rs"),
    include_str!("../../crates/messages/src/brand.rs"),
    include_str!("../../crates/messages/src/settings.rs"),
    include_str!("../../crates/platform/src/settings.rs"),
    include_str!("../../crates/provider/src/settings.rs"),
];

/// The source that has the tables in their order.
const OUTLINE: &str = include_str!("../../src/config.rs");

/// A configuration table, as its `struct` documents it.
struct Table {
    name: String,
    about: String,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    kind: String,
    about: String,
}

/// The manual's text.
fn manual() -> String {
    let defaults = defaults();
    let mut text = String::from(
        "<!-- Generated from the comments on the settings; `make test` fails when it is stale. \
         -->\n\n# Configuration\n\n`ciba-login` reads one file, `Leptos.toml` in the folder it is \
         started in (or `--config FILE`, or `CIBA_LOGIN_CONFIG`). Every key can be overridden from \
         the environment: `[site] public_url` is `CIBA_LOGIN_SITE__PUBLIC_URL`. Lists and tables are \
         written there as in the file: `CIBA_LOGIN_DESK__TRUSTED_PROXIES='[\"10.0.0.7\"]'`. A secret \
         can be kept in a file of its own: `CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE`. What is unknown, malformed \
         or missing is refused at start, in one sentence with file, key and cure; \
         `ciba-login check-config` does only that, and `--print` shows what is in effect.\n",
    );
    let mut tables: Vec<Table> = SOURCES.iter().flat_map(|source| tables(source)).collect();
    tables.sort_by_key(|table| OUTLINE.find(&format!("pub {}:", root(&table.name))));
    for table in &tables {
        // Writing into a string cannot fail.
        let _always = write!(text, "\n## `[{}]`\n\n{}\n", table.name, table.about);
        let _always = write!(text, "\n| key | default | meaning |\n| --- | --- | --- |\n");
        for key in &table.keys {
            let default = default_of(&defaults, &table.name, key);
            let about = key.about.replace('|', "\\|");
            let _always = writeln!(text, "| `{}` | {default} | {about} |", key.name);
        }
    }
    text
}

fn defaults() -> toml::Table {
    config::print(&Config::default()).unwrap().parse().unwrap()
}

fn default_of(defaults: &toml::Table, table: &str, key: &Key) -> String {
    let mut names = table.split('.');
    let root = names.next().and_then(|root| defaults.get(root));
    let table_value = names.fold(root, |value, name| value?.get(name));
    let value = table_value.and_then(|table| table.get(&key.name));
    match value {
        Some(toml::Value::Table(_)) if key.kind.starts_with("BTreeMap<") => "`{}`".into(),
        Some(toml::Value::Table(_)) => format!("see `[{table}.{}]`", key.name),
        // The one secret that has a default, which is none.
        Some(_) if table == "storage" && key.name == "url" => "`sqlite://ciba-login.db`".into(),
        Some(toml::Value::String(text)) => format!("`{text}`"),
        Some(value) => format!("`{value}`"),
        None if key.kind.starts_with("Option<") => "unset".into(),
        None if key.kind.starts_with("Vec<") => "`[]`".into(),
        None if key.kind.starts_with("BTreeMap<") => "`{}`".into(),
        None if key.kind == "bool" => "`false`".into(),
        None if key.kind == "UpstreamKind" => "`openid`".into(),
        None => "required".into(),
    }
}

/// `upstream.<name>` belongs to `upstream`.
fn root(table: &str) -> &str {
    table.split('.').next().unwrap_or(table)
}

/// The documented tables of a source. A doc comment that begins with a table's name in brackets
/// opens one; the array of social buttons is documented as a table of its own.
fn tables(source: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let (mut about, mut open) = (Vec::new(), false);
    for line in source.lines() {
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix("///") {
            about.push(comment.trim().to_owned());
        } else if let Some(rest) = trimmed.strip_prefix("pub struct ") {
            let about = std::mem::take(&mut about).join(" ");
            let name = rest.trim_end_matches([' ', '{']);
            open = if let Some((name, about)) = named(&about, name) {
                tables.push(Table { name, about, keys: Vec::new() });
                true
            } else {
                false
            };
        } else if let Some(field) = trimmed.strip_prefix("pub ").filter(|_| open) {
            if let (Some((name, kind)), Some(table)) = (field.split_once(": "), tables.last_mut()) {
                table.keys.push(Key {
                    name: name.to_owned(),
                    kind: kind.trim_end_matches(',').to_owned(),
                    about: std::mem::take(&mut about).join(" "),
                });
            }
        } else if trimmed == "}" || trimmed.starts_with("impl ") {
            open = false;
            about.clear();
        } else if !trimmed.starts_with("#[") {
            about.clear();
        }
    }
    tables
}

/// The table's name and what it is for, out of `` `[name]`: what it is for``.
fn named(about: &str, type_name: &str) -> Option<(String, String)> {
    let sentence = |text: &str| {
        let mut characters = text.trim().chars();
        let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{}", characters.as_str())
    };
    if let Some((name, about)) = about.strip_prefix("`[").and_then(|about| about.split_once("]`:"))
    {
        return Some((name.to_owned(), sentence(about)));
    }
    match type_name {
        "BrandConfig" => Some(("brand".into(), about.to_owned())),
        "SocialButton" => Some(("sign_in.social".into(), about.to_owned())),
        _ => None,
    }
}

#[test]
fn the_manual_says_what_the_code_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    let now = manual();
    if std::fs::read_to_string(file).unwrap_or_default() != now {
        std::fs::write(file, now).unwrap();
        panic!("docs/configuration.md was stale and is written anew: look at it and commit it");
    }
}

#[test]
fn the_manual_explains_every_key() {
    let text = manual();
    for (name, table) in defaults() {
        for key in table.as_table().unwrap().keys() {
            assert!(text.contains(&format!("| `{key}` |")), "{name}.{key} is not explained");
        }
    }
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        assert!(!line.ends_with("|  |"), "no meaning: {line}");
    }
}

/// The files for deployments, and the pages that speak of them.
const SAMPLES: [(&str, &str); 9] = [
    ("ciba-login.service", include_str!("../../contrib/ciba-login.service")),
    ("nginx.conf", include_str!("../../contrib/nginx.conf")),
    ("compose.yml", include_str!("../../contrib/compose.yml")),
    ("Dockerfile", include_str!("../../contrib/Dockerfile")),
    ("README.md", include_str!("../../README.md")),
    ("deployment.md", include_str!("../../docs/deployment.md")),
    ("operator.md", include_str!("../../docs/operator.md")),
    ("security.md", include_str!("../../docs/security.md")),
    ("logs.md", include_str!("../../docs/logs.md")),
];

#[test]
fn whoever_copies_a_sample_sets_keys_that_there_are() {
    let tables: Vec<Table> = SOURCES.iter().flat_map(|source| tables(source)).collect();
    let mut seen = 0;
    for (sample, text) in SAMPLES {
        for rest in text.split("CIBA_LOGIN_").skip(1) {
            let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c == '_'));
            let name = rest[..end.unwrap_or(rest.len())].to_ascii_lowercase();
            // What has one underscore is Kubernetes's, or names the file.
            let Some((table, key)) = name.split_once("__") else { continue };
            let table = tables.iter().find(|known| known.name == table);
            let is_known = table.is_some_and(|table| table.keys.iter().any(|has| has.name == key));
            assert!(is_known, "{sample}: there is no key {name}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

//! The members in `crates/`: who may know whom, and what they are built as.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each member may depend on among us.
const KNOWS: [(&str, &[&str]); 7] = [
    ("ciba", &[]),
    ("front", &[]),
    ("keycloak", &["ciba", "platform"]),
    ("messages", &["ciba", "platform"]),
    ("platform", &["ciba"]),
    ("provider", &["ciba", "messages", "platform"]),
    ("transmit", &["ciba", "platform"]),
];

/// Each further one has to be worth it: see `docs/decisions/0009-member-crates.md`.
const MOST: usize = 7;

fn manifests() -> BTreeMap<String, toml::Table> {
    std::fs::read_dir("crates")
        .unwrap()
        .map(|folder| {
            let folder = folder.unwrap();
            let manifest = std::fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
            (folder.file_name().into_string().unwrap(), manifest.parse().unwrap())
        })
        .collect()
}

#[test]
fn members_know_only_what_lies_below_them() {
    let manifests = manifests();
    let ours: BTreeSet<&str> = manifests.keys().map(String::as_str).chain(["ciba-login"]).collect();
    assert!(manifests.len() <= MOST);
    assert!(manifests.keys().map(String::as_str).eq(KNOWS.iter().map(|(name, _)| *name)));
    for (name, knows) in KNOWS {
        let manifest = &manifests[name];
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let named = manifest.get(table).and_then(toml::Value::as_table);
            for dependency in named.into_iter().flat_map(toml::Table::keys) {
                let is_allowed =
                    !ours.contains(dependency.as_str()) || knows.contains(&dependency.as_str());
                assert!(is_allowed, "{name} must not know {dependency}");
            }
        }
    }
}

#[test]
fn only_the_islands_are_linked_as_a_library_of_their_own() {
    for (name, manifest) in manifests() {
        let kinds = manifest.get("lib").and_then(|lib| lib.get("crate-type"));
        assert_eq!(kinds.is_some(), name == "front", "{name}");
    }
    let root: toml::Table = std::fs::read_to_string("Cargo.toml").unwrap().parse().unwrap();
    assert!(!root.contains_key("lib"));
}

/// Every source file below a folder, with its text.
pub(crate) fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn the_page_and_the_operators_side_know_nothing_of_the_embedded_provider() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    files.retain(|(_, text)| text.contains("use provider::"));
    let mut found: Vec<_> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    found.sort();
    assert_eq!(found, ["src/application/settings.rs", "src/config.rs", "src/demo.rs"]);
}

/// The name of the type that a line defines. An associated type (an indented `type`) is the name that
/// a trait gives, and defines none.
fn defined_type(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
    match words.next()? {
        "struct" | "enum" | "trait" | "union" => {}
        "type" if !line.starts_with(' ') => {}
        _ => return None,
    }
    let name = words.next()?;
    Some(&name[..name.find(|c: char| !c.is_alphanumeric()).unwrap_or(name.len())])
}

#[test]
fn every_type_has_a_name_of_its_own() {
    let mut files = Vec::new();
    for folder in ["src", "crates"] {
        sources(Path::new(folder), &mut files);
    }
    let mut definitions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, text) in &files {
        for name in text.lines().filter_map(defined_type) {
            definitions.entry(name).or_default().push(path.display().to_string());
        }
    }
    assert!(definitions.len() > 700, "{}", definitions.len());
    definitions.retain(|_, places| places.len() > 1);
    assert!(definitions.is_empty(), "{definitions:#?}");
}

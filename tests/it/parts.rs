//! What the program is made of, against `deny.toml`: licences, bans and sources. `cargo deny` says the
//! same where it is installed; this needs nothing but cargo.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

/// Everything that is compiled on this machine, tests and build scripts included.
fn packages() -> Vec<Value> {
    let host = Command::new("rustc").args(["--print", "host-tuple"]).output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host.trim()])
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let mut metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else { panic!("no packages") };
    packages
}

fn rules() -> toml::Table {
    include_str!("../../deny.toml").parse().unwrap()
}

fn words(rules: &toml::Table, table: &str, name: &str) -> BTreeSet<String> {
    let words = rules[table][name].as_array().unwrap().iter();
    words.map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// Whether a licence is one of those that `deny.toml` allows.
fn is_allowed(licence: &LicenseReq, allowed: &BTreeSet<String>) -> bool {
    allowed.contains(&licence.to_string())
}

#[test]
fn every_part_has_a_licence_that_is_allowed_and_comes_from_the_registry() {
    let rules = rules();
    let allowed = words(&rules, "licenses", "allow");
    let registries: BTreeSet<_> = words(&rules, "sources", "allow-registry");
    let mut seen = 0;
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name}: no licence"));
        let expression = Expression::parse_mode(licence, ParseMode::LAX).unwrap();
        assert!(expression.evaluate(|one| is_allowed(one, &allowed)), "{name}: {licence}");
        let Some(source) = package["source"].as_str() else { continue };
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        assert!(registries.contains(registry), "{name}: {source}");
        seen += 1;
    }
    assert!(seen > 300, "{seen}");
}

#[test]
fn no_part_is_banned() {
    let rules = rules();
    let banned = rules["bans"]["deny"].as_array().unwrap().iter();
    let banned: BTreeSet<_> = banned.map(|ban| ban["crate"].as_str().unwrap()).collect();
    assert!(banned.contains("openssl"), "{banned:?}");
    // Of every platform, compiled here or not.
    let lock: toml::Table = include_str!("../../Cargo.lock").parse().unwrap();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.contains(name), "{name}");
    }
}

#[test]
fn a_licence_that_is_not_allowed_is_found() {
    let allowed = words(&rules(), "licenses", "allow");
    let passes = |text: &str| {
        let expression = Expression::parse_mode(text, ParseMode::LAX).unwrap();
        expression.evaluate(|one| is_allowed(one, &allowed))
    };
    for good in ["MIT", "MIT/Apache-2.0", "Apache-2.0 OR GPL-2.0-only", "MIT AND Unicode-3.0"] {
        assert!(passes(good), "{good}");
    }
    for bad in ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "LGPL-2.1-or-later"] {
        assert!(!passes(bad), "{bad}");
    }
}

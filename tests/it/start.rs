//! Starting: both listeners answer, and the configuration in the repository is good.

use std::collections::BTreeMap;
use std::path::Path;

use ciba_login::server::config;

use crate::support::TestApp;

#[tokio::test]
async fn both_listeners_answer() {
    let app = TestApp::start().await;
    for base in [&app.site, &app.provider] {
        let answer = app.http.get(format!("{base}/healthz")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}

#[test]
fn the_configuration_in_the_repository_is_good() {
    config::load(Some(Path::new("Leptos.toml")), &BTreeMap::new()).unwrap();
}

#[test]
fn leptos_toml_and_cargo_toml_agree() {
    let cargo: toml::Table = std::fs::read_to_string("Cargo.toml").unwrap().parse().unwrap();
    let leptos: toml::Table = std::fs::read_to_string("Leptos.toml").unwrap().parse().unwrap();
    let of = |table: &toml::Table| table["package"]["metadata"]["leptos"].clone();
    let (cargo, leptos) = (of(&cargo), of(&leptos));
    for (key, value) in leptos.as_table().unwrap() {
        assert_eq!(cargo.get(key), Some(value), "{key} differs between the two files");
    }
    assert!(leptos_config_reads_the_same_file());
}

fn leptos_config_reads_the_same_file() -> bool {
    let options = leptos::config::get_configuration(Some("Leptos.toml")).unwrap().leptos_options;
    options.output_name.as_ref() == "ciba-login" && options.site_pkg_dir.as_ref() == "pkg"
}

/// TLS is rustls here; a second implementation would be a second thing to keep patched.
#[test]
fn no_other_tls_is_linked() {
    let lock = std::fs::read_to_string("Cargo.lock").unwrap();
    for package in ["openssl", "openssl-sys", "native-tls"] {
        assert!(!lock.contains(&format!("name = \"{package}\"\n")), "{package}");
    }
}

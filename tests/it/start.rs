//! Starting: both listeners answer, and the configuration in the repository is good.

use std::collections::BTreeMap;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciba_login::application::{Application, settings};
use ciba_login::config::{self, ClientAuth, Config, Secret};
use platform::ambient::Ambient;
use tokio_util::sync::CancellationToken;
use transmit::Transmit;

use crate::support::{TestApp, http};

#[tokio::test]
async fn both_listeners_answer() {
    let app = TestApp::start().await;
    for base in [&app.site, &app.provider] {
        let answer = app.http.get(format!("{base}/healthz")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn a_client_that_signs_who_it_is_needs_no_secret_at_the_embedded_provider() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("client.pem");
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    std::fs::write(&file, format!("{begin}\n{}\n{end}\n", STANDARD.encode(key.as_ref()))).unwrap();
    let mut config = Config::default();
    config.storage.url =
        Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
    config.session.sealing_key = Some(Secret::new("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="));
    config.provider.client_id = Some("client".into());
    config.provider.client_auth = ClientAuth::PrivateKeyJwt;
    config.provider.client_key_file = Some(file);
    config.site.address.set_port(0);
    config.provider.address.set_port(0);
    let ambient = Ambient::system();
    // The second start finds the client that the first one has made.
    for _ in 0..2 {
        let application = Application::build(config.clone(), ambient.clone()).await.unwrap();
        let address = application.provider_address().unwrap().unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(application.run(stop.clone()));
        let mut shell = config.clone();
        shell.provider.public_url.set_port(Some(address.port())).unwrap();
        let transmit = Transmit::new(http(), settings::of_client(&shell).unwrap(), ambient.clone());
        let named = transmit.issuer_of_client_token().await.unwrap();
        assert_eq!(named, Some(shell.issuer()));
        stop.cancel();
        running.await.unwrap();
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
    let cargo = &cargo["workspace"]["metadata"]["leptos"][0];
    let leptos = &leptos["package"]["metadata"]["leptos"];
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

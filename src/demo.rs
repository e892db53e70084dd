//! The demo: credentials, keys and customers that are made on first start and kept in one folder.
//!
//! Nothing here exists unless `[demo] enabled = true`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::config::{Config, Secret, SocialButton, UpstreamConfig, UpstreamKind};
use platform::ids::{Entropy, NoEntropy};
use provider::social;

pub use provider::settings::DemoUser;

/// The content of `demo.json`, which other programs read: add to it, never change it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Demo {
    /// The site, as browsers see it.
    pub site_url: String,
    /// The embedded provider, as clients see it.
    pub provider_url: String,
    /// The demo's application.
    pub app_id: String,
    /// The demo's client.
    pub client_id: String,
    /// Its secret, random.
    pub client_secret: String,
    /// The client's `login_uri`.
    pub login_uri: String,
    /// The customers.
    pub users: Vec<DemoUser>,
}

impl std::fmt::Debug for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Demo").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// The demo's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file cannot be written or read.
    #[error("the demo's data could not be kept in {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// `demo.json` is not what was written.
    #[error("{} could not be read: remove it, and it is made anew", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The machine gives no randomness for the secrets.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

/// Where the demo of this configuration keeps its data.
pub fn file(config: &Config) -> PathBuf {
    config.demo.directory.join("demo.json")
}

/// Makes or reads the demo's data and puts its credentials and keys into the configuration.
pub fn adopt(config: &mut Config, entropy: &dyn Entropy) -> Result<Demo, DemoError> {
    let directory = config.demo.directory.clone();
    fs::create_dir_all(&directory)
        .map_err(|source| DemoError::File { path: directory.clone(), source })?;
    let mut demo = match read(&file(config))? {
        Some(demo) => demo,
        None => make(entropy)?,
    };
    demo.site_url = bare(config.site.public_url.as_str());
    demo.provider_url = bare(config.provider.public_url.as_str());
    demo.login_uri = format!("{}/login", demo.site_url);
    let text = serde_json::to_vec_pretty(&demo)
        .map_err(|source| DemoError::Malformed { path: file(config), source })?;
    write_private(&file(config), &text)?;
    borrow_credentials(config, &demo);
    offer_identity(config, entropy)?;
    if config.session.sealing_key.is_none() {
        config.session.sealing_key = Some(sealing_key(&directory.join("sealing.key"), entropy)?);
    }
    Ok(demo)
}

/// Puts the demo's credentials into the configuration, where it has none: for the operator's
/// commands, which find a demo that is already there.
///
/// # Errors
///
/// [`DemoError`] where `demo.json` cannot be read.
pub fn borrow(config: &mut Config) -> Result<Option<Demo>, DemoError> {
    let demo = read(&file(config))?;
    if let Some(demo) = &demo {
        borrow_credentials(config, demo);
        let key = fs::read_to_string(config.demo.directory.join("sealing.key"));
        if let (None, Ok(key)) = (&config.session.sealing_key, key) {
            config.session.sealing_key = Some(Secret::new(key.trim()));
        }
    }
    Ok(demo)
}

fn borrow_credentials(config: &mut Config, demo: &Demo) {
    let provider = &mut config.provider;
    provider.app_id.get_or_insert_with(|| demo.app_id.clone());
    provider.client_id.get_or_insert_with(|| demo.client_id.clone());
    provider.client_secret.get_or_insert_with(|| Secret::new(demo.client_secret.clone()));
}

/// Offers the demo's own identity provider, where no other social login is configured.
fn offer_identity(config: &mut Config, entropy: &dyn Entropy) -> Result<(), NoEntropy> {
    if !config.sign_in.social.is_empty() || !config.upstream.is_empty() {
        return Ok(());
    }
    let name = social::DEMO_NAME.to_owned();
    let upstream = UpstreamConfig {
        kind: UpstreamKind::Openid,
        issuer: social::demo_issuer(&config.provider.public_url),
        authorization_url: None,
        token_url: None,
        userinfo_url: None,
        client_id: "embedded-provider".into(),
        // Both sides of it run in this process.
        client_secret: Some(Secret::new(entropy.token::<32>()?)),
        client_secret_file: None,
        scopes: Vec::new(),
        team_id: None,
        key_id: None,
        key_file: None,
        trust_verified_email: true,
        refuses_pkce: false,
        anew: BTreeMap::new(),
    };
    config.upstream.insert(name.clone(), upstream);
    config.sign_in.social.push(SocialButton { name, label: "Demo ID".into() });
    Ok(())
}

fn make(entropy: &dyn Entropy) -> Result<Demo, NoEntropy> {
    let user = |email: &str, phone_number: &str, phone_number_verified| {
        Ok(DemoUser {
            user_id: entropy.token::<12>()?,
            email: email.into(),
            phone_number: phone_number.into(),
            phone_number_verified,
        })
    };
    Ok(Demo {
        site_url: String::new(),
        provider_url: String::new(),
        app_id: entropy.token::<12>()?,
        client_id: format!("{}.demo", entropy.token::<12>()?),
        client_secret: entropy.token::<32>()?,
        login_uri: String::new(),
        users: vec![
            user("alex@example.com", "+15550100", true)?,
            user("sam@example.com", "+15550101", true)?,
            user("kim@example.com", "+15550102", false)?,
        ],
    })
}

fn read(path: &Path) -> Result<Option<Demo>, DemoError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| DemoError::Malformed { path: path.to_owned(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(DemoError::File { path: path.to_owned(), source }),
    }
}

fn sealing_key(path: &Path, entropy: &dyn Entropy) -> Result<Secret, DemoError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Secret::new(text.trim())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = STANDARD.encode(entropy.bytes::<32>()?);
            write_private(path, key.as_bytes())?;
            Ok(Secret::new(key))
        }
        Err(source) => Err(DemoError::File { path: path.to_owned(), source }),
    }
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    let failed = |source| DemoError::File { path: path.to_owned(), source };
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&draft).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&draft, path).map_err(failed)
}

fn bare(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use platform::ids::SystemEntropy;

    fn config(directory: &Path) -> Config {
        let mut config = Config::default();
        config.demo.enabled = true;
        config.demo.directory = directory.to_owned();
        config
    }

    #[test]
    fn makes_its_data_once_and_keeps_it_private() {
        let directory = tempfile::tempdir().unwrap();
        let first = adopt(&mut config(directory.path()), &SystemEntropy).unwrap();
        let mut again = config(directory.path());
        let second = adopt(&mut again, &SystemEntropy).unwrap();
        assert_eq!(first.client_secret, second.client_secret);
        assert_eq!(again.provider.client_id.as_deref(), Some(first.client_id.as_str()));
        assert!(again.session.sealing_key.is_some());
        for name in ["demo.json", "sealing.key"] {
            let mode = fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn has_customers_for_every_story() {
        let demo = make(&SystemEntropy).unwrap();
        assert!(demo.users.iter().filter(|user| user.phone_number_verified).count() >= 2);
        assert!(demo.users.iter().any(|user| !user.phone_number_verified));
    }
}

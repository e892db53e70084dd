//! The key with which the configured client signs who it is (`private_key_jwt`).

use std::path::PathBuf;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey};

use crate::settings::ProviderSettings;

/// The configured client signs who it is, and its public key cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum FirstClientKeyError {
    /// The file cannot be read.
    #[error("the client's key could not be read from {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no private key that can sign.
    #[error(
        "the client's key cannot be used: a PEM file with an RSA or a P-256 key (PKCS #8) is expected"
    )]
    Unusable(#[source] jsonwebtoken::errors::Error),
}

/// The public half of the key with which the configured client signs who it is (`private_key_jwt`);
/// nothing where it proves that by a secret.
pub(crate) fn public_keys(
    settings: &ProviderSettings,
) -> Result<Option<JwkSet>, FirstClientKeyError> {
    let Some(path) = &settings.client.key_file else { return Ok(None) };
    let pem = std::fs::read(path)
        .map_err(|source| FirstClientKeyError::File { path: path.clone(), source })?;
    let (key, algorithm) = if let Ok(key) = EncodingKey::from_ec_pem(&pem) {
        (key, Algorithm::ES256)
    } else {
        let key = EncodingKey::from_rsa_pem(&pem).map_err(FirstClientKeyError::Unusable)?;
        (key, Algorithm::RS256)
    };
    let key = Jwk::from_encoding_key(&key, algorithm).map_err(FirstClientKeyError::Unusable)?;
    Ok(Some(JwkSet { keys: vec![key] }))
}

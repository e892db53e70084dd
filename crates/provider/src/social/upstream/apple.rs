//! Apple's client secret: a JWT that we sign ourselves with ES256.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::settings::UpstreamConfig;

/// Apple's issuer.
pub(super) const ISSUER: &str = "https://appleid.apple.com";

/// Seconds that a secret lasts. Apple allows six months; it is made anew for each exchange.
const LIFETIME: i64 = 300;

/// The key cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppleKeyError {
    /// `team_id`, `key_id` or `key_file` is missing.
    #[error("{0}: it is missing, and Apple's client secret is signed with it")]
    Missing(&'static str),
    /// The file cannot be read.
    #[error("upstream.key_file could not be read")]
    File(#[source] Arc<std::io::Error>),
    /// The file holds no ES256 key, or the key does not sign.
    #[error("upstream.key_file is not an ES256 key in PEM")]
    Key(#[source] jsonwebtoken::errors::Error),
}

/// The key that Apple has given out.
pub(super) struct AppleKey {
    team_id: String,
    key_id: String,
    key: EncodingKey,
}

impl std::fmt::Debug for AppleKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppleKey(hidden)")
    }
}

#[derive(Serialize)]
struct AppleSecretClaims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'a str,
    sub: &'a str,
}

impl AppleKey {
    pub(super) fn load(config: &UpstreamConfig) -> Result<Self, AppleKeyError> {
        let missing = AppleKeyError::Missing;
        let team_id = config.team_id.clone().ok_or(missing("upstream.team_id"))?;
        let key_id = config.key_id.clone().ok_or(missing("upstream.key_id"))?;
        let file = config.key_file.as_ref().ok_or(missing("upstream.key_file"))?;
        let pem = std::fs::read(file).map_err(|error| AppleKeyError::File(Arc::new(error)))?;
        let key = EncodingKey::from_ec_pem(&pem).map_err(AppleKeyError::Key)?;
        Ok(Self { team_id, key_id, key })
    }

    pub(super) fn sign(
        &self,
        client_id: &str,
        issuer: &str,
        now: i64,
    ) -> Result<String, AppleKeyError> {
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::ES256) };
        let claims = AppleSecretClaims {
            iss: &self.team_id,
            iat: now,
            exp: now + LIFETIME,
            aud: issuer,
            sub: client_id,
        };
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(AppleKeyError::Key)
    }
}

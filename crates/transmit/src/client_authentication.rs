//! How our client proves who it is at the token and backchannel endpoints (OpenID Connect Core 1.0,
//! section 9).

use std::path::{Path, PathBuf};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value};

use platform::Secret;
use platform::ambient::Ambient;
use platform::ids::NoEntropy;

/// The value of `client_assertion_type` (RFC 7523, section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Seconds for which a client assertion is good: it is made for one call.
const ASSERTION_LIFETIME: i64 = 60;

/// The way in which the client proves who it is.
#[derive(Debug, Clone)]
pub enum ClientAuthentication {
    /// `client_secret_post`: the secret in the body.
    SecretPost(Secret),
    /// `client_secret_basic`: the secret in the `Authorization` header.
    SecretBasic(Secret),
    /// `private_key_jwt`: a signed assertion.
    PrivateKeyJwt(ClientKey),
}

/// The client's private key for `private_key_jwt`.
#[derive(Clone)]
pub struct ClientKey {
    key: EncodingKey,
    algorithm: Algorithm,
}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientKey({:?}, hidden)", self.algorithm)
    }
}

/// The client's key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientKeyError {
    /// The file cannot be read.
    #[error("the client's key could not be read from {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no private key that we can sign with.
    #[error(
        "the client's key cannot be used: a PEM file with an RSA or a P-256 key (PKCS #8) is expected"
    )]
    Unusable(#[source] jsonwebtoken::errors::Error),
}

/// An assertion could not be signed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AssertionError {
    /// No randomness for its identifier.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The key does not sign.
    #[error("the client's key did not sign")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

impl ClientKey {
    /// Reads a key: RSA signs RS256, P-256 signs ES256.
    pub fn load(path: &Path) -> Result<Self, ClientKeyError> {
        let pem = std::fs::read(path)
            .map_err(|source| ClientKeyError::File { path: path.to_owned(), source })?;
        if let Ok(key) = EncodingKey::from_ec_pem(&pem) {
            return Ok(Self { key, algorithm: Algorithm::ES256 });
        }
        let key = EncodingKey::from_rsa_pem(&pem).map_err(ClientKeyError::Unusable)?;
        Ok(Self { key, algorithm: Algorithm::RS256 })
    }

    /// An assertion for one call (RFC 7523, section 3).
    fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        ambient: &Ambient,
    ) -> Result<String, AssertionError> {
        let claims = Map::from_iter([("sub".to_owned(), client_id.into())]);
        self.sign(claims, client_id, audience, ambient)
    }

    /// A signed authentication request (CIBA Core 1.0, section 7.1.1) with these parameters.
    fn request(
        &self,
        client_id: &str,
        audience: &str,
        parameters: &[(&str, &str)],
        ambient: &Ambient,
    ) -> Result<String, AssertionError> {
        let parameters = parameters.iter().map(|(name, value)| (*name, Value::from(*value)));
        let not_before = ("nbf", Value::from(ambient.clock.unix()));
        let claims = parameters.chain([not_before]).map(|(name, value)| (name.to_owned(), value));
        self.sign(claims.collect(), client_id, audience, ambient)
    }

    /// Signs claims, with those that say who sends them to whom, once, and until when.
    fn sign(
        &self,
        mut claims: Map<String, Value>,
        client_id: &str,
        audience: &str,
        ambient: &Ambient,
    ) -> Result<String, AssertionError> {
        let iat = ambient.clock.unix();
        for (name, value) in [
            ("iss", Value::from(client_id)),
            ("aud", audience.into()),
            ("jti", ambient.entropy.token::<16>()?.into()),
            ("iat", iat.into()),
            ("exp", (iat + ASSERTION_LIFETIME).into()),
        ] {
            claims.insert(name.to_owned(), value);
        }
        Ok(jsonwebtoken::encode(&Header::new(self.algorithm), &claims, &self.key)?)
    }
}

impl ClientAuthentication {
    /// A signed authentication request, where the client has a key.
    pub(super) fn signed_request(
        &self,
        client_id: &str,
        audience: &str,
        parameters: &[(&str, &str)],
        ambient: &Ambient,
    ) -> Result<Option<String>, AssertionError> {
        match self {
            Self::PrivateKeyJwt(key) => {
                key.request(client_id, audience, parameters, ambient).map(Some)
            }
            Self::SecretPost(_) | Self::SecretBasic(_) => Ok(None),
        }
    }

    /// The form fields that prove who the client is, `client_id` among them. `audience` is the
    /// token endpoint's address.
    ///
    /// # Errors
    ///
    /// [`AssertionError`] where an assertion is needed and cannot be signed.
    pub(super) fn fields(
        &self,
        client_id: &str,
        audience: &str,
        ambient: &Ambient,
    ) -> Result<Vec<(&'static str, String)>, AssertionError> {
        let client_id_field = ("client_id", client_id.to_owned());
        Ok(match self {
            Self::SecretPost(secret) => {
                vec![client_id_field, ("client_secret", secret.expose().to_owned())]
            }
            Self::SecretBasic(_) => Vec::new(),
            Self::PrivateKeyJwt(key) => vec![
                client_id_field,
                ("client_assertion_type", ASSERTION_TYPE.to_owned()),
                ("client_assertion", key.assertion(client_id, audience, ambient)?),
            ],
        })
    }

    /// User name and password of the `Authorization: Basic` header, where this way uses one. Both
    /// are form-encoded first (RFC 6749, section 2.3.1).
    pub(super) fn basic(&self, client_id: &str) -> Option<(String, String)> {
        let encode = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        match self {
            Self::SecretBasic(secret) => Some((encode(client_id), encode(secret.expose()))),
            Self::SecretPost(_) | Self::PrivateKeyJwt(_) => None,
        }
    }
}

//! The only code that speaks Transmit's API. The site and the operator use it, against Transmit and
//! against the embedded provider alike.

use url::Url;

use super::application::Ambient;
use super::config::{Config, Secret};

/// Where the API is and who we are there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The API's address.
    pub base: Url,
    /// The path in front of the API's paths, `/cis` at Transmit.
    pub prefix: String,
    /// The path of the token endpoint.
    pub token_path: String,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Our client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
}

/// The configuration lacks what the client needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}: it is missing. Set it in the configuration, or start the demo first")]
pub struct SetUpError(&'static str);

impl Settings {
    /// The settings of a configuration.
    ///
    /// # Errors
    ///
    /// [`SetUpError`] names the key that is missing.
    pub fn of(config: &Config) -> Result<Self, SetUpError> {
        let provider = &config.provider;
        Ok(Self {
            base: config.provider_url().clone(),
            prefix: provider.prefix.clone(),
            token_path: provider.token_path.clone(),
            issuer: config.issuer(),
            client_id: provider.client_id.clone().ok_or(SetUpError("provider.client_id"))?,
            client_secret: provider
                .client_secret
                .clone()
                .ok_or(SetUpError("provider.client_secret"))?,
        })
    }
}

/// The API of one provider, used with one client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transmit {
    http: reqwest::Client,
    settings: Settings,
    ambient: Ambient,
}

impl Transmit {
    /// An API client.
    pub fn new(http: reqwest::Client, settings: Settings, ambient: Ambient) -> Self {
        Self { http, settings, ambient }
    }
}

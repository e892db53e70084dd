//! The API of one provider, as one client uses it: whose endpoints, where, and who we are there.

use std::sync::Arc;

use url::Url;

use super::access_token::ClientTokenCache;
use super::client_authentication::ClientAuthentication;
use super::endpoints::EndpointCache;
use super::errors::TransmitError;
use platform::ambient::Ambient;
use platform::id_token::KeyCache;
use platform::issuer::IssuerAddress;

/// Whose endpoints are called. Starting a request, polling and keys exist at both; everything else
/// is Transmit's alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Transmit's API, or the embedded provider's.
    #[default]
    Transmit,
    /// A realm of Keycloak, whose address is the base.
    Keycloak(Device),
}

/// A realm of Keycloak and the site that is its authentication device, as the agents' side knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The realm.
    pub realm: IssuerAddress,
    /// The site's address as browsers see it.
    pub site: Url,
    /// Whether requests are signed, with the key of `private_key_jwt`.
    pub signs_requests: bool,
}

/// Where the API is and who we are there.
#[derive(Debug, Clone)]
pub struct TransmitSettings {
    /// Whose endpoints they are.
    pub dialect: Dialect,
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
    /// How our client proves who it is.
    pub client_authentication: ClientAuthentication,
}

/// The API of one provider, used with one client. Cheap to clone; clones share the client's token
/// and the provider's keys.
#[derive(Debug, Clone)]
pub struct Transmit {
    pub(super) inner: Arc<TransmitParts>,
}

#[derive(Debug)]
pub(super) struct TransmitParts {
    pub(super) http: reqwest::Client,
    pub(super) settings: TransmitSettings,
    pub(super) ambient: Ambient,
    pub(super) client_token: ClientTokenCache,
    pub(super) keys: KeyCache<TransmitError>,
    pub(super) endpoints: EndpointCache,
}

impl Transmit {
    /// An API client.
    pub fn new(http: reqwest::Client, settings: TransmitSettings, ambient: Ambient) -> Self {
        let inner = TransmitParts {
            http,
            settings,
            ambient,
            client_token: ClientTokenCache::default(),
            keys: KeyCache::default(),
            endpoints: EndpointCache::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Our client's identifier.
    pub fn client_id(&self) -> &str {
        &self.inner.settings.client_id
    }

    /// Time and randomness, as they were passed in.
    pub fn ambient(&self) -> &Ambient {
        &self.inner.ambient
    }
}

//! The only code that speaks Transmit's API. The site and the operator use it, against Transmit and
//! against the embedded provider alike.
//!
//! One file per group of calls, its types beside them. Whatever the API answers becomes a value: no
//! body, of whatever shape, is more than a [`TransmitError`]. Secrets and tokens are in no `Debug` and in
//! no message. The address of every call is below one configured base. Discovery is asked at Keycloak
//! only (`endpoints`): Transmit's is undocumented, and its issuer is not its API host.

mod access_token;
mod backchannel;
mod call;
mod client_authentication;
mod client_token;
mod clients;
mod complete;
mod email_address;
mod endpoints;
mod errors;
mod id_token;
mod jwks;
mod mail;
mod poll;
mod signed_in;
mod social;
mod webauthn;

use std::sync::Arc;

use url::Url;

use platform::ambient::Ambient;
use platform::id_token::KeyCache;
use platform::issuer::IssuerAddress;

pub use access_token::{ClientAccessToken, UserAccessToken};
pub use backchannel::{BackchannelRequest, Channel, Started};
pub use ciba::LoginHintType;
pub use client_authentication::{AssertionError, ClientAuthentication, ClientKey, ClientKeyError};
pub use clients::{ApiClient, CibaAuthorization, CreatedApplication, CreatedClient, NewClient};
pub use email_address::{EmailAddress, InvalidEmailAddress};
pub use errors::{ApiError, Limit, TransmitError};
pub use mail::{EmailContent, MailCode, MailLink, SendMailError};
pub use platform::id_token::{Expected, IdTokenClaims, IdTokenError, LEEWAY};
pub use poll::{CibaTokens, PollAnswer};
pub use signed_in::{RedeemError, SignedIn};
pub use social::{ExchangeError, SocialCode, SocialRequest};
pub use webauthn::{
    AuthenticationOptions, NewPasskey, PasskeyError, RegisteredPasskey, RegistrationOptions,
};

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
    inner: Arc<TransmitParts>,
}

#[derive(Debug)]
struct TransmitParts {
    http: reqwest::Client,
    settings: TransmitSettings,
    ambient: Ambient,
    client_token: client_token::ClientTokenCache,
    keys: KeyCache<TransmitError>,
    endpoints: endpoints::EndpointCache,
}

impl Transmit {
    /// An API client.
    pub fn new(http: reqwest::Client, settings: TransmitSettings, ambient: Ambient) -> Self {
        let inner = TransmitParts {
            http,
            settings,
            ambient,
            client_token: client_token::ClientTokenCache::default(),
            keys: KeyCache::default(),
            endpoints: endpoints::EndpointCache::default(),
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

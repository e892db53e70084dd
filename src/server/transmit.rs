//! The only code that speaks Transmit's API. The site and the operator use it, against Transmit and
//! against the embedded provider alike.
//!
//! One file per group of calls, its types beside them. Whatever the API answers becomes a value: no
//! body, of whatever shape, is more than a [`CallError`]. Secrets and tokens are in no `Debug` and in
//! no message. The address of every call is below one configured base; discovery is never asked,
//! because Transmit's is undocumented and its issuer is not its API host.

mod access_token;
mod backchannel;
mod call;
mod client_authentication;
mod client_token;
mod clients;
mod complete;
mod email_address;
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

use super::ambient::Ambient;
use super::config::{ClientAuth, Config};
use super::id_token::KeyCache;

pub use super::id_token::{Expected, IdTokenClaims, IdTokenError, LEEWAY};
pub use crate::ciba::LoginHintType;
pub use access_token::{ClientAccessToken, UserAccessToken};
pub use backchannel::{BackchannelRequest, Channel, Started, UnknownWord};
pub use client_authentication::{AssertionError, ClientAuthentication, ClientKey, ClientKeyError};
pub use clients::{ApiClient, CibaAuthorization, CreatedApplication, CreatedClient, NewClient};
pub use complete::{Completion, Refusal};
pub use email_address::{EmailAddress, InvalidEmailAddress};
pub use errors::{ApiError, CallError, Limit};
pub use mail::{EmailContent, MailLink, SendError};
pub use poll::{CibaTokens, PollAnswer};
pub use signed_in::{RedeemError, SignedIn};
pub use social::{ExchangeError, SocialCode, SocialRequest};
pub use webauthn::{
    AuthenticationOptions, NewPasskey, PasskeyError, RegisteredPasskey, RegistrationOptions,
};

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
    /// How our client proves who it is.
    pub client_authentication: ClientAuthentication,
}

/// The configuration lacks what the client needs.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// A key is missing.
    #[error("{0}: it is missing. Set it in the configuration, or start the demo first")]
    Missing(&'static str),
    /// The client's private key cannot be used.
    #[error("provider.client_key_file")]
    ClientKey(#[from] ClientKeyError),
}

impl Settings {
    /// The settings of a configuration.
    ///
    /// # Errors
    ///
    /// [`SetUpError`] names the key that is missing or cannot be used.
    pub fn of(config: &Config) -> Result<Self, SetUpError> {
        let provider = &config.provider;
        let secret = || {
            let secret = provider.client_secret.clone();
            secret.ok_or(SetUpError::Missing("provider.client_secret"))
        };
        let client_authentication = match provider.client_auth {
            ClientAuth::SecretPost => ClientAuthentication::SecretPost(secret()?),
            ClientAuth::SecretBasic => ClientAuthentication::SecretBasic(secret()?),
            ClientAuth::PrivateKeyJwt => {
                let file = provider.client_key_file.as_ref();
                let file = file.ok_or(SetUpError::Missing("provider.client_key_file"))?;
                ClientAuthentication::PrivateKeyJwt(ClientKey::load(file)?)
            }
        };
        Ok(Self {
            base: config.provider_url().clone(),
            prefix: provider.prefix.clone(),
            token_path: provider.token_path.clone(),
            issuer: config.issuer(),
            client_id: provider
                .client_id
                .clone()
                .ok_or(SetUpError::Missing("provider.client_id"))?,
            client_authentication,
        })
    }
}

/// The API of one provider, used with one client. Cheap to clone; clones share the client's token
/// and the provider's keys.
#[derive(Debug, Clone)]
pub struct Transmit {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: Settings,
    ambient: Ambient,
    client_token: client_token::Cache,
    keys: KeyCache<CallError>,
}

impl Transmit {
    /// An API client.
    pub fn new(http: reqwest::Client, settings: Settings, ambient: Ambient) -> Self {
        let inner = Inner {
            http,
            settings,
            ambient,
            client_token: client_token::Cache::default(),
            keys: KeyCache::default(),
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

//! Keycloak, whose authentication device this process is: what it asks of us (`delegation`), how it
//! is told a decision (`callback`), what we ask of its realm (`sign_in`, `users`), and how an
//! administrator prepares it (`admin`).
//!
//! docs/keycloak.md has what a running server does. Two things shape all of this: Keycloak believes
//! its device without checking anything, and a second answer to one request destroys the first.

mod admin;
mod callback;
mod delegation;
mod errors;
mod sign_in;
mod users;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::Header;
use jsonwebtoken::jwk::Jwk;
use platform::Secret;
use platform::ambient::Ambient;
use platform::http_client;
use platform::id_token::{IdTokenError, KeyCache, KeySet};
use platform::issuer::IssuerAddress;
use reqwest::RequestBuilder;
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;

pub use admin::{Admin, Administrator};
pub use callback::{Callback, CallbackStatus};
pub use delegation::{Delegation, DelegationError};
pub use errors::CallError;
pub use sign_in::{CodeExchange, RealmSignIn, SignInRequest};
pub use users::RealmUser;

/// Which realm it is, and who we are there.
#[derive(Debug, Clone)]
pub struct KeycloakSettings {
    /// The realm's address, which is the `iss` of its tokens (`https://id.example.com/realms/main`),
    /// and the one at which it is called.
    pub realm: IssuerAddress,
    /// Our client: signs customers in, and its service account may view users.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The clients whose requests are taken, with their names for people.
    pub clients: BTreeMap<String, String>,
    /// The user attribute that holds the phone number.
    pub phone_attribute: String,
    /// The user attribute that holds the language.
    pub locale_attribute: String,
    /// How long a call may take.
    pub timeout: Duration,
}

/// One realm. Cheap to clone; clones share its keys and the service account's token.
#[derive(Debug, Clone)]
pub struct Keycloak {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    settings: KeycloakSettings,
    ambient: Ambient,
    keys: KeyCache<CallError>,
    service_account: users::TokenCache,
}

/// An answer that was read to its end.
struct WholeResponse {
    status: u16,
    body: Vec<u8>,
}

impl Keycloak {
    /// A realm's client.
    pub fn new(http: reqwest::Client, settings: KeycloakSettings, ambient: Ambient) -> Self {
        let inner = Inner {
            http,
            settings,
            ambient,
            keys: KeyCache::default(),
            service_account: users::TokenCache::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// What it was made with.
    pub fn settings(&self) -> &KeycloakSettings {
        &self.inner.settings
    }

    /// The `iss` of the realm's tokens.
    pub fn issuer(&self) -> &str {
        self.inner.settings.realm.issuer()
    }

    /// What is called, below the realm's address.
    fn address(&self, path: &str) -> String {
        self.inner.settings.realm.for_servers(path)
    }

    /// How many keys the realm has.
    pub async fn count_keys(&self) -> Result<usize, CallError> {
        let Self { inner } = self;
        Ok(inner.keys.find(None, &inner.ambient.clock, self.fetch_keys()).await?.len())
    }

    /// Judges a token by the realm's keys ([`KeyCache::check`]).
    async fn check_signed<T>(
        &self,
        header: &Header,
        check: impl Fn(&[Jwk]) -> Result<T, IdTokenError>,
    ) -> Result<Result<T, IdTokenError>, CallError> {
        let Self { inner } = self;
        inner.keys.check(header, &inner.ambient.clock, || self.fetch_keys(), check).await
    }

    async fn fetch_keys(&self) -> Result<KeySet, CallError> {
        let address = self.address("protocol/openid-connect/certs");
        self.json::<KeySet>(self.inner.http.get(address)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<WholeResponse, CallError> {
        let started = tokio::time::Instant::now();
        let request = request.header(ACCEPT, "application/json");
        let sent = self.inner.ambient.traces.send(request).await;
        let status = sent.as_ref().ok().map(|response| response.status().as_u16());
        self.inner.ambient.metrics.provider_called(status, started.elapsed());
        let response = sent?;
        let status = response.status().as_u16();
        Ok(WholeResponse { status, body: http_client::body(response).await? })
    }

    /// Sends a request whose answer has to be a 2xx with JSON of this shape.
    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, CallError> {
        let answer = self.send(request).await?;
        if !(200..300).contains(&answer.status) {
            return Err(CallError::refused(answer.status, &answer.body));
        }
        // The parser's own words are left out: they may quote the body, and tokens are in it.
        serde_json::from_slice(&answer.body)
            .map_err(|_| CallError::Unexpected { status: answer.status })
    }

    /// A form post as our client.
    fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let KeycloakSettings { client_id, client_secret, .. } = &self.inner.settings;
        // RFC 6749, section 2.3.1: both are form-encoded before they are put into the header.
        let encode =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        self.inner
            .http
            .post(self.address(path))
            .basic_auth(encode(client_id), Some(encode(client_secret.expose())))
            .form(fields)
    }
}

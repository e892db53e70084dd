//! One realm, as our client calls it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::Header;
use jsonwebtoken::jwk::Jwk;
use reqwest::RequestBuilder;
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;

use super::errors::CallError;
use super::service_account::TokenCache;
use platform::Secret;
use platform::ambient::Ambient;
use platform::http_client;
use platform::id_token::{IdTokenError, KeyCache, KeySet};
use platform::issuer::IssuerAddress;

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
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) http: reqwest::Client,
    pub(super) settings: KeycloakSettings,
    pub(super) ambient: Ambient,
    pub(super) keys: KeyCache<CallError>,
    pub(super) service_account: TokenCache,
}

/// An answer that was read to its end.
pub(super) struct WholeResponse {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Keycloak {
    /// A realm's client.
    pub fn new(http: reqwest::Client, settings: KeycloakSettings, ambient: Ambient) -> Self {
        let inner = Inner {
            http,
            settings,
            ambient,
            keys: KeyCache::default(),
            service_account: TokenCache::default(),
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
    pub(super) fn address(&self, path: &str) -> String {
        self.inner.settings.realm.for_servers(path)
    }

    /// How many keys the realm has.
    pub async fn count_keys(&self) -> Result<usize, CallError> {
        let Self { inner } = self;
        Ok(inner.keys.find(None, &inner.ambient.clock, self.fetch_keys()).await?.len())
    }

    /// Judges a token by the realm's keys ([`KeyCache::check`]).
    pub(super) async fn check_signed<T>(
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

    pub(super) async fn send(&self, request: RequestBuilder) -> Result<WholeResponse, CallError> {
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
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, CallError> {
        let answer = self.send(request).await?;
        if !(200..300).contains(&answer.status) {
            return Err(CallError::refused(answer.status, &answer.body));
        }
        // The parser's own words are left out: they may quote the body, and tokens are in it.
        serde_json::from_slice(&answer.body)
            .map_err(|_| CallError::Unexpected { status: answer.status })
    }

    /// A form post as our client.
    pub(super) fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
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

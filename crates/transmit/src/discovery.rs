//! Where the agents' side finds the endpoints that it calls. Transmit's are below one configured base.
//! A realm of Keycloak is asked for its own (OpenID Connect Discovery 1.0): until it has answered, and
//! where it publishes none, Keycloak's own paths hold. An answer that is another issuer's, or leads
//! elsewhere than to the configured addresses, is refused, and nothing is called.

use std::sync::Arc;

use super::endpoints::Endpoints;
use super::errors::TransmitError;
use super::{Dialect, Transmit};
use platform::cached::Worth;
use platform::issuer::{DiscoveryDocument, IssuerAddress};

/// Seconds until a realm is asked again. Endpoints hardly ever move, so what it has told stands in for as
/// long as it is away.
const LIFETIME: i64 = 3600;

impl Transmit {
    /// Where something is asked now.
    pub(super) async fn endpoints(&self) -> Result<Arc<Endpoints>, TransmitError> {
        match &self.inner.settings.dialect {
            Dialect::Transmit => Ok(Arc::new(self.derived_endpoints())),
            // Apart, so that the calls of Transmit do not carry its size.
            Dialect::Keycloak(device) => Box::pin(self.endpoints_of(&device.realm)).await,
        }
    }

    /// What the realm has told, or tells.
    async fn endpoints_of(&self, realm: &IssuerAddress) -> Result<Arc<Endpoints>, TransmitError> {
        let derived = self.derived_endpoints();
        let worth = |_: &Endpoints, age: i64| match age {
            0..LIFETIME => Worth::Good,
            _ => Worth::Stale,
        };
        let ask = async {
            let asked = self.send(self.inner.http.get(realm.document())).await;
            // What is no document is the page of something in between, or there is none.
            let document = match asked {
                Ok(answer) => answer.json::<DiscoveryDocument>().ok(),
                Err(error) if error.is_transient() => return Err(error),
                Err(_) => None,
            };
            match document {
                Some(document) => Ok(Endpoints::discovered(realm, &document, &derived)?),
                None => Ok(derived.clone()),
            }
        };
        match self.inner.endpoints.find(&self.inner.ambient.clock, worth, ask).await {
            // The call itself will tell whether it is away.
            Err(error) if error.is_transient() => Ok(Arc::new(derived)),
            found => found,
        }
    }

    /// Where they are without asking.
    pub(super) fn derived_endpoints(&self) -> Endpoints {
        let settings = &self.inner.settings;
        if let Dialect::Keycloak(_) = settings.dialect {
            let below = |path: &[&str]| self.api(&[&["protocol", "openid-connect"], path].concat());
            return Endpoints {
                token: below(&["token"]),
                backchannel: below(&["ext", "ciba", "auth"]),
                keys: below(&["certs"]),
            };
        }
        let mut token = settings.base.clone();
        token.set_path(&settings.token_path);
        Endpoints {
            token,
            backchannel: self.api(&["oidc", "backchannel"]),
            keys: self.api(&["oidc", "jwks"]),
        }
    }
}

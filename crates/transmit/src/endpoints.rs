//! The endpoints that the agents' side calls.

use url::Url;

use super::errors::TransmitError;
use platform::cached::Cached;
use platform::issuer::{DiscoveryDocument, DiscoveryError, IssuerAddress};

/// The endpoints that are held.
pub(super) type EndpointCache = Cached<Endpoints, TransmitError>;

/// Where something is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoints {
    pub(super) token: Url,
    pub(super) backchannel: Url,
    pub(super) keys: Url,
}

impl Endpoints {
    /// What a document names, where all of it may be called. What it does not name stays as it was.
    pub(super) fn discovered(
        realm: &IssuerAddress,
        document: &DiscoveryDocument,
        derived: &Self,
    ) -> Result<Self, DiscoveryError> {
        realm.check(document)?;
        let backchannel = match &document.backchannel_authentication_endpoint {
            Some(named) => realm.endpoint("backchannel_authentication_endpoint", named)?,
            None => derived.backchannel.clone(),
        };
        Ok(Self {
            token: realm.endpoint("token_endpoint", &document.token_endpoint)?,
            backchannel,
            keys: realm.endpoint("jwks_uri", &document.jwks_uri)?,
        })
    }
}

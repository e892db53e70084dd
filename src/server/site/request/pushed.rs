//! Requests that a provider has pushed to us, and that are reached by a link of our own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ciba::BindingMessage;
use crate::server::config::Secret;

/// What a provider has pushed: server to server, so all of it is true.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedRequest {
    /// The provider's identifier of the person who is meant; nobody else may decide.
    pub subject: String,
    /// The name under which that person signs in, for the provider's own login page.
    pub login_hint: String,
    /// The client that asks, by its identifier.
    pub client_id: String,
    /// The client's name for people, where the operator has given it one.
    pub client_name: Option<String>,
    /// The reference.
    pub message: Option<BindingMessage>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Whether the scopes have to be shown and agreed to.
    pub consent: bool,
    /// The classes of sign-in of which one is demanded; empty where none is.
    pub acr_values: Vec<String>,
    /// When it came, in seconds since 1970.
    pub received_at: i64,
    /// When its time is over.
    pub expires_at: i64,
    /// With what the provider wants to be answered, in the implementation's own form (at Keycloak the
    /// bearer JWT). Whoever holds it can approve. Empty once nothing is to be answered any more.
    #[serde(skip_serializing, default = "nothing")]
    pub credential: Secret,
}

fn nothing() -> Secret {
    Secret::new("")
}

impl fmt::Debug for PushedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushedRequest").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

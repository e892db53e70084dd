//! The client's request, as it travels to an identity provider and back.

use serde::{Deserialize, Serialize};

/// What a customer takes along to the identity provider: the client's request.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClientRequest {
    /// The identity provider.
    pub(super) upstream: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    /// The client's own `state`, `nonce` and PKCE challenge.
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) code_challenge: Option<String>,
    /// How many seconds ago the customer may have signed in at the most.
    #[serde(default)]
    pub(super) max_age: Option<i64>,
    pub(super) style: AnswerStyle,
}

/// Which endpoint the client has used: the answers differ in one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AnswerStyle {
    /// `GET /oidc/auth`: answers name the issuer (RFC 9207).
    Oidc,
    /// `GET /v1/auth/{name}`.
    Hosted,
}

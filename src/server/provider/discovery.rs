//! `GET /oidc/.well-known/openid-configuration`: what this provider can do (OpenID Connect Discovery
//! 1.0, CIBA Core 1.0, section 4). Transmit publishes no body of its own; this one lists what is
//! really served.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::ProviderState;
use super::client_authentication::ALGORITHM_NAMES;
use crate::ciba::GRANT_TYPE;

/// The endpoint.
pub async fn endpoint(State(state): State<ProviderState>) -> Response {
    // The ways to sign in at `/oidc/auth`: the identity providers that are configured.
    let ways = state.config.upstream.keys().map(|name| format!("urn:transmit:{name}_direct"));
    Json(metadata(&state.issuer, state.base_url(), &ways.collect::<Vec<_>>())).into_response()
}

fn metadata(issuer: &str, base: &str, acr_values: &[String]) -> Value {
    let client_authentication = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oidc/auth"),
        "token_endpoint": format!("{base}/oidc/token"),
        "backchannel_authentication_endpoint": format!("{base}/oidc/backchannel"),
        "userinfo_endpoint": format!("{base}/oidc/me"),
        "introspection_endpoint": format!("{base}/oidc/token/introspection"),
        "revocation_endpoint": format!("{base}/oidc/token/revocation"),
        "jwks_uri": format!("{base}/oidc/jwks"),
        "scopes_supported": ["openid", "email", "phone", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": acr_values,
        "request_parameter_supported": false,
        // Where nothing is said, it would be supported.
        "request_uri_parameter_supported": false,
        "grant_types_supported":
            ["authorization_code", "refresh_token", "client_credentials", GRANT_TYPE],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": client_authentication,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHM_NAMES,
        "introspection_endpoint_auth_methods_supported": client_authentication,
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHM_NAMES,
        "revocation_endpoint_auth_methods_supported": client_authentication,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHM_NAMES,
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_user_code_parameter_supported": false,
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "tid", "auth_time", "amr", "acr", "at_hash", "nonce",
            "email", "email_verified", "phone_number", "phone_number_verified", "approval_data"
        ],
    })
}

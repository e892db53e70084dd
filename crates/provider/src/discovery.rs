//! What this provider can do, for everybody: its document (OpenID Connect Discovery 1.0; RFC 8414;
//! CIBA Core 1.0, section 4) and its public keys. Transmit publishes no body of its own; this one
//! lists what is really served.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::ProviderState;
use super::client_authentication::ALGORITHM_NAMES;
use super::tokens::SCOPES;
use ciba::GRANT_TYPE;
use messages::texts::Language;

/// How long anybody may keep these answers: so long may a new key stay unknown.
const CACHED: [(axum::http::HeaderName, &str); 1] = [(CACHE_CONTROL, "public, max-age=300")];

/// `GET /oidc/.well-known/openid-configuration`, and the same below the issuer.
pub async fn endpoint(State(state): State<ProviderState>) -> Response {
    // The ways to sign in at `/oidc/auth`: the identity providers that are configured.
    let ways = state.settings.upstreams.keys().map(|name| format!("urn:transmit:{name}_direct"));
    let document = metadata(&state.issuer, state.base_url(), &ways.collect::<Vec<_>>());
    (CACHED, Json(document)).into_response()
}

/// `GET /oidc/jwks`.
pub async fn jwks(State(state): State<ProviderState>) -> Response {
    (CACHED, Json(state.keys.public())).into_response()
}

fn metadata(issuer: &str, base: &str, ways: &[String]) -> Value {
    let confidential = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    // A client without a secret names itself, and proves itself by PKCE.
    let all = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
    // The classes that tokens name, then the ways that may be asked for.
    let classes = ["phr", "1"].into_iter().chain(ways.iter().map(String::as_str));
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oidc/auth"),
        "pushed_authorization_request_endpoint": format!("{base}/oidc/request"),
        // One client may be made to: `enforce_par`.
        "require_pushed_authorization_requests": false,
        "token_endpoint": format!("{base}/oidc/token"),
        "backchannel_authentication_endpoint": format!("{base}/oidc/backchannel"),
        "userinfo_endpoint": format!("{base}/oidc/me"),
        "introspection_endpoint": format!("{base}/oidc/token/introspection"),
        "revocation_endpoint": format!("{base}/oidc/token/revocation"),
        "end_session_endpoint": format!("{base}/oidc/session/end"),
        "jwks_uri": format!("{base}/oidc/jwks"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": classes.collect::<Vec<_>>(),
        "ui_locales_supported": Language::ALL.map(Language::tag),
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        // Where nothing is said, it would be supported. What was pushed is another matter.
        "request_uri_parameter_supported": false,
        "grant_types_supported":
            ["authorization_code", "refresh_token", "client_credentials", GRANT_TYPE],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": all,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHM_NAMES,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHM_NAMES,
        "revocation_endpoint_auth_methods_supported": all,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHM_NAMES,
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_user_code_parameter_supported": false,
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "tid", "auth_time", "amr", "acr", "at_hash", "nonce",
            "email", "email_verified", "phone_number", "phone_number_verified", "updated_at",
            "approval_data"
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_without_identity_providers_has_no_empty_list() {
        let document = metadata("https://id.example", "https://id.example", &[]);
        for (name, value) in document.as_object().unwrap() {
            assert!(value.as_array().is_none_or(|list| !list.is_empty()), "{name}");
        }
    }
}

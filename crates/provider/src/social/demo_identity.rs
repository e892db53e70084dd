//! The demo's identity provider: a small OpenID provider under `/demo/idp`, so that social login can
//! be tried on one machine. It exists in the demo only, and says so.
//!
//! It is reached over HTTP as every other one is, by discovery, and signs with a key of its own that
//! lives as long as the process. Its one page asks who somebody wants to be and believes it; nobody
//! is preselected, so that a scanner which submits forms does not sign in.

use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::extract::{RawQuery, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::back::redirect;
use super::page::{self, Complaint};
use crate::ProviderState;
use crate::answer::EndpointError;
use crate::form::OAuthForm;
use crate::settings::DemoAccounts;
use messages::texts::Language;
use platform::{ids, round_trip};

/// Its name in `[upstream]`, and in `acr_values`.
pub const DEMO_NAME: &str = "demo";

/// Seconds for which its page may stay open.
const PAGE_LIFETIME: i64 = 600;
/// Seconds that a code and a token last.
const LIFETIME: i64 = 60;
/// Somebody whom the embedded provider does not know.
const STRANGER: &str = "stranger";

/// The demo's identity provider cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum DemoIdentityError {
    /// No key could be made.
    #[error("the key of the demo's identity provider could not be made")]
    Generate,
    /// The key cannot be used.
    #[error("the key of the demo's identity provider cannot be used")]
    Key(#[from] jsonwebtoken::errors::Error),
}

/// Its issuer, below the embedded provider's address.
pub fn issuer(public_url: &Url) -> Option<Url> {
    public_url.join("/demo/idp").ok()
}

#[derive(Debug, Clone)]
struct DemoIdentity(Arc<DemoIdentityParts>);

struct DemoIdentityParts {
    provider: ProviderState,
    issuer: String,
    redirect_uri: Url,
    addresses: Vec<String>,
    kid: String,
    key: EncodingKey,
    public: JwkSet,
}

impl std::fmt::Debug for DemoIdentityParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoIdentity").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl std::ops::Deref for DemoIdentity {
    type Target = DemoIdentityParts;

    fn deref(&self) -> &DemoIdentityParts {
        &self.0
    }
}

/// A request whose page is open. Sealed into the page.
#[derive(Serialize, Deserialize)]
struct DemoRequest {
    state: String,
    nonce: String,
    challenge: String,
    expires_at: i64,
}

/// What a code stands for. Sealed: it is the code.
#[derive(Serialize, Deserialize)]
struct DemoCode {
    email: String,
    nonce: String,
    challenge: String,
    expires_at: i64,
}

const ASKED: &str = "demo-identity.asked";
const GRANTED: &str = "demo-identity.granted";

pub(super) fn router<S>(
    state: &ProviderState,
    demo: &DemoAccounts,
    redirect_uri: Url,
) -> Result<Router<S>, DemoIdentityError>
where
    S: Clone + Send + Sync + 'static,
{
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
    let document =
        pair.and_then(|pair| pair.to_pkcs8v1()).map_err(|_| DemoIdentityError::Generate)?;
    let key = EncodingKey::from_ec_der(document.as_ref());
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    let issuer = issuer(&state.settings.public_url).map(String::from).unwrap_or_default();
    let identity = DemoIdentity(Arc::new(DemoIdentityParts {
        provider: state.clone(),
        issuer,
        redirect_uri,
        addresses: demo.users.iter().map(|user| user.email.clone()).collect(),
        kid,
        key,
        public: JwkSet { keys: vec![jwk] },
    }));
    Ok(Router::new()
        .route("/demo/idp/.well-known/openid-configuration", get(discovery))
        .route("/demo/idp/jwks", get(jwks))
        .route("/demo/idp/authorize", get(ask).post(grant))
        .route("/demo/idp/token", post(token))
        .with_state(identity))
}

async fn discovery(State(identity): State<DemoIdentity>) -> Response {
    let issuer = &identity.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "email"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["select_account"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

async fn jwks(State(identity): State<DemoIdentity>) -> Response {
    Json(&identity.public).into_response()
}

/// The page: who would you like to be?
async fn ask(
    State(identity): State<DemoIdentity>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let Some(asked) = asked(&identity, &query) else {
        return complain(&identity, &headers, Complaint::Malformed);
    };
    let Ok(sealed) = identity.provider.sealer.seal(ASKED, &asked) else {
        return complain(&identity, &headers, Complaint::Failure);
    };
    let choice = |value: &str, text: String| {
        let value = value.to_owned();
        view! { <label><input type="radio" name="account" value=value required/>" "{text}</label> }
    };
    let customers = identity.addresses.iter().map(|email| choice(email, email.clone()));
    let customers = customers.collect_view();
    let body = view! {
        <main data-page="demo-identity">
            <h1>"Demo identity provider"</h1>
            <p class="demo">
                "This stands in for Google, Apple and others. It asks for no password and proves "
                "nothing: it exists in the demo only."
            </p>
            <form method="post" action="/demo/idp/authorize">
                <input type="hidden" name="request" value=sealed/>
                <fieldset>
                    <legend>"Continue as"</legend>
                    {customers}
                    {choice(STRANGER, "Somebody whom nobody knows".into())}
                </fieldset>
                <button name="action" value="continue">"Continue"</button>
                <button name="action" value="cancel" formnovalidate>"Cancel"</button>
            </form>
        </main>
    };
    page::document(Language::En, "Demo identity provider", body, None).into_response()
}

fn complain(identity: &DemoIdentity, headers: &HeaderMap, complaint: Complaint) -> Response {
    page::complain(&page::words(&identity.provider.texts, headers, None), headers, complaint)
}

fn asked(identity: &DemoIdentity, query: &str) -> Option<DemoRequest> {
    let form = OAuthForm::parse(query.as_bytes()).ok()?;
    let is_ours = form.value("client_id") == Some(client_id(identity)?)
        && form.value("redirect_uri") == Some(identity.redirect_uri.as_str())
        && form.value("response_type") == Some("code")
        && form.value("code_challenge_method") == Some("S256");
    is_ours.then_some(())?;
    Some(DemoRequest {
        state: form.value("state")?.to_owned(),
        nonce: form.value("nonce")?.to_owned(),
        challenge: form.value("code_challenge")?.to_owned(),
        expires_at: identity.provider.ambient.clock.unix() + PAGE_LIFETIME,
    })
}

fn client_id(identity: &DemoIdentity) -> Option<&str> {
    identity.provider.settings.upstreams.get(DEMO_NAME).map(|upstream| upstream.client_id.as_str())
}

/// Somebody has chosen.
async fn grant(
    State(identity): State<DemoIdentity>,
    headers: HeaderMap,
    form: OAuthForm,
) -> Response {
    let now = identity.provider.ambient.clock.unix();
    let sealer = &identity.provider.sealer;
    let asked = sealer.open::<DemoRequest>(ASKED, form.value("request").unwrap_or_default());
    let Some(asked) = asked.ok().filter(|asked| asked.expires_at > now) else {
        return complain(&identity, &headers, Complaint::Over);
    };
    let mut url = identity.redirect_uri.clone();
    if form.value("action") == Some("cancel") {
        url.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        let chosen = form.value("account").unwrap_or_default();
        let email = match identity.addresses.iter().find(|email| *email == chosen) {
            Some(email) => email.clone(),
            None if chosen == STRANGER => "stranger@example.net".to_owned(),
            None => return complain(&identity, &headers, Complaint::Malformed),
        };
        let granted = DemoCode {
            email,
            nonce: asked.nonce,
            challenge: asked.challenge,
            expires_at: now + LIFETIME,
        };
        let Ok(code) = sealer.seal(GRANTED, &granted) else {
            return complain(&identity, &headers, Complaint::Failure);
        };
        url.query_pairs_mut().append_pair("code", &code);
    }
    url.query_pairs_mut().append_pair("state", &asked.state).append_pair("iss", &identity.issuer);
    redirect(StatusCode::SEE_OTHER, &url)
}

/// Exchanges a code, once.
async fn token(
    State(identity): State<DemoIdentity>,
    headers: HeaderMap,
    form: OAuthForm,
) -> Result<Json<Value>, EndpointError> {
    if !is_client(&identity, &headers) {
        return Err(EndpointError::invalid_client());
    }
    let provider = &identity.provider;
    let now = provider.ambient.clock.unix();
    let code = form.value("code").unwrap_or_default();
    let granted = provider.sealer.open::<DemoCode>(GRANTED, code);
    let verifier = form.value("code_verifier").unwrap_or_default();
    let challenge = ids::digest(verifier);
    let granted = granted.ok().filter(|granted| {
        granted.expires_at > now
            && granted.challenge == challenge
            && form.value("redirect_uri") == Some(identity.redirect_uri.as_str())
    });
    let Some(granted) = granted else {
        return Err(EndpointError::invalid_grant());
    };
    if !round_trip::spend(&provider.storage, GRANTED, code, granted.expires_at).await? {
        return Err(EndpointError::invalid_grant());
    }
    let claims = json!({
        "iss": identity.issuer,
        // Never the address itself: an account is known by something that does not change.
        "sub": URL_SAFE_NO_PAD.encode(&Sha256::digest(&granted.email)[..12]),
        "aud": client_id(&identity),
        "iat": now,
        "exp": now + LIFETIME,
        // When somebody has chosen.
        "auth_time": granted.expires_at - LIFETIME,
        "nonce": granted.nonce,
        "email": granted.email,
        "email_verified": true,
    });
    let header = Header { kid: Some(identity.kid.clone()), ..Header::new(Algorithm::ES256) };
    Ok(Json(json!({
        "access_token": "this-one-opens-nothing",
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "id_token": jsonwebtoken::encode(&header, &claims, &identity.key)?,
    })))
}

/// Client authentication by Basic (RFC 6749, section 2.3.1).
fn is_client(identity: &DemoIdentity, headers: &HeaderMap) -> bool {
    let Some(upstream) = identity.provider.settings.upstreams.get(DEMO_NAME) else { return false };
    let Some(secret) = &upstream.client_secret else { return false };
    let expected = format!("{}:{}", upstream.client_id, secret.expose());
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .unwrap_or_default();
    given.ct_eq(expected.as_bytes()).into()
}

//! `private_key_jwt`: a client signs who it is with a key that only it has (RFC 7523, section 3).

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::ProviderState;
use crate::answer::EndpointError;
use crate::clients::Client;
use crate::form::OAuthForm;
use platform::id_token;
use platform::storage::StorageError;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The algorithms that prove the possession of a private key; never a shared secret.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// The names of [`ALGORITHMS`], for discovery.
pub(crate) const ALGORITHM_NAMES: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// The longest life of an assertion, in seconds: how long its `jti` has to be remembered.
const LONGEST: i64 = 60 * 60;

/// How far the client's clock may be ahead of ours, in seconds.
const LEEWAY: i64 = 30;

#[derive(Deserialize)]
struct AssertionClaims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(deserialize_with = "numeric_date")]
    exp: i64,
    jti: String,
    #[serde(default, deserialize_with = "optional_numeric_date")]
    nbf: Option<i64>,
    #[serde(default, deserialize_with = "optional_numeric_date")]
    iat: Option<i64>,
}

fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let date = optional_numeric_date(deserializer)?;
    date.ok_or_else(|| D::Error::custom("a NumericDate is missing"))
}

/// Libraries that take the time from a clock with fractions write it with its fraction.
fn optional_numeric_date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let Some(value) = Option::<Value>::deserialize(deserializer)? else { return Ok(None) };
    let date = id_token::seconds(&value);
    date.map(Some).ok_or_else(|| D::Error::custom("a NumericDate is a number"))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, address: &str) -> bool {
        match self {
            Self::One(one) => one == address,
            Self::Several(several) => several.iter().any(|one| one == address),
        }
    }
}

/// Verifies an assertion and uses its `jti` up.
pub(super) async fn verify(
    state: &ProviderState,
    form: &OAuthForm,
    assertion: &str,
) -> Result<Arc<Client>, EndpointError> {
    let failed = EndpointError::invalid_client;
    let subject = claimed_subject(form, assertion).ok_or_else(failed)?;
    let client = state.client(&subject).await?.ok_or_else(failed)?;
    let claims = signed_claims(&client, assertion).ok_or_else(failed)?;
    let now = state.ambient.clock.unix();
    let good = claims.iss == client.client_id
        && claims.sub == client.client_id
        && audiences(state).any(|address| claims.aud.names(&address))
        && claims.exp > now
        && claims.exp <= now + LONGEST + LEEWAY
        && claims.nbf.is_none_or(|nbf| nbf <= now + LEEWAY)
        && claims.iat.is_none_or(|iat| iat <= now + LEEWAY)
        && (1..=256).contains(&claims.jti.len());
    if good && use_up(state, &claims).await? { Ok(client) } else { Err(failed()) }
}

/// Whose keys to verify with; not verified yet.
fn claimed_subject(form: &OAuthForm, assertion: &str) -> Option<String> {
    let claimed: AssertionClaims =
        jsonwebtoken::dangerous::insecure_decode_claims(assertion).ok()?;
    let good = form.value("client_assertion_type") == Some(TYPE)
        && !claimed.sub.contains('\0')
        && !claimed.jti.contains('\0')
        && form.value("client_id").is_none_or(|named| named == claimed.sub);
    good.then_some(claimed.sub)
}

fn signed_claims(client: &Client, assertion: &str) -> Option<AssertionClaims> {
    let header = jsonwebtoken::decode_header(assertion).ok()?;
    // Nothing that may be critical is understood here (RFC 7515, section 4.1.11).
    if header.crit.is_some() || !ALGORITHMS.contains(&header.alg) {
        return None;
    }
    let keys = client.settings.jwks.as_ref()?;
    // Times and audience are checked by the caller, with the clock that it was given.
    let claims = id_token::signed_claims(assertion, &header, &keys.keys).ok()?;
    serde_json::from_value(Value::Object(claims)).ok()
}

/// The endpoints that take an assertion.
const ENDPOINTS: [&str; 5] = [
    "/oidc/token",
    "/oidc/backchannel",
    "/oidc/token/introspection",
    "/oidc/token/revocation",
    "/oidc/request",
];

/// What an assertion may be addressed to: the issuer, or the endpoint that it is sent to, for which
/// the token endpoint may stand (CIBA Core 1.0, section 7.1; RFC 9126, section 2).
fn audiences(state: &ProviderState) -> impl Iterator<Item = String> {
    let base = state.base_url();
    let addresses = ["", "/cis"]
        .into_iter()
        .flat_map(move |prefix| ENDPOINTS.map(|path| format!("{base}{prefix}{path}")));
    std::iter::once(state.issuer.to_string()).chain(addresses)
}

async fn use_up(state: &ProviderState, claims: &AssertionClaims) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "INSERT INTO client_assertions (client_id, jti, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (client_id, jti) DO NOTHING",
    )
    .bind(&claims.sub)
    .bind(&claims.jti)
    .bind(claims.exp)
    .execute(state.storage.writer())
    .await?;
    Ok(done.rows_affected() == 1)
}

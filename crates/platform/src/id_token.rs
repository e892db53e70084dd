//! Verification of ID tokens (OpenID Connect Core 1.0, section 3.1.3.7; CIBA Core 1.0, section
//! 10.1.1), without any I/O: the API client checks the provider's, the embedded provider those of
//! the identity providers behind it.
//!
//! Signatures by asymmetric algorithms only: with HS256 the key would be the client secret, and a
//! public key mistaken for such a secret is the oldest hole there is.

mod error;
mod keys;

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Header, Validation};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

pub use error::IdTokenError;
pub use keys::{KeyCache, KeySet};

use ciba::AuthReqId;

/// Seconds by which our clock and the provider's may differ.
pub const LEEWAY: i64 = 60;

/// The claim that ties an ID token to its CIBA request (CIBA Core 1.0, section 10.3.1).
const AUTH_REQ_ID: &str = "urn:openid:params:jwt:claim:auth_req_id";

/// What a verified ID token says about the sign-in. Absent and malformed optional claims are the
/// same: nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IdTokenClaims {
    /// The provider's identifier of the customer.
    pub sub: String,
    /// How they signed in: `eml`, `eotp`, `sms`, `pwd`, `social`, `webauthn`, `mfa`.
    pub amr: Vec<String>,
    /// When they signed in, in seconds since 1970.
    pub auth_time: Option<i64>,
    /// The class of the sign-in.
    pub acr: Option<String>,
    /// The customer's e-mail address.
    pub email: Option<String>,
    /// Whether the provider has verified it.
    pub email_verified: Option<bool>,
    /// The customer's phone number.
    pub phone_number: Option<String>,
    /// Whether the provider has verified it.
    pub phone_number_verified: Option<bool>,
    /// Whether this sign-in has created the customer. It must not: CIBA never creates anybody.
    pub new_user: Option<bool>,
    /// What was approved by the passkey itself (`approval_data`).
    pub approval_data: Option<BTreeMap<String, String>>,
    /// When the token was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

/// What an ID token must agree with, besides our client and the provider's issuer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// The nonce that was sent, where one was.
    pub nonce: Option<&'a str>,
    /// The access token that came with it.
    pub access_token: Option<&'a str>,
    /// The CIBA request that it ends.
    pub auth_req_id: Option<&'a AuthReqId>,
}

/// Issuer, client and time to verify against.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The issuer, exactly.
    pub issuer: &'a str,
    /// Our client there.
    pub client_id: &'a str,
    /// The present moment, in seconds since 1970.
    pub now: i64,
}

/// Reads the header of a token whose key has yet to be found.
pub fn header(token: &str) -> Result<Header, IdTokenError> {
    // An unknown algorithm, "none" among them, is already refused here.
    let header = jsonwebtoken::decode_header(token).map_err(|_| IdTokenError::Malformed)?;
    if header.alg.family() == AlgorithmFamily::Hmac {
        return Err(IdTokenError::Algorithm);
    }
    let is_another_kind = header.typ.as_deref().is_some_and(|kind| kind.contains('+'));
    if header.crit.is_some() || header.enc.is_some() || is_another_kind {
        return Err(IdTokenError::Malformed);
    }
    Ok(header)
}

/// Verifies a token with the keys of its issuer.
pub fn verify(
    token: &str,
    header: &Header,
    keys: &[Jwk],
    party: Party<'_>,
    expected: Expected<'_>,
) -> Result<IdTokenClaims, IdTokenError> {
    let claims = without_null(signed_claims(token, header, keys)?);
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss").ok_or(IdTokenError::Claims)? != party.issuer {
        return Err(IdTokenError::Issuer);
    }
    check_audience(&claims, party.client_id)?;
    let seconds = |name: &str| claims.get(name).and_then(seconds);
    let (exp, iat) = (seconds("exp"), seconds("iat"));
    let (exp, iat) = (exp.ok_or(IdTokenError::Claims)?, iat.ok_or(IdTokenError::Claims)?);
    if party.now >= exp.saturating_add(LEEWAY) {
        return Err(IdTokenError::Expired);
    }
    check_beginning(&claims, party.now)?;
    if let Some(nonce) = expected.nonce
        && !text("nonce").is_some_and(|given| same(given, nonce))
    {
        return Err(IdTokenError::Nonce);
    }
    if let (Some(access_token), Some(at_hash)) = (expected.access_token, claims.get("at_hash"))
        && !at_hash.as_str().is_some_and(|given| same(given, &hash(header.alg, access_token)))
    {
        return Err(IdTokenError::AccessToken);
    }
    if let (Some(auth_req_id), Some(given)) = (expected.auth_req_id, claims.get(AUTH_REQ_ID))
        && !given.as_str().is_some_and(|given| same(given, auth_req_id.as_str()))
    {
        return Err(IdTokenError::AuthReqId);
    }
    let sub = text("sub").filter(|sub| !sub.is_empty()).ok_or(IdTokenError::Claims)?;
    Ok(IdTokenClaims { sub: sub.to_owned(), exp, iat, ..optional_claims(&claims) })
}

/// The claims of a signed answer of the userinfo endpoint (OpenID Connect Core 1.0, section 5.3.2). It
/// should say by whom and for whom it was made: where it does, it has to be this issuer and this client.
pub fn verify_userinfo(
    token: &str,
    header: &Header,
    keys: &[Jwk],
    party: Party<'_>,
) -> Result<Map<String, Value>, IdTokenError> {
    let claims = without_null(signed_claims(token, header, keys)?);
    if claims.get("iss").is_some_and(|issuer| issuer.as_str() != Some(party.issuer)) {
        return Err(IdTokenError::Issuer);
    }
    let audience = claims.get("aud").map(|_| audience(&claims)).transpose()?;
    if audience.is_some_and(|audience| !audience.contains(&party.client_id)) {
        return Err(IdTokenError::Audience);
    }
    Ok(claims)
}

/// The claims, once one of the issuer's keys has signed them. Nothing else about them is checked: for
/// tokens that are no ID tokens.
pub fn signed_claims(
    token: &str,
    header: &Header,
    keys: &[Jwk],
) -> Result<Map<String, Value>, IdTokenError> {
    let mut validation = Validation::new(header.alg);
    // The library asks the system's clock and knows neither azp nor at_hash: only the signature is
    // its business here.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();

    let mut found = false;
    for key in keys.iter().filter(|key| fits(key, header)) {
        let Ok(key) = DecodingKey::from_jwk(key) else { continue };
        if key.family() != header.alg.family() {
            continue;
        }
        found = true;
        if let Ok(token) = jsonwebtoken::decode(token, &key, &validation) {
            return Ok(token.claims);
        }
    }
    Err(if found { IdTokenError::Signature } else { IdTokenError::Key })
}

/// Checks that a token's time has begun: by `iat`, and by `nbf` where it is there (RFC 7519, sections
/// 4.1.5 and 4.1.6).
pub fn check_beginning(claims: &Map<String, Value>, now: i64) -> Result<(), IdTokenError> {
    let issued_at = claims.get("iat").and_then(seconds).ok_or(IdTokenError::Claims)?;
    let not_before = match claims.get("nbf") {
        None | Some(Value::Null) => issued_at,
        Some(value) => seconds(value).ok_or(IdTokenError::Claims)?,
    };
    let latest = now.saturating_add(LEEWAY);
    if issued_at > latest || not_before > latest {
        return Err(IdTokenError::FromTheFuture);
    }
    Ok(())
}

/// The claims that have a value. Some issuers write `null` where they have nothing to say (`azp`,
/// `at_hash`), and what has to be there is then as missing as without the name.
fn without_null(mut claims: Map<String, Value>) -> Map<String, Value> {
    claims.retain(|_, value| !value.is_null());
    claims
}

fn fits(key: &Jwk, header: &Header) -> bool {
    let same_id = header.kid.is_none() || keys::id(key) == header.kid.as_deref();
    let signs = key.common.public_key_use != Some(PublicKeyUse::Encryption);
    let same_algorithm = key
        .common
        .key_algorithm
        .is_none_or(|algorithm| algorithm == KeyAlgorithm::from(header.alg));
    same_id && signs && same_algorithm
}

fn audience(claims: &Map<String, Value>) -> Result<Vec<&str>, IdTokenError> {
    match claims.get("aud") {
        Some(Value::String(one)) => Ok(vec![one]),
        Some(Value::Array(several)) => Ok(several.iter().filter_map(Value::as_str).collect()),
        _ => Err(IdTokenError::Claims),
    }
}

fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), IdTokenError> {
    let audience = audience(claims)?;
    if !audience.contains(&client_id) {
        return Err(IdTokenError::Audience);
    }
    match claims.get("azp") {
        Some(party) if party.as_str() != Some(client_id) => Err(IdTokenError::AuthorizedParty),
        None if audience.len() > 1 => Err(IdTokenError::AuthorizedParty),
        _ => Ok(()),
    }
}

fn optional_claims(claims: &Map<String, Value>) -> IdTokenClaims {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    // Apple writes some of its flags as text.
    let flag = |name: &str| match claims.get(name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let amr = match claims.get("amr") {
        Some(Value::Array(values)) => {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(value)) => value.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let approval_data = claims.get("approval_data").and_then(Value::as_object).map(|members| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        members.iter().map(|(name, value)| (name.clone(), text(value))).collect()
    });
    IdTokenClaims {
        amr,
        auth_time: claims.get("auth_time").and_then(seconds),
        acr: text("acr"),
        email: text("email"),
        email_verified: flag("email_verified"),
        phone_number: text("phone_number"),
        phone_number_verified: flag("phone_number_verified"),
        new_user: flag("new_user"),
        approval_data,
        ..IdTokenClaims::default()
    }
}

/// A NumericDate (RFC 7519, section 2), which may have a fraction.
pub fn seconds(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates, and such a time is absurd"
    )]
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

/// The left half of the token's hash (OpenID Connect Core 1.0, section 3.1.3.6).
fn hash(algorithm: Algorithm, access_token: &str) -> String {
    let algorithm = match algorithm {
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &digest::SHA384,
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let digest = digest::digest(algorithm, access_token.as_bytes());
    let bytes = digest.as_ref();
    URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() / 2])
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

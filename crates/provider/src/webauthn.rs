//! Passkeys: `/v1/auth/webauthn/*` (docs/transmit-api.md, 7), verified by webauthn-rs (WebAuthn
//! Level 3).
//!
//! # Security
//!
//! The relying party is the site: its host is the RP ID, and only its origins are accepted. User
//! verification is demanded at every ceremony. Neither `start` call tells whether somebody exists:
//! both are open to everybody, and answer for an unknown name as for a known one.

pub(crate) mod authenticate;
mod ceremonies;
pub(crate) mod credentials;
mod decoys;
pub mod encoded_result;
pub(super) mod notice;
pub(crate) mod register;
#[cfg(test)]
mod tests;

use axum::http::{HeaderValue, Method, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::{Host, Url};
use webauthn_rs::prelude::{
    AuthenticationResult, Credential, DiscoverableAuthentication, Passkey, PasskeyRegistration,
    PublicKeyCredential, Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use self::credentials::KnownCredential;
use super::answer::EndpointError;
use super::approval_data::ApprovalData;
use super::identifier::MAX_USERNAME;
use crate::settings::ProviderSettings;
use platform::ids::Entropy;

/// Seconds for which a browser may ask, where the caller names none.
const DEFAULT_TIMEOUT: u32 = 300;

/// The site, as authenticators know it.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    webauthn: Webauthn,
    id: String,
}

impl RelyingParty {
    /// The relying party of a configuration; nothing where the site's host is an address and not a
    /// name, because passkeys belong to names (WebAuthn Level 3, section 5.1.2).
    pub fn new(
        site_url: &Url,
        related_origins: &[Url],
        company: &str,
    ) -> Result<Option<Self>, WebauthnError> {
        let Some(Host::Domain(id)) = site_url.host() else {
            tracing::warn!("no passkeys: site.public_url has no host name");
            return Ok(None);
        };
        let mut builder = WebauthnBuilder::new(id, site_url)?.rp_name(company);
        for origin in related_origins {
            builder = builder.append_allowed_origin(origin);
        }
        Ok(Some(Self { webauthn: builder.build()?, id: id.to_owned() }))
    }

    /// Begins a sign-in. With `approval_data` the challenge is the hash of random bytes followed by
    /// its canonical form, so that what the authenticator signs commits to it.
    fn begin_authentication(
        &self,
        allowed: &[KnownCredential],
        timeout: u32,
        approval_data: Option<&ApprovalData>,
        entropy: &dyn Entropy,
    ) -> Result<(Value, DiscoverableAuthentication), EndpointError> {
        let (_, state) = self.webauthn.start_discoverable_authentication().map_err(internal)?;
        let random = entropy.bytes::<32>()?;
        let challenge = approval_data.map_or(random, |data| commitment(&random, data));
        let state = with_challenge(&state, "ast", &challenge)?;
        let allowed: Vec<_> = allowed.iter().map(descriptor).collect();
        let mut options = json!({
            "challenge": STANDARD.encode(challenge),
            "rpId": self.id,
            "allowCredentials": allowed,
            "timeout": timeout * 1000,
            "userVerification": "required",
            "attestation": "none",
            "extensions": {},
        });
        if approval_data.is_some() {
            options["rawChallenge"] = STANDARD.encode(random).into();
        }
        Ok((options, state))
    }

    /// Begins a registration: discoverable, so that the passkey is found without a user name.
    fn begin_registration(
        &self,
        account: &NewPasskeyOf<'_>,
        excluded: &[KnownCredential],
        timeout: u32,
        entropy: &dyn Entropy,
    ) -> Result<(Value, PasskeyRegistration), EndpointError> {
        let NewPasskeyOf { username, display_name, user_handle } = *account;
        let handle = Uuid::from_bytes(user_handle);
        // Those to leave out are for the browser alone: in the state they would make its length
        // tell how many somebody has, and a passkey that is known already is refused in any case.
        let (creation, state) = self
            .webauthn
            .start_passkey_registration(handle, username, display_name, None)
            .map_err(internal)?;
        let challenge = entropy.bytes::<32>()?;
        let state = with_challenge(&state, "rs", &challenge)?;
        let excluded: Vec<_> = excluded.iter().map(descriptor).collect();
        let mut options = serde_json::to_value(creation.public_key)?;
        options["challenge"] = STANDARD.encode(challenge).into();
        options["user"]["id"] = STANDARD.encode(user_handle).into();
        options["excludeCredentials"] = excluded.into();
        options["timeout"] = (timeout * 1000).into();
        options["attestation"] = "none".into();
        options["authenticatorSelection"] = json!({
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        });
        Ok((options, state))
    }
}

fn internal(error: WebauthnError) -> EndpointError {
    EndpointError::internal(&error)
}

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> EndpointError {
    EndpointError::coded(StatusCode::BAD_REQUEST, "invalid_request", message)
}

fn client_not_found() -> EndpointError {
    EndpointError::coded(StatusCode::NOT_FOUND, "client_not_found", "Client not found")
}

/// The one documented error, for an answer of a browser that cannot be read and for one that proves
/// nothing: in neither case may the browser be told to forget the passkey.
fn no_proof(why: &dyn std::fmt::Display) -> EndpointError {
    tracing::info!(error = %why, "a passkey was not accepted");
    let message = "Invalid webauthn encoded result";
    EndpointError::coded(StatusCode::BAD_REQUEST, "webauthn_encoded_result", message)
}

/// The code is of the deprecated generation (docs/transmit-api.md, 7.1).
fn no_session() -> EndpointError {
    let message = "Invalid webauthn session";
    EndpointError::coded(StatusCode::BAD_REQUEST, "invalid_webauthn_session", message)
}

fn not_active() -> EndpointError {
    EndpointError::coded(StatusCode::FORBIDDEN, "user_not_active", "User is not active")
}

/// An assertion was not accepted.
#[derive(Debug)]
enum ProofError {
    /// It is good but for the backup eligibility, which is not the registered one.
    Changed,
    /// It is wrong.
    Wrong(WebauthnError),
}

impl RelyingParty {
    /// Verifies an assertion (WebAuthn Level 3, section 7.2).
    fn prove(
        &self,
        credential: &PublicKeyCredential,
        state: DiscoverableAuthentication,
        passkey: &Passkey,
    ) -> Result<AuthenticationResult, ProofError> {
        let verify = |state, passkey: &Passkey| {
            self.webauthn.finish_discoverable_authentication_v2(credential, state, passkey)
        };
        // Steps 13 and 14, of which webauthn-rs does the first at registrations only. Our pages are
        // never framed.
        if is_framed(&credential.response.client_data_json) {
            return Err(ProofError::Wrong(WebauthnError::CredentialCrossOrigin));
        }
        // What is copied from device to device, and from one password manager to another, counts as each
        // of them does, or not at all: no count of it shows a thief (section 6.1.1).
        let mut known = Credential::from(passkey.clone());
        if known.backup_eligible {
            known.counter = 0;
        }
        match verify(state.clone(), &known.clone().into()) {
            Err(WebauthnError::CredentialBackupEligibilityInconsistent) => {
                // webauthn-rs looks at the flag before the signature, and the flag alone proves
                // nothing.
                let mut other = known;
                other.backup_eligible = !other.backup_eligible;
                Err(match verify(state, &other.into()) {
                    Ok(_) => ProofError::Changed,
                    Err(error) => ProofError::Wrong(error),
                })
            }
            other => other.map_err(ProofError::Wrong),
        }
    }
}

/// Whether the browser says that the ceremony was in a frame of another origin's page.
fn is_framed(client_data: &[u8]) -> bool {
    let client_data: Value = serde_json::from_slice(client_data).unwrap_or_default();
    let says_so = |name: &str| !matches!(client_data[name], Value::Null | Value::Bool(false));
    says_so("crossOrigin") || says_so("topOrigin")
}

/// For whom a passkey is made.
#[derive(Clone, Copy)]
struct NewPasskeyOf<'a> {
    username: &'a str,
    display_name: &'a str,
    user_handle: [u8; 16],
}

fn commitment(random: &[u8; 32], data: &ApprovalData) -> [u8; 32] {
    Sha256::new().chain_update(random).chain_update(data.canonical()).finalize().into()
}

/// Names a credential to a browser. `internal` is what the API says; a browser would then not look
/// at a security key at all.
fn descriptor(known: &KnownCredential) -> Value {
    let mut descriptor = json!({ "type": "public-key", "id": STANDARD.encode(&known.id) });
    if !known.is_roaming {
        descriptor["transports"] = json!(["internal"]);
    }
    descriptor
}

/// The state with another challenge. webauthn-rs draws its own and takes none; ours comes from the
/// entropy that was passed in, and may commit to `approval_data`.
fn with_challenge<T>(state: &T, member: &str, challenge: &[u8]) -> Result<T, serde_json::Error>
where
    T: Serialize + for<'de> Deserialize<'de>,
{
    let mut value = serde_json::to_value(state)?;
    value[member]["challenge"] = URL_SAFE_NO_PAD.encode(challenge).into();
    serde_json::from_value(value)
}

/// Reads `timeout`: 30 to 600 seconds.
fn timeout(seconds: Option<u32>) -> Result<u32, EndpointError> {
    let seconds = seconds.unwrap_or(DEFAULT_TIMEOUT);
    if (30..=600).contains(&seconds) {
        return Ok(seconds);
    }
    Err(malformed("timeout must be 30 to 600 seconds"))
}

/// Whether a text can name a passkey or its owner: 1 to 64 characters.
fn is_name(text: &str) -> bool {
    (1..=MAX_USERNAME).contains(&text.chars().count()) && !text.contains(char::is_control)
}

/// Lets the site's pages, and those of the configured origins, call the `start` endpoints.
pub(super) fn cors(settings: &ProviderSettings) -> CorsLayer {
    let site = std::iter::once(&settings.site_url);
    let origins = site
        .chain(&settings.related_origins)
        .chain(&settings.cors_origins)
        .filter_map(|url: &Url| HeaderValue::from_str(&url.origin().ascii_serialization()).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::POST])
        .allow_headers([header::CONTENT_TYPE])
        .max_age(std::time::Duration::from_secs(600))
}

//! Passkeys (`/v1/auth/webauthn/*`). Challenges and verification are the provider's; we pass on
//! what the browser's authenticator made (docs/transmit-api.md, "What `webauthn_encoded_result`
//! is").

use std::collections::BTreeMap;

use reqwest::header::ACCEPT_LANGUAGE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::TransmitError;
use super::signed_in::{SignedIn, TokenObject, claims_request};
use super::{Transmit, UserAccessToken};

/// What the browser needs to ask for a passkey.
#[derive(Debug, Clone, Deserialize)]
pub struct AuthenticationOptions {
    /// The ceremony at the provider (`webauthn_session_id`).
    #[serde(rename = "webauthn_session_id")]
    pub session_id: String,
    /// `credential_request_options`: binary members in standard base64, `timeout` in milliseconds.
    #[serde(rename = "credential_request_options")]
    pub options: Value,
}

/// What the browser needs to make a passkey.
#[derive(Debug, Clone, Deserialize)]
pub struct RegistrationOptions {
    /// The ceremony at the provider (`webauthn_session_id`).
    #[serde(rename = "webauthn_session_id")]
    pub session_id: String,
    /// `credential_creation_options`, in the same form.
    #[serde(rename = "credential_creation_options")]
    pub options: Value,
}

/// For whom a passkey is made.
#[derive(Debug, Clone)]
pub struct NewPasskey<'a> {
    /// The name that the provider keeps it under, 1 to 64 characters.
    pub username: &'a str,
    /// The name that the authenticator shows.
    pub display_name: &'a str,
    /// Seconds for which the browser may ask, 30 to 600.
    pub timeout: u16,
}

/// A passkey was added.
#[derive(Debug, Clone, Deserialize)]
pub struct RegisteredPasskey {
    /// Its identifier.
    pub credential_id: String,
    /// The customer at the provider.
    pub user_id: Option<String>,
}

/// A passkey was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The provider does not know this passkey (any more): the browser may be told to forget it.
    #[error("the provider does not know the passkey")]
    UnknownCredential,
    /// The passkey itself is good, and its backup eligibility is not what it was when it was
    /// registered: no sign-in with it is accepted any more (WebAuthn Level 3, section 7.2).
    #[error("the passkey's backup eligibility has changed")]
    Changed,
    /// The ceremony is unknown, used or too old, or its proof is wrong.
    #[error("the passkey's proof is not accepted")]
    Rejected,
    /// Too many wrong tries.
    #[error("too many wrong tries")]
    Locked,
    /// The customer may not sign in at all.
    #[error("customer not active")]
    NotActive,
    /// The provider could not be asked, or gave no usable answer.
    #[error("the provider could not be asked about the passkey")]
    Call(#[source] TransmitError),
}

impl From<TransmitError> for PasskeyError {
    fn from(error: TransmitError) -> Self {
        let Some(api) = error.api() else { return Self::Call(error) };
        match (api.status, api.code.as_deref()) {
            (
                400..500,
                Some(
                    "invalid_webauthn_credential" | "no_credentials_registered" | "user_not_found",
                ),
            ) => Self::UnknownCredential,
            // The embedded provider's own code; Transmit documents none for this case.
            (400, Some("webauthn_backup_eligibility_changed")) => Self::Changed,
            (_, Some("auth_locked")) => Self::Locked,
            (_, Some("user_not_active")) => Self::NotActive,
            (400 | 404 | 409 | 410 | 422, _) => Self::Rejected,
            _ => Self::Call(error),
        }
    }
}

impl Transmit {
    /// Begins a sign-in by passkey, without a user name: the authenticator knows whose it is.
    /// `approval_data` is what the passkey is to approve: at most 10 members of
    /// `A–Z a–z 0–9 _ . -`. `timeout` is in seconds, 30 to 600.
    ///
    /// # Errors
    ///
    /// [`TransmitError`]; a provider that takes no `approval_data` without a user name answers with a
    /// 400 (inferred).
    pub async fn start_authentication(
        &self,
        approval_data: Option<&BTreeMap<String, String>>,
        timeout: u16,
    ) -> Result<AuthenticationOptions, TransmitError> {
        let mut body = json!({ "client_id": self.client_id(), "timeout": timeout });
        if let Some(data) = approval_data {
            body["approval_data"] = json!(data);
        }
        let url = self.api(&["v1", "auth", "webauthn", "authenticate", "start"]);
        let answer = self.send(self.inner.http.post(url).json(&body)).await?;
        let options: AuthenticationOptions = answer.json()?;
        if options.options.is_object() { Ok(options) } else { Err(answer.unexpected()) }
    }

    /// Ends a sign-in by passkey with the browser's `webauthn_encoded_result`.
    pub async fn finish_authentication(
        &self,
        encoded_result: &str,
    ) -> Result<SignedIn, PasskeyError> {
        let body = json!({ "webauthn_encoded_result": encoded_result, "claims": claims_request() });
        let url = self.api(&["v1", "auth", "webauthn", "authenticate"]);
        let answer = self.send_as_client(|| self.inner.http.post(url.clone()).json(&body)).await?;
        let tokens: TokenObject = answer.json()?;
        self.signed_in(tokens, None).await.map_err(PasskeyError::Call)
    }

    /// Begins to add a passkey.
    pub async fn start_registration(
        &self,
        passkey: &NewPasskey<'_>,
    ) -> Result<RegistrationOptions, TransmitError> {
        let body = json!({
            "client_id": self.client_id(),
            "username": passkey.username,
            "display_name": passkey.display_name,
            "timeout": passkey.timeout,
            // Without it a device that has one already would be asked for another.
            "limit_single_credential_to_device": true,
        });
        let url = self.api(&["v1", "auth", "webauthn", "register", "start"]);
        let answer = self.send(self.inner.http.post(url).json(&body)).await?;
        let options: RegistrationOptions = answer.json()?;
        if options.options.is_object() { Ok(options) } else { Err(answer.unexpected()) }
    }

    /// Ends adding a passkey, with the token of the customer whose it will be. `language` is the
    /// tag of the language in which the provider may tell them of it.
    pub async fn finish_registration(
        &self,
        access_token: &UserAccessToken,
        encoded_result: &str,
        language: &str,
    ) -> Result<RegisteredPasskey, PasskeyError> {
        let request = self
            .inner
            .http
            .post(self.api(&["v1", "auth", "webauthn", "register"]))
            .bearer_auth(access_token.expose())
            .header(ACCEPT_LANGUAGE, language)
            .json(&json!({ "webauthn_encoded_result": encoded_result }));
        Ok(self.send(request).await?.json()?)
    }
}

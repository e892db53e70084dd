//! `webauthn_encoded_result`: base64 of JSON, as Transmit's web SDK builds it
//! (docs/transmit-api.md, 7.2).
//!
//! The SDK writes the standard alphabet; the documentation's own hint leads to base64url, so both
//! are read, with and without padding.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};
use webauthn_rs_proto::{AuthenticatorAssertionResponseRaw, AuthenticatorAttestationResponseRaw};

use platform::json;

/// Tolerates what is there and what is missing at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(false),
);

/// The longest that is read: an attestation with certificates has some kilobytes.
const MAX_LENGTH: usize = 32 * 1024;

/// Base64 in either alphabet.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text.replace('-', "+").replace('_', "/")).ok()
}

/// The text is not a `webauthn_encoded_result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the webauthn_encoded_result cannot be read")]
pub struct InvalidEncodedResult;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EncodedCeremony<R> {
    webauthn_session_id: String,
    public_key_credential: EncodedCredential<R>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EncodedCredential<R> {
    id: String,
    raw_id: String,
    response: R,
    #[serde(default)]
    authenticator_attachment: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EncodedAssertion {
    authenticator_data: String,
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EncodedAttestation {
    attestation_object: String,
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
}

/// A browser's answer, with the ceremony it belongs to.
pub struct EncodedResult<C> {
    /// The ceremony.
    pub session_id: String,
    /// What the authenticator made.
    pub credential: C,
    /// Where the authenticator is, as the browser says.
    pub attachment: Option<&'static str>,
}

/// Reads the answer to an authentication.
pub fn assertion(text: &str) -> Result<EncodedResult<PublicKeyCredential>, InvalidEncodedResult> {
    let outer: EncodedCeremony<EncodedAssertion> = read(text)?;
    let EncodedCredential { id, raw_id, response, authenticator_attachment } =
        outer.public_key_credential;
    let user_handle = response.user_handle.filter(|handle| !handle.is_empty());
    let response = AuthenticatorAssertionResponseRaw {
        authenticator_data: bytes(&response.authenticator_data)?,
        client_data_json: bytes(&response.client_data_json)?,
        signature: bytes(&response.signature)?,
        // The SDK writes an absent handle as an empty one.
        user_handle: user_handle.as_deref().map(bytes).transpose()?,
    };
    let credential = PublicKeyCredential {
        raw_id: raw(&id, &raw_id)?,
        id,
        response,
        extensions: webauthn_rs_proto::AuthenticationExtensionsClientOutputs::default(),
        type_: "public-key".into(),
    };
    let attachment = attachment(authenticator_attachment.as_deref());
    Ok(EncodedResult { session_id: outer.webauthn_session_id, credential, attachment })
}

/// Reads the answer to a registration.
pub fn attestation(
    text: &str,
) -> Result<EncodedResult<RegisterPublicKeyCredential>, InvalidEncodedResult> {
    let outer: EncodedCeremony<EncodedAttestation> = read(text)?;
    let EncodedCredential { id, raw_id, response, authenticator_attachment } =
        outer.public_key_credential;
    let response = AuthenticatorAttestationResponseRaw {
        attestation_object: bytes(&response.attestation_object)?,
        client_data_json: bytes(&response.client_data_json)?,
        transports: None,
    };
    let credential = RegisterPublicKeyCredential {
        raw_id: raw(&id, &raw_id)?,
        id,
        response,
        type_: "public-key".into(),
        extensions: webauthn_rs_proto::RegistrationExtensionsClientOutputs::default(),
    };
    let attachment = attachment(authenticator_attachment.as_deref());
    Ok(EncodedResult { session_id: outer.webauthn_session_id, credential, attachment })
}

fn read<R: DeserializeOwned>(text: &str) -> Result<EncodedCeremony<R>, InvalidEncodedResult> {
    if text.len() > MAX_LENGTH {
        return Err(InvalidEncodedResult);
    }
    let json = bytes(text.trim())?;
    json::parse(&json).map_err(|_| InvalidEncodedResult)
}

fn bytes(text: &str) -> Result<Vec<u8>, InvalidEncodedResult> {
    decode(text).ok_or(InvalidEncodedResult)
}

/// `id` and `rawId` have to be the same bytes (WebAuthn Level 3, section 5.1).
fn raw(id: &str, raw_id: &str) -> Result<Vec<u8>, InvalidEncodedResult> {
    let raw = bytes(raw_id)?;
    let good = (1..=1023).contains(&raw.len()) && bytes(id)? == raw;
    if good { Ok(raw) } else { Err(InvalidEncodedResult) }
}

fn attachment(text: Option<&str>) -> Option<&'static str> {
    match text? {
        "platform" => Some("platform"),
        "cross-platform" => Some("cross-platform"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;

    fn result(user_handle: Value, id: &str) -> Value {
        json!({
            "webauthnSessionId": "session",
            "publicKeyCredential": {
                "id": id,
                "rawId": STANDARD.encode([251, 255, 1]),
                "response": {
                    "authenticatorData": STANDARD.encode([1]),
                    "clientDataJSON": STANDARD.encode([2]),
                    "signature": URL_SAFE_NO_PAD.encode([251, 255]),
                    "userHandle": user_handle,
                },
                "authenticatorAttachment": "platform",
                "type": "public-key",
            },
            "userAgent": "test",
        })
    }

    #[test]
    fn reads_what_the_web_sdk_writes_in_both_alphabets() {
        let json = result(json!(""), &URL_SAFE_NO_PAD.encode([251, 255, 1])).to_string();
        for text in [STANDARD.encode(&json), URL_SAFE_NO_PAD.encode(&json)] {
            let read = assertion(&text).unwrap();
            assert_eq!(read.session_id, "session");
            assert_eq!(read.credential.raw_id, [251, 255, 1]);
            assert_eq!(read.credential.response.signature, [251, 255]);
            assert_eq!(read.credential.response.user_handle, None);
            assert_eq!(read.attachment, Some("platform"));
        }
    }

    #[test]
    fn refuses_what_does_not_fit_together() {
        let other_id = result(json!(null), &URL_SAFE_NO_PAD.encode([1, 2, 3])).to_string();
        for text in [String::new(), "%".into(), STANDARD.encode("{}"), STANDARD.encode(other_id)] {
            assert_eq!(assertion(&text).err(), Some(InvalidEncodedResult), "{text}");
        }
    }
}

//! What the browser's authenticator made, on its way to the provider.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};

use platform::json;

/// A credential in WebAuthn's JSON form (WebAuthn Level 3, 5.1.8), with the sealed session in which
/// it was made. Binary members are decoded, so what goes on is what was checked.
#[derive(Debug)]
pub struct Credential {
    id: String,
    raw_id: Vec<u8>,
    kind: String,
    attachment: Option<String>,
    client_data: Vec<u8>,
    proof: CeremonyProof,
}

#[derive(Debug)]
enum CeremonyProof {
    Assertion { authenticator_data: Vec<u8>, signature: Vec<u8>, user_handle: Vec<u8> },
    Attestation { attestation_object: Vec<u8> },
}

/// The text is not a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the credential is not in the JSON form of WebAuthn")]
pub struct InvalidCredential;

/// The longest credential that is read, in bytes. A large attestation has some 3 kB.
pub const MAX_LENGTH: usize = 12 * 1024;

#[derive(Deserialize)]
struct Envelope {
    session: String,
    credential: Public,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Public {
    id: String,
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    authenticator_attachment: Option<String>,
    response: AuthenticatorResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticatorResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    authenticator_data: Option<String>,
    signature: Option<String>,
    user_handle: Option<String>,
    attestation_object: Option<String>,
}

impl Credential {
    /// Reads `{"session": …, "credential": …}` as the page's island sends it, and returns the
    /// session's sealed text beside the credential.
    pub fn parse(text: &str) -> Result<(String, Self), InvalidCredential> {
        if text.len() > MAX_LENGTH {
            return Err(InvalidCredential);
        }
        let Envelope { session, credential } =
            json::parse(text.as_bytes()).map_err(|_| InvalidCredential)?;
        let AuthenticatorResponse {
            client_data_json,
            authenticator_data,
            signature,
            user_handle,
            attestation_object,
        } = credential.response;
        let proof = match (authenticator_data, signature, attestation_object) {
            (_, None, Some(object)) => {
                CeremonyProof::Attestation { attestation_object: bytes(&object)? }
            }
            (Some(data), Some(signature), None) => CeremonyProof::Assertion {
                authenticator_data: bytes(&data)?,
                signature: bytes(&signature)?,
                user_handle: user_handle.as_deref().map(bytes).transpose()?.unwrap_or_default(),
            },
            _ => return Err(InvalidCredential),
        };
        let parsed = Self {
            raw_id: bytes(&credential.raw_id)?,
            id: credential.id,
            kind: credential.kind,
            attachment: credential.authenticator_attachment,
            client_data: bytes(&client_data_json)?,
            proof,
        };
        if parsed.kind != "public-key" || bytes(&parsed.id)? != parsed.raw_id {
            return Err(InvalidCredential);
        }
        Ok((session, parsed))
    }

    /// The credential's identifier, in base64url.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the authenticator says that it verified the person (WebAuthn Level 3, 6.1: bit 2 of
    /// the flags).
    ///
    /// # Security
    ///
    /// Some password managers set it without asking anybody, so it is necessary and not proof.
    pub fn is_user_verified(&self) -> bool {
        const USER_VERIFIED: u8 = 0b100;
        match &self.proof {
            CeremonyProof::Assertion { authenticator_data, .. } => {
                authenticator_data.get(32).is_some_and(|flags| flags & USER_VERIFIED != 0)
            }
            // The flags of a registration are inside its attestation; the provider looks at them.
            CeremonyProof::Attestation { .. } => true,
        }
    }

    /// The provider's `webauthn_encoded_result`: base64 of a JSON object whose binary members are
    /// standard base64 (docs/transmit-api.md, "What `webauthn_encoded_result` is").
    pub fn encoded_result(&self, session_id: &str, user_agent: &str) -> String {
        let base64 = |bytes: &[u8]| Value::from(STANDARD.encode(bytes));
        let response = match &self.proof {
            CeremonyProof::Assertion { authenticator_data, signature, user_handle } => json!({
                "authenticatorData": base64(authenticator_data),
                "clientDataJSON": base64(&self.client_data),
                "signature": base64(signature),
                "userHandle": base64(user_handle),
            }),
            CeremonyProof::Attestation { attestation_object } => json!({
                "attestationObject": base64(attestation_object),
                "clientDataJSON": base64(&self.client_data),
            }),
        };
        let result = json!({
            "webauthnSessionId": session_id,
            "publicKeyCredential": {
                "id": self.id,
                "rawId": base64(&self.raw_id),
                "response": response,
                "authenticatorAttachment": self.attachment,
                "type": self.kind,
            },
            "userAgent": user_agent,
        });
        STANDARD.encode(result.to_string())
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, InvalidCredential> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| InvalidCredential)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(flags: u8) -> Value {
        let url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut data = vec![0xfb; 37];
        data[32] = flags;
        json!({
            "session": "sealed",
            "credential": {
                "id": url(&[0xff, 0xfe, 1]),
                "rawId": url(&[0xff, 0xfe, 1]),
                "type": "public-key",
                "authenticatorAttachment": "platform",
                "clientExtensionResults": {},
                "response": {
                    "clientDataJSON": url(b"{}"),
                    "authenticatorData": url(&data),
                    "signature": url(&[1, 2, 3]),
                    "userHandle": null,
                },
            },
        })
    }

    #[test]
    fn passes_on_an_assertion_in_the_providers_form() {
        let (session, credential) = Credential::parse(&envelope(0b101).to_string()).unwrap();
        assert_eq!(session, "sealed");
        let encoded = credential.encoded_result("session-1", "a phone");
        let result: Value = serde_json::from_slice(&STANDARD.decode(encoded).unwrap()).unwrap();
        assert_eq!(result["webauthnSessionId"], "session-1");
        assert_eq!(result["userAgent"], "a phone");
        let credential = &result["publicKeyCredential"];
        // The identifier stays as the browser wrote it; bytes are in the standard alphabet.
        assert_eq!(credential["id"], "__4B");
        assert_eq!(credential["rawId"], "//4B");
        assert_eq!(credential["response"]["userHandle"], "");
    }

    #[test]
    fn sees_whether_the_person_was_verified() {
        let verified =
            |flags| Credential::parse(&envelope(flags).to_string()).unwrap().1.is_user_verified();
        assert!(verified(0b0000_0101));
        assert!(!verified(0b0000_0001));
        assert!(!verified(0b1111_1011));
    }

    #[test]
    fn refuses_everything_else() {
        let mut wrong_kind = envelope(5);
        wrong_kind["credential"]["type"] = "password".into();
        let mut two_ids = envelope(5);
        two_ids["credential"]["rawId"] = "AAAA".into();
        let mut no_proof = envelope(5);
        no_proof["credential"]["response"]["signature"] = Value::Null;
        let mut not_base64 = envelope(5);
        not_base64["credential"]["response"]["signature"] = "*".into();
        for text in [
            "",
            "{}",
            "null",
            "[]",
            r#"["sealed", ["__4B", "__4B", "public-key", null, ["AQ", "AQ", "AQ", null, null]]]"#,
            &"x".repeat(MAX_LENGTH + 1),
        ] {
            assert_eq!(Credential::parse(text).err(), Some(InvalidCredential));
        }
        for value in [wrong_kind, two_ids, no_proof, not_base64] {
            assert_eq!(Credential::parse(&value.to_string()).err(), Some(InvalidCredential));
        }
    }
}

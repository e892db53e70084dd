//! The test vectors of WebAuthn Level 3, section 16, for the algorithms that are offered here: fed
//! to the verification that the endpoints use. `vectors.json` holds the specification's values.

use serde::Deserialize;
use serde_json::Value;
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, PublicKeyCredential};
use webauthn_rs::prelude::{RegisterPublicKeyCredential, WebauthnError};

use super::*;
use crate::server::ids::SystemEntropy;

#[derive(Deserialize)]
struct Vector {
    name: String,
    credential_id: String,
    registration: Made,
    authentication: Signed,
}

#[derive(Deserialize)]
struct Made {
    challenge: String,
    client_data_json: String,
    attestation_object: String,
}

#[derive(Deserialize)]
struct Signed {
    challenge: String,
    authenticator_data: String,
    client_data_json: String,
    signature: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

fn base64url(hex: &str) -> Value {
    URL_SAFE_NO_PAD.encode(bytes(hex)).into()
}

fn relying_party() -> RelyingParty {
    let mut config = Config::default();
    config.site.public_url = "https://example.org".parse().unwrap();
    RelyingParty::new(&config).unwrap().unwrap()
}

/// A state of ours with the vector's challenge. Most vectors lack the bit of user verification, so
/// the demand for it is lifted where a test says so.
fn changed<T>(state: &T, member: &str, challenge: &str, lenient: bool) -> T
where
    T: Serialize + for<'de> Deserialize<'de>,
{
    let mut value = serde_json::to_value(state).unwrap();
    value[member]["challenge"] = base64url(challenge);
    if lenient {
        value[member]["policy"] = "discouraged".into();
    }
    serde_json::from_value(value).unwrap()
}

impl Vector {
    fn register(&self, relying_party: &RelyingParty) -> Result<Passkey, WebauthnError> {
        let account = NewPasskeyOf { username: "alex", display_name: "Alex", user_handle: [7; 16] };
        let (_, state) =
            relying_party.begin_registration(&account, &[], 60, &SystemEntropy).unwrap();
        let state: PasskeyRegistration = changed(&state, "rs", &self.registration.challenge, true);
        let id = base64url(&self.credential_id);
        let made: RegisterPublicKeyCredential = serde_json::from_value(json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "attestationObject": base64url(&self.registration.attestation_object),
                "clientDataJSON": base64url(&self.registration.client_data_json),
            },
        }))
        .unwrap();
        relying_party.webauthn.finish_passkey_registration(&made, &state)
    }

    fn authenticate(
        &self,
        relying_party: &RelyingParty,
        passkey: &Passkey,
        signature: &[u8],
        lenient: bool,
    ) -> Result<(), WebauthnError> {
        let (_, state) = relying_party.begin_authentication(&[], 60, None, &SystemEntropy).unwrap();
        let state = changed(&state, "ast", &self.authentication.challenge, lenient);
        let id = base64url(&self.credential_id);
        let signed: PublicKeyCredential = serde_json::from_value(json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "authenticatorData": base64url(&self.authentication.authenticator_data),
                "clientDataJSON": base64url(&self.authentication.client_data_json),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": null,
            },
        }))
        .unwrap();
        relying_party
            .webauthn
            .finish_discoverable_authentication_v2(&signed, state, passkey)
            .map(|_| ())
    }

    /// Whether the authenticator says that it has verified the person (section 6.1, bit 2).
    fn is_user_verified(&self) -> bool {
        bytes(&self.authentication.authenticator_data)[32] & 0b100 != 0
    }
}

/// The specification's RSA key has a modulus of 436 bytes. webauthn-rs takes the 2048 bits that
/// authenticators make, and says no to every other length; so do we.
const UNUSUAL_KEY: &str = "packed-rs256";

#[test]
fn the_specifications_vectors_are_verified() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors.json")).unwrap();
    assert_eq!(vectors.len(), 6);
    let relying_party = relying_party();
    for vector in vectors {
        let name = &vector.name;
        let passkey = vector.register(&relying_party);
        if name == UNUSUAL_KEY {
            assert!(matches!(passkey, Err(WebauthnError::COSEKeyRSANEInvalid)), "{name}");
            continue;
        }
        let passkey = passkey.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let mut signature = bytes(&vector.authentication.signature);
        let lenient = vector.authenticate(&relying_party, &passkey, &signature, true);
        assert!(lenient.is_ok(), "{name}: {lenient:?}");
        // As the endpoints ask: a proof without user verification is none, however well signed.
        let strict = vector.authenticate(&relying_party, &passkey, &signature, false);
        assert_eq!(strict.is_ok(), vector.is_user_verified(), "{name}: {strict:?}");
        if !vector.is_user_verified() {
            assert!(matches!(strict, Err(WebauthnError::UserNotVerified)), "{name}: {strict:?}");
        }
        let last = signature.len() - 1;
        signature[last] ^= 1;
        assert!(
            vector.authenticate(&relying_party, &passkey, &signature, true).is_err(),
            "{name}: a changed signature"
        );
    }
}

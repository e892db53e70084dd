//! The test vectors of WebAuthn Level 3, section 16, for the algorithms that are offered here: fed
//! to the verification that the endpoints use. `vectors.json` holds the specification's values.

use serde::Deserialize;
use serde_json::Value;
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, PublicKeyCredential};
use webauthn_rs::prelude::{RegisterPublicKeyCredential, WebauthnError};

use super::*;
use platform::ids::SystemEntropy;

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
    let site_url = "https://example.org".parse().unwrap();
    RelyingParty::new(&site_url, &[], "Example Bank").unwrap().unwrap()
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
/// authenticators make, and says no to every other length; so do we. A key of that length is below.
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

/// A new RSA key of the length that authenticators make, as COSE writes it (RFC 8152 and RFC 8230),
/// and what it signs.
struct RsaKey(aws_lc_rs::rsa::KeyPair);

impl RsaKey {
    fn new() -> Self {
        Self(aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap())
    }

    fn cose(&self) -> Vec<u8> {
        use aws_lc_rs::signature::KeyPair;
        // PKCS #1: two headers and a zero, 256 bytes of modulus, then 65537.
        let der = self.0.public_key().as_ref();
        let modulus = &der[9..265];
        let (start, middle) =
            ([0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0], [0x21, 0x43, 1, 0, 1]);
        [&start[..], modulus, &middle].concat()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        let algorithm = &aws_lc_rs::signature::RSA_PKCS1_SHA256;
        self.0.sign(algorithm, &random, message, &mut signature).unwrap();
        signature
    }
}

/// A ceremony's client data for the specification's site.
fn client_data(kind: &str, options: &Value) -> Vec<u8> {
    let challenge = STANDARD.decode(options["challenge"].as_str().unwrap()).unwrap();
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    json!({ "type": kind, "challenge": challenge, "origin": "https://example.org" })
        .to_string()
        .into_bytes()
}

fn authenticator_data(flags: u8, count: u8) -> Vec<u8> {
    [&Sha256::digest("example.org")[..], &[flags, 0, 0, 0, count]].concat()
}

#[test]
fn an_rsa_key_of_the_usual_length_is_verified() {
    let relying_party = relying_party();
    let key = RsaKey::new();
    let account = NewPasskeyOf { username: "alex", display_name: "Alex", user_handle: [7; 16] };
    let (options, state) =
        relying_party.begin_registration(&account, &[], 60, &SystemEntropy).unwrap();
    let attested = [&[0; 16][..], &[0, 4], b"key1", &key.cose()].concat();
    let data = [authenticator_data(0b0100_0101, 1), attested].concat();
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let object =
        [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59", &length[..], &data].concat();
    let url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let made: RegisterPublicKeyCredential = serde_json::from_value(json!({
        "id": url(b"key1"), "rawId": url(b"key1"), "type": "public-key",
        "response": {
            "attestationObject": url(&object),
            "clientDataJSON": url(&client_data("webauthn.create", &options)),
        },
    }))
    .unwrap();
    let passkey = relying_party.webauthn.finish_passkey_registration(&made, &state).unwrap();

    for forged in [false, true] {
        let (options, state) =
            relying_party.begin_authentication(&[], 60, None, &SystemEntropy).unwrap();
        let (data, client_data) =
            (authenticator_data(0b101, 2), client_data("webauthn.get", &options));
        let mut signature = key.sign(&[&data[..], &Sha256::digest(&client_data)].concat());
        signature[9] ^= u8::from(forged);
        let signed: PublicKeyCredential = serde_json::from_value(json!({
            "id": url(b"key1"), "rawId": url(b"key1"), "type": "public-key",
            "response": {
                "authenticatorData": url(&data),
                "clientDataJSON": url(&client_data),
                "signature": url(&signature),
                "userHandle": null,
            },
        }))
        .unwrap();
        let proved =
            relying_party.webauthn.finish_discoverable_authentication_v2(&signed, state, &passkey);
        assert_eq!(proved.is_ok(), !forged, "{proved:?}");
    }
}

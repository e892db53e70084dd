//! The test vectors of WebAuthn Level 3, section 16, for the algorithms that are offered here: fed
//! to the verification that the endpoints use. `vectors.json` holds the specification's values.

use serde::Deserialize;
use serde_json::Value;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use super::credentials::{NewCredential, PasskeyAccount, note_use};
use super::*;
use platform::Secret;
use platform::ids::SystemEntropy;
use platform::settings::StorageConfig;
use platform::storage::Storage;

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

/// A ceremony's client data for the specification's site, with what else the browser says.
fn client_data(kind: &str, options: &Value, more: &Value) -> Vec<u8> {
    let challenge = STANDARD.decode(options["challenge"].as_str().unwrap()).unwrap();
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    let mut data = json!({ "type": kind, "challenge": challenge, "origin": "https://example.org" });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data.to_string().into_bytes()
}

fn authenticator_data(flags: u8, count: u8) -> Vec<u8> {
    [&Sha256::digest("example.org")[..], &[flags, 0, 0, 0, count]].concat()
}

/// The flags of a person who is there and was verified (WebAuthn Level 3, section 6.1).
const VERIFIED: u8 = 0b101;
/// The flag of a passkey that may be copied to other devices.
const BACKUP_ELIGIBLE: u8 = 0b1000;

fn url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl RsaKey {
    fn register(&self, relying_party: &RelyingParty, flags: u8) -> Passkey {
        let account = NewPasskeyOf { username: "alex", display_name: "Alex", user_handle: [7; 16] };
        let (options, state) =
            relying_party.begin_registration(&account, &[], 60, &SystemEntropy).unwrap();
        let attested = [&[0; 16][..], &[0, 4], b"key1", &self.cose()].concat();
        let data = [authenticator_data(0b0100_0000 | flags, 1), attested].concat();
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let object =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59", &length[..], &data].concat();
        let made: RegisterPublicKeyCredential = serde_json::from_value(json!({
            "id": url(b"key1"), "rawId": url(b"key1"), "type": "public-key",
            "response": {
                "attestationObject": url(&object),
                "clientDataJSON": url(&client_data("webauthn.create", &options, &json!({}))),
            },
        }))
        .unwrap();
        relying_party.webauthn.finish_passkey_registration(&made, &state).unwrap()
    }

    fn prove(
        &self,
        relying_party: &RelyingParty,
        passkey: &Passkey,
        Assertion { flags, count, more, forged }: Assertion,
    ) -> Result<AuthenticationResult, ProofError> {
        let (options, state) =
            relying_party.begin_authentication(&[], 60, None, &SystemEntropy).unwrap();
        let data = authenticator_data(flags, count);
        let client_data = client_data("webauthn.get", &options, &more);
        let mut signature = self.sign(&[&data[..], &Sha256::digest(&client_data)].concat());
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
        relying_party.prove(&signed, state, passkey)
    }
}

struct Assertion {
    flags: u8,
    /// Those of registrations say 1.
    count: u8,
    more: Value,
    forged: bool,
}

impl Assertion {
    fn with(flags: u8) -> Self {
        Self { flags, count: 2, more: json!({}), forged: false }
    }
}

#[test]
fn an_rsa_key_of_the_usual_length_is_verified() {
    let (relying_party, key) = (relying_party(), RsaKey::new());
    let passkey = key.register(&relying_party, VERIFIED);
    for forged in [false, true] {
        let assertion = Assertion { forged, ..Assertion::with(VERIFIED) };
        let proved = key.prove(&relying_party, &passkey, assertion);
        assert_eq!(proved.is_ok(), !forged, "{proved:?}");
    }
}

#[test]
fn a_key_chain_that_was_switched_to_sync_or_back_has_another_passkey_than_before() {
    let (relying_party, key) = (relying_party(), RsaKey::new());
    for (before, after) in [(0, BACKUP_ELIGIBLE), (BACKUP_ELIGIBLE, 0)] {
        let passkey = key.register(&relying_party, VERIFIED | before);
        let prove = |assertion| key.prove(&relying_party, &passkey, assertion);
        assert!(prove(Assertion::with(VERIFIED | before)).is_ok());
        let changed = prove(Assertion::with(VERIFIED | after));
        assert!(matches!(changed, Err(ProofError::Changed)), "{changed:?}");
        // Only who has the key learns it.
        for nothing in [
            Assertion { forged: true, ..Assertion::with(VERIFIED | after) },
            Assertion::with(0b001 | after),
            Assertion {
                more: json!({"origin": "https://evil.example"}),
                ..Assertion::with(VERIFIED | after)
            },
        ] {
            let wrong = prove(nothing);
            assert!(matches!(wrong, Err(ProofError::Wrong(_))), "{wrong:?}");
        }
    }
}

#[test]
fn a_passkey_that_may_be_copied_may_count_as_its_copies_do() {
    let (relying_party, key) = (relying_party(), RsaKey::new());
    for (copies, may_count_backwards) in [(0, false), (BACKUP_ELIGIBLE, true)] {
        let passkey = key.register(&relying_party, VERIFIED | copies);
        // Taken over by a password manager that counts nothing, or by one that counts for itself.
        for count in [0, 1] {
            let assertion = Assertion { count, ..Assertion::with(VERIFIED | copies) };
            let proved = key.prove(&relying_party, &passkey, assertion);
            assert_eq!(proved.is_ok(), may_count_backwards, "{copies} {count}: {proved:?}");
            let forged = Assertion { count, forged: true, ..Assertion::with(VERIFIED | copies) };
            assert!(key.prove(&relying_party, &passkey, forged).is_err());
        }
    }
}

#[tokio::test]
async fn only_a_passkey_that_may_be_copied_is_noted_with_an_earlier_count() {
    for (copies, may_count_backwards) in [(0, false), (BACKUP_ELIGIBLE, true)] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let storage = StorageConfig { url: Secret::new(url), ..StorageConfig::default() };
        let storage = Storage::open(&storage).await.unwrap();
        let passkey = RsaKey::new().register(&relying_party(), VERIFIED | copies);
        let new = NewCredential {
            account: &PasskeyAccount {
                username: "alex".into(),
                user_id: "user".into(),
                user_handle: vec![0; 16],
            },
            display_name: "Alex",
            passkey: &passkey,
            attachment: None,
            aaguid: None,
        };
        assert!(credentials::create(&storage, &new, 0).await.unwrap());
        let note = async |count| {
            let mut transaction = storage.writer().begin().await.unwrap();
            let noted = note_use(&mut transaction, &passkey, count, 0).await.unwrap();
            transaction.commit().await.unwrap();
            noted
        };
        assert!(note(7).await);
        for count in [7, 3, 0] {
            assert_eq!(note(count).await, may_count_backwards, "{copies} {count}");
        }
        assert!(note(8).await);
    }
}

#[test]
fn a_page_in_somebody_elses_frame_proves_nothing() {
    let (relying_party, key) = (relying_party(), RsaKey::new());
    let passkey = key.register(&relying_party, VERIFIED);
    for (more, good) in [
        (json!({"crossOrigin": false}), true),
        (json!({"crossOrigin": true}), false),
        (json!({"crossOrigin": true, "topOrigin": "https://evil.example"}), false),
        (json!({"topOrigin": "https://evil.example"}), false),
        (json!({"crossOrigin": "true"}), false),
    ] {
        let assertion = Assertion { more: more.clone(), ..Assertion::with(VERIFIED) };
        let proved = key.prove(&relying_party, &passkey, assertion);
        assert_eq!(proved.is_ok(), good, "{more}: {proved:?}");
    }
}

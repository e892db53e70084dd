//! The keys that sign the provider's tokens: RS256 with 2048 bits, the first made on the first start,
//! the others in good time. A key is published an hour before it signs, and a day after it has signed
//! for the last time.
//!
//! The private part is sealed at rest and never leaves this file.

mod upkeep;

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;

pub(super) use self::upkeep::worker;
use platform::ambient::Ambient;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};

const PURPOSE: &str = "provider.signing_key";

/// The signing keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The new key cannot be sealed.
    #[error("the signing key could not be sealed")]
    Seal(#[from] SealError),
    /// No key could be made.
    #[error("no signing key could be made")]
    Generate,
    /// The stored key was sealed with a key that is gone.
    #[error(
        "a signing key could not be opened: was the sealing key changed without its predecessor?"
    )]
    Unreadable,
    /// The stored key is not an RSA key.
    #[error("the stored signing key is not an RSA key")]
    Malformed(#[source] jsonwebtoken::errors::Error),
}

/// A token was not signed here, or is another kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token was not signed here as this kind of token")]
pub struct NotSignedHere;

/// The kinds of signed tokens; the header's `typ` keeps one from being taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token (RFC 9068).
    Access,
    /// An ID token.
    Id,
}

impl TokenKind {
    fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Id => "JWT",
        }
    }
}

/// Seconds for which a new key is published before it signs: everybody who keeps the public keys
/// (the answer says for five minutes) has it by then, and so has every other instance.
const ANNOUNCED: i64 = 60 * 60;

/// Seconds for which a key verifies after another has begun to sign: the longest that a token lasts,
/// a day, and an hour for clocks and caches.
const OUTLIVED: i64 = 25 * 60 * 60;

/// All signing keys: one signs, each verifies.
#[derive(Debug)]
pub struct Keys(RwLock<Arc<Set>>);

#[derive(Debug)]
struct Set {
    kid: String,
    signing: KeyPair,
    verifying: Vec<(String, DecodingKey)>,
    public: JwkSet,
    /// The slot of the newest, and when it was made.
    newest: (i64, i64),
}

impl Keys {
    /// Reads the keys, and makes the first one where there is none. Of several instances that start
    /// at once one stores its key and all use that one.
    pub async fn load_or_create(
        storage: &Storage,
        sealer: &Sealer,
        ambient: &Ambient,
    ) -> Result<Self, KeyError> {
        let now = ambient.clock.unix();
        let set = if let Some(set) = Set::load(storage, sealer, now).await? {
            set
        } else {
            create(storage, sealer, 1, now).await?;
            Set::load(storage, sealer, now).await?.ok_or(KeyError::Generate)?
        };
        Ok(Self(RwLock::new(Arc::new(set))))
    }

    /// Makes the next key where the newest is `lifetime` seconds old (never where that is 0), forgets
    /// those whose tokens have all ended, and reads them again: other instances do the same.
    ///
    /// # Errors
    ///
    /// [`KeyError`]; then everything stays as it was.
    pub async fn keep_up(
        &self,
        storage: &Storage,
        sealer: &Sealer,
        ambient: &Ambient,
        lifetime: i64,
    ) -> Result<(), KeyError> {
        let now = ambient.clock.unix();
        let (slot, created_at) = self.set().newest;
        if lifetime > 0 && created_at.saturating_add(lifetime) <= now {
            create(storage, sealer, slot + 1, now).await?;
        }
        sqlx::query(
            "DELETE FROM signing_keys WHERE EXISTS (SELECT 1 FROM signing_keys AS later \
             WHERE later.slot > signing_keys.slot AND later.created_at <= $1)",
        )
        .bind(now - ANNOUNCED - OUTLIVED)
        .execute(storage.writer())
        .await
        .map_err(StorageError::from)?;
        let set = Set::load(storage, sealer, now).await?.ok_or(KeyError::Generate)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        Ok(())
    }

    fn set(&self) -> Arc<Set> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seals every key anew with the current sealing key.
    pub(super) async fn reseal(storage: &Storage, sealer: &Sealer) -> Result<(), KeyError> {
        let rows = sqlx::query("SELECT kid, private_sealed FROM signing_keys")
            .fetch_all(storage.reader())
            .await
            .map_err(StorageError::from)?;
        for row in rows {
            let kid: String = row.try_get(0).map_err(StorageError::from)?;
            let kept: String = row.try_get(1).map_err(StorageError::from)?;
            let pem: String = sealer.open(PURPOSE, &kept).map_err(|_| KeyError::Unreadable)?;
            sqlx::query("UPDATE signing_keys SET private_sealed = $1 WHERE kid = $2")
                .bind(sealer.seal(PURPOSE, &pem)?)
                .bind(kid)
                .execute(storage.writer())
                .await
                .map_err(StorageError::from)?;
        }
        Ok(())
    }

    /// The public keys, as `GET /oidc/jwks` shows them.
    pub fn public(&self) -> JwkSet {
        self.set().public.clone()
    }

    /// Signs `claims`.
    pub fn sign(
        &self,
        kind: TokenKind,
        claims: &impl Serialize,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let set = self.set();
        let header = Header {
            kid: Some(set.kid.clone()),
            typ: Some(kind.typ().to_owned()),
            ..Header::new(Algorithm::RS256)
        };
        let part =
            |json: serde_json::Result<Vec<u8>>| json.map(|json| URL_SAFE_NO_PAD.encode(json));
        let message =
            [part(serde_json::to_vec(&header))?, part(serde_json::to_vec(claims))?].join(".");
        // `jsonwebtoken::encode` reads the key from its bytes, and checks it, for every token: that
        // takes longer than the signature.
        let mut signature = vec![0; set.signing.public_modulus_len()];
        set.signing
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .map_err(|_| ErrorKind::RsaFailedSigning)?;
        Ok([message, URL_SAFE_NO_PAD.encode(signature)].join("."))
    }

    /// Reads the claims of a token that was signed here. The caller checks the times, by its clock.
    pub fn verify<T: DeserializeOwned>(
        &self,
        kind: TokenKind,
        token: &str,
    ) -> Result<T, NotSignedHere> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| NotSignedHere)?;
        if header.typ.as_deref() != Some(kind.typ()) {
            return Err(NotSignedHere);
        }
        let named = header.kid.ok_or(NotSignedHere)?;
        let set = self.set();
        let (_, decoding) =
            set.verifying.iter().find(|(kid, _)| *kid == named).ok_or(NotSignedHere)?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        jsonwebtoken::decode(token, decoding, &rules)
            .map(|data| data.claims)
            .map_err(|_| NotSignedHere)
    }
}

impl Set {
    /// The newest key that was published long enough signs; where there is none, the oldest: nobody
    /// has kept an answer without it.
    async fn load(storage: &Storage, sealer: &Sealer, now: i64) -> Result<Option<Self>, KeyError> {
        let query = "SELECT slot, created_at, private_sealed FROM signing_keys ORDER BY slot DESC";
        let rows = sqlx::query(query).fetch_all(storage.reader()).await;
        let mut newest = None;
        let mut chosen = None;
        let mut is_announced = false;
        let mut verifying = Vec::new();
        let mut public = JwkSet { keys: Vec::new() };
        for row in rows.map_err(StorageError::from)? {
            let slot: i64 = row.try_get(0).map_err(StorageError::from)?;
            let created_at: i64 = row.try_get(1).map_err(StorageError::from)?;
            let kept: String = row.try_get(2).map_err(StorageError::from)?;
            let pem: String = sealer.open(PURPOSE, &kept).map_err(|_| KeyError::Unreadable)?;
            let (kid, signing, jwk) = parts(&pem)?;
            let decoding = DecodingKey::from_jwk(&jwk).map_err(KeyError::Malformed)?;
            newest.get_or_insert((slot, created_at));
            verifying.push((kid.clone(), decoding));
            public.keys.push(jwk);
            if !is_announced {
                chosen = Some((kid, signing));
                is_announced = created_at + ANNOUNCED <= now;
            }
        }
        Ok(newest.zip(chosen).map(|(newest, (kid, signing))| Self {
            kid,
            signing,
            verifying,
            public,
            newest,
        }))
    }
}

/// Makes a key for this slot; where another instance has filled it meanwhile, that key stays.
async fn create(storage: &Storage, sealer: &Sealer, slot: i64, now: i64) -> Result<(), KeyError> {
    // Making a key takes up to a second: off the threads that serve.
    let made = tokio::task::spawn_blocking(generate).await;
    let pem = made.map_err(|_| KeyError::Generate)??;
    let (kid, _, _) = parts(&pem)?;
    sqlx::query(
        "INSERT INTO signing_keys (slot, kid, private_sealed, created_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (slot) DO NOTHING",
    )
    .bind(slot)
    .bind(kid)
    .bind(sealer.seal(PURPOSE, &pem)?)
    .bind(now)
    .execute(storage.writer())
    .await
    .map_err(StorageError::from)?;
    Ok(())
}

/// A new private key as PKCS #8 in PEM: the form that jsonwebtoken reads.
fn generate() -> Result<String, KeyError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?;
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| KeyError::Generate)?;
    let text = STANDARD.encode(der.as_ref());
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

fn parts(pem: &str) -> Result<(String, KeyPair, Jwk), KeyError> {
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(KeyError::Malformed)?;
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(KeyError::Malformed)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(KeyError::Malformed)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    let signing = KeyPair::from_der(key.as_bytes())
        .map_err(|error| KeyError::Malformed(ErrorKind::InvalidRsaKey(error.to_string()).into()))?;
    Ok((kid, signing, jwk))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn keys() -> Keys {
        let (kid, signing, jwk) = parts(&generate().unwrap()).unwrap();
        let verifying = vec![(kid.clone(), DecodingKey::from_jwk(&jwk).unwrap())];
        let public = JwkSet { keys: vec![jwk] };
        let set = Set { kid, signing, verifying, public, newest: (1, 0) };
        Keys(RwLock::new(Arc::new(set)))
    }

    #[test]
    fn verifies_what_it_signed_and_keeps_the_kinds_apart() {
        let keys = keys();
        let token = keys.sign(TokenKind::Access, &json!({"sub": "a"})).unwrap();
        assert_eq!(keys.verify::<Value>(TokenKind::Access, &token).unwrap()["sub"], "a");
        assert_eq!(keys.verify::<Value>(TokenKind::Id, &token), Err(NotSignedHere));
        let foreign = self::keys().sign(TokenKind::Access, &json!({"sub": "a"})).unwrap();
        assert_eq!(keys.verify::<Value>(TokenKind::Access, &foreign), Err(NotSignedHere));
    }

    #[test]
    fn refuses_other_algorithms_than_its_own() {
        let keys = keys();
        let claims = URL_SAFE_NO_PAD.encode(json!({"sub": "a"}).to_string());
        let none = json!({"alg": "none", "typ": "at+jwt", "kid": keys.set().kid}).to_string();
        let unsigned = format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(none));
        assert_eq!(keys.verify::<Value>(TokenKind::Access, &unsigned), Err(NotSignedHere));

        // The public key, taken for a shared secret.
        let public = serde_json::to_vec(&keys.public()).unwrap();
        let header = Header {
            kid: Some(keys.set().kid.clone()),
            typ: Some("at+jwt".into()),
            ..Header::new(Algorithm::HS256)
        };
        let forged =
            jsonwebtoken::encode(&header, &json!({"sub": "a"}), &EncodingKey::from_secret(&public));
        assert_eq!(keys.verify::<Value>(TokenKind::Access, &forged.unwrap()), Err(NotSignedHere));
    }

    #[test]
    fn shows_only_the_public_half() {
        let shown = serde_json::to_value(keys().public()).unwrap();
        let key = shown["keys"][0].as_object().unwrap();
        assert_eq!(
            (&key["kty"], &key["alg"], &key["use"]),
            (&json!("RSA"), &json!("RS256"), &json!("sig"))
        );
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(!key.contains_key(private));
        }
    }
}

//! A provider that says what a test tells it to, in the order it is told, and signs its own tokens.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciba::AuthReqId;
use ciba_login::config::Secret;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform::ambient::Ambient;
use platform::clock::{Clock, ManualClock};
use platform::ids::SystemEntropy;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::macros::datetime;
use transmit::{ClientAuthentication, Dialect, Started, Transmit, TransmitSettings};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub const ISSUER: &str = "https://issuer.example";
pub const CLIENT_ID: &str = "client";
pub const ACCESS_TOKEN: &str = "an-access-token";
pub const AUTH_REQ_ID: &str = "1c266114-a1be-4252-8ad1-04986c5b9ac1";

/// A signing key of one provider.
pub struct SigningKey {
    pub kid: &'static str,
    key: EncodingKey,
    public: Vec<u8>,
}

impl SigningKey {
    pub fn new(kid: &'static str) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).unwrap();
        Self {
            kid,
            key: EncodingKey::from_ec_der(pkcs8.as_ref()),
            public: pair.public_key().as_ref().to_vec(),
        }
    }

    pub fn jwk(&self) -> Value {
        let (x, y) = self.public[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.into());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// A token of this header and no valid signature.
    pub fn with_header(header: &Value, claims: &Value, signature: &[u8]) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
    }

    /// The oldest trick: HS256, with the public key as its secret.
    pub fn sign_with_public_key(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(self.kid.into());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(&self.public)).unwrap()
    }
}

/// Answers in their order; the last one is repeated.
struct Script {
    answers: Mutex<VecDeque<ResponseTemplate>>,
    moments: Arc<Mutex<Vec<i64>>>,
    clock: Arc<ManualClock>,
}

impl Respond for Script {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.moments.lock().unwrap().push(self.clock.unix());
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    }
}

pub struct ScriptedProvider {
    pub server: MockServer,
    pub clock: Arc<ManualClock>,
    pub key: SigningKey,
    start: i64,
}

impl ScriptedProvider {
    pub async fn start() -> Self {
        Self::start_at(datetime!(2026-11-22 12:00 UTC)).await
    }

    /// Starts it at this time.
    pub async fn start_at(now: time::OffsetDateTime) -> Self {
        let clock = Arc::new(ManualClock::new(now));
        let provider = Self {
            server: MockServer::start().await,
            start: clock.unix(),
            clock,
            key: SigningKey::new("k1"),
        };
        let keys = json!({ "keys": [provider.key.jwk()] });
        Mock::given(method("GET"))
            .and(path("/cis/oidc/jwks"))
            .respond_with(ResponseTemplate::new(200).set_body_json(keys))
            .with_priority(10)
            .mount(&provider.server)
            .await;
        provider
    }

    /// Our client of it.
    pub fn transmit(&self) -> Transmit {
        self.transmit_with(ClientAuthentication::SecretPost(Secret::new("client secret")))
    }

    pub fn transmit_with(&self, client_authentication: ClientAuthentication) -> Transmit {
        self.transmit_at(&self.server.uri(), client_authentication)
    }

    /// Our client of a place where nobody listens.
    pub fn transmit_to_nobody(&self) -> Transmit {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        self.transmit_at(&base, ClientAuthentication::SecretPost(Secret::new("client secret")))
    }

    fn transmit_at(&self, base: &str, client_authentication: ClientAuthentication) -> Transmit {
        let settings = TransmitSettings {
            dialect: Dialect::Transmit,
            base: base.parse().unwrap(),
            prefix: "/cis".into(),
            token_path: "/oidc/token".into(),
            issuer: ISSUER.into(),
            client_id: CLIENT_ID.into(),
            client_authentication,
        };
        let ambient = Ambient::new(self.clock.clone(), Arc::new(SystemEntropy));
        let http = platform::http_client::build(platform::http_client::Timeouts {
            connect: Duration::from_secs(2),
            total: Duration::from_millis(500),
        });
        Transmit::new(http.unwrap(), settings, ambient)
    }

    /// Answers this call so, one after the other. Gives the moments at which it was called, in
    /// seconds since the provider was started.
    pub async fn script(
        &self,
        verb: &str,
        call: &str,
        answers: Vec<ResponseTemplate>,
    ) -> Arc<Mutex<Vec<i64>>> {
        let moments = Arc::<Mutex<Vec<i64>>>::default();
        let script = Script {
            answers: Mutex::new(answers.into()),
            moments: moments.clone(),
            clock: self.clock.clone(),
        };
        Mock::given(method(verb)).and(path(call)).respond_with(script).mount(&self.server).await;
        moments
    }

    /// The claims of a good ID token.
    pub fn claims(&self) -> Value {
        let now = self.clock.unix();
        json!({
            "iss": ISSUER, "aud": CLIENT_ID, "sub": "user-1", "iat": now, "exp": now + 3600,
            "auth_time": now, "amr": ["eml"], "acr": "1",
            "at_hash": at_hash(ACCESS_TOKEN),
            "urn:openid:params:jwt:claim:auth_req_id": AUTH_REQ_ID,
        })
    }

    /// A token answer with this ID token.
    pub fn tokens(id_token: &str) -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_json(json!({
            "access_token": ACCESS_TOKEN, "id_token": id_token, "token_type": "Bearer",
            "expires_in": 3600, "scope": "openid",
        }))
    }

    /// Seconds since the provider was started.
    pub fn elapsed(&self) -> i64 {
        self.clock.unix() - self.start
    }

    /// The moments of a script, in seconds since the provider was started.
    pub fn since_start(&self, moments: &Mutex<Vec<i64>>) -> Vec<i64> {
        moments.lock().unwrap().iter().map(|moment| moment - self.start).collect()
    }
}

/// An OAuth refusal.
pub fn refusal(code: &str) -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({ "error": code, "error_description": "no" }))
}

/// A request that was started just now.
pub fn started(expires_in: u64, interval: Option<u64>) -> Started {
    Started {
        auth_req_id: AuthReqId::parse(AUTH_REQ_ID).unwrap(),
        link_key: None,
        expires_in: Duration::from_secs(expires_in),
        interval: interval.map(Duration::from_secs),
        link: None,
    }
}

/// `at_hash` of an access token, for ES256.
pub fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token)[..16])
}

//! A double of Keycloak with its traps, as a running server showed them (docs/keycloak.md): it stores
//! a request only after the device's 201, waits five seconds and asks once, takes 201 alone for a yes,
//! destroys an approval by a second answer, and says 403 for five different things. Browsers know it by
//! one address, and servers reach it at another as well, as with a fixed `hostname`.

mod app;
mod endpoints;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use platform::clock::{Clock, ManualClock};
use serde_json::{Value, json};

use super::scripted::SigningKey;
pub use app::KeycloakApp;

pub const REALM: &str = "/realms/main";
pub const LOGIN_CLIENT: &str = "ciba-login";
pub const AGENTS_CLIENT: &str = "call-centre";
pub const SECRET: &str = "a secret";
pub const ALEX: &str = "db55fb7f-89a6-4422-bcd0-4e6c7f58fe89";
pub const SAM: &str = "68958eaa-f7f4-4196-998c-750d89af84b1";

type Fields = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    Pending,
    Approved,
    Denied,
}

struct Request {
    stored: Stored,
    auth_req_id: String,
    client_id: String,
    subject: String,
    expires_at: i64,
}

#[derive(Default)]
struct Realm {
    channel: String,
    users: BTreeMap<String, Value>,
    requests: BTreeMap<String, Request>,
    codes: BTreeMap<String, (Fields, String)>,
    sessions: Vec<String>,
    /// Who signs in at the next departure, and what the ID token says besides.
    signs_in: (String, Value),
    calls: Vec<(String, u16)>,
    departures: Vec<Fields>,
    /// What the next callbacks do instead of answering.
    callback_faults: Vec<CallbackFault>,
    /// What is asked of the realm's keys.
    keys: Keys,
    /// What came to an address that no realm has.
    elsewhere: Vec<HeaderMap>,
    /// The paths that were asked for, and whether at the public address.
    paths: Vec<(bool, String)>,
    document: Document,
    count: u32,
}

/// How the address of the realm's keys answers, and how often it was asked.
#[derive(Default)]
struct Keys {
    asked: u32,
    are_away: bool,
}

/// How the realm's discovery document is answered.
#[derive(Debug, Clone, Default)]
pub enum Document {
    /// Its endpoints are below the public address.
    #[default]
    AtPublic,
    /// Those that servers call are at the address that was asked (`hostname-backchannel-dynamic`).
    AtWhereAsked,
    /// With other members than the realm's own.
    Changed(Value),
    /// This status, and this text.
    Instead(u16, &'static str),
    /// It is somewhere else.
    Redirects,
}

/// What happens to a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackFault {
    /// It is taken, and a proxy answers 502.
    AnswerIsLost,
    /// It is not taken, and a proxy answers 503.
    NeverArrives,
    /// It is not taken: the request is not stored yet.
    NotStoredYet,
    /// It is taken, and the client's ping endpoint is away.
    PingFails,
    /// It is taken, and the answer comes when nobody waits any more.
    AnswersTooLate,
    /// It is not taken, and nothing answers while anybody waits.
    Hangs,
    /// It is taken, and the answer breaks off in its body.
    AnswerBreaksOff,
    /// It is not taken: something on the way leads elsewhere.
    Redirects,
}

/// The double.
#[derive(Clone)]
pub struct FakeKeycloak {
    pub base: String,
    /// Where servers reach it, too.
    pub internal: String,
    clock: Arc<ManualClock>,
    key: Arc<Mutex<Arc<SigningKey>>>,
    realm: Arc<Mutex<Realm>>,
    http: reqwest::Client,
}

/// What the agents' side is told about the start of a request.
#[derive(Debug)]
pub struct Start {
    pub status: u16,
    pub body: Value,
}

impl FakeKeycloak {
    pub async fn start(clock: Arc<ManualClock>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let inside = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let internal = format!("http://{}", inside.local_addr().unwrap());
        let user = |name: &str, phone: &str| {
            json!({
                "username": name, "enabled": true, "email": format!("{name}@example.com"),
                "emailVerified": true, "attributes": { "phoneNumber": [phone], "locale": ["de"] },
            })
        };
        let realm = Realm {
            users: BTreeMap::from([
                (ALEX.into(), user("alex", "+1 555 0100")),
                (SAM.into(), user("sam", "+1 555 0101")),
            ]),
            signs_in: (ALEX.into(), json!({})),
            ..Realm::default()
        };
        let double = Self {
            base,
            internal,
            clock,
            key: Arc::new(Mutex::new(Arc::new(SigningKey::new("k1")))),
            realm: Arc::new(Mutex::new(realm)),
            http: super::http(),
        };
        let oidc = Router::new()
            .route("/certs", get(endpoints::certs))
            .route("/auth", get(endpoints::authorize))
            .route("/token", post(endpoints::token))
            .route("/logout", post(endpoints::logout))
            .route("/ext/ciba/auth", post(endpoints::backchannel))
            .route("/ext/ciba/auth/callback", post(endpoints::callback));
        let router = Router::new()
            .nest(&format!("{REALM}/protocol/openid-connect"), oidc)
            .route(&format!("{REALM}/.well-known/openid-configuration"), get(endpoints::document))
            .route(&format!("{REALM}/moved/certs"), get(endpoints::certs))
            .route(&format!("{REALM}/moved/token"), post(endpoints::token))
            .route(&format!("{REALM}/moved/ciba"), post(endpoints::backchannel))
            .route("/realms/master/protocol/openid-connect/token", post(endpoints::administrator))
            .route("/admin/realms/main/users/{id}", get(endpoints::user_by_id))
            .route("/elsewhere", get(endpoints::elsewhere).post(endpoints::elsewhere))
            .with_state(double.clone());
        for (listener, is_public) in [(listener, true), (inside, false)] {
            let seen = from_fn_with_state((double.clone(), is_public), endpoints::note_path);
            let router = router.clone().layer(seen);
            tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        }
        double
    }

    pub fn issuer(&self) -> String {
        format!("{}{REALM}", self.base)
    }

    /// The realm, where servers reach it.
    pub fn internal_realm(&self) -> String {
        format!("{}{REALM}", self.internal)
    }

    /// How the discovery document is answered from now on.
    pub fn document_is(&self, document: Document) {
        self.realm().document = document;
    }

    /// The paths that were asked for since the last look, below the realm where they are: at the public
    /// address, and at the internal one.
    pub fn paths(&self) -> (Vec<String>, Vec<String>) {
        let paths = std::mem::take(&mut self.realm().paths);
        let (public, internal): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|(is_public, _)| *is_public);
        let below = |(_, path): (bool, String)| match path.strip_prefix(REALM) {
            Some(below) => below.trim_start_matches("/protocol/openid-connect").to_owned(),
            None => path,
        };
        (public.into_iter().map(below).collect(), internal.into_iter().map(below).collect())
    }

    /// Where the device is asked.
    pub fn asks_at(&self, channel: &str) {
        channel.clone_into(&mut self.realm().channel);
    }

    /// Who signs in from now on.
    pub fn signs_in_as(&self, subject: &str, claims: Value) {
        self.realm().signs_in = (subject.to_owned(), claims);
    }

    pub fn change_user(&self, subject: &str, change: impl FnOnce(&mut Value)) {
        change(self.realm().users.get_mut(subject).unwrap());
    }

    pub fn next_callback(&self, faults: &[CallbackFault]) {
        self.realm().callback_faults = faults.iter().rev().copied().collect();
    }

    /// Status word and answer of every callback so far.
    pub fn callbacks(&self) -> Vec<(String, u16)> {
        self.realm().calls.clone()
    }

    /// The parameters of every departure to the sign-in.
    pub fn departures(&self) -> Vec<Fields> {
        self.realm().departures.clone()
    }

    /// How many sessions the realm holds.
    pub fn sessions(&self) -> usize {
        self.realm().sessions.len()
    }

    /// Signs with another key from now on; the old one is gone.
    pub fn rotates_to(&self, kid: &'static str) {
        *self.key.lock().unwrap() = Arc::new(SigningKey::new(kid));
    }

    /// The key that signs now.
    pub fn key(&self) -> Arc<SigningKey> {
        self.key.lock().unwrap().clone()
    }

    /// Whether the address of the keys answers 503 from now on.
    pub fn keys_are_away(&self, are_away: bool) {
        self.realm().keys.are_away = are_away;
    }

    /// How often the keys were asked for since the last look.
    pub fn keys_asked(&self) -> u32 {
        std::mem::take(&mut self.realm().keys.asked)
    }

    /// The headers of what was led elsewhere and went there.
    pub fn followed(&self) -> Vec<HeaderMap> {
        self.realm().elsewhere.clone()
    }

    /// Loses every request, as a restart with an in-memory store does.
    pub fn restart(&self) {
        self.realm().requests.clear();
    }

    /// Asks as the client of the agents' side.
    pub async fn ask(&self, extra: &[(&str, &str)]) -> Start {
        self.ask_as(AGENTS_CLIENT, extra).await
    }

    pub async fn ask_as(&self, client: &str, extra: &[(&str, &str)]) -> Start {
        let mut fields = vec![("scope", "openid"), ("login_hint", "alex")];
        fields.retain(|(name, _)| !extra.iter().any(|(other, _)| other == name));
        fields.extend(extra);
        let response = self
            .http
            .post(format!("{}/protocol/openid-connect/ext/ciba/auth", self.internal_realm()))
            .basic_auth(client, Some(SECRET))
            .form(&fields)
            .send()
            .await
            .unwrap();
        Start { status: response.status().as_u16(), body: response.json().await.unwrap() }
    }

    /// Polls as that client: the error's word, or `tokens`.
    pub async fn poll(&self, start: &Start) -> String {
        let auth_req_id = start.body["auth_req_id"].as_str().unwrap();
        let grant = "urn:openid:params:grant-type:ciba";
        let response = self
            .http
            .post(format!("{}/protocol/openid-connect/token", self.internal_realm()))
            .basic_auth(AGENTS_CLIENT, Some(SECRET))
            .form(&[("grant_type", grant), ("auth_req_id", auth_req_id)])
            .send()
            .await
            .unwrap();
        let body: Value = response.json().await.unwrap();
        body["error"].as_str().unwrap_or("tokens").to_owned()
    }

    /// A bearer as the device is given it, with changed claims (null removes one).
    pub fn bearer(&self, changes: &Value) -> String {
        let now = self.clock.unix();
        let jti = self.uuid();
        let mut claims = json!({
            "exp": now + 300, "iat": now, "jti": jti, "iss": self.issuer(), "aud": self.issuer(),
            "sub": ALEX, "typ": "Bearer", "azp": AGENTS_CLIENT,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.key().sign(&claims)
    }

    fn uuid(&self) -> String {
        let mut realm = self.realm();
        realm.count += 1;
        format!("9828a3c6-3b17-4789-97c0-{:012x}", realm.count)
    }

    fn realm(&self) -> std::sync::MutexGuard<'_, Realm> {
        self.realm.lock().unwrap()
    }
}

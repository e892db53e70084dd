//! A double of Keycloak with its traps, as a running server showed them (docs/keycloak.md): it stores
//! a request only after the device's 201, waits five seconds and asks once, takes 201 alone for a yes,
//! destroys an approval by a second answer, and says 403 for five different things. Browsers know it by
//! one address, and servers reach it at another as well, as with a fixed `hostname`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Form, Path, Query, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciba_login::application::Application;
use ciba_login::config::{Config, Delivery, ProviderKind, Secret};
use ciba_login::records::Records;
use platform::ambient::Ambient;
use platform::clock::{Clock, ManualClock};
use platform::ids::{SharedEntropy, SystemEntropy};
use platform::seal::Sealer;
use platform::storage::Storage;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::macros::datetime;
use tokio_util::sync::CancellationToken;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::Browser;
use super::scripted::{SigningKey, at_hash};

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
            .route("/certs", get(certs))
            .route("/auth", get(authorize))
            .route("/token", post(token))
            .route("/logout", post(logout))
            .route("/ext/ciba/auth", post(backchannel))
            .route("/ext/ciba/auth/callback", post(callback));
        let router = Router::new()
            .nest(&format!("{REALM}/protocol/openid-connect"), oidc)
            .route(&format!("{REALM}/.well-known/openid-configuration"), get(document))
            .route(&format!("{REALM}/moved/certs"), get(certs))
            .route(&format!("{REALM}/moved/token"), post(token))
            .route(&format!("{REALM}/moved/ciba"), post(backchannel))
            .route("/realms/master/protocol/openid-connect/token", post(administrator))
            .route("/admin/realms/main/users/{id}", get(user_by_id))
            .route("/elsewhere", get(elsewhere).post(elsewhere))
            .with_state(double.clone());
        for (listener, is_public) in [(listener, true), (inside, false)] {
            let seen = from_fn_with_state((double.clone(), is_public), note_path);
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

fn refusal(status: u16, code: &str, description: &str) -> Response {
    let body = Json(json!({ "error": code, "error_description": description }));
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

/// The client: by its secret, or by an assertion, whose signature is not this double's to check.
fn client_of(headers: &HeaderMap, form: &Fields) -> Option<String> {
    client(headers).or_else(|| {
        form.get("client_assertion").and_then(|assertion| claims(assertion))?["sub"]
            .as_str()
            .map(str::to_owned)
    })
}

fn claims(jwt: &str) -> Option<Value> {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

fn client(headers: &HeaderMap) -> Option<String> {
    let basic = headers.get("authorization")?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = base64::engine::general_purpose::STANDARD.decode(basic).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    (secret.replace('+', " ") == SECRET).then(|| id.to_owned())
}

fn bearer(headers: &HeaderMap) -> Option<Value> {
    claims(headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?)
}

async fn certs(State(double): State<FakeKeycloak>) -> Response {
    let mut realm = double.realm();
    realm.keys.asked += 1;
    if realm.keys.are_away {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(json!({ "keys": [double.key().jwk()] })).into_response()
}

async fn note_path(
    State((double, is_public)): State<(FakeKeycloak, bool)>,
    request: HttpRequest,
    next: Next,
) -> Response {
    double.realm().paths.push((is_public, request.uri().path().to_owned()));
    next.run(request).await
}

async fn document(State(double): State<FakeKeycloak>, headers: HeaderMap) -> Response {
    let at = |base: &str, path: &str| format!("{base}{REALM}/protocol/openid-connect/{path}");
    let of = |base: &str| {
        json!({
            "issuer": double.issuer(),
            "authorization_endpoint": at(&double.base, "auth"),
            "token_endpoint": at(base, "token"),
            "jwks_uri": at(base, "certs"),
            "backchannel_authentication_endpoint": at(base, "ext/ciba/auth"),
        })
    };
    let kind = double.realm().document.clone();
    match kind {
        Document::AtPublic => Json(of(&double.base)).into_response(),
        Document::AtWhereAsked => {
            let host = headers["host"].to_str().unwrap();
            Json(of(&format!("http://{host}"))).into_response()
        }
        Document::Changed(changes) => {
            let mut document = of(&double.base);
            for (name, value) in changes.as_object().unwrap() {
                document[name] = value.clone();
            }
            Json(document).into_response()
        }
        Document::Instead(status, text) => {
            (StatusCode::from_u16(status).unwrap(), text).into_response()
        }
        Document::Redirects => {
            Redirect::temporary(&format!("{}/elsewhere", double.base)).into_response()
        }
    }
}

/// Nobody's password is right.
async fn administrator() -> Response {
    refusal(401, "invalid_grant", "Invalid user credentials")
}

async fn elsewhere(State(double): State<FakeKeycloak>, headers: HeaderMap) -> StatusCode {
    double.realm().elsewhere.push(headers);
    StatusCode::OK
}

/// Parameters that Keycloak knows; of the others it passes five on to its device, those of the form
/// before those of a signed request.
const KNOWN: [&str; 6] =
    ["scope", "login_hint", "requested_expiry", "binding_message", "acr_values", "request"];

/// `processGrantRequest`: the device first, and the store after it.
async fn backchannel(
    State(double): State<FakeKeycloak>,
    headers: HeaderMap,
    Form(mut form): Form<Fields>,
) -> Response {
    let Some(client_id) = client_of(&headers, &form) else {
        return refusal(401, "invalid_client", "no");
    };
    // Too long to be passed on.
    form.remove("client_assertion");
    form.remove("client_id");
    let mut passed_on: Vec<String> =
        form.keys().filter(|name| !KNOWN.contains(&name.as_str())).cloned().collect();
    if let Some(signed) = form.remove("request") {
        for (name, value) in claims(&signed).unwrap().as_object().unwrap() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form.insert(name.clone(), text);
            if !KNOWN.contains(&name.as_str()) {
                passed_on.push(name.clone());
            }
        }
    }
    passed_on.truncate(5);
    passed_on.push("binding_message".into());
    passed_on.push("acr_values".into());
    let hint = &form["login_hint"];
    let found = {
        let realm = double.realm();
        let of_name = |(_, user): &(&String, &Value)| {
            user["username"] == *hint.as_str() || user["email"] == *hint.as_str()
        };
        realm.users.iter().find(of_name).map(|(id, user)| (id.clone(), user.clone()))
    };
    let Some((subject, user)) = found.filter(|(_, user)| user["enabled"] == true) else {
        return refusal(400, "invalid_request", "invalid_user");
    };
    let seconds = form.get("requested_expiry").and_then(|text| text.parse().ok()).unwrap_or(300);
    let now = double.clock.unix();
    let jti = double.uuid();
    let changes = json!({ "azp": client_id, "sub": subject, "jti": jti, "exp": now + seconds });
    let bearer = double.bearer(&changes);
    // Written by hand: a client's parameter can stand there a second time.
    let text = |text: &str| Value::from(text).to_string();
    let mut members = vec![
        format!("\"scope\":{}", text(&format!("{} roles profile email", form["scope"]))),
        format!("\"login_hint\":{}", text(user["username"].as_str().unwrap())),
        "\"is_consent_required\":false".to_owned(),
    ];
    members.extend(
        form.iter()
            .filter(|(name, _)| passed_on.contains(name))
            .map(|(name, value)| format!("{}:{}", text(name), text(value))),
    );
    let channel = double.realm().channel.clone();
    let answer = double
        .http
        .post(channel)
        .timeout(Duration::from_secs(5))
        .bearer_auth(bearer)
        .header("content-type", "application/json")
        .body(format!("{{{}}}", members.join(",")))
        .send()
        .await;
    match answer.map(|answer| answer.status().as_u16()) {
        Ok(201) => {}
        Ok(_) => {
            let text = "Unexpected response from authentication device";
            return refusal(503, "server_error", text);
        }
        Err(_) => return refusal(503, "server_error", "Failed to send authentication request"),
    }
    // Longer than what Transmit gives: an encrypted token.
    let auth_req_id = format!("{jti}.{}", "x".repeat(1150));
    let request = Request {
        stored: Stored::Pending,
        auth_req_id: auth_req_id.clone(),
        client_id,
        subject,
        expires_at: now + 300,
    };
    double.realm().requests.insert(jti, request);
    Json(json!({ "auth_req_id": auth_req_id, "expires_in": 300, "interval": 5 })).into_response()
}

async fn callback(
    State(double): State<FakeKeycloak>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let word = body["status"].as_str().unwrap_or_default().to_owned();
    let now = double.clock.unix();
    let fault = double.realm().callback_faults.pop();
    let answer = match fault {
        Some(CallbackFault::NeverArrives) => (StatusCode::SERVICE_UNAVAILABLE, "").into_response(),
        Some(CallbackFault::NotStoredYet) => refusal(403, "invalid_token", "Invalid token"),
        Some(CallbackFault::Hangs) => StatusCode::OK.into_response(),
        Some(CallbackFault::Redirects) => {
            let to = format!("{}/elsewhere", double.base);
            // The method and the body would go on, and the bearer where somebody follows.
            Redirect::temporary(&to).into_response()
        }
        _ => take(&mut double.realm(), bearer(&headers), &word, now),
    };
    let answer = match fault {
        Some(CallbackFault::AnswerIsLost) => {
            (StatusCode::BAD_GATEWAY, "<html>Bad gateway</html>").into_response()
        }
        Some(CallbackFault::AnswerBreaksOff) => {
            let broken = futures_util::stream::iter([
                Ok(axum::body::Bytes::from_static(b"{\"type\"")),
                Err(std::io::Error::other("the connection is gone")),
            ]);
            axum::body::Body::from_stream(broken).into_response()
        }
        Some(CallbackFault::PingFails) => {
            let text = "Failed to send request to client notification endpoint";
            refusal(400, "invalid_request", text)
        }
        _ => answer,
    };
    double.realm().calls.push((word, answer.status().as_u16()));
    if matches!(fault, Some(CallbackFault::AnswersTooLate | CallbackFault::Hangs)) {
        std::future::pending::<()>().await;
    }
    answer
}

fn take(realm: &mut Realm, bearer: Option<Value>, word: &str, now: i64) -> Response {
    let invalid = || refusal(403, "invalid_token", "Invalid token");
    let Some(claims) = bearer else { return refusal(401, "invalid_token", "Invalid token") };
    if claims["exp"].as_i64().unwrap() <= now {
        return invalid();
    }
    let decided = match word {
        "SUCCEED" => Stored::Approved,
        "CANCELLED" | "UNAUTHORIZED" => Stored::Denied,
        _ => return refusal(400, "invalid_request", "Invalid authentication status"),
    };
    let jti = claims["jti"].as_str().unwrap();
    let Some(request) = realm.requests.get_mut(jti) else { return invalid() };
    if request.stored == Stored::Approved {
        realm.requests.remove(jti);
        return invalid();
    }
    request.stored = decided;
    Json(json!({ "type": "application", "subtype": "json" })).into_response()
}

async fn authorize(State(double): State<FakeKeycloak>, Query(query): Query<Fields>) -> Response {
    let mut realm = double.realm();
    realm.count += 1;
    let code = format!("code-{}", realm.count);
    let subject = realm.signs_in.0.clone();
    realm.departures.push(query.clone());
    realm.codes.insert(code.clone(), (query.clone(), subject));
    let mut back = url::Url::parse(&query["redirect_uri"]).unwrap();
    back.query_pairs_mut()
        .append_pair("state", &query["state"])
        .append_pair("session_state", "s")
        .append_pair("iss", &double.issuer())
        .append_pair("code", &code);
    Redirect::to(back.as_str()).into_response()
}

async fn token(
    State(double): State<FakeKeycloak>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Response {
    let Some(client_id) = client_of(&headers, &form) else {
        return refusal(401, "invalid_client", "no");
    };
    match form["grant_type"].as_str() {
        "client_credentials" => {
            Json(json!({ "access_token": "a service account's", "expires_in": 60 })).into_response()
        }
        "authorization_code" => exchange(&double, &client_id, &form),
        _ => polled(&double, &client_id, &form["auth_req_id"]),
    }
}

fn exchange(double: &FakeKeycloak, client_id: &str, form: &Fields) -> Response {
    let now = double.clock.unix();
    let mut realm = double.realm();
    let Some((query, subject)) = realm.codes.remove(&form["code"]) else {
        return refusal(400, "invalid_grant", "Code not valid");
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    if challenge != query["code_challenge"] || form["redirect_uri"] != query["redirect_uri"] {
        return refusal(400, "invalid_grant", "PKCE verification failed");
    }
    realm.count += 1;
    let session = format!("refresh-{}", realm.count);
    realm.sessions.push(session.clone());
    let mut claims = json!({
        "exp": now + 300, "iat": now, "auth_time": now, "iss": double.issuer(), "aud": client_id,
        "sub": subject, "typ": "ID", "azp": client_id, "nonce": query["nonce"], "acr": "1",
        "at_hash": at_hash("access"), "email": "alex@example.com",
    });
    for (name, value) in realm.signs_in.1.as_object().unwrap() {
        claims[name] = value.clone();
    }
    Json(json!({
        "access_token": "access", "id_token": double.key().sign(&claims), "refresh_token": session,
        "token_type": "Bearer", "expires_in": 300,
    }))
    .into_response()
}

fn polled(double: &FakeKeycloak, client_id: &str, auth_req_id: &str) -> Response {
    let now = double.clock.unix();
    let mut realm = double.realm();
    let found = realm
        .requests
        .iter()
        .find(|(_, request)| request.auth_req_id == auth_req_id && request.client_id == client_id);
    let Some((jti, request)) = found.map(|(jti, request)| (jti.clone(), request)) else {
        return refusal(400, "invalid_grant", "Invalid auth_req_id");
    };
    if request.expires_at <= now {
        return refusal(400, "expired_token", "authentication timed out");
    }
    match request.stored {
        Stored::Pending => refusal(400, "authorization_pending", "pending"),
        Stored::Denied => refusal(400, "access_denied", "not authorized"),
        Stored::Approved => {
            let claims = json!({
                "exp": now + 300, "iat": now, "auth_time": now, "iss": double.issuer(),
                "aud": client_id, "sub": request.subject, "typ": "ID", "azp": client_id,
                "acr": "1", "at_hash": at_hash("access"),
            });
            realm.requests.remove(&jti);
            Json(json!({
                "access_token": "access", "id_token": double.key().sign(&claims),
                "refresh_token": "r", "token_type": "Bearer", "expires_in": 300, "scope": "openid",
            }))
            .into_response()
        }
    }
}

async fn logout(
    State(double): State<FakeKeycloak>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Response {
    if client(&headers).is_none() {
        return refusal(401, "invalid_client", "no");
    }
    double.realm().sessions.retain(|session| *session != form["refresh_token"]);
    StatusCode::NO_CONTENT.into_response()
}

async fn user_by_id(
    State(double): State<FakeKeycloak>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    if headers.get("authorization").is_none_or(|value| value != "Bearer a service account's") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match double.realm().users.get(&id) {
        Some(user) => Json(user.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": "User not found" }))).into_response(),
    }
}

/// The application with the double as its provider, an SMS gateway that keeps what it is given, and a
/// clock moved by hand.
pub struct KeycloakApp {
    pub clock: Arc<ManualClock>,
    pub keycloak: FakeKeycloak,
    /// The site, as `http://localhost:<port>`.
    pub site: String,
    /// The desk, for a proxy that names the agent in `X-Forwarded-User`.
    pub desk: String,
    pub http: reqwest::Client,
    pub config: Config,
    gateway: MockServer,
    running: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl KeycloakApp {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Where the site and the agents' side reach the realm at another address than browsers.
    pub async fn start_internally() -> Self {
        Self::start_at(true, |_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(false, change).await
    }

    async fn start_at(is_internal: bool, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let keycloak = FakeKeycloak::start(clock.clone()).await;
        let gateway = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&gateway).await;
        let mut config = Config::default();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        config.storage.url = Secret::new(url);
        config.session.sealing_key =
            Some(Secret::new("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="));
        config.site.address.set_port(0);
        config.provider.kind = ProviderKind::Keycloak;
        config.provider.url = Some(keycloak.issuer().parse().unwrap());
        config.keycloak.internal_url =
            is_internal.then(|| keycloak.internal_realm().parse().unwrap());
        config.provider.client_id = Some(LOGIN_CLIENT.into());
        config.provider.client_secret = Some(Secret::new(SECRET));
        config.keycloak.clients.insert(AGENTS_CLIENT.into(), "Example Bank, telephone".into());
        config.keycloak.delivery = Delivery::Sms;
        config.keycloak.agent.client_id = Some(AGENTS_CLIENT.into());
        config.keycloak.agent.client_secret = Some(Secret::new(SECRET));
        config.sms.gateway_url = Some(gateway.uri().parse().unwrap());
        config.desk.enabled = true;
        config.desk.address.set_port(0);
        config.desk.identity_header = Some("X-Forwarded-User".into());
        config.desk.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        change(&mut config);
        let application = build(&config, &clock).await;
        config.site.address = application.site_address().unwrap();
        config.site.public_url.set_port(Some(config.site.address.port())).unwrap();
        let desk = format!("http://{}", application.desk_address().unwrap().unwrap());
        let stop = CancellationToken::new();
        let running = tokio::spawn(application.run(stop.clone()));
        let site = config.site.public_url.origin().ascii_serialization();
        keycloak.asks_at(&format!("{site}/keycloak/channel"));
        let http = super::http();
        Self { clock, keycloak, site, desk, http, config, gateway, running, stop, _folder: folder }
    }

    /// Starts another instance on the same storage, behind the same public address; where it is reached
    /// itself.
    pub async fn another_instance(&self) -> String {
        let mut config = self.config.clone();
        config.site.address.set_port(super::nginx::Nginx::free_port());
        let application = build(&config, &self.clock).await;
        let address = application.site_address().unwrap();
        tokio::spawn(application.run(self.stop.clone()));
        format!("http://localhost:{}", address.port())
    }

    /// Kills the application in the middle of whatever it does, and starts another.
    pub async fn crash_and_restart(&mut self) {
        self.running.abort();
        let _cancelled = (&mut self.running).await;
        let application = build(&self.config, &self.clock).await;
        self.running = tokio::spawn(application.run(self.stop.clone()));
    }

    /// What both sides share.
    pub async fn records(&self) -> Records {
        let entropy: SharedEntropy = Arc::new(SystemEntropy);
        let sealer = Sealer::of(&self.config.session, &entropy).unwrap();
        let storage = Storage::attach(&self.config.storage).await.unwrap();
        Records::new(storage, sealer, self.clock.clone())
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.site.clone(), self.http.clone())
    }

    /// The messages that the gateway has got: number and text.
    pub async fn messages(&self) -> Vec<(String, String)> {
        let requests = self.gateway.received_requests().await.unwrap();
        requests
            .iter()
            .map(|request| {
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                let text = |name: &str| body[name].as_str().unwrap().to_owned();
                (text("phone_number"), text("message"))
            })
            .collect()
    }

    /// Waits for this many messages, and gives the link of the last.
    pub async fn link(&self, count: usize) -> String {
        self.clock.advance(Duration::from_secs(2));
        until("a message is sent", async || self.messages().await.len() >= count).await;
        let (_, text) = self.messages().await[count - 1].clone();
        text.rsplit(' ').next().unwrap().to_owned()
    }

    /// Asks for alex, and gives the link that they get.
    pub async fn asked(&self, extra: &[(&str, &str)]) -> (Start, String) {
        let before = self.messages().await.len();
        let start = self.keycloak.ask(extra).await;
        assert_eq!(start.status, 200, "{start:?}");
        let link = self.link(before + 1).await;
        (start, link)
    }
}

async fn build(config: &Config, clock: &Arc<ManualClock>) -> Application {
    let ambient = Ambient::new(clock.clone(), Arc::new(SystemEntropy));
    Application::build(config.clone(), ambient).await.unwrap()
}

impl Drop for KeycloakApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Waits for a condition, at most ten seconds.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it did not come to this: {what}");
}

//! What the double answers.

use std::time::Duration;

use axum::Json;
use axum::extract::{Form, Path, Query, Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::clock::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::scripted::at_hash;
use super::{CallbackFault, Document, FakeKeycloak, Fields, REALM, Realm, Request, SECRET, Stored};

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

pub(super) async fn certs(State(double): State<FakeKeycloak>) -> Response {
    let mut realm = double.realm();
    realm.keys.asked += 1;
    if realm.keys.are_away {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(json!({ "keys": [double.key().jwk()] })).into_response()
}

pub(super) async fn note_path(
    State((double, is_public)): State<(FakeKeycloak, bool)>,
    request: HttpRequest,
    next: Next,
) -> Response {
    double.realm().paths.push((is_public, request.uri().path().to_owned()));
    next.run(request).await
}

pub(super) async fn document(State(double): State<FakeKeycloak>, headers: HeaderMap) -> Response {
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
pub(super) async fn administrator() -> Response {
    refusal(401, "invalid_grant", "Invalid user credentials")
}

pub(super) async fn elsewhere(
    State(double): State<FakeKeycloak>,
    headers: HeaderMap,
) -> StatusCode {
    double.realm().elsewhere.push(headers);
    StatusCode::OK
}

/// Parameters that Keycloak knows; of the others it passes five on to its device, those of the form
/// before those of a signed request.
const KNOWN: [&str; 6] =
    ["scope", "login_hint", "requested_expiry", "binding_message", "acr_values", "request"];

/// `processGrantRequest`: the device first, and the store after it.
pub(super) async fn backchannel(
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

pub(super) async fn callback(
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

pub(super) async fn authorize(
    State(double): State<FakeKeycloak>,
    Query(query): Query<Fields>,
) -> Response {
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

pub(super) async fn token(
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

pub(super) async fn logout(
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

pub(super) async fn user_by_id(
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

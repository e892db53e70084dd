//! The embedded provider's tokens: how clients authenticate, what the grants give, and that
//! one-time things are used once.

use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciba_login::config::Secret;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use provider::contact::Email;
use provider::keys::TokenKind;
use provider::tokens::codes::{self, NewCode};
use provider::tokens::{Amr, AuthenticatedUser};
use provider::users;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use crate::support::{ALEX, Postgres, TestApp, claims};

const CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[tokio::test]
async fn a_clients_token_is_a_jwt_that_anybody_can_verify() {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    let url = format!("{}/cis/oidc/jwks", app.provider);
    let keys: JwkSet = app.http.get(url).send().await.unwrap().json().await.unwrap();
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(header.alg, Algorithm::RS256);
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    // The application's clock stands still.
    rules.validate_exp = false;
    rules.set_audience(&["userid-api"]);
    rules.set_issuer(&[&app.provider]);
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &rules).unwrap().claims;
    assert_eq!(claims["sub"], app.demo.client_id);
    assert_eq!(claims["client_id"], app.demo.client_id);
    assert_eq!(claims["app_id"], app.demo.app_id);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
}

#[tokio::test]
async fn the_issuer_may_differ_from_the_address() {
    let app = TestApp::start_with(|config| {
        config.provider.issuer = Some("https://userid.security".into());
    })
    .await;
    assert_eq!(claims(&app.client_token().await)["iss"], "https://userid.security");
    let alex = app.signed_in(ALEX).await;
    assert_eq!(claims(&alex.id_token.unwrap())["iss"], "https://userid.security");
}

#[tokio::test]
async fn a_client_authenticates_in_one_way_and_with_its_own_secret() {
    let app = TestApp::start().await;
    let (id, secret) = (app.demo.client_id.clone(), app.demo.client_secret.clone());
    let url = format!("{}/oidc/token", app.provider);
    let basic = |id: &str, secret: &str| app.http.post(&url).basic_auth(id, Some(secret));
    let good = basic(&id, &secret).form(&[CREDENTIALS]).send().await.unwrap();
    assert_eq!(good.status(), 200);
    for request in [
        basic(&id, "wrong").form(&[CREDENTIALS]),
        basic("unknown", &secret).form(&[CREDENTIALS]),
        app.http.post(&url).form(&[CREDENTIALS]),
        app.http.post(&url).form(&[CREDENTIALS, ("client_id", &id)]),
        app.http.post(&url).form(&[CREDENTIALS, ("client_id", &id), ("client_secret", "wrong")]),
        app.http.post(&url).bearer_auth("x").form(&[CREDENTIALS]),
    ] {
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), 401);
        assert!(refused.headers().contains_key("www-authenticate"));
        assert_eq!(refused.headers()["cache-control"], "no-store");
        assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_client");
    }
    for request in [
        basic(&id, &secret).form(&[CREDENTIALS, ("client_secret", &secret)]),
        basic(&id, &secret).form(&[CREDENTIALS, ("client_id", "other")]),
        basic(&id, &secret).form(&[CREDENTIALS, CREDENTIALS]),
        basic(&id, &secret).json(&json!({"grant_type": "client_credentials"})),
        basic(&id, &secret).form(&[("grant_type", "")]),
    ] {
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), 400);
        assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_request");
    }
}

#[tokio::test]
async fn an_unknown_grant_and_an_unknown_resource_are_refused() {
    let app = TestApp::start().await;
    let refused = app.as_client("/oidc/token", &[("grant_type", "password")]).await;
    assert_eq!((refused.status.as_u16(), refused.error()), (400, "unsupported_grant_type"));
    let resource = ("resource", "https://verify.identity.security");
    let refused = app.as_client("/oidc/token", &[CREDENTIALS, resource]).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["message"].is_string(), "{refused:?}");
}

#[tokio::test]
async fn a_signed_assertion_authenticates_once() {
    let app = TestApp::start().await;
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    let public = Jwk::from_encoding_key(&key, Algorithm::PS256).unwrap();
    let token = app.client_token().await;
    let path = format!("/v1/clients/{}", app.demo.client_id);
    let body = json!({"jwks": {"keys": [public]}});
    assert_eq!(app.call(Method::PUT, &path, &token, Some(body)).await.status, 200);

    let now = platform::clock::Clock::unix(app.clock.as_ref());
    let own = app.demo.client_id.as_str();
    let sign = |jti: &str, issuer: &str, audience: &str, exp: i64, algorithm: Algorithm| {
        let claims =
            json!({"iss": issuer, "sub": own, "aud": audience, "exp": exp, "iat": now, "jti": jti});
        jsonwebtoken::encode(&Header::new(algorithm), &claims, &key).unwrap()
    };
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let ask = async |assertion: &str| {
        let form = [CREDENTIALS, ("client_assertion_type", kind), ("client_assertion", assertion)];
        app.form("/oidc/token", &form).await
    };
    let here = format!("{}/oidc/token", app.provider);
    let places = ["", "/cis/oidc/backchannel", "/oidc/token/introspection", "/cis/oidc/request"];
    let audiences = places.map(|place| format!("{}{place}", app.provider));
    for (number, audience) in audiences.iter().chain([&here]).enumerate() {
        // An hour by a clock that is a little fast.
        let assertion = sign(&number.to_string(), own, audience, now + 3630, Algorithm::PS256);
        assert_eq!(ask(&assertion).await.status, 200, "{audience}");
        assert_eq!(ask(&assertion).await.error(), "invalid_client", "used twice");
    }
    // By a clock with fractions of a second.
    let moment = f64::from(u32::try_from(now).unwrap());
    let claims = json!({
        "iss": own, "sub": own, "aud": [here, "other"], "exp": moment + 60.5, "iat": moment + 0.25,
        "nbf": null, "jti": "fractions",
    });
    let fractions = jsonwebtoken::encode(&Header::new(Algorithm::PS256), &claims, &key).unwrap();
    assert_eq!(ask(&fractions).await.status, 200);
    let hmac = {
        let claims = json!({"iss": own, "sub": own, "aud": here, "exp": now + 60, "jti": "h"});
        let secret = EncodingKey::from_secret(app.demo.client_secret.as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &secret).unwrap()
    };
    let text = {
        let claims = json!({"iss": own, "sub": own, "aud": here, "exp": "soon", "jti": "text"});
        jsonwebtoken::encode(&Header::new(Algorithm::PS256), &claims, &key).unwrap()
    };
    // It demands what nobody here understands (RFC 7515, section 4.1.11).
    let critical = {
        let crit = Some(vec!["https://example.com/only-at-night".to_owned()]);
        let header = Header { crit, ..Header::new(Algorithm::PS256) };
        let claims = json!({"iss": own, "sub": own, "aud": here, "exp": now + 60, "jti": "crit"});
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    };
    for assertion in [
        critical,
        sign("a", own, "https://other.example", now + 60, Algorithm::PS256),
        sign("b", "other", &here, now + 60, Algorithm::PS256),
        sign("c", own, &here, now, Algorithm::PS256),
        sign("d", own, &here, now + 7200, Algorithm::PS256),
        sign("", own, &here, now + 60, Algorithm::PS256),
        // The key is registered for another algorithm.
        sign("e", own, &here, now + 60, Algorithm::RS256),
        text,
        hmac,
        "not.a.jwt".into(),
    ] {
        let refused = ask(&assertion).await;
        assert_eq!((refused.status.as_u16(), refused.error()), (401, "invalid_client"));
    }
}

#[tokio::test]
async fn a_signed_assertion_is_judged_by_every_key_that_it_may_be_signed_with() {
    let app = TestApp::start().await;
    let new_key = || {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let signing = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let public = Jwk::from_encoding_key(&signing, Algorithm::ES256).unwrap();
        (signing, public)
    };
    let ((old, mut old_public), (new, mut new_public), (strange, _)) =
        (new_key(), new_key(), new_key());
    let now = platform::clock::Clock::unix(app.clock.as_ref());
    let own = app.demo.client_id.as_str();
    let ask = async |key: &EncodingKey, kid: Option<&str>, jti: &str| {
        let kid = kid.map(str::to_owned);
        let header = Header { kid, ..Header::new(Algorithm::ES256) };
        let aud = format!("{}/oidc/token", app.provider);
        let claims = json!({"iss": own, "sub": own, "aud": aud, "exp": now + 60, "jti": jti});
        let assertion = jsonwebtoken::encode(&header, &claims, key).unwrap();
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let form = [CREDENTIALS, ("client_assertion_type", kind), ("client_assertion", &assertion)];
        app.form("/oidc/token", &form).await.status.as_u16()
    };
    let token = app.client_token().await;
    // While a key is replaced there are two: each with its name, both with one, or without any.
    for (round, names) in
        [[Some("old"), Some("new")], [Some("one"), Some("one")], [None, None]].iter().enumerate()
    {
        old_public.common.key_id = names[0].map(str::to_owned);
        new_public.common.key_id = names[1].map(str::to_owned);
        let path = format!("/v1/clients/{own}");
        let body = json!({"jwks": {"keys": [old_public, new_public]}});
        assert_eq!(app.call(Method::PUT, &path, &token, Some(body)).await.status, 200);
        let jti = |case: &str| format!("{round}-{case}");
        assert_eq!(ask(&old, names[0], &jti("old")).await, 200, "{names:?}");
        assert_eq!(ask(&new, names[1], &jti("new")).await, 200, "{names:?}");
        assert_eq!(ask(&new, None, &jti("nameless")).await, 200, "{names:?}");
        assert_eq!(ask(&strange, names[1], &jti("strange")).await, 401, "{names:?}");
        assert_eq!(ask(&strange, None, &jti("strange, nameless")).await, 401, "{names:?}");
        assert_eq!(ask(&new, Some("another"), &jti("another")).await, 401, "{names:?}");
    }
}

async fn code(app: &TestApp, challenge: Option<&str>, scope: &str) -> String {
    let state = app.another_provider().await;
    let mut authenticated =
        AuthenticatedUser::by(&[Amr::Social], platform::clock::Clock::unix(&*app.clock));
    authenticated.nonce = Some("n-1".into());
    let redirect_uri = format!("{}/social/callback", app.site);
    let new = NewCode {
        client_id: &app.demo.client_id,
        user_id: &app.demo.users[0].user_id,
        redirect_uri: &redirect_uri,
        code_challenge: challenge,
        scope,
        authenticated: &authenticated,
    };
    codes::create(&state, new).await.unwrap()
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

async fn exchange(app: &TestApp, code: &str, extra: &[(&str, &str)]) -> crate::support::Answer {
    let redirect_uri = format!("{}/social/callback", app.site);
    let form = [("grant_type", "authorization_code"), ("code", code)];
    let redirect = [("redirect_uri", redirect_uri.as_str())];
    let redirect = if extra.iter().any(|(name, _)| *name == "redirect_uri") {
        [].as_slice()
    } else {
        &redirect
    };
    app.as_client("/cis/oidc/token", &[&form, redirect, extra].concat()).await
}

#[tokio::test]
async fn a_code_is_exchanged_with_its_verifier_and_once() {
    let app = TestApp::start().await;
    let verifier = [("code_verifier", VERIFIER)];
    let first = code(&app, Some(&challenge()), "openid email").await;
    let tokens = exchange(&app, &first, &verifier).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let id_token = claims(tokens.text("id_token"));
    assert_eq!((&id_token["nonce"], &id_token["email"]), (&json!("n-1"), &json!(ALEX)));
    assert_eq!(id_token["amr"], json!(["social"]));
    assert_eq!(tokens.body.get("refresh_token"), None);
    let access = tokens.text("access_token");
    assert_eq!(app.call(Method::GET, "/oidc/me", access, None).await.body["email"], ALEX);
    // A second exchange fails, and ends what the first one began.
    assert_eq!(exchange(&app, &first, &verifier).await.error(), "invalid_grant");
    assert_eq!(app.call(Method::GET, "/oidc/me", access, None).await.status, 401);

    let wrong = VERIFIER.replace('d', "e");
    let other = format!("{}/mail/callback", app.site);
    for extra in [
        vec![],
        vec![("code_verifier", wrong.as_str())],
        vec![("code_verifier", VERIFIER), ("redirect_uri", other.as_str())],
    ] {
        let code = code(&app, Some(&challenge()), "openid").await;
        assert_eq!(exchange(&app, &code, &extra).await.error(), "invalid_grant", "{extra:?}");
        assert_eq!(exchange(&app, &code, &verifier).await.error(), "invalid_grant", "used up");
    }
    let without = code(&app, None, "openid").await;
    assert_eq!(exchange(&app, &without, &verifier).await.error(), "invalid_grant");
    let late = code(&app, None, "openid").await;
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(exchange(&app, &late, &[]).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_is_replaced_at_each_use_and_a_replay_ends_the_session() {
    let app = TestApp::start().await;
    let first = app.signed_in(ALEX).await.refresh_token.unwrap();
    let refresh = async |token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        app.as_client("/oidc/token", &form).await
    };
    let second = refresh(&first).await;
    assert_eq!(second.status, 200, "{second:?}");
    let access = second.text("access_token").to_owned();
    let second = second.text("refresh_token").to_owned();
    assert_ne!(first, second);
    // A back-end sign-in's token gives the six fields again.
    let third = refresh(&second).await;
    assert_eq!(third.status, 200, "{third:?}");
    for field in
        ["access_token", "id_token", "refresh_token", "token_type", "expires_in", "session_id"]
    {
        assert!(third.body.get(field).is_some(), "{field}");
    }
    assert_eq!(app.call(Method::GET, "/oidc/me", &access, None).await.status, 200);
    assert_eq!(refresh(&first).await.error(), "invalid_grant", "a replay");
    assert_eq!(refresh(third.text("refresh_token")).await.error(), "invalid_grant");
    assert_eq!(app.call(Method::GET, "/oidc/me", &access, None).await.status, 401);
}

#[tokio::test]
async fn a_refresh_never_widens_the_scope() {
    let app = TestApp::start().await;
    let code = code(&app, None, "openid offline_access").await;
    let token = exchange(&app, &code, &[]).await.text("refresh_token").to_owned();
    let refresh = async |token: &str, scope: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        app.as_client("/oidc/token", &form).await
    };
    assert_eq!(refresh(&token, "openid email").await.error(), "invalid_scope");
    assert_eq!(refresh(&token, "other").await.error(), "invalid_scope");
    // A narrower one is that answer's alone: the next token still has what was granted.
    let narrow = refresh(&token, "openid other").await;
    assert_eq!(narrow.text("scope"), "openid", "words that nobody knows are not looked at");
    let wide = refresh(narrow.text("refresh_token"), "openid offline_access").await;
    assert_eq!(wide.text("scope"), "openid offline_access");
}

#[tokio::test]
async fn a_secret_with_special_characters_is_good_as_it_is_and_form_encoded() {
    let app = TestApp::start().await;
    let state = app.another_provider().await;
    let secret = "a+b%2F&c d";
    sqlx::query("UPDATE clients SET secret_sealed = $1 WHERE client_id = $2")
        .bind(state.sealer.seal("provider.client_secret", &secret).unwrap())
        .bind(&app.demo.client_id)
        .execute(state.storage.writer())
        .await
        .unwrap();
    let url = format!("{}/oidc/token", app.provider);
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for (sent, expected) in [(secret, 200), (&encoded, 200), ("a b/&c d", 401), ("", 401)] {
        let request = app.http.post(&url).basic_auth(&app.demo.client_id, Some(sent));
        assert_eq!(request.form(&[CREDENTIALS]).send().await.unwrap().status(), expected, "{sent}");
    }
}

#[tokio::test]
async fn the_tokens_of_a_disabled_user_are_good_for_nothing() {
    let app = TestApp::start().await;
    let alex = app.signed_in(ALEX).await;
    let refresh = alex.refresh_token.unwrap();
    let storage = app.storage().await;
    let set = async |status| {
        users::set_status(&storage, &app.demo.users[0].user_id, status, 0).await.unwrap();
    };
    set(users::UserStatus::Disabled).await;
    for token in [&alex.access_token, &refresh] {
        let asked = app.as_client("/oidc/token/introspection", &[("token", token)]).await;
        assert_eq!(asked.body, json!({"active": false}));
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(app.as_client("/oidc/token", &form).await.error(), "invalid_grant");
    assert_eq!(app.call(Method::GET, "/oidc/me", &alex.access_token, None).await.status, 401);
    // Whoever is let in again finds everything as it was.
    set(users::UserStatus::Active).await;
    assert_eq!(app.as_client("/oidc/token", &form).await.status, 200);
}

#[tokio::test]
async fn tokens_can_be_asked_about_and_ended_by_their_client() {
    let app = TestApp::start().await;
    let alex = app.signed_in(ALEX).await;
    let refresh = alex.refresh_token.unwrap();
    let ask = async |token: &str| {
        app.as_client("/oidc/token/introspection", &[("token", token)]).await.body
    };
    let asked = ask(&alex.access_token).await;
    assert_eq!(asked["active"], true);
    assert_eq!(asked["sub"], app.demo.users[0].user_id);
    assert_eq!(ask(&refresh).await["active"], true);
    for token in ["x", alex.id_token.as_deref().unwrap()] {
        assert_eq!(ask(token).await, json!({"active": false}));
    }
    // A stranger's client learns and ends nothing.
    let (id, secret, _) = app.another_client().await;
    let as_other = [("client_id", id.as_str()), ("client_secret", secret.expose())];
    for token in [&alex.access_token, &refresh] {
        let form = [as_other[0], as_other[1], ("token", token)];
        let asked = app.form("/oidc/token/introspection", &form).await;
        assert_eq!(asked.body, json!({"active": false}));
        assert_eq!(app.form("/oidc/token/revocation", &form).await.status, 200);
        assert_eq!(ask(token).await["active"], true);
    }
    app.as_client("/oidc/token/revocation", &[("token", &alex.access_token)]).await;
    assert_eq!(ask(&alex.access_token).await["active"], false);
    assert_eq!(ask(&refresh).await["active"], true);
    app.as_client("/oidc/token/revocation", &[("token", &refresh)]).await;
    assert_eq!(ask(&refresh).await["active"], false);
    let missing = app.as_client("/oidc/token/introspection", &[]).await;
    assert_eq!(missing.error(), "invalid_request");
}

#[tokio::test]
async fn tokens_run_out_by_the_providers_clock() {
    let app = TestApp::start().await;
    let alex = app.signed_in(ALEX).await;
    let client = app.client_token().await;
    app.clock.advance(Duration::from_secs(3599));
    assert_eq!(app.call(Method::GET, "/oidc/me", &alex.access_token, None).await.status, 200);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(app.call(Method::GET, "/oidc/me", &alex.access_token, None).await.status, 401);
    assert_eq!(app.call(Method::GET, "/v1/clients", &client, None).await.status, 401);
}

#[tokio::test]
async fn one_time_things_are_used_once_on_sqlite() {
    one_time_things(&TestApp::start().await).await;
}

#[tokio::test]
async fn one_time_things_are_used_once_on_postgresql() {
    let postgres = Postgres::start().await;
    let url = postgres.database("tokens").await;
    let app = TestApp::start_with(|config| config.storage.url = Secret::new(url)).await;
    one_time_things(&app).await;
}

async fn one_time_things(app: &TestApp) {
    let code = code(app, Some(&challenge()), "openid").await;
    let redirect_uri = format!("{}/social/callback", app.site);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(winners(app, &form).await, 1, "codes");
    let refresh = app.signed_in(ALEX).await.refresh_token.unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(winners(app, &form).await, 1, "refresh tokens");

    // A user with a taken address is refused, on either engine.
    let token = app.client_token().await;
    let body = json!({"email": "ALEX@example.com"});
    assert_eq!(app.call(Method::POST, "/v1/users", &token, Some(body)).await.status, 409);
    let state = app.another_provider().await;
    let alex = users::find_by_email(&state.storage, &Email::parse(ALEX).unwrap()).await.unwrap();
    assert_eq!(alex.unwrap().user_id, app.demo.users[0].user_id);

    provider::expiry::clear(&state.storage, i64::MAX / 2).await.unwrap();
    assert_eq!(app.as_client("/oidc/token", &form).await.error(), "invalid_grant");
}

/// How many of twenty equal requests get tokens.
async fn winners(app: &TestApp, form: &[(&str, &str)]) -> usize {
    let own = [
        ("client_id", app.demo.client_id.as_str()),
        ("client_secret", app.demo.client_secret.as_str()),
    ];
    let form = [&own, form].concat();
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let request = app.http.post(format!("{}/oidc/token", app.provider)).form(&form);
        tasks.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let statuses = tasks.join_all().await;
    assert!(statuses.iter().all(|status| [200, 400].contains(status)), "{statuses:?}");
    statuses.into_iter().filter(|status| *status == 200).count()
}

#[tokio::test]
async fn instances_that_start_at_once_share_one_key_on_sqlite() {
    let app = TestApp::start().await;
    let kid = jsonwebtoken::decode_header(app.client_token().await).unwrap().kid;
    let keys = app.another_provider().await.keys.public().keys;
    assert_eq!((keys.len(), &keys[0].common.key_id), (1, &kid));
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_as_long_as_it_is_needed() {
    const DAY: u64 = 24 * 60 * 60;
    let app = TestApp::start().await;
    let (state, other) = (app.another_provider().await, app.another_provider().await);
    let keep_up = async |state: &provider::ProviderState| {
        let (storage, sealer, ambient) = (&state.storage, &state.sealer, &state.ambient);
        state.keys.keep_up(storage, sealer, ambient, 90 * 86400).await.unwrap();
        let kids = |keys: JwkSet| keys.keys.into_iter().map(|key| key.common.key_id.unwrap());
        kids(state.keys.public()).collect::<Vec<_>>()
    };
    let signed = || {
        let token = state.keys.sign(TokenKind::Id, &json!({})).unwrap();
        (jsonwebtoken::decode_header(&token).unwrap().kid.unwrap(), token)
    };
    app.clock.advance(Duration::from_secs(90 * DAY - 1));
    let first = keep_up(&state).await;
    assert_eq!(first.len(), 1, "it is not old yet");
    let (_, token) = signed();
    app.clock.advance(Duration::from_secs(1));
    let both = keep_up(&state).await;
    assert_eq!((both.len(), &both[1]), (2, &first[0]));
    assert_eq!(keep_up(&other).await, both, "every instance knows the same");
    assert_eq!(signed().0, first[0], "it was not published long enough");
    app.clock.advance(Duration::from_secs(3600));
    assert_eq!(keep_up(&state).await, both);
    assert_eq!(signed().0, both[0]);
    assert!(other.keys.verify::<Value>(TokenKind::Id, &signed().1).is_ok());
    assert!(state.keys.verify::<Value>(TokenKind::Id, &token).is_ok());
    app.clock.advance(Duration::from_secs(DAY + 3600));
    assert_eq!(keep_up(&state).await, both[..1]);
    assert!(state.keys.verify::<Value>(TokenKind::Id, &token).is_err());
}

#[tokio::test]
async fn instances_that_start_at_once_share_one_key_on_postgresql() {
    let postgres = Postgres::start().await;
    let url = postgres.database("instances").await;
    let app = TestApp::start_with(|config| config.storage.url = Secret::new(url)).await;
    let state = app.another_provider().await;
    sqlx::query("DELETE FROM signing_keys").execute(state.storage.writer()).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let state = state.clone();
        tasks.spawn(async move {
            let (storage, sealer, ambient) = (&state.storage, &state.sealer, &state.ambient);
            let keys = provider::keys::Keys::load_or_create;
            keys(storage, sealer, ambient).await.unwrap().public()
        });
    }
    let sets = tasks.join_all().await;
    assert!(sets.iter().all(|set| set.keys.len() == 1 && *set == sets[0]));
}

//! The edge of the embedded provider: what is no endpoint, no text or no body of ours is refused in
//! the API's own words, on each engine.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{TestApp, bench, on_both_engines};

/// Status, content type and body.
async fn answer(request: RequestBuilder) -> (u16, String, Value) {
    let response = request.header("accept", "application/json").send().await.unwrap();
    let content_type = response.headers().get("content-type");
    let content_type = content_type.map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, content_type.unwrap_or_default(), body)
}

async fn u0000_is_refused_wherever_text_comes_in(app: TestApp) {
    let url = |path: &str| format!("{}{path}", app.provider);
    let token = app.client_token().await;
    let form = |path: &str, body: &'static str| {
        let content_type = ("content-type", "application/x-www-form-urlencoded");
        app.http.post(url(path)).header(content_type.0, content_type.1).body(body)
    };
    for (path, body) in [
        ("/oidc/token", "client_id=%00&client_secret=x&grant_type=client_credentials"),
        ("/oidc/backchannel", "client_id=a%00b&client_secret=x"),
        ("/oidc/token/introspection", "client_id=x&client_secret=x&token=%00"),
    ] {
        let (status, _, body) = answer(form(path, body)).await;
        assert_eq!((status, body["error"].as_str()), (400, Some("invalid_request")), "{path}");
    }
    let basic = app.http.post(url("/oidc/token")).basic_auth("%00", Some("x")).form(&[("a", "b")]);
    assert_eq!(answer(basic).await.0, 401);
    let query = app.http.get(url("/oidc/auth?client_id=%00&redirect_uri=x"));
    assert_eq!(answer(query).await.0, 400);

    for (path, body) in [
        ("/v1/auth/webauthn/authenticate/start", json!({"client_id": "\0"})),
        ("/v1/auth/webauthn/register/start", json!({"client_id": "\0", "username": "x"})),
        ("/v1/applications", json!({"app_name": "a\0"})),
        ("/v1/clients", json!({"description": "\0"})),
        ("/v1/users", json!({"email": "a\0@example.com"})),
        ("/v1/auth/link/email/send", json!({"email": "\0", "redirect_uri": "\0"})),
        (
            "/v1/auth/otp/send",
            json!({"channel": "direct", "identifier_type": "user_id", "identifier": "\0"}),
        ),
    ] {
        let request = app.http.post(url(path)).bearer_auth(&token).json(&body);
        let (status, content_type, body) = answer(request).await;
        assert_eq!((status, content_type.as_str()), (400, "application/json"), "{path}: {body}");
        assert!(body.to_string().contains("U+0000"), "{path}: {body}");
    }
    for path in ["/v1/users/%00", "/cis/v1/users/email/a%00b", "/v1/clients/%00", "/%00"] {
        let (status, _, body) = answer(app.http.get(url(path)).bearer_auth(&token)).await;
        assert_eq!((status, &body["error_code"]), (400, &json!(400)), "{path}: {body}");
    }
}

async fn whatever_is_no_endpoint_is_refused_in_json(app: TestApp) {
    let url = |path: &str| format!("{}{path}", app.provider);
    let token = app.client_token().await;
    let client = |method, path: &str| app.http.request(method, url(path)).bearer_auth(&token);
    let long = "x".repeat(70_000);
    let plain = ("content-type", "text/plain");
    for (request, expected) in [
        (client(Method::GET, "/v1/users/%FF"), 400),
        (client(Method::POST, "/v1/users/a/emails/%FF/verify"), 400),
        (client(Method::GET, "/cis/v1/applications/%C3"), 400),
        (client(Method::GET, "/nowhere"), 404),
        (client(Method::GET, "/cis/nowhere"), 404),
        (client(Method::DELETE, "/oidc/token"), 405),
        (client(Method::GET, "/cis/v1/auth/otp/send"), 405),
        (client(Method::POST, "/v1/users").json(&json!({"email": long})), 413),
        (client(Method::POST, "/v1/users").header(plain.0, plain.1).body("{}"), 415),
        (client(Method::POST, "/v1/users").header("content-type", "application/json"), 400),
    ] {
        let (status, content_type, body) = answer(request).await;
        assert_eq!((status, content_type.as_str()), (expected, "application/json"), "{body}");
        assert_eq!(body["error_code"], expected, "{body}");
        assert!(body["message"].is_string() || body["message"].is_array(), "{body}");
    }
}

/// Every body that is documented as an object, sent as the array of its members' values.
async fn an_array_is_no_object_and_nothing_of_the_source_code_is_told(app: TestApp) {
    let url = |path: &str| format!("{}{path}", app.provider);
    let token = app.client_token().await;
    let client_id = &app.demo.client_id;
    for (path, body) in [
        ("/v1/auth/webauthn/authenticate/start", json!([client_id, null, null, null, 300, null])),
        (
            "/v1/auth/webauthn/authenticate/start",
            json!({"client_id": client_id, "approval_data": ["a"]}),
        ),
        ("/v1/auth/webauthn/authenticate", json!(["e30=", null])),
        ("/v1/auth/webauthn/register/start", json!([client_id, "alex"])),
        ("/v1/auth/link/email/send", json!(["alex@example.com", "https://a.example/"])),
        (
            "/v1/auth/link/email/send",
            json!({"email": "alex@example.com", "redirect_uri": "https://a.example/", "email_content": ["S"]}),
        ),
        ("/v1/auth/otp/send", json!(["direct", "user_id", "alex"])),
        ("/v1/auth/otp/authenticate", json!(["123456", "user_id", "alex"])),
        ("/v1/users", json!(["alex@example.com", "+15550100"])),
        ("/v1/users", json!({"email": 7})),
        ("/v1/users", json!({"email": ["hunter2"]})),
        ("/v1/users", json!({})),
        ("/v1/applications", json!(["app"])),
        ("/v1/clients", json!(["client"])),
        ("/v1/clients", json!({"ciba_authorization": [true, "http://localhost/login"]})),
        ("/v1/clients", json!({"token_expiration": [60]})),
        ("/v1/clients", json!({"pkce": "maybe", "client_type": 1, "redirect_uris": "x"})),
    ] {
        for prefix in ["", "/cis"] {
            let path = format!("{prefix}{path}");
            let request = app.http.post(url(&path)).bearer_auth(&token).json(&body);
            let (status, _, answer) = self::answer(request).await;
            let answer = answer.to_string();
            assert_eq!(status, 400, "{path} {body}: {answer}");
            for word in ["struct", "invalid type", "sequence", "variant", "hunter2", "column"] {
                assert!(!answer.contains(word), "{path} {body}: {answer}");
            }
        }
    }
    let tokens = app.sign_in("alex@example.com").await;
    let user_token = tokens["access_token"].as_str().unwrap();
    let request = app.http.post(url("/auth/backchannel/complete")).bearer_auth(user_token);
    let (status, _, body) = answer(request.json(&json!(["an-id", true]))).await;
    assert_eq!(status, 400, "{body}");
    assert_eq!(body["message"], json!(["an object is expected"]), "{body}");
    for body in
        ["", "{", "[]", r#"{"email":"a@example.com","email":"b@example.com"}"#, "\u{feff}{}"]
    {
        let request = app.http.post(url("/v1/users")).bearer_auth(&token).body(body);
        let request = request.header("content-type", "application/json");
        let (status, _, answer) = self::answer(request).await;
        assert_eq!(status, 400, "{body:?}: {answer}");
        assert!(!answer.to_string().contains("line 1"), "{answer}");
    }
    let wanted = app.http.get(url("/demo/outbox?last=some"));
    let (status, kind, body) = answer(wanted).await;
    assert_eq!((status, kind.as_str()), (400, "application/json"), "{body}");
    assert_eq!(body["message"], "last must be a whole number");
}

on_both_engines!(every_edge_holds_on_postgresql, bench:
    u0000_is_refused_wherever_text_comes_in,
    whatever_is_no_endpoint_is_refused_in_json,
    an_array_is_no_object_and_nothing_of_the_source_code_is_told,
);

#[tokio::test]
async fn browsers_are_told_to_stay_with_https_where_it_is_used() {
    let plain = TestApp::start().await;
    let headers = plain.http.get(format!("{}/healthz", plain.provider)).send().await.unwrap();
    assert_eq!(headers.headers()["x-content-type-options"], "nosniff");
    assert_eq!(headers.headers().get("strict-transport-security"), None);

    let behind_a_proxy = TestApp::start_with(|config| {
        config.provider.public_url = "https://localhost:1".parse().unwrap();
    })
    .await;
    let address = behind_a_proxy.config.provider.address;
    let answer = behind_a_proxy.http.get(format!("http://{address}/healthz")).send().await.unwrap();
    assert!(answer.headers().contains_key("strict-transport-security"), "{answer:?}");
}

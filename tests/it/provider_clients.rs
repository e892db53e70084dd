//! The embedded provider's applications, clients and users, and what it says of itself.

use platform::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ALEX, TestApp};

#[tokio::test]
async fn the_guides_put_enables_ciba_and_leaves_the_rest_alone() {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    let path = format!("/cis/v1/applications/{}/clients/{}", app.demo.app_id, app.demo.client_id);
    let before = app.call(Method::GET, &path, &token, None).await;
    assert_eq!(before.status, 200);
    assert_eq!(before.headers["cache-control"], "no-store");
    assert_eq!(before.body["client_secret"], app.demo.client_secret, "as Transmit echoes it");
    assert_eq!(
        before.body["redirect_uris"],
        json!([format!("{}/mail/callback", app.site), format!("{}/social/callback", app.site)])
    );
    let off = json!({"ciba_authorization": {"enabled": false}});
    assert_eq!(app.call(Method::PUT, &path, &token, Some(off)).await.status, 200);
    let start = [("scope", "openid"), ("login_hint", "+15550100")];
    let refused = app.as_client("/oidc/backchannel", &start).await;
    assert_eq!((refused.status.as_u16(), refused.error()), (400, "unauthorized_client"));

    let login_uri = "https://bank.example/login?lang=de";
    let on = json!({"ciba_authorization": {"enabled": true, "login_uri": login_uri}});
    let after = app.call(Method::PUT, &path, &token, Some(on.clone())).await;
    assert_eq!(after.status, 200);
    assert_eq!(after.body["ciba_authorization"], on["ciba_authorization"]);
    assert_eq!(after.body["redirect_uris"], before.body["redirect_uris"]);
    assert!(
        app.started().await.text("link").starts_with(&format!("{login_uri}&auth_req_id=")),
        "the query of the login_uri is kept"
    );
}

#[tokio::test]
async fn a_malformed_member_is_named_and_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    let path = format!("/v1/clients/{}", app.demo.client_id);
    let before = app.call(Method::GET, &path, &token, None).await.body;
    for body in [
        json!({"ciba_authorization": {"enabled": true}}),
        json!({"ciba_authorization": {"enabled": true, "login_uri": "http://bank.example"}}),
        json!({"ciba_authorization": true}),
        json!({"redirect_uris": ["javascript:alert(1)"], "name": 1}),
        json!(["not", "an", "object"]),
    ] {
        let refused = app.call(Method::PUT, &path, &token, Some(body)).await;
        assert_eq!((refused.status.as_u16(), &refused.body["error_code"]), (400, &json!(400)));
        assert!(refused.body["message"].is_array(), "{refused:?}");
    }
    assert_eq!(app.call(Method::GET, &path, &token, None).await.body, before);
}

#[tokio::test]
async fn a_token_opens_its_own_application_and_what_it_created() {
    let app = TestApp::start().await;
    let own = app.client_token().await;
    let (client_id, secret, app_id) = app.another_client().await;
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", secret.expose()),
        ("grant_type", "client_credentials"),
    ];
    let other = app.form("/oidc/token", &form).await.text("access_token").to_owned();
    let alex = app.signed_in(ALEX).await.access_token;
    let clients = |app_id: &str| format!("/v1/applications/{app_id}/clients");
    for (token, path, status) in [
        (&other, clients(&app.demo.app_id), 403),
        (&other, clients(&app_id), 200),
        (&own, clients(&app_id), 200),
        (&own, clients("unknown"), 404),
        (&own, format!("{}/unknown", clients(&app.demo.app_id)), 404),
        (&own, format!("{}/{client_id}", clients(&app.demo.app_id)), 404),
        (&alex, clients(&app.demo.app_id), 401),
        (&"x".to_owned(), clients(&app.demo.app_id), 401),
    ] {
        assert_eq!(app.call(Method::GET, &path, token, None).await.status, status, "{path}");
    }
    let path = format!("{}/{}", clients(&app.demo.app_id), app.demo.client_id);
    let body = Some(json!({"name": "taken over"}));
    assert_eq!(app.call(Method::PUT, &path, &other, body).await.status, 403);
    let listed = app.call(Method::GET, "/v1/applications", &own, None).await.body;
    assert_eq!(listed["result"].as_array().unwrap().len(), 2);
    let listed = app.call(Method::GET, "/v1/applications", &other, None).await.body;
    assert_eq!(listed["result"].as_array().unwrap().len(), 1);
    let one = app.call(Method::GET, &format!("/v1/applications/{app_id}"), &own, None).await;
    assert_eq!(one.body["result"]["app_name"], "other");
}

#[tokio::test]
async fn an_application_needs_a_name_and_gets_clients() {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    for body in [json!({}), json!({"app_name": " "}), json!({"app_name": "a", "first_client": 1})] {
        let refused = app.call(Method::POST, "/v1/applications", &token, Some(body)).await;
        assert_eq!(refused.status, 400);
    }
    let body = json!({"app_name": "Branch", "allow_public_signup": false});
    let made = app.call(Method::POST, "/v1/applications", &token, Some(body)).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.body["result"].get("first_client"), None);
    let path =
        format!("/v1/applications/{}/clients", made.body["result"]["app_id"].as_str().unwrap());
    let body = json!({"name": "desk", "redirect_uris": ["https://bank.example/back"]});
    let client = app.call(Method::POST, &path, &token, Some(body)).await;
    assert_eq!(client.status, 201);
    assert_eq!(client.body["ciba_authorization"], json!({"enabled": false, "login_uri": null}));
    assert!(client.text("client_secret").len() >= 43);
}

#[tokio::test]
async fn users_are_created_pending_and_verified_by_the_client() {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    let call = async |method, path: &str, body| app.call(method, path, &token, body).await;
    let body = json!({"email": "Robin@Example.com", "phone_number": "+15550199", "other": 1});
    let made = call(Method::POST, "/v1/users", Some(body.clone())).await;
    assert_eq!(made.status, 201, "{made:?}");
    let user = made.body["result"].clone();
    assert_eq!(user["email"], json!({"value": "robin@example.com", "email_verified": false}));
    assert_eq!(user["status"], "Pending");
    assert_eq!(call(Method::POST, "/v1/users", Some(body)).await.status, 409);
    for body in [json!({}), json!({"email": "no address"}), json!({"phone_number": "555"})] {
        assert_eq!(call(Method::POST, "/v1/users", Some(body)).await.status, 400);
    }
    let id = user["user_id"].as_str().unwrap();
    for path in [
        format!("/v1/users/{id}"),
        "/v1/users/email/ROBIN@example.com".into(),
        "/v1/users/phone-number/+15550199".into(),
        "/cis/v1/users/phone-number/%2B15550199".into(),
    ] {
        assert_eq!(call(Method::GET, &path, None).await.body["result"], user, "{path}");
    }
    let verify = format!("/v1/users/{id}/phone-numbers/%2B15550199/verify");
    let verified = call(Method::POST, &verify, None).await;
    assert_eq!(verified.body["result"]["phone_number"]["phone_number_verified"], true);
    let verify = format!("/v1/users/{id}/emails/robin@example.com/verify");
    assert_eq!(call(Method::POST, &verify, None).await.status, 200);
    let foreign = format!("/v1/users/{id}/emails/{ALEX}/verify");
    for path in ["/v1/users/unknown", "/v1/users/email/nobody@example.com"] {
        assert_eq!(call(Method::GET, path, None).await.status, 404);
    }
    assert_eq!(call(Method::POST, &foreign, None).await.status, 404, "somebody else's address");
    // A pending user may be asked, and the first sign-in makes them active.
    let start = [("scope", "openid"), ("login_hint", "+15550199")];
    assert_eq!(app.as_client("/oidc/backchannel", &start).await.status, 200);
    app.signed_in("robin@example.com").await;
    let user = call(Method::GET, &format!("/v1/users/{id}"), None).await;
    assert_eq!(user.body["result"]["status"], "Active");
}

#[tokio::test]
async fn a_disabled_user_is_neither_asked_nor_believed() {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    let id = app.started().await.text("auth_req_id").to_owned();
    let other = app.started().await.text("auth_req_id").to_owned();
    let alex = app.signed_in(ALEX).await;
    app.complete(&alex.access_token, &other, true).await;
    let path = format!("/v1/users/{}", app.demo.users[0].user_id);
    let disabled = app.call(Method::PUT, &path, &token, Some(json!({"status": "Disabled"}))).await;
    assert_eq!(disabled.body["result"]["status"], "Disabled");

    assert_eq!(app.complete(&alex.access_token, &id, true).await.status, 401);
    assert_eq!(app.poll(&other).await.error(), "invalid_grant", "approved before");
    let start = [("scope", "openid"), ("login_hint", "+15550100")];
    assert_eq!(app.as_client("/oidc/backchannel", &start).await.error(), "unknown_user_id");
    let refresh = alex.refresh_token.unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(app.as_client("/oidc/token", &form).await.error(), "invalid_grant");
    assert_eq!(app.call(Method::GET, "/oidc/me", &alex.access_token, None).await.status, 401);
    let unknown = app.call(Method::PUT, &path, &token, Some(json!({"status": "Gone"}))).await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn discovery_lists_what_is_served() {
    let app = TestApp::start().await;
    for path in ["/oidc", "/cis/oidc", ""] {
        let url = format!("{}{path}/.well-known/openid-configuration", app.provider);
        let metadata: Value = app.http.get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(metadata["issuer"], app.provider);
        assert_eq!(metadata["backchannel_token_delivery_modes_supported"], json!(["poll"]));
        for endpoint in ["jwks_uri", "userinfo_endpoint"] {
            let url = metadata[endpoint].as_str().unwrap();
            assert_ne!(app.http.get(url).send().await.unwrap().status(), 404, "{endpoint}");
        }
        for endpoint in [
            "token_endpoint",
            "backchannel_authentication_endpoint",
            "introspection_endpoint",
            "revocation_endpoint",
        ] {
            let url = metadata[endpoint].as_str().unwrap();
            let form = [("client_id", "nobody")];
            let answer = app.http.post(url).form(&form).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{endpoint}");
        }
    }
}

#[tokio::test]
async fn unknown_paths_wrong_methods_and_foreign_hosts_are_refused_in_json() {
    let app = TestApp::start().await;
    let get = |path: &str| app.http.get(format!("{}{path}", app.provider));
    for (request, status) in [
        (get("/nowhere"), 404),
        (get("/cis/nowhere"), 404),
        (get("/oidc/token"), 405),
        (get("/cis/oidc/backchannel"), 405),
        (get("/oidc/jwks").header("host", "evil.example"), 421),
        (get("/healthz").header("host", "localhost.evil.example"), 421),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.json::<Value>().await.unwrap()["error_code"], status);
    }
    assert_eq!(get("/readyz").send().await.unwrap().status(), 200);
    let form = [("grant_type", "x".repeat(70_000))];
    let large = app.http.post(format!("{}/oidc/token", app.provider)).form(&form);
    assert_eq!(large.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn the_demo_is_seeded_once_and_stays_as_it_was_left() {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    let kim = &app.demo.users[2];
    let path = format!("/v1/users/{}", kim.user_id);
    let user = app.call(Method::GET, &path, &token, None).await.body["result"].clone();
    assert_eq!(user["phone_number"]["phone_number_verified"], false);
    assert_eq!(user["email"]["email_verified"], true);
    let disabled = json!({"status": "Disabled"});
    app.call(Method::PUT, &path, &token, Some(disabled)).await;
    // A second start, with the same demo.json.
    let state = app.another_provider().await;
    assert!(state.ambient.clock.unix() == app.clock.unix());
    let user = app.call(Method::GET, &path, &token, None).await.body["result"].clone();
    assert_eq!(user["status"], "Disabled");
    let all = sqlx::query("SELECT user_id FROM users").fetch_all(state.storage.reader());
    assert_eq!(all.await.unwrap().len(), app.demo.users.len());
}

/// Identifier and secret of a new client of the demo's application.
async fn new_client(app: &TestApp, body: Value) -> (String, String) {
    let token = app.client_token().await;
    let made = app.call(Method::POST, "/v1/clients", &token, Some(body)).await;
    assert_eq!(made.status, 201, "{made:?}");
    (made.text("client_id").to_owned(), made.text("client_secret").to_owned())
}

/// A poll takes its client from memory: what was changed a moment ago, by whichever instance, counts.
#[tokio::test]
async fn a_poll_is_answered_for_the_client_as_it_is_now() {
    let app = TestApp::start().await;
    let ciba = json!({"enabled": true, "login_uri": app.demo.login_uri});
    let enabled = json!({"ciba_authorization": ciba});
    let (client_id, secret) = new_client(&app, enabled.clone()).await;
    let own = [("client_id", client_id.as_str()), ("client_secret", secret.as_str())];
    let hint = ("login_hint", app.demo.users[0].phone_number.as_str());
    let start = [&own[..], &[("scope", "openid"), hint]].concat();
    let id = app.form("/oidc/backchannel", &start).await.text("auth_req_id").to_owned();
    let poll = [&own[..], &[("grant_type", crate::support::CIBA), ("auth_req_id", &id)]].concat();
    let answer = async || app.form("/oidc/token", &poll).await.error().to_owned();
    assert_eq!(answer().await, "authorization_pending");

    let path = format!("/v1/clients/{client_id}");
    let token = app.client_token().await;
    let disabled = json!({"ciba_authorization": {"enabled": false}});
    for (body, expected) in [(disabled, "unauthorized_client"), (enabled, "slow_down")] {
        assert_eq!(app.call(Method::PUT, &path, &token, Some(body)).await.status, 200);
        assert_eq!(answer().await, expected);
    }
    let other = app.another_provider().await;
    sqlx::query(
        "UPDATE clients SET secret_sealed = $1, version = version + 1 WHERE client_id = $2",
    )
    .bind(other.sealer.seal("provider.client_secret", &"another").unwrap())
    .bind(&client_id)
    .execute(other.storage.writer())
    .await
    .unwrap();
    assert_eq!(answer().await, "invalid_client", "the secret was replaced");
    assert_eq!(app.call(Method::DELETE, &path, &token, None).await.status, 204);
    assert_eq!(answer().await, "invalid_client", "the client is gone");
}

#[tokio::test]
async fn a_client_with_the_role_ciba_asks_and_does_nothing_else() {
    let app = TestApp::start().await;
    let ciba = json!({"enabled": true, "login_uri": app.demo.login_uri});
    let body = json!({"name": "shells", "ciba_authorization": ciba});
    let (client_id, secret) = new_client(&app, body).await;
    let own = [("client_id", client_id.as_str()), ("client_secret", secret.as_str())];
    let as_shell =
        async |path: &str, form: &[(&str, &str)]| app.form(path, &[&own, form].concat()).await;
    let grant = [("grant_type", "client_credentials")];
    let from_before = as_shell("/oidc/token", &grant).await.text("access_token").to_owned();
    let path = format!("/v1/clients/{client_id}");
    let role = json!({"role_ids": ["ciba"]});
    let token = app.client_token().await;
    assert_eq!(app.call(Method::PUT, &path, &token, Some(role)).await.status, 200);

    // The agent's way to approve alone is closed at its first step, and at each later one.
    let refused = as_shell("/oidc/token", &grant).await;
    assert_eq!((refused.status.as_u16(), refused.error()), (400, "unauthorized_client"));
    let code = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x")];
    assert_eq!(as_shell("/oidc/token", &code).await.error(), "unauthorized_client");
    let send = json!({"channel": "direct", "identifier_type": "email", "identifier": ALEX});
    for (method, path, body) in [
        (Method::POST, "/v1/auth/otp/send", Some(send)),
        (Method::GET, path.as_str(), None),
        (Method::GET, "/v1/users/email/alex@example.com", None),
    ] {
        let refused = app.call(method, path, &from_before, body).await;
        assert_eq!(refused.status, 403, "{path}: {refused:?}");
    }

    // What it is for goes on: the customer signs in at the site's client, in the same application.
    let phone_number = app.demo.users[0].phone_number.clone();
    let started = as_shell(
        "/oidc/backchannel",
        &[("scope", "openid offline_access"), ("login_hint", &phone_number)],
    )
    .await;
    let id = started.text("auth_req_id").to_owned();
    let alex = app.signed_in(ALEX).await;
    assert_eq!(app.complete(&alex.access_token, &id, true).await.status, 200);
    let poll = [("grant_type", crate::support::CIBA), ("auth_req_id", id.as_str())];
    let tokens = as_shell("/oidc/token", &poll).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let access_token = tokens.text("access_token");
    let seen = as_shell("/oidc/token/introspection", &[("token", access_token)]).await;
    assert_eq!(seen.body["active"], true);
    let gone = as_shell("/oidc/token/revocation", &[("token", access_token)]).await;
    assert_eq!(gone.status, 200);
}

#[tokio::test]
async fn a_sign_in_at_another_application_decides_nothing() {
    let app = TestApp::start().await;
    let (client_id, secret, app_id) = app.another_client().await;
    let token = app.client_token().await;
    let path = format!("/v1/applications/{app_id}/clients/{client_id}");
    let ciba = json!({"enabled": true, "login_uri": "https://other.example/login"});
    let body = json!({"ciba_authorization": ciba});
    assert_eq!(app.call(Method::PUT, &path, &token, Some(body)).await.status, 200);
    let phone_number = app.demo.users[0].phone_number.clone();
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", secret.expose()),
        ("scope", "openid"),
        ("login_hint", phone_number.as_str()),
    ];
    let id = app.form("/oidc/backchannel", &form).await.text("auth_req_id").to_owned();
    let alex = app.signed_in(ALEX).await;
    let refused = app.complete(&alex.access_token, &id, true).await;
    assert_eq!(refused.refusal(), (404, "auth_req_not_found"));
}

#[tokio::test]
async fn what_is_deleted_is_gone_with_everything_that_was_its_own() {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    let delete = async |path: &str| app.call(Method::DELETE, path, &token, None).await.status;
    let (client_id, secret, app_id) = app.another_client().await;
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", secret.expose()),
        ("grant_type", "client_credentials"),
    ];
    let others = app.form("/oidc/token", &form).await.text("access_token").to_owned();
    let foreign = format!("/v1/clients/{}", app.demo.client_id);
    assert_eq!(app.call(Method::DELETE, &foreign, &others, None).await.status, 404);

    assert_eq!(delete(&format!("/v1/applications/{app_id}/clients/{client_id}")).await, 204);
    assert_eq!(app.form("/oidc/token", &form).await.error(), "invalid_client");
    let users = "/v1/users/email/alex@example.com";
    assert_eq!(app.call(Method::GET, users, &others, None).await.status, 401);
    assert_eq!(delete(&format!("/v1/applications/{app_id}/clients/{client_id}")).await, 404);
    // Without the configured client nobody could sign in any more.
    assert_eq!(delete(&format!("/v1/clients/{}", app.demo.client_id)).await, 409);

    let alex = app.sign_in(ALEX).await;
    let of_alex = alex["access_token"].as_str().unwrap();
    let id = app.started().await.text("auth_req_id").to_owned();
    let user = format!("/v1/users/{}", app.demo.users[0].user_id);
    assert_eq!(delete(&user).await, 204);
    assert_eq!(delete(&user).await, 404);
    assert_eq!(app.call(Method::GET, "/oidc/me", of_alex, None).await.status, 401);
    assert_eq!(app.complete(of_alex, &id, true).await.status, 401);
    assert_eq!(app.poll(&id).await.error(), "invalid_grant");
}

//! The embedded provider as a library expects an OpenID provider to be: requests with the parameters
//! that every client sends and no others, pushed requests, public clients, and headers.

use std::time::Duration;

use futures_util::future::join_all;
use platform::clock::Clock;
use reqwest::Method;
use reqwest::header::{CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE};
use serde_json::{Value, json};
use url::Url;

use crate::social_provider::{End, Setting, setting_with, upstream};
use crate::support::{ALEX, Answer, Browser, Page, TestApp};

async fn setting() -> Setting {
    setting_with(|_, _| {}).await
}

/// Two identity providers, one of which the site calls by a name of its own.
async fn two() -> Setting {
    setting_with(|config, issuer| {
        config.upstream.insert("other".into(), upstream(issuer));
    })
    .await
}

/// Presses one of the chooser's buttons.
async fn choose(setting: &Setting, browser: &mut Browser, page: &Page, name: &str) -> End {
    let form = page.forms().remove(0);
    assert!(form.buttons.iter().any(|(_, value)| value == name), "{}", page.body);
    let (field, sealed) = &form.hidden[0];
    let address = format!("{}/cis/oidc/auth", setting.app.provider);
    let page = browser.post_once(&address, &[(field, sealed), ("upstream", name)]).await;
    match page.location() {
        None => End::Page(page.status.as_u16()),
        Some(address) if address.starts_with(&setting.redirect_uri()) => setting.end(address),
        Some(address) => setting.travel(browser, address).await,
    }
}

#[tokio::test]
async fn a_client_need_not_name_the_only_identity_provider() {
    let setting = setting().await;
    for acr_values in ["", "mfa", "phr 1"] {
        let request = setting.request(&[("acr_values", acr_values), ("createNewUser", "")]);
        let end = setting.travel(&mut setting.browser(), &request).await;
        assert!(matches!(end, End::Code(_)), "{acr_values}: {end:?}");
    }
    // The same by form.
    let request = Url::parse(&setting.request(&[("acr_values", "")])).unwrap();
    let fields: Vec<(String, String)> = request.query_pairs().into_owned().collect();
    let fields: Vec<_> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let mut browser = setting.browser();
    let page = browser.post_cross_site(request.path(), &fields).await;
    assert_eq!(page.status, 303);
    let end = setting.travel(&mut browser, page.location().unwrap()).await;
    assert!(matches!(end, End::Code(_)), "{end:?}");
}

#[tokio::test]
async fn where_there_are_several_the_customer_chooses() {
    let setting = two().await;
    let request = setting.request(&[("acr_values", ""), ("ui_locales", "de")]);
    let mut browser = setting.browser();
    let page = browser.get_once(&request).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<html lang=\"de\" dir=\"ltr\">"), "{}", page.body);
    assert!(page.body.contains("Weiter mit <bdi translate=\"no\">Idp</bdi>"), "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.header("set-cookie"), "", "nobody has left yet");

    let End::Code(code) = choose(&setting, &mut browser, &page, "idp").await else { panic!() };
    assert_eq!(setting.redeem(&code).await["nonce"], "client-nonce");
    let cancelled = choose(&setting, &mut browser, &page, "").await;
    assert_eq!(cancelled, End::Error("access_denied".into()));
    setting.app.clock.advance(Duration::from_secs(600));
    assert_eq!(choose(&setting, &mut browser, &page, "idp").await, End::Page(400));

    let forged = [("choice", "forged"), ("upstream", "idp")];
    assert_eq!(browser.post_once("/oidc/auth", &forged).await.status, 400);
}

#[tokio::test]
async fn whoever_wants_a_recent_sign_in_gets_one() {
    let setting = setting().await;
    let now = setting.app.clock.unix();
    let identified = |auth_time: Value| {
        let claims = json!({ "email": ALEX, "email_verified": true, "auth_time": auth_time });
        setting.idp.identify(claims);
    };
    let ask = async |max_age: &str| {
        setting.travel(&mut setting.browser(), &setting.request(&[("max_age", max_age)])).await
    };
    let asked = |name: &str| {
        let asked = setting.idp.authorization_request();
        asked.into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
    };
    // The identity provider's own time goes on to the client.
    identified(json!(now - 1000));
    let End::Code(code) = ask("").await else { panic!() };
    assert_eq!(setting.redeem(&code).await["auth_time"], now - 1000);
    assert_eq!((asked("max_age"), asked("prompt")), (None, None));
    assert!(matches!(ask("1000").await, End::Code(_)));
    assert_eq!((asked("max_age").as_deref(), asked("prompt")), (Some("1000"), None));
    assert_eq!(ask("100").await, End::Error("login_required".into()));
    assert_eq!(ask("0").await, End::Error("login_required".into()));
    assert_eq!(asked("prompt").as_deref(), Some("login"));
    identified(json!(now));
    assert!(matches!(ask("0").await, End::Code(_)));
    // One that does not say when proves nothing.
    identified(Value::Null);
    assert_eq!(ask("1000").await, End::Error("login_required".into()));
    assert!(matches!(ask("").await, End::Code(_)));
}

#[tokio::test]
async fn claims_may_be_asked_for_one_by_one() {
    let setting = setting().await;
    let changes = [("scope", "openid"), ("claims", r#"{"id_token":{"phone_number":null}}"#)];
    let end = setting.travel(&mut setting.browser(), &setting.request(&changes)).await;
    let End::Code(code) = end else { panic!("{end:?}") };
    let claims = setting.redeem(&code).await;
    assert_eq!(claims["phone_number"], json!(setting.app.demo.users[0].phone_number));
    assert_eq!(claims.get("email"), None);
}

/// Leaves the request of [`Setting::request`] beforehand.
async fn push(setting: &Setting, changes: &[(&str, &str)]) -> Answer {
    let request = Url::parse(&setting.request(changes)).unwrap();
    let fields: Vec<(String, String)> = request.query_pairs().into_owned().collect();
    let fields: Vec<_> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let secret = [("client_secret", setting.app.demo.client_secret.as_str())];
    setting.app.form("/cis/oidc/request", &[&fields[..], &secret].concat()).await
}

/// The address for whoever was announced.
fn pushed(setting: &Setting, client_id: &str, answer: &Answer) -> String {
    let mut url = Url::parse(&format!("{}/cis/oidc/auth", setting.app.provider)).unwrap();
    url.query_pairs_mut()
        .append_pair("client_id", client_id)
        .append_pair("request_uri", answer.text("request_uri"));
    url.into()
}

#[tokio::test]
async fn a_pushed_request_is_used_once_by_its_client_and_soon() {
    let setting = setting().await;
    let own = setting.app.demo.client_id.clone();
    let answer = push(&setting, &[("scope", "openid")]).await;
    assert_eq!((answer.status.as_u16(), &answer.body["expires_in"]), (201, &json!(60)));
    // Parameters in the address change nothing.
    let address = format!("{}&scope=openid+phone&state=other", pushed(&setting, &own, &answer));
    let (other, ..) = setting.app.another_client().await;
    let foreign = pushed(&setting, &other, &answer);
    let travel = async |address: &str| setting.travel(&mut setting.browser(), address).await;
    assert_eq!(travel(&foreign).await, End::Page(400));
    let End::Code(code) = travel(&address).await else { panic!() };
    assert_eq!(setting.redeem(&code).await.get("phone_number"), None);
    assert_eq!(travel(&address).await, End::Page(400), "once");

    let late = push(&setting, &[]).await;
    setting.app.clock.advance(Duration::from_secs(60));
    assert_eq!(travel(&pushed(&setting, &own, &late)).await, End::Page(400));
}

#[tokio::test]
async fn a_pushed_request_is_refused_where_the_endpoint_would_refuse_it() {
    let setting = setting().await;
    for (changes, expected) in [
        (vec![("redirect_uri", "https://evil.example/")], "invalid_request"),
        (vec![("redirect_uri", "")], "invalid_request"),
        (vec![("scope", "email")], "invalid_scope"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("request_uri", "urn:x")], "invalid_request"),
        (vec![("acr_values", "urn:transmit:x_direct")], "unmet_authentication_requirements"),
    ] {
        let refused = push(&setting, &changes).await;
        assert_eq!((refused.status.as_u16(), refused.error()), (400, expected), "{changes:?}");
    }
    let stranger = setting.app.form("/oidc/request", &[("client_id", "nobody")]).await;
    assert_eq!((stranger.status.as_u16(), stranger.error()), (401, "invalid_client"));
}

/// Changes the demo's client.
async fn change(app: &TestApp, body: Value) {
    let token = app.client_token().await;
    let path = format!("/v1/clients/{}", app.demo.client_id);
    let changed = app.call(Method::PUT, &path, &token, Some(body)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
}

#[tokio::test]
async fn a_client_that_has_to_push_its_requests_has_no_other_way() {
    let setting = two().await;
    change(&setting.app, json!({"enforce_par": true})).await;
    let end = setting.sign_in(&mut setting.browser()).await;
    assert_eq!(end, End::Error("invalid_request".into()));
    let hosted = format!(
        "{}/v1/auth/idp?client_id={}&redirect_uri={}",
        setting.app.provider,
        setting.app.demo.client_id,
        setting.redirect_uri()
    );
    assert_eq!(setting.app.http.get(hosted).send().await.unwrap().status(), 400);
    // Neither has the page on which the customer chooses.
    let answer = push(&setting, &[("acr_values", "")]).await;
    let mut browser = setting.browser();
    let address = pushed(&setting, &setting.app.demo.client_id, &answer);
    let page = browser.get_once(&address).await;
    let end = choose(&setting, &mut browser, &page, "other").await;
    assert!(matches!(end, End::Code(_)), "{end:?}");
}

#[tokio::test]
async fn a_native_application_listens_on_the_port_that_is_free() {
    let setting = setting().await;
    change(
        &setting.app,
        json!({
            "client_type": "native",
            "pkce": "enforcePkceInsteadOfClientCredentials",
            "redirect_uris": ["http://127.0.0.1/back"],
        }),
    )
    .await;
    let own = setting.app.demo.client_id.as_str();
    let end = "http://127.0.0.1:51004/back";
    let request = setting.request(&[("redirect_uri", end)]);
    let address = setting.browser().travel(&request, end).await.unwrap();
    let End::Code(code) = setting.end(&address) else { panic!("{address}") };
    let elsewhere = setting.request(&[("redirect_uri", "http://127.0.0.1:51004/other")]);
    assert_eq!(setting.travel(&mut setting.browser(), &elsewhere).await, End::Page(400));

    // Without a secret, from the code to the end of the token.
    let verifier = "a-verifier-that-is-long-enough-for-the-specification";
    let tokens = setting
        .app
        .form(
            "/oidc/token",
            &[
                ("grant_type", "authorization_code"),
                ("client_id", own),
                ("code", &code),
                ("code_verifier", verifier),
                ("redirect_uri", end),
            ],
        )
        .await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let access = tokens.text("access_token");
    let revoke = [("client_id", own), ("token", access)];
    assert_eq!(setting.app.form("/oidc/token/revocation", &revoke).await.status, 200);
    assert_eq!(setting.app.call(Method::GET, "/oidc/me", access, None).await.status, 401);
    // What is asked about is somebody's secret: that needs one, too.
    let ask = setting.app.form("/oidc/token/introspection", &revoke).await;
    assert_eq!(ask.error(), "invalid_client");
}

/// The document is made when it is first asked for.
#[tokio::test]
async fn the_api_describes_itself_to_sixty_who_ask_at_once() {
    let app = TestApp::start().await;
    let address = format!("{}/openapi.json", app.provider);
    let asked =
        (0..60).map(|_| async { reqwest::get(&address).await.unwrap().text().await.unwrap() });
    let documents = join_all(asked).await;
    assert!(documents.iter().all(|document| *document == documents[0]));
    let document: Value = serde_json::from_str(&documents[0]).unwrap();
    let paths = document["paths"].as_object().unwrap();
    for path in ["/oidc/backchannel", "/auth/{name}/callback", "/.well-known/openid-configuration"]
    {
        assert!(paths.contains_key(path), "{path}");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    assert!(schemas.contains_key("ClientSettings"), "{:?}", schemas.keys());
}

#[tokio::test]
async fn answers_are_kept_by_nobody_but_for_what_is_public() {
    let app = TestApp::start().await;
    let good = app.as_client("/oidc/token", &[("grant_type", "client_credentials")]).await;
    let bad = app.form("/oidc/token", &[("grant_type", "x")]).await;
    let client = app.call(Method::GET, "/v1/clients", good.text("access_token"), None).await;
    for answer in [good, bad, client] {
        assert_eq!(answer.headers[CACHE_CONTROL], "no-store", "{answer:?}");
        assert_eq!(answer.headers[PRAGMA], "no-cache", "{answer:?}");
    }
    for path in [
        "/cis/oidc/jwks",
        "/oidc/.well-known/openid-configuration",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        let answer = app.http.get(format!("{}{path}", app.provider)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()[CACHE_CONTROL], "public, max-age=300", "{path}");
        assert!(!answer.headers().contains_key(PRAGMA), "{path}");
    }
}

#[tokio::test]
async fn an_application_in_the_browser_may_call_what_needs_no_cookie() {
    let app = TestApp::start().await;
    let preflight = async |path: &str| {
        let url = format!("{}{path}", app.provider);
        let request =
            app.http.request(Method::OPTIONS, url).header("origin", "https://app.example");
        let request = request
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let answer = request.send().await.unwrap();
        let allowed = answer.headers().get("access-control-allow-origin").cloned();
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        allowed.map(|origin| origin.to_str().unwrap().to_owned())
    };
    for path in ["/oidc/token", "/cis/oidc/me", "/oidc/token/revocation", "/oidc/jwks"] {
        assert_eq!(preflight(path).await.as_deref(), Some("*"), "{path}");
    }
    assert_eq!(preflight("/.well-known/openid-configuration").await.as_deref(), Some("*"));
    for path in ["/oidc/token/introspection", "/v1/clients", "/v1/auth/webauthn/register/start"] {
        assert_eq!(preflight(path).await, None, "{path}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_there_not_good_or_not_enough_is_told_apart() {
    let app = TestApp::start().await;
    let challenge = |answer: &Answer| answer.headers[WWW_AUTHENTICATE].to_str().unwrap().to_owned();
    let url = format!("{}/oidc/me", app.provider);
    let missing = app.http.get(&url).send().await.unwrap();
    assert_eq!(
        (missing.status().as_u16(), &missing.headers()[WWW_AUTHENTICATE]),
        (401, &"Bearer".parse().unwrap())
    );
    let bad = app.call(Method::GET, "/oidc/me", "x", None).await;
    assert_eq!(
        (bad.status.as_u16(), challenge(&bad).as_str()),
        (401, "Bearer error=\"invalid_token\"")
    );
    let refresh = app.signed_in(ALEX).await.refresh_token.unwrap();
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", "email")];
    let narrow = app.as_client("/oidc/token", &form).await;
    assert_eq!(narrow.body.get("id_token"), None);
    let little = app.call(Method::GET, "/oidc/me", narrow.text("access_token"), None).await;
    let expected = "Bearer error=\"insufficient_scope\", scope=\"openid\"";
    assert_eq!((little.status.as_u16(), challenge(&little).as_str()), (403, expected));
}

//! Signing out at the embedded provider, by the browser.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::json;
use url::Url;

use crate::support::{ALEX, Browser, Page, SAM, TestApp};

const BACK: &str = "https://app.example/goodbye";

async fn app() -> TestApp {
    let app = TestApp::start().await;
    let token = app.client_token().await;
    let path = format!("/v1/clients/{}", app.demo.client_id);
    let body = json!({ "post_logout_redirect_uris": [BACK] });
    assert_eq!(app.call(Method::PUT, &path, &token, Some(body)).await.status, 200);
    app
}

fn browser(app: &TestApp) -> Browser {
    Browser::new(app.provider.clone(), app.http.clone())
}

fn address(app: &TestApp, parameters: &[(&str, &str)]) -> String {
    let url = format!("{}/cis/oidc/session/end", app.provider);
    Url::parse_with_params(&url, parameters).unwrap().into()
}

async fn is_live(app: &TestApp, token: &str) -> bool {
    let asked = app.as_client("/oidc/token/introspection", &[("token", token)]).await;
    asked.body["active"] == json!(true)
}

#[tokio::test]
async fn an_id_token_ends_all_sessions_of_its_user_and_leads_back() {
    let app = app().await;
    let (first, second) = (app.signed_in(ALEX).await, app.signed_in(ALEX).await);
    let sam = app.signed_in(SAM).await.refresh_token.unwrap();
    let hint = first.id_token.unwrap();
    // Long after it has run out.
    app.clock.advance(std::time::Duration::from_secs(7200));
    let parameters =
        [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK), ("state", "s-1")];
    let page = browser(&app).get_once(&address(&app, &parameters)).await;
    assert_eq!((page.status.as_u16(), page.location()), (303, Some(&*format!("{BACK}?state=s-1"))));
    for token in [first.refresh_token.unwrap(), second.refresh_token.unwrap()] {
        assert!(!is_live(&app, &token).await);
        let form = [("grant_type", "refresh_token"), ("refresh_token", &token)];
        assert_eq!(app.as_client("/oidc/token", &form).await.error(), "invalid_grant");
    }
    assert!(is_live(&app, &sam).await);
    let page = browser(&app).get_once(&address(&app, &parameters[..1])).await;
    assert!(page.body.contains("data-page=\"signed-out\""), "{}", page.body);
}

#[tokio::test]
async fn nobody_is_signed_out_or_led_anywhere_without_a_proof() {
    let app = app().await;
    let alex = app.signed_in(ALEX).await;
    let refresh = alex.refresh_token.unwrap();
    let hint = alex.id_token.unwrap();
    let own = app.demo.client_id.as_str();
    let (other, ..) = app.another_client().await;
    for parameters in [
        vec![
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", "https://evil.example/"),
        ],
        vec![("id_token_hint", &hint), ("client_id", &other)],
        vec![("client_id", "nobody")],
        vec![("client_id", &other), ("post_logout_redirect_uri", BACK)],
        vec![("post_logout_redirect_uri", BACK)],
        vec![("client_id", own), ("client_id", own)],
    ] {
        let page = browser(&app).get_once(&address(&app, &parameters)).await;
        assert_eq!((page.status.as_u16(), page.location()), (400, None), "{parameters:?}");
        assert!(page.body.contains("data-page=\"sign-out-refused\""), "{}", page.body);
    }
    // Somebody else's token, an access token, and a word in the address prove nothing.
    let access = alex.access_token.as_str();
    for hint in ["a.b.c", access] {
        let parameters = [("id_token_hint", hint), ("confirmed", "1")];
        let page = browser(&app).get_once(&address(&app, &parameters)).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("data-page=\"sign-out\""), "{}", page.body);
    }
    assert!(is_live(&app, &refresh).await);
}

#[tokio::test]
async fn without_an_id_token_a_person_presses_a_button_first() {
    let app = app().await;
    let own = app.demo.client_id.as_str();
    let parameters = [
        ("client_id", own),
        ("post_logout_redirect_uri", BACK),
        ("state", "\"><b>"),
        ("ui_locales", "ar"),
    ];
    let mut browser = browser(&app);
    let page: Page = browser.get_once(&address(&app, &parameters)).await;
    assert!(page.body.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", page.body);
    assert!(!page.body.contains("<b>"), "{}", page.body);
    let fields = [&parameters[..], &[("confirmed", "1")]].concat();
    let page = browser.post_once("/cis/oidc/session/end", &fields).await;
    assert!(page.location().unwrap().starts_with(BACK), "{page:?}");
}

/// An ID token is handed in when its client's session ends, which may be long after the key that signed it
/// was forgotten.
#[tokio::test]
async fn a_token_whose_key_is_forgotten_signs_nobody_out_and_still_leads_back() {
    let app = app().await;
    let alex = app.signed_in(ALEX).await;
    let hint = alex.id_token.unwrap();
    let (_, signed) = hint.split_once('.').unwrap();
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "forgotten" }).to_string();
    let hint = format!("{}.{signed}", URL_SAFE_NO_PAD.encode(header));
    let mut parameters = vec![
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BACK),
        ("state", "s-1"),
    ];
    let page = browser(&app).get_once(&address(&app, &parameters)).await;
    assert!(page.body.contains("data-page=\"sign-out\""), "{}", page.body);
    let own = app.demo.client_id.as_str();
    let field = format!("name=\"client_id\" value=\"{own}\"");
    assert!(page.body.contains(&field), "{}", page.body);
    let fields = [("client_id", own), parameters[1], parameters[2], ("confirmed", "1")];
    let page = browser(&app).post_once("/cis/oidc/session/end", &fields).await;
    assert_eq!((page.status.as_u16(), page.location()), (303, Some(&*format!("{BACK}?state=s-1"))));
    assert!(is_live(&app, &alex.refresh_token.unwrap()).await);
    // It leads nowhere but to what its client has registered.
    parameters[1].1 = "https://evil.example/";
    let page = browser(&app).get_once(&address(&app, &parameters)).await;
    assert_eq!((page.status.as_u16(), page.location()), (400, None));
}

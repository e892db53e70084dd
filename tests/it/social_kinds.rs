//! Identity providers that are not like the others: Apple, those without ID tokens (Facebook,
//! GitHub, LINE), and accounts that no e-mail address can link.

use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ciba_login::config::{self, UpstreamConfig, UpstreamKind};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use platform::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::social_provider::{End, Setting, setting_with, upstream};
use crate::support::fake_idp::Fault;
use crate::support::{ALEX, Browser, Page, TestApp};

fn denied() -> End {
    End::Error("access_denied".into())
}

fn failed() -> End {
    End::Error("server_error".into())
}

fn unavailable() -> End {
    End::Error("temporarily_unavailable".into())
}

fn key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

fn pem(key: &EcdsaKeyPair) -> String {
    let encoded = STANDARD.encode(key.to_pkcs8v1().unwrap().as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{encoded}\n-----END PRIVATE KEY-----\n")
}

/// Apple, with the key that it has given to the developer.
struct Apple {
    setting: Setting,
    key: EcdsaKeyPair,
    _file: tempfile::NamedTempFile,
}

impl Apple {
    async fn start() -> Self {
        let key = key();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), pem(&key)).unwrap();
        let setting = setting_with(|config, issuer| {
            let apple = UpstreamConfig {
                kind: UpstreamKind::Apple,
                client_secret: None,
                team_id: Some("TEAM123456".into()),
                key_id: Some("KEY1234567".into()),
                key_file: Some(file.path().to_owned()),
                ..upstream(issuer)
            };
            config.upstream.insert("idp".into(), apple);
        })
        .await;
        Self { setting, key, _file: file }
    }

    /// What our client secret says, once its signature is checked.
    fn secret(&self) -> Value {
        let form = self.setting.idp.token_request().form;
        let secret = &form.iter().find(|(name, _)| name == "client_secret").unwrap().1;
        let header = jsonwebtoken::decode_header(secret).unwrap();
        assert_eq!((header.alg, header.kid.as_deref()), (Algorithm::ES256, Some("KEY1234567")));
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let point = &self.key.public_key().as_ref()[1..];
        let (x, y) = point.split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let key = DecodingKey::from_ec_components(&x, &y).unwrap();
        jsonwebtoken::decode::<Value>(secret, &key, &validation).unwrap().claims
    }

    /// From the authorization request to the page with which Apple answers.
    async fn answer(&self, browser: &mut Browser) -> Page {
        let callback = format!("{}/cis/auth/idp/callback", self.setting.app.provider);
        let page = browser.travel(&self.setting.request(&[]), &callback).await.unwrap_err();
        assert_eq!(page.form("/cis/auth/idp/callback").action, callback, "{}", page.body);
        page
    }

    /// Brings the answer: across sites and so without cookies, and once more from our own page.
    async fn bring(&self, browser: &mut Browser, answer: &Page) -> End {
        let form = answer.form("/callback");
        let kept = browser.cookies().clone();
        browser.forget();
        let page = browser.post_cross_site(&form.action, &pairs(&form.hidden)).await;
        browser.take(kept);
        assert_eq!(page.status, 200, "{}", page.body);
        for secret in ["name=\"user\"", "Appleseed"] {
            assert!(!page.body.contains(secret), "what is not needed is not passed on");
        }
        let again = page.forms().remove(0);
        let page = browser.post_once(&form.action, &pairs(&again.hidden)).await;
        match page.location() {
            Some(address) => self.setting.end(address),
            None => End::Page(page.status.as_u16()),
        }
    }

    async fn sign_in(&self) -> End {
        let mut browser = self.setting.browser();
        let answer = self.answer(&mut browser).await;
        self.bring(&mut browser, &answer).await
    }
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[tokio::test]
async fn apple_gets_a_secret_that_we_sign_and_answers_by_form() {
    let apple = Apple::start().await;
    let now = apple.setting.app.clock.unix();
    let End::Code(code) = apple.sign_in().await else { panic!("no code") };
    let claims = apple.setting.redeem(&code).await;
    assert_eq!(claims["sub"], json!(apple.setting.app.demo.users[0].user_id));

    let asked = apple.setting.idp.authorization_request();
    let value = |name: &str| asked.iter().find(|(other, _)| other == name).unwrap().1.as_str();
    assert_eq!(value("response_mode"), "form_post");
    assert_eq!(value("scope"), "openid email");
    assert!(apple.setting.idp.token_request().authorization.is_none(), "Apple takes no header");
    let secret = apple.secret();
    assert_eq!(
        secret,
        json!({
            "iss": "TEAM123456", "sub": "client-at-the-idp", "aud": apple.setting.idp.issuer(),
            "iat": now, "exp": now + 300,
        })
    );
    // None is kept: it would have run out.
    apple.setting.app.clock.advance(Duration::from_secs(3601));
    apple.setting.behave(Fault::None);
    assert!(matches!(apple.sign_in().await, End::Code(_)));
    assert_eq!(apple.secret()["iat"], json!(now + 3601));
}

#[tokio::test]
async fn apples_flags_are_text_and_its_form_proves_no_address() {
    let apple = Apple::start().await;
    for (sub, claims, expected) in [
        ("a", json!({ "email": ALEX, "email_verified": "false" }), denied()),
        // The form's `user` names Alex's address; only the ID token counts.
        ("b", json!({}), denied()),
        (
            "c",
            json!({ "email": "x1y2@privaterelay.appleid.com", "email_verified": true }),
            denied(),
        ),
    ] {
        let mut claims = claims;
        claims["sub"] = json!(sub);
        apple.setting.idp.identify(claims);
        assert_eq!(apple.sign_in().await, expected, "{sub}");
    }
    apple.setting.idp.identify(json!({ "email": ALEX, "email_verified": "true" }));
    assert!(matches!(apple.sign_in().await, End::Code(_)));
}

#[tokio::test]
async fn an_answer_by_form_misbehaves_in_vain() {
    let apple = Apple::start().await;
    for (fault, expected) in [
        (Fault::WrongIssuer, failed()),
        (Fault::WrongAudience, failed()),
        (Fault::WrongNonce, failed()),
        (Fault::MissingNonce, failed()),
        (Fault::AlgorithmNone, failed()),
        (Fault::Hs256WithThePublicKey, failed()),
        (Fault::Expired, failed()),
        (Fault::NoIdToken, failed()),
        (Fault::TokenEndpointRefuses, failed()),
        (Fault::TokenEndpointFails, unavailable()),
        (Fault::MixedUpIssuer, failed()),
        (Fault::Denies, denied()),
        (Fault::DeniesInApplesWord, denied()),
        (Fault::ForgetsTheCode, failed()),
        (Fault::InventsTheState, End::Page(400)),
    ] {
        apple.setting.app.clock.advance(Duration::from_secs(3601));
        apple.setting.behave(fault);
        assert_eq!(apple.sign_in().await, expected, "{fault:?}");
    }

    // Replayed, and in the browser of somebody else who is on the way, too.
    apple.setting.app.clock.advance(Duration::from_secs(3601));
    apple.setting.behave(Fault::None);
    let mut stranger = apple.setting.browser();
    apple.answer(&mut stranger).await;
    let mut browser = apple.setting.browser();
    let answer = apple.answer(&mut browser).await;
    assert_eq!(apple.bring(&mut stranger, &answer).await, End::Page(400));
    let cookies = browser.cookies().clone();
    assert!(matches!(apple.bring(&mut browser, &answer).await, End::Code(_)));
    browser.take(cookies);
    assert_eq!(apple.bring(&mut browser, &answer).await, failed());
}

fn plain_upstream(issuer: &str) -> UpstreamConfig {
    let at = |place: &str| Some(format!("{issuer}/{place}").parse().unwrap());
    UpstreamConfig {
        kind: UpstreamKind::Oauth2,
        issuer: None,
        authorization_url: at("authorize"),
        token_url: at("token"),
        userinfo_url: at("userinfo"),
        ..upstream(issuer)
    }
}

/// A provider of plain OAuth 2: its answer has no ID token that counts.
async fn plain(scopes: &[&str]) -> Setting {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let setting = setting_with(|config, issuer| {
        config.upstream.insert("idp".into(), UpstreamConfig { scopes, ..plain_upstream(issuer) });
    })
    .await;
    setting.behave(Fault::SilentAboutItsIssuer);
    setting
}

impl Setting {
    /// The client's own call about a customer's accounts elsewhere.
    async fn accounts(&self, method: Method, user_id: &str, rest: &str, sub: &str) -> (u16, Value) {
        let token = self.app.client_token().await;
        let path = format!("/v1/users/{user_id}/social-accounts{rest}");
        let body = (method == Method::PUT).then(|| json!({ "sub": sub }));
        let answer = self.app.call(method, &path, &token, body).await;
        (answer.status.as_u16(), answer.body)
    }

    async fn link(&self, user_id: &str, sub: &str) -> u16 {
        self.accounts(Method::PUT, user_id, "/idp", sub).await.0
    }
}

#[tokio::test]
async fn an_account_without_an_id_token_is_known_once_its_client_has_linked_it() {
    // Facebook, GitHub and LINE, each as its own answers look.
    for (scopes, account, sub) in [
        (&["public_profile"][..], json!({ "id": "10157", "email": ALEX }), "10157"),
        (&[], json!({ "id": 583_231, "login": "octocat", "email": ALEX }), "583231"),
        (&["openid", "profile"], json!({ "sub": "U4af4", "name": "Alex" }), "U4af4"),
    ] {
        let setting = plain(scopes).await;
        let alex = setting.app.demo.users[0].user_id.clone();
        setting.idp.describe(account);
        // LINE's ID token for the web is signed like this. It is not looked at.
        setting.behave(Fault::Hs256WithThePublicKey);
        // An address that nobody has verified links nothing.
        assert_eq!(setting.sign_in(&mut setting.browser()).await, denied());
        assert_eq!(setting.link(&alex, sub).await, 204);
        let End::Code(code) = setting.sign_in(&mut setting.browser()).await else { panic!() };
        assert_eq!(setting.redeem(&code).await["sub"], json!(alex));

        let asked = setting.idp.authorization_request();
        let value = |name: &str| asked.iter().find(|(other, _)| other == name);
        assert_eq!(
            value("scope").map(|(_, value)| value.clone()).unwrap_or_default(),
            scopes.join(" ")
        );
        assert!(value("nonce").is_none() && value("code_challenge").is_some());
        let exchange = setting.idp.token_request();
        assert!(exchange.authorization.is_none(), "the secret is in the body");
        assert!(exchange.form.contains(&("client_secret".into(), "secret".into())));
        assert_eq!(setting.idp.bearer().as_deref(), Some("Bearer an-access-token"));
    }
}

#[tokio::test]
async fn an_address_of_the_account_endpoint_counts_where_it_is_verified_and_trusted() {
    let setting = plain(&[]).await;
    setting.idp.describe(json!({ "id": "1", "email": ALEX, "email_verified": true }));
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
}

#[tokio::test]
async fn an_identity_provider_that_refuses_pkce_is_asked_without_it() {
    for refuses_pkce in [false, true] {
        let setting = setting_with(|config, issuer| {
            let plain = UpstreamConfig { refuses_pkce, ..plain_upstream(issuer) };
            config.upstream.insert("idp".into(), plain);
        })
        .await;
        setting.idp.describe(json!({ "sub": "782bbtaQ", "email": ALEX, "email_verified": true }));
        setting.behave(Fault::TokenEndpointRefusesPkce);
        let end = setting.sign_in(&mut setting.browser()).await;
        assert_eq!(matches!(end, End::Code(_)), refuses_pkce, "{end:?}");
    }
}

#[tokio::test]
async fn an_identity_provider_without_openid_asks_anew_in_its_own_words() {
    let setting = setting_with(|config, issuer| {
        let at = |place: &str| Some(format!("{issuer}/{place}").parse().unwrap());
        let plain = UpstreamConfig {
            kind: UpstreamKind::Oauth2,
            issuer: None,
            authorization_url: at("authorize"),
            token_url: at("token"),
            userinfo_url: at("userinfo"),
            anew: [("auth_type".to_owned(), "reauthenticate".to_owned())].into(),
            ..upstream(issuer)
        };
        config.upstream.insert("idp".into(), plain);
    })
    .await;
    for (prompt, expected) in [(None, false), (Some(("prompt", "login")), true)] {
        let request = setting.request(&prompt.into_iter().collect::<Vec<_>>());
        let address = setting.browser().travel(&request, &setting.idp.issuer()).await.unwrap();
        assert_eq!(address.contains("auth_type=reauthenticate"), expected, "{address}");
    }
}

#[tokio::test]
async fn an_account_that_was_taken_away_is_not_linked_again_by_its_address() {
    let setting = plain(&[]).await;
    let alex = setting.app.demo.users[0].user_id.clone();
    setting.idp.describe(json!({ "id": "1", "email": ALEX, "email_verified": true }));
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
    let (_, listed) = setting.accounts(Method::GET, &alex, "", "").await;
    let iss = listed["result"][0]["iss"].as_str().unwrap().to_owned();
    // By the name under which it is filed, as where its identity provider is configured no more.
    let iss: String = url::form_urlencoded::byte_serialize(iss.as_bytes()).collect();
    assert_eq!(setting.accounts(Method::DELETE, &alex, &format!("/{iss}"), "").await.0, 204);
    assert_eq!(setting.accounts(Method::DELETE, &alex, &format!("/{iss}"), "").await.0, 404);
    assert_eq!(setting.sign_in(&mut setting.browser()).await, denied());
    assert_eq!(setting.link(&alex, "1").await, 204);
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
    // And again: the note is made anew.
    assert_eq!(setting.accounts(Method::DELETE, &alex, "/idp", "").await.0, 204);
    assert_eq!(setting.sign_in(&mut setting.browser()).await, denied());
}

#[tokio::test]
async fn an_account_endpoint_that_misbehaves_signs_nobody_in() {
    let setting = plain(&[]).await;
    let alex = setting.app.demo.users[0].user_id.clone();
    assert_eq!(setting.link(&alex, "1").await, 204);
    let account = json!({ "id": "1" });
    for (fault, expected) in [
        (Fault::AccountEndpointFails, unavailable()),
        (Fault::AccountEndpointRefuses, failed()),
        (Fault::AccountEndpointSendsHtml, failed()),
        (Fault::AccountEndpointRedirects, failed()),
        (Fault::AccountEndpointIsSlow, unavailable()),
        (Fault::AccountEndpointIsEndless, unavailable()),
        (Fault::TokenEndpointFails, unavailable()),
        (Fault::TokenEndpointRefuses, failed()),
        (Fault::TokenEndpointRefusesWithSuccess, failed()),
        (Fault::TokenEndpointSendsHtml, failed()),
        (Fault::TokenEndpointRedirects, failed()),
        (Fault::Denies, denied()),
        (Fault::FailsInTheRedirect, failed()),
        (Fault::ForgetsTheCode, failed()),
        (Fault::InventsTheState, End::Page(400)),
        (Fault::RepeatsTheState, End::Page(400)),
    ] {
        setting.behave(fault);
        setting.idp.describe(account.clone());
        assert_eq!(setting.sign_in(&mut setting.browser()).await, expected, "{fault:?}");
    }
    setting.behave(Fault::SilentAboutItsIssuer);
    let long = "1".repeat(256);
    for account in [
        json!({}),
        json!([]),
        json!("1"),
        json!({ "id": null }),
        json!({ "id": "" }),
        json!({ "id": ["1"] }),
        json!({ "id": long }),
        // Another account's, and one that only looks alike.
        json!({ "id": "2" }),
        json!({ "id": 1.5 }),
    ] {
        setting.idp.describe(account.clone());
        let end = setting.sign_in(&mut setting.browser()).await;
        assert!(end == failed() || end == denied(), "{account}: {end:?}");
    }
    setting.idp.describe(account);
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
}

#[tokio::test]
async fn an_openid_providers_account_endpoint_may_add_an_address_of_the_same_person_only() {
    let setting = setting_with(|_, _| {}).await;
    setting.idp.identify(json!({}));
    for (account, is_alex) in [
        (json!({ "sub": "another", "email": ALEX, "email_verified": true }), false),
        (json!({ "email": ALEX, "email_verified": true }), false),
        (json!({ "sub": "somebody", "email": ALEX, "email_verified": false }), false),
        (json!({ "sub": "somebody", "email": ALEX }), false),
        (json!({ "sub": "somebody", "email": ALEX, "email_verified": true }), true),
    ] {
        setting.app.clock.advance(Duration::from_secs(3601));
        setting.behave(Fault::None);
        setting.idp.describe(account.clone());
        let end = setting.sign_in(&mut setting.browser()).await;
        assert_eq!(matches!(end, End::Code(_)), is_alex, "{account}: {end:?}");
    }
}

#[tokio::test]
async fn an_address_of_which_the_token_does_not_say_whether_it_is_verified_is_asked_for() {
    let setting = setting_with(|_, _| {}).await;
    setting.idp.describe(json!({ "sub": "somebody", "email": ALEX, "email_verified": true }));
    // What the token says stands.
    setting.idp.identify(json!({ "email": ALEX, "email_verified": false }));
    setting.behave(Fault::None);
    assert_eq!(setting.sign_in(&mut setting.browser()).await, denied());
    setting.idp.identify(json!({ "email": ALEX }));
    let end = setting.sign_in(&mut setting.browser()).await;
    assert!(matches!(end, End::Code(_)), "{end:?}");
}

#[tokio::test]
async fn an_account_endpoint_that_signs_is_believed_where_the_signature_is_its_issuers_for_us() {
    let setting = setting_with(|_, _| {}).await;
    setting.idp.identify(json!({}));
    setting.idp.describe(json!({ "sub": "somebody", "email": ALEX, "email_verified": true }));
    for fault in [
        Fault::AccountEndpointEncrypts,
        Fault::AccountEndpointSignsWithAnotherKey,
        Fault::AccountEndpointSignsForSomebodyElse,
    ] {
        setting.behave(fault);
        assert_eq!(setting.sign_in(&mut setting.browser()).await, failed(), "{fault:?}");
    }
    setting.behave(Fault::AccountEndpointSigns);
    setting.idp.describe(json!({ "sub": "another", "email": ALEX, "email_verified": true }));
    assert_eq!(setting.sign_in(&mut setting.browser()).await, failed());
    setting.idp.describe(json!({ "sub": "somebody", "email": ALEX, "email_verified": true }));
    let end = setting.sign_in(&mut setting.browser()).await;
    assert!(matches!(end, End::Code(_)), "{end:?}");
}

#[tokio::test]
async fn an_account_is_linked_listed_and_taken_away_by_the_client_alone() {
    let setting = plain(&[]).await;
    let app = &setting.app;
    let (alex, sam) = (app.demo.users[0].user_id.as_str(), app.demo.users[1].user_id.as_str());
    assert_eq!(setting.link(alex, "1").await, 204);
    assert_eq!(setting.link(alex, "1").await, 204, "once more changes nothing");
    // It does not change hands, and nobody has two.
    assert_eq!(setting.link(sam, "1").await, 409);
    assert_eq!(setting.link(alex, "2").await, 409);
    let (status, body) = setting.accounts(Method::GET, alex, "", "").await;
    let created_at = "2026-11-22T12:00:00Z";
    let expected = json!({ "iss": setting.idp.issuer(), "sub": "1", "created_at": created_at });
    assert_eq!((status, &body["result"]), (200, &json!([expected])));

    for (user_id, rest, sub, expected) in [
        ("nobody", "/idp", "3", 404),
        (alex, "/other", "3", 404),
        (sam, "/idp", "", 400),
        (sam, "/idp", "\u{7f}", 400),
    ] {
        let (status, body) = setting.accounts(Method::PUT, user_id, rest, sub).await;
        assert_eq!(status, expected, "{body}");
    }
    assert_eq!(setting.accounts(Method::GET, "nobody", "", "").await.0, 404);

    setting.idp.describe(json!({ "id": "1" }));
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
    assert_eq!(setting.accounts(Method::DELETE, sam, "/idp", "").await.0, 404);
    assert_eq!(setting.accounts(Method::DELETE, alex, "/idp", "").await.0, 204);
    assert_eq!(setting.sign_in(&mut setting.browser()).await, denied());
    assert_eq!(setting.link(sam, "1").await, 204);

    let of_user = app.sign_in(ALEX).await["access_token"].as_str().unwrap().to_owned();
    for token in ["", "garbage", &of_user] {
        let path = format!("/v1/users/{alex}/social-accounts/idp");
        let body = json!({ "sub": "9" });
        let answer = app.call(Method::PUT, &path, token, Some(body)).await;
        assert_eq!(answer.status, 401, "a customer links nothing by this way: {answer:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_cannot_be_asked_for_its_name_gets_no_account() {
    let setting = setting_with(|_, _| {}).await;
    setting.behave(Fault::DiscoveryFails);
    let alex = setting.app.demo.users[0].user_id.clone();
    assert_eq!(setting.link(&alex, "1").await, 503);
    setting.behave(Fault::None);
    assert_eq!(setting.link(&alex, "somebody").await, 204);
    setting.idp.identify(json!({}));
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
}

/// What docs/social-login.md says is a configuration, section by section.
#[tokio::test]
async fn the_manual_sets_up_each_identity_provider_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["google", "id", "facebook", "line", "linkedin", "github"] {
        std::fs::write(folder.path().join(name), "a secret").unwrap();
    }
    std::fs::write(folder.path().join("apple.p8"), pem(&key())).unwrap();
    let manual = include_str!("../../docs/social-login.md");
    let manual = manual.replace("/run/secrets", folder.path().to_str().unwrap());
    let examples = manual.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut names = Vec::new();
    for example in examples.filter(|example| example.contains("[upstream.")) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("[demo]\nenabled = true\n{example}")).unwrap();
        let written = config::load(Some(file.path()), &config::Environment::new()).unwrap();
        let button = &written.sign_in.social[0];
        let (name, upstream) = written.upstream.first_key_value().unwrap();
        assert_eq!(&button.name, name);
        names.push(name.clone());

        // It starts with it, and those that are not discovered are where customers are sent.
        let app = TestApp::start_with(|config| {
            config.sign_in.social = written.sign_in.social.clone();
            config.upstream = written.upstream.clone();
        })
        .await;
        let Some(there) = &upstream.authorization_url else { continue };
        let link = format!("{}/login?auth_req_id=abc&binding_message=CASE-1", app.site);
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert!(page.body.contains(&format!(">{}</bdi>", button.label)), "{}", page.body);
        let start = format!("{}/social/{name}", page.path);
        let address = browser.follow_link(&start, there.as_str()).await.unwrap();
        let asked = Url::parse(&address).unwrap();
        let callback = format!("{}/cis/auth/{name}/callback", app.provider);
        let has =
            |name: &str, value: &str| asked.query_pairs().any(|(n, v)| n == name && v == value);
        assert!(
            has("redirect_uri", &callback) && has("client_id", &upstream.client_id),
            "{address}"
        );
    }
    assert_eq!(names, ["google", "apple", "id", "facebook", "line", "linkedin", "github"]);
}

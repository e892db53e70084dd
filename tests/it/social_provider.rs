//! Social login at the embedded provider: the authorization endpoint, well-behaved and misbehaving
//! identity providers, and the way back to the client.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciba_login::config::{Config, Secret, UpstreamConfig, UpstreamKind};
use platform::clock::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::support::fake_idp::{FakeIdp, Fault};
use crate::support::{Browser, TestApp};

const CLIENT: &str = "client-at-the-idp";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-specification";

/// The embedded provider with one identity provider behind it.
pub struct Setting {
    pub app: TestApp,
    pub idp: FakeIdp,
}

pub fn upstream(issuer: &str) -> UpstreamConfig {
    UpstreamConfig {
        kind: UpstreamKind::Openid,
        issuer: Some(issuer.parse().unwrap()),
        authorization_url: None,
        token_url: None,
        userinfo_url: None,
        client_id: CLIENT.into(),
        client_secret: Some(Secret::new("secret")),
        client_secret_file: None,
        scopes: Vec::new(),
        team_id: None,
        key_id: None,
        key_file: None,
        trust_verified_email: true,
        refuses_pkce: false,
        anew: std::collections::BTreeMap::new(),
    }
}

async fn setting() -> Setting {
    setting_with(|_, _| {}).await
}

pub async fn setting_with(change: impl FnOnce(&mut Config, &str)) -> Setting {
    let idp = FakeIdp::start(CLIENT).await;
    let app = TestApp::start_with(|config| {
        config.upstream.insert("idp".into(), upstream(&idp.issuer()));
        // An identity provider that is slow is not waited for.
        config.provider.timeout = 1;
        change(config, &idp.issuer());
    })
    .await;
    let setting = Setting { app, idp };
    setting.behave(Fault::None);
    setting.idp.identify(json!({ "email": "alex@example.com", "email_verified": true }));
    setting
}

/// How a journey to `/oidc/auth` has ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Code(String),
    Error(String),
    Page(u16),
}

impl Setting {
    pub fn behave(&self, fault: Fault) {
        self.idp.misbehave(fault, self.app.clock.unix());
    }

    pub fn redirect_uri(&self) -> String {
        format!("{}/social/callback", self.app.site)
    }

    /// The address of an authorization request, with parameters replaced or (`""`) removed.
    pub fn request(&self, changes: &[(&str, &str)]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let redirect_uri = self.redirect_uri();
        let mut parameters = vec![
            ("client_id", self.app.demo.client_id.as_str()),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "client-state"),
            ("nonce", "client-nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("acr_values", "urn:transmit:idp_direct"),
            ("createNewUser", "false"),
        ];
        for (name, value) in changes {
            parameters.retain(|(other, _)| other != name);
            parameters.push((name, value));
        }
        parameters.retain(|(_, value)| !value.is_empty());
        let mut url = Url::parse(&format!("{}/cis/oidc/auth", self.app.provider)).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        url.into()
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.app.provider.clone(), self.app.http.clone())
    }

    pub async fn sign_in(&self, browser: &mut Browser) -> End {
        self.travel(browser, &self.request(&[])).await
    }

    pub async fn travel(&self, browser: &mut Browser, from: &str) -> End {
        match browser.travel(from, &self.redirect_uri()).await {
            Ok(address) => self.end(&address),
            Err(page) => End::Page(page.status.as_u16()),
        }
    }

    pub fn end(&self, address: &str) -> End {
        let url = Url::parse(address).unwrap();
        let value = |name: &str| {
            let found = url.query_pairs().find(|(other, _)| other == name);
            found.map(|(_, value)| value.into_owned())
        };
        assert_eq!(value("state").as_deref(), Some("client-state"), "{address}");
        assert_eq!(value("iss").as_deref(), Some(self.app.provider.as_str()), "{address}");
        match (value("code"), value("error")) {
            (Some(code), None) => End::Code(code),
            (None, Some(error)) => End::Error(error),
            _ => panic!("neither a code nor an error, or both: {address}"),
        }
    }

    async fn exchange(&self, code: &str, verifier: Option<&str>) -> (u16, Value) {
        let redirect_uri = self.redirect_uri();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", self.app.demo.client_id.as_str()),
            ("client_secret", self.app.demo.client_secret.as_str()),
            ("redirect_uri", &redirect_uri),
            ("code", code),
        ];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let url = format!("{}/oidc/token", self.app.provider);
        let answer = self.app.http.post(url).form(&form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn redeem(&self, code: &str) -> Value {
        let (status, tokens) = self.exchange(code, Some(VERIFIER)).await;
        assert_eq!(status, 200, "{tokens}");
        let id_token = tokens["id_token"].as_str().unwrap();
        let claims = URL_SAFE_NO_PAD.decode(id_token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&claims).unwrap()
    }
}

#[tokio::test]
async fn a_customer_is_known_by_a_trusted_address_once_and_by_the_account_from_then_on() {
    let setting = setting().await;
    let alex = &setting.app.demo.users[0];
    let End::Code(code) = setting.sign_in(&mut setting.browser()).await else { panic!() };
    let claims = setting.redeem(&code).await;
    assert_eq!(claims["sub"], json!(alex.user_id));
    assert_eq!(claims["nonce"], "client-nonce");
    assert_eq!(claims["amr"], json!(["social"]));

    // The account is linked: its address has no meaning any more, not even that of another customer.
    let sam = &setting.app.demo.users[1].email;
    setting.idp.identify(json!({ "email": sam, "email_verified": true }));
    let End::Code(code) = setting.sign_in(&mut setting.browser()).await else { panic!() };
    assert_eq!(setting.redeem(&code).await["sub"], json!(alex.user_id));
}

#[tokio::test]
async fn a_mailbox_that_changed_hands_does_not_bring_the_account_with_it() {
    let setting = setting().await;
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
    setting.idp.identify(json!({
        "sub": "the-next-owner", "email": "alex@example.com", "email_verified": true,
    }));
    let end = setting.sign_in(&mut setting.browser()).await;
    assert_eq!(end, End::Error("access_denied".into()));
}

#[tokio::test]
async fn the_unknown_and_the_unlinked_cannot_be_told_apart() {
    let setting = setting().await;
    let stranger = "stranger@example.net";
    let mut answers = Vec::new();
    for claims in [
        json!({ "sub": "a", "email": stranger, "email_verified": true }),
        json!({ "sub": "b", "email": "alex@example.com", "email_verified": false }),
        json!({ "sub": "c", "email": "alex@example.com" }),
        json!({ "sub": "d" }),
        json!({ "sub": "e", "email": "no address", "email_verified": true }),
    ] {
        setting.idp.identify(claims);
        let address =
            setting.browser().travel(&setting.request(&[]), &setting.redirect_uri()).await.unwrap();
        assert!(matches!(setting.end(&address), End::Error(error) if error == "access_denied"));
        answers.push(address);
    }
    // Somebody who cancels sees the same, too.
    setting.behave(Fault::Denies);
    let cancelled = setting.browser().travel(&setting.request(&[]), &setting.redirect_uri()).await;
    answers.push(cancelled.unwrap());
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(!answers[0].contains("email"));
}

#[tokio::test]
async fn an_address_is_believed_only_where_the_configuration_says_so() {
    let setting = setting_with(|config, issuer| {
        let upstream = UpstreamConfig { trust_verified_email: false, ..upstream(issuer) };
        config.upstream.insert("idp".into(), upstream);
    })
    .await;
    let end = setting.sign_in(&mut setting.browser()).await;
    assert_eq!(end, End::Error("access_denied".into()));
}

#[tokio::test]
async fn a_misbehaving_identity_provider_signs_nobody_in() {
    let setting = setting().await;
    let failed = || End::Error("server_error".into());
    let unavailable = || End::Error("temporarily_unavailable".into());
    let cases = [
        (Fault::WrongIssuer, failed()),
        (Fault::WrongAudience, failed()),
        (Fault::ForeignAuthorizedParty, failed()),
        (Fault::SeveralAudiencesWithoutParty, failed()),
        (Fault::WrongNonce, failed()),
        (Fault::MissingNonce, failed()),
        (Fault::AlgorithmNone, failed()),
        (Fault::Hs256WithThePublicKey, failed()),
        (Fault::Expired, failed()),
        (Fault::FromTheFuture, failed()),
        (Fault::UnknownKey, failed()),
        (Fault::ForeignSignature, failed()),
        (Fault::WrongAtHash, failed()),
        (Fault::MissingSubject, failed()),
        (Fault::NoIdToken, failed()),
        (Fault::GarbageIdToken, failed()),
        (Fault::TokenEndpointFails, unavailable()),
        (Fault::TokenEndpointRefuses, failed()),
        (Fault::TokenEndpointRefusesOddly, failed()),
        (Fault::TokenEndpointSendsHtml, failed()),
        (Fault::TokenEndpointRedirects, failed()),
        (Fault::TokenEndpointIsSlow, unavailable()),
        (Fault::TokenEndpointIsEndless, unavailable()),
        (Fault::KeysFail, unavailable()),
        (Fault::KeysAreHtml, failed()),
        (Fault::KeysRedirect, failed()),
        (Fault::DiscoveryFails, unavailable()),
        (Fault::DiscoveryIsHtml, failed()),
        (Fault::DiscoveryRedirects, failed()),
        (Fault::DiscoveryOfAnotherIssuer, failed()),
        (Fault::DiscoveryLeadsBehindTheFirewall, failed()),
        (Fault::MixedUpIssuer, failed()),
        (Fault::SilentAboutItsIssuer, failed()),
        (Fault::Denies, End::Error("access_denied".into())),
        (Fault::DeniesWithoutItsIssuer, End::Error("access_denied".into())),
        (Fault::WantsLogin, End::Error("login_required".into())),
        (Fault::FailsInTheRedirect, failed()),
        (Fault::ForgetsTheCode, failed()),
        (Fault::InventsTheState, End::Page(400)),
        (Fault::RepeatsTheState, End::Page(400)),
    ];
    for (fault, expected) in cases {
        // What was held of its document and its keys has run out, for an outage, too.
        setting.app.clock.advance(Duration::from_secs(6 * 3600 + 1));
        setting.behave(fault);
        let end = setting.sign_in(&mut setting.browser()).await;
        assert_eq!(end, expected, "{fault:?}");
    }
    // After all of that an honest answer is still taken.
    setting.app.clock.advance(Duration::from_secs(3601));
    setting.behave(Fault::None);
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
}

#[tokio::test]
async fn a_mixed_up_answer_shows_its_code_to_nobody() {
    let setting = setting().await;
    setting.behave(Fault::MixedUpIssuer);
    setting.sign_in(&mut setting.browser()).await;
    assert_eq!(setting.idp.exchanges(), 0);
}

#[tokio::test]
async fn a_key_that_was_rotated_is_found() {
    let setting = setting().await;
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
    setting.idp.rotate();
    setting.app.clock.advance(Duration::from_secs(31));
    setting.behave(Fault::None);
    assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
}

#[tokio::test]
async fn an_answer_counts_once_and_only_in_the_browser_that_asked() {
    let setting = setting().await;
    let mut browser = setting.browser();
    let callback = format!("{}/cis/auth/idp/callback", setting.app.provider);
    let answer = browser.travel(&setting.request(&[]), &callback).await.unwrap();

    let foreign = setting.travel(&mut setting.browser(), &answer).await;
    assert_eq!(foreign, End::Page(400));
    // Somebody keeps the cookies and comes twice.
    let cookies = browser.cookies().clone();
    assert!(matches!(setting.travel(&mut browser, &answer).await, End::Code(_)));
    assert_eq!(setting.travel(&mut browser, &answer).await, End::Page(400));
    browser.take(cookies);
    // The client is known again, and has a way on for its customer.
    assert_eq!(setting.travel(&mut browser, &answer).await, End::Error("server_error".into()));
    assert_eq!(setting.idp.exchanges(), 1);
}

#[tokio::test]
async fn whoever_is_linked_by_an_address_is_told_once() {
    let setting = setting().await;
    for _ in 0..2 {
        assert!(matches!(setting.sign_in(&mut setting.browser()).await, End::Code(_)));
    }
    // The mail keeps nobody waiting, so it may come a moment later.
    let mut mails = Vec::new();
    for _ in 0..100 {
        mails = setting.app.outbox().await;
        if !mails.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0]["to"], "alex@example.com");
    assert!(mails[0]["text"].as_str().unwrap().contains("was linked to your account"), "{mails:?}");
    assert_eq!(mails[0]["links"], json!([]));
}

#[tokio::test]
async fn an_answer_comes_within_ten_minutes_or_not_at_all() {
    let setting = setting().await;
    let mut browser = setting.browser();
    let callback = format!("{}/cis/auth/idp/callback", setting.app.provider);
    let answer = browser.travel(&setting.request(&[]), &callback).await.unwrap();
    setting.app.clock.advance(Duration::from_secs(601));
    assert_eq!(setting.travel(&mut browser, &answer).await, End::Page(400));
}

#[tokio::test]
async fn one_identity_providers_answer_is_nothing_at_anothers_address() {
    let setting = setting_with(|config, issuer| {
        config.upstream.insert("other".into(), upstream(issuer));
    })
    .await;
    let mut browser = setting.browser();
    let callback = format!("{}/cis/auth/idp/callback", setting.app.provider);
    let answer = browser.travel(&setting.request(&[]), &callback).await.unwrap();
    let elsewhere = answer.replace("/auth/idp/", "/auth/other/");
    assert_eq!(setting.travel(&mut browser, &elsewhere).await, End::Page(400));
    assert_eq!(setting.idp.exchanges(), 0);
}

#[tokio::test]
async fn an_answer_by_form_is_sent_once_more_from_our_own_page() {
    let setting = setting().await;
    let mut browser = setting.browser();
    let callback = format!("{}/cis/auth/idp/callback", setting.app.provider);
    let answer = browser.travel(&setting.request(&[]), &callback).await.unwrap();
    let answer = Url::parse(&answer).unwrap();
    let fields: Vec<(String, String)> = answer.query_pairs().into_owned().collect();
    let fields: Vec<_> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();

    // A cross-site POST brings no Lax cookie.
    let page = setting.browser().post_cross_site(&callback, &fields).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").contains("script-src 'sha256-"));
    assert!(page.body.contains("data-page=\"moment\""));
    let mut again = fields.clone();
    for (name, value) in &fields {
        assert!(page.body.contains(&format!("name=\"{name}\"")), "{}", page.body);
        assert!(page.body.contains(value), "{}", page.body);
    }
    again.push(("again", "1"));

    // Sent from there, it brings the cookie, or it ends.
    let lost = setting.browser().post_once(&callback, &again).await;
    assert_eq!(lost.status, 400);
    let page = browser.post_once(&callback, &again).await;
    assert!(matches!(setting.end(page.location().unwrap()), End::Code(_)));
}

#[tokio::test]
async fn the_authorization_endpoint_says_what_is_wrong_to_whom_it_may_be_said() {
    let setting = setting().await;
    let long = "x".repeat(513);
    for (changes, expected) in [
        (vec![("client_id", "nobody")], End::Page(400)),
        (vec![("client_id", "")], End::Page(400)),
        (vec![("redirect_uri", "https://evil.example/")], End::Page(400)),
        (vec![("redirect_uri", "")], End::Page(400)),
        (vec![("response_type", "")], End::Error("invalid_request".into())),
        (vec![("response_type", "token")], End::Error("unsupported_response_type".into())),
        (vec![("response_mode", "fragment")], End::Error("invalid_request".into())),
        (vec![("scope", "email")], End::Error("invalid_scope".into())),
        (vec![("nonce", long.as_str())], End::Error("invalid_request".into())),
        (vec![("code_challenge_method", "plain")], End::Error("invalid_request".into())),
        (vec![("code_challenge_method", "")], End::Error("invalid_request".into())),
        (vec![("code_challenge", "short")], End::Error("invalid_request".into())),
        (vec![("code_challenge", "")], End::Error("invalid_request".into())),
        (vec![("prompt", "none")], End::Error("login_required".into())),
        (vec![("createNewUser", "true")], End::Error("invalid_request".into())),
        (vec![("max_age", "soon")], End::Error("invalid_request".into())),
        (vec![("claims", "{")], End::Error("invalid_request".into())),
        (
            vec![("acr_values", "urn:transmit:google_direct")],
            End::Error("unmet_authentication_requirements".into()),
        ),
        (vec![("request", "a.b.c")], End::Error("request_not_supported".into())),
        (vec![("request_uri", "urn:x")], End::Error("request_uri_not_supported".into())),
    ] {
        let request = setting.request(&changes);
        let end = setting.travel(&mut setting.browser(), &request).await;
        assert_eq!(end, expected, "{changes:?}");
    }
    let almost = format!("{}/", setting.redirect_uri());
    let request = setting.request(&[("redirect_uri", &almost)]);
    assert_eq!(setting.travel(&mut setting.browser(), &request).await, End::Page(400));
    let repeated = format!("{}&state=again", setting.request(&[]));
    assert_eq!(setting.travel(&mut setting.browser(), &repeated).await, End::Page(400));
}

#[tokio::test]
async fn a_program_is_told_in_the_apis_own_shape() {
    let setting = setting().await;
    let request = setting.request(&[("redirect_uri", "https://evil.example/")]);
    let answer = setting.app.http.get(request).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({ "message": "Invalid redirect_uri", "error_code": 400 }));
}

#[tokio::test]
async fn a_code_needs_the_verifier_of_its_request() {
    let setting = setting().await;
    for verifier in [None, Some("another-verifier-that-is-long-enough-for-the-specification")] {
        let End::Code(code) = setting.sign_in(&mut setting.browser()).await else { panic!() };
        let (status, body) = setting.exchange(&code, verifier).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
    }
}

#[tokio::test]
async fn asking_for_a_sign_in_writes_nothing() {
    let setting = setting().await;
    let mut browser = setting.browser();
    let page = browser.get_once(&setting.request(&[])).await;
    assert_eq!(page.status, 303);
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("provider-social."), "{cookie}");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let url = Url::parse(page.location().unwrap()).unwrap();
    for parameter in ["state", "nonce", "code_challenge"] {
        assert!(url.query_pairs().any(|(name, value)| name == parameter && value.len() == 43));
    }
    assert!(!page.location().unwrap().contains("client-state"));
}

#[tokio::test]
async fn the_hosted_style_creates_nobody_either() {
    let setting = setting().await;
    let start = |redirect_uri: &str| {
        let mut url = Url::parse(&format!("{}/cis/v1/auth/idp", setting.app.provider)).unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", &setting.app.demo.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("create_new_user", "true")
            .append_pair("state", "client-state");
        String::from(url)
    };
    let (from, end) = (start(&setting.redirect_uri()), setting.redirect_uri());
    let address = setting.browser().travel(&from, &end).await.unwrap();
    assert!(address.contains("code=") && address.contains("state=client-state"), "{address}");
    assert!(!address.contains("iss="), "{address}");

    setting.idp.identify(json!({ "sub": "x", "email": "new@example.net", "email_verified": true }));
    let address = setting.browser().travel(&from, &end).await.unwrap();
    assert!(address.contains("error=access_denied"), "{address}");

    let refused = setting.app.http.get(start("https://evil.example/")).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["message"], "Invalid redirect_uri");
}

#[tokio::test]
async fn a_secret_with_two_spellings_in_a_header_is_sent_in_the_body_where_that_is_taken() {
    let odd = "s+e/c=r%t~";
    for (secret, fault, is_in_body) in [
        (odd, Fault::TakesSecretsBothWays, true),
        ("a-plain.secret_1", Fault::TakesSecretsBothWays, false),
        // Who says nothing takes it in the header (OpenID Connect Core 1.0, section 9).
        (odd, Fault::None, false),
    ] {
        let setting = setting_with(|config, _| {
            config.upstream.get_mut("idp").unwrap().client_secret = Some(Secret::new(secret));
        })
        .await;
        setting.behave(fault);
        let end = setting.sign_in(&mut setting.browser()).await;
        assert!(matches!(end, End::Code(_)), "{secret}: {end:?}");
        let request = setting.idp.token_request();
        assert_eq!(request.authorization.is_none(), is_in_body, "{secret} {fault:?}");
        let sent = request.form.iter().find(|(name, _)| name == "client_secret");
        assert_eq!(sent.map(|(_, value)| value.as_str()), is_in_body.then_some(secret));
    }
}

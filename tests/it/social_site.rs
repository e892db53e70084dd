//! Social login at the site: the whole way with the demo's identity provider, and a provider that
//! misbehaves.

use std::time::Duration;

use ciba_login::config::{Config, Secret, SocialButton};
use platform::clock::Clock;
use serde_json::json;
use url::Url;

use crate::support::fake_idp::{FakeIdp, Fault};
use crate::support::walk::press;
use crate::support::{ALEX, Browser, Page, REFERENCE, SAM, TestApp};

/// From the request's page to the page of the demo's identity provider.
async fn at_demo_identity(app: &TestApp, browser: &mut Browser, link: &str) -> Page {
    let page = browser.get(link).await;
    assert!(offers(&page, "demo"), "{}", page.body);
    let start = format!("{}/social/demo", page.path.split('?').next().unwrap());
    let end = browser.follow_link(&start, "nowhere").await.unwrap_err();
    assert_eq!(end.status, 200, "{}", end.body);
    assert!(end.path.starts_with(&format!("{}/demo/idp/authorize", app.provider)), "{}", end.path);
    end
}

/// Chooses somebody there, and comes back.
async fn continue_as(app: &TestApp, browser: &mut Browser, page: &Page, account: &str) -> Page {
    let request = hidden_request(page);
    let action = if account.is_empty() { "cancel" } else { "continue" };
    let form = [("request", request.as_str()), ("account", account), ("action", action)];
    let there = format!("{}/demo/idp/authorize", app.provider);
    let page = browser.post_once(&there, &form).await;
    let back = page.location().unwrap_or_else(|| panic!("{}", page.body)).to_owned();
    browser.travel(&back, "nowhere").await.unwrap_err()
}

/// What the page of the demo's identity provider carries.
fn hidden_request(page: &Page) -> String {
    let hidden = page.form("/demo/idp/authorize").hidden;
    hidden.into_iter().find(|(name, _)| name == "request").unwrap().1
}

pub async fn sign_in(app: &TestApp, browser: &mut Browser, link: &str, account: &str) -> Page {
    let page = at_demo_identity(app, browser, link).await;
    continue_as(app, browser, &page, account).await
}

/// Whether a page has the button of this name.
fn offers(page: &Page, name: &str) -> bool {
    page.links().iter().any(|link| link.ends_with(&format!("/social/{name}")))
}

#[tokio::test]
async fn a_customer_signs_in_elsewhere_and_allows() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
    assert!(page.body.contains("CASE-4711") && page.is("decision"), "{}", page.body);
    assert!(page.path.ends_with("/decision"), "nothing lingers in the address: {}", page.path);
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn the_wrong_account_can_be_switched_and_never_allows() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    let page = sign_in(&app, &mut browser, &request.link, SAM).await;
    // The provider tells whose request it is when it is told the decision; the site does not know.
    let page = press(&mut browser, &page, "approve").await;
    assert_eq!(page.status, 403, "{}", page.body);
    assert!(page.is("problem-wrong-account"), "{}", page.body);
    assert_eq!(app.poll_for(&request).await.error(), "authorization_pending");

    browser.submit(&page, "/switch-account", &[]).await;
    let page = at_demo_identity(&app, &mut browser, &request.link).await;
    // Whoever comes a second time is asked who they are, even if they are remembered.
    assert!(page.path.contains("prompt=select_account"), "{}", page.path);
    let page = continue_as(&app, &mut browser, &page, ALEX).await;
    let page = press(&mut browser, &page, "approve").await;
    assert!(page.is("outcome-allowed"), "{}", page.body);
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(app.poll_for(&request).await.status, 200);
}

#[tokio::test]
async fn a_stranger_and_somebody_who_cancels_see_the_same_page_and_the_other_ways() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    let mut pages = Vec::new();
    for account in ["stranger", ""] {
        let mut browser = app.browser();
        let page = sign_in(&app, &mut browser, &request.link, account).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("that account is not connected to yours"), "{}", page.body);
        assert!(page.body.contains("name=\"email\"") && offers(&page, "demo"), "{}", page.body);
        assert!(!browser.is_signed_in());
        pages.push(page.path);
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn a_robot_that_only_presses_buttons_becomes_nobody() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    let page = at_demo_identity(&app, &mut browser, &request.link).await;
    assert!(!page.body.contains("checked"), "nobody is preselected");
    let sealed = hidden_request(&page);
    let form = [("request", sealed.as_str()), ("action", "continue")];
    let there = format!("{}/demo/idp/authorize", app.provider);
    assert_eq!(browser.post_once(&there, &form).await.status, 400);
}

#[tokio::test]
async fn the_sign_in_belongs_to_the_browser_that_started_it() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    let page = at_demo_identity(&app, &mut browser, &request.link).await;
    let form = [("request", hidden_request(&page)), ("account", ALEX.to_owned())];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = browser.post_once(&format!("{}/demo/idp/authorize", app.provider), &form).await;
    let callback = format!("{}/social/callback", app.site);
    let answer = browser.travel(page.location().unwrap(), &callback).await.unwrap();

    // Somebody else opens the address: with nothing, and with a request and a journey of their own.
    let mut stranger = app.browser();
    at_demo_identity(&app, &mut stranger, &request.link).await;
    for browser in [&mut app.browser(), &mut stranger] {
        let page = browser.travel(&answer, "nowhere").await.unwrap_err();
        assert_eq!(page.status, 400, "{}", page.body);
        assert!(!browser.is_signed_in());
    }

    // Its own browser is signed in once, even if the cookies are kept.
    let cookies = browser.cookies().clone();
    let page = browser.travel(&answer, "nowhere").await.unwrap_err();
    assert!(page.is("decision"), "{}", page.body);
    for kept in [None, Some(cookies)] {
        let mut again = app.browser();
        again.take(kept.unwrap_or_else(|| browser.cookies().clone()));
        again.lose("ciba_session");
        let page = again.travel(&answer, "nowhere").await.unwrap_err();
        assert_eq!(page.status, 400, "{}", page.body);
        assert!(!again.is_signed_in());
    }
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_has_to_be_started_again() {
    let app = TestApp::start().await;
    let (request, mut browser) = app.asked(REFERENCE).await;
    let page = at_demo_identity(&app, &mut browser, &request.link).await;
    app.clock.advance(Duration::from_secs(601));
    let form = [("request", hidden_request(&page)), ("account", ALEX.to_owned())];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = browser.post_once(&format!("{}/demo/idp/authorize", app.provider), &form).await;
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(!browser.is_signed_in());
    // Where the browser holds one request, an answer that belongs to nothing leads back to it.
    let state = "s".repeat(43);
    let page = browser.get(&format!("/social/callback?state={state}&code=x")).await;
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(page.body.contains("href=\"/request/"), "{}", page.body);
    let page = app.browser().get(&format!("/social/callback?state={state}&code=x")).await;
    assert!(!page.body.contains("href=\"/request/"), "{}", page.body);
}

#[tokio::test]
async fn looking_at_the_link_starts_nothing_for_anybody_else() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = app.opened(REFERENCE).await;
    let start = format!("{}/social/demo", page.path);
    let cross_site = browser.travel(&start, "http").await.unwrap_err();
    assert_eq!(cross_site.status, 403);
    assert_eq!(app.browser().get_once(&start).await.status, 404, "another browser has no request");
    assert_eq!(browser.get_once(&format!("{}/social/google", page.path)).await.status, 404);
    let there = browser.get_once(&start).await;
    assert_eq!(there.status, 303);
    assert_eq!(there.header("referrer-policy"), "no-referrer");
    let url = Url::parse(there.location().unwrap()).unwrap();
    let has = |name: &str, value: &str| url.query_pairs().any(|(n, v)| n == name && v == value);
    assert!(has("acr_values", "urn:transmit:demo_direct") && has("createNewUser", "false"));
    assert!(has("code_challenge_method", "S256") && !url.as_str().contains("CASE-4711"));
}

#[tokio::test]
async fn in_an_app_googles_button_gives_way_to_an_explanation() {
    let google = |config: &mut Config| {
        config.provider.url = Some("http://127.0.0.1:9".parse().unwrap());
        config.provider.client_id = Some("client".into());
        config.provider.client_secret = Some(Secret::new("secret"));
        for (name, label) in [("google", "Google"), ("apple", "Apple")] {
            config.sign_in.social.push(SocialButton { name: name.into(), label: label.into() });
        }
    };
    let app = TestApp::start_with(google).await;
    let link = format!("{}/login?auth_req_id=abc&binding_message=CASE-1", app.site);
    let page = app.browser().get(&link).await;
    assert!(offers(&page, "google"), "{}", page.body);
    let mut in_app = app.browser();
    in_app.calls_itself("Mozilla/5.0 (Linux; Android 15; wv) Chrome/140.0 Mobile [FBAN/FB4A]");
    let page = in_app.get(&link).await;
    assert!(!offers(&page, "google") && offers(&page, "apple"), "{}", page.body);
    assert!(page.body.contains("inside another app"), "{}", page.body);
    let dead_end = in_app.get_once(&format!("{}/social/google", page.path)).await;
    assert_eq!(dead_end.status, 404);
}

/// What a customer sees after a misbehaving provider.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The request's page, with a sentence and the other ways.
    Request(&'static str),
    /// A page of its own.
    Problem(u16),
}

const FAILED: End = End::Request("That did not work");
#[tokio::test]
async fn the_customer_cancels_at_a_provider_that_leaves_its_name_out_of_errors() {
    let app = TestApp::start().await;
    let request = app.ask(ALEX, Some(REFERENCE)).await;
    for (answer, page_shown) in [
        ("error=access_denied", "that account is not connected to yours"),
        // A code without the name that the provider always gives is somebody else's.
        ("code=a-code", "That did not work"),
        ("error=access_denied&iss=https%3A%2F%2Fevil.example", "That did not work"),
    ] {
        let mut browser = app.browser();
        let page = browser.get(&request.link).await;
        let leaving = browser.get_once(&format!("{}/social/demo", page.path)).await;
        let leaving = url::Url::parse(leaving.location().unwrap()).unwrap();
        let mut parameters = leaving.query_pairs();
        let (_, state) = parameters.find(|(name, _)| name == "state").unwrap();
        let page = browser.get(&format!("/social/callback?state={state}&{answer}")).await;
        assert_eq!(page.status, 200, "{answer}: {}", page.body);
        assert!(page.body.contains(page_shown), "{answer}: {}", page.body);
        assert!(!browser.is_signed_in(), "{answer}");
    }
}

const DENIED: End = End::Request("is not connected to yours");
const UNREACHABLE: End = End::Problem(503);
const REFUSED: End = End::Problem(400);

#[tokio::test]
async fn a_misbehaving_provider_signs_nobody_in() {
    let provider = FakeIdp::start("the-site").await;
    let issuer = provider.issuer();
    let app = TestApp::start_with(|config| {
        config.provider.url = Some(issuer.parse().unwrap());
        config.provider.client_id = Some("the-site".into());
        config.provider.client_secret = Some(Secret::new("secret"));
        config.provider.timeout = 1;
        let button = SocialButton { name: "google".into(), label: "Google".into() };
        config.sign_in.social.push(button);
    })
    .await;
    for (fault, expected) in [
        (Fault::WrongIssuer, FAILED),
        (Fault::WrongAudience, FAILED),
        (Fault::ForeignAuthorizedParty, FAILED),
        (Fault::SeveralAudiencesWithoutParty, FAILED),
        (Fault::WrongNonce, FAILED),
        (Fault::MissingNonce, FAILED),
        (Fault::AlgorithmNone, FAILED),
        (Fault::Hs256WithThePublicKey, FAILED),
        (Fault::Expired, FAILED),
        (Fault::FromTheFuture, FAILED),
        (Fault::UnknownKey, FAILED),
        (Fault::ForeignSignature, FAILED),
        (Fault::WrongAtHash, FAILED),
        (Fault::MissingSubject, FAILED),
        (Fault::NoIdToken, FAILED),
        (Fault::GarbageIdToken, FAILED),
        (Fault::NewUser, FAILED),
        (Fault::TokenEndpointFails, UNREACHABLE),
        (Fault::TokenEndpointRefuses, FAILED),
        (Fault::TokenEndpointRefusesOddly, FAILED),
        (Fault::TokenEndpointSendsHtml, FAILED),
        (Fault::TokenEndpointRedirects, FAILED),
        (Fault::TokenEndpointIsSlow, UNREACHABLE),
        (Fault::TokenEndpointIsEndless, UNREACHABLE),
        (Fault::KeysFail, UNREACHABLE),
        (Fault::KeysAreHtml, FAILED),
        (Fault::KeysRedirect, FAILED),
        (Fault::MixedUpIssuer, FAILED),
        (Fault::Denies, DENIED),
        (Fault::DeniesWithoutItsIssuer, DENIED),
        (Fault::WantsLogin, FAILED),
        (Fault::FailsInTheRedirect, FAILED),
        (Fault::ForgetsTheCode, FAILED),
        (Fault::InventsTheState, REFUSED),
        (Fault::RepeatsTheState, REFUSED),
    ] {
        // What was held of its keys has run out.
        app.clock.advance(Duration::from_secs(3601));
        provider.misbehave(fault, app.clock.unix());
        let mut browser = app.browser();
        let page = through(&app, &mut browser).await;
        match expected {
            End::Request(sentence) => {
                assert_eq!(page.status, 200, "{fault:?}: {}", page.body);
                assert!(page.body.contains(sentence), "{fault:?}: {}", page.body);
                assert!(page.body.contains("name=\"email\""), "{fault:?}: {}", page.body);
            }
            End::Problem(status) => assert_eq!(page.status, status, "{fault:?}: {}", page.body),
        }
        assert!(!browser.is_signed_in(), "{fault:?}");
        assert!(!page.body.contains("<script>"), "{fault:?}");
    }

    // Of a provider that is not ours nobody knows whether it names itself in its answers.
    for fault in [Fault::SilentAboutItsIssuer, Fault::None] {
        app.clock.advance(Duration::from_secs(3601));
        provider.misbehave(fault, app.clock.unix());
        provider.identify(json!({ "email": ALEX }));
        let mut browser = app.browser();
        let page = through(&app, &mut browser).await;
        assert!(page.is("decision"), "{}", page.body);
        assert!(browser.is_signed_in());
    }

    // A key that was rotated is found.
    provider.rotate();
    app.clock.advance(Duration::from_secs(31));
    provider.misbehave(Fault::None, app.clock.unix());
    let page = through(&app, &mut app.browser()).await;
    assert!(page.is("decision"), "{}", page.body);
}

/// Opens a link, follows the button, and comes back.
async fn through(app: &TestApp, browser: &mut Browser) -> Page {
    let link = format!("{}/login?auth_req_id=abc&binding_message=CASE-1", app.site);
    let page = browser.get(&link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let start = format!("{}/social/google", page.path);
    browser.follow_link(&start, "nowhere").await.unwrap_err()
}

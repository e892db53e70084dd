//! The operator's side against the embedded provider: the guide's four steps, over HTTP, by the
//! moved clock.

use std::time::Duration;

use ciba::{BindingMessage, Completion, Decision, RefusalReason};
use ciba_login::config::Secret;
use ciba_login::operator::{self, PollOutcome};
use platform::ambient::Ambient;
use platform::http_client::{self, Timeouts};
use platform::ids::SystemEntropy;
use transmit::{
    BackchannelRequest, Channel, CibaAuthorization, ClientAuthentication, Dialect, EmailAddress,
    LoginHintType, SignedIn, Started, Transmit, TransmitSettings,
};

use crate::support::TestApp;

fn transmit(app: &TestApp) -> Transmit {
    let http = http_client::build(Timeouts {
        connect: Duration::from_secs(2),
        total: Duration::from_secs(30),
    });
    let settings = TransmitSettings {
        dialect: Dialect::Transmit,
        base: app.provider.parse().unwrap(),
        prefix: "/cis".into(),
        token_path: "/oidc/token".into(),
        issuer: app.provider.clone(),
        client_id: app.demo.client_id.clone(),
        client_authentication: ClientAuthentication::SecretPost(Secret::new(
            app.demo.client_secret.clone(),
        )),
    };
    let ambient = Ambient::new(app.clock.clone(), std::sync::Arc::new(SystemEntropy));
    Transmit::new(http.unwrap(), settings, ambient)
}

async fn start(app: &TestApp, transmit: &Transmit) -> Started {
    let request = BackchannelRequest {
        login_hint: app.demo.users[0].email.clone(),
        login_hint_type: LoginHintType::Email,
        binding_message: Some(BindingMessage::parse("CASE-4711").unwrap()),
        channel: Channel::Link,
        custom_message: None,
        requested_expiry: None,
        scope: "openid".into(),
        contact: None,
        locale: None,
    };
    transmit.start(&request).await.unwrap()
}

async fn sign_in(transmit: &Transmit, email: &str) -> SignedIn {
    let email = EmailAddress::parse(email).unwrap();
    let code = transmit.create_code(&email, 10).await.unwrap().unwrap();
    transmit.redeem_code(&email, &code).await.unwrap()
}

#[tokio::test]
async fn an_approved_request_ends_with_a_token_of_the_customer() {
    let app = TestApp::start().await;
    let transmit = transmit(&app);
    let started = start(&app, &transmit).await;
    let link = started.link.clone().unwrap();
    assert!(link.as_str().starts_with(&app.demo.login_uri), "{link}");
    assert!(link.as_str().contains("binding_message=CASE-4711"), "{link}");

    let customer = sign_in(&transmit, &app.demo.users[0].email).await;
    assert_eq!(customer.claims.sub, app.demo.users[0].user_id);
    assert_eq!(customer.claims.email.as_deref(), Some(app.demo.users[0].email.as_str()));
    let completion =
        transmit.complete(&customer.access_token, &started.auth_req_id, Decision::Approve).await;
    assert!(matches!(completion, Completion::Confirmed), "{completion:?}");

    let outcome = operator::poll(&transmit, &started, |_| {}).await;
    let PollOutcome::Token(granted) = outcome else { panic!("{outcome:?}") };
    assert_eq!(granted.claims.sub, app.demo.users[0].user_id);

    let again = operator::poll(&transmit, &started, |_| {}).await;
    assert!(matches!(again, PollOutcome::Failed(_)), "a token is given once: {again:?}");
}

#[tokio::test]
async fn a_refused_request_ends_as_denied() {
    let app = TestApp::start().await;
    let transmit = transmit(&app);
    let started = start(&app, &transmit).await;
    let customer = sign_in(&transmit, &app.demo.users[0].email).await;
    transmit.complete(&customer.access_token, &started.auth_req_id, Decision::Deny).await;
    let outcome = operator::poll(&transmit, &started, |_| {}).await;
    assert!(matches!(outcome, PollOutcome::Denied), "{outcome:?}");
}

#[tokio::test]
async fn a_request_that_nobody_decides_expires_without_a_single_slow_down() {
    let app = TestApp::start().await;
    let transmit = transmit(&app);
    let started = start(&app, &transmit).await;
    let mut slowed_down = false;
    let outcome = operator::poll(&transmit, &started, |progress| {
        slowed_down |= matches!(progress, operator::PollProgress::SlowedDown { .. });
    })
    .await;
    assert!(matches!(outcome, PollOutcome::Expired), "{outcome:?}");
    assert!(!slowed_down);
}

#[tokio::test]
async fn each_precise_refusal_of_complete_is_understood() {
    let app = TestApp::start().await;
    let transmit = transmit(&app);
    let refusal = async |customer: &SignedIn, started: &Started| {
        let sent =
            transmit.complete(&customer.access_token, &started.auth_req_id, Decision::Approve);
        match sent.await {
            Completion::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    };
    let started = start(&app, &transmit).await;
    let stranger = sign_in(&transmit, &app.demo.users[1].email).await;
    assert_eq!(refusal(&stranger, &started).await, RefusalReason::WrongUser);

    let customer = sign_in(&transmit, &app.demo.users[0].email).await;
    transmit.complete(&customer.access_token, &started.auth_req_id, Decision::Deny).await;
    assert_eq!(refusal(&customer, &started).await, RefusalReason::AlreadyDecided);

    let late = start(&app, &transmit).await;
    app.clock.advance(Duration::from_secs(601));
    assert_eq!(refusal(&customer, &late).await, RefusalReason::Expired);
}
#[tokio::test]
async fn ciba_can_be_switched_off_and_on_again() {
    let app = TestApp::start().await;
    let transmit = transmit(&app);
    let (app_id, client_id) = (&app.demo.app_id, &app.demo.client_id);
    let client = transmit.find_client(app_id, client_id).await.unwrap().unwrap();
    let on = client.ciba_authorization.clone().unwrap();
    assert!(on.enabled);
    let off = CibaAuthorization { enabled: false, ..on.clone() };
    transmit.update_ciba(app_id, client_id, &off).await.unwrap();
    let request = BackchannelRequest {
        login_hint: app.demo.users[0].email.clone(),
        login_hint_type: LoginHintType::Email,
        binding_message: None,
        channel: Channel::Link,
        custom_message: None,
        requested_expiry: None,
        scope: "openid".into(),
        contact: None,
        locale: None,
    };
    assert!(transmit.start(&request).await.is_err());
    let now = transmit.update_ciba(app_id, client_id, &on).await.unwrap();
    assert_eq!(now.redirect_uris, client.redirect_uris, "nothing else was touched");
    assert!(transmit.start(&request).await.is_ok());
}

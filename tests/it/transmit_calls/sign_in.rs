//! The calls with which customers sign in: mails, codes, passkeys and social login.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use transmit::{
    EmailContent, ExchangeError, MailLink, PasskeyError, RedeemError, SendMailError, SocialCode,
    SocialRequest,
};
use url::Url;
use wiremock::ResponseTemplate;

use super::{CODE_SEND, email, form, json_answer, last, provider};
use crate::support::scripted::{ACCESS_TOKEN, ScriptedProvider, refusal};

const LINK_SEND: &str = "/cis/v1/auth/link/email/send";
const LINK_REDEEM: &str = "/cis/v1/auth/link/email/authenticate";
const CODE_REDEEM: &str = "/cis/v1/auth/otp/authenticate";
const PASSKEY: &str = "/cis/v1/auth/webauthn/authenticate";

#[tokio::test]
async fn a_code_is_made_for_known_customers_only() {
    let e3 = |status, code: &str| json_answer(status, json!({ "error_code": code, "message": "" }));
    for (answer, expected) in [
        (json_answer(200, json!({ "message": "OTP sent", "code": "1234" })), Ok(Some("1234"))),
        (e3(404, "user_not_found"), Ok(None)),
        (e3(404, "user_email_address_missing"), Ok(None)),
        (e3(403, "user_not_active"), Ok(None)),
        (json_answer(404, json!({ "message": "User not found", "error_code": 404 })), Ok(None)),
        (e3(404, "auth_login_preferences_missing"), Err(())),
        (json_answer(200, json!({ "message": "OTP sent" })), Err(())),
        (e3(400, "system_invalid_input"), Err(())),
        (ResponseTemplate::new(500), Err(())),
    ] {
        let provider = provider().await;
        provider.script("POST", CODE_SEND, vec![answer.clone()]).await;
        let code = provider.transmit().create_code(&email(), 7).await.map_err(|_| ());
        let expected = expected.map(|code| code.map(str::to_owned));
        assert_eq!(code, expected, "{answer:?}");
        let sent: Value = serde_json::from_slice(&last(&provider).await.body).unwrap();
        let expected = json!({
            "channel": "direct", "identifier_type": "email", "identifier": "alex@example.com",
            "expires_in": 7,
        });
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn a_mail_carries_the_whole_text_and_its_refusals_are_told_apart() {
    let said = |error: &SendMailError| match error {
        SendMailError::UnknownUser => "unknown",
        SendMailError::NotActive => "not active",
        SendMailError::RedirectUriRefused => "redirect",
        SendMailError::Call(_) => "call",
    };
    let e4 = |status: u16, message: &str| {
        json_answer(status, json!({ "error_code": status.to_string(), "message": message }))
    };
    for (answer, expected) in [
        (json_answer(200, json!({ "message": "Email sent successfully" })), "sent"),
        // It is on its way, whatever became of the rest: another try would be another mail.
        (ResponseTemplate::new(200).set_body_string("x".repeat(300_000)), "sent"),
        (e4(404, "User not found"), "unknown"),
        (e4(404, "App not found"), "call"),
        (e4(403, "Public signup not allowed"), "unknown"),
        (e4(403, "User not active"), "not active"),
        (e4(400, "redirect_uri not allowed"), "redirect"),
        (ResponseTemplate::new(500), "call"),
    ] {
        let provider = provider().await;
        provider.script("POST", LINK_SEND, vec![answer.clone()]).await;
        let content = EmailContent { subject: "Sign in".into(), ..EmailContent::default() };
        let redirect_uri = Url::parse("https://login.example/mail/callback").unwrap();
        let address = email();
        let mail = MailLink {
            email: &address,
            redirect_uri: &redirect_uri,
            state: "state",
            minutes: 10,
            content,
        };
        let sent = provider.transmit().send_mail_link(&mail).await;
        assert_eq!(sent.as_ref().map_or_else(said, |()| "sent"), expected, "{answer:?}");
        let body: Value = serde_json::from_slice(&last(&provider).await.body).unwrap();
        assert_eq!(body["email_content"]["subject"], "Sign in");
        // Empty members are sent: they replace the provider's own text.
        assert_eq!(body["email_content"]["bodyText"], "");
        assert_eq!((&body["state"], &body["email_expiration"]), (&json!("state"), &json!(10)));
    }
}

#[tokio::test]
async fn a_sign_in_is_believed_only_with_a_good_id_token() {
    let provider = provider().await;
    let mut claims = provider.claims();
    claims["email"] = json!("alex@example.com");
    claims["new_user"] = json!(false);
    let good = ScriptedProvider::tokens(&provider.key.sign(&claims));
    provider.script("POST", LINK_REDEEM, vec![good]).await;
    let signed_in = provider.transmit().redeem_mail_link("code").await.unwrap();
    assert_eq!(signed_in.claims.email.as_deref(), Some("alex@example.com"));
    assert_eq!(signed_in.claims.new_user, Some(false));
    assert_eq!(signed_in.access_token.expose(), ACCESS_TOKEN);
    assert_eq!(signed_in.expires_in, 3600);

    // The ID token is good for an hour, too.
    for (expires_in, expected) in
        [(json!("120"), 120), (json!(90.5), 90), (json!(null), 3600), (json!("odd"), 3600)]
    {
        let answer = json!({
            "access_token": ACCESS_TOKEN, "id_token": provider.key.sign(&claims),
            "expires_in": expires_in,
        });
        provider.server.reset().await;
        let keys = json_answer(200, json!({ "keys": [provider.key.jwk()] }));
        provider.script("GET", "/cis/oidc/jwks", vec![keys]).await;
        let token = json_answer(200, json!({ "access_token": "t1", "expires_in": "3600" }));
        provider.script("POST", "/oidc/token", vec![token]).await;
        provider.script("POST", LINK_REDEEM, vec![json_answer(200, answer)]).await;
        let signed_in = provider.transmit().redeem_mail_link("code").await.unwrap();
        assert_eq!(signed_in.expires_in, expected, "{expires_in}");
    }

    claims["aud"] = json!("another client");
    let bad = ScriptedProvider::tokens(&provider.key.sign(&claims));
    provider.script("POST", CODE_REDEEM, vec![bad]).await;
    let refused = provider.transmit().redeem_code(&email(), "123456").await;
    assert!(matches!(refused, Err(RedeemError::Call(_))), "{refused:?}");
}

#[tokio::test]
async fn refused_links_codes_and_passkeys_are_told_apart() {
    let e3 = |status, code: &str| json_answer(status, json!({ "error_code": code, "message": "" }));
    let e4 = |message: &str| json_answer(400, json!({ "error_code": "400", "message": message }));
    for (answer, expected) in [
        (e4("Invalid magic link code"), "Rejected"),
        (e4("User not found"), "Rejected"),
        (e3(400, "auth_invalid_credentials"), "Rejected"),
        (e3(400, "auth_otp_passcode_expired"), "Rejected"),
        (e3(403, "auth_locked"), "Locked"),
        (e3(403, "user_not_active"), "NotActive"),
        (ResponseTemplate::new(500), "Call"),
        (ResponseTemplate::new(429), "Call"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "Call"),
    ] {
        let provider = provider().await;
        provider.script("POST", CODE_REDEEM, vec![answer.clone()]).await;
        let refused = provider.transmit().redeem_code(&email(), "1").await.unwrap_err();
        assert!(format!("{refused:?}").starts_with(expected), "{answer:?}: {refused:?}");
    }
    for (answer, expected) in [
        (e3(400, "webauthn_encoded_result"), "Rejected"),
        (e3(400, "invalid_webauthn_session"), "Rejected"),
        (e3(400, "invalid_webauthn_credential"), "UnknownCredential"),
        (e3(400, "webauthn_backup_eligibility_changed"), "Changed"),
        (e3(401, "no_credentials_registered"), "UnknownCredential"),
        (e3(403, "auth_locked"), "Locked"),
        (ResponseTemplate::new(502), "Call"),
    ] {
        let provider = provider().await;
        provider.script("POST", PASSKEY, vec![answer.clone()]).await;
        let refused: PasskeyError =
            provider.transmit().finish_authentication("e30=").await.unwrap_err();
        assert!(format!("{refused:?}").starts_with(expected), "{answer:?}: {refused:?}");
    }
}

#[tokio::test]
async fn social_login_asks_with_state_nonce_and_challenge_and_creates_nobody() {
    let provider = ScriptedProvider::start().await;
    let redirect_uri = Url::parse("https://login.example/social/callback").unwrap();
    let url = provider.transmit().authorization_url(&SocialRequest {
        acr: "urn:transmit:google_direct",
        redirect_uri: &redirect_uri,
        state: "the state",
        nonce: "the nonce",
        challenge: "the challenge",
        prompt: None,
        ui_locales: Some("ar"),
    });
    assert!(url.as_str().starts_with(&format!("{}/cis/oidc/auth?", provider.server.uri())));
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", "https://login.example/social/callback"),
        ("scope", "openid email phone"),
        ("state", "the state"),
        ("nonce", "the nonce"),
        ("code_challenge", "the challenge"),
        ("code_challenge_method", "S256"),
        ("acr_values", "urn:transmit:google_direct"),
        ("createNewUser", "false"),
        ("ui_locales", "ar"),
    ] {
        assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_social_code_is_exchanged_whatever_shape_the_refusal_has() {
    let provider = ScriptedProvider::start().await;
    let mut claims = provider.claims();
    claims["nonce"] = json!("the nonce");
    let named = claims.clone();
    let good = ScriptedProvider::tokens(&provider.key.sign(&claims));
    claims["nonce"] = json!("another");
    let foreign = ScriptedProvider::tokens(&provider.key.sign(&claims));
    let e2 = json!({ "message": "Invalid code", "error_code": 400 });
    let bare = json!({ "access_token": ACCESS_TOKEN, "id_token": provider.key.sign(&named) });
    let mut late = bare.clone();
    late["expires_in"] = json!("3600");
    let cases = [
        (good, "Ok"),
        // Without token_type, of another type, and as what was made just now.
        (json_answer(201, bare), "Ok"),
        (ResponseTemplate::new(200).set_body_string(late.to_string()), "Ok"),
        (foreign, "Err(Call(IdToken(Nonce"),
        (refusal("invalid_grant"), "Err(Rejected"),
        (json_answer(400, e2), "Err(Rejected"),
        (ResponseTemplate::new(400).set_body_string("<html>"), "Err(Rejected"),
        (refusal("invalid_client"), "Err(Call(Api"),
        (ResponseTemplate::new(500), "Err(Call(Api"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "Err(Call(Unexpected"),
        (
            json_answer(200, json!({ "access_token": "a", "token_type": "Bearer" })),
            "Err(Call(Unexpected",
        ),
    ];
    for (answer, expected) in cases {
        provider.server.reset().await;
        let keys = json_answer(200, json!({ "keys": [provider.key.jwk()] }));
        provider.script("GET", "/cis/oidc/jwks", vec![keys]).await;
        provider.script("POST", "/oidc/token", vec![answer.clone()]).await;
        let redirect_uri = Url::parse("https://login.example/social/callback").unwrap();
        let code = SocialCode {
            code: "the code",
            redirect_uri: &redirect_uri,
            verifier: "the verifier",
            nonce: "the nonce",
        };
        let exchanged: Result<_, ExchangeError> = provider.transmit().exchange_code(&code).await;
        assert!(format!("{exchanged:?}").starts_with(expected), "{answer:?}: {exchanged:?}");
        let requests = provider.server.received_requests().await.unwrap();
        let sent = form(requests.iter().find(|request| request.method == "POST").unwrap());
        assert_eq!(sent["code_verifier"], "the verifier");
        assert_eq!(sent["client_secret"], "client secret");
    }
}

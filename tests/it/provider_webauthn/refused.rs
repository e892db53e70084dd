//! Answers of an authenticator that must not sign in.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use super::{AUTHENTICATE, Browser, Case, encode};
use crate::support::TestApp;

#[tokio::test]
async fn an_answer_is_good_once() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    assert_eq!(case.authenticate(&result).await.status, 200);
    let again = case.authenticate(&result).await;
    assert_eq!(again.refusal(), (400, "invalid_webauthn_session"));
}

#[tokio::test]
async fn a_challenge_runs_out() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({"timeout": 30})).await;
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    case.app.clock.advance(Duration::from_secs(30));
    let late = case.authenticate(&result).await;
    assert_eq!(late.refusal(), (400, "invalid_webauthn_session"));
}

#[tokio::test]
async fn a_proof_for_another_place_or_without_verification_is_no_proof() {
    let mut case = Case::with_passkey().await;
    let good = case.browser();
    for (browser, what) in [
        (Browser { origin: "https://evil.example".into(), ..good.clone() }, "origin"),
        (Browser { origin: "http://localhost:1".into(), ..good.clone() }, "port"),
        (Browser { rp_id: "evil.example".into(), ..good.clone() }, "RP ID"),
        (Browser { user_verification: "discouraged", ..good.clone() }, "user verification"),
        (Browser { with_user_handle: false, ..good.clone() }, "user handle"),
    ] {
        let answer = case.sign_in_by(&browser).await;
        assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"), "{what}");
    }
    assert_eq!(case.sign_in_by(&good).await.status, 200);
}

#[tokio::test]
async fn an_answer_to_another_challenge_is_no_answer() {
    let mut case = Case::with_passkey().await;
    let (first, second) = (case.start(json!({})).await, case.start(json!({})).await);
    let browser = case.browser();
    let mut result = case.sign(&first, &browser);
    result["webauthnSessionId"] = second.text("webauthn_session_id").into();
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"));
}

#[tokio::test]
async fn a_ceremony_is_its_clients_and_ends_as_what_it_was_begun() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let result = case.sign(&started, &browser);
    let (client_id, secret, _) = case.app.another_client().await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id.as_str()),
        ("client_secret", secret.expose()),
    ];
    let foreign = case.app.form("/oidc/token", &form).await;
    let body = json!({"webauthn_encoded_result": encode(&result)});
    let answer = case.app.api(AUTHENTICATE, foreign.text("access_token"), body).await;
    assert_eq!(answer.refusal(), (400, "invalid_webauthn_session"));
    // Nothing is spent by that.
    assert_eq!(case.authenticate(&result).await.status, 200);

    // A registration's session, with an assertion that is good in itself.
    let registration = case.register_start(json!({})).await;
    let started = case.start(json!({})).await;
    let mut result = case.sign(&started, &browser);
    result["webauthnSessionId"] = registration.text("webauthn_session_id").into();
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.refusal(), (400, "invalid_webauthn_session"));
}

#[tokio::test]
async fn a_passkey_that_was_synchronised_cannot_be_one_that_never_was() {
    let mut case = Case::with_passkey().await;
    let storage = case.app.storage().await;
    let changed = sqlx::query(
        "UPDATE webauthn_credentials SET passkey = \
         REPLACE(passkey, '\"backup_eligible\":false', '\"backup_eligible\":true')",
    )
    .execute(storage.writer())
    .await
    .unwrap();
    assert_eq!(changed.rows_affected(), 1);
    let answer = case.sign_in_by(&case.browser()).await;
    assert_eq!(answer.refusal(), (400, "webauthn_backup_eligibility_changed"));
}

#[tokio::test]
async fn a_signature_of_another_key_is_no_signature() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let mut result = case.sign(&started, &browser);
    let (id, handle) = case.passkey.clone().unwrap();
    let mut stranger = Case::of(TestApp::start().await).await;
    stranger.register().await;
    stranger.app.site = case.app.site.clone();
    let forged = stranger.sign(&started, &browser);
    assert_ne!(forged["publicKeyCredential"]["rawId"], STANDARD.encode(&id).as_str());
    for name in ["signature", "authenticatorData"] {
        result["publicKeyCredential"]["response"][name] =
            forged["publicKeyCredential"]["response"][name].clone();
    }
    result["publicKeyCredential"]["response"]["userHandle"] = STANDARD.encode(handle).into();
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"));
}

#[tokio::test]
async fn a_count_that_goes_backwards_shows_a_copied_key() {
    let mut case = Case::with_passkey().await;
    let (first, second) = (case.start(json!({})).await, case.start(json!({})).await);
    let browser = case.browser();
    let earlier = case.sign(&first, &browser);
    let later = case.sign(&second, &browser);
    assert_eq!(case.authenticate(&later).await.status, 200);
    let answer = case.authenticate(&earlier).await;
    assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"));
}

#[tokio::test]
async fn a_passkey_that_nobody_has_is_told_apart() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let mut result = case.sign(&started, &browser);
    let unknown = [7; 32];
    result["publicKeyCredential"]["id"] = URL_SAFE_NO_PAD.encode(unknown).into();
    result["publicKeyCredential"]["rawId"] = STANDARD.encode(unknown).into();
    let answer = case.authenticate(&result).await;
    assert_eq!(answer.refusal(), (400, "invalid_webauthn_credential"));
}

#[tokio::test]
async fn somebody_elses_passkey_does_not_end_a_named_sign_in() {
    let mut case = Case::with_passkey().await;
    for name in ["sam@example.com", "nobody@example.com"] {
        let started = case.start(json!({"username": name})).await;
        let browser = case.browser();
        let result = case.sign(&started, &browser);
        // It exists, so no browser may be told to forget it.
        let answer = case.authenticate(&result).await;
        assert_eq!(answer.refusal(), (400, "webauthn_encoded_result"), "{name}");
    }
}

#[tokio::test]
async fn a_session_that_was_changed_or_sealed_for_something_else_is_none() {
    let mut case = Case::with_passkey().await;
    let started = case.start(json!({})).await;
    let browser = case.browser();
    let mut result = case.sign(&started, &browser);
    let good = started.text("webauthn_session_id").to_owned();
    let flipped = if good.starts_with('A') { "B" } else { "A" };
    for session in [
        format!("{flipped}{}", &good[1..]),
        format!("{good}="),
        good[..good.len() - 4].to_owned(),
        String::new(),
        "session".into(),
    ] {
        result["webauthnSessionId"] = session.into();
        let answer = case.authenticate(&result).await;
        assert_eq!(answer.refusal(), (400, "invalid_webauthn_session"));
    }
    result["webauthnSessionId"] = good.into();
    assert_eq!(case.authenticate(&result).await.status, 200);
}

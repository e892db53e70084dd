//! The poller against a provider that follows a script: pace, faults, endings. No second passes;
//! the clock is moved by the poller's own sleep.

use std::time::Duration;

use ciba_login::operator::{self, PollError, PollOutcome, PollProgress};
use serde_json::{Value, json};
use transmit::{IdTokenError, TransmitError};
use wiremock::ResponseTemplate;

use crate::support::scripted::{
    ACCESS_TOKEN, ScriptedProvider, SigningKey, at_hash, refusal, started,
};

/// Polls against these answers: how it ended, when it asked, and when it was over.
async fn poll(
    expires_in: u64,
    interval: Option<u64>,
    answers: Vec<ResponseTemplate>,
) -> (PollOutcome, Vec<i64>, i64) {
    let provider = ScriptedProvider::start().await;
    let moments = provider.script("POST", "/oidc/token", answers).await;
    let started = started(expires_in, interval);
    let outcome = operator::poll(&provider.transmit(), &started, |_| {}).await;
    (outcome, provider.since_start(&moments), provider.elapsed())
}

fn pending() -> ResponseTemplate {
    refusal("authorization_pending")
}

#[tokio::test]
async fn every_answer_of_the_guide_has_its_ending() {
    let (outcome, asked, _) = poll(600, Some(5), vec![pending(), refusal("access_denied")]).await;
    assert!(matches!(outcome, PollOutcome::Denied));
    assert_eq!(asked, [5, 10]);

    let (outcome, ..) = poll(600, Some(5), vec![refusal("expired_token")]).await;
    assert!(matches!(outcome, PollOutcome::Expired));

    let (outcome, asked, _) = poll(600, Some(5), vec![refusal("invalid_grant")]).await;
    assert!(
        matches!(outcome, PollOutcome::Failed(PollError::Refused(error)) if error.is("invalid_grant"))
    );
    assert_eq!(asked, [5], "a refusal is not repeated");
}

#[tokio::test]
async fn a_good_token_ends_it() {
    let provider = ScriptedProvider::start().await;
    let id_token = provider.key.sign(&provider.claims());
    let answers = vec![pending(), ScriptedProvider::tokens(&id_token)];
    let asked = provider.script("POST", "/oidc/token", answers).await;
    let outcome = operator::poll(&provider.transmit(), &started(600, None), |_| {}).await;
    let PollOutcome::Token(granted) = outcome else { panic!("{outcome:?}") };
    assert_eq!(granted.claims.sub, "user-1");
    assert_eq!(granted.claims.amr, ["eml"]);
    assert_eq!(granted.tokens.access_token.expose(), ACCESS_TOKEN);
    assert_eq!(provider.since_start(&asked), [5, 10]);
    assert!(!format!("{granted:?}").contains(ACCESS_TOKEN));
}

#[tokio::test]
async fn a_missing_or_absurd_interval_is_replaced() {
    for interval in [None, Some(0)] {
        let (outcome, asked, over) = poll(16, interval, vec![pending()]).await;
        assert!(matches!(outcome, PollOutcome::Expired));
        assert_eq!((asked.as_slice(), over), ([5, 10, 15].as_slice(), 16), "{interval:?}");
    }
    let (outcome, asked, over) = poll(30, Some(u64::MAX), vec![pending()]).await;
    assert!(matches!(outcome, PollOutcome::Expired));
    assert_eq!((asked.as_slice(), over), ([29].as_slice(), 30));

    let (_, asked, _) = poll(30, Some(12), vec![pending()]).await;
    assert_eq!(asked, [12, 29]);
}

#[tokio::test]
async fn slow_down_adds_five_seconds_for_good_each_time() {
    let answers = vec![pending(), refusal("slow_down"), refusal("slow_down"), pending()];
    let (_, asked, _) = poll(70, Some(5), answers).await;
    assert_eq!(asked, [5, 10, 20, 35, 50, 69]);
}

#[tokio::test]
async fn slow_down_counts_whatever_its_status_and_retry_after_is_kept() {
    let slow = ResponseTemplate::new(429)
        .insert_header("Retry-After", "20")
        .set_body_json(json!({ "error": "slow_down" }));
    let (_, asked, _) = poll(60, Some(5), vec![slow, pending()]).await;
    assert_eq!(asked, [5, 25, 35, 45, 59]);
}

#[tokio::test]
async fn an_errors_word_counts_also_where_it_comes_with_a_success() {
    // As GitHub's device flow and some gateways answer.
    let said = |word: &str| ResponseTemplate::new(200).set_body_json(json!({ "error": word }));
    let answers = vec![said("authorization_pending"), said("slow_down"), said("access_denied")];
    let (outcome, asked, _) = poll(600, Some(5), answers).await;
    assert!(matches!(outcome, PollOutcome::Denied), "{outcome:?}");
    assert_eq!(asked, [5, 10, 20]);
    let (outcome, asked, _) = poll(600, Some(5), vec![said("invalid_grant")]).await;
    assert!(
        matches!(outcome, PollOutcome::Failed(PollError::Refused(error)) if error.is("invalid_grant"))
    );
    assert_eq!(asked, [5]);
}

#[tokio::test]
async fn faults_are_bridged_with_growing_pauses() {
    let fault = || ResponseTemplate::new(502).set_body_string("<html>Bad Gateway</html>");
    let answers = vec![fault(), fault(), pending(), fault(), refusal("access_denied")];
    let (outcome, asked, _) = poll(600, Some(5), answers).await;
    assert!(matches!(outcome, PollOutcome::Denied));
    // 5, then 10 and 20 after two faults in a row, 5 again, and 10 after the third.
    assert_eq!(asked, [5, 15, 35, 40, 50]);
}

#[tokio::test]
async fn retry_after_of_a_fault_is_kept() {
    // In seconds, and as a date: the provider is asked at 12:00:05.
    for retry_after in ["90", "Sun, 22 Nov 2026 12:01:35 GMT"] {
        let busy = ResponseTemplate::new(503).insert_header("Retry-After", retry_after);
        let (outcome, asked, _) = poll(600, Some(5), vec![busy, refusal("access_denied")]).await;
        assert!(matches!(outcome, PollOutcome::Denied));
        assert_eq!(asked, [5, 95], "{retry_after}");
    }
    // One that is over, or no date at all, leaves the pause to us; one after the end is the end.
    for (retry_after, then) in [("Sat, 21 Nov 2026 12:00:00 GMT", 15), ("soon", 15)] {
        let busy = ResponseTemplate::new(503).insert_header("Retry-After", retry_after);
        let (_, asked, _) = poll(600, Some(5), vec![busy, refusal("access_denied")]).await;
        assert_eq!(asked, [5, then], "{retry_after}");
    }
    let busy = ResponseTemplate::new(503).insert_header("Retry-After", "18446744073709551615");
    let (outcome, asked, over) = poll(600, Some(5), vec![busy]).await;
    assert!(matches!(outcome, PollOutcome::Failed(PollError::Unreachable(_))), "{outcome:?}");
    assert_eq!((asked.as_slice(), over), ([5].as_slice(), 600));
}

#[tokio::test]
async fn a_provider_that_stays_away_is_named_and_not_taken_for_silence() {
    let (outcome, asked, over) =
        poll(120, Some(5), vec![pending(), ResponseTemplate::new(500)]).await;
    assert!(matches!(outcome, PollOutcome::Failed(PollError::Unreachable(TransmitError::Api(_)))));
    assert_eq!(asked, [5, 10, 20, 40, 80, 119]);
    assert_eq!(over, 120, "it stops when the request's time is over");
}

#[tokio::test]
async fn nobody_listening_and_a_late_answer_are_faults_too() {
    let late = pending().set_delay(Duration::from_secs(2));
    let (outcome, asked, _) = poll(60, Some(5), vec![late, refusal("access_denied")]).await;
    assert!(matches!(outcome, PollOutcome::Denied));
    assert_eq!(asked, [5, 15]);

    let provider = ScriptedProvider::start().await;
    let transmit = provider.transmit_to_nobody();
    let started = started(20, Some(5));
    let mut retries = 0;
    let outcome = operator::poll(&transmit, &started, |progress| {
        retries += usize::from(matches!(progress, PollProgress::Retrying { .. }));
    })
    .await;
    assert!(matches!(outcome, PollOutcome::Failed(PollError::Unreachable(_))), "{outcome:?}");
    assert_eq!(retries, 2);
}

#[tokio::test]
async fn malformed_answers_end_it_without_a_token() {
    for body in ["", "{", "[]", "null", r#"{"access_token":"a"}"#, r#"{"id_token":5}"#] {
        let answer = ResponseTemplate::new(200).set_body_raw(body, "application/json");
        let (outcome, asked, _) = poll(600, Some(5), vec![answer]).await;
        assert!(
            matches!(
                outcome,
                PollOutcome::Failed(PollError::Call(TransmitError::Unexpected { .. }))
            ),
            "{body}: {outcome:?}"
        );
        assert_eq!(asked, [5], "{body}");
    }
    let html = ResponseTemplate::new(400).set_body_string("<html>");
    let (outcome, ..) = poll(600, Some(5), vec![html]).await;
    assert!(matches!(outcome, PollOutcome::Failed(PollError::Refused(_))));
}

#[tokio::test]
async fn what_is_decided_in_the_last_interval_is_still_fetched() {
    // Until 590 the customer has not decided; the next poll is the last one, at 599.
    let mut answers = vec![pending(); 118];
    answers.push(refusal("access_denied"));
    let (outcome, asked, _) = poll(600, Some(5), answers).await;
    assert!(matches!(outcome, PollOutcome::Denied), "{outcome:?}");
    assert_eq!(&asked[116..], [585, 590, 599]);
}

#[tokio::test]
async fn an_odd_answer_is_bridged_once_the_provider_has_spoken() {
    let html = |status: u16| ResponseTemplate::new(status).set_body_string("<html>");
    let page = || ResponseTemplate::new(302).insert_header("location", "https://elsewhere.example");
    let odd = vec![pending(), html(200), html(403), page(), html(404), html(400)];
    let answers = [odd.clone(), vec![refusal("access_denied")]].concat();
    let (outcome, asked, _) = poll(600, Some(5), answers).await;
    assert!(matches!(outcome, PollOutcome::Denied), "{outcome:?}");
    assert_eq!(asked, [5, 10, 20, 40, 80, 140, 200]);

    // Six in a row are no accident.
    let answers = [odd, vec![html(403)]].concat();
    let (outcome, asked, _) = poll(600, Some(5), answers).await;
    assert!(
        matches!(outcome, PollOutcome::Failed(PollError::Refused(error)) if error.status == 403)
    );
    assert_eq!(asked.len(), 7);

    // A 401 is about our client, and tokens of which one is missing are not given again.
    let half = ResponseTemplate::new(200).set_body_json(json!({ "access_token": "a" }));
    for answer in [html(401), half] {
        let (outcome, asked, _) = poll(600, Some(5), vec![pending(), answer]).await;
        assert!(matches!(outcome, PollOutcome::Failed(_)), "{outcome:?}");
        assert_eq!(asked, [5, 10]);
    }
}

#[tokio::test]
async fn tokens_are_taken_whatever_else_the_answer_says() {
    for (odd, expected) in [
        (json!({ "expires_in": "3600" }), Some(3600)),
        (json!({ "expires_in": 3599.5 }), Some(3599)),
        (json!({ "expires_in": null, "scope": ["openid"], "refresh_token": 5 }), None),
        (json!({ "token_type": null }), None),
    ] {
        let provider = ScriptedProvider::start().await;
        let mut answer = odd.clone();
        answer["access_token"] = json!(ACCESS_TOKEN);
        answer["id_token"] = json!(provider.key.sign(&provider.claims()));
        let answer = ResponseTemplate::new(200).set_body_json(answer);
        provider.script("POST", "/oidc/token", vec![answer]).await;
        let outcome = operator::poll(&provider.transmit(), &started(600, None), |_| {}).await;
        let PollOutcome::Token(granted) = outcome else { panic!("{odd}: {outcome:?}") };
        assert_eq!(granted.tokens.expires_in, expected, "{odd}");
    }
}

#[tokio::test]
async fn it_tells_how_long_it_waits_and_how_much_time_is_left() {
    let provider = ScriptedProvider::start().await;
    let answers = vec![refusal("slow_down"), refusal("access_denied")];
    provider.script("POST", "/oidc/token", answers).await;
    let mut told = Vec::new();
    operator::poll(&provider.transmit(), &started(60, Some(5)), |progress| {
        told.push(match progress {
            PollProgress::Waiting { next_poll, time_left } => {
                (next_poll.as_secs(), time_left.as_secs())
            }
            PollProgress::SlowedDown { interval } => (interval.as_secs(), 0),
            PollProgress::Retrying { .. } => (0, 0),
        });
    })
    .await;
    assert_eq!(told, [(5, 60), (10, 0), (10, 55)]);
}

#[tokio::test]
async fn each_fault_of_an_id_token_is_refused() {
    let provider = ScriptedProvider::start().await;
    let now = provider.claims()["iat"].as_i64().unwrap();
    let with = |member: &str, value: Value| {
        let mut claims = provider.claims();
        claims[member] = value;
        provider.key.sign(&claims)
    };
    let without = |member: &str| {
        let mut claims = provider.claims();
        claims.as_object_mut().unwrap().remove(member);
        provider.key.sign(&claims)
    };
    let good = provider.key.sign(&provider.claims());
    let forged = {
        let mut token = good.clone().into_bytes();
        let last = token.len() - 10;
        token[last] = if token[last] == b'A' { b'B' } else { b'A' };
        String::from_utf8(token).unwrap()
    };
    let none = SigningKey::with_header(&json!({ "alg": "none" }), &provider.claims(), b"");
    let crit = json!({ "alg": "ES256", "kid": "k1", "crit": ["exp"] });
    let crit = SigningKey::with_header(&crit, &provider.claims(), &[0; 64]);
    let stranger = SigningKey::new("k1").sign(&provider.claims());
    let unknown = SigningKey::new("k2").sign(&provider.claims());
    let id = "urn:openid:params:jwt:claim:auth_req_id";
    let cases = [
        ("not a token", IdTokenError::Malformed, "not a token".to_owned()),
        ("alg none", IdTokenError::Malformed, none),
        ("crit", IdTokenError::Malformed, crit),
        (
            "HS256 with the public key",
            IdTokenError::Algorithm,
            provider.key.sign_with_public_key(&provider.claims()),
        ),
        ("another key", IdTokenError::Signature, stranger),
        ("an unknown key", IdTokenError::Key, unknown),
        ("a changed signature", IdTokenError::Signature, forged),
        ("iss", IdTokenError::Issuer, with("iss", json!("https://other.example"))),
        ("iss with a slash", IdTokenError::Issuer, with("iss", json!("https://issuer.example/"))),
        ("no iss", IdTokenError::Claims, without("iss")),
        ("aud", IdTokenError::Audience, with("aud", json!("another client"))),
        ("no aud", IdTokenError::Claims, without("aud")),
        (
            "two audiences and no azp",
            IdTokenError::AuthorizedParty,
            with("aud", json!(["client", "other"])),
        ),
        ("azp", IdTokenError::AuthorizedParty, with("azp", json!("other"))),
        ("exp", IdTokenError::Expired, with("exp", json!(now - 3600))),
        ("no exp", IdTokenError::Claims, without("exp")),
        ("exp as text", IdTokenError::Claims, with("exp", json!("tomorrow"))),
        ("iat", IdTokenError::FromTheFuture, with("iat", json!(now + 3600))),
        ("no iat", IdTokenError::Claims, without("iat")),
        ("at_hash", IdTokenError::AccessToken, with("at_hash", json!(at_hash("another")))),
        ("at_hash as number", IdTokenError::AccessToken, with("at_hash", json!(7))),
        ("auth_req_id", IdTokenError::AuthReqId, with(id, json!("another"))),
        ("no sub", IdTokenError::Claims, without("sub")),
        ("empty sub", IdTokenError::Claims, with("sub", json!(""))),
    ];
    for (name, expected, id_token) in cases {
        provider.server.reset().await;
        let keys =
            ResponseTemplate::new(200).set_body_json(json!({ "keys": [provider.key.jwk()] }));
        provider.script("GET", "/cis/oidc/jwks", vec![keys]).await;
        let answer = ScriptedProvider::tokens(&id_token);
        provider.script("POST", "/oidc/token", vec![answer]).await;
        let outcome = operator::poll(&provider.transmit(), &started(600, None), |_| {}).await;
        assert!(
            matches!(&outcome, PollOutcome::Failed(PollError::IdToken(error)) if *error == expected),
            "{name}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_id_token_needs_neither_at_hash_nor_the_request_and_may_be_a_minute_off() {
    let provider = ScriptedProvider::start().await;
    let mut claims = provider.claims();
    let members = claims.as_object_mut().unwrap();
    members.remove("at_hash");
    members.remove("urn:openid:params:jwt:claim:auth_req_id");
    members.insert("aud".into(), json!(["client", "other"]));
    members.insert("azp".into(), json!("client"));
    let now = members["iat"].as_i64().unwrap();
    // Polled five seconds from now.
    members.insert("iat".into(), json!(now + 60));
    members.insert("exp".into(), json!(now - 50));
    let answer = ScriptedProvider::tokens(&provider.key.sign(&claims));
    provider.script("POST", "/oidc/token", vec![answer]).await;
    let outcome = operator::poll(&provider.transmit(), &started(600, None), |_| {}).await;
    assert!(matches!(outcome, PollOutcome::Token(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_claim_without_a_value_is_as_good_as_none() {
    let provider = ScriptedProvider::start().await;
    let mut claims = provider.claims();
    let members = claims.as_object_mut().unwrap();
    for optional in ["azp", "at_hash", "nonce", "nbf", "urn:openid:params:jwt:claim:auth_req_id"] {
        members.insert(optional.into(), Value::Null);
    }
    let mut answers = vec![ScriptedProvider::tokens(&provider.key.sign(&claims))];
    // What has to be there is missing then, and so is the party among several audiences.
    for (required, value) in [("sub", Value::Null), ("aud", json!(["client", "other"]))] {
        let mut claims = claims.clone();
        claims[required] = value;
        answers.push(ScriptedProvider::tokens(&provider.key.sign(&claims)));
    }
    provider.script("POST", "/oidc/token", answers).await;
    let poll = async || operator::poll(&provider.transmit(), &started(600, None), |_| {}).await;
    assert!(matches!(poll().await, PollOutcome::Token(_)));
    for error in [IdTokenError::Claims, IdTokenError::AuthorizedParty] {
        let outcome = poll().await;
        assert!(
            matches!(&outcome, PollOutcome::Failed(PollError::IdToken(found)) if *found == error),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn keys_that_are_away_for_a_moment_do_not_cost_the_token() {
    let provider = ScriptedProvider::start().await;
    provider.server.reset().await;
    let keys = json!({ "keys": [provider.key.jwk()] });
    let keys = vec![
        ResponseTemplate::new(503),
        ResponseTemplate::new(500),
        ResponseTemplate::new(200).set_body_json(keys),
    ];
    let asked = provider.script("GET", "/cis/oidc/jwks", keys).await;
    let answer = ScriptedProvider::tokens(&provider.key.sign(&provider.claims()));
    provider.script("POST", "/oidc/token", vec![answer]).await;
    let outcome = operator::poll(&provider.transmit(), &started(600, None), |_| {}).await;
    assert!(matches!(outcome, PollOutcome::Token(_)), "{outcome:?}");
    assert_eq!(asked.lock().unwrap().len(), 3);
}

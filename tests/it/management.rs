//! What the people who run this can count, and what they must not see.

use crate::support::TestApp;
use crate::support::walk::{at_decision, press};

async fn metrics(app: &TestApp) -> String {
    let response = app.http.get(format!("{}/metrics", app.management)).send().await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    response.text().await.unwrap()
}

#[tokio::test]
async fn a_story_is_counted_step_by_step_and_names_nobody() {
    let app = TestApp::start().await;
    let (request, mut browser, page) = at_decision(&app).await;
    press(&mut browser, &page, "approve").await;
    browser.get("/request/unknown").await;
    let text = metrics(&app).await;
    for line in [
        r#"ciba_login_sign_ins_total{method="mail-link"} 1"#,
        r#"ciba_login_decisions_total{decision="approve",outcome="confirmed"} 1"#,
        r#"ciba_login_problems_total{problem="request-unknown"} 1"#,
        "ciba_login_open_decisions 0",
        r#"listener="site",method="GET",route="/login",status="303""#,
        r#"listener="provider",method="POST",route="/cis/auth/backchannel/complete",status="200""#,
        r#"ciba_login_provider_call_seconds_count{outcome="ok"}"#,
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    let handle = page.path.split('/').nth(2).unwrap();
    for secret in [request.auth_req_id.as_str(), "alex@example.com", handle] {
        assert!(!text.contains(secret), "{secret} is in:\n{text}");
    }
}

#[tokio::test]
async fn an_address_that_somebody_invents_makes_no_label() {
    let app = TestApp::start().await;
    for address in [&app.site, &app.provider, &app.desk] {
        app.http.get(format!("{address}/invented-by-a-robot")).send().await.unwrap();
    }
    let text = metrics(&app).await;
    assert!(!text.contains("invented"), "{text}");
    assert!(text.contains(r#"listener="site",method="GET",route="-",status="404""#), "{text}");
}

#[tokio::test]
async fn it_answers_whether_the_process_is_well() {
    let app = TestApp::start().await;
    for (path, body) in [("healthz", "ok\n"), ("readyz", "ready\n")] {
        let answer = app.http.get(format!("{}/{path}", app.management)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, body));
    }
}

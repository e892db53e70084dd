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

/// Prometheus sees growth between two values of a series: one that begins with its first event has not
/// grown, and one that is not there makes an alert that compares with it silent.
#[tokio::test]
async fn what_has_not_happened_yet_is_told_as_zero() {
    let app = TestApp::start().await;
    let text = metrics(&app).await;
    for line in [
        r#"ciba_login_sign_ins_total{method="mail-link"} 0"#,
        r#"ciba_login_sign_ins_total{method="social"} 0"#,
        r#"ciba_login_decisions_total{decision="approve",outcome="confirmed"} 0"#,
        r#"ciba_login_decisions_total{decision="deny",outcome="unclear"} 0"#,
        r#"ciba_login_problems_total{problem="internal"} 0"#,
        r#"ciba_login_problems_total{problem="sign-in-failed"} 0"#,
        r#"ciba_login_passkey_faults_total{fault="no-wasm"} 0"#,
        r#"ciba_login_provider_call_seconds_count{outcome="failed"} 0"#,
        r#"ciba_login_provider_call_seconds_count{outcome="no_answer"} 0"#,
        "ciba_login_reports_total 0",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    // Every series that an alert asks for is there.
    let alerts = include_str!("../../contrib/alerts.yml");
    let named = alerts.match_indices("ciba_login_").map(|(start, _)| {
        let name = &alerts[start..];
        &name[..name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap()]
    });
    for name in named {
        assert!(text.contains(&format!("\n{name}")), "{name} is missing in:\n{text}");
    }
}

#[tokio::test]
async fn a_scraper_that_knows_the_older_text_only_gets_that() {
    let app = TestApp::start().await;
    app.http.get(format!("{}/login", app.site)).send().await.unwrap();
    let scrape = async |accept: &str| {
        let scraped = app.http.get(format!("{}/metrics", app.management)).header("accept", accept);
        let answer = scraped.send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.text().await.unwrap())
    };
    // Telegraf's, categraf's, and one that weighs both.
    for accept in [
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
         encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
        "text/plain;version=0.0.4;q=1,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0;q=0.1, text/plain;q=0.2",
    ] {
        let (kind, text) = scrape(accept).await;
        assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8", "{accept}");
        // Each series is one of a type, the type stands before it, and is one of that text's.
        let mut types = std::collections::BTreeMap::new();
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let [word, name, rest] = *comment.splitn(3, ' ').collect::<Vec<_>>() else {
                    panic!("{line}")
                };
                if word == "TYPE" {
                    let known = ["counter", "gauge", "histogram"].contains(&rest);
                    assert!(known && types.insert(name, rest).is_none(), "{line}");
                } else {
                    assert_eq!(word, "HELP", "{line}");
                }
                continue;
            }
            let name = line.split(['{', ' ']).next().unwrap();
            let of_histogram = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .is_some_and(|name| types.get(name) == Some(&"histogram"));
            let is_typed = types.get(name).is_some_and(|kind| *kind != "histogram");
            assert!(of_histogram || is_typed, "{line} in\n{text}");
        }
        for line in
            ["# TYPE ciba_login_build_info gauge", "# TYPE ciba_login_reports_total counter"]
        {
            assert!(text.lines().any(|other| other == line), "{line} is missing in\n{text}");
        }
    }
    for accept in [
        "*/*",
        "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    ] {
        let (kind, text) = scrape(accept).await;
        assert!(kind.starts_with("application/openmetrics-text"), "{accept}: {kind}");
        assert!(text.ends_with("# EOF\n"), "{text}");
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

//! What load balancers are told.

use std::time::Duration;

use crate::support::{REFERENCE, TestApp};

async fn readiness(app: &TestApp, listener: &str) -> Option<u16> {
    let answer = app.http.get(format!("{listener}/readyz")).send().await;
    answer.ok().map(|answer| answer.status().as_u16())
}

#[tokio::test]
async fn a_process_that_is_asked_to_stop_says_so_and_serves_on_for_a_while() {
    let mut app = TestApp::start_with(|config| config.management.drain_seconds = Some(2)).await;
    let listeners = [&app.site, &app.provider, &app.desk, &app.management].map(Clone::clone);
    for listener in &listeners {
        assert_eq!(readiness(&app, listener).await, Some(200), "{listener}");
    }
    app.ask_to_stop();
    while readiness(&app, &app.site).await == Some(200) {
        tokio::task::yield_now().await;
    }
    for listener in &listeners {
        assert_eq!(readiness(&app, listener).await, Some(503), "{listener}");
        let alive = app.http.get(format!("{listener}/healthz")).send().await.unwrap();
        assert_eq!(alive.status(), 200, "{listener}");
        assert_eq!(alive.headers()["connection"], "close", "{listener}");
    }
    let page = app.browser().get("/request/unknown").await;
    assert_eq!(page.status, 404, "whoever comes meanwhile is served");
    app.until_stopped().await;
    assert_eq!(readiness(&app, &app.site).await, None);
}

#[tokio::test]
async fn a_database_that_takes_no_writes_makes_nobody_ready() {
    let app = TestApp::start().await;
    assert_eq!(readiness(&app, &app.site).await, Some(200));
    // What a full disk does: questions are answered, and no write is taken.
    let storage = app.storage().await;
    sqlx::query(
        "CREATE TRIGGER full_disk BEFORE UPDATE ON write_probe \
         BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
    )
    .execute(storage.writer())
    .await
    .unwrap();
    assert_eq!(readiness(&app, &app.site).await, Some(200), "one probe counts for some seconds");
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(readiness(&app, &app.site).await, Some(503));
    sqlx::query("DROP TRIGGER full_disk").execute(storage.writer()).await.unwrap();
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(readiness(&app, &app.site).await, Some(200));
}

#[tokio::test]
async fn a_form_on_a_full_disk_is_answered_within_five_seconds() {
    let app = TestApp::start().await;
    let (_, mut browser, page) = app.opened(REFERENCE).await;
    let storage = app.storage().await;
    for table in ["site_mails", "site_requests"] {
        for change in ["INSERT", "UPDATE"] {
            let full = format!(
                "CREATE TRIGGER full_{change}_{table} BEFORE {change} ON {table} \
                 BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
            );
            sqlx::query(&full).execute(storage.writer()).await.unwrap();
        }
    }
    let begun = std::time::Instant::now();
    let told = browser.submit(&page, "/mail", &[("email", "alex@example.com")]).await;
    assert_eq!(told.status, 500);
    assert!(told.header("content-type").starts_with("text/html"));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

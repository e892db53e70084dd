//! Who gets at the desk, and what its pages let through.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciba_login::application::Application;
use ciba_login::config::{Config, Secret};
use platform::ambient::Ambient;
use platform::clock::ManualClock;
use platform::ids::SystemEntropy;
use serde_json::Value;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

use super::{Events, agent, ask, field};
use crate::support::TestApp;

#[tokio::test]
async fn hostile_text_stays_text() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let hostile = "\"><script>alert(1)</script>";
    for name in ["customer", "reference", "custom_message"] {
        let page = ask(&mut browser, &[(name, hostile)]).await;
        assert!(!page.body.contains("<script>alert"), "{name}: {}", page.body);
    }
    let page = ask(&mut browser, &[("custom_message", "<b>hello</b> <img src=x onerror=y>")]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("&lt;b&gt;hello"), "{}", page.body);
    let mut events = Events::open(&app).await;
    events.until(&app.clock, "&lt;b&gt;hello").await;
    assert!(!events.read.contains("<img src=x"), "{}", events.read);
}

#[tokio::test]
async fn forms_of_other_pages_are_refused() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    let page = browser.get("/desk").await;
    let key = field(&page, "form_key");
    let form = [
        ("form_key", key.as_str()),
        ("customer", "+15550100"),
        ("channel", "sms"),
        ("reference", "CASE-4711"),
        ("lifetime", "600"),
    ];
    let answer = browser.post_cross_site("/desk/requests", &form).await;
    assert_eq!(answer.status, 403);
    let outbox = app.http.get(format!("{}/demo/outbox", app.provider)).send().await.unwrap();
    assert_eq!(outbox.json::<Vec<Value>>().await.unwrap(), Vec::<Value>::new());
}

#[tokio::test]
async fn pages_are_kept_nowhere_and_run_one_script() {
    let app = TestApp::start().await;
    let mut browser = agent(&app);
    for path in ["/", "/desk"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200);
        // Nor rewritten on the way: what a proxy puts in would be stopped by the policy, and what it
        // takes out (an e-mail address) be missing.
        assert_eq!(page.header("cache-control"), "no-store, no-transform");
        let policy = page.header("content-security-policy");
        let (_, rest) = policy.split_once("'nonce-").unwrap();
        let nonce = rest.split_once('\'').unwrap().0;
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(page.body.matches("<script").count(), 1, "{}", page.body);
        assert!(page.body.contains(&format!("nonce=\"{nonce}\"")), "{}", page.body);
    }
    assert!(browser.cookies().is_empty());
}

#[tokio::test]
async fn the_demo_is_closed_to_foreign_hosts() {
    let app = TestApp::start().await;
    let port = app.desk.rsplit_once(':').unwrap().1;
    for path in ["/", "/desk", "/desk/events"] {
        let request = app.http.get(format!("{}{path}", app.desk));
        let answer = request.header("host", format!("evil.example:{port}")).send().await.unwrap();
        assert_eq!(answer.status(), 421, "{path}");
    }
}

/// The desk in production, behind `proxy`, with nobody to talk to.
async fn production(proxy: IpAddr) -> (String, CancellationToken, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.storage.url =
        Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
    let key: [u8; 32] = std::array::from_fn(|position| u8::try_from(position).unwrap());
    config.session.sealing_key = Some(Secret::new(STANDARD.encode(key)));
    config.provider.url = Some("http://localhost:1".parse().unwrap());
    config.provider.client_id = Some("client".into());
    config.provider.client_secret = Some(Secret::new("secret"));
    config.site.address.set_port(0);
    config.desk.enabled = true;
    config.desk.address.set_port(0);
    config.desk.identity_header = Some("X-Forwarded-User".into());
    config.desk.trusted_proxies = vec![proxy.into()];
    let ambient = Ambient::new(
        Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC))),
        Arc::new(SystemEntropy),
    );
    let application = Application::build(config, ambient).await.unwrap();
    let desk = format!("http://{}", application.desk_address().unwrap().unwrap());
    let stop = CancellationToken::new();
    tokio::spawn(application.run(stop.clone()));
    (desk, stop, folder)
}

#[tokio::test]
async fn in_production_an_agent_is_who_the_trusted_proxy_says() {
    let http = TestApp::start().await.http.clone();
    let (desk, stop, _folder) = production("127.0.0.1".parse().unwrap()).await;
    let page = async |header: Option<&str>| {
        let mut request = http.get(format!("{desk}/desk"));
        if let Some(name) = header {
            request = request.header("x-forwarded-user", name);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, body) = page(Some("mia@desk.example")).await;
    assert_eq!(status, 200);
    assert!(body.contains("mia@desk.example"), "{body}");
    assert!(!body.contains("Demo"), "{body}");
    assert_eq!(page(None).await.0, 403);
    assert_eq!(page(Some("")).await.0, 403);
    let root = http.get(format!("{desk}/")).header("x-forwarded-user", "mia").send().await.unwrap();
    assert_eq!(root.headers()["location"], "/desk");
    stop.cancel();
}

#[tokio::test]
async fn in_production_a_header_from_elsewhere_is_not_believed() {
    let http = TestApp::start().await.http.clone();
    let (desk, stop, _folder) = production("192.0.2.7".parse().unwrap()).await;
    for path in ["/desk", "/desk/events", "/"] {
        let request = http.get(format!("{desk}{path}")).header("x-forwarded-user", "mia");
        assert_eq!(request.send().await.unwrap().status(), 403, "{path}");
    }
    assert_eq!(http.get(format!("{desk}/healthz")).send().await.unwrap().status(), 200);
    stop.cancel();
}

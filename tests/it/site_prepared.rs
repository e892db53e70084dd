//! Pages that are kept for the next customer: each shows its own customer's values, in both forms,
//! and is otherwise the page of the one before.

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, COOKIE, VARY};

use crate::support::records::record_of;
use crate::support::walk::sign_in;
use crate::support::{ALEX, Browser, TestApp};

/// A page without what is one customer's, or one answer's.
fn common(html: &str, policy: &str, path: &str, message: &str) -> String {
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let handle = path.split('/').nth(2).unwrap();
    for own in [handle, message] {
        assert!(html.contains(own), "{own} is missing: {html}");
    }
    let seconds = html.split("data-seconds-left=\"").nth(1).and_then(|rest| rest.split('"').next());
    let seconds = seconds.map(|seconds| format!("\"{seconds}\"")).unwrap_or_default();
    html.replace(nonce, "NONCE")
        .replace(handle, "HANDLE")
        .replace(message, "MESSAGE")
        .replace(&seconds, "SECONDS")
}

/// The page as it is, and out of gzip.
async fn both(app: &TestApp, browser: &mut Browser, path: &str, message: &str) -> [String; 2] {
    let plain = browser.get_once(path).await;
    assert_eq!(plain.status, 200, "{}", plain.body);
    let cookies: Vec<_> =
        browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = app.http.get(format!("{}{path}", app.site)).header(COOKIE, cookies.join("; "));
    let packed = request.header(ACCEPT_ENCODING, "gzip, deflate, br, zstd").send().await.unwrap();
    assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(packed.headers()[VARY], "accept-encoding");
    let policy = packed.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let mut unpacked = String::new();
    let bytes = packed.bytes().await.unwrap();
    GzDecoder::new(&*bytes).read_to_string(&mut unpacked).unwrap();
    [
        common(&plain.body, plain.header("content-security-policy"), path, message),
        common(&unpacked, &policy, path, message),
    ]
}

#[tokio::test]
async fn every_customer_sees_their_own_request_on_a_page_that_was_made_for_another() {
    let app = TestApp::start().await;
    let mut pages = Vec::new();
    for message in ["CASE-0001", "a+b.c!d?e", "ZX8QJVZ2W", "#########"] {
        let request = app.ask(ALEX, Some(message)).await;
        record_of(&app, &request, ALEX, message).await;
        let mut browser = app.browser();
        let page = browser.get(&request.link).await;
        app.clock.advance(Duration::from_secs(7));
        pages.extend(both(&app, &mut browser, &page.path, message).await);
    }
    for page in &pages {
        assert!(page.contains("data-seconds-left=SECONDS"), "{page}");
        assert_eq!(page, &pages[0]);
    }
}

#[tokio::test]
async fn a_decision_page_that_was_made_before_is_this_customers_own() {
    let app = TestApp::start().await;
    let mut pages = Vec::new();
    for message in ["CASE-0001", "CASE-0002"] {
        let (request, mut browser) = app.asked(message).await;
        let page = sign_in(&app, &mut browser, &request.link, ALEX).await;
        assert!(page.path.ends_with("/decision"), "{}", page.path);
        pages.extend(both(&app, &mut browser, &page.path, message).await);
        // The next mail to the same address has to wait.
        app.clock.advance(Duration::from_secs(60));
    }
    for page in &pages {
        assert_eq!(page, &pages[0]);
    }
}

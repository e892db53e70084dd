//! What comes before a request's body: hosts, cookies of other pages, languages, and the pages for
//! what never reaches a handler.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use messages::texts::{Language, Texts};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::support::walk::press;
use crate::support::{ALEX, REFERENCE, TestApp};

fn address(origin: &str) -> SocketAddr {
    let url = Url::parse(origin).unwrap();
    SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()))
}

/// The answer to a request, as it is on the wire.
async fn raw(origin: &str, head: &str) -> String {
    let mut connection = TcpStream::connect(address(origin)).await.unwrap();
    let text = format!("{}\r\nConnection: close\r\n\r\n", head.replace('\n', "\r\n"));
    connection.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

#[tokio::test]
async fn a_request_that_does_not_name_one_host_is_refused_by_every_listener() {
    let app = TestApp::start().await;
    for (origin, path) in [
        (&app.site, "/nowhere"),
        (&app.site, "/healthz"),
        (&app.provider, "/demo/outbox"),
        (&app.provider, "/healthz"),
        (&app.desk, "/desk"),
        (&app.desk, "/desk.css"),
        (&app.management, "/metrics"),
    ] {
        let own = origin.strip_prefix("http://").unwrap();
        for head in [
            format!("GET {path} HTTP/1.1"),
            format!("GET {path} HTTP/1.1\nHost: {own}\nHost: {own}"),
            format!("GET {path} HTTP/1.1\nHost: {own}\nHost: evil.example"),
            format!("GET {path} HTTP/1.1\nHost:"),
            format!("GET {path} HTTP/1.1\nHost: a b"),
            format!("GET {path} HTTP/1.1\nHost: evil.example@{own}"),
            format!("GET http://evil.example{path} HTTP/1.1\nHost: {own}"),
            format!("GET http://{own}{path} HTTP/1.1\nHost: evil.example"),
        ] {
            assert_eq!(status(&raw(origin, &head).await), "400", "{head}");
        }
        // A proxy's form of the target names the same host.
        let absolute = format!("GET http://{own}{path} HTTP/1.1\nHost: {own}");
        assert_ne!(status(&raw(origin, &absolute).await), "400", "{absolute}");
    }
    // A load balancer's health check of old.
    assert_eq!(status(&raw(&app.site, "GET /healthz HTTP/1.0").await), "200");
}

#[tokio::test]
async fn the_demo_answers_no_foreign_host_whichever_way_it_is_named() {
    let app = TestApp::start().await;
    for origin in [&app.site, &app.provider, &app.desk] {
        for head in [
            "GET /demo/outbox HTTP/1.1\nHost: evil.example",
            "GET http://evil.example/demo/outbox HTTP/1.1\nHost: evil.example",
            "GET /demo/outbox HTTP/1.0",
        ] {
            assert_eq!(status(&raw(origin, head).await), "421", "{origin} {head}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_speaks_http_2_names_the_host_in_its_own_way() {
    let app = TestApp::start().await;
    #[expect(clippy::disallowed_methods, reason = "ours speaks HTTP/1.1 where there is no TLS")]
    let http = reqwest::Client::builder()
        .http2_prior_knowledge()
        .resolve("evil.example", address(&app.provider))
        .build()
        .unwrap();
    let desk = format!("{}/desk", app.desk);
    let outbox = format!("{}/demo/outbox", app.provider);
    for url in [&app.site, &desk, &outbox, &format!("{}/metrics", app.management)] {
        let answer = http.get(url).send().await.unwrap();
        assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        assert!(!matches!(answer.status().as_u16(), 400 | 421), "{url}: {answer:?}");
    }
    let port = address(&app.provider).port();
    let evil = http.get(format!("http://evil.example:{port}/demo/outbox")).send().await.unwrap();
    assert_eq!(evil.status(), 421);
}

#[tokio::test]
async fn another_page_of_the_host_has_set_a_cookie_with_an_umlaut() {
    let app = TestApp::start().await;
    for city in ["city=Zürich".as_bytes(), b"city=Z\xfcrich"] {
        let (request, mut browser) = app.asked(REFERENCE).await;
        browser.holds_foreign(city);
        let page = crate::support::walk::sign_in(&app, &mut browser, &request.link, ALEX);
        let page = page.await;
        assert!(page.is("decision"), "{}", page.body);
        let page = press(&mut browser, &page, "approve").await;
        assert!(page.is("outcome-allowed"), "{}", page.body);
        assert_eq!(app.poll_for(&request).await.status, 200);
        app.clock.advance(std::time::Duration::from_secs(60));

        // And by the identity provider, where both listeners keep cookies.
        let (request, mut browser) = app.asked("CASE-4712").await;
        browser.holds_foreign(city);
        let page = crate::social_site::sign_in(&app, &mut browser, &request.link, ALEX).await;
        assert!(page.is("decision"), "{}", page.body);
        app.clock.advance(std::time::Duration::from_secs(60));
    }
}

#[tokio::test]
async fn a_german_phone_adds_its_units_to_the_language() {
    let app = TestApp::start().await;
    for header in ["de-DE-u-mu-celsius", "de-DE-x-private,en;q=0.5"] {
        let page = app.http.get(format!("{}/nowhere", app.site)).header("accept-language", header);
        let body = page.send().await.unwrap().text().await.unwrap();
        assert!(body.contains("lang=\"de\""), "{header}: {body}");
    }
}

/// A body without `Content-Length`.
fn in_chunks(text: String) -> reqwest::Body {
    let frame = Ok::<_, Infallible>(Frame::data(Bytes::from(text)));
    reqwest::Body::wrap(StreamBody::new(stream::iter([frame])))
}

#[tokio::test]
async fn what_never_reaches_a_handler_is_told_as_it_is() {
    let app = TestApp::start().await;
    let (_, browser, page) = app.opened(REFERENCE).await;
    let cookies: Vec<_> =
        browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let ours = |method: Method, path: &str| {
        app.http
            .request(method, format!("{}{path}", app.site))
            .header("sec-fetch-site", "same-origin")
            .header("accept", "text/html")
            .header("cookie", &cookies)
    };
    let form = "application/x-www-form-urlencoded";
    let mail = format!("{}/mail", page.path);
    let texts = Arc::new(Texts::load(&app.config.brand).unwrap());
    for (request, expected, problem) in [
        (ours(Method::GET, "/nowhere"), 404, "page-unknown"),
        (ours(Method::PUT, "/login"), 405, "method-not-allowed"),
        (ours(Method::PUT, "/api/decide"), 405, "method-not-allowed"),
        (
            ours(Method::POST, &mail).header("content-type", form).body("x".repeat(20_000)),
            413,
            "content-too-large",
        ),
        // The same where its length is not told beforehand.
        (
            ours(Method::POST, &mail)
                .header("content-type", form)
                .body(in_chunks("x".repeat(20_000))),
            413,
            "content-too-large",
        ),
        (
            ours(Method::POST, &mail).header("content-type", "application/json").body("{}"),
            400,
            "form-malformed",
        ),
        (ours(Method::GET, "/login?auth_req_id="), 400, "link-malformed"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), expected, "{problem}");
        let body = answer.text().await.unwrap();
        let title = texts.words(Language::En).text(&format!("problem-{problem}"));
        assert!(body.contains(&format!("{title}</h1>")), "{problem}: {body}");
    }
}

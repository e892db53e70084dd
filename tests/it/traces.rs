//! Traces, as a collector receives them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use ciba_login::config::{Config, Secret};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

use crate::support::TestApp;
use crate::support::program::{run, scripted};
use crate::support::scripted::{AUTH_REQ_ID, refusal};
use crate::support::walk::{at_decision, press};

const STRANGERS_TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A collector, with what it has received.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>);

impl Collector {
    /// Where it listens.
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/traces", post(receive)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, url)
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.0.lock().unwrap();
        let resources = received.iter().flat_map(|(_, batch)| &batch.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    /// Everything that was received, as text.
    fn text(&self) -> String {
        let received = self.0.lock().unwrap();
        let batches: Vec<_> = received.iter().map(|(_, batch)| batch).collect();
        format!("{batches:?}")
    }
}

async fn receive(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> Bytes {
    let batch = ExportTraceServiceRequest::decode(body).unwrap();
    collector.0.lock().unwrap().push((headers, batch));
    Bytes::new()
}

fn to(url: &str, config: &mut Config) {
    config.traces.endpoint = Some(url.parse().unwrap());
    config.traces.headers = Some(Secret::new("authorization=Bearer%20of-the-collector"));
}

fn one<'a>(spans: &'a [Span], name: &str, kind: SpanKind) -> &'a Span {
    let mut found = spans.iter().filter(|span| span.name == name && span.kind() == kind);
    let span = found.next().unwrap_or_else(|| {
        panic!("no {name} among {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>())
    });
    assert!(found.next().is_none(), "several {name}");
    span
}

#[tokio::test]
async fn a_press_is_one_trace_from_the_site_to_the_provider_and_names_nobody() {
    let (collector, url) = Collector::start().await;
    let mut app = TestApp::start_with(|config| {
        to(&url, config);
        config.traces.trusted_callers = vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
    })
    .await;
    let (request, mut browser, page) = at_decision(&app).await;
    let handle = page.path.split('/').nth(2).unwrap().to_owned();
    assert!(press(&mut browser, &page, "approve").await.is("outcome-allowed"));
    let mail = app.mail(1).await;
    app.ask_to_stop();
    app.until_stopped().await;

    let spans = collector.spans();
    let pressed = one(&spans, "POST /api/{function}", SpanKind::Server);
    let path = "/cis/auth/backchannel/complete";
    let called = one(&spans, &format!("POST {path}"), SpanKind::Client);
    let taken = one(&spans, &format!("POST {path}"), SpanKind::Server);
    assert!(pressed.parent_span_id.is_empty());
    assert_eq!(called.parent_span_id, pressed.span_id);
    assert_eq!(taken.parent_span_id, called.span_id);
    let traces: BTreeSet<_> = [pressed, called, taken].map(|span| &span.trace_id).into();
    assert_eq!(traces.len(), 1);
    // All pages of one request are found by its handle.
    let is_about = |span: &&Span| format!("{:?}", span.attributes).contains(&handle);
    assert!(is_about(&pressed));
    assert!(spans.iter().filter(is_about).count() >= 3);

    let all = collector.text();
    assert!(all.contains("ciba-login"), "{all}");
    let code = mail.code.unwrap();
    let secret = app.demo.client_secret.as_str();
    let link = mail.link.rsplit('/').next().unwrap();
    for unsaid in [
        request.auth_req_id.as_str(),
        "CASE-4711",
        "alex@example.com",
        "127.0.0.1",
        "Bearer",
        "of-the-collector",
        "?",
        &code,
        secret,
        link,
    ] {
        assert!(!all.contains(unsaid), "{unsaid} is in:\n{all}");
    }
    let received = collector.0.lock().unwrap();
    assert!(
        received.iter().all(|(headers, _)| headers["authorization"] == "Bearer of-the-collector")
    );
}

#[tokio::test]
async fn whose_header_has_a_trace_recorded() {
    for is_trusted in [false, true] {
        let (collector, url) = Collector::start().await;
        let mut app = TestApp::start_with(|config| {
            to(&url, config);
            config.traces.sampling_ratio = 0.0;
            if is_trusted {
                config.traces.trusted_callers = vec!["127.0.0.1".parse().unwrap()];
            }
        })
        .await;
        for listener in [&app.site, &app.provider, &app.desk] {
            let request =
                app.http.get(format!("{}/login", listener.replace("localhost", "127.0.0.1")));
            let header = format!("00-{STRANGERS_TRACE}-b7ad6b7169203331-01");
            request.header("traceparent", header).send().await.unwrap();
        }
        app.ask_to_stop();
        app.until_stopped().await;
        let spans = collector.spans();
        let traces: Vec<_> = spans.iter().map(|span| hex(&span.trace_id)).collect();
        assert_eq!(!traces.is_empty(), is_trusted, "{traces:?}");
        assert!(traces.iter().all(|trace| trace == STRANGERS_TRACE), "{traces:?}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn a_collector_that_never_answers_keeps_nobody_waiting() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut app = TestApp::start_with(|config| to(&url, config)).await;
    let (request, mut browser, page) = at_decision(&app).await;
    assert!(press(&mut browser, &page, "approve").await.is("outcome-allowed"));
    assert_eq!(app.poll_for(&request).await.status, 200);
    app.ask_to_stop();
    tokio::time::timeout(Duration::from_secs(20), app.until_stopped()).await.unwrap();
    drop(listener);
}

#[tokio::test]
async fn what_an_agent_asks_in_a_shell_is_one_trace_to_the_provider() {
    let (collector, url) = Collector::start().await;
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["request", "--login-hint", "+15550100", "--binding-message", "CASE-4711"];
    let (provider, mut command) = scripted(folder.path(), &arguments).await;
    let started = json!({ "auth_req_id": AUTH_REQ_ID, "expires_in": 60, "interval": 1 });
    let started = ResponseTemplate::new(200).set_body_json(started);
    provider.script("POST", "/cis/oidc/backchannel", vec![started]).await;
    provider.script("POST", "/oidc/token", vec![refusal("access_denied")]).await;
    command.env("CIBA_LOGIN_TRACES__ENDPOINT", &url);
    let output = run(command).await;
    let spans = collector.spans();
    let whole = one(&spans, "ciba-login request", SpanKind::Internal);
    let asked = one(&spans, "POST /cis/oidc/backchannel", SpanKind::Client);
    assert_eq!(asked.parent_span_id, whole.span_id, "{output:?}");
    let seen = provider.server.received_requests().await.unwrap();
    let asked_there = seen.iter().find(|request| request.url.path().ends_with("/backchannel"));
    let sent = asked_there.unwrap().headers["traceparent"].to_str().unwrap();
    assert_eq!(sent, format!("00-{}-{}-01", hex(&asked.trace_id), hex(&asked.span_id)));
    assert!(!collector.text().contains(AUTH_REQ_ID));
}

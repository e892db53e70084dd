//! Traces of requests, for OpenTelemetry: a span for each request that is answered and for each call
//! to the provider, joined by `traceparent` (W3C Trace Context).
//!
//! A span has words of closed sets (a route of our URL map, a status) and the handle of a request.
//! Nothing else that a caller writes and nothing that names a person ever becomes a part of one.
//! What is logged is no part of it: an event may quote more.

mod collector;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use ciba::RequestHandle;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    FutureExt, SpanKind, Status, TraceContextExt, Tracer, TracerProvider, WithContext,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use reqwest::RequestBuilder;
use tracing::Instrument;
use tracing::instrument::Instrumented;
use url::Url;

use crate::metrics;
use crate::network::Network;
use crate::settings::TracesConfig;

pub use collector::{InvalidHeaders, TracesSetUpError, parse_headers};

/// How long the last spans may take to reach the collector when the process ends.
const FLUSH: Duration = Duration::from_secs(3);

/// Where spans go; nowhere by default. A clone sends to the same collector.
#[derive(Debug, Clone, Default)]
pub struct Traces(Option<Arc<Exported>>);

#[derive(Debug)]
struct Exported {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    propagator: TraceContextPropagator,
    trusted_callers: Vec<Network>,
}

impl Traces {
    /// Sends spans to the configured collector, from a thread of its own that sends through the
    /// runtime in which this is called. Where the collector is slow or away, at most 2,048 spans wait,
    /// and the others are dropped.
    pub fn start(config: &TracesConfig) -> Result<Self, TracesSetUpError> {
        let Some(endpoint) = &config.endpoint else { return Ok(Self::default()) };
        let exporter = collector::exporter(endpoint, config.headers.as_ref())?;
        let resource = Resource::builder()
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_service_name(config.service_name.clone())
            .build();
        let ratio = Sampler::TraceIdRatioBased(config.sampling_ratio);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(ratio)))
            .with_resource(resource)
            .build();
        Ok(Self(Some(Arc::new(Exported {
            tracer: provider.tracer("ciba-login"),
            provider,
            propagator: TraceContextPropagator::new(),
            trusted_callers: config.trusted_callers.clone(),
        }))))
    }

    /// Puts a span around every request of a listener.
    pub fn around(&self, listener: &'static str, router: Router) -> Router {
        match &self.0 {
            Some(exported) => {
                router.layer(from_fn_with_state((Arc::clone(exported), listener), answer))
            }
            None => router,
        }
    }

    /// Sends a request to the provider, in a span, with its `traceparent`.
    pub async fn send(&self, request: RequestBuilder) -> reqwest::Result<reqwest::Response> {
        let Some(exported) = &self.0 else { return request.send().await };
        let (client, request) = request.build_split();
        let mut request = request?;
        let method = metrics::word(request.method());
        let template = template(request.url());
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let builder = exported
            .tracer
            .span_builder(format!("{method} {template}"))
            .with_kind(SpanKind::Client)
            .with_attributes([
                KeyValue::new("http.request.method", method),
                KeyValue::new("url.template", template),
                KeyValue::new("server.address", host),
            ]);
        let span = exported.tracer.build(builder);
        let context = Context::current_with_span(span);
        exported.propagator.inject_context(&context, &mut HeaderInjector(request.headers_mut()));
        let sent = client.execute(request).await;
        let span = context.span();
        match &sent {
            Ok(response) => {
                let status = response.status();
                span.set_attribute(status_code(status));
                if status.is_client_error() || status.is_server_error() {
                    span.set_status(Status::error(""));
                }
            }
            Err(error) => span.set_status(Status::error(word_of(error))),
        }
        span.end();
        sent
    }

    /// Does this piece of work in a span of its own.
    pub async fn span<F: Future>(&self, name: &'static str, work: F) -> F::Output {
        let Some(exported) = &self.0 else { return work.await };
        let span = exported.tracer.start(name);
        work.with_context(Context::current_with_span(span)).await
    }

    /// Sends what is left, for three seconds at most.
    pub async fn stop(&self) {
        let Some(exported) = &self.0 else { return };
        let provider = exported.provider.clone();
        // It waits for a thread that sends through this runtime.
        let stopped =
            tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("the last traces were not sent");
        }
    }
}

/// A task that goes on with the trace and the log span of whoever starts it.
pub fn carry<F>(task: F) -> WithContext<Instrumented<F>> {
    task.in_current_span().with_current_context()
}

/// The current span is about this authentication request.
pub fn is_about(handle: &RequestHandle) {
    let context = Context::current();
    let span = context.span();
    if span.is_recording() {
        span.set_attribute(KeyValue::new("ciba.request", handle.as_str().to_owned()));
    }
}

/// The trace that is being recorded, for the log.
pub fn current_id() -> Option<String> {
    let context = Context::current();
    let span = context.span();
    span.is_recording().then(|| span.span_context().trace_id().to_string())
}

/// Answers a request in a span.
async fn answer(
    State((exported, listener)): State<(Arc<Exported>, &'static str)>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    // The matched path and not the path: that may hold an address or a number.
    let route = route.map_or("-", MatchedPath::as_str).to_owned();
    if matches!(route.as_str(), "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let method = metrics::word(request.method());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let parent = exported.parent(peer.map(|peer| peer.0), request.headers());
    let builder = exported
        .tracer
        .span_builder(format!("{method} {route}"))
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route),
            KeyValue::new("ciba_login.listener", listener),
        ]);
    let span = exported.tracer.build_with_context(builder, &parent);
    let context = parent.with_span(span);
    let response = next.run(request).with_context(context.clone()).await;
    let span = context.span();
    span.set_attribute(status_code(response.status()));
    if response.status().is_server_error() {
        span.set_status(Status::error(""));
    }
    span.end();
    response
}

impl Exported {
    /// The trace that a request goes on with.
    ///
    /// # Security
    ///
    /// A stranger's header is no parent, and no link either: a link is stored with the span, so that
    /// strangers could write into what operators search.
    fn parent(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> Context {
        let is_trusted = peer.is_some_and(|peer| {
            self.trusted_callers.iter().any(|caller| caller.contains(peer.ip()))
        });
        let none = Context::new();
        if is_trusted {
            self.propagator.extract_with_context(&none, &HeaderExtractor(headers))
        } else {
            none
        }
    }
}

fn status_code(status: StatusCode) -> KeyValue {
    KeyValue::new("http.response.status_code", i64::from(status.as_u16()))
}

/// Words in the paths of the providers' APIs. Any other part may name a person.
const WORDS: [&str; 29] = [
    "admin",
    "applications",
    "auth",
    "authenticate",
    "backchannel",
    "callback",
    "certs",
    "ciba",
    "cis",
    "clients",
    "complete",
    "email",
    "ext",
    "jwks",
    "link",
    "logout",
    "oidc",
    "openid-connect",
    "otp",
    "protocol",
    "realms",
    "register",
    "send",
    "start",
    "token",
    "users",
    "v1",
    "webauthn",
    ".well-known",
];

/// The path of a call, without what could name a person.
fn template(url: &Url) -> String {
    let parts = url.path_segments().into_iter().flatten();
    let known = |part| WORDS.iter().copied().find(|word| *word == part).unwrap_or("{}");
    parts.fold(String::new(), |path, part| path + "/" + known(part))
}

/// Why there was no answer. The error's own words have the address in them.
fn word_of(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "no connection"
    } else {
        "broken off"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_only_words_of_the_api_are_told() {
        let of = |url: &str| template(&url.parse().unwrap());
        assert_eq!(
            of("https://a.example/cis/v1/auth/otp/send?to=x@y.example"),
            "/cis/v1/auth/otp/send"
        );
        assert_eq!(
            of("https://a.example/admin/realms/main/users/alice"),
            "/admin/realms/{}/users/{}"
        );
        assert_eq!(of("https://a.example"), "/{}");
    }
}

//! The way to the collector: OTLP over HTTP with the client that everything else uses.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{HeaderName, HeaderValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use tokio::runtime::Handle;
use url::Url;

use crate::Secret;
use crate::http_client::{self, Timeouts};

/// How long the collector may take for one batch.
const TIMEOUTS: Timeouts =
    Timeouts { connect: Duration::from_secs(2), total: Duration::from_secs(5) };

/// The path of the collector (OTLP 1.x, "OTLP/HTTP Request").
const PATH: [&str; 2] = ["v1", "traces"];

/// The headers are malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the form name=value,name=value")]
pub struct InvalidHeaders;

/// Reads headers in the form of `OTEL_EXPORTER_OTLP_HEADERS`.
pub fn parse_headers(text: &str) -> Result<HashMap<String, String>, InvalidHeaders> {
    let mut headers = HashMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(InvalidHeaders)?;
        // Percent-encoded as in W3C Baggage, where a plus is a plus.
        let value = format!("={}", value.trim().replace('+', "%2B").replace('&', "%26"));
        let (_, value) =
            url::form_urlencoded::parse(value.as_bytes()).next().ok_or(InvalidHeaders)?;
        let name = name.trim();
        let is_header = HeaderName::try_from(name).is_ok() && HeaderValue::from_str(&value).is_ok();
        if !is_header {
            return Err(InvalidHeaders);
        }
        headers.insert(name.to_owned(), value.into_owned());
    }
    Ok(headers)
}

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesSetUpError {
    /// There is no network code.
    #[error(transparent)]
    HttpClient(#[from] http_client::HttpClientError),
    /// The headers are malformed.
    #[error("traces.headers")]
    Headers(#[from] InvalidHeaders),
    /// A variable of the environment (`OTEL_…`) asks for what there is not.
    #[error("the exporter of traces could not be set up")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// The exporter to this collector.
pub(super) fn exporter(
    endpoint: &Url,
    headers: Option<&Secret>,
) -> Result<SpanExporter, TracesSetUpError> {
    let headers = headers.map(|headers| parse_headers(headers.expose())).transpose()?;
    let collector = Collector {
        http: http_client::build_for(endpoint, TIMEOUTS)?,
        runtime: Handle::current(),
        is_away: AtomicBool::new(false),
    };
    Ok(SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .with_endpoint(with_path(endpoint))
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(TIMEOUTS.total)
        .with_headers(headers.unwrap_or_default())
        .build()?)
}

fn with_path(endpoint: &Url) -> Url {
    let mut endpoint = endpoint.clone();
    if !endpoint.path().ends_with("/v1/traces")
        && let Ok(mut segments) = endpoint.path_segments_mut()
    {
        segments.pop_if_empty().extend(PATH);
    }
    endpoint
}

/// Sends batches. The exporter's thread has no runtime of its own.
#[derive(Debug)]
struct Collector {
    http: reqwest::Client,
    runtime: Handle,
    is_away: AtomicBool,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.runtime.spawn(send(self.http.clone(), request)).await;
        let answer = sent.map_err(HttpError::from).and_then(|answer| answer);
        let failure = match &answer {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        // Once for each outage, and not every five seconds.
        let was_away = self.is_away.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(failure) if !was_away => {
                tracing::warn!(failure, "the collector takes no traces");
            }
            None if was_away => tracing::info!("the collector takes traces again"),
            _ => {}
        }
        answer
    }
}

async fn send(
    http: reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let request = reqwest::Request::try_from(request)?;
    let response = http.execute(request).await.map_err(reqwest::Error::without_url)?;
    let mut answer = Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        headers.clone_from(response.headers());
    }
    Ok(answer.body(http_client::body(response).await?.into())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_environment_of_other_programs_has_them() {
        let headers = parse_headers("authorization=Basic%20YSti+Yw==, x-scope = a&b").unwrap();
        assert_eq!(headers["authorization"], "Basic YSti+Yw==");
        assert_eq!(headers["x-scope"], "a&b");
        for text in ["token", "a b=c", "a=%0A"] {
            assert_eq!(parse_headers(text), Err(InvalidHeaders), "{text}");
        }
    }

    #[test]
    fn the_path_is_put_behind_an_endpoint_that_lacks_it() {
        for (endpoint, whole) in [
            ("http://localhost:4318", "http://localhost:4318/v1/traces"),
            ("https://c.example/otlp/", "https://c.example/otlp/v1/traces"),
            ("https://c.example/otlp/v1/traces", "https://c.example/otlp/v1/traces"),
        ] {
            assert_eq!(with_path(&endpoint.parse().unwrap()).as_str(), whole);
        }
    }
}

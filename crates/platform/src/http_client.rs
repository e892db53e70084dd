//! The one way out: every outgoing HTTP call uses a client that was made here.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls_platform_verifier::BuilderVerifierExt;
use serde_json::{Value, json};
use url::Url;

use crate::network::is_loopback;
use crate::seconds;

/// The client could not be set up; there is no network code without it.
#[derive(Debug, thiserror::Error)]
pub enum HttpClientError {
    /// The system's certificates could not be read.
    #[error("the system's certificates could not be read")]
    Certificates(#[source] &'static rustls::Error),
    /// The client itself.
    #[error("the HTTP client could not be set up")]
    Client(#[from] reqwest::Error),
}

/// How long an outgoing call may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the answer is complete.
    pub total: Duration,
}

/// A client with limits: no redirect is followed (a redirect could lead a credential elsewhere), and
/// no call outlives its timeouts. It goes through the proxy of the environment (`HTTPS_PROXY`,
/// `HTTP_PROXY`, less `NO_PROXY`), where there is one.
pub fn build(timeouts: Timeouts) -> Result<reqwest::Client, HttpClientError> {
    Ok(limits(timeouts)?.build()?)
}

/// A client for one other party. What is on this machine is reached without a proxy: it would look
/// on its own machine, and see on the way what was never to leave ours.
pub fn build_for(target: &Url, timeouts: Timeouts) -> Result<reqwest::Client, HttpClientError> {
    let builder = limits(timeouts)?;
    let builder = if is_loopback(target) { builder.no_proxy() } else { builder };
    Ok(builder.build()?)
}

/// A client for another party on our own network, which no proxy is to see.
pub fn build_direct(timeouts: Timeouts) -> Result<reqwest::Client, HttpClientError> {
    Ok(limits(timeouts)?.no_proxy().build()?)
}

/// Connections to one host that are kept without a request. A moment in which many customers ask at once must
/// not cost memory for the next minute: buffers and tasks of each take tens of kilobytes.
const MOST_IDLE: usize = 64;

/// What every client verifies servers with: the system's certificates. They are some hundred files, so they
/// are read once for all clients.
static TLS: LazyLock<Result<ClientConfig, rustls::Error>> = LazyLock::new(|| {
    let mut tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
});

fn limits(timeouts: Timeouts) -> Result<reqwest::ClientBuilder, HttpClientError> {
    let tls = TLS.as_ref().map_err(HttpClientError::Certificates)?;
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may build a client")]
    let builder = reqwest::Client::builder();
    let builder = builder
        .tls_backend_preconfigured(tls.clone())
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total)
        .pool_idle_timeout(Duration::from_secs(60))
        .pool_max_idle_per_host(MOST_IDLE)
        .tcp_nodelay(true)
        .user_agent(concat!("ciba-login/", env!("CARGO_PKG_VERSION")));
    Ok(builder)
}

/// The most bytes of an answer that are read; every answer of the API is far smaller.
pub const MAX_BODY: usize = 256 * 1024;

/// Reading a body failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BodyError {
    /// The connection broke or took too long.
    #[error("the connection broke off")]
    Transport(#[source] Arc<reqwest::Error>),
    /// The answer is longer than [`MAX_BODY`].
    #[error("it is longer than {MAX_BODY} bytes")]
    TooLong,
}

impl From<reqwest::Error> for BodyError {
    /// The address is taken out of the error: a query may be in it.
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(Arc::new(error.without_url()))
    }
}

/// Reads a body, up to [`MAX_BODY`], without the byte order mark that some servers put in front of their
/// JSON (RFC 8259, section 8.1, lets readers ignore it).
pub async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(BodyError::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(bytes)
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Turns a status and a body into the body that oauth2 sees, or into the caller's own error. What is
/// not an error is a success to oauth2, whatever its status and type.
pub type ReadBody<E> = fn(StatusCode, Result<Vec<u8>, BodyError>) -> Result<Vec<u8>, E>;

/// The HTTP client of the oauth2 crate, made of ours: oauth2 brings an older reqwest.
#[derive(Debug)]
pub struct OAuthHttp<E> {
    http: reqwest::Client,
    read: ReadBody<E>,
}

impl<E> OAuthHttp<E> {
    /// A client for one call.
    pub fn new(http: &reqwest::Client, read: ReadBody<E>) -> Self {
        Self { http: http.clone(), read }
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, E>
    where
        E: From<reqwest::Error>,
    {
        let response = self.http.execute(reqwest::Request::try_from(request)?).await?;
        let status = response.status();
        let body = (self.read)(status, body(response).await)?;
        let mut answer = HttpResponse::new(as_oauth2_reads(body));
        let kind = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(CONTENT_TYPE, kind);
        Ok(answer)
    }
}

/// A token answer in the one form that oauth2 takes: with a `token_type`, and `expires_in` as a
/// number or not at all. Servers leave the first out and write the second as text.
fn as_oauth2_reads(body: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&body) else { return body };
    if !members.get("token_type").is_some_and(Value::is_string) {
        members.insert("token_type".into(), json!("Bearer"));
    }
    if let Some(seconds) = members.remove("expires_in").as_ref().and_then(seconds::read) {
        members.insert("expires_in".into(), json!(seconds));
    }
    if !members.get("scope").is_some_and(Value::is_string) {
        members.remove("scope");
    }
    serde_json::to_vec(&members).unwrap_or(body)
}

impl<'c, E> AsyncHttpClient<'c> for OAuthHttp<E>
where
    E: std::error::Error + From<reqwest::Error> + Send + 'static,
{
    type Error = E;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, E>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answer(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_byte_order_mark_is_no_part_of_a_body() {
        for (sent, expected) in [
            ("\u{feff}{\"keys\":[]}", "{\"keys\":[]}"),
            ("{\"keys\":[]}", "{\"keys\":[]}"),
            ("\u{feff}", ""),
            ("", ""),
        ] {
            let response = reqwest::Response::from(axum::http::Response::new(sent));
            assert_eq!(body(response).await.unwrap(), expected.as_bytes(), "{sent:?}");
        }
    }

    #[test]
    fn a_token_answer_is_put_into_the_form_that_oauth2_reads() {
        let read = |body: Value| -> Value {
            serde_json::from_slice(&as_oauth2_reads(body.to_string().into_bytes())).unwrap()
        };
        assert_eq!(
            read(json!({ "access_token": "a", "expires_in": "60", "scope": ["x"] })),
            json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 60 })
        );
        let whole =
            json!({ "access_token": "a", "token_type": "bearer", "expires_in": 1, "scope": "x" });
        assert_eq!(read(whole.clone()), whole);
        assert_eq!(as_oauth2_reads(b"<html>".to_vec()), b"<html>");
    }
}

//! The one way out: every outgoing HTTP call uses a client that was made here.

use std::pin::Pin;
use std::time::Duration;

use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::StatusCode;

/// The client could not be set up; there is no network code without it.
#[derive(Debug, thiserror::Error)]
#[error("set up the HTTP client")]
pub struct SetUpError(#[from] reqwest::Error);

/// How long an outgoing call may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the answer is complete.
    pub total: Duration,
}

/// A client with limits: no redirect is followed (a redirect could lead a credential elsewhere), and
/// no call outlives its patience.
///
/// # Errors
///
/// [`SetUpError`] where the machine has no usable certificate store.
pub fn build(patience: Patience) -> Result<reqwest::Client, SetUpError> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may build a client")]
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(patience.connect)
        .timeout(patience.total)
        .pool_idle_timeout(Duration::from_secs(60))
        .tcp_nodelay(true)
        .user_agent(concat!("ciba-login/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(client)
}

/// The most bytes of an answer that are read; every answer of the API is far smaller.
pub const MAX_BODY: usize = 256 * 1024;

/// Reading a body failed.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection broke or took too long.
    #[error("read the answer")]
    Transport(#[from] reqwest::Error),
    /// The answer is longer than [`MAX_BODY`].
    #[error("it is longer than {MAX_BODY} bytes")]
    TooLong,
}

/// Reads a body, up to [`MAX_BODY`].
///
/// # Errors
///
/// [`BodyError`]
pub async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(BodyError::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Turns a status and a body into the body that oauth2 sees, or into the caller's own error.
pub type Read<E> = fn(StatusCode, Result<Vec<u8>, BodyError>) -> Result<Vec<u8>, E>;

/// The HTTP client of the oauth2 crate, made of ours: oauth2 brings an older reqwest.
#[derive(Debug)]
pub struct OAuthHttp<E> {
    http: reqwest::Client,
    read: Read<E>,
}

impl<E> OAuthHttp<E> {
    /// A client for one call.
    pub fn new(http: &reqwest::Client, read: Read<E>) -> Self {
        Self { http: http.clone(), read }
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, E>
    where
        E: From<reqwest::Error>,
    {
        let response = self.http.execute(reqwest::Request::try_from(request)?).await?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = (self.read)(status, body(response).await)?;
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
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

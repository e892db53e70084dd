//! The one way out: every outgoing HTTP call uses a client that was made here.

use std::time::Duration;

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
    #[error("read the answer: it is longer than {MAX_BODY} bytes")]
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

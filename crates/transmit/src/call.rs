//! One call: address, headers, and the answer read to its end.

use std::time::Duration;

use reqwest::header::{ACCEPT, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;
use url::Url;

use super::errors::{ApiError, TransmitError};
use super::{ClientAccessToken, Dialect, Transmit};
use platform::http_client::{self, BodyError};
use platform::seconds;

/// A successful answer.
#[derive(Debug)]
pub(super) struct SuccessResponse {
    call: String,
    status: u16,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl SuccessResponse {
    /// Whether there is no body.
    pub(super) fn is_empty(&self) -> bool {
        self.body.iter().all(u8::is_ascii_whitespace)
    }

    /// The body as JSON of this shape.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, TransmitError> {
        serde_json::from_slice(&self.body).map_err(|_| self.unexpected())
    }

    /// What the body says where it speaks of an error all the same.
    pub(super) fn refusal(&self) -> ApiError {
        ApiError::parse(self.status, self.retry_after, &self.body)
    }

    /// The complaint that this answer is not what the API promises. The parser's own words are left
    /// out: they may quote the body, and tokens are in it.
    pub(super) fn unexpected(&self) -> TransmitError {
        TransmitError::Unexpected { call: self.call.clone(), status: self.status }
    }
}

/// What of an answer a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Its status and its body.
    Body,
    /// Its status, which says all: where the body breaks off, hangs or floods, the call has done its
    /// work all the same, and must not be made again.
    Status,
}

/// An answer of whatever status.
#[derive(Debug)]
pub(super) struct ReadResponse {
    call: String,
    /// The HTTP status.
    pub(super) status: u16,
    retry_after: Option<Duration>,
    body: Result<Vec<u8>, BodyError>,
}

impl ReadResponse {
    #[cfg(test)]
    pub(super) fn new(status: u16, body: Result<Vec<u8>, BodyError>) -> Self {
        Self { call: String::new(), status, retry_after: None, body }
    }

    /// Whether the status is a 2xx.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body; nothing where it did not come to its end.
    pub(super) fn body(&self) -> Option<&[u8]> {
        self.body.as_deref().ok()
    }

    /// What a status that is no success says. The status has said no already; a body that cannot be
    /// read adds nothing to it.
    pub(super) fn refusal(&self) -> ApiError {
        ApiError::parse(self.status, self.retry_after, self.body().unwrap_or_default())
    }

    /// The complaint that this answer is not what the API promises.
    pub(super) fn unexpected(self) -> TransmitError {
        TransmitError::Unexpected { call: self.call, status: self.status }
    }

    fn judge(self, need: Need) -> Result<SuccessResponse, TransmitError> {
        if !self.is_success() {
            return Err(self.refusal().into());
        }
        let body = match self.body {
            Err(_) if need == Need::Status => Vec::new(),
            body => body?,
        };
        let Self { call, status, retry_after, .. } = self;
        Ok(SuccessResponse { call, status, retry_after, body })
    }
}

/// Whether a 401 is about the person whom the call names, and not about our client's token: sent once
/// more it would use up a second of their tries. Whatever else a provider calls a refused token, and
/// Transmit documents no word for it, a fresh one is the cure.
fn is_about_a_person(error: &ApiError) -> bool {
    error.code.as_deref().is_some_and(|code| {
        let about = ["auth_", "user_", "webauthn_"].iter().any(|prefix| code.starts_with(prefix));
        about || matches!(code, "no_credentials_registered" | "invalid_webauthn_credential")
    })
}

impl Transmit {
    /// The address of a path of the API, given as its segments; each is escaped.
    pub(super) fn api(&self, path: &[&str]) -> Url {
        let settings = &self.inner.settings;
        let mut url = settings.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            segments.extend(settings.prefix.split('/').filter(|part| !part.is_empty()));
            segments.extend(path);
        }
        url
    }

    /// A form post that says who the client is.
    pub(super) fn client_form(
        &self,
        url: Url,
        fields: &[(&'static str, &str)],
    ) -> Result<RequestBuilder, TransmitError> {
        let settings = &self.inner.settings;
        let authentication = &settings.client_authentication;
        // Keycloak accepts the issuer whatever address it is called at, and may soon accept nothing else
        // (draft-ietf-oauth-rfc7523bis).
        let audience = match settings.dialect {
            Dialect::Transmit => self.derived_endpoints().token.into(),
            Dialect::Keycloak(_) => settings.issuer.clone(),
        };
        let mut form: Vec<(&str, String)> =
            fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        form.extend(authentication.fields(&settings.client_id, &audience, &self.inner.ambient)?);
        let request = self.inner.http.post(url).form(&form);
        Ok(match authentication.basic(&settings.client_id) {
            Some((name, password)) => request.basic_auth(name, Some(password)),
            None => request,
        })
    }

    /// Sends a request. Anything but a 2xx is an error.
    pub(super) async fn send(
        &self,
        request: RequestBuilder,
    ) -> Result<SuccessResponse, TransmitError> {
        self.ask(request).await?.judge(Need::Body)
    }

    /// Sends a request, and takes any answer.
    pub(super) async fn ask(&self, request: RequestBuilder) -> Result<ReadResponse, TransmitError> {
        let started = tokio::time::Instant::now();
        let request = request.header(ACCEPT, "application/json");
        let sent = self.inner.ambient.traces.send(request).await;
        let status = sent.as_ref().ok().map(|response| response.status().as_u16());
        self.inner.ambient.metrics.provider_called(status, started.elapsed());
        Ok(self.read(sent?).await)
    }

    async fn read(&self, response: Response) -> ReadResponse {
        let status = response.status().as_u16();
        let call = response.url().path().to_owned();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let now = self.inner.ambient.clock.now();
        let retry_after = header(RETRY_AFTER).and_then(|text| seconds::retry_after(text, now));
        let body = http_client::body(response).await;
        tracing::debug!(http.path = call, http.status = status, "transmit.api.call");
        ReadResponse { call, status, retry_after, body }
    }

    /// Sends a request with our client's token. Where the token is refused, once more with a fresh
    /// one: it may have been revoked, or the provider's keys changed.
    pub(super) async fn send_as_client(
        &self,
        build: impl Fn() -> RequestBuilder,
    ) -> Result<SuccessResponse, TransmitError> {
        self.send_as_client_for(Need::Body, build).await
    }

    /// The same, for whoever needs no more of the answer.
    pub(super) async fn send_as_client_for(
        &self,
        need: Need,
        build: impl Fn() -> RequestBuilder,
    ) -> Result<SuccessResponse, TransmitError> {
        let (token, is_fresh) = self.client_access_token().await?;
        let first = self.ask(bearer(build(), &token)).await?.judge(need);
        match &first {
            Err(TransmitError::Api(error))
                if error.status == 401 && !is_fresh && !is_about_a_person(error) => {}
            _ => return first,
        }
        self.forget_client_access_token(&token);
        let (token, _) = self.client_access_token().await?;
        self.ask(bearer(build(), &token)).await?.judge(need)
    }
}

fn bearer(request: RequestBuilder, token: &ClientAccessToken) -> RequestBuilder {
    request.bearer_auth(token.expose())
}

//! What a handler takes from the HTTP request: language, request id, nonce; and the request that
//! the browser holds.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::failure::Failure;
use super::form::Form;
use super::middleware::compression::takes_gzip;
use super::pages::PageContext;
use super::pages::prepared::Accepts;
use super::request::{self, HeldRequest};
use super::sign_in::social::embedded_browser::{self, System};
use super::{Site, cookies};
use crate::site::language::AnswerLanguage;
use ciba::Problem;
use ciba::RequestHandle;
use messages::texts::Language;

/// The nonce of this answer's content security policy.
#[derive(Debug, Clone)]
pub struct CspNonce(pub String);

/// The identifier of this HTTP request, in the log and on problem pages.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// What a handler takes from the HTTP request.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The language of the answer.
    pub language: Language,
    /// Whether the browser is one within an app, as far as it says so itself.
    pub embedded_browser: bool,
    /// The system that it runs on, as far as it says so itself.
    pub system: System,
    gzip: bool,
    /// Whether a passkey was used or made in this browser.
    pub passkey_used: bool,
    nonce: Option<String>,
    request_id: Option<String>,
}

impl Visit {
    /// Reads it from a request's parts.
    pub async fn of(parts: &mut Parts) -> Self {
        let Ok(AnswerLanguage(language)) = AnswerLanguage::from_request_parts(parts, &()).await;
        Self {
            language,
            embedded_browser: embedded_browser::is_embedded(&parts.headers),
            system: embedded_browser::system(&parts.headers),
            gzip: takes_gzip(&parts.headers),
            passkey_used: cookies::is_passkey_used(&parts.headers),
            nonce: parts.extensions.get().map(|CspNonce(nonce)| nonce.clone()),
            request_id: parts.extensions.get().map(|RequestId(id)| id.clone()),
        }
    }

    /// What a prepared page needs to know.
    pub fn accepts(&self) -> Accepts<'_> {
        Accepts { language: self.language, nonce: self.nonce.as_deref(), gzip: self.gzip }
    }

    /// The context of a page; `path` is where `GET` shows it again.
    pub fn context(&self, site: &Site, path: Option<String>) -> PageContext {
        PageContext {
            path,
            request_id: self.request_id.clone(),
            nonce: self.nonce.clone(),
            ..PageContext::new(&site.look, self.language)
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts).await)
    }
}

/// The request of the address (`/request/{handle}/…`), where this browser holds it. For every other
/// handle, run out, foreign or none at all, the answer is [`Problem::RequestUnknown`].
#[derive(Debug)]
pub struct Held(pub HeldRequest);

impl Held {
    /// The request of a handle that came another way.
    pub fn find(site: &Site, headers: &HeaderMap, handle: &str) -> Result<Self, Failure> {
        let handle = RequestHandle::parse(handle).map_err(|_| Problem::RequestUnknown)?;
        Ok(Self(request::find(site, headers, &handle).ok_or(Problem::RequestUnknown)?))
    }
}

impl FromRequestParts<Site> for Held {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let values = RawPathParams::from_request_parts(parts, site).await;
        let values = values.map_err(|_| Problem::RequestUnknown)?;
        let handle = values.iter().find(|(name, _)| *name == "handle");
        let (_, handle) = handle.ok_or(Problem::RequestUnknown)?;
        Self::find(site, &parts.headers, handle)
    }
}

/// A form about a request: this browser holds the request, and the form names the same as the
/// address. Every handler of a form takes this, so that none can forget to ask.
#[derive(Debug)]
pub struct HeldForm {
    /// The request.
    pub held: HeldRequest,
    /// The form.
    pub form: Form,
}

impl FromRequest<Site> for HeldForm {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let Held(held) = Held::from_request_parts(&mut parts, site).await?;
        let form = Form::from_request(Request::from_parts(parts, body), site).await?;
        if form.one("handle") != Some(held.handle().as_str()) {
            return Err(Problem::RequestUnknown.into());
        }
        Ok(Self { held, form })
    }
}

/// A 303 to one of our own pages.
pub fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    // Paths are made of handles and constants.
    if let Ok(location) = HeaderValue::try_from(path) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

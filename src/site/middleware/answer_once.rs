//! A form that the same browser sends twice is answered once: a second press on the button, within
//! seconds, gets the answer of the first, with its cookies.
//!
//! Browsers send both presses, cancel the first and show what the second brings. So what the first
//! has begun is brought to its end also when its browser is gone, and its answer is kept for the
//! second.
//!
//! # Security
//!
//! An answer may hold a session. It is given again only to a form with the same content, in the same
//! browser, whose session is that of the first, before or after it: whoever has planted a browser's
//! name lacks the code, the link or the passkey that stood in the form or its address. Which of a
//! form's two answers was pressed makes no difference: the first press counts, and a second one that
//! changes it is led to where the first one's session is.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::site::answers::{AnswerKey, FormClaim, StoredAnswer, StoredProblem};
use crate::site::failure::Failure;
use crate::site::form::{self, Form, PAGE_FIELD};
use crate::site::visit::CspNonce;
use crate::site::{Site, browser, session};
use ciba::Problem;
use platform::causes::Causes;
use platform::ids::is_token;
use platform::traces;

/// The largest page that is kept.
const LARGEST_PAGE: usize = 256 * 1024;

/// Answers a form.
pub async fn answer(State(site): State<Site>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    // The layer around this one compresses; what is kept is text.
    parts.headers.remove(ACCEPT_ENCODING);
    let body = match form::body(Request::new(body), &site).await {
        Ok(body) => body,
        Err(failure) => return failure.into_response(),
    };
    let nonce = parts.extensions.get().map(|CspNonce(nonce)| nonce.clone());
    let form = SentForm::read(&site, &parts.headers, parts.uri.to_string(), &body);
    let request = Request::from_parts(parts, Body::from(body));
    let Some(form) = form else { return to_its_end(&site, next.run(request)).await };
    match site.answers.claim(&form.key(&site, &form.session)).await {
        Ok(FormClaim::Answered(answer)) => again(*answer, nonce.as_deref()),
        Ok(FormClaim::Unkept) => to_its_end(&site, next.run(request)).await,
        Ok(FormClaim::Ours) => {
            let own = site.clone();
            let run = async move { keep(&own, &form, nonce, next.run(request).await).await };
            to_its_end(&site, run).await
        }
        Err(error) => Failure::from(error).into_response(),
    }
}

/// Runs in a task of its own, which no browser that goes away cuts off; the process ends after it.
async fn to_its_end(site: &Site, run: impl Future<Output = Response> + Send + 'static) -> Response {
    match site.sending.spawn(traces::carry(run)).await {
        Ok(response) => response,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Failure::new(Problem::Internal).into_response(),
    }
}

/// A form, and who has sent it.
struct SentForm {
    browser: String,
    session: String,
    address: String,
    /// What was filled in.
    fields: Vec<u8>,
}

impl SentForm {
    /// `None` where nothing says that two of them come from one browser.
    fn read(site: &Site, headers: &HeaderMap, address: String, body: &Bytes) -> Option<Self> {
        let browser = match browser::name(site, headers) {
            Some(name) => name.to_owned(),
            // The field is part of the body, which is compared anyway.
            None => {
                Form::parse(body).one(PAGE_FIELD).is_some_and(is_token::<16>).then(String::new)?
            }
        };
        let session = session::cookie(site, headers).unwrap_or_default().to_owned();
        Some(Self { browser, session, address, fields: without_decision(body) })
    }

    fn key(&self, site: &Site, session: &str) -> AnswerKey {
        site.answers.key(&[
            self.browser.as_bytes(),
            session.as_bytes(),
            self.address.as_bytes(),
            &self.fields,
        ])
    }

    /// The keys under which an answer is found: the second press may come with the session that the
    /// first was sent with, or with the one that its answer has set.
    fn keys(&self, site: &Site, headers: &HeaderMap) -> Vec<AnswerKey> {
        let mut keys = vec![self.key(site, &self.session)];
        if let Some(after) = session::set_cookie(site, headers) {
            keys.push(self.key(site, after));
        }
        keys
    }
}

/// A form without the button that was pressed where it decides.
fn without_decision(body: &[u8]) -> Vec<u8> {
    let is_filled_in = |pair: &&[u8]| !pair.starts_with(b"decision=");
    body.split(|byte| *byte == b'&').filter(is_filled_in).collect::<Vec<_>>().join(&b'&')
}

/// Keeps an answer, and gives it.
async fn keep(site: &Site, form: &SentForm, nonce: Option<String>, response: Response) -> Response {
    let keys = form.keys(site, response.headers());
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_PAGE).await else {
        tracing::error!("an answer could not be read");
        return Failure::new(Problem::Internal).into_response();
    };
    let failure = parts.extensions.get::<Failure>();
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let answer = StoredAnswer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        nonce,
        problem: failure.map(|failure| StoredProblem {
            word: failure.problem.as_str().to_owned(),
            handle: failure.handle.clone(),
            wait: failure.wait,
        }),
    };
    if let Err(error) = site.answers.keep(&keys, answer).await {
        // A second press waits for nothing, and is then answered by itself.
        tracing::error!(error = %Causes(&error), "an answer was not kept");
    }
    Response::from_parts(parts, Body::from(body))
}

/// The answer once more.
fn again(answer: StoredAnswer, nonce: Option<&str>) -> Response {
    let problem = answer.problem.and_then(|StoredProblem { word, handle, wait }| {
        let problem = Problem::from_word(&word)?;
        Some(Failure { problem, handle, wait })
    });
    let mut response = match (problem, answer.nonce.as_deref(), nonce) {
        (Some(failure), _, _) => failure.into_response(),
        (None, Some(old), Some(new)) if !answer.body.is_empty() => {
            answer.body.replace(old, new).into_response()
        }
        (None, _, _) => answer.body.into_response(),
    };
    if let Ok(status) = StatusCode::from_u16(answer.status) {
        *response.status_mut() = status;
    }
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value))
            && name != CONTENT_LENGTH
        {
            headers.append(name, value);
        }
    }
    response.headers_mut().extend(headers);
    response
}

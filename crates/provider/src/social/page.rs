//! The few pages of social login, for a customer who cannot be sent back to where they came from, in
//! the language that they read.

use std::fmt::Display;
use std::sync::Arc;

use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leptos::either::Either;
use leptos::prelude::*;
use sha2::{Digest, Sha256};

use crate::answer::EndpointError;
use messages::texts::{Language, Piece, PieceKind, Texts, Value, Words};

/// The words for a customer: in the language that the client asks for, else the browser's.
pub(crate) fn words(texts: &Arc<Texts>, headers: &HeaderMap, ui_locales: Option<&str>) -> Words {
    let of_browser = || Language::from_headers(headers);
    let language = ui_locales.and_then(Language::from_ui_locales).or_else(of_browser);
    texts.words(language.unwrap_or_default())
}

/// Why the browser is not redirected to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Complaint {
    /// The parameters are too long, or one is there twice.
    Malformed,
    /// There is no such client.
    UnknownClient,
    /// The client has not registered this redirect URI.
    RedirectUri,
    /// The answer belongs to no sign-in that began in this browser, or its time is over.
    Over,
    /// We failed.
    Failure,
}

impl Complaint {
    fn status(self) -> StatusCode {
        match self {
            Self::Failure => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// For the developer, as the API says it.
    fn message(self) -> &'static str {
        match self {
            Self::Malformed => "a parameter is repeated or too long",
            Self::UnknownClient => "Invalid client_id",
            Self::RedirectUri => "Invalid redirect_uri",
            Self::Over => "the sign-in is over, or did not begin in this browser",
            Self::Failure => "Internal server error",
        }
    }

    /// For the customer.
    fn sentence(self) -> &'static str {
        match self {
            Self::Malformed | Self::UnknownClient | Self::RedirectUri => "provider-failed-request",
            Self::Over => "provider-failed-over",
            Self::Failure => "provider-failed-ours",
        }
    }
}

/// Complains: in HTML to a browser, in JSON to a program.
pub(super) fn complain(words: &Words, headers: &HeaderMap, complaint: Complaint) -> Response {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if !accept.is_some_and(|accept| accept.contains("text/html")) {
        return EndpointError::general(complaint.status(), complaint.message()).into_response();
    }
    let title = words.text("provider-failed-title");
    let body = view! {
        <main data-page="failed">
            <p translate="no">{words.company().to_owned()}</p>
            <h1>{title.clone()}</h1>
            <p>{words.text(complaint.sentence())}</p>
            <p>{words.text("provider-failed-next")}</p>
        </main>
    };
    let document = document(words.language(), &title, body, None);
    (complaint.status(), document).into_response()
}

/// A message with values, whose names a browser's translation leaves alone.
pub(super) fn say(words: &Words, id: &str, values: &[(&str, Value<'_>)]) -> impl IntoView + use<> {
    let view = |Piece { text, kind }| {
        let name = (kind == PieceKind::Name).then_some("no");
        match kind {
            PieceKind::Words => Either::Left(text),
            PieceKind::Value | PieceKind::Name => {
                Either::Right(view! { <bdi translate=name>{text}</bdi> })
            }
        }
    };
    words.pieces(id, values).into_iter().map(view).collect_view()
}

const SEND: &str = "document.forms[0].submit()";

/// The form that a cross-site POST has brought, to be sent once more from this page: then the
/// browser adds its cookies.
pub(super) fn send_again(words: &Words, fields: &[(&str, &str)]) -> Response {
    let inputs = fields
        .iter()
        .map(|(name, value)| {
            let (name, value) = ((*name).to_owned(), (*value).to_owned());
            view! { <input type="hidden" name=name value=value/> }
        })
        .collect_view();
    // Without an action a form goes to the address of its own page: this callback.
    let title = words.text("provider-moment-title");
    let body = view! {
        <main data-page="moment">
            <p translate="no">{words.company().to_owned()}</p>
            <h1>{title.clone()}</h1>
            <p>{words.text("provider-moment-body")}</p>
            <form method="post">{inputs}<button>{words.text("provider-moment-button")}</button></form>
        </main>
    };
    document(words.language(), &title, body, Some(SEND)).into_response()
}

const STYLE: &str = "\
:root{color-scheme:light dark;font:1.125rem/1.5 system-ui,sans-serif}\
body{max-width:34rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem;line-height:1.25}\
fieldset{border:1px solid #8888;border-radius:.5rem;margin:1rem 0;padding:1rem}\
label{display:flex;gap:.75rem;align-items:center;padding:.25rem 0;min-height:2.75rem}\
input{flex:none;margin:0;width:1.25rem;height:1.25rem}\
button{display:block;width:100%;min-height:3rem;margin:.75rem 0;padding:.5rem 1rem;\
font:inherit;font-weight:600;color:inherit;background:none;border:2px solid;border-radius:.75rem}\
button:first-of-type{color:Canvas;background:CanvasText;border-color:CanvasText;forced-color-adjust:none}\
.demo{border:2px dashed;border-radius:.5rem;padding:.5rem 1rem}";

/// A document with a policy that allows what it holds, and nothing else.
///
/// There is no `form-action`: these forms end, by redirects, at whatever client has asked for the
/// sign-in, and Chromium applies the directive to each of those redirects. Their own action is fixed
/// here and never comes from outside.
pub(crate) fn document(
    language: Language,
    title: &str,
    body: impl IntoView,
    script: Option<&'static str>,
) -> (HeaderMap, Html<String>) {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts = script.map(|script| format!("script-src {}; ", hash(script))).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; {scripts}style-src {}; base-uri 'none'; frame-ancestors 'none'",
        hash(STYLE)
    );
    let script = script.map(|script| format!("<script>{script}</script>")).unwrap_or_default();
    let (tag, direction) = (language.tag(), language.direction().as_str());
    // The company's name is part of it.
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let html = format!(
        "<!doctype html><html lang=\"{tag}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>{}{script}</body></html>",
        body.to_html()
    );
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    (headers, Html(html))
}

/// Logs why a sign-in came to nothing.
pub(super) fn log(why: &dyn Display, upstream: &str) {
    tracing::warn!(upstream.name = upstream, error = %why, "a social login came to nothing");
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::header::ACCEPT_LANGUAGE;

    use super::*;
    use messages::brand::BrandConfig;

    #[tokio::test]
    async fn a_complaint_is_in_the_language_that_is_read() {
        let texts = Arc::new(Texts::load(&BrandConfig::default()).unwrap());
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("text/html")),
            (ACCEPT_LANGUAGE, HeaderValue::from_static("ar, en;q=0.5")),
        ]);
        for (ui_locales, start) in
            [(None, r#"lang="ar" dir="rtl""#), (Some("de fr"), r#"lang="de" dir="ltr""#)]
        {
            let words = words(&texts, &headers, ui_locales);
            let response = complain(&words, &headers, Complaint::Over);
            let body = to_bytes(response.into_body(), 10_000).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(body.contains(start), "{body}");
            assert!(body.contains(&words.text("provider-failed-over")), "{body}");
        }
    }

    #[tokio::test]
    async fn what_is_sent_again_cannot_leave_its_field() {
        let texts = Arc::new(Texts::load(&BrandConfig::default()).unwrap());
        let words = texts.words(Language::En);
        let response = send_again(&words, &[("code", "\"><script>alert(1)</script>")]);
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(body.matches("<script>").count(), 1, "{body}");
        assert!(body.contains(&format!("<script>{SEND}</script>")));
        assert!(policy.contains("default-src 'none'; script-src 'sha256-"), "{policy}");
    }
}

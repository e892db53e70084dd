//! Which language an answer is written in: `ui_locales`, then the cookie, then `Accept-Language`.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, request::Parts};
use axum::response::Response;

use messages::texts::Language;
use platform::request_cookies;

/// The cookie that remembers a choice. It holds a language's tag and nothing else.
pub const COOKIE_NAME: &str = "ciba_login_language";

/// The language of an answer.
pub struct Choice {
    /// The language.
    pub language: Language,
    /// Whether `ui_locales` has chosen it.
    chosen: bool,
}

/// Chooses the language.
pub fn of(request: &Request) -> Choice {
    let chosen = request.uri().query().and_then(from_query);
    let language = chosen.unwrap_or_else(|| from_headers(request.headers()));
    Choice { language, chosen: chosen.is_some() }
}

impl Choice {
    /// Lets the browser remember what `ui_locales` has chosen.
    pub fn remember(&self, response: &mut Response) {
        if !self.chosen {
            return;
        }
        let Self { language, .. } = self;
        let cookie =
            format!("{COOKIE_NAME}={language}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

fn from_query(query: &str) -> Option<Language> {
    // Nobody writes these letters otherwise, and the values of the others need not be read for it.
    let pair = query.split('&').find(|pair| pair.starts_with("ui_locales="))?;
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    Language::from_ui_locales(&value)
}

fn from_headers(headers: &HeaderMap) -> Language {
    let cookie = request_cookies::named(headers, COOKIE_NAME).next();
    let cookie = cookie.and_then(|tag| tag.parse().ok());
    cookie.or_else(|| Language::from_headers(headers)).unwrap_or_default()
}

/// The language that an answer to a request is written in.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLanguage(pub Language);

impl<S: Sync> FromRequestParts<S> for AnswerLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let chosen = parts.extensions.get().copied();
        Ok(Self(chosen.unwrap_or_else(|| from_headers(&parts.headers))))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn ask(path: &str, headers: &[(&str, &str)]) -> (&'static str, Option<String>) {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let choice = of(&request.body(Body::empty()).unwrap());
        let mut response = Response::new(Body::empty());
        choice.remember(&mut response);
        let cookie = response.headers().get(SET_COOKIE).map(|v| v.to_str().unwrap().to_owned());
        (choice.language.tag(), cookie)
    }

    #[test]
    fn the_parameter_beats_the_cookie_and_the_cookie_the_header() {
        let header = ("accept-language", "de-AT,de;q=0.9");
        let cookie = ("cookie", "other=1; ciba_login_language=fr");
        assert_eq!(ask("/", &[]).0, "en");
        assert_eq!(ask("/", &[header]).0, "de");
        assert_eq!(ask("/", &[header, cookie]).0, "fr");
        assert_eq!(ask("/?ui_locales=xx%20ar", &[header, cookie]).0, "ar");
        assert_eq!(ask("/", &[("cookie", "ciba_login_language=<b>")]).0, "en");
    }

    #[test]
    fn only_a_choice_is_remembered() {
        assert_eq!(ask("/", &[("accept-language", "de")]).1, None);
        assert_eq!(ask("/?ui_locales=xx", &[]).1, None);
        let cookie = ask("/?ui_locales=es", &[]).1.unwrap();
        assert!(cookie.starts_with("ciba_login_language=es; Path=/;"), "{cookie}");
    }
}

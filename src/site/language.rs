//! Which language an answer is written in: `ui_locales`, then the cookie, then `Accept-Language`.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, request::Parts};
use axum::middleware::Next;
use axum::response::Response;

use messages::texts::Language;
use platform::request_cookies;

/// The cookie that remembers a choice. It holds a language's tag and nothing else.
pub const COOKIE_NAME: &str = "ciba_login_language";

/// Chooses the language, puts it into the request's extensions, and remembers what `ui_locales`
/// chose.
pub async fn choose(mut request: Request, next: Next) -> Response {
    let chosen = request.uri().query().and_then(from_query);
    let language = chosen.unwrap_or_else(|| from_headers(request.headers()));
    request.extensions_mut().insert(language);
    let mut response = next.run(request).await;
    if let Some(language) = chosen {
        let cookie =
            format!("{COOKIE_NAME}={language}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}

fn from_query(query: &str) -> Option<Language> {
    let (_, value) =
        url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ui_locales")?;
    Language::from_ui_locales(&value)
}

fn from_headers(headers: &HeaderMap) -> Language {
    let cookie = request_cookies::pairs(headers)
        .find(|(name, _)| *name == COOKIE_NAME)
        .and_then(|(_, tag)| tag.parse().ok());
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
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn ask(path: &str, headers: &[(&str, &str)]) -> (String, Option<String>) {
        let router = Router::new()
            .route("/", get(async |AnswerLanguage(language)| language.tag()))
            .layer(axum::middleware::from_fn(choose));
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let cookie = response.headers().get(SET_COOKIE).map(|v| v.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
        (String::from_utf8(body.to_vec()).unwrap(), cookie)
    }

    #[tokio::test]
    async fn the_parameter_beats_the_cookie_and_the_cookie_the_header() {
        let header = ("accept-language", "de-AT,de;q=0.9");
        let cookie = ("cookie", "other=1; ciba_login_language=fr");
        assert_eq!(ask("/", &[]).await.0, "en");
        assert_eq!(ask("/", &[header]).await.0, "de");
        assert_eq!(ask("/", &[header, cookie]).await.0, "fr");
        assert_eq!(ask("/?ui_locales=xx%20ar", &[header, cookie]).await.0, "ar");
        assert_eq!(ask("/", &[("cookie", "ciba_login_language=<b>")]).await.0, "en");
    }

    #[tokio::test]
    async fn only_a_choice_is_remembered() {
        assert_eq!(ask("/", &[("accept-language", "de")]).await.1, None);
        assert_eq!(ask("/?ui_locales=xx", &[]).await.1, None);
        let cookie = ask("/?ui_locales=es", &[]).await.1.unwrap();
        assert!(cookie.starts_with("ciba_login_language=es; Path=/;"), "{cookie}");
    }
}

//! A browser without a socket.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{Request, StatusCode};
use tower::ServiceExt;

/// A form, as it is sent.
pub fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// A browser without a socket: cookies, redirects, forms.
#[derive(Debug, Clone, Default)]
pub struct Tab {
    cookies: BTreeMap<String, String>,
}

/// What it shows.
#[derive(Debug)]
pub struct Shown {
    pub status: StatusCode,
    pub body: String,
}

impl Tab {
    /// Opens an address and follows redirects.
    pub async fn get(&mut self, router: &Router, path: &str) -> Shown {
        self.send(router, path, None).await
    }

    /// Sends a form and follows redirects.
    pub async fn post(&mut self, router: &Router, path: &str, form: &[(&str, &str)]) -> Shown {
        self.send(router, path, Some(encoded(form))).await
    }

    async fn send(&mut self, router: &Router, path: &str, mut form: Option<String>) -> Shown {
        let mut path = path.to_owned();
        for _ in 0..12 {
            let mut request = match form {
                Some(_) => Request::post(&path)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(ORIGIN, "http://localhost:3000"),
                None => Request::get(&path),
            };
            request =
                request.header(HOST, "localhost:3000").header("sec-fetch-site", "same-origin");
            let pairs: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
            let request = request.body(Body::from(form.take().unwrap_or_default())).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            for line in response.headers().get_all(SET_COOKIE) {
                self.keep(line.to_str().unwrap());
            }
            let location =
                response.headers().get(LOCATION).map(|it| it.to_str().unwrap().to_owned());
            let status = response.status();
            let Some(next) = location.filter(|_| status.is_redirection()) else {
                let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
                let body = String::from_utf8(body.to_vec()).unwrap();
                return Shown { status, body };
            };
            path = next.replacen("http://localhost:3000", "", 1);
        }
        panic!("the site redirects in a circle: {path}");
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

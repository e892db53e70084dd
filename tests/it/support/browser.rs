//! A browser without a screen and without script: cookies, redirects, forms, and the headers with
//! which a real one says where a request comes from.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};

/// One person's browser.
pub struct Browser {
    origin: String,
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

/// An answer that the browser shows.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
    /// Path and query of the page.
    pub path: String,
}

impl Page {
    /// The value of a response header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).and_then(|value| value.to_str().ok())
    }
}

impl Browser {
    pub fn new(origin: String, http: reqwest::Client) -> Self {
        Self { origin, http, cookies: BTreeMap::new() }
    }

    /// The cookies it holds now.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Holds these cookies and no others.
    pub fn take(&mut self, cookies: BTreeMap<String, String>) {
        self.cookies = cookies;
    }

    /// Forgets every cookie.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Opens an address and follows redirects within the site.
    pub async fn get(&mut self, path: &str) -> Page {
        let page = self.send(Method::GET, path, None, "none").await;
        self.follow(page).await
    }

    /// Opens an address and stays at the first answer.
    pub async fn get_once(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, None, "none").await
    }

    /// Sends a form from one of the site's own pages and follows redirects.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        let page = self.post_once(path, form).await;
        self.follow(page).await
    }

    /// Sends a form and stays at the first answer.
    pub async fn post_once(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(Method::POST, path, Some(form), "same-origin").await
    }

    /// Sends a form from somebody else's page.
    pub async fn post_cross_site(&mut self, path: &str, form: &[(&str, &str)]) -> Page {
        self.send(Method::POST, path, Some(form), "cross-site").await
    }

    /// Opens an address and follows redirects wherever they lead, until one leads to an address
    /// that begins with `end`: that one is returned and not opened. `Err` is a page on the way.
    pub async fn travel(&mut self, from: &str, end: &str) -> Result<String, Page> {
        let mut address = from.to_owned();
        for _ in 0..20 {
            let page = self.send(Method::GET, &address, None, "cross-site").await;
            let Some(location) = page.location().filter(|_| page.status.is_redirection()) else {
                return Err(page);
            };
            let base = if address.starts_with('/') {
                format!("{}{address}", self.origin)
            } else {
                address
            };
            address = url::Url::parse(&base).unwrap().join(location).unwrap().into();
            if address.starts_with(end) {
                return Ok(address);
            }
        }
        panic!("the parties redirect in a circle");
    }

    async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(location) = page.location().filter(|_| page.status.is_redirection()) else {
                return page;
            };
            let location = location.to_owned();
            if !location.starts_with('/') && !location.starts_with(&self.origin) {
                return page;
            }
            page = self.send(Method::GET, &location, None, "same-origin").await;
        }
        panic!("the site redirects in a circle");
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        form: Option<&[(&str, &str)]>,
        site: &str,
    ) -> Page {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.origin) } else { path.to_owned() };
        let mut request = self
            .http
            .request(method, &url)
            .header("accept", "text/html,*/*;q=0.8")
            .header("sec-fetch-site", site);
        if form.is_some() {
            let origin = if site == "same-origin" { &self.origin } else { "https://evil.example" };
            request = request.header("origin", origin);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(form) = form {
            request = request.form(form);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let headers = response.headers().clone();
        for cookie in headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let path = response.url().as_str().replacen(&self.origin, "", 1);
        Page { status, headers, body: response.text().await.unwrap(), path }
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let gone = attributes.to_ascii_lowercase().contains("max-age=0");
        if gone || value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

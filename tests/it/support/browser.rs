//! A browser without a screen and without script: cookies, redirects, forms, and the headers with
//! which a real one says where a request comes from.

use std::collections::BTreeMap;

use ciba_login::site::pages::mail::NONE_OF_THESE;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};

/// One person's browser.
pub struct Browser {
    origin: String,
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
    /// What another page of the host has set.
    foreign: &'static [u8],
    user_agent: Option<&'static str>,
    accept: &'static str,
}

/// An answer that the browser shows.
#[derive(Debug, Clone)]
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

    /// Its name (`data-page`).
    pub fn name(&self) -> &str {
        let rest = self.body.split_once(" data-page=\"").map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or_default()
    }

    /// Whether it is the page of this name.
    pub fn is(&self, name: &str) -> bool {
        self.name() == name
    }

    /// The handle of the request that it is about.
    pub fn handle(&self) -> String {
        let rest = self.path.strip_prefix("/request/").unwrap();
        rest.split(['/', '?']).next().unwrap().to_owned()
    }

    /// Whether it is the page of the decision, for whoever is signed in.
    pub fn is_at_decision(&self) -> bool {
        self.is("decision") && self.path.ends_with("/decision")
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).and_then(|value| value.to_str().ok())
    }
}

/// A form of a page, as a robot sees it.
#[derive(Debug, Clone)]
pub struct PageForm {
    pub action: String,
    /// Hidden fields and their values.
    pub hidden: Vec<(String, String)>,
    /// Buttons with a name.
    pub buttons: Vec<(String, String)>,
    /// Other fields, which a person fills in or picks.
    pub fields: Vec<String>,
}

impl Page {
    /// Every form of the page.
    pub fn forms(&self) -> Vec<PageForm> {
        let forms = self.body.split("<form").skip(1);
        forms.map(|rest| PageForm::read(rest.split("</form>").next().unwrap_or(rest))).collect()
    }

    /// The form that is sent to an address that ends like this.
    pub fn form(&self, action: &str) -> PageForm {
        let forms = self.forms();
        forms
            .iter()
            .find(|form| form.action.ends_with(action))
            .unwrap_or_else(|| panic!("{} has no form to {action}: {}", self.path, self.body))
            .clone()
    }

    /// The values of the choices of this name, without the one that says that it is none of them.
    pub fn choices(&self, name: &str) -> Vec<String> {
        let inputs = self.body.split("<input").skip(1);
        inputs
            .filter(|tag| attribute(tag, "name").as_deref() == Some(name))
            .filter_map(|tag| attribute(tag, "value"))
            .filter(|value| value != NONE_OF_THESE)
            .collect()
    }

    /// The addresses that the page's links lead to.
    pub fn links(&self) -> Vec<String> {
        self.body.split("<a ").skip(1).filter_map(|tag| attribute(tag, "href")).collect()
    }
}

impl PageForm {
    fn read(text: &str) -> Self {
        let mut form = Self {
            action: attribute(text, "action").unwrap_or_default(),
            hidden: Vec::new(),
            buttons: Vec::new(),
            fields: Vec::new(),
        };
        for tag in text.split('<').skip(1) {
            let Some(name) = attribute(tag, "name") else { continue };
            let value = attribute(tag, "value").unwrap_or_default();
            if tag.starts_with("button") {
                form.buttons.push((name, value));
            } else if tag.starts_with("input") {
                match attribute(tag, "type").as_deref() {
                    Some("hidden") => form.hidden.push((name, value)),
                    _ => form.fields.push(name),
                }
            }
        }
        form
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&#x2F;", "/"))
}

impl Browser {
    /// Fills in the form of a page, presses its button, and follows.
    pub async fn submit(&mut self, page: &Page, action: &str, filled: &[(&str, &str)]) -> Page {
        let page = self.submit_once(page, action, filled).await;
        self.follow(page).await
    }

    /// The same, staying at the first answer.
    pub async fn submit_once(
        &mut self,
        page: &Page,
        action: &str,
        filled: &[(&str, &str)],
    ) -> Page {
        let form = page.form(action);
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = hidden.chain(filled.iter().copied()).collect();
        self.post_once(&form.action, &fields).await
    }

    /// Opens an address as a preview does.
    pub async fn head(&mut self, path: &str) -> Page {
        self.send(Method::HEAD, path, None, "none").await
    }

    /// Another browser with the same cookies: a second tab, for requests side by side.
    pub fn tab(&self) -> Self {
        Self {
            origin: self.origin.clone(),
            http: self.http.clone(),
            cookies: self.cookies.clone(),
            foreign: self.foreign,
            user_agent: self.user_agent,
            accept: self.accept,
        }
    }

    /// The same, at another server of the site.
    pub fn tab_at(&self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self.tab() }
    }

    pub fn new(origin: String, http: reqwest::Client) -> Self {
        let accept = "text/html,*/*;q=0.8";
        Self { origin, http, cookies: BTreeMap::new(), foreign: b"", user_agent: None, accept }
    }

    /// Holds a cookie, too, that is none of ours and perhaps no text.
    pub fn holds_foreign(&mut self, pair: &'static [u8]) {
        self.foreign = pair;
    }

    /// The cookies it holds now.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Whether somebody is signed in, in it.
    pub fn is_signed_in(&self) -> bool {
        self.cookies.contains_key("ciba_session")
    }

    /// Holds these cookies and no others.
    pub fn take(&mut self, cookies: BTreeMap<String, String>) {
        self.cookies = cookies;
    }

    /// Puts a cookie in place, as a thief would.
    pub fn set(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Loses one cookie.
    pub fn lose(&mut self, name: &str) {
        self.cookies.remove(name);
    }

    /// Says from now on that it is this browser.
    pub fn calls_itself(&mut self, user_agent: &'static str) {
        self.user_agent = Some(user_agent);
    }

    /// Says from now on that this is what it reads.
    pub fn reads(&mut self, accept: &'static str) {
        self.accept = accept;
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

    /// Opens the link of a request, and asks for a mail to this address.
    pub async fn ask_for_mail(&mut self, link: &str, email: &str) -> Page {
        let page = self.get(link).await;
        self.submit(&page, "/mail", &[("email", email)]).await
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
        self.travel_from("cross-site", from, end).await
    }

    /// The same, by a link on one of the site's own pages.
    pub async fn follow_link(&mut self, from: &str, end: &str) -> Result<String, Page> {
        self.travel_from("same-origin", from, end).await
    }

    async fn travel_from(&mut self, site: &str, from: &str, end: &str) -> Result<String, Page> {
        let mut address = from.to_owned();
        for step in 0..20 {
            let site = if step == 0 { site } else { "cross-site" };
            let page = self.send(Method::GET, &address, None, site).await;
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

    /// Opens an address, where somebody may answer.
    pub async fn try_get(&mut self, path: &str) -> reqwest::Result<Page> {
        let page = self.try_send(Method::GET, path, None, "none").await?;
        self.try_follow(page).await
    }

    /// Fills in the form of a page and follows, where somebody may answer.
    pub async fn try_submit(
        &mut self,
        page: &Page,
        action: &str,
        filled: &[(&str, &str)],
    ) -> reqwest::Result<Page> {
        let form = page.form(action);
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = hidden.chain(filled.iter().copied()).collect();
        let sent = self.try_send(Method::POST, &form.action, Some(&fields), "same-origin").await?;
        self.try_follow(sent).await
    }

    async fn follow(&mut self, page: Page) -> Page {
        self.try_follow(page).await.unwrap()
    }

    async fn try_follow(&mut self, mut page: Page) -> reqwest::Result<Page> {
        for _ in 0..10 {
            let Some(location) = page.location().filter(|_| page.status.is_redirection()) else {
                return Ok(page);
            };
            let location = location.to_owned();
            if !location.starts_with('/') && !location.starts_with(&self.origin) {
                return Ok(page);
            }
            page = self.try_send(Method::GET, &location, None, "same-origin").await?;
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
        self.try_send(method, path, form, site).await.unwrap()
    }

    async fn try_send(
        &mut self,
        method: Method,
        path: &str,
        form: Option<&[(&str, &str)]>,
        site: &str,
    ) -> reqwest::Result<Page> {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.origin) } else { path.to_owned() };
        let mut request = self
            .http
            .request(method, &url)
            .header("accept", self.accept)
            .header("sec-fetch-site", site);
        if let Some(user_agent) = self.user_agent {
            request = request.header("user-agent", user_agent);
        }
        if form.is_some() {
            let origin = if site == "same-origin" { &self.origin } else { "https://evil.example" };
            request = request.header("origin", origin);
        }
        let mut cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}").into_bytes())
            .collect();
        if !self.foreign.is_empty() {
            cookies.insert(0, self.foreign.to_vec());
        }
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join(&b"; "[..]));
        }
        if let Some(form) = form {
            request = request.form(form);
        }
        let response = request.send().await?;
        let status = response.status();
        let headers = response.headers().clone();
        for cookie in headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let path = response.url().as_str().replacen(&self.origin, "", 1);
        Ok(Page { status, headers, body: response.text().await?, path })
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

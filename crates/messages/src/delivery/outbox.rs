//! The demo's outbox: what customers were sent, for the person who tries the flow on one machine.
//!
//! # Security
//!
//! Whoever reads it can sign in as every customer of the demo. It exists only in the demo, which
//! listens on loopback, and the router refuses requests that name another host, so that a foreign
//! page cannot reach it by letting its own name point here.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::Row;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::message::Message;
use platform::ambient::Ambient;
use platform::causes::Causes;
use platform::clock::SharedClock;
use platform::storage::{Storage, StorageError};

/// How many messages are kept.
const CAPACITY: i64 = 500;

/// Keeps messages and shows them.
#[derive(Debug, Clone)]
pub struct Outbox {
    storage: Storage,
    clock: SharedClock,
}

/// A kept message. Other programs read it: add to it, never change it.
#[derive(Debug, Serialize)]
struct OutboxEntry {
    id: i64,
    channel: String,
    to: String,
    subject: Option<String>,
    text: String,
    links: Vec<String>,
    code: Option<String>,
    sent_at: String,
}

impl Outbox {
    /// An outbox in this database.
    pub fn new(storage: &Storage, ambient: &Ambient) -> Self {
        Self { storage: storage.clone(), clock: ambient.clock.clone() }
    }

    /// Its one page.
    pub fn router(&self) -> Router {
        Router::new().route("/demo/outbox", get(show)).with_state(self.clone())
    }

    pub(super) async fn keep(&self, message: &Message) -> Result<(), StorageError> {
        let code = message.code.clone().or_else(|| code_within(message));
        let links = serde_json::Value::from(message.links.clone()).to_string();
        sqlx::query(
            "INSERT INTO demo_outbox (channel, recipient, subject, body, links, code, sent_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(message.channel.as_str())
        .bind(&message.to)
        .bind(&message.subject)
        .bind(&message.text)
        .bind(links)
        .bind(code)
        .bind(self.clock.unix())
        .execute(self.storage.writer())
        .await?;
        sqlx::query("DELETE FROM demo_outbox WHERE id <= (SELECT MAX(id) FROM demo_outbox) - $1")
            .bind(CAPACITY)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// The newest messages, the oldest of them first.
    async fn newest(&self, count: i64) -> Result<Vec<OutboxEntry>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, channel, recipient, subject, body, links, code, sent_at FROM (\
                 SELECT * FROM demo_outbox ORDER BY id DESC LIMIT $1) AS newest ORDER BY id",
        )
        .bind(count)
        .fetch_all(self.storage.reader())
        .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let links: String = row.try_get("links")?;
            all.push(OutboxEntry {
                id: row.try_get("id")?,
                channel: row.try_get("channel")?,
                to: row.try_get("recipient")?,
                subject: row.try_get("subject")?,
                text: row.try_get("body")?,
                links: serde_json::from_str(&links).unwrap_or_default(),
                code: row.try_get("code")?,
                sent_at: rfc3339(row.try_get("sent_at")?),
            });
        }
        Ok(all)
    }
}

/// What the page is asked for.
#[derive(Debug, Deserialize)]
struct OutboxQuery {
    /// Only so many of the newest messages.
    last: Option<i64>,
}

async fn show(
    State(outbox): State<Outbox>,
    wanted: Result<Query<OutboxQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Query(wanted)) = wanted else {
        let message = "last must be a whole number";
        let body = serde_json::json!({ "message": message, "error_code": 400 });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    let messages = match outbox.newest(wanted.last.unwrap_or(CAPACITY).clamp(0, CAPACITY)).await {
        Ok(messages) => messages,
        Err(error) => {
            tracing::error!(error = %Causes(&error), "the outbox was not read");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let asks_for_html = headers
        .get_all(ACCEPT)
        .iter()
        .any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")));
    let answer = if asks_for_html {
        let digest = STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'"
        );
        ([(CONTENT_SECURITY_POLICY, policy)], Html(page(messages))).into_response()
    } else {
        Json(messages).into_response()
    };
    let plain = [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (plain, answer).into_response()
}

const STYLE: &str = "\
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}\
body{max-width:44rem;margin:2rem auto;padding:0 1rem}\
article{border:1px solid #8888;border-radius:.5rem;padding:1rem;margin:1rem 0}\
h2{font-size:1.1rem;margin:0}\
time{opacity:.75;font-size:.9rem}\
.text{white-space:pre-line;overflow-wrap:anywhere}\
a{display:inline-block;padding:.25rem 0;text-underline-offset:.2em}\
.code{font:700 1.5rem/1.5 ui-monospace,monospace;letter-spacing:.1em}";

fn page(messages: Vec<OutboxEntry>) -> String {
    let none = messages.is_empty().then(|| {
        view! { <p>"Nothing has been sent yet. Start a request, then look again."</p> }
    });
    let articles: Vec<_> = messages.into_iter().rev().map(article).collect();
    let body = view! {
        <main>
            <h1>"Outbox of the demo"</h1>
            <p>
                "Instead of being sent, messages to the demo\u{2019}s customers are kept here, the "
                "newest first. "<a href="/demo/outbox">"Look again"</a>
            </p>
            {none}
            {articles}
        </main>
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Outbox of the demo</title>\
         <style>{STYLE}</style></head><body>{}</body></html>",
        body.to_html()
    )
}

fn article(message: OutboxEntry) -> impl IntoView {
    let kind = if message.channel == "sms" { "SMS" } else { "Mail" };
    let elsewhere: Vec<_> =
        message.links.iter().filter(|link| !message.text.contains(*link)).cloned().collect();
    let elsewhere: Vec<_> =
        elsewhere.into_iter().map(|link| view! { <p>{anchor(link)}</p> }).collect();
    let text = with_anchors(&message.text, &message.links);
    let code = message.code.map(|code| view! { <p>"Code: "<span class="code">{code}</span></p> });
    let subject = message.subject.map(|subject| view! { <p><strong>{subject}</strong></p> });
    let sent_at = message.sent_at.clone();
    view! {
        <article id=format!("message-{}", message.id)>
            <h2>{kind}" to "{message.to}</h2>
            <time datetime=sent_at>{message.sent_at}</time>
            {subject}
            <p class="text" dir="auto">{text}</p>
            {elsewhere}
            {code}
        </article>
    }
}

/// The text with each of its links as an anchor.
fn with_anchors(text: &str, links: &[String]) -> Vec<AnyView> {
    let next = links
        .iter()
        .filter(|link| !link.is_empty())
        .filter_map(|link| text.find(link.as_str()).map(|start| (start, link)))
        .min_by_key(|(start, link)| (*start, usize::MAX - link.len()));
    let Some((start, link)) = next else {
        return vec![text.to_owned().into_any()];
    };
    let mut parts = vec![text[..start].to_owned().into_any(), anchor(link.clone()).into_any()];
    parts.extend(with_anchors(&text[start + link.len()..], links));
    parts
}

fn anchor(link: String) -> impl IntoView {
    // A link of another scheme would be a script of somebody else's making.
    let harmless = link.starts_with("https://") || link.starts_with("http://");
    let href = harmless.then(|| link.clone());
    view! { <a href=href rel="noreferrer">{link}</a> }
}

/// The code that the sender has written into its own text: the only run of exactly six digits
/// outside the links.
fn code_within(message: &Message) -> Option<String> {
    let mut text = message.text.clone();
    for link in &message.links {
        text = text.replace(link.as_str(), " ");
    }
    let mut found = text
        .split(|c: char| !(c.is_alphanumeric() || "-_+.@#".contains(c)))
        .map(|word| word.trim_matches(['.', '-']))
        .filter(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()));
    let code = found.next()?;
    found.all(|other| other == code).then(|| code.to_owned())
}

fn rfc3339(unix: i64) -> String {
    OffsetDateTime::from_unix_timestamp(unix)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, links: &[&str]) -> OutboxEntry {
        OutboxEntry {
            id: 1,
            channel: "sms".into(),
            to: "+15550100".into(),
            subject: None,
            text: text.into(),
            links: links.iter().map(|link| (*link).to_owned()).collect(),
            code: None,
            sent_at: rfc3339(0),
        }
    }

    #[test]
    fn text_is_shown_and_links_can_be_clicked() {
        let page = page(vec![kept(
            "Hi <script>alert(1)</script> http://localhost/a?b=1&c=2 bye",
            &["http://localhost/a?b=1&c=2", "javascript:alert(2)"],
        )]);
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("href=\"http://localhost/a?b=1&amp;c=2\""), "{page}");
        assert!(!page.contains("href=\"javascript"), "{page}");
        assert!(page.contains("1970-01-01T00:00:00Z"), "{page}");
    }

    #[test]
    fn finds_the_one_code_of_a_text() {
        let of = |text: &str| code_within(&Message::sms("", text).with_link("http://l/?c=123456"));
        assert_eq!(of("Your code is 482915."), Some("482915".into()));
        assert_eq!(of("482915 or http://l/?c=123456"), Some("482915".into()));
        assert_eq!(of("482915 or 482916"), None);
        assert_eq!(of("CASE-4711 1234567 +155501"), None);
    }
}

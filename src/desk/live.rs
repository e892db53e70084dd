//! What changes on an open page, as server-sent events.
//!
//! The server renders, the page's script only puts the HTML where it belongs: one view serves both
//! the page with script and the page without.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use hyper::body::{Bytes, Frame};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::Desk;
use super::access::Agent;
use super::pages::{self, Card};
use super::requests::RowError;
use crate::codes::RequestChannel;
use crate::site::language::AnswerLanguage;
use messages::texts::Words;

/// How often a page looks for what others have done: the site, other instances, the outbox.
const LOOK: Duration = Duration::from_secs(1);

/// After how long a stream without events says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// For how long one stream lives; the browser opens the next one by itself. Proxies cut long streams
/// anyway, and an ended session must stop receiving events.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Which sides a page shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sides {
    /// The agent's.
    #[default]
    Desk,
    /// The agent's and the customer's: the demo's first page.
    Both,
}

impl Sides {
    /// The word of it in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Both => "both",
        }
    }

    /// The page.
    pub fn path(self) -> &'static str {
        match self {
            Self::Desk => "/desk",
            Self::Both => "/",
        }
    }

    /// The page, looking again by itself where there is no script.
    pub fn watched(self) -> &'static str {
        match self {
            Self::Desk => "/desk?watch",
            Self::Both => "/?watch",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    sides: Sides,
}

/// An agent's requests, as they stand on the page now.
///
/// # Errors
///
/// [`RowError`]
pub(super) async fn live_part(
    desk: &Desk,
    agent: &Agent,
    sides: Sides,
    words: &Words,
) -> Result<String, RowError> {
    let mut cards = Vec::new();
    for request in desk.requests.of_shift(&agent.0, desk.now()).await? {
        let link = desk.requests.link(&request).filter(|_| request.ending.is_none());
        let is_coded = request.order.channel == RequestChannel::Code && request.ending.is_none();
        let code = match request.auth_req_hash.as_deref().filter(|_| is_coded) {
            Some(hash) => desk.codes.of_request(hash).await?.map(|code| (code, desk.site.clone())),
            None => None,
        };
        cards.push(Card { request, link, code });
    }
    Ok(pages::live(cards, sides, words))
}

/// The messages on the customers' phone; nothing where the page does not show it.
pub(super) async fn phone_part(desk: &Desk, sides: Sides, words: &Words) -> Option<String> {
    let phone = desk.phone.as_ref().filter(|_| sides == Sides::Both)?;
    match phone.messages().await {
        Ok(messages) => Some(pages::messages(&messages, words)),
        Err(error) => {
            tracing::debug!(error = &error as &dyn std::error::Error, "the outbox");
            Some(pages::messages(&[], words))
        }
    }
}

/// `GET /desk/events`
pub(super) async fn events(
    State(desk): State<Arc<Desk>>,
    Extension(agent): Extension<Agent>,
    AnswerLanguage(language): AnswerLanguage,
    Query(Which { sides }): Query<Which>,
) -> impl IntoResponse {
    let words = desk.words(language);
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        let closing = desk.closing.clone();
        tokio::select! {
            () = watch(&desk, &agent, sides, &words, &sender) => {}
            () = closing.cancelled() => {}
            () = tokio::time::sleep(LIFETIME) => {}
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        // A proxy that collects the stream before it passes it on makes it worthless.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::new(Events(receiver)))
}

/// The body of the answer: each event as soon as it is there.
struct Events(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// An event as it travels: each line of its text is a line of data (HTML, section 9.2.6).
fn event(name: &str, text: &str) -> Bytes {
    let mut event = format!("event: {name}\n");
    for line in text.split(['\r', '\n']) {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event.into()
}

/// Sends what has changed, until nobody listens.
async fn watch(
    desk: &Desk,
    agent: &Agent,
    sides: Sides,
    words: &Words,
    sender: &mpsc::Sender<Bytes>,
) {
    let mut version = desk.version.subscribe();
    let mut shown = String::new();
    let mut on_phone = None;
    let mut quiet = Duration::ZERO;
    loop {
        version.borrow_and_update();
        match live_part(desk, agent, sides, words).await {
            Ok(live) if live != shown => {
                shown.clone_from(&live);
                if sender.send(event("live", &live)).await.is_err() {
                    return;
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the desk's storage");
            }
        }
        let phone = phone_part(desk, sides, words).await;
        if phone != on_phone {
            on_phone.clone_from(&phone);
            if sender.send(event("phone", &phone.unwrap_or_default())).await.is_err() {
                return;
            }
        }
        if quiet >= KEEP_ALIVE {
            quiet = Duration::ZERO;
            // A comment: proxies cut off what is silent.
            if sender.send(Bytes::from_static(b":\n\n")).await.is_err() {
                return;
            }
        }
        tokio::select! {
            changed = version.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LOOK) => quiet += LOOK,
            () = sender.closed() => return,
        }
    }
}

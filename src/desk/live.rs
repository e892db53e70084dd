//! What changes on an open page, as server-sent events.
//!
//! The server renders, the page's script only puts the HTML where it belongs: one view serves both
//! the page with script and the page without.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderName;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::access::Agent;
use super::pages::{self, Card};
use super::requests::RowError;
use super::sides::Sides;
use super::state::Desk;
use crate::codes::RequestChannel;
use crate::config::is_watched;
use crate::site::language::AnswerLanguage;
use messages::texts::Words;
use platform::causes::Causes;

/// How often a page is brought up to what others have done: the site, other instances, the outbox.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// After how long a stream without events says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// For how long one stream lives; the browser opens the next one by itself. Proxies cut long streams
/// anyway, and an ended session must stop receiving events.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    sides: Sides,
}

/// An agent's requests, as they stand on the page now.
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
            tracing::debug!(error = %Causes(&error), "the outbox cannot be shown");
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
    let (sender, mut receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        let closing = desk.closing.clone();
        tokio::select! {
            () = watch(&desk, &agent, sides, &words, &sender) => {}
            () = closing.cancelled() => {}
            () = tokio::time::sleep(LIFETIME) => {}
        }
    });
    let events =
        stream::poll_fn(move |context| receiver.poll_recv(context)).map(Ok::<_, Infallible>);
    // A proxy that collects the stream before it passes it on makes it worthless.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// An event; a carriage return would end a line of it (HTML, section 9.2.6).
fn event(name: &str, text: &str) -> Event {
    Event::default().event(name).data(text.replace('\r', "\n"))
}

/// Sends what has changed, until nobody listens.
async fn watch(
    desk: &Desk,
    agent: &Agent,
    sides: Sides,
    words: &Words,
    sender: &mpsc::Sender<Event>,
) {
    let mut version = desk.version.subscribe();
    let mut shown = String::new();
    let mut on_phone = None;
    let mut style = pages::asset::STYLE.versioned();
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
                tracing::error!(error = %Causes(&error), "the desk's storage failed");
            }
        }
        let phone = phone_part(desk, sides, words).await;
        if phone != on_phone {
            on_phone.clone_from(&phone);
            if sender.send(event("phone", &phone.unwrap_or_default())).await.is_err() {
                return;
            }
        }
        if is_watched() {
            let current = pages::asset::STYLE.versioned();
            if current != style && sender.send(event("style", &current)).await.is_err() {
                return;
            }
            style = current;
        }
        tokio::select! {
            changed = version.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(REFRESH_INTERVAL) => {}
            () = sender.closed() => return,
        }
    }
}

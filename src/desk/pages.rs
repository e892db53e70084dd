//! The desk's pages: pure functions from what is known to HTML. They ask nobody anything.
//!
//! Everything works by plain forms. Where the page's script runs, it replaces the parts that carry
//! `data-part` as events come in, counts the time down, and opens links in a phone-sized window.
//! Whatever an agent or a customer has written is escaped by the view and isolated by `<bdi>`.

pub mod asset;
mod card;
mod form;
mod input;
mod layout;
mod messages;
mod times;

use leptos::prelude::*;

pub use self::card::{Card, live};
pub use self::input::{DeskInput, Notice};
pub use self::messages::messages;
use self::times::until;

use super::requests::DeskRequest;
use super::sides::Sides;
use ::messages::texts::Words;

/// Renders the page.
pub fn desk(input: &DeskInput<'_>) -> String {
    let both = input.sides == Sides::Both;
    let words = input.words;
    let title = words.text(if both { "desk-title-both" } else { "desk-title" });
    let phone = input.phone.clone().map(|messages| messages::phone(messages, input.now, words));
    let heading = if both {
        steps(words).into_any()
    } else {
        view! { <h1 class="unseen">{words.text("desk-title")}</h1> }.into_any()
    };
    let content = view! {
        {heading}
        <div class=if both { "sides both" } else { "sides" }>
            {form::view(input)}
            <section class="requests" aria-labelledby="requests-title">
                <h2 id="requests-title">{words.text("desk-requests")}</h2>
                {still(input)}
                <p class="notice" id="lost" role="alert" hidden>
                    {words.text("desk-lost")}" "
                    <a href=input.sides.path() hidden>{words.text("desk-reload")}</a>
                </p>
                <div id="live" inner_html=input.live.clone()></div>
            </section>
            {phone}
        </div>
    };
    layout::page(
        &layout::DeskFrame {
            words,
            title,
            agent: Some(input.agent),
            demo: !input.customers.is_empty(),
            now: input.now,
            nonce: input.nonce,
            refresh: input.watch.then(|| input.sides.watched()),
            sides: input.sides,
            class: "",
        },
        content,
    )
}

/// How the demo is played, in one line.
fn steps(words: &Words) -> impl IntoView + use<> {
    let steps = ["desk-step-ask", "desk-step-tap", "desk-step-decide", "desk-step-see"];
    let steps = steps.map(|id| view! { <li>{words.text(id)}</li> });
    view! {
        <header class="play">
            <h1>{words.text("desk-both")}</h1>
            <ol>{steps.collect_view()}</ol>
        </header>
    }
}

/// What stands in for the events where there is no script.
fn still(input: &DeskInput<'_>) -> impl IntoView + use<> {
    let words = input.words;
    let (text, address, label) = if input.watch {
        ("desk-still-watching", input.sides.path(), "desk-still-stop")
    } else {
        ("desk-still", input.sides.watched(), "desk-still-start")
    };
    let (text, label) = (words.text(text), words.text(label));
    view! { <noscript><p class="still">{text}" "<a href=address>{label}</a></p></noscript> }
}

/// The page that is turned towards the customer at a branch's counter.
pub fn counter(words: &Words, request: &DeskRequest, now: i64, nonce: &str) -> String {
    let picture = format!("/desk/requests/{}/qr.svg", request.id);
    let reference = request.order.binding_message.to_string();
    let what = words.text("desk-counter-picture");
    let content = view! {
        <div class="counter">
            <h1>{words.text("desk-counter-heading")}</h1>
            <img src=picture alt=what width="320" height="320"/>
            <p class="label">{words.text("desk-counter-reference")}</p>
            <p class="reference"><bdi dir="ltr" translate="no">{reference}</bdi></p>
            <p class="until">{until(request.expires_at, words)}</p>
            <p class="aside"><a href="/desk">{words.text("desk-counter-back")}</a></p>
        </div>
    };
    layout::page(
        &layout::DeskFrame {
            words,
            title: words.text("desk-counter-title"),
            agent: None,
            demo: false,
            now,
            nonce,
            refresh: None,
            sides: Sides::Desk,
            class: "turned",
        },
        content,
    )
}

//! The desk's pages: pure functions from what is known to HTML. They ask nobody anything.
//!
//! Everything works by plain forms. Where the page's script runs, it replaces the parts that carry
//! `data-part` as events come in, counts the time down, and opens links in a phone-sized window.
//! Whatever an agent or a customer has written is escaped by the view and isolated by `<bdi>`.

pub mod asset;
mod card;
mod form;
mod layout;
mod messages;

use leptos::prelude::*;
use time::OffsetDateTime;
use url::Url;

pub use self::card::{Card, live};
pub use self::messages::messages;

use super::access::Agent;
use super::live::Sides;
use super::order::{InvalidOrder, OrderForm};
use super::phone::Customer;
use super::requests::DeskRequest;

/// What a page says above its form.
#[derive(Debug)]
pub enum Notice {
    /// The form has a fault.
    Invalid(InvalidOrder),
    /// The order was not placed.
    Refused(String),
}

/// What the page of the desk knows.
#[derive(Debug)]
pub struct Input<'a> {
    /// The company.
    pub company: &'a str,
    /// Who is at the desk.
    pub agent: &'a Agent,
    /// Which sides it shows.
    pub sides: Sides,
    /// What stands in the form.
    pub form: &'a OrderForm,
    /// What is said above it.
    pub notice: Option<&'a Notice>,
    /// The requests, from [`live`].
    pub live: String,
    /// The phone's messages, from [`messages`].
    pub phone: Option<String>,
    /// The customers of the demo.
    pub customers: Vec<Customer>,
    /// The present moment, in seconds since 1970.
    pub now: i64,
    /// Whether the page looks again by itself where there is no script.
    pub watch: bool,
    /// The nonce of its script.
    pub nonce: &'a str,
}

/// Renders the page.
pub fn desk(input: &Input<'_>) -> String {
    let both = input.sides == Sides::Both;
    let title = if both { "Desk and phone" } else { "Desk" };
    let phone = input.phone.clone().map(|messages| messages::phone(messages, input.now));
    let heading =
        if both { steps().into_any() } else { view! { <h1 class="unseen">"Desk"</h1> }.into_any() };
    let content = view! {
        {heading}
        <div class=if both { "sides both" } else { "sides" }>
            {form::view(input)}
            <section class="requests" aria-labelledby="requests-title">
                <h2 id="requests-title">"Your requests"</h2>
                {still(input)}
                <div id="live" inner_html=input.live.clone()></div>
            </section>
            {phone}
        </div>
    };
    layout::page(
        &layout::Frame {
            company: input.company,
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
fn steps() -> impl IntoView {
    view! {
        <header class="play">
            <h1>"One call, both sides"</h1>
            <ol>
                <li>"Ask a customer"</li>
                <li>"Tap the message on the phone"</li>
                <li>"Sign in, then allow or stop"</li>
                <li>"See the answer at the desk"</li>
            </ol>
        </header>
    }
}

/// What stands in for the events where there is no script.
fn still(input: &Input<'_>) -> impl IntoView + use<> {
    let text = if input.watch {
        "Without script this page looks again every 5 seconds. "
    } else {
        "Without script this page shows the state of the moment it was opened. "
    };
    let (address, label) = if input.watch {
        (input.sides.path(), "Stop that to write a new request")
    } else {
        (input.sides.watched(), "Look again every 5 seconds")
    };
    view! { <noscript><p class="still">{text}<a href=address>{label}</a></p></noscript> }
}

/// The page that is turned towards the customer at a branch's counter.
pub fn counter(company: &str, request: &DeskRequest, now: i64, nonce: &str) -> String {
    let picture = format!("/desk/requests/{}/qr.svg", request.id);
    let reference = request.order.binding_message.to_string();
    let content = view! {
        <div class="counter">
            <h1>"Scan this with your phone"</h1>
            <img src=picture alt="QR code that opens the request on your phone" width="320" height="320"/>
            <p class="label">"Your reference"</p>
            <p class="reference"><bdi dir="ltr" translate="no">{reference}</bdi></p>
            <p class="until">"Good "{until(request.expires_at)}</p>
            <p class="aside"><a href="/desk">"Back to the desk"</a></p>
        </div>
    };
    layout::page(
        &layout::Frame {
            company,
            title: "Scan with your phone",
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

/// A moment. The script writes it in the agent's own time.
fn clock(unix: i64) -> impl IntoView + use<> {
    let moment = OffsetDateTime::from_unix_timestamp(unix).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, _) = moment.to_hms();
    let machine = format!("{}T{hour:02}:{minute:02}Z", moment.date());
    view! { <time datetime=machine data-at=unix.to_string()>{format!("{hour:02}:{minute:02} UTC")}</time> }
}

/// The time that is left. The script counts it down.
fn until(unix: i64) -> impl IntoView + use<> {
    view! { <span data-until=unix.to_string()>"until "{clock(unix)}</span> }
}

/// A link's host, which is what a person should look at.
fn host(link: &Url) -> String {
    let port = link.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", link.host_str().unwrap_or_default())
}

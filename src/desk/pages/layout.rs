//! The frame of every page of the desk.

use leptos::prelude::*;

use super::asset;
use crate::desk::access::Agent;
use crate::desk::sides::Sides;
use messages::texts::Words;

/// What a page tells its frame.
pub(super) struct DeskFrame<'a> {
    pub(super) words: &'a Words,
    pub(super) title: String,
    pub(super) agent: Option<&'a Agent>,
    pub(super) demo: bool,
    pub(super) now: i64,
    pub(super) nonce: &'a str,
    /// Where the page goes every few seconds where there is no script.
    pub(super) refresh: Option<&'static str>,
    pub(super) sides: Sides,
    pub(super) class: &'static str,
}

/// Renders a page.
pub(super) fn page(frame: &DeskFrame<'_>, content: impl IntoView + 'static) -> String {
    let words = frame.words;
    let title = words.plain("title-with-company", &[("title", frame.title.as_str().into())]);
    let language = words.language();
    // What the script writes, with a % where it puts a number.
    let with = |id: &str, value: &str| words.plain(id, &[(value, "%".into())]);
    let refresh = frame.refresh.map(|address| {
        let content = format!("5;url={address}");
        view! { <noscript><meta http-equiv="refresh" content=content/></noscript> }
    });
    let agent = frame.agent.map(|agent| {
        let name = agent.0.to_string();
        view! { <p class="agent">{words.isolated("desk-signed-in", &[("agent", name.into())])}</p> }
    });
    let demo = frame.demo.then(|| {
        view! { <p class="tag">{words.text("desk-demo")}</p> }
    });
    let company = words.company().to_owned();
    let document = view! {
        <!DOCTYPE html>
        <html lang=language.tag() dir=language.direction().as_str()>
            <head>
                <meta charset="utf-8"/>
                <title>{title}</title>
                <meta name="viewport" content="width=device-width,initial-scale=1"/>
                <meta name="format-detection" content="telephone=no,date=no,address=no,email=no"/>
                <meta name="referrer" content="same-origin"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <link rel="icon" href=asset::ICON.path type="image/svg+xml"/>
                <link rel="stylesheet" href=asset::STYLE.versioned()/>
                <script type="module" nonce=frame.nonce.to_owned() src=asset::SCRIPT.versioned()></script>
                {refresh}
            </head>
            <body
                class=frame.class
                data-now=frame.now.to_string()
                data-sides=frame.sides.as_str()
                data-say-left=with("desk-time-left", "time")
                data-say-next=with("desk-next-look", "seconds")
                data-say-looking=words.text("desk-looking")
                data-say-phone=words.text("desk-guess-phone")
                data-say-email=words.text("desk-guess-email")
                data-say-user=words.text("desk-guess-user")
                data-say-copy=words.text("desk-copy")
                data-say-copied=words.text("desk-copied")
            >
                <header class="bar">
                    <a class="brand" href=frame.sides.path()>
                        <img src=asset::ICON.path alt="" width="28" height="28"/>
                        <bdi translate="no">{company}</bdi>
                        <span class="place">{words.text("desk-title")}</span>
                    </a>
                    {demo}
                    {agent}
                </header>
                <main id="main">{content.into_view()}</main>
            </body>
        </html>
    };
    // Own reactive owner: its state is freed with the page.
    Owner::new().with(|| document.to_html())
}

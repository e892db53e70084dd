//! Taking a request over into another browser: for links that were opened inside an app in which
//! some ways to sign in do not work.

use leptos::prelude::*;

use super::layout::{Frame, page};
use super::parts::Heading;
use super::{Page, PageContext};
use crate::ciba::RequestHandle;
use crate::server::site::paths;

/// Renders the page with the address to copy.
pub fn offer(context: &PageContext, handle: &RequestHandle, address: &str) -> Page {
    let words = &context.words;
    let title = words.text("elsewhere-title");
    let frame = Frame { title: title.clone(), ..Frame::default() };
    let body = view! {
        <Heading>{title}</Heading>
        <p class="lead">{words.text("elsewhere-lead")}</p>
        <div class="field">
            <label for="address">{words.text("elsewhere-address")}</label>
            <input id="address" type="text" readonly dir="ltr" value=address.to_owned()/>
        </div>
        <p>
            <a class="button plain" target="_blank" rel="noopener" href=address.to_owned()>
                {words.text("elsewhere-open")}
            </a>
        </p>
        <p class="aside"><a href=paths::request(handle)>{words.text("problem-back")}</a></p>
    };
    page(context, frame, body)
}

/// Renders the page that such an address leads to. Only its button takes the request over.
pub fn go_on(context: &PageContext, action: &str) -> Page {
    let words = &context.words;
    let title = words.text("elsewhere-continue-title");
    let frame = Frame { title: title.clone(), ..Frame::default() };
    let body = view! {
        <Heading>{title}</Heading>
        <p class="lead">{words.text("elsewhere-continue-lead")}</p>
        <form method="post" action=action.to_owned()>
            <button class="button allow">{words.text("mail-continue-button")}</button>
        </form>
        <p class="hint">{words.text("mail-continue-nothing-yet")}</p>
    };
    page(context, frame, body)
}

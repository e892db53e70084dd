//! Taking a request over into another browser: for links that were opened inside an app in which
//! some ways to sign in do not work.

use leptos::prelude::*;

use super::layout::{Frame, page};
use super::parts::{Heading, Refusal, WhoCalled};
use super::{Page, PageContext, Scripts};
use crate::site::form::PAGE_FIELD;
use crate::site::paths;
use ciba::RequestHandle;

/// What the page knows that gives the address.
#[derive(Debug)]
pub struct Offer<'a> {
    /// The request.
    pub handle: &'a RequestHandle,
    /// The address that takes it over.
    pub address: &'a str,
    /// The same for the system of this device, which opens its browser with it.
    pub outward: Option<&'a str>,
}

/// Renders the page with the address to open or to copy.
pub fn offer(context: &PageContext, input: &Offer<'_>) -> Page {
    let words = &context.words;
    let Offer { handle, address, outward } = *input;
    let title = words.text("elsewhere-title");
    let frame = Frame {
        name: "elsewhere-offer".into(),
        title: title.clone(),
        scripts: Scripts::Copy,
        ..Frame::default()
    };
    let plain =
        words.text(if outward.is_some() { "elsewhere-open-plain" } else { "elsewhere-open" });
    let outward = outward.map(|outward| {
        let text = words.text("elsewhere-open");
        view! { <p><a class="button allow" href=outward.to_owned()>{text}</a></p> }
    });
    let body = view! {
        <Heading>{title}</Heading>
        <p class="lead">{words.text("elsewhere-lead")}</p>
        {outward}
        <div class="field">
            <label for="address">{words.text("elsewhere-address")}</label>
            <input id="address" type="text" readonly dir="ltr" value=address.to_owned()/>
            // The script shows it where the browser can copy.
            <button class="button plain" type="button" data-copy="address" hidden>
                {words.text("elsewhere-copy")}
            </button>
            <p class="hint" role="status">
                <span data-copied hidden>{words.text("elsewhere-copied")}</span>
            </p>
        </div>
        <p>
            <a class="button plain" target="_blank" rel="noopener" href=address.to_owned()>{plain}</a>
        </p>
        <p class="aside"><a href=paths::request(handle)>{words.text("problem-back")}</a></p>
        <Refusal words=words.clone() handle=handle.clone()/>
    };
    page(context, frame, body)
}

/// Renders the page that such an address leads to. Only its button takes the request over.
/// `page_name` is a name of this page, by which two presses on it are known for one.
pub fn go_on(context: &PageContext, action: &str, page_name: &str) -> Page {
    let words = &context.words;
    let title = words.text("elsewhere-continue-title");
    let frame = Frame { name: "elsewhere-go-on".into(), title: title.clone(), ..Frame::default() };
    let body = view! {
        <Heading>{title}</Heading>
        <p class="lead">{words.text("elsewhere-continue-lead")}</p>
        <WhoCalled context=context.clone() contact=None/>
        <form method="post" action=action.to_owned()>
            <input type="hidden" name=PAGE_FIELD value=page_name.to_owned()/>
            <button class="button allow">{words.text("mail-continue-button")}</button>
        </form>
        <p class="hint">{words.text("mail-continue-nothing-yet")}</p>
    };
    page(context, frame, body)
}

//! The customers' phone of the demo: a lock screen with the outbox's messages on it.

use leptos::prelude::*;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

use super::times::clock;
use crate::desk::phone::OutboxMessage;
use messages::texts::Words;

/// Renders the phone around its messages.
pub(super) fn phone(messages: String, now: i64, words: &Words) -> impl IntoView + use<> {
    let moment = OffsetDateTime::from_unix_timestamp(now).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, _) = moment.to_hms();
    let day = moment.date().to_string();
    view! {
        <section class="customer" aria-labelledby="phone-title">
            <h2 id="phone-title">{words.text("desk-phone")}</h2>
            <div class="phone">
                <div class="screen">
                    <p class="island" aria-hidden="true"></p>
                    <p class="day" data-day>{day}</p>
                    <p class="hour" data-hour>{format!("{hour:02}:{minute:02}")}</p>
                    <div id="phone" inner_html=messages></div>
                </div>
            </div>
            <p class="hint">{words.text("desk-phone-hint")}</p>
        </section>
    }
}

/// Renders the messages, the newest first.
pub fn messages(messages: &[OutboxMessage], words: &Words) -> String {
    let content = if messages.is_empty() {
        view! { <p class="none">{words.text("desk-no-messages")}</p> }.into_any()
    } else {
        let items = messages.iter().map(|message| item(message, words)).collect_view();
        view! { <ol class="notes">{items}</ol> }.into_any()
    };
    Owner::new().with(|| content.to_html())
}

fn item(message: &OutboxMessage, words: &Words) -> impl IntoView + use<> {
    let is_mail = message.channel == "email";
    let kind = words.text(if is_mail { "desk-mail" } else { "desk-messages" });
    let link = message.link().and_then(|link| Url::parse(link).ok());
    let shown = text(message);
    let sent_at =
        OffsetDateTime::parse(&message.sent_at, &Rfc3339).map_or(0, OffsetDateTime::unix_timestamp);
    let code = message.code.clone().map(|code| {
        view! { <span class="code">{words.text("desk-code")}" "<b translate="no">{code}</b></span> }
    });
    let address = link.as_ref().map(|link| {
        view! { <span class="address">{host(link)}"/\u{2026}"</span> }
    });
    let subject = message.subject.clone().map(|subject| view! { <b dir="auto">{subject}</b> });
    let sender = words.company().to_owned();
    let to = words.isolated("desk-message-to", &[("to", message.to.as_str().into())]);
    let body = view! {
        <span class="head">
            <span class=if is_mail { "app mail" } else { "app sms" } aria-hidden="true"></span>
            <span class="kind">{kind}</span>
            {clock(sent_at)}
        </span>
        <span class="sender"><b>{sender}</b>" "{to}</span>
        {subject}
        <span class="text" dir="auto">{shown}</span>
        {address}
        {code}
    };
    let id = format!("message-{}", message.id);
    match link {
        Some(link) => view! {
            <li id=id>
                <a class="note" href=String::from(link) target="_blank" rel="noopener noreferrer" data-window>
                    {body}
                </a>
            </li>
        }
        .into_any(),
        None => view! { <li id=id><div class="note">{body}</div></li> }.into_any(),
    }
}

/// The text without its links, which stand below it as the host that they lead to.
fn text(message: &OutboxMessage) -> String {
    let mut text = message.text.clone();
    for link in &message.links {
        text = text.replace(link.as_str(), "");
    }
    let words = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let paragraphs: Vec<_> =
        text.split("\n\n").map(words).filter(|paragraph| !paragraph.is_empty()).collect();
    paragraphs.join("\n")
}

/// A link's host, which is what a person should look at.
fn host(link: &Url) -> String {
    let port = link.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", link.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::BrandConfig;
    use messages::texts::{Language, Texts};

    fn words() -> Words {
        Arc::new(Texts::load(&BrandConfig::default()).unwrap()).words(Language::En)
    }

    fn message(text: &str, link: &str) -> OutboxMessage {
        OutboxMessage {
            id: 1,
            channel: "sms".into(),
            to: "<b>+1</b>".into(),
            subject: None,
            text: text.into(),
            links: vec![link.into()],
            code: None,
            sent_at: "2026-11-22T12:00:00Z".into(),
        }
    }

    #[test]
    fn a_message_is_text_and_its_link_a_tap() {
        let link = "http://localhost:3000/login?auth_req_id=a&binding_message=K7Q";
        let html = messages(&[message(&format!("<i>tap</i> {link}"), link)], &words());
        assert!(html.contains("&lt;i&gt;tap&lt;/i&gt;"), "{html}");
        assert!(!html.contains("<b>+1"), "{html}");
        assert!(html.contains("href=\"http://localhost:3000/login?auth_req_id=a&amp;"), "{html}");
        assert!(html.contains("localhost:3000"), "{html}");
        assert!(html.contains("12:00 UTC"), "{html}");
    }

    #[test]
    fn the_paragraphs_of_a_mail_stay_apart() {
        let link = "http://localhost:3000/mail";
        let mail = message(&format!("Go on\n\nIt is good\nfor 10 minutes.\n\n{link}\n"), link);
        assert_eq!(text(&mail), "Go on\nIt is good for 10 minutes.");
    }

    #[test]
    fn a_link_that_is_no_page_is_no_link() {
        let html = messages(&[message("tap", "javascript:alert(1)")], &words());
        assert!(!html.contains("href"), "{html}");
    }
}

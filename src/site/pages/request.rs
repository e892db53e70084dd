//! The first page: who asks, the reference, and the ways to sign in.

mod input;
mod ways;

use leptos::prelude::*;

pub use self::input::{MailForm, Notification, PasskeyOffer, RequestInput};
use self::ways::{Way, embedded, ways};
use super::layout::{Frame, page};
use super::parts::{Call, Doubt, ErrorSummary, Heading, Notice};
use super::{Page, PageContext, Scripts};

/// Renders the page.
pub fn render(context: &PageContext, input: &RequestInput<'_>) -> Page {
    let words = &context.words;
    let invalid = input.mail.is_some_and(|form| form.invalid);
    let title = words.text(match &input.passkey {
        // Where one touch decides, the title must claim no more than is decided.
        PasskeyOffer::OneTouch(abilities) if abilities.are_identity_only() => {
            "request-title-identity"
        }
        _ => "request-title",
    });
    let frame = Frame {
        name: "request".into(),
        title: title.clone(),
        form_error: invalid,
        scripts: Scripts::islands(
            Way::offered(input).first() == Some(&Way::Passkey),
            input.passkey != PasskeyOffer::None || input.seconds_left.is_some(),
        ),
        ..Frame::default()
    };
    let error = invalid.then(|| {
        let text = words.text("mail-address-invalid");
        view! { <ErrorSummary words=words.clone() field="email" text/> }
    });
    let notice = input.notice.filter(|_| !invalid).map(|notice| {
        view! { <Notice text=words.text(notice.message())/> }
    });
    let below_notice = invalid || notice.is_some();
    let elsewhere = input.embedded_browser.then(|| {
        view! { <section class="notice">{embedded(words, input.handle)}</section> }
    });
    let asked = matches!(input.passkey, PasskeyOffer::OneTouch(_));
    let body = view! {
        {error}
        {notice}
        <Heading below_notice>{title}</Heading>
        <Call
            context=context.clone()
            message=input.message.cloned()
            contact=input.contact
            asked
            client=input.client.map(str::to_owned)
            picks=input.picks
        />
        <Doubt words=words.clone() doubted=input.doubted/>
        {ways(words, input)}
        {elsewhere}
    };
    page(context, frame, body)
}

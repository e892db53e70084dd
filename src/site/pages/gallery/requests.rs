//! The page of a request: what is known of it, the ways to sign in, and what becomes of a passkey.

use ciba::{BindingMessage, Contact, RequestHandle};

use crate::config::SocialButton;
use crate::site::pages::decision::Abilities;
use crate::site::pages::request::{self, MailForm, Notification, PasskeyOffer, RequestInput};
use crate::site::pages::{Page, PageContext};

pub(super) fn message(text: &str) -> BindingMessage {
    BindingMessage::parse(text).unwrap()
}

/// The states into which the passkey island brings a page.
pub(super) fn passkeys(requests: &[(String, Page)]) -> Vec<(String, Page)> {
    let states = [
        ("request-passkey", "calm"),
        ("request", "absent"),
        ("request-passkey", "absent"),
        ("request-passkey", "away"),
        ("request-passkey", "busy"),
        ("request-one-touch", "calm"),
        ("request-one-touch", "away"),
    ];
    let page = |wanted: &str| &requests.iter().find(|(name, _)| name == wanted).unwrap().1;
    let unbound = woken(page("request-one-touch"), "ready")
        .html
        .replace("data-state=\"ready\"", "data-state=\"ready\" data-one-touch=\"false\"")
        .replace("<form data-purpose=\"sign-in\"", "<form data-shown data-purpose=\"sign-in\"")
        .replace("<form data-purpose=", "<form hidden data-purpose=");
    // The form that signs in is shown instead of the two that decide.
    let (before, form) = unbound.split_once("<form data-shown").unwrap();
    let html = format!("{before}<form{}", form.replacen(" hidden>", ">", 1));
    let unbound = Page { html, ..page("request-one-touch").clone() };
    states
        .map(|(name, state)| (format!("{name}-{state}"), woken(page(name), state)))
        .into_iter()
        .chain([("request-one-touch-unbound".to_owned(), unbound)])
        .collect()
}

/// A page as the passkey island leaves it.
pub(super) fn woken(page: &Page, state: &str) -> Page {
    assert!(page.html.contains("data-state=\"off\""));
    let html = page
        .html
        .replace("data-state=\"off\"", &format!("data-state=\"{state}\""))
        .replace("<details class=\"more-ways\"", "<details open class=\"more-ways\"");
    Page { html, ..page.clone() }
}

pub(super) fn requests(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    let reference = message("CASE-4711");
    let long = message("AAAA-BBBB-CCCC-DDDD!");
    let social = [("google", "Google"), ("apple", "Apple")]
        .map(|(name, label)| SocialButton { name: name.into(), label: label.into() });
    let realm = [SocialButton { name: "keycloak".into(), label: "Example Bank".into() }];
    let plain = || RequestInput {
        handle,
        message: Some(&reference),
        picks: false,
        client: None,
        contact: None,
        seconds_left: Some(290),
        doubted: false,
        passkey: PasskeyOffer::AnotherWay,
        passkey_to_forget: None,
        mail: Some(MailForm::default()),
        known_address: None,
        social: &social,
        notice: None,
        embedded_browser: false,
    };
    let scopes = Abilities::Scopes(vec!["openid".into(), "profile".into(), "phone".into()]);
    let identity = Abilities::Scopes(vec!["openid".into()]);
    [
        ("request", plain()),
        (
            "request-customer-called",
            RequestInput { contact: Some(Contact::CustomerCalled), ..plain() },
        ),
        (
            "request-company-called",
            RequestInput { contact: Some(Contact::CompanyCalled), ..plain() },
        ),
        ("request-branch", RequestInput { contact: Some(Contact::Branch), ..plain() }),
        (
            "request-one-touch-identity",
            RequestInput { passkey: PasskeyOffer::OneTouch(identity), ..plain() },
        ),
        (
            "request-mail-only",
            RequestInput {
                passkey: PasskeyOffer::None,
                social: &[],
                seconds_left: None,
                ..plain()
            },
        ),
        ("request-one-touch", RequestInput { passkey: PasskeyOffer::OneTouch(scopes), ..plain() }),
        ("request-passkey", RequestInput { passkey: PasskeyOffer::SignIn, ..plain() }),
        ("request-social-only", RequestInput { mail: None, ..plain() }),
        ("request-no-reference", RequestInput { message: None, ..plain() }),
        ("request-pushed", RequestInput { client: Some("Example Bank, telephone"), ..plain() }),
        (
            "request-pushed-mail",
            RequestInput {
                client: Some("Example Bank, telephone"),
                passkey: PasskeyOffer::None,
                mail: None,
                known_address: Some("a•••@example.com"),
                social: &realm,
                ..plain()
            },
        ),
        ("request-long-reference", RequestInput { message: Some(&long), ..plain() }),
        ("request-nearly-over", RequestInput { seconds_left: Some(42), ..plain() }),
        (
            "request-invalid-address",
            RequestInput { mail: Some(MailForm { address: "ada@", invalid: true }), ..plain() },
        ),
        ("request-pick", RequestInput { message: None, picks: true, ..plain() }),
        (
            "request-known-address",
            RequestInput { known_address: Some("a•••@example.com"), ..plain() },
        ),
        ("request-doubted", RequestInput { doubted: true, ..plain() }),
        ("request-failed", RequestInput { notice: Some(Notification::SignInFailed), ..plain() }),
        (
            "request-passkey-changed",
            RequestInput { notice: Some(Notification::PasskeyChanged), ..plain() },
        ),
        (
            "request-embedded",
            RequestInput {
                embedded_browser: true,
                passkey: PasskeyOffer::None,
                social: &[],
                ..plain()
            },
        ),
    ]
    .map(|(name, input)| (name.to_owned(), request::render(context, &input)))
    .into()
}

//! Every page in every state: what the tests of this room look at, and what
//! `cargo nextest run --features ssr writes_the_gallery` puts into `target/pages` for the eye, for
//! screenshots and for accessibility checkers.

use std::path::Path;
use std::sync::Arc;

use super::decision::Abilities;
use super::outcome::Outcome;
use super::request::{MailForm, Notification, PasskeyOffer};
use super::{Page, PageContext, decision, elsewhere, mail, outcome, problem, request};
use crate::ciba::{AuthReqId, BindingMessage, Decision, RequestHandle};
use crate::problem::Problem;
use crate::server::config::{BrandConfig, SocialButton};
use crate::server::site::look::{Assets, Look, Stylesheet};
use crate::server::texts::Language;

pub(super) const ADDRESS: &str = "ada.lovelace@example.com";
pub(super) const REQUEST_ID: &str = "01JD9Z5R7Q";

/// The look of the demo's company.
pub(super) fn look() -> Arc<Look> {
    look_with(Stylesheet::Linked("../pkg/ciba-login.css".into()))
}

/// The same with another style sheet.
pub(super) fn look_with(stylesheet: Stylesheet) -> Arc<Look> {
    let brand = BrandConfig {
        company: "Example Bank".into(),
        support_phone: Some("+1 555 0199".into()),
        help_url: "https://example.com/help".parse().ok(),
        privacy_url: "https://example.com/privacy".parse().ok(),
        ..BrandConfig::default()
    };
    let assets = Assets {
        stylesheet,
        // A browser takes no script and no wasm from a file; without them the pages would show that
        // they have not come, each time a moment later.
        script: "data:text/javascript,export default function(){}export function hydrate(){}"
            .into(),
        wasm: "data:,".into(),
        reload_port: None,
    };
    Arc::new(Look::prepare(&brand, assets).unwrap())
}

pub(super) fn message(text: &str) -> BindingMessage {
    BindingMessage::parse(text).unwrap()
}

pub(super) fn handle() -> RequestHandle {
    RequestHandle::of(&AuthReqId::parse("gallery").unwrap(), None)
}

pub(super) fn context(look: &Arc<Look>, language: Language) -> PageContext {
    PageContext {
        path: Some(format!("/request/{}", handle())),
        request_id: Some(REQUEST_ID.into()),
        nonce: Some("bm9uY2U".into()),
        ..PageContext::new(look, language)
    }
}

/// Every page in every state, with a name for its file.
pub(super) fn states(context: &PageContext) -> Vec<(String, Page)> {
    let handle = &handle();
    let mut states = requests(context, handle);
    states.extend(mails(context, handle));
    states.extend(decisions(context, handle));
    for (name, what) in [
        ("outcome-allowed", Outcome::Allowed { offer_passkey: false }),
        ("outcome-allowed-passkey", Outcome::Allowed { offer_passkey: true }),
        ("outcome-passkey-added", Outcome::PasskeyAdded),
        ("outcome-allowed-passkey-not-added", Outcome::PasskeyNotAdded),
        ("outcome-stopped", Outcome::Stopped { advice: false }),
        ("outcome-stopped-advice", Outcome::Stopped { advice: true }),
        ("outcome-reported", Outcome::Reported),
        ("outcome-waiting", Outcome::Waiting),
        ("outcome-asking", Outcome::Asking),
        ("outcome-unknown-approve", Outcome::Unknown(Decision::Approve)),
        ("outcome-unknown-deny", Outcome::Unknown(Decision::Deny)),
    ] {
        states.push((name.into(), outcome::render(context, handle, what)));
    }
    let address = "https://login.example.com/continue/AbCdEfGhIjKlMnOp";
    states.push(("elsewhere-offer".into(), elsewhere::offer(context, handle, address)));
    states.push(("elsewhere-go-on".into(), elsewhere::go_on(context, "/continue/AbCdEfGhIjKl")));
    for what in Problem::ALL {
        let page = problem::render(context, what, Some(handle));
        states.push((format!("problem-{}", what.as_str()), page));
    }
    states
}

fn requests(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    let reference = message("CASE-4711");
    let long = message("AAAA-BBBB-CCCC-DDDD!");
    let social = [("google", "Google"), ("apple", "Apple")]
        .map(|(name, label)| SocialButton { name: name.into(), label: label.into() });
    let plain = || request::Input {
        handle,
        message: Some(&reference),
        seconds_left: Some(290),
        passkey: PasskeyOffer::SignIn,
        passkey_to_forget: None,
        mail: Some(MailForm::default()),
        social: &social,
        notice: None,
        embedded_browser: false,
    };
    let scopes = Abilities::Scopes(vec!["openid".into(), "profile".into(), "phone".into()]);
    [
        ("request", plain()),
        (
            "request-mail-only",
            request::Input {
                passkey: PasskeyOffer::None,
                social: &[],
                seconds_left: None,
                ..plain()
            },
        ),
        (
            "request-one-touch",
            request::Input { passkey: PasskeyOffer::OneTouch(scopes), ..plain() },
        ),
        ("request-no-reference", request::Input { message: None, ..plain() }),
        ("request-long-reference", request::Input { message: Some(&long), ..plain() }),
        ("request-nearly-over", request::Input { seconds_left: Some(42), ..plain() }),
        (
            "request-invalid-address",
            request::Input { mail: Some(MailForm { address: "ada@", invalid: true }), ..plain() },
        ),
        ("request-failed", request::Input { notice: Some(Notification::SignInFailed), ..plain() }),
        (
            "request-embedded",
            request::Input {
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

fn mails(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    let reference = message("CASE-4711");
    let sent = |code, again| mail::Sent {
        handle,
        message: Some(&reference),
        address: Some(ADDRESS),
        code,
        again,
    };
    let choices = ["CASE-4711", "CASE-8263", "CASE-1590"].map(message);
    let go_on = |step| mail::go_on(context, &mail::GoOn { action: "/mail/continue", step });
    let open = Some(mail::CodeEntry::Open);
    let wrong = Some(mail::CodeEntry::Wrong);
    vec![
        ("mail-sent".into(), mail::sent(context, &sent(open, false))),
        ("mail-sent-again".into(), mail::sent(context, &sent(open, true))),
        ("mail-sent-no-code".into(), mail::sent(context, &sent(None, false))),
        ("mail-code-wrong".into(), mail::sent(context, &sent(wrong, false))),
        ("mail-go-on".into(), go_on(mail::Step::Press { address: Some("a•••@example.com") })),
        ("mail-pick".into(), go_on(mail::Step::Pick { choices: &choices, missing: false })),
        ("mail-pick-missing".into(), go_on(mail::Step::Pick { choices: &choices, missing: true })),
        ("mail-type".into(), go_on(mail::Step::Type(mail::CodeEntry::Open))),
        ("mail-type-wrong".into(), go_on(mail::Step::Type(mail::CodeEntry::Wrong))),
    ]
}

fn decisions(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    let reference = message("CASE-4711");
    let scopes = ["openid", "profile", "email", "accounts:read"].map(String::from).to_vec();
    let known = Abilities::Scopes(scopes);
    let input = |abilities| decision::Input {
        handle,
        message: Some(&reference),
        abilities,
        seconds_left: Some(245),
        account: Some(ADDRESS),
    };
    let unknown = decision::Input {
        message: None,
        seconds_left: None,
        account: None,
        ..input(&Abilities::Unstated)
    };
    vec![
        ("decision".into(), decision::render(context, &input(&known))),
        ("decision-little-known".into(), decision::render(context, &unknown)),
        ("not-on-a-call".into(), decision::not_on_a_call(context, handle)),
    ]
}

/// The style sheet with its imports in place, as cargo-leptos bundles it.
pub(super) fn stylesheet() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("style");
    let main = std::fs::read_to_string(folder.join("main.css")).unwrap();
    let mut bundle = String::new();
    for line in main.lines() {
        match line.strip_prefix("@import \"").and_then(|rest| rest.strip_suffix("\";")) {
            Some(file) => bundle += &std::fs::read_to_string(folder.join(file)).unwrap(),
            None => bundle += line,
        }
        bundle.push('\n');
    }
    bundle
}

#[test]
fn writes_the_gallery() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    std::fs::create_dir_all(folder.join("pkg")).unwrap();
    std::fs::write(folder.join("pkg/ciba-login.css"), stylesheet()).unwrap();
    let look = look();
    let mut written = 0;
    for language in Language::ALL.into_iter().chain([Language::Pseudo]) {
        let folder = folder.join(language.tag());
        std::fs::create_dir_all(&folder).unwrap();
        for (name, page) in states(&context(&look, language)) {
            std::fs::write(folder.join(format!("{name}.html")), page.html).unwrap();
            written += 1;
        }
    }
    assert!(written >= 6 * 40, "{written} pages were written");
}

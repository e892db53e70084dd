//! Every page in every state: what the tests of this room look at, and what
//! `cargo nextest run writes_the_gallery` puts into `target/pages` for the eye, for screenshots and for
//! accessibility checkers.

mod requests;

use std::path::Path;
use std::sync::Arc;

use ciba::{AuthReqId, Contact, Problem, RequestHandle};
use messages::texts::Language;

use self::requests::{message, passkeys, requests, woken};
use super::code::{Typed, enter};
use super::decision::{Abilities, Account, DecisionInput};
use super::outcome::{OutcomeInput, Passkey};
use super::pick::Pick;
use super::{Page, PageContext, decision, elsewhere, mail, outcome, problem};
use crate::config::BrandConfig;
use crate::site::authority::Answer;
use crate::site::decision::{Entry, Outcome};
use crate::site::look::{Assets, Look, Stylesheet};

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
    look_of(&brand, stylesheet)
}

/// The look of a brand.
pub(super) fn look_of(brand: &BrandConfig, stylesheet: Stylesheet) -> Arc<Look> {
    let assets = Assets {
        stylesheet,
        // A browser takes no script and no wasm from a file; without them the pages would show that
        // they have not come, each time a moment later.
        script: "data:text/javascript,export default function(){}export function hydrate(){}"
            .into(),
        wasm: "data:,".into(),
        icon: "data:,".into(),
        reload_port: None,
    };
    Arc::new(Look::prepare(brand, assets).unwrap())
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
    states.extend(passkeys(&states));
    states.extend(logos(context, handle));
    states.extend(mails(context, handle));
    states.extend(decisions(context, handle));
    // The answer to a form has no address of its own.
    let answer = &PageContext { path: None, ..context.clone() };
    states.extend(outcomes(context, handle));
    states.push(("outcome-reported".into(), outcome::reported(answer)));
    states.push(("outcome-waiting".into(), outcome::waiting(context, handle)));
    let added = states.iter().find(|(name, _)| name == "outcome-allowed-passkey");
    let exists = added.map(|(name, page)| (format!("{name}-exists"), woken(page, "exists")));
    states.extend(exists);
    let address = "https://login.example.com/continue/AbCdEfGhIjKlMnOp";
    let offer = |outward| elsewhere::offer(answer, &elsewhere::Offer { handle, address, outward });
    states.push(("elsewhere-offer".into(), offer(None)));
    let safari = format!("x-safari-{address}");
    states.push(("elsewhere-offer-phone".into(), offer(Some(&safari))));
    states.push((
        "elsewhere-go-on".into(),
        elsewhere::go_on(context, "/continue/AbCdEfGhIjKl", "page"),
    ));
    states.extend(codes(context, handle));
    for what in Problem::ALL {
        let context = match what {
            Problem::LinkMalformed
            | Problem::CrossSite
            | Problem::PageUnknown
            | Problem::MethodNotAllowed
            | Problem::ContentTooLarge
            | Problem::FormMalformed => answer,
            _ => context,
        };
        let page = problem::render(context, what, Some(handle), None);
        states.push((format!("problem-{}", what.as_str()), page));
    }
    states
}

/// The look of the same company, where it sends no links.
fn look_without_links(assets: &Assets) -> Arc<Look> {
    let brand = BrandConfig {
        company: "Example Bank".into(),
        support_phone: Some("+1 555 0199".into()),
        sends_links: false,
        ..BrandConfig::default()
    };
    Arc::new(Look::prepare(&brand, assets.clone()).unwrap())
}

/// The first page, and what is another where no links are sent.
fn codes(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    let first = PageContext { path: Some("/".into()), ..context.clone() };
    let look = look_without_links(&context.look.assets);
    let words = look.texts().words(context.words.language());
    let banned = PageContext { look, words, ..context.clone() };
    let first_banned = PageContext { path: Some("/".into()), ..banned.clone() };
    let reference = message("CASE-4711");
    let sent = mail::Sent {
        handle,
        message: Some(&reference),
        picks: false,
        address: mail::Recipient::Typed(ADDRESS),
        code: Some(mail::CodeEntry::Open),
        again: false,
        late: false,
        may_type: true,
        seconds_left: Some(290),
    };
    vec![
        ("code".into(), enter(&first, "page", Typed::Nothing)),
        ("code-wrong".into(), enter(&first, "page", Typed::Wrong("7k4h q0r2"))),
        ("code-without-links".into(), enter(&first_banned, "page", Typed::Nothing)),
        ("mail-sent-without-links".into(), mail::sent(&banned, &sent)),
    ]
}

fn outcomes(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    use Answer::{Allowed, Stopped, WrongReference};
    let unsent = Outcome::Unsent { next_attempt_at: 0 };
    let unanswered = Outcome::Unanswered { next_attempt_at: 0 };
    let none = Passkey::NotOffered;
    [
        ("outcome-allowed", Allowed, Outcome::Confirmed, none, false),
        ("outcome-allowed-passkey", Allowed, Outcome::Confirmed, Passkey::Offered, false),
        ("outcome-passkey-added", Allowed, Outcome::Confirmed, Passkey::Added, false),
        (
            "outcome-allowed-passkey-not-added",
            Allowed,
            Outcome::Confirmed,
            Passkey::NotAdded,
            false,
        ),
        ("outcome-stopped", Stopped, Outcome::Confirmed, none, false),
        ("outcome-asking", Allowed, Outcome::Sent, none, false),
        ("outcome-unsent-approve", Allowed, unsent.clone(), none, false),
        ("outcome-unsent-deny", Stopped, unsent.clone(), none, false),
        ("outcome-unknown-approve", Allowed, unanswered.clone(), none, false),
        ("outcome-unknown-deny", Stopped, unanswered.clone(), none, false),
        ("outcome-unclear-approve", Allowed, Outcome::Unclear, none, false),
        ("outcome-unclear-deny", Stopped, Outcome::Unclear, none, false),
        ("outcome-wrong-reference", WrongReference, Outcome::Confirmed, none, false),
        ("outcome-unsent-wrong-reference", WrongReference, unsent, none, false),
        ("outcome-unknown-wrong-reference", WrongReference, unanswered.clone(), none, false),
        ("outcome-stopped-advice", Stopped, Outcome::Confirmed, none, true),
        ("outcome-reported-allowed", Allowed, Outcome::Confirmed, none, true),
        ("outcome-reported-unknown", Allowed, unanswered, none, true),
    ]
    .map(|(name, answer, outcome, passkey, advice)| {
        let entry = Entry { answer, outcome };
        let input = OutcomeInput { handle, entry: &entry, passkey, advice };
        (name.to_owned(), outcome::render(context, &input))
    })
    .into()
}

/// A logo that is wider than a phone's screen lets it be.
const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 32\">\
    <path fill=\"#0b2a5b\" d=\"M0 4h24v24H0zM40 8h600v16H40z\"/></svg>";

/// The look of a brand with a logo, and with one for the dark theme.
fn look_with_logo(assets: &Assets, dark: bool) -> Arc<Look> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, colour: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, LOGO.replace("#0b2a5b", colour)).unwrap();
        path
    };
    let brand = BrandConfig {
        logo: Some(file("light.svg", "#0b2a5b")),
        logo_dark: dark.then(|| file("dark.svg", "#9fc0ff")),
        ..BrandConfig::default()
    };
    Arc::new(Look::prepare(&brand, assets.clone()).unwrap())
}

fn logos(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    [("outcome-stopped-logo", false), ("outcome-stopped-logo-dark", true)]
        .map(|(name, dark)| {
            let look = look_with_logo(&context.look.assets, dark);
            let context = PageContext { look, ..context.clone() };
            let entry = Entry { answer: Answer::Stopped, outcome: Outcome::Confirmed };
            let passkey = Passkey::NotOffered;
            let input = OutcomeInput { handle, entry: &entry, passkey, advice: false };
            (name.to_owned(), outcome::render(&context, &input))
        })
        .into()
}

fn mails(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    let reference = message("CASE-4711");
    let sent = |code, again| mail::Sent {
        handle,
        message: Some(&reference),
        picks: false,
        address: mail::Recipient::Typed(ADDRESS),
        code,
        again,
        late: false,
        may_type: true,
        seconds_left: Some(215),
    };
    let late = mail::Sent { late: true, ..sent(Some(mail::CodeEntry::Open), false) };
    let choices = ["CASE-4711", "CASE-8263", "CASE-1590"].map(message);
    let go_on = |step| mail::go_on(context, &mail::GoOn { action: "/mail/continue", step });
    let address = Some("a•••@example.com");
    let press = mail::LinkStep::Press { address, handle, seconds_left: Some(190) };
    let open = Some(mail::CodeEntry::Open);
    let wrong = Some(mail::CodeEntry::Wrong);
    let known = |may_type| mail::Sent {
        address: mail::Recipient::Known("a•••@example.com"),
        may_type,
        ..sent(Some(mail::CodeEntry::Open), false)
    };
    let watched = |word: &str| {
        let page = mail::sent(context, &sent(open, false));
        let shown = format!("data-progress=\"{word}\"");
        let html = page.html.replace(&format!("hidden {shown}"), &shown);
        assert_ne!(html, page.html);
        (format!("mail-sent-{word}"), Page { html, ..page })
    };
    vec![
        watched("here"),
        watched("elsewhere"),
        watched("done"),
        ("mail-sent".into(), mail::sent(context, &sent(open, false))),
        ("mail-sent-known".into(), mail::sent(context, &known(true))),
        ("mail-sent-ours".into(), mail::sent(context, &known(false))),
        ("mail-sent-again".into(), mail::sent(context, &sent(open, true))),
        ("mail-sent-late".into(), mail::sent(context, &late)),
        ("mail-sent-no-code".into(), mail::sent(context, &sent(None, false))),
        ("mail-code-wrong".into(), mail::sent(context, &sent(wrong, false))),
        ("mail-go-on".into(), go_on(press)),
        (
            "mail-pick".into(),
            go_on(mail::LinkStep::Pick(Pick { choices: &choices, missing: false })),
        ),
        (
            "mail-pick-missing".into(),
            go_on(mail::LinkStep::Pick(Pick { choices: &choices, missing: true })),
        ),
        ("mail-type".into(), go_on(mail::LinkStep::Type(mail::CodeEntry::Open))),
        ("mail-type-wrong".into(), go_on(mail::LinkStep::Type(mail::CodeEntry::Wrong))),
    ]
}

fn decisions(context: &PageContext, handle: &RequestHandle) -> Vec<(String, Page)> {
    let reference = message("CASE-4711");
    let scopes = ["openid", "profile", "email", "accounts:read"].map(String::from).to_vec();
    let known = Abilities::Scopes(scopes);
    let identity = Abilities::Scopes(vec!["openid".into()]);
    let input = |abilities| DecisionInput {
        handle,
        message: Some(&reference),
        pick: None,
        client: None,
        contact: Some(Contact::CustomerCalled),
        abilities,
        seconds_left: Some(245),
        doubted: false,
        account: Account::SignedIn { account: Some(ADDRESS), by_mail: false },
    };
    let unknown = DecisionInput {
        message: None,
        contact: None,
        seconds_left: None,
        account: Account::SignedIn { account: None, by_mail: false },
        ..input(&Abilities::Unstated)
    };
    let doubted = DecisionInput { doubted: true, ..input(&known) };
    let choices = ["CASE-4711", "CASE-8263", "CASE-1590"].map(message);
    let pick = |missing| DecisionInput {
        message: None,
        pick: Some(Pick { choices: &choices, missing }),
        ..input(&identity)
    };
    let pressed = |by_our_mail| Account::ByPress {
        action: "/mail/continue/AbCdEf",
        address: "a•••@example.com",
        by_our_mail,
    };
    let by_press = pressed(false);
    let ours = Account::SignedIn { account: Some(ADDRESS), by_mail: true };
    let signed_in_by_mail = DecisionInput { account: ours, ..input(&known) };
    let by_mail = DecisionInput { account: by_press, ..input(&known) };
    let by_our_mail = DecisionInput { account: pressed(true), ..input(&known) };
    let by_mail_pick = DecisionInput { account: by_press, ..pick(false) };
    vec![
        ("decision".into(), decision::render(context, &input(&known))),
        ("decision-by-mail".into(), decision::render(context, &by_mail)),
        ("decision-by-mail-pick".into(), decision::render(context, &by_mail_pick)),
        ("decision-by-our-mail".into(), decision::render(context, &by_our_mail)),
        ("decision-identity".into(), decision::render(context, &input(&identity))),
        ("decision-little-known".into(), decision::render(context, &unknown)),
        ("decision-doubted".into(), decision::render(context, &doubted)),
        ("decision-signed-in-by-mail".into(), decision::render(context, &signed_in_by_mail)),
        ("decision-pick".into(), decision::render(context, &pick(false))),
        ("decision-pick-missing".into(), decision::render(context, &pick(true))),
        ("not-on-a-call".into(), decision::not_on_a_call(context, handle, true)),
        ("not-on-a-call-report".into(), decision::not_on_a_call(context, handle, false)),
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
    // Of states that are gone nothing is left to be looked at.
    let _unless_there_is_none = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("pkg")).unwrap();
    std::fs::write(folder.join("pkg/ciba-login.css"), stylesheet()).unwrap();
    let look = look();
    for file in look_with_logo(&look.assets, true).files() {
        let name = Path::new(&file.path).file_name().unwrap();
        std::fs::write(folder.join("pkg").join(name), &file.body).unwrap();
    }
    let mut written = 0;
    for language in Language::ALL.into_iter().chain([Language::Pseudo]) {
        let folder = folder.join(language.tag());
        std::fs::create_dir_all(&folder).unwrap();
        for (name, page) in states(&context(&look, language)) {
            // Without a server the logo lies beside the style sheet.
            let html = page.html.replace("\"/brand/", "\"../pkg/");
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
            written += 1;
        }
    }
    assert!(written >= 6 * 40, "{written} pages were written");
}

#[test]
fn the_table_of_findings_has_every_state_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("docs/accessibility.md")).unwrap();
    let listed: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .filter(|state| !matches!(*state, "state" | "---"))
        .collect();
    let mut states: Vec<String> =
        states(&context(&look(), Language::En)).into_iter().map(|(name, _)| name).collect();
    states.sort();
    assert_eq!(listed, states, "`npm run accessibility-table` in end2end writes the table");
}

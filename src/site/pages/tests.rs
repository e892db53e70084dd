//! What holds for every page in every language.

mod asked;
mod style;
mod words;

use super::decision::{Abilities, DecisionInput};
use super::gallery::{self, context, handle, look, states, stylesheet};
use super::request::{MailForm, PasskeyOffer, RequestInput};
use super::{Page, decision, mail, request};
use crate::config::{BrandConfig, SocialButton};
use crate::site::look::Stylesheet;
use crate::site::middleware::compression;
use messages::texts::{Direction, Language};

fn count(page: &str, part: &str) -> usize {
    page.matches(part).count()
}

/// A page's text as it is read: no element stands around the names in its sentences.
fn read(page: &Page) -> String {
    page.html.replace("<bdi translate=\"no\">", "").replace("</bdi>", "")
}

fn every_page(check: impl Fn(&str, Language, &Page)) {
    let look = look();
    for language in Language::ALL.into_iter().chain([Language::Pseudo]) {
        for (name, page) in states(&context(&look, language)) {
            check(&format!("{language}/{name}"), language, &page);
        }
    }
}

#[test]
fn every_page_says_its_language_and_has_one_heading_one_title_and_one_main() {
    every_page(|name, language, page| {
        let start = format!(
            "<!DOCTYPE html><html lang=\"{}\" dir=\"{}\">",
            language.tag(),
            language.direction().as_str()
        );
        assert!(page.html.starts_with(&start), "{name}: {}", &page.html[..120]);
        for part in ["<h1", "<title>", "<main", "<header", "<footer", " data-page=\""] {
            assert_eq!(count(&page.html, part), 1, "{name}: {part}");
        }
        assert!(!page.html.contains(" data-page=\"\""), "{name}");
        assert!(page.html.contains("telephone=no,date=no,address=no,email=no"), "{name}");
    });
}

#[test]
fn no_page_has_inline_style_or_event_handlers_or_unasked_script() {
    every_page(|name, _, page| {
        assert!(!page.html.contains(" style="), "{name}");
        assert!(!page.html.contains("<style"), "{name}");
        for tag in page.html.split('<').filter_map(|rest| rest.split('>').next()) {
            let attributes = tag.split_once(' ').map_or("", |(_, attributes)| attributes);
            assert!(!format!(" {attributes}").contains(" on"), "{name}: {tag}");
        }
        assert!(!page.html.contains("javascript:"), "{name}");
        let needed =
            page.html.contains("data-passkey=") || page.html.contains("data-seconds-left=");
        let other = ["/outcome-asking", "/elsewhere-offer", "/problem-link-malformed"];
        let other = other.iter().any(|page| name.contains(page));
        let watches = usize::from(page.html.contains("data-watch="));
        let answers = usize::from(page.html.contains(" data-slow"));
        let scripts = usize::from(needed || other) + watches + answers;
        assert_eq!(count(&page.html, "<script"), scripts, "{name}");
        assert_eq!(page.html.contains("<leptos-island"), needed, "{name}");
    });
}

#[test]
fn every_form_posts_to_this_site() {
    every_page(|name, _, page| {
        for form in page.html.split("<form").skip(1) {
            let tag = form.split('>').next().unwrap();
            assert!(tag.contains("method=\"post\"") && tag.contains("action=\"/"), "{name}: {tag}");
        }
    });
}

#[test]
fn every_id_is_there_once_and_every_label_and_description_has_its_field() {
    every_page(|name, _, page| {
        let values = |attribute: &str| -> Vec<String> {
            page.html
                .split(&format!(" {attribute}=\""))
                .skip(1)
                .flat_map(|rest| rest.split('"').next().unwrap().split(' ').map(String::from))
                .collect()
        };
        let ids = values("id");
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{name}: {id}");
        }
        for attribute in ["for", "aria-labelledby", "aria-describedby"] {
            for target in values(attribute) {
                assert!(ids.contains(&target), "{name}: {attribute}={target}");
            }
        }
    });
}

#[test]
fn every_page_gives_the_focus_to_its_heading_or_to_the_notice_above_it() {
    every_page(|name, _, page| {
        assert_eq!(count(&page.html, " autofocus"), 1, "{name}");
        let before = page.html.split(" autofocus").next().unwrap();
        let tag = &before[before.rfind('<').unwrap()..];
        let notice = tag.contains("role=\"status\"") || tag.contains("role=\"alert\"");
        assert!(notice || tag.starts_with("<h1"), "{name}: {tag}");
        assert_eq!(before.contains("<h1"), !notice, "{name}: the notice comes first");
        assert!(page.html.contains("<h1 tabindex=\"-1\""), "{name}");
    });
}

#[test]
fn errors_of_forms_are_named_in_the_title_and_lead_to_the_field() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    for (name, field) in [
        ("request-invalid-address", "email"),
        ("mail-code-wrong", "code"),
        ("mail-type-wrong", "code"),
        ("mail-pick-missing", "reference-0"),
    ] {
        let (_, page) = pages.iter().find(|(state, _)| state == name).unwrap();
        assert!(page.html.contains("<title>Error: "), "{name}");
        assert!(page.html.contains(&format!("href=\"#{field}\"")), "{name}");
        assert!(page.html.contains(&format!("id=\"{field}\"")), "{name}");
        assert!(page.html.contains("role=\"alert\" tabindex=\"-1\" autofocus"), "{name}");
    }
}

#[test]
fn what_the_person_typed_is_escaped_everywhere() {
    let look = look();
    let context = context(&look, Language::En);
    let evil = "\"><script>alert(1)</script>&amp;'";
    let handle = handle();
    let social = [SocialButton { name: "x".into(), label: evil.into() }];
    let scopes = Abilities::Scopes(vec![evil.into()]);
    let pages = [
        request::render(
            &context,
            &RequestInput {
                handle: &handle,
                message: None,
                picks: false,
                doubted: false,
                client: None,
                contact: None,
                seconds_left: None,
                passkey_to_forget: None,
                passkey: PasskeyOffer::OneTouch(scopes.clone()),
                mail: Some(MailForm { address: evil, invalid: true }),
                known_address: None,
                social: &social,
                notice: None,
                embedded_browser: false,
            },
        ),
        mail::sent(
            &context,
            &mail::Sent {
                handle: &handle,
                message: None,
                picks: false,
                address: super::mail::Recipient::Typed(evil),
                code: None,
                again: false,
                late: false,
                may_type: true,
                seconds_left: None,
            },
        ),
        decision::render(
            &context,
            &DecisionInput {
                handle: &handle,
                message: None,
                pick: None,
                doubted: false,
                client: None,
                contact: None,
                abilities: &scopes,
                seconds_left: None,
                account: decision::Account::SignedIn { account: Some(evil), by_mail: false },
            },
        ),
    ];
    for page in pages {
        assert!(!page.html.contains("<script>alert"), "{}", page.html);
        assert!(!page.html.contains("value=\"\">"), "{}", page.html);
        assert!(page.html.contains("&lt;script&gt;"), "{}", page.html);
    }
}

#[test]
fn references_stand_alone_from_left_to_right_and_are_never_links() {
    every_page(|name, _, page| {
        for (position, _) in page.html.match_indices("CASE-4711") {
            let before = &page.html[..position];
            let shown = before.ends_with("<bdi dir=\"ltr\" translate=\"no\">");
            let sent = before.ends_with("value=\"");
            assert!(shown || sent, "{name}: …{}", &before[before.len() - 60..]);
        }
    });
}

#[test]
fn no_reference_is_picked_beforehand() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let (_, page) = pages.iter().find(|(name, _)| name == "mail-pick").unwrap();
    // Three references, and none of them.
    assert_eq!(count(&page.html, "type=\"radio\""), 4);
    assert_eq!(count(&page.html, "checked"), 0);
}

#[test]
fn whoever_holds_a_request_can_refuse_on_every_page_that_leads_on() {
    let look = look();
    for (name, page) in states(&context(&look, Language::En)) {
        let leads_on =
            ["request", "mail-sent", "mail-code", "mail-go-on", "elsewhere-offer", "decision"]
                .iter()
                .any(|start| name.starts_with(start));
        let ends_open = matches!(name.as_str(), "outcome-waiting" | "problem-wrong-account");
        let refuses = page.html.contains("/not-on-a-call\"");
        assert_eq!(refuses, leads_on || ends_open || name.starts_with("not-on-a-call"), "{name}");
        // Where the browser holds no request, the page says whom to call.
        if matches!(name.as_str(), "mail-type" | "elsewhere-go-on") {
            assert!(page.html.contains("Hang up, and call"), "{name}");
        }
    }
}

#[test]
fn the_time_that_is_left_is_said_while_the_mail_is_on_its_way() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    for state in ["mail-sent", "mail-go-on"] {
        let (_, page) = pages.iter().find(|(name, _)| name == state).unwrap();
        assert!(page.html.contains("within 3 minutes"), "{state}");
    }
}

#[test]
fn forms_whose_errors_we_show_are_not_checked_by_the_browser() {
    let look = look();
    for (name, page) in states(&context(&look, Language::En)) {
        for form in page.html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let (tag, rest) = form.split_once('>').unwrap();
            assert_eq!(rest.contains(" required"), tag.contains(" novalidate"), "{name}: {tag}");
        }
    }
}

#[test]
fn no_page_reloads_by_itself() {
    // WCAG 2.2.1: whoever reads slowly, or hears the page read, would start anew each time.
    every_page(|name, _, page| {
        assert!(!page.html.contains("http-equiv=\"refresh\""), "{name}");
    });
}

#[test]
fn problems_quote_the_request() {
    every_page(|name, _, page| {
        if name.contains("/problem-") {
            assert!(page.html.contains(gallery::REQUEST_ID), "{name}");
        }
    });
}

//! What holds for every page in every language.

use super::decision::Abilities;
use super::gallery::{self, context, handle, look, states, stylesheet};
use super::request::{MailForm, PasskeyOffer};
use super::{Page, decision, mail, request};
use crate::config::{BrandConfig, SocialButton};
use crate::site::look::Stylesheet;
use crate::site::middleware::compression;
use messages::texts::{Direction, Language};

fn count(page: &str, part: &str) -> usize {
    page.matches(part).count()
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
        for part in ["<h1", "<title>", "<main", "<header", "<footer"] {
            assert_eq!(count(&page.html, part), 1, "{name}: {part}");
        }
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
        let scripts = usize::from(needed || other) + watches;
        assert_eq!(count(&page.html, "<script"), scripts, "{name}");
        assert_eq!(page.html.contains("<leptos-island"), needed, "{name}");
    });
}

#[test]
fn nothing_is_left_untranslated_or_unfilled() {
    every_page(|name, _, page| {
        for trace in ["{", "\u{2068}", "\u{2069}"] {
            let body = page.html.split("<body").nth(1).unwrap();
            assert!(!body.contains(trace), "{name}: {trace:?}");
        }
    });
}

#[test]
fn every_heading_is_translated() {
    let look = look();
    let pages = |language| states(&context(&look, language));
    let english = pages(Language::En);
    for language in [Language::Es, Language::Fr, Language::De, Language::Ar] {
        for ((name, english), (_, other)) in english.iter().zip(pages(language)) {
            let heading = |page: &Page| {
                let rest = page.html.split("<h1").nth(1).unwrap();
                rest.split("</h1>").next().unwrap().to_owned()
            };
            assert_ne!(heading(english), heading(&other), "{language}/{name}");
        }
    }
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
            &request::Input {
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
                seconds_left: None,
            },
        ),
        decision::render(
            &context,
            &decision::Input {
                handle: &handle,
                message: None,
                pick: None,
                doubted: false,
                client: None,
                contact: None,
                abilities: &scopes,
                seconds_left: None,
                account: Some(evil),
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
fn the_decision_page_has_two_buttons_of_the_same_kind_in_the_promised_order() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let (_, page) = pages.iter().find(|(name, _)| name == "decision").unwrap();
    let at = |part: &str| page.html.find(part).unwrap_or_else(|| panic!("{part} is missing"));
    let order = [
        "Allow this agent",
        "CASE-4711",
        "you called",
        "An agent of Example Bank can then",
        "Did the agent read you this reference?",
        "Yes, allow",
        "No, stop this",
        "Not sure? Stop here",
        "within 4 minutes",
    ];
    for pair in order.windows(2) {
        assert!(at(pair[0]) < at(pair[1]), "{pair:?}");
    }
    assert!(page.html.contains("name=\"decision\" value=\"approve\""));
    assert!(page.html.contains("name=\"decision\" value=\"deny\""));
}

#[test]
fn a_page_that_decides_with_one_touch_shows_what_the_decision_page_shows() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let page = |state: &str| &pages.iter().find(|(name, _)| name == state).unwrap().1.html;
    let page = page("request-one-touch");
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} is missing"));
    let decide = at("Yes, allow");
    for shown in ["CASE-4711", "Example Bank can then", "see your phone number"] {
        assert!(at(shown) < decide, "{shown}");
    }
    assert!(decide < at("No, stop this"));
    // What is said of signing in is not said beside buttons that decide.
    assert!(at("No, stop this") < at("Signing in allows nothing yet"));
}

#[test]
fn the_page_asks_who_called_whom_beside_the_reference_and_offers_the_way_out_before_the_ways_in() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    for (state, said, then) in [
        ("request", "Did somebody call you about this?", "Hang up, and call"),
        ("request-customer-called", "you called Example Bank.", "It is a fraud. Hang up."),
        ("request-company-called", "Example Bank called you.", "Hang up, and call"),
        ("request-branch", "you are in a branch.", "It is a fraud. Hang up."),
        ("request-one-touch", "Did somebody call you", "Hang up, and call"),
    ] {
        let (_, page) = pages.iter().find(|(name, _)| name == state).unwrap();
        let at = |part: &str| page.html.find(part).unwrap_or_else(|| panic!("{state}: {part}"));
        // Side by side with the first way on, and of its size; no further way comes before it.
        let more = at("<details");
        let order = [at("CASE-4711"), at(said), at(then), at("Not sure? Stop here"), more];
        assert!(order.is_sorted(), "{state}: {order:?}");
        let link = page.html.split("class=\"button plain refuse\"").count();
        assert_eq!(link, if state == "request-one-touch" { 1 } else { 2 }, "{state}");
    }
}

#[test]
fn a_company_that_calls_its_customers_does_not_call_itself_a_fraud() {
    let brand = BrandConfig { calls_customers: true, ..BrandConfig::default() };
    let look = gallery::look_of(&brand, Stylesheet::Linked("../pkg/ciba-login.css".into()));
    let pages = states(&context(&look, Language::En));
    let page = |state: &str| &pages.iter().find(|(name, _)| name == state).unwrap().1.html;
    assert!(page("request").contains("Not expecting this call?"));
    assert!(!page("request").contains("call you about this"));
    // What the agent has said stands.
    assert!(page("request-customer-called").contains("It is a fraud"));
}

#[test]
fn the_question_is_about_a_reference_only_where_there_is_one() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let page = |state: &str| &pages.iter().find(|(name, _)| name == state).unwrap().1.html;
    assert!(page("decision").contains("Did the agent read you this reference?"));
    assert!(!page("decision-little-known").contains("Did the agent read you this reference?"));
    assert!(page("decision-little-known").contains("an agent of Example Bank right now?"));
}

#[test]
fn a_request_for_the_identity_alone_does_not_claim_to_open_the_account() {
    let look = look();
    let pages = states(&context(&look, Language::En));
    let page = |state: &str| &pages.iter().find(|(name, _)| name == state).unwrap().1.html;
    for state in ["decision-identity", "request-one-touch-identity"] {
        assert!(!page(state).contains("your account"), "{state}");
        assert!(page(state).contains("that it is you"), "{state}");
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
fn nothing_claims_that_access_was_given_before_the_provider_has_said_so() {
    let look = look();
    for (name, page) in states(&context(&look, Language::En)) {
        let claims = page.html.contains("has confirmed your answer");
        let confirmed = name.starts_with("outcome-allowed") || name.starts_with("outcome-stopped");
        assert_eq!(claims, confirmed, "{name}");
    }
}

/// The style sheet without what a build takes out.
fn built_stylesheet() -> String {
    let sheet = stylesheet();
    let mut pieces = sheet.split("/*");
    let first = pieces.next().unwrap_or_default();
    let without_comments: String = std::iter::once(first)
        .chain(pieces.filter_map(|piece| piece.split_once("*/").map(|(_, rest)| rest)))
        .collect();
    let lines: String = without_comments.lines().map(str::trim).collect();
    lines.replace(": ", ":").replace(" {", "{").replace(", ", ",").replace(";}", "}")
}

#[tokio::test]
async fn every_page_weighs_at_most_six_kilobytes_with_its_style() {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    let look = gallery::look_with(Stylesheet::Inline(built_stylesheet()));
    for language in Language::ALL {
        for (name, page) in states(&context(&look, language)) {
            assert_eq!(count(&page.html, "<style>"), 1, "{language}/{name}");
            let router = axum::Router::new()
                .route("/", axum::routing::get(move || async move { page }))
                .layer(compression::layer());
            let request = Request::builder().uri("/").header("accept-encoding", "gzip");
            let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.headers()["content-encoding"], "gzip");
            let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
            assert!(body.len() <= 6_000, "{language}/{name}: {} bytes", body.len());
        }
    }
}

#[test]
fn problems_quote_the_request() {
    every_page(|name, _, page| {
        if name.contains("/problem-") {
            assert!(page.html.contains(gallery::REQUEST_ID), "{name}");
        }
    });
}

/// The contrast of two colours of the style sheet (WCAG 2.2), by the names of their properties.
#[test]
fn the_palette_is_readable_in_both_themes() {
    use crate::config::Colour;
    let sheet = stylesheet();
    let block =
        |start: &str| sheet.split(start).nth(1).unwrap().split('}').next().unwrap().to_owned();
    let light = block(":root {");
    let dark = block("@media (prefers-color-scheme: dark) {\n  :root {");
    let colour = |theme: &str, name: &str| -> Colour {
        let both = format!("{theme}\n{light}");
        let value = both.split(&format!("--{name}: ")).nth(1).unwrap_or_else(|| panic!("{name}"));
        let digits = value.split(';').next().unwrap().trim_start_matches('#').to_owned();
        let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        Colour::new(channel(0), channel(2), channel(4))
    };
    for (theme_name, theme) in [("light", &light), ("dark", &dark)] {
        for (text, ground, needed) in [
            ("ink", "ground", 7.0),
            ("ink", "card", 7.0),
            ("ink", "soft", 7.0),
            ("quiet", "ground", 4.5),
            ("quiet", "card", 4.5),
            ("quiet", "soft", 4.5),
            ("link", "card", 4.5),
            ("link", "ground", 4.5),
            ("danger", "card", 4.5),
            ("danger", "danger-soft", 4.5),
            ("ink", "danger-soft", 7.0),
            ("accent-ink", "accent", 4.5),
            ("stop-ink", "stop", 4.5),
            ("good", "card", 3.0),
            ("edge", "card", 3.0),
            ("focus", "card", 3.0),
            ("focus", "ground", 3.0),
        ] {
            let contrast = colour(theme, text).contrast_with(colour(theme, ground));
            assert!(contrast >= needed, "{theme_name}: {text} on {ground} has {contrast:.2}");
        }
    }
}

#[test]
fn right_to_left_pages_isolate_what_is_written_the_other_way() {
    let look = look();
    for (name, page) in states(&context(&look, Language::Ar)) {
        assert_eq!(page.language.direction(), Direction::Rtl);
        if name == "decision" {
            assert!(page.html.contains("<bdi>Example Bank</bdi>"), "{name}");
        }
    }
}

/// The text of each button of a page, without its tags.
fn buttons(html: &str) -> Vec<String> {
    let of = |tag: &str, end| {
        html.split(tag).skip(1).filter_map(move |piece| piece.split_once(end)).collect::<Vec<_>>()
    };
    let links = of("<a ", "</a>").into_iter();
    let links =
        links.filter(|(link, _)| link.contains("class=\"button") || link.contains(" button "));
    let pieces = of("<button", "</button>").into_iter().chain(links);
    pieces
        .map(|(button, _)| {
            let mut text = String::new();
            for piece in button.split('<') {
                text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
                text.push(' ');
            }
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn a_button_before_the_decision_says_one_thing_in_at_most_four_words() {
    let look = look();
    let mut long = Vec::new();
    for language in Language::ALL {
        for (name, page) in states(&context(&look, language)) {
            if !name.starts_with("request") && !name.starts_with("decision") {
                continue;
            }
            let said = buttons(&page.html).into_iter();
            let words = |text: &str| {
                let words = text.split_whitespace();
                words.filter(|word| word.contains(char::is_alphanumeric)).count()
            };
            let said = said.filter(|text| words(text) > 4);
            long.extend(said.map(|text| format!("{language:?} {name}: {text}")));
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

//! The words: in every language, in its direction, and in a browser's translation.

use super::*;

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
fn right_to_left_pages_isolate_what_is_written_the_other_way() {
    let look = look();
    for (name, page) in states(&context(&look, Language::Ar)) {
        assert_eq!(page.language.direction(), Direction::Rtl);
        if name == "decision" {
            assert!(page.html.contains("<bdi translate=\"no\">Example Bank</bdi>"), "{name}");
        }
    }
}

/// The texts and tags of a page's body that a browser's translation may change. The title is not
/// among them: it can only be kept as a whole, and who hears it read needs it in their language.
fn translated(html: &str) -> Vec<&str> {
    const VOID: [&str; 5] = ["img", "input", "source", "meta", "link"];
    let mut open: Vec<bool> = Vec::new();
    let mut found = Vec::new();
    for piece in html.split("<body").nth(1).unwrap().split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let name = tag.split(' ').next().unwrap();
        let kept = open.last().is_some_and(|kept| *kept) || tag.contains("translate=\"no\"");
        if name.starts_with('/') {
            open.pop();
        } else if !name.is_empty() && !name.starts_with('!') && !VOID.contains(&name) {
            open.push(kept);
        }
        // Of the attributes it changes those that a person reads.
        if !kept && ["alt", "aria-label", "title"].iter().any(|read| tag.contains(read)) {
            found.push(tag);
        }
        if !open.last().is_some_and(|kept| *kept) {
            found.push(text);
        }
    }
    found
}

#[test]
fn a_translated_page_keeps_every_name() {
    let names = ["Example Bank", "Google", "Apple", gallery::ADDRESS, "•••", "accounts:read"];
    let mut kept = [false; 6];
    let look = look();
    for language in Language::ALL.into_iter().chain([Language::Pseudo]) {
        for (page, Page { html, .. }) in states(&context(&look, language)) {
            let translated = translated(&html);
            for (name, kept) in names.iter().zip(&mut kept) {
                let changed = translated.iter().find(|text| text.contains(name));
                assert_eq!(changed, None, "{language}/{page}: {name}");
                *kept |= html.contains(name);
            }
        }
    }
    assert_eq!(kept, [true; 6]);
}

//! What holds for every message in every language.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::{FluentResource, FluentValue};

use super::catalogues::variables_in;
use super::*;

fn brand() -> BrandConfig {
    BrandConfig { company: "Example Bank".into(), ..BrandConfig::default() }
}

fn variables_by_message(language: Language) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    variables_in(language.sources().iter().copied())
}

fn texts(brand: &BrandConfig) -> Arc<Texts> {
    Arc::new(Texts::load(brand).unwrap())
}

#[test]
fn every_language_has_every_message_with_the_same_values() {
    let english = variables_by_message(Language::En);
    assert!(english.len() > 100, "{}", english.len());
    for language in Language::ALL {
        let own = variables_by_message(language);
        for (id, values) in &english {
            let Some(found) = own.get(id) else { panic!("{language} lacks {id}") };
            assert_eq!(found, values, "{language}: {id}");
        }
        assert_eq!(own.len(), english.len(), "{language} has messages that English lacks");
    }
}

#[test]
fn every_built_in_file_is_faultless_fluent() {
    let texts = texts(&brand());
    for language in Language::ALL {
        for source in language.sources() {
            FluentResource::try_new((*source).to_owned())
                .map_err(|(_, errors)| format!("{language}: {errors:?}"))
                .unwrap();
        }
        let catalogue = texts.catalogues.of_language(language).unwrap();
        for (id, values) in variables_by_message(language) {
            for count in [0, 1, 2, 5, 11, 100] {
                let args = values.iter().map(|name| (*name, FluentValue::from(count)));
                let (text, faultless) = catalogue.format(id, &args.collect()).unwrap();
                assert!(faultless && !text.trim().is_empty(), "{language}: {id}: {text}");
            }
        }
    }
}

#[test]
fn values_are_isolated_and_plain_text_is_plain() {
    let words = texts(&brand()).words(Language::En);
    assert_eq!(words.plain("footer-call", &[("phone", "+1 555".into())]), "Call +1 555");
    assert_eq!(
        words.isolated("footer-call", &[("phone", "+1 555".into())]),
        "Call \u{2068}+1 555\u{2069}"
    );
}

#[test]
fn numbers_bend_the_words() {
    let words = texts(&brand()).words(Language::En);
    let left = |minutes: u32| words.plain("time-left", &[("minutes", minutes.into())]);
    assert!(left(1).contains("within one minute"), "{}", left(1));
    assert!(left(4).contains("within 4 minutes"), "{}", left(4));
}

#[test]
fn the_brand_may_put_its_own_words() {
    let mut brand = brand();
    let own = [("request-title", "{ $company } would like to help you")];
    brand.texts.insert("en".into(), own.map(|(id, text)| (id.into(), text.into())).into());
    let words = texts(&brand).words(Language::En);
    assert_eq!(words.text("request-title"), "Example Bank would like to help you");
}

#[test]
fn refuses_words_that_would_fail_later() {
    for (language, id, text, expected) in [
        ("xx", "request-title", "a", InvalidText::Language("xx".into())),
        ("en", "no-such-message", "a", InvalidText::Unknown("no-such-message".into())),
        (
            "en",
            "request-title",
            "{ $code }",
            InvalidText::Variable { id: "request-title".into(), variable: "code".into() },
        ),
        ("de", "request-title", "{ $company", InvalidText::Malformed("request-title".into())),
        ("de", "request-title", "{ other }", InvalidText::Malformed("request-title".into())),
        ("de", "request-title", "{ SHOUT(1) }", InvalidText::Malformed("request-title".into())),
    ] {
        let mut brand = brand();
        let table = BTreeMap::from([(id.to_owned(), text.to_owned())]);
        brand.texts.insert(language.into(), table);
        assert_eq!(Texts::load(&brand).err(), Some(expected), "{text}");
    }
}

#[test]
fn scopes_have_words_and_unknown_ones_their_cleaned_name() {
    let mut brand = brand();
    let own = BTreeMap::from([("accounts:read".to_owned(), "see your balance".to_owned())]);
    brand.scopes.insert("en".into(), own);
    let words = texts(&brand).words(Language::En);
    let ability =
        |scope| -> String { words.ability(scope).into_iter().map(|piece| piece.text).collect() };
    assert_eq!(ability("accounts:read"), "see your balance");
    assert!(ability("email").contains("email"));
    assert!(ability("pay\u{202e}ments").contains("payments"));
}

#[test]
fn the_mail_says_in_every_language_how_long_it_is_good_and_holds_the_code_once() {
    let texts = texts(&brand());
    for language in Language::ALL {
        let words = texts.words(language);
        let code = words.plain("mail-info-code", &[("code", "482913".into())]);
        assert_eq!(code.matches("482913").count(), 1, "{language}: {code}");
        let body = words.plain("mail-body", &[("minutes", 10.into())]);
        assert!(body.contains("10"), "{language}: {body}");
    }
    let english = texts.words(Language::En);
    let code = english.plain("mail-info-code", &[("code", "1".into())]);
    assert!(code.contains("Anybody who asks you for it"), "{code}");
    assert!(!english.text("mail-info").contains("code"));
}

/// Messages of pages to which only a link that was sent leads, and of the desk's ways to pass one
/// on, which are not offered where none is sent.
const OF_LINKS: [&str; 15] = [
    "mail-continue-lead",
    "mail-type-lead",
    "problem-link-malformed",
    "problem-link-malformed-next",
    "problem-message-mismatch",
    "problem-wrong-reference-what",
    "problem-wrong-reference-next",
    "elsewhere-open-plain",
    "desk-channel-link",
    "desk-text",
    "desk-text-language",
    "desk-waiting-link",
    "desk-by-link",
    "desk-link",
    "desk-qr",
];

/// Messages that say that no links are sent.
const OF_NONE: [&str; 6] = [
    "code-never-links",
    "mail-sent-next",
    "mail-info",
    "advice-never",
    "sms-request-code",
    "passkey-mail-footer",
];

#[test]
fn where_no_links_are_sent_no_text_in_any_language_has_one_or_speaks_of_one() {
    let texts = texts(&BrandConfig { sends_links: false, ..brand() });
    for (language, names) in [
        (Language::En, &["link", "links"][..]),
        (Language::De, &["link", "links"]),
        (Language::Es, &["enlace", "enlaces"]),
        (Language::Fr, &["lien", "liens"]),
        (Language::Ar, &["رابط", "رابطًا", "الرابط", "رابطه", "رابطها", "روابط", "الروابط"]),
    ] {
        let catalogue = texts.catalogues.of_language(language).unwrap();
        let mut found = 0;
        for (id, values) in variables_by_message(language) {
            let args = values.iter().map(|name| (*name, FluentValue::from(7)));
            let (text, faultless) = catalogue.format(id, &args.collect()).unwrap();
            assert!(faultless, "{language}: {id}: {text}");
            let address = ["://", "www.", ".com"].iter().any(|sign| text.contains(sign));
            let example = id == "mail-address-invalid";
            assert!(!address || example, "{language}: {id}: {text}");
            let speaks = text
                .to_lowercase()
                .split(|c: char| !c.is_alphabetic() && !('\u{64b}'..='\u{652}').contains(&c))
                .any(|word| names.contains(&word));
            found += usize::from(speaks);
            let may = OF_LINKS.contains(&id) || OF_NONE.contains(&id);
            assert!(!speaks || may, "{language}: {id}: {text}");
        }
        assert!(found >= OF_NONE.len(), "{language}: {found}");
        for id in OF_NONE.into_iter().filter(|id| *id != "passkey-mail-footer") {
            let text = texts.words(language).plain(id, &[("code", "1".into())]);
            let says = names.iter().any(|name| text.to_lowercase().contains(name));
            assert!(says, "{language}: {id}: {text}");
        }
    }
}

#[test]
fn a_companys_own_text_stands_where_no_links_are_sent_too() {
    let mut brand = BrandConfig { sends_links: false, ..brand() };
    let own = BTreeMap::from([("mail-send".to_owned(), "Send it".to_owned())]);
    brand.texts.insert("en".into(), own);
    assert_eq!(texts(&brand).words(Language::En).text("mail-send"), "Send it");
    assert_eq!(texts(&brand).words(Language::De).text("mail-send"), "Code senden");
}

fn sources_below(folder: &std::path::Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_below(&path, text);
        } else {
            *text += &std::fs::read_to_string(path).unwrap();
        }
    }
}

/// The code that says something to a customer.
fn speaking_sources() -> String {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for file in ["src/texts.rs", "src/texts/sms.rs"] {
        sources += &std::fs::read_to_string(here.join(file)).unwrap();
    }
    sources_below(&here.join("../../src/site"), &mut sources);
    sources
}

#[test]
fn no_message_is_translated_in_vain() {
    use ciba::Problem;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = String::new();
    for folder in ["src", "crates"] {
        sources_below(&root.join(folder), &mut sources);
    }
    let mut composed = BTreeSet::new();
    for problem in Problem::ALL {
        let id = format!("problem-{}", problem.as_str());
        composed.extend([format!("{id}-what"), format!("{id}-next"), id]);
    }
    for scope in ["openid", "profile", "email", "phone", "address"] {
        composed.insert(format!("ability-{scope}"));
    }
    for id in variables_by_message(Language::En).keys() {
        let named = sources.contains(&format!("\"{id}\""));
        assert!(named || composed.contains(*id), "nothing says {id}");
    }
    let words = texts(&brand()).words(Language::En);
    for id in composed {
        assert_ne!(words.text(&id), id, "it is said and has no words");
    }
}

#[test]
fn every_message_that_the_code_says_has_words() {
    let sources = speaking_sources();
    let known = variables_by_message(Language::En);
    let mut said = BTreeSet::new();
    for call in ["text(\"", "plain(\"", "isolated(\"", "say(words, \"", "say(&words, \""] {
        let ids = sources.split(call).skip(1).filter_map(|rest| rest.split('"').next());
        said.extend(ids.filter(|id| !id.contains(['{', ' '])));
    }
    assert!(said.len() > 60, "{}", said.len());
    for id in said {
        assert!(known.contains_key(id), "{id} has no words");
    }
}

#[test]
fn the_pseudo_language_is_english_and_looks_like_none() {
    let words = texts(&brand()).words(Language::Pseudo);
    let text = words.text("decision-allow");
    assert_ne!(text, "Yes, allow");
    assert!(text.chars().count() > "Yes, allow".len(), "{text}");
    assert!(words.text("allowed-lead").contains("Example Bank"));
}

//! The SMS in front of a link, and how many parts it takes (3GPP TS 23.038).

use super::Words;

/// The characters of the GSM 7-bit default alphabet that take one place.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                   ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The characters of its extension table, which take two.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The text that a provider puts in front of the link (Transmit's `custom_message`).
pub fn request(words: &Words) -> String {
    words.text("sms-request")
}

/// The text that takes the link's place where the company sends none.
pub fn request_by_code(words: &Words, code: &str) -> String {
    words.plain("sms-request-code", &[("code", code.into())])
}

/// How many parts an SMS takes: one holds 160 places of the GSM alphabet, or 70 of UTF-16 where a
/// character is outside it; of several, each holds 153 or 67.
pub fn parts(text: &str) -> usize {
    let places = text.chars().try_fold(0, |places, character| {
        if GSM.contains(character) {
            Some(places + 1)
        } else {
            GSM_EXTENSION.contains(character).then_some(places + 2)
        }
    });
    let (places, single, many) = match places {
        Some(places) => (places, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if places <= single { 1 } else { usize::div_ceil(places, many) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::brand::BrandConfig;
    use crate::texts::{Language, Texts};

    /// What the embedded provider sends for a company's usual host, with the longest reference.
    const LINK: &str = "https://login.example.com/login?auth_req_id=\
                        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&\
                        binding_message=12345678901234567890";

    #[test]
    fn counts_places_as_the_network_does() {
        for (text, expected) in [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("ن".repeat(70), 1),
            ("ن".repeat(71), 2),
        ] {
            assert_eq!(parts(&text), expected, "{text}");
        }
    }

    #[test]
    fn the_text_takes_one_part_in_every_language() {
        let texts = Arc::new(Texts::load(&BrandConfig::default()).unwrap());
        for language in Language::ALL {
            let text = request(&texts.words(language));
            assert_eq!(parts(&text), 1, "{language}: {text}");
        }
    }

    #[test]
    fn the_text_with_a_code_takes_two_parts_at_most_and_holds_the_code() {
        let texts = Arc::new(Texts::load(&BrandConfig::default()).unwrap());
        for language in Language::ALL {
            let text = request_by_code(&texts.words(language), "7K4H Q0R2");
            assert!(parts(&text) <= 2 && text.contains("7K4H Q0R2"), "{language}: {text}");
        }
    }

    #[test]
    fn text_and_link_together_take_two_parts_and_three_where_the_alphabet_is_arabic() {
        let texts = Arc::new(Texts::load(&BrandConfig::default()).unwrap());
        for language in Language::ALL {
            let sms = format!("{} {LINK}", request(&texts.words(language)));
            let most = if language == Language::Ar { 4 } else { 2 };
            assert!(parts(&sms) <= most, "{language}: {} in {sms}", sms.chars().count());
        }
    }
}

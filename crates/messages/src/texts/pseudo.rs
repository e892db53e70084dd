//! The pseudo-language: English that shows what was not translated and what has no room to grow.

use std::borrow::Cow;

/// Puts accents on the letters and doubles the vowels, which is about what German needs.
pub(super) fn transform(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        let (accented, vowel) = match letter {
            'a' => ('ȧ', true),
            'e' => ('ḗ', true),
            'i' => ('ī', true),
            'o' => ('ǿ', true),
            'u' => ('ŭ', true),
            'c' => ('ƈ', false),
            'd' => ('ḓ', false),
            'h' => ('ħ', false),
            'l' => ('ŀ', false),
            'n' => ('ƞ', false),
            's' => ('ş', false),
            't' => ('ŧ', false),
            'A' => ('Ȧ', false),
            'C' => ('Ƈ', false),
            'I' => ('Ī', false),
            'N' => ('Ƞ', false),
            'S' => ('Ş', false),
            'Y' => ('Ẏ', false),
            other => (other, false),
        };
        out.push(accented);
        if vowel {
            out.push(accented);
        }
    }
    Cow::Owned(out)
}

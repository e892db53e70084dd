//! Codes as people type and paste them.

use messages::texts::displayable;

/// The zeros of the scripts whose keyboards have digits of their own; the other nine follow (Unicode,
/// general category Nd).
const ZEROS: [char; 22] = [
    '0', '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}',
    '\u{be6}', '\u{c66}', '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}',
    '\u{1040}', '\u{17e0}', '\u{1810}', '\u{1c50}', '\u{ff10}',
];

/// What keyboards, the clipboard and mail apps put between and around the characters of a code: marks
/// of grouping, and the punctuation of the sentence that it stood in.
const ADDED: &str = "-‐‑‒–—―−－_.,:;·'\"’‘“”«»()[]*#`،۔。、．，";

/// The characters of a code: without what keyboards, the clipboard and apps have added, and in ASCII
/// where its own script has digits or letters of another width.
pub(super) fn characters(text: &str) -> String {
    let added = |c: char| c.is_whitespace() || ADDED.contains(c);
    displayable::clean(text).text.chars().filter(|c| !added(*c)).map(in_ascii).collect()
}

/// A digit of any of the scripts, or a full-width letter, as ASCII has it.
fn in_ascii(c: char) -> char {
    let code = u32::from(c);
    let digit = ZEROS.iter().find_map(|zero| {
        let value = code.checked_sub(u32::from(*zero))?;
        char::from_digit(value, 10)
    });
    let full_width = || match c {
        '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => char::from_u32(code - 0xfee0),
        _ => None,
    };
    digit.or_else(full_width).unwrap_or(c)
}

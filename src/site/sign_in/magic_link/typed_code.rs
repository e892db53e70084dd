//! The code of a mail as people type and paste it.

use messages::texts::displayable;

/// The lengths of a code.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=12;

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

/// The code as the provider wants it; `None` where the text is none, and then it is no try.
pub fn read(text: &str) -> Option<String> {
    let added = |c: char| c.is_whitespace() || ADDED.contains(c);
    let code: String =
        displayable::clean(text).text.chars().filter(|c| !added(*c)).map(in_ascii).collect();
    let good = LENGTHS.contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then_some(code)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_digits_in_every_script() {
        for text in ["485800", "٤٨٥٨٠٠", "۴۸۵۸۰۰", "４８５８００", "४८५८००", "৪৮৫৮০০", "๔๘๕๘๐๐"]
        {
            assert_eq!(read(text).as_deref(), Some("485800"), "{text:?}");
        }
        assert_eq!(read("Ａb1２").as_deref(), Some("Ab12"));
    }

    #[test]
    fn what_keyboards_the_clipboard_and_mail_apps_add_is_no_part_of_it() {
        for text in [
            " 123 456 ",
            "123-456",
            "12\u{a0}34\u{2011}56",
            "123\u{202f}456\n",
            "123456.",
            "123.456,",
            "\u{200e}123456\u{200f}",
            "\u{202a}123456\u{202c}",
            "\u{2068}123456\u{2069}",
            "123\u{200b}456\u{feff}",
            "123\u{ad}456",
            "«123456»",
            "“123456”",
            "(123 456)",
            "*123456*",
            "123456۔",
            "123−456",
        ] {
            assert_eq!(read(text).as_deref(), Some("123456"), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_no_try() {
        for text in ["", "12", "<script>", "1234567890123", "a@b.example", "пароль"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}

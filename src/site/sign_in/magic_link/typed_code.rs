//! The code of a mail as people type and paste it.

use crate::site::typed;

/// The lengths of a code.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=12;

/// The code as the provider wants it; `None` where the text is none, and then it is no try.
pub fn read(text: &str) -> Option<String> {
    let code = typed::characters(text);
    let good = LENGTHS.contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then_some(code)
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

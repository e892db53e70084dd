//! Links on their way through messages.

/// A link whose last character no phone leaves out: one that could end a sentence is percent-encoded,
/// which every reader of a query undoes.
pub fn unbroken(link: &str) -> String {
    match link.char_indices().next_back() {
        Some((at, last @ ('.' | '-' | '_' | '*' | '~' | '!' | '\''))) if link.contains('?') => {
            format!("{}%{:02X}", &link[..at], u32::from(last))
        }
        _ => link.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_with_a_letter_or_a_digit() {
        for (link, expected) in [
            ("https://a.example/login?m=CASE-4711.", "https://a.example/login?m=CASE-4711%2E"),
            ("https://a.example/login?m=A..", "https://a.example/login?m=A.%2E"),
            ("https://a.example/login?id=ab-", "https://a.example/login?id=ab%2D"),
            ("https://a.example/login?id=ab_", "https://a.example/login?id=ab%5F"),
            ("https://a.example/login?m=A", "https://a.example/login?m=A"),
            ("https://a.example/login?m=A%3F", "https://a.example/login?m=A%3F"),
            ("https://a.example/a.", "https://a.example/a."),
        ] {
            assert_eq!(unbroken(link), expected);
        }
    }
}

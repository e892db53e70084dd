//! U+0000 in what callers send: PostgreSQL keeps no text that holds it, so it is refused at the edge
//! instead of failing at whichever statement comes first.

/// Whether a text of a JSON body holds it. JSON writes it as an escape, and only there: the bare
/// byte is refused by every parser.
pub(super) fn is_in_json(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = rest.get(at + 1..).unwrap_or_default();
        if escape.starts_with(b"u0000") {
            return true;
        }
        // A backslash that is itself escaped begins nothing.
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

/// The bytes that a percent-encoded text stands for.
pub(super) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let byte = match after {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = byte {
            decoded.push(high * 16 + low);
            rest = after.get(2..).unwrap_or_default();
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| value.try_into().ok())
}

/// Whether a path is text without it.
pub(super) fn is_clean_path(path: &str) -> bool {
    let decoded = percent_decoded(path);
    !decoded.contains(&0) && std::str::from_utf8(&decoded).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_in_json_where_it_is_meant() {
        for body in [r#"{"a":"\u0000"}"#, r#"{"\u0000":1}"#, r#"["\\\u0000"]"#, r#"["\n\u0000"]"#] {
            assert!(is_in_json(body.as_bytes()), "{body}");
        }
        for body in [r#"{"a":"\\u0000"}"#, r#"["\u0001"]"#, r#"["u0000"]"#, "\\", "", r"\u000"] {
            assert!(!is_in_json(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn a_path_is_text() {
        for path in ["/v1/users/a%40b", "/v1/users/%C3%A9", "/100%", "/%zz", "/%2500"] {
            assert!(is_clean_path(path), "{path}");
        }
        for path in ["/v1/users/%00", "/v1/users/a%00b", "/v1/users/%FF", "/%C3"] {
            assert!(!is_clean_path(path), "{path}");
        }
    }
}

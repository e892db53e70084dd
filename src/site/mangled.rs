//! Links as they come back from messages: what mail programs, gateways and phones are known to do to
//! an address, undone where nothing is lost by it.

use std::borrow::Cow;

use super::Site;
use super::request::HeldRequest;
use crate::records::Record;
use ciba::{AuthReqId, BindingMessage, RequestHandle, is_invisible};
use platform::storage::StorageError;

/// What stays of an `&` that was escaped for HTML and never read as HTML, in front of a parameter's
/// name. (A number sign that is not encoded begins the fragment, which no server sees: the problem's
/// page has a script for it.)
const AMPERSANDS: [&str; 5] = ["amp;", "#38;", "#038;", "#x26;", "#X26;"];

/// What stays of an `=` that was encoded for a mail (RFC 2045, 6.7) and never decoded, in front of a
/// value.
const QUOTED_EQUALS: &str = "3D";

/// What a sentence or a quotation puts behind an address, and no value of ours ends with.
const CLOSING: &str = ")]}>\"'’”»,;:*…。，；：、）」』؛،";

/// What phones leave out of a link at its end, or take in from the sentence around it, and a value
/// may well end with.
const PUNCTUATION: [char; 8] = ['.', '!', '?', '-', '_', '/', '+', '#'];

/// The most of these that a link is believed to have lost or won.
const MOST: usize = 3;

/// The parameters of a query, in which escaped ampersands are ampersands.
pub fn parameters(query: &str) -> impl Iterator<Item = (String, Cow<'_, str>)> {
    url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| {
        let mut rest = name.as_ref();
        while let Some(less) = AMPERSANDS.iter().find_map(|escaped| rest.strip_prefix(escaped)) {
            rest = less;
        }
        (rest.to_owned(), value)
    })
}

/// Two values of one link without what an encoding for mails has put in front of both. One of them
/// alone may begin like that by itself.
pub fn unquoted<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    match (one.strip_prefix(QUOTED_EQUALS), other.strip_prefix(QUOTED_EQUALS)) {
        (Some(one), Some(other)) if !one.is_empty() && !other.is_empty() => (one, other),
        _ => (one, other),
    }
}

/// What is copied with an address and nobody sees: blanks, but for the space that a plus sign may have been,
/// and characters without a width.
fn is_unseen(c: char) -> bool {
    is_invisible(c) || c.is_whitespace() && c != ' '
}

/// A value without what was put behind the address. A stop alone may be its own.
pub fn without_closing(value: &str) -> &str {
    let closes = |c: char| CLOSING.contains(c) || is_unseen(c);
    let text = value.trim_end_matches(|c| closes(c) || ".!?".contains(c));
    let end = value[text.len()..].find(closes).map_or(value.len(), |at| text.len() + at);
    &value[..end]
}

/// A random value at the end of a link without what was put behind the address: none of ours ends with
/// any of it.
pub fn without_end(value: &str) -> &str {
    value
        .trim_end_matches(|c| c == ' ' || is_unseen(c) || CLOSING.contains(c) || ".!?/".contains(c))
}

/// The request that a link was about before its end was lost, where our own operator's side knows it:
/// the same up to punctuation at its end.
///
/// # Security
///
/// Nothing is believed but the record: its handle is a hash over the true message, and only what
/// gives the same hash is taken for it.
pub async fn mended(
    site: &Site,
    held: &HeldRequest,
    record: Option<&Record>,
) -> Result<Option<HeldRequest>, StorageError> {
    if let Some(record) = record {
        let is_whole = record.handle == held.handle();
        return Ok(if is_whole { None } else { of_handle(held.clone(), &record.handle) });
    }
    for auth_req_id in identifiers(&held.auth_req_id) {
        if let Some(record) = site.records.find(&auth_req_id).await? {
            return Ok(of_handle(HeldRequest { auth_req_id, ..held.clone() }, &record.handle));
        }
    }
    Ok(None)
}

/// Other identifiers that a mangled one may have been.
fn identifiers(mangled: &AuthReqId) -> impl Iterator<Item = AuthReqId> {
    let text = mangled.as_str();
    let without_mark = text.strip_prefix(QUOTED_EQUALS);
    let bare = text.trim_end_matches(PUNCTUATION);
    let without_end = (bare.len() < text.len()).then_some(bare);
    without_mark.into_iter().chain(without_end).filter_map(|text| AuthReqId::parse(text).ok())
}

/// The request of a handle, where its message is that of the link up to punctuation at its end.
fn of_handle(held: HeldRequest, handle: &RequestHandle) -> Option<HeldRequest> {
    let read = held.message.as_ref().map(BindingMessage::as_str).unwrap_or_default();
    let shorter = read
        .char_indices()
        .rev()
        .take_while(|(_, c)| PUNCTUATION.contains(c))
        .take(MOST)
        .map(|(at, _)| read[..at].to_owned());
    let mut candidates: Vec<String> = shorter.collect();
    let mut longer = vec![read.to_owned()];
    for _ in 0..=MOST {
        candidates.extend(longer.iter().cloned());
        longer = longer
            .iter()
            .flat_map(|text| PUNCTUATION.iter().map(move |end| format!("{text}{end}")))
            .collect();
    }
    candidates.into_iter().find_map(|text| {
        // No message at all where everything was punctuation.
        let message = if text.is_empty() { None } else { Some(BindingMessage::parse(&text).ok()?) };
        let whole = HeldRequest { message, ..held.clone() };
        (whole.handle() == *handle).then_some(whole)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_mended(read: &str, truth: &str) -> bool {
        let held = |message: &str| HeldRequest {
            auth_req_id: AuthReqId::parse("id").unwrap(),
            message: BindingMessage::parse(message).ok(),
            opened_at: 0,
            ui_locales: None,
            reported: false,
        };
        of_handle(held(read), &held(truth).handle()).is_some_and(|found| found == held(truth))
    }

    #[test]
    fn a_message_that_lost_or_won_its_last_stop_is_known_again() {
        for (read, truth) in [
            ("CASE-4711", "CASE-4711."),
            ("A.B", "A.B."),
            ("OK", "OK?!."),
            ("CASE-4711.", "CASE-4711"),
            ("", "?"),
            ("CASE-4711", "CASE-4711"),
        ] {
            assert!(is_mended(read, truth), "{read} {truth}");
        }
        for (read, truth) in [
            ("CASE-4711", "CASE-4712"),
            ("CASE", "CASE-4711"),
            ("A", "A...."),
            ("12345678901234567890", ""),
        ] {
            assert!(!is_mended(read, truth), "{read} {truth}");
        }
    }

    #[test]
    fn what_closes_a_sentence_or_a_quotation_is_no_part_of_a_value() {
        for (value, expected) in [
            ("CASE-4711).", "CASE-4711"),
            ("A.B.)", "A.B."),
            ("A.B.", "A.B."),
            ("A\u{201d},", "A"),
            ("A)B", "A)B"),
            (").", ""),
            ("", ""),
            // What is copied with it: a character without width, blanks that are not broken, marks of
            // direction. A space was a plus sign.
            ("CASE-4711\u{200b}", "CASE-4711"),
            ("A.B.\u{a0}\u{a0}", "A.B."),
            ("A\u{2069},\u{200f}", "A"),
            ("A ", "A "),
        ] {
            assert_eq!(without_closing(value), expected, "{value:?}");
        }
        for value in ["k3y", "k3y ", "k3y.\u{200b}", "k3y\u{a0})", "k3y/\u{feff}"] {
            assert_eq!(without_end(value), "k3y", "{value:?}");
        }
    }

    #[test]
    fn only_what_stands_before_both_values_was_put_there() {
        assert_eq!(unquoted("3Dabc", "3DCASE"), ("abc", "CASE"));
        assert_eq!(unquoted("3Dabc", "CASE"), ("3Dabc", "CASE"));
        assert_eq!(unquoted("3D", "3DCASE"), ("3D", "3DCASE"));
    }
}

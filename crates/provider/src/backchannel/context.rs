//! `request_context`: a stringified JSON object that says how the link reaches the user
//! (docs/transmit-api.md, section 2).

use serde::Deserialize;

/// How the link reaches the user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Channel {
    /// By SMS.
    #[default]
    Sms,
    /// By mail.
    Email,
    /// Not at all: it is in the answer, and the client passes it on.
    Link,
}

/// What `login_hint` is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum HintType {
    /// A phone number.
    #[default]
    Phone,
    /// An e-mail address.
    Email,
    /// A user's identifier.
    UserId,
}

/// The parsed context; members that are not known are ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RequestContext {
    pub(super) channel: Channel,
    /// What the client says that it is; a phone number where it says nothing.
    pub(super) login_hint_type: Option<HintType>,
    pub(super) custom_message: Option<String>,
}

/// The most characters of a `custom_message`. Transmit documents no limit here; its one-time codes
/// have 140, and two SMS segments leave room for the link.
const MAX_MESSAGE: usize = 160;

#[derive(Deserialize)]
struct Members {
    #[serde(default)]
    channel: Channel,
    login_hint_type: Option<HintType>,
    custom_message: Option<String>,
}

/// The parameter is not a context; the sentence is for the client's developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidContext {
    #[error(
        "request_context must be a stringified JSON object; its channel is sms, email or link, its \
         login_hint_type is phone, email or user_id, its custom_message is text"
    )]
    Malformed,
    #[error("request_context.custom_message must have 1 to 160 characters")]
    Length,
    #[error("request_context.custom_message must not have control or formatting characters")]
    Characters,
    #[error("request_context.custom_message must not have an address: the link is added to it")]
    Link,
}

impl RequestContext {
    /// Reads the parameter.
    ///
    /// # Security
    ///
    /// The message goes out in the company's name. Whoever holds a client's secret must not be able
    /// to send customers to another page with it.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidContext> {
        let Members { channel, login_hint_type, custom_message } =
            serde_json::from_str(text).map_err(|_| InvalidContext::Malformed)?;
        if let Some(message) = &custom_message {
            if !(1..=MAX_MESSAGE).contains(&message.chars().count()) || message.trim().is_empty() {
                return Err(InvalidContext::Length);
            }
            if message.chars().any(is_invisible) {
                return Err(InvalidContext::Characters);
            }
            if message.split_whitespace().any(looks_like_an_address) {
                return Err(InvalidContext::Link);
            }
        }
        Ok(Self { channel, login_hint_type, custom_message })
    }
}

/// Control characters, and those that reorder or hide text.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a phone would make a link of the word: a scheme, `www.`, or a dotted name whose last
/// part is letters. A sentence that goes on without a blank after its stop is refused with it.
fn looks_like_an_address(word: &str) -> bool {
    // Full-width and ideographic stops lead to the same hosts.
    let word: String = word
        .chars()
        .map(|c| if matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}') { '.' } else { c })
        .collect();
    if word.contains("//") || word.to_lowercase().contains("www.") {
        return true;
    }
    word.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-')).any(|part| {
        part.rsplit_once('.').is_some_and(|(name, last)| {
            !name.trim_matches('.').is_empty()
                && last.chars().count() >= 2
                && last.chars().all(char::is_alphabetic)
        }) || part.split('.').any(|label| label.to_lowercase().starts_with("xn--"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(text: &str) -> Result<RequestContext, InvalidContext> {
        RequestContext::parse(&json!({"custom_message": text}).to_string())
    }

    #[test]
    fn reads_the_guides_contexts() {
        assert_eq!(RequestContext::parse("{}"), Ok(RequestContext::default()));
        let text = r#"{"channel": "email", "login_hint_type": "email", "custom_message": "Ready to authenticate?"}"#;
        let context = RequestContext::parse(text).unwrap();
        assert_eq!(context.channel, Channel::Email);
        assert_eq!(context.login_hint_type, Some(HintType::Email));
        assert_eq!(context.custom_message.as_deref(), Some("Ready to authenticate?"));
        let link = RequestContext::parse(r#"{"channel": "link", "other": 1}"#).unwrap();
        assert_eq!((link.channel, link.login_hint_type), (Channel::Link, None));
    }

    #[test]
    fn refuses_what_is_no_context() {
        for text in ["", "sms", "[]", "1", r#"{"channel":"fax"}"#, r#"{"custom_message":1}"#] {
            assert_eq!(RequestContext::parse(text), Err(InvalidContext::Malformed), "{text}");
        }
    }

    #[test]
    fn a_message_leads_nowhere_else() {
        for text in [
            "Open https://evil.example/x",
            "evil.example",
            "Go to WWW.evil",
            "see(evil.example/login)",
            "evil\u{ff0e}example",
            "//evil",
            "xn--bcher-kva",
        ] {
            assert_eq!(message(text), Err(InvalidContext::Link), "{text}");
        }
        for text in ["Ready to authenticate?", "Your order 4.711, of 3.50 euro.", "Sure... yes"] {
            assert!(message(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_message_is_short_and_visible() {
        assert_eq!(message(""), Err(InvalidContext::Length));
        assert_eq!(message("   "), Err(InvalidContext::Length));
        assert_eq!(message(&"x".repeat(161)), Err(InvalidContext::Length));
        for text in ["a\nb", "a\u{202e}b", "a\u{200b}b", "a\0b"] {
            assert_eq!(message(text), Err(InvalidContext::Characters), "{text:?}");
        }
    }
}

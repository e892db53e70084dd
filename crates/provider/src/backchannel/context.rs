//! `request_context`: a stringified JSON object that says how the link reaches the user
//! (docs/transmit-api.md, section 2).

use std::sync::Arc;

use serde::Deserialize;

use messages::texts::{Language, Texts, sms};
use platform::json;

/// How the link reaches the user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextChannel {
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
pub enum HintType {
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
pub struct RequestContext {
    /// The channel; SMS where the client says nothing.
    pub channel: ContextChannel,
    /// What the client says that it is; a phone number where it says nothing.
    pub login_hint_type: Option<HintType>,
    /// What stands in front of the link.
    pub custom_message: Option<String>,
}

/// The most characters of a `custom_message`. Transmit documents no limit here; its one-time codes
/// have 140, and two SMS segments leave room for the link.
const MAX_MESSAGE: usize = 160;

#[derive(Deserialize)]
struct ContextMembers {
    #[serde(default)]
    channel: ContextChannel,
    login_hint_type: Option<HintType>,
    custom_message: Option<String>,
}

/// The parameter is not a context; the sentence is for the client's developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContext {
    /// It is not JSON, or a member is not what it has to be.
    #[error(
        "request_context must be a stringified JSON object; its channel is sms, email or link, its \
         login_hint_type is phone, email or user_id, its custom_message is text"
    )]
    Malformed,
    /// The message is empty or too long.
    #[error("request_context.custom_message must have 1 to 160 characters")]
    Length,
    /// The message holds what nobody sees.
    #[error("request_context.custom_message must not have control or formatting characters")]
    Characters,
    /// The message holds what a phone makes a link of.
    #[error("request_context.custom_message must not have an address: the link is added to it")]
    Link,
    /// It goes by a link, and none are sent.
    #[error("request_context.channel must be link: customers are sent no links here")]
    NoLinks,
}

impl RequestContext {
    /// Reads the parameter.
    ///
    /// # Security
    ///
    /// The message goes out in the company's name. Whoever holds a client's secret must not be able
    /// to send customers to another page with it.
    pub fn parse(text: &str, texts: &Arc<Texts>) -> Result<Self, InvalidContext> {
        let ContextMembers { channel, login_hint_type, custom_message } =
            json::parse(text.as_bytes()).map_err(|_| InvalidContext::Malformed)?;
        if let Some(message) = custom_message.as_ref().filter(|text| !is_ours(text, texts)) {
            if !(1..=MAX_MESSAGE).contains(&message.chars().count()) || message.trim().is_empty() {
                return Err(InvalidContext::Length);
            }
            if message.chars().any(is_invisible) {
                return Err(InvalidContext::Characters);
            }
            let mut words = message.split_whitespace();
            if words.any(|word| !is_of_company(word, texts) && looks_like_an_address(word)) {
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

/// Whether this is the text that our own operator's side sends: the configuration has written it, with
/// whatever is in the company's name.
fn is_ours(message: &str, texts: &Arc<Texts>) -> bool {
    Language::ALL.into_iter().any(|language| sms::request(&texts.words(language)) == message)
}

/// Whether a word is one of the company's name, whole: `Booking.com`, and not `Booking.com/x`.
fn is_of_company(word: &str, texts: &Arc<Texts>) -> bool {
    let word = word.trim_matches(|c: char| ".,:;!?()\"'".contains(c));
    let words = texts.words(Language::En);
    words.company().split_whitespace().any(|name| name.trim_matches('.') == word)
}

/// Whether a phone would make a link of the word: a scheme, `www.`, an address of the Internet
/// Protocol, or a name below a domain that there is (IANA's list, by which phones go: `1.FC` and
/// `Dr.Oetker` are no names, `Co.KG` is one).
fn looks_like_an_address(word: &str) -> bool {
    // Full-width and ideographic stops lead to the same hosts.
    let word: String = word
        .chars()
        .map(|c| if matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}') { '.' } else { c })
        .flat_map(char::to_lowercase)
        .collect();
    if word.contains("://") || word.contains("www.") {
        return true;
    }
    word.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-')).any(|part| {
        let mut numbers = part.split('-').map(|number| number.trim_matches('.'));
        let is_protocols = numbers.any(|number| number.parse::<std::net::Ipv4Addr>().is_ok());
        is_protocols || part.split('.').any(|label| label.starts_with("xn--"))
    }) || names_a_host(&word)
}

/// Whether a domain stands behind a stop, and before the stop what a host's name may end with. That need
/// be no letter: names end with marks (`é` in two characters) and with pictures as well.
fn names_a_host(word: &str) -> bool {
    word.match_indices('.').any(|(at, stop)| {
        let ends_a_name = |c: char| c.is_alphanumeric() || c == '-' || !is_punctuation(c);
        let behind = word[at + stop.len()..].split(|c: char| !(c.is_alphanumeric() || c == '-'));
        word[..at].ends_with(ends_a_name) && behind.take(1).any(begins_with_a_domain)
    })
}

/// Punctuation of the scripts in which messages are written: no name has any of it.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '¡' | '«' | '»' | '¿' | '،' | '؛' | '؟')
        || matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3000}'..='\u{303f}')
}

/// Whether a label is a top-level domain, or one with something behind it at which phones end the
/// address: a dash, or a letter of another script.
fn begins_with_a_domain(label: &str) -> bool {
    const LAST_LATIN: char = '\u{24f}';
    let begin = label.split(|c| c == '-' || c > LAST_LATIN).next().unwrap_or_default();
    is_top_level_domain(label) || is_top_level_domain(begin)
}

fn is_top_level_domain(label: &str) -> bool {
    if label.is_ascii() {
        return tld::exist(label);
    }
    url::Host::parse(label).is_ok_and(|host| tld::exist(&host.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use messages::brand::BrandConfig;

    fn parse(text: &str) -> Result<RequestContext, InvalidContext> {
        RequestContext::parse(text, &texts("Example Bank"))
    }

    fn texts(company: &str) -> Arc<Texts> {
        let brand = BrandConfig { company: company.into(), ..BrandConfig::default() };
        Arc::new(Texts::load(&brand).unwrap())
    }

    fn message_of(company: &str, text: &str) -> Result<RequestContext, InvalidContext> {
        RequestContext::parse(&json!({"custom_message": text}).to_string(), &texts(company))
    }

    fn message(text: &str) -> Result<RequestContext, InvalidContext> {
        message_of("Example Bank", text)
    }

    #[test]
    fn reads_the_guides_contexts() {
        assert_eq!(parse("{}"), Ok(RequestContext::default()));
        let text = r#"{"channel": "email", "login_hint_type": "email", "custom_message": "Ready to authenticate?"}"#;
        let context = parse(text).unwrap();
        assert_eq!(context.channel, ContextChannel::Email);
        assert_eq!(context.login_hint_type, Some(HintType::Email));
        assert_eq!(context.custom_message.as_deref(), Some("Ready to authenticate?"));
        let link = parse(r#"{"channel": "link", "other": 1}"#).unwrap();
        assert_eq!((link.channel, link.login_hint_type), (ContextChannel::Link, None));
    }

    #[test]
    fn refuses_what_is_no_context() {
        for text in [
            "",
            "sms",
            "[]",
            r#"["link","phone","x"]"#,
            "1",
            r#"{"channel":"fax"}"#,
            r#"{"channel":"sms","channel":"link"}"#,
            r#"{"custom_message":1}"#,
        ] {
            assert_eq!(parse(text), Err(InvalidContext::Malformed), "{text}");
        }
    }

    #[test]
    fn a_message_leads_nowhere_else() {
        for text in [
            "Open https://evil.example/x",
            "Open whatever://evil",
            "evil.com",
            "Evil.COM.",
            "Go to WWW.evil",
            "see(evil.co.uk/login)",
            "me@evil.com",
            "evil.com.x",
            "evil.com-1",
            "evil.com-",
            "evil.co-op.x",
            "evil.com\u{3053}\u{3061}\u{3089}",
            "192.0.2.1-2",
            "evil\u{ff0e}com",
            "зло.рф",
            "192.0.2.1/x",
            "xn--bcher-kva",
            "evile\u{301}.com",
            "evil\u{34f}.com",
            "\u{2764}.ws",
            "\u{2764}\u{fe0f}.ws",
        ] {
            assert_eq!(message(text), Err(InvalidContext::Link), "{text}");
        }
        for text in [
            "Ready to authenticate?",
            "Your order 4.711, of 3.50 euro.",
            "Sure... yes",
            "z.B. am 10.12. um 12.30Uhr",
            "Dr.Oetker und 1.FC Köln",
            "St.Gallen//Zürich",
            "Nr.4-a, z.B.-Liste",
            "e.g. a.m.",
            "„Konto“.Es folgt «mehr».De",
        ] {
            assert!(message(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_company_is_called_as_an_address_is_written() {
        for company in
            ["Booking.com", "Dr.Oetker", "1.FC Köln", "Meyer & Co.KG", "www.bank.example"]
        {
            for language in Language::ALL {
                let ours = sms::request(&texts(company).words(language));
                assert!(message_of(company, &ours).is_ok(), "{ours}");
            }
        }
        assert!(message_of("Booking.com", "Booking.com: are you there?").is_ok());
        assert!(message_of("Booking.com", "This is (Booking.com).").is_ok());
        for text in ["Booking.com/x", "evil-Booking.com", "Booking.com.evil.com", "booking.org"] {
            assert_eq!(message_of("Booking.com", text), Err(InvalidContext::Link), "{text}");
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

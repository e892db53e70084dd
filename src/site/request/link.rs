//! Reading the query of `GET /login`.

use crate::site::mangled;
use ciba::{AuthReqId, BindingMessage};

/// The longest `ui_locales` that is kept; more is ignored.
const MAX_UI_LOCALES: usize = 60;

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The request.
    pub auth_req_id: AuthReqId,
    /// The message, where one was given.
    pub message: Option<BindingMessage>,
    /// The languages asked for, where they look like languages.
    pub ui_locales: Option<String>,
}

/// The query is not one of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLink {
    /// The `auth_req_id` is missing.
    #[error("the link has no auth_req_id")]
    NoAuthReqId,
    /// It ends where another parameter begins.
    #[error("the link is cut off")]
    CutOff,
    /// A value is malformed or oversized.
    #[error("the link's {0} is malformed")]
    Malformed(&'static str),
    /// A value is there twice: two readers could see two different requests.
    #[error("the link has {0} more than once")]
    Repeated(&'static str),
}

impl Link {
    /// Reads the query. Parameters that are not known are ignored.
    ///
    /// # Errors
    ///
    /// [`InvalidLink`], with nothing of the query in it.
    pub fn parse(query: &str) -> Result<Self, InvalidLink> {
        let (mut auth_req_id, mut message, mut ui_locales) = (None, None, None);
        for (name, value) in mangled::parameters(query) {
            let (slot, name) = match name.as_str() {
                "auth_req_id" => (&mut auth_req_id, "auth_req_id"),
                "binding_message" => (&mut message, "binding_message"),
                "ui_locales" => {
                    ui_locales.get_or_insert(value);
                    continue;
                }
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(InvalidLink::Repeated(name));
            }
        }
        let auth_req_id = auth_req_id.ok_or(InvalidLink::NoAuthReqId)?;
        // `&#38;` begins the fragment, which no server sees: the message may have been there. The
        // problem's page has a script that looks.
        if message.is_none() && query.ends_with('&') {
            return Err(InvalidLink::CutOff);
        }
        let message = message.unwrap_or_default();
        let (auth_req_id, message) = mangled::unquoted(&auth_req_id, &message);
        let auth_req_id = AuthReqId::parse(mangled::without_closing(auth_req_id))
            .ok()
            .filter(|id| id.as_str().len() <= AuthReqId::MAX_LENGTH_IN_LINK)
            .ok_or(InvalidLink::Malformed("auth_req_id"))?;
        // An empty message is none: that is how a provider writes "no message was given".
        let message = (!message.is_empty())
            .then(|| BindingMessage::parse_from_link(mangled::without_closing(message)))
            .transpose()
            .map_err(|_| InvalidLink::Malformed("binding_message"))?;
        let ui_locales = ui_locales.map(String::from).filter(|text| is_language_list(text));
        Ok(Self { auth_req_id, message, ui_locales })
    }
}

fn is_language_list(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"- ".contains(&byte);
    (1..=MAX_UI_LOCALES).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(query: &str) -> Option<String> {
        Link::parse(query).unwrap().message.map(String::from)
    }

    #[test]
    fn reads_both_values_and_ignores_what_it_does_not_know() {
        let link = Link::parse("utm=x&auth_req_id=a.b&binding_message=CASE-4711&ui_locales=de+en");
        let link = link.unwrap();
        assert_eq!(link.auth_req_id.as_str(), "a.b");
        assert_eq!(link.message.unwrap().as_str(), "CASE-4711");
        assert_eq!(link.ui_locales.as_deref(), Some("de en"));
        assert_eq!(Link::parse("auth_req_id=a&ui_locales=%3Cb%3E").unwrap().ui_locales, None);
    }

    #[test]
    fn a_missing_or_empty_message_is_none() {
        assert_eq!(message("auth_req_id=a"), None);
        assert_eq!(message("auth_req_id=a&binding_message="), None);
    }

    #[test]
    fn a_space_is_the_plus_sign_that_it_was() {
        assert_eq!(message("auth_req_id=a&binding_message=A+1").as_deref(), Some("A+1"));
        assert_eq!(message("auth_req_id=a&binding_message=A%201").as_deref(), Some("A+1"));
        assert_eq!(message("auth_req_id=a&binding_message=A%2B1").as_deref(), Some("A+1"));
    }

    #[test]
    fn reads_what_mail_programs_and_phones_have_made_of_a_link() {
        for query in [
            "auth_req_id=a&amp;binding_message=CASE-4711",
            "auth_req_id=a&amp;amp;binding_message=CASE-4711",
            "auth_req_id=a&%2338;binding_message=CASE-4711",
            "auth_req_id=3Da&binding_message=3DCASE-4711",
            "auth_req_id=3Da&amp;binding_message=3DCASE-4711",
            "auth_req_id=a&binding_message=CASE-4711)",
            "auth_req_id=a&binding_message=CASE-4711%22%3E",
            "auth_req_id=a&binding_message=CASE-4711%E2%80%9D,",
        ] {
            let link = Link::parse(query).unwrap();
            assert_eq!(link.auth_req_id.as_str(), "a", "{query}");
            assert_eq!(link.message.unwrap().as_str(), "CASE-4711", "{query}");
        }
        let link = Link::parse("binding_message=A&auth_req_id=a)").unwrap();
        assert_eq!(link.auth_req_id.as_str(), "a");
        // By itself it may be a part of the identifier.
        assert_eq!(Link::parse("auth_req_id=3Da").unwrap().auth_req_id.as_str(), "3Da");
    }

    #[test]
    fn refuses_what_is_missing_malformed_oversized_or_repeated() {
        use InvalidLink::{CutOff, Malformed, NoAuthReqId, Repeated};
        let long = format!("auth_req_id={}", "x".repeat(513));
        for (query, expected) in [
            ("", NoAuthReqId),
            ("binding_message=A", NoAuthReqId),
            ("auth_req_id=", Malformed("auth_req_id")),
            ("auth_req_id=a&", CutOff),
            ("auth_req_id=%3Cscript%3E", Malformed("auth_req_id")),
            (&long, Malformed("auth_req_id")),
            ("auth_req_id=a&binding_message=123456789012345678901", Malformed("binding_message")),
            ("auth_req_id=a&binding_message=%E2%80%AEx", Malformed("binding_message")),
            ("auth_req_id=a&auth_req_id=a", Repeated("auth_req_id")),
            ("auth_req_id=a&binding_message=A&binding_message=", Repeated("binding_message")),
            ("auth_req_id=a&binding_message=A&amp;binding_message=B", Repeated("binding_message")),
        ] {
            assert_eq!(Link::parse(query), Err(expected), "{query}");
        }
    }
}

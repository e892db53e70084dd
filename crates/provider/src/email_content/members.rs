//! The members of `email_content` as they arrive, and what is refused of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;

use messages::brand::{Colour, InvalidColour};

/// `email_content` as it arrives.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MailContentMembers {
    pub(super) subject: String,
    pub(super) primary_color: Option<String>,
    pub(super) base64logo: Option<String>,
    pub(super) header_text: Option<String>,
    pub(super) body_text: Option<String>,
    pub(super) link_text: Option<String>,
    pub(super) info_text: Option<String>,
    pub(super) footer_text: Option<String>,
    pub(super) sender_name: Option<String>,
}

/// A member of `email_content` cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmailContent {
    /// A mail without a subject is taken for spam.
    #[error("email_content.subject must not be empty")]
    Subject,
    /// It would end up in a style.
    #[error("email_content.primaryColor must be written #rrggbb")]
    Colour,
    /// The limit is documented.
    #[error("email_content.base64logo must be at most 20000 characters")]
    LogoTooLong,
    /// Not a picture that mail programs show.
    #[error("email_content.base64logo must be a PNG, JPEG or GIF in base64")]
    Logo,
    /// No limit is documented; this one keeps a mail readable.
    #[error("a text in email_content must be at most 4000 characters")]
    TooLong,
}

const MAX_LOGO: usize = 20_000;
const MAX_TEXT: usize = 4_000;

impl MailContentMembers {
    /// Refuses texts with which no mail can be made.
    pub(super) fn check_texts(&self) -> Result<(), InvalidEmailContent> {
        let texts = [
            Some(&self.subject),
            self.header_text.as_ref(),
            self.body_text.as_ref(),
            self.link_text.as_ref(),
            self.info_text.as_ref(),
            self.footer_text.as_ref(),
            self.sender_name.as_ref(),
        ];
        if texts.into_iter().flatten().any(|text| text.chars().count() > MAX_TEXT) {
            return Err(InvalidEmailContent::TooLong);
        }
        if self.subject.trim().is_empty() {
            return Err(InvalidEmailContent::Subject);
        }
        Ok(())
    }
}

/// The colour of the button, and that of the text on it.
#[derive(Debug, Clone)]
pub(super) struct MailColour {
    pub(super) background: String,
    pub(super) text: &'static str,
}

/// The logo.
#[derive(Clone)]
pub(super) struct Picture {
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.media_type)
    }
}

impl MailColour {
    pub(super) fn of(colour: Colour) -> Self {
        Self { background: colour.into(), text: "#ffffff" }
    }

    pub(super) fn parse(text: String) -> Result<Self, InvalidEmailContent> {
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidEmailContent::Colour);
        }
        match Colour::try_from(text.clone()) {
            Ok(colour) => Ok(Self::of(colour)),
            // Where white cannot be read on it, black can.
            Err(InvalidColour::Unreadable(_)) => Ok(Self { background: text, text: "#000000" }),
            Err(InvalidColour::Malformed) => Err(InvalidEmailContent::Colour),
        }
    }
}

impl Picture {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidEmailContent> {
        if text.len() > MAX_LOGO {
            return Err(InvalidEmailContent::LogoTooLong);
        }
        let base64 = match text.strip_prefix("data:") {
            Some(rest) => rest.split_once(";base64,").ok_or(InvalidEmailContent::Logo)?.1,
            None => text,
        };
        let bytes = STANDARD.decode(base64.trim()).map_err(|_| InvalidEmailContent::Logo)?;
        // The bytes say what it is; the caller's word for it is not used.
        let kinds: [(&[u8], &str); 4] = [
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"\xff\xd8\xff", "image/jpeg"),
            (b"GIF87a", "image/gif"),
            (b"GIF89a", "image/gif"),
        ];
        let kind = kinds.into_iter().find(|(start, _)| bytes.starts_with(start));
        let (_, media_type) = kind.ok_or(InvalidEmailContent::Logo)?;
        Ok(Self { media_type, bytes })
    }
}

//! What a sign-in mail says. It never holds the binding message: a mail that is read out to a caller
//! would otherwise prove too much.

use crate::site::Site;
use messages::texts::Words;
use transmit::EmailContent;

/// The text of a mail: every member is set, so that nothing of the provider's template is left. Of a
/// mail without a link `code` is none: the provider puts it between body and info itself.
pub fn write(site: &Site, words: &Words, code: Option<&str>) -> EmailContent {
    let minutes = [("minutes", f64::from(site.config.sign_in.mail_minutes).into())];
    let info = match code {
        Some(code) => words.plain("mail-info-code", &[("code", code.into())]),
        None => words.text("mail-info"),
    };
    EmailContent {
        subject: words.text("mail-subject"),
        primary_color: Some(String::from(site.config.brand.accent)),
        base64_logo: None,
        header_text: words.text("mail-header"),
        body_text: words.plain("mail-body", &minutes),
        link_text: words.text("mail-link"),
        info_text: info,
        footer_text: words.text("mail-footer"),
        sender_name: words.company().to_owned(),
    }
}

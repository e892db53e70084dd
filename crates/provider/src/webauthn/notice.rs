//! The mail that tells somebody of a new passkey, so that one which a stranger has added does not
//! stay unnoticed.
//!
//! It holds no link, so a mail with one is recognisably forged. A passkey is added whether the mail
//! gets out or not.

use time::OffsetDateTime;
use time::macros::format_description;

use crate::ProviderState;
use crate::email_content::MailContent;
use crate::users::User;
use messages::texts::{Direction, Language, Value, Words};
use platform::causes::Causes;

/// Sends the notice to the user's own address, without keeping anybody waiting.
pub(super) fn send(state: &ProviderState, user: &User, language: Language, added_at: i64) {
    let Some(email) = &user.email else {
        tracing::info!(user.id = user.user_id, "a passkey was added to an account without a mail");
        return;
    };
    let words = state.texts.words(language);
    let content = content(state, &words, added_at);
    let mail = content.notify(email.as_str());
    let (messenger, user_id) = (state.messenger.clone(), user.user_id.clone());
    tokio::spawn(async move {
        if let Err(error) = messenger.send(mail).await {
            tracing::error!(
                error = %Causes(&error),
                user.id = user_id,
                "nobody could be told of a new passkey"
            );
        }
    });
}

fn content(state: &ProviderState, words: &Words, added_at: i64) -> MailContent {
    let time = moment(added_at);
    let call = words.call_number();
    let paragraphs = [
        say(words, "passkey-mail-body", &[("time", time.into())]),
        words.text("passkey-mail-yours"),
        say(words, "passkey-mail-not-yours", &[("number", call.into())]),
    ];
    MailContent::notice(
        &state.settings.brand,
        words.text("passkey-mail-subject"),
        words.text("passkey-mail-header"),
        paragraphs.join("\n\n"),
        words.text("passkey-mail-footer"),
    )
}

/// A sentence. From right to left a number or a time stays in one piece only while it is isolated.
pub(crate) fn say(words: &Words, id: &str, values: &[(&str, Value<'_>)]) -> String {
    match words.language().direction() {
        Direction::Ltr => words.plain(id, values),
        Direction::Rtl => words.isolated(id, values),
    }
}

/// A time that is read alike in every language.
pub(crate) fn moment(unix: i64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    OffsetDateTime::from_unix_timestamp(unix)
        .ok()
        .and_then(|moment| moment.format(format).ok())
        .unwrap_or_default()
}

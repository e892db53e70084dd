//! The mail that tells somebody of an account elsewhere that signs them in from now on, so that one
//! which they do not know does not stay unnoticed. Like the notice of a new passkey it holds no link.

use crate::ProviderState;
use crate::email_content::MailContent;
use crate::users::User;
use crate::webauthn::notice::{moment, say};
use messages::texts::Words;
use platform::causes::Causes;

/// Sends the notice to the user's own address, without keeping anybody waiting.
pub(super) fn send(state: &ProviderState, user: &User, words: &Words, upstream: &str) {
    let Some(email) = &user.email else { return };
    let name = state.settings.upstream_labels.get(upstream).map_or(upstream, String::as_str);
    let mail = content(state, words, name).notify(email.as_str());
    let (messenger, user_id) = (state.messenger.clone(), user.user_id.clone());
    tokio::spawn(async move {
        if let Err(error) = messenger.send(mail).await {
            tracing::error!(
                error = %Causes(&error),
                user.id = user_id,
                "nobody could be told of a linked account"
            );
        }
    });
}

fn content(state: &ProviderState, words: &Words, name: &str) -> MailContent {
    let time = moment(state.ambient.clock.unix());
    let paragraphs = [
        say(words, "social-mail-body", &[("time", time.into()), ("provider", name.into())]),
        words.text("passkey-mail-yours"),
        say(words, "social-mail-not-yours", &[("number", words.call_number().into())]),
    ];
    MailContent::notice(
        &state.settings.brand,
        say(words, "social-mail-subject", &[("provider", name.into())]),
        words.text("social-mail-header"),
        paragraphs.join("\n\n"),
        words.text("passkey-mail-footer"),
    )
}

//! What a passkey approves when one touch decides.

use std::collections::BTreeMap;

use ciba::{BindingMessage, Decision, RequestHandle};
use platform::ids::digest;

/// The `approval_data` of a decision: at most 10 members of `A–Z a–z 0–9 _ . -`
/// (docs/transmit-api.md, "authenticate/start"). It commits to the request, to a digest of the
/// message as it was shown, and to the decision; the provider signs it back in the ID token, so a
/// touch that was meant for one thing can never be used for another.
pub(super) fn approval_data(
    handle: &RequestHandle,
    message: Option<&BindingMessage>,
    decision: Decision,
) -> BTreeMap<String, String> {
    let shown = digest(message.map_or("", BindingMessage::as_str));
    BTreeMap::from([
        ("purpose".to_owned(), "ciba".to_owned()),
        ("request".to_owned(), handle.as_str().to_owned()),
        ("message".to_owned(), shown),
        ("decision".to_owned(), decision.as_str().to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ciba::AuthReqId;

    #[test]
    fn commits_to_request_message_and_decision_within_the_documented_alphabet() {
        let id = AuthReqId::parse("id").unwrap();
        let message = BindingMessage::parse("CASE/4711?#").unwrap();
        let handle = RequestHandle::of(&id, Some(&message));
        let approve = approval_data(&handle, Some(&message), Decision::Approve);
        assert_ne!(approve, approval_data(&handle, Some(&message), Decision::Deny));
        assert_ne!(approve, approval_data(&handle, None, Decision::Approve));
        let allowed = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        assert!(approve.len() <= 10);
        assert!(approve.iter().all(|(key, value)| allowed(key) && allowed(value)));
    }
}

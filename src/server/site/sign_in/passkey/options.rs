//! The provider's options, made ready for a browser.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Turns `credential_request_options` into WebAuthn's JSON form (WebAuthn Level 3, 5.1.10):
/// base64url instead of standard base64, and user verification demanded whatever the provider's
/// options say, because a touch on somebody's unlocked phone must not allow anything. The browser
/// may ask for `seconds`, which is less than the challenge lives.
pub(super) fn for_authentication(mut options: Value, seconds: i64) -> Value {
    to_base64url(&mut options["challenge"]);
    ids_to_base64url(&mut options["allowCredentials"]);
    options["userVerification"] = "required".into();
    options["timeout"] = (seconds * 1000).into();
    keep_known(
        options,
        &["challenge", "timeout", "rpId", "allowCredentials", "userVerification", "extensions"],
    )
}

/// Turns `credential_creation_options` into WebAuthn's JSON form (WebAuthn Level 3, 5.1.9). The
/// passkey is to be found without a user name, and to verify its person. The browser may ask for
/// `seconds`.
pub(super) fn for_registration(mut options: Value, seconds: i64) -> Value {
    to_base64url(&mut options["challenge"]);
    to_base64url(&mut options["user"]["id"]);
    ids_to_base64url(&mut options["excludeCredentials"]);
    options["authenticatorSelection"]["residentKey"] = "required".into();
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    options["authenticatorSelection"]["userVerification"] = "required".into();
    options["timeout"] = (seconds * 1000).into();
    // `icon` was dropped from the specification, and some browsers refuse it.
    if let Some(rp) = options["rp"].as_object_mut() {
        rp.remove("icon");
    }
    keep_known(
        options,
        &[
            "challenge",
            "rp",
            "user",
            "pubKeyCredParams",
            "timeout",
            "excludeCredentials",
            "authenticatorSelection",
            "attestation",
            "extensions",
        ],
    )
}

fn keep_known(options: Value, known: &[&str]) -> Value {
    let Value::Object(members) = options else { return Value::Null };
    members
        .into_iter()
        .filter(|(name, value)| known.contains(&name.as_str()) && !value.is_null())
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn ids_to_base64url(list: &mut Value) {
    for entry in list.as_array_mut().into_iter().flatten() {
        to_base64url(&mut entry["id"]);
    }
}

/// Either alphabet, padded or not, becomes base64url without padding; other text stays as it is,
/// and the browser refuses it.
fn to_base64url(value: &mut Value) {
    let Some(text) = value.as_str() else { return };
    let bare = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let bytes = URL_SAFE_NO_PAD.decode(bare).or_else(|_| STANDARD.decode(text));
    if let Ok(bytes) = bytes {
        *value = URL_SAFE_NO_PAD.encode(bytes).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_base64url_and_has_to_verify_the_person() {
        let options = for_authentication(
            json!({
                "challenge": "//4B+w==",
                "rpId": "localhost",
                "timeout": 600_000,
                "allowCredentials": [{ "type": "public-key", "id": "__4B" }],
                "userVerification": "discouraged",
                "rawChallenge": null,
                "attestation": "none",
            }),
            300,
        );
        assert_eq!(
            options,
            json!({
                "challenge": "__4B-w",
                "rpId": "localhost",
                "timeout": 300_000,
                "allowCredentials": [{ "type": "public-key", "id": "__4B" }],
                "userVerification": "required",
            })
        );
    }

    #[test]
    fn a_new_passkey_can_be_found_without_a_name() {
        let options = for_registration(
            json!({
                "challenge": "AAAA",
                "rp": { "id": "localhost", "name": "Example Bank", "icon": "x" },
                "user": { "id": "+/8=", "name": "a", "displayName": "a" },
                "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
                "authenticatorSelection": { "residentKey": "preferred" },
                "excludeCredentials": [],
            }),
            60,
        );
        assert_eq!(options["timeout"], 60_000);
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["user"]["id"], "-_8");
        assert_eq!(options["rp"], json!({ "id": "localhost", "name": "Example Bank" }));
    }
}

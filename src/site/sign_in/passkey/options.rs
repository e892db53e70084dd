//! The provider's options, made ready for a browser.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// What the provider sent is not what WebAuthn calls options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the provider's passkey options do not have WebAuthn's form")]
pub(super) struct OddOptions;

/// Turns `credential_request_options` into WebAuthn's JSON form (WebAuthn Level 3, 5.1.10):
/// base64url instead of standard base64, and user verification demanded whatever the provider's
/// options say, because a touch on somebody's unlocked phone must not allow anything. The browser
/// may ask for `seconds`, which is less than the challenge lives.
pub(super) fn for_authentication(options: Value, seconds: i64) -> Result<Value, OddOptions> {
    let mut options = object(options)?;
    to_base64url(options.get_mut("challenge"))?;
    ids_to_base64url(options.get_mut("allowCredentials"))?;
    options.insert("userVerification".into(), "required".into());
    options.insert("timeout".into(), (seconds * 1000).into());
    Ok(keep_known(
        options,
        &["challenge", "timeout", "rpId", "allowCredentials", "userVerification", "extensions"],
    ))
}

/// Turns `credential_creation_options` into WebAuthn's JSON form (WebAuthn Level 3, 5.1.9). The
/// passkey is to be found without a user name, and to verify its person. The browser may ask for
/// `seconds`.
pub(super) fn for_registration(options: Value, seconds: i64) -> Result<Value, OddOptions> {
    let mut options = object(options)?;
    to_base64url(options.get_mut("challenge"))?;
    let user = options.get_mut("user").and_then(Value::as_object_mut).ok_or(OddOptions)?;
    to_base64url(user.get_mut("id"))?;
    ids_to_base64url(options.get_mut("excludeCredentials"))?;
    let mut selection = match options.remove("authenticatorSelection") {
        None | Some(Value::Null) => Map::new(),
        Some(selection) => object(selection)?,
    };
    selection.insert("residentKey".into(), "required".into());
    selection.insert("requireResidentKey".into(), true.into());
    selection.insert("userVerification".into(), "required".into());
    options.insert("authenticatorSelection".into(), selection.into());
    options.insert("timeout".into(), (seconds * 1000).into());
    // `icon` was dropped from the specification, and some browsers refuse it.
    if let Some(rp) = options.get_mut("rp").and_then(Value::as_object_mut) {
        rp.remove("icon");
    }
    Ok(keep_known(
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
    ))
}

fn object(value: Value) -> Result<Map<String, Value>, OddOptions> {
    if let Value::Object(members) = value { Ok(members) } else { Err(OddOptions) }
}

fn keep_known(options: Map<String, Value>, known: &[&str]) -> Value {
    options
        .into_iter()
        .filter(|(name, value)| known.contains(&name.as_str()) && !value.is_null())
        .collect::<Map<_, _>>()
        .into()
}

fn ids_to_base64url(list: Option<&mut Value>) -> Result<(), OddOptions> {
    let entries = match list {
        None | Some(Value::Null) => return Ok(()),
        Some(list) => list.as_array_mut().ok_or(OddOptions)?,
    };
    for entry in entries {
        to_base64url(entry.get_mut("id"))?;
    }
    Ok(())
}

/// Either alphabet, padded or not, becomes base64url without padding; other text stays as it is,
/// and the browser refuses it.
fn to_base64url(value: Option<&mut Value>) -> Result<(), OddOptions> {
    let Some(Value::String(text)) = value else { return Err(OddOptions) };
    let bare = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    let bytes = URL_SAFE_NO_PAD.decode(bare).or_else(|_| STANDARD.decode(&*text));
    if let Ok(bytes) = bytes {
        *text = URL_SAFE_NO_PAD.encode(bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
            options.unwrap(),
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
        )
        .unwrap();
        assert_eq!(options["timeout"], 60_000);
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["user"]["id"], "-_8");
        assert_eq!(options["rp"], json!({ "id": "localhost", "name": "Example Bank" }));
    }

    #[test]
    fn options_of_another_form_are_refused_and_nothing_panics() {
        let good = json!({
            "challenge": "AAAA",
            "user": { "id": "AAAA" },
            "allowCredentials": [{ "id": "AAAA" }],
            "excludeCredentials": [{ "id": "AAAA" }],
            "authenticatorSelection": {},
        });
        assert!(for_authentication(good.clone(), 60).is_ok());
        assert!(for_registration(good.clone(), 60).is_ok());
        for odd in [json!(null), json!("x"), json!(7), json!([]), json!([7]), json!(["x"])] {
            assert_eq!(for_authentication(odd.clone(), 60), Err(OddOptions), "{odd}");
            assert_eq!(for_registration(odd.clone(), 60), Err(OddOptions), "{odd}");
            for member in good.as_object().unwrap().keys() {
                let mut options = good.clone();
                options[member] = odd.clone();
                // Whatever they are taken for, by either: no panic.
                let signs = for_authentication(options.clone(), 60);
                let makes = for_registration(options, 60);
                assert!(member != "challenge" || odd.is_string() || signs.is_err(), "{odd}");
                assert!(member != "user" || makes.is_err(), "{odd}");
            }
        }
    }
}

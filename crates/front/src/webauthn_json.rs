//! WebAuthn's JSON forms (WebAuthn Level 3, section 5.1.8 to 5.1.10). Options are read by the
//! browser's own methods where it has them, by hand where it has not (Safari before 18.4, Chrome
//! before 129). Credentials are written by hand: several password managers give an object of their
//! own that inherits from `PublicKeyCredential`, and the browser's `toJSON` throws "Illegal
//! invocation" for what it has not made itself.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::JsValue;

use crate::dom;

/// Which of the two ceremonies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    /// Sign in, or decide, with a passkey.
    Authentication,
    /// Make a passkey.
    Registration,
}

/// Options as the server sent them, ready for `navigator.credentials`.
pub(super) fn parse_options(ceremony: Ceremony, json: &JsValue) -> Result<JsValue, JsValue> {
    let method = match ceremony {
        Ceremony::Authentication => "parseRequestOptionsFromJSON",
        Ceremony::Registration => "parseCreationOptionsFromJSON",
    };
    let api = dom::global("PublicKeyCredential").ok_or(JsValue::UNDEFINED)?;
    if dom::member(&api, method).is_some() {
        return dom::call(&api, method, json);
    }
    let options = Object::assign(&Object::new(), json.unchecked_ref_object());
    decode(&options, "challenge");
    for list in ["allowCredentials", "excludeCredentials"] {
        if let Some(entries) = dom::member(&options, list) {
            let copies = Array::new();
            for entry in Array::from(&entries).iter() {
                let copy = Object::assign(&Object::new(), entry.unchecked_ref_object());
                decode(&copy, "id");
                copies.push(&copy);
            }
            dom::set(&options, list, &copies);
        }
    }
    if let Some(user) = dom::member(&options, "user") {
        let copy = Object::assign(&Object::new(), user.unchecked_ref_object());
        decode(&copy, "id");
        dom::set(&options, "user", &copy);
    }
    Ok(options.into())
}

/// A credential in its JSON form, with every binary member as base64url without padding.
pub(super) fn credential_json(credential: &JsValue) -> Option<Object> {
    let response = dom::member(credential, "response")?;
    let answer = Object::new();
    for name in
        ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]
    {
        if let Some(bytes) = dom::member(&response, name) {
            dom::set(&answer, name, &dom::js(&encode(&bytes)));
        }
    }
    let json = Object::new();
    for name in ["id", "type", "authenticatorAttachment"] {
        if let Some(value) = dom::member(credential, name) {
            dom::set(&json, name, &value);
        }
    }
    dom::set(&json, "rawId", &dom::js(&encode(&dom::member(credential, "rawId")?)));
    dom::set(&json, "response", &answer);
    Some(json)
}

fn decode(object: &Object, name: &str) {
    if let Some(bytes) = dom::text(object, name).and_then(|text| dom::from_base64url(&text)) {
        dom::set(object, name, &Uint8Array::from(bytes.as_slice()));
    }
}

fn encode(buffer: &JsValue) -> String {
    dom::base64url(&Uint8Array::new(buffer).to_vec())
}

/// A value that is known to be an object, as one.
trait AsObject {
    fn unchecked_ref_object(&self) -> &Object;
}

impl AsObject for JsValue {
    fn unchecked_ref_object(&self) -> &Object {
        wasm_bindgen::JsCast::unchecked_ref(self)
    }
}

/// Whether the browser says that it can do this (`getClientCapabilities`). No answer means no.
pub(super) async fn is_capable(of: &str) -> bool {
    let Some(api) = dom::global("PublicKeyCredential") else { return false };
    let asked = dom::call(&api, "getClientCapabilities", &JsValue::UNDEFINED);
    match dom::settled(asked).await {
        Ok(capabilities) => {
            Reflect::get(&capabilities, &dom::js(of)).is_ok_and(|value| value.is_truthy())
        }
        Err(_) => false,
    }
}

/// Whether passkeys can be offered in an input field's autofill.
pub(super) async fn has_autofill() -> bool {
    let Some(api) = dom::global("PublicKeyCredential") else { return false };
    let asked = dom::call(&api, "isConditionalMediationAvailable", &JsValue::UNDEFINED);
    dom::settled(asked).await.is_ok_and(|answer| answer.is_truthy())
}

/// Tells the browser's password manager that the server knows no such credential (`WebAuthn` Level
/// 3, section 5.1.11), so that it is not offered again. Does nothing where that is not supported.
pub(super) async fn signal_unknown(rp_id: &str, credential_id: &str) {
    let Some(api) = dom::global("PublicKeyCredential") else { return };
    let message = Object::new();
    dom::set(&message, "rpId", &dom::js(rp_id));
    dom::set(&message, "credentialId", &dom::js(credential_id));
    // A browser that cannot do it has nothing to clear away.
    let _best_effort = dom::settled(dom::call(&api, "signalUnknownCredential", &message)).await;
}

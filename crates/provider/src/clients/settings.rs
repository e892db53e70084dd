//! A client's settings: typed, and replaced member by member (docs/transmit-api.md, 6).

use jsonwebtoken::jwk::JwkSet;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use ciba::login_uri;
use platform::json;
use platform::network::is_loopback;

/// Everything of a client that `PUT` can change. A member that a body names is replaced whole, a
/// member that it does not name stays, and `null` brings the default back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClientSettings {
    /// Its name, shown to administrators.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where browsers may be sent after a sign-out. Not among Transmit's documented members; the name
    /// is the one of OpenID Connect RP-Initiated Logout 1.0, section 3.1.
    pub post_logout_redirect_uris: Vec<String>,
    /// `web` or `native`.
    pub client_type: ClientType,
    /// What the authorization endpoint may answer with.
    pub response_types: Vec<ResponseType>,
    /// How far PKCE is demanded.
    pub pkce: Pkce,
    /// CIBA, off until it is enabled.
    pub ciba_authorization: CibaSettings,
    /// The device flow's addresses; kept, not used here.
    pub device_authorization: DeviceAuthorization,
    /// The values of `prompt` that it may send; kept, not used here.
    pub supported_prompts: Vec<String>,
    /// How long its tokens last.
    pub token_expiration: TokenExpiration,
    /// Seconds that a session lasts.
    pub session_expiration: Option<u32>,
    /// Whether requests must be pushed first (RFC 9126).
    pub enforce_par: bool,
    /// Roles. [`CIBA_ROLE`] confines a client to authentication requests; others are kept and not
    /// used here: a client without that one has the whole of its own application.
    pub role_ids: Vec<String>,
    /// Resources; kept, not used here.
    pub resources: Vec<String>,
    /// Claims that every ID token of this client holds; kept, not used here.
    pub default_custom_claims: Vec<String>,
    /// Public keys for `private_key_jwt`. Not among Transmit's documented members: there they are
    /// entered in the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    pub jwks: Option<JwkSet>,
}

/// Settings by name, as a body has them: those that are not there stay as they are.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct NamedSettings(pub(crate) Map<String, Value>);

impl JsonSchema for NamedSettings {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        ClientSettings::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        ClientSettings::json_schema(generator)
    }
}

/// Where a client runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// On a server.
    #[default]
    Web,
    /// On the user's device.
    Native,
}

/// What the authorization endpoint may answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// A code.
    Code,
    /// An ID token.
    IdToken,
}

/// How far PKCE is demanded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Pkce {
    /// A code is exchanged with a verifier and without a secret.
    EnforcePkceInsteadOfClientCredentials,
    /// A code is exchanged with both.
    EnforcePkceAlongsideClientCredentials,
    /// A code is exchanged with a secret, and with a verifier where the request had a challenge.
    #[default]
    AllowPkceAlongsideClientCredentials,
}

/// CIBA for one client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CibaSettings {
    /// Whether the client may start requests.
    pub enabled: bool,
    /// The page that the customer's link opens.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub login_uri: Option<Url>,
}

/// The device flow's addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceAuthorization {
    /// Whether it is on.
    pub enabled: bool,
    /// Where it is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_uri: Option<String>,
    /// Where it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_uri: Option<String>,
    /// Where the code is typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_uri: Option<String>,
}

/// How long a client's tokens last, in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TokenExpiration {
    /// Access and ID tokens. Unset: an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<u32>,
    /// Refresh tokens. Unset: 14 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_ttl: Option<u32>,
    /// How often a refresh token may be rotated; kept, not used here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_refresh_rotate: Option<u32>,
}

const HOUR: u32 = 60 * 60;
const FORTNIGHT: u32 = 14 * 24 * HOUR;

/// The role of a client that may ask customers and do nothing else. This provider's own: Transmit's
/// roles are made in its portal.
pub const CIBA_ROLE: &str = "ciba";

impl ClientSettings {
    /// Whether the client may only start authentication requests, follow them, and handle the tokens
    /// that come of them.
    ///
    /// # Security
    ///
    /// Without this, whoever holds the secret of an agent's client could sign a customer in by a
    /// code that is delivered to the caller, and approve the request alone.
    pub fn is_confined(&self) -> bool {
        self.role_ids.iter().any(|role| role == CIBA_ROLE)
    }

    /// Seconds that an access or ID token lasts: an hour unless set, at most a day.
    pub fn access_token_ttl(&self) -> i64 {
        self.token_expiration.access_token_ttl.unwrap_or(HOUR).clamp(60, 24 * HOUR).into()
    }

    /// Seconds that a refresh token lasts: 14 days unless set, at most a year.
    pub fn refresh_token_ttl(&self) -> i64 {
        let year = 365 * 24 * HOUR;
        self.token_expiration.refresh_token_ttl.unwrap_or(FORTNIGHT).clamp(60, year).into()
    }

    /// Replaces each member that `body` names. Members that are not known are tolerated and not
    /// kept, but for those whose absence would leave the client less protected than it believes.
    ///
    /// # Errors
    ///
    /// One sentence for each member that is malformed; then nothing is changed.
    pub fn replace_members(&mut self, body: &Map<String, Value>) -> Result<(), Vec<String>> {
        let mut next = self.clone();
        let mut faults = Vec::new();
        let f = &mut faults;
        replace(body, "name", &mut next.name, f);
        replace(body, "description", &mut next.description, f);
        replace(body, "redirect_uris", &mut next.redirect_uris, f);
        replace(body, "post_logout_redirect_uris", &mut next.post_logout_redirect_uris, f);
        replace(body, "client_type", &mut next.client_type, f);
        replace(body, "response_types", &mut next.response_types, f);
        replace(body, "pkce", &mut next.pkce, f);
        replace(body, "ciba_authorization", &mut next.ciba_authorization, f);
        replace(body, "device_authorization", &mut next.device_authorization, f);
        replace(body, "supported_prompts", &mut next.supported_prompts, f);
        replace(body, "token_expiration", &mut next.token_expiration, f);
        replace(body, "session_expiration", &mut next.session_expiration, f);
        replace(body, "enforce_par", &mut next.enforce_par, f);
        replace(body, "role_ids", &mut next.role_ids, f);
        replace(body, "resources", &mut next.resources, f);
        replace(body, "default_custom_claims", &mut next.default_custom_claims, f);
        replace(body, "jwks", &mut next.jwks, f);
        refuse_what_is_not_served(body, f);
        if faults.is_empty() {
            next.check(&mut faults);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        *self = next;
        Ok(())
    }

    fn check(&self, faults: &mut Vec<String>) {
        for (name, uris) in [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ] {
            for uri in uris.iter().filter(|uri| !self.may_redirect_to(uri)) {
                faults.push(format!(
                    "{name}: {uri:?} must be an absolute https address without a fragment \
                     (http only on localhost)"
                ));
            }
        }
        let ciba = &self.ciba_authorization;
        match &ciba.login_uri {
            None if ciba.enabled => {
                faults.push("ciba_authorization.login_uri must be set when it is enabled".into());
            }
            Some(login_uri) if !is_https_or_local(login_uri) => {
                let fault = "must be an https address (http only on localhost)";
                faults.push(format!("ciba_authorization.login_uri {fault}"));
            }
            Some(login_uri) => {
                let fault = login_uri::fault(login_uri);
                faults.extend(fault.map(|fault| format!("ciba_authorization.login_uri {fault}")));
            }
            None => {}
        }
        // A symmetric key would let everybody who may read the settings sign as the client.
        if self.jwks.as_ref().is_some_and(|set| set.keys.iter().any(|key| !is_public(key))) {
            faults.push("jwks: only public RSA, EC and OKP keys are expected".into());
        }
    }

    fn may_redirect_to(&self, uri: &str) -> bool {
        let Ok(url) = Url::parse(uri) else { return false };
        let own_scheme = self.client_type == ClientType::Native && url.scheme().contains('.');
        url.fragment().is_none() && (own_scheme || is_https_or_local(&url))
    }
}

/// The parts of a redirect URI to this machine (`http://127.0.0.1` or `http://[::1]`) that stay
/// whatever its port is: the host, and everything after the port. Nothing for other URIs.
pub(super) fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| rest.starts_with(host))?;
    let rest = rest.strip_prefix(host)?;
    let rest = match rest.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

/// Members that would tighten a client's security and have no effect here. Kept silently, they would
/// look as if they had.
fn refuse_what_is_not_served(body: &Map<String, Value>, faults: &mut Vec<String>) {
    for name in ["authentication_configuration", "id_token_encryption"] {
        let is_asked_for = |value: &Value| {
            !value.is_null() && value.get("enabled").and_then(Value::as_bool) != Some(false)
        };
        if body.get(name).is_some_and(is_asked_for) {
            faults.push(format!("{name} is not served here"));
        }
    }
}

fn is_public(key: &jsonwebtoken::jwk::Jwk) -> bool {
    use jsonwebtoken::jwk::AlgorithmParameters::{EllipticCurve, OctetKeyPair, RSA};
    matches!(key.algorithm, EllipticCurve(_) | OctetKeyPair(_) | RSA(_))
}

/// https, or http to this machine.
fn is_https_or_local(url: &Url) -> bool {
    url.host().is_some()
        && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
}

fn replace<T: DeserializeOwned + Default>(
    body: &Map<String, Value>,
    name: &str,
    member: &mut T,
    faults: &mut Vec<String>,
) {
    match body.get(name) {
        None => {}
        Some(Value::Null) => *member = T::default(),
        Some(value) => match json::read(name, value.clone()) {
            Ok(value) => *member = value,
            Err(fault) => faults.push(fault.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(settings: &mut ClientSettings, body: &Value) -> Result<(), Vec<String>> {
        settings.replace_members(body.as_object().unwrap())
    }

    #[test]
    fn a_named_member_is_replaced_whole_and_the_others_stay() {
        let mut settings = ClientSettings::default();
        put(&mut settings, &json!({"redirect_uris": ["https://a.example/x"], "name": "first"}))
            .unwrap();
        let ciba = json!({"enabled": true, "login_uri": "http://localhost:3000/login"});
        put(&mut settings, &json!({"ciba_authorization": ciba, "unknown": 1})).unwrap();
        assert_eq!(settings.redirect_uris, ["https://a.example/x"]);
        assert!(settings.ciba_authorization.enabled);
        put(&mut settings, &json!({"ciba_authorization": {"enabled": false}})).unwrap();
        assert_eq!(settings.ciba_authorization, CibaSettings::default());
        assert_eq!(settings.name, "first");
    }

    #[test]
    fn names_every_fault_and_changes_nothing() {
        let mut settings = ClientSettings::default();
        let body =
            json!({"name": 1, "pkce": "maybe", "redirect_uris": "x", "description": "kept?"});
        assert_eq!(put(&mut settings, &body).unwrap_err().len(), 3);
        assert_eq!(settings, ClientSettings::default());
    }

    #[test]
    fn what_would_protect_and_is_not_served_is_refused() {
        let mut settings = ClientSettings::default();
        for (name, value) in [
            ("authentication_configuration", json!({"method": "tls_client_auth"})),
            ("id_token_encryption", json!({"enabled": true})),
        ] {
            let faults = put(&mut settings, &json!({name: value})).unwrap_err();
            assert_eq!(faults, [format!("{name} is not served here")]);
        }
        put(&mut settings, &json!({"id_token_encryption": {"enabled": false}})).unwrap();
        put(&mut settings, &json!({"authentication_configuration": null})).unwrap();
    }

    #[test]
    fn only_the_port_of_a_loopback_address_may_differ() {
        let same = |a, b| {
            let (a, b) = (without_loopback_port(a), without_loopback_port(b));
            a.is_some() && a == b
        };
        assert!(same("http://127.0.0.1/back", "http://127.0.0.1:51004/back"));
        assert!(same("http://[::1]:1/?a=b", "http://[::1]/?a=b"));
        assert!(!same("http://127.0.0.1/back", "http://127.0.0.1:51004/other"));
        assert!(!same("http://127.0.0.1/", "http://[::1]/"));
        for uri in [
            "http://127.0.0.1:1@evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1:1x/",
            "https://127.0.0.1/",
            "http://localhost:1/",
        ] {
            assert_eq!(without_loopback_port(uri), None, "{uri}");
        }
    }

    #[test]
    fn enabling_ciba_needs_a_page_that_is_safe_to_open() {
        let mut settings = ClientSettings::default();
        for ciba in [
            json!({"enabled": true}),
            json!({"enabled": true, "login_uri": "http://bank.example/login"}),
            json!({"enabled": true, "login_uri": "javascript:alert(1)"}),
            json!({"enabled": true, "login_uri": "https://bank.example/login#here"}),
            json!({"enabled": true, "login_uri": "https://bank.example@evil.example/login"}),
            json!({"enabled": true, "login_uri": "https://bank.example/login?auth_req_id=1"}),
            json!({"enabled": true, "login_uri": "https://bank.example/login?binding_message="}),
            json!([true, "https://bank.example/login"]),
            json!({"enabled": true, "login_uri": "not a url"}),
            json!({"login_uri": "https://bank.example/login"}),
        ] {
            assert!(put(&mut settings, &json!({"ciba_authorization": ciba})).is_err(), "{ciba}");
        }
    }

    #[test]
    fn redirects_lead_to_https_or_to_this_machine() {
        let mut settings = ClientSettings::default();
        for uri in ["http://a.example/", "/x", "https://a.example/#f", "com.example.app:/back"] {
            assert!(put(&mut settings, &json!({"redirect_uris": [uri]})).is_err(), "{uri}");
        }
        let native = json!({"client_type": "native", "redirect_uris": ["com.example.app:/back"]});
        put(&mut settings, &native).unwrap();
    }
}

//! Where an identity provider's endpoints are (OpenID Connect Discovery 1.0), kept between uses.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::UpstreamError;
use crate::settings::UpstreamConfig;
use crate::social::addresses::AddressRule;
use platform::cached::{Cached, Worth};

/// Seconds until the document is read again.
const LIFETIME: i64 = 3600;

/// Seconds for which it is used while it cannot be read again: endpoints hardly ever move.
const WHILE_AWAY: i64 = 6 * 3600;

/// An identity provider's endpoints; each may be called.
#[derive(Debug)]
pub(super) struct Metadata {
    /// The issuer, as its tokens spell it.
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Option<Url>,
    pub(super) userinfo_endpoint: Option<Url>,
    /// Whether it names itself in every answer (RFC 9207, section 3).
    pub(super) names_itself: bool,
    /// The `prompt` that lets a person choose another account.
    pub(super) prompt_anew: Option<&'static str>,
    /// Whether the client's secret goes into the `Authorization` header.
    pub(super) by_basic: bool,
    /// Whether it may go into the body as well.
    pub(super) by_body: bool,
}

/// The discovery document, as far as it concerns us. What need not be there counts as missing where it
/// is not what it has to be: some issuers write `null`, an empty address, or one word instead of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    userinfo_endpoint: Value,
    #[serde(default)]
    authorization_response_iss_parameter_supported: Value,
    #[serde(default)]
    prompt_values_supported: Value,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Value,
}

/// A list of words.
fn words(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(words) => Some(words.split_whitespace().collect()),
        Value::Array(words) => words.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn flag(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str() == Some("true"))
}

/// The address of an issuer's document.
pub(super) fn address(issuer: &Url) -> Result<Url, UpstreamError> {
    let issuer = issuer.as_str().trim_end_matches('/');
    Url::parse(&format!("{issuer}/.well-known/openid-configuration"))
        .map_err(|_| UpstreamError::Address("discovery"))
}

impl Metadata {
    /// What an issuer's document says, once it is the configured issuer's and every address in it
    /// may be called.
    pub(super) fn discovered(
        document: Document,
        issuer: &Url,
        rule: AddressRule,
    ) -> Result<Self, UpstreamError> {
        // The configured address is a URL, which writes a slash after a bare host; that slash is
        // the only difference that is tolerated.
        let bare = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
        if bare(&document.issuer) != bare(issuer.as_str()) {
            return Err(UpstreamError::DiscoveredIssuer);
        }
        let methods = words(&document.token_endpoint_auth_methods_supported);
        let by_basic = methods.as_ref().is_none_or(|methods| {
            methods.contains(&"client_secret_basic") || !methods.contains(&"client_secret_post")
        });
        let by_body = methods.is_some_and(|methods| methods.contains(&"client_secret_post"));
        let prompts = words(&document.prompt_values_supported);
        let prompt_anew = prompt_anew(&document.issuer, prompts.as_deref());
        let userinfo_endpoint = document.userinfo_endpoint.as_str();
        let metadata = Self {
            issuer: document.issuer,
            authorization_endpoint: document.authorization_endpoint,
            token_endpoint: document.token_endpoint,
            jwks_uri: Some(document.jwks_uri),
            userinfo_endpoint: userinfo_endpoint.and_then(|url| Url::parse(url).ok()),
            names_itself: flag(&document.authorization_response_iss_parameter_supported),
            prompt_anew,
            by_basic,
            by_body,
        };
        metadata.check(rule)
    }

    /// What the configuration says of a provider without discovery. Its accounts are filed under
    /// the configured issuer, or else under the origin of its account endpoint.
    pub(super) fn configured(
        config: &UpstreamConfig,
        rule: AddressRule,
    ) -> Result<Self, UpstreamError> {
        let missing = || UpstreamError::Unexpected("configuration");
        let userinfo_endpoint = config.userinfo_url.clone().ok_or_else(missing)?;
        let issuer = config.issuer.as_ref().map_or_else(
            || userinfo_endpoint.origin().ascii_serialization(),
            |issuer| issuer.as_str().trim_end_matches('/').to_owned(),
        );
        let metadata = Self {
            issuer,
            authorization_endpoint: config.authorization_url.clone().ok_or_else(missing)?,
            token_endpoint: config.token_url.clone().ok_or_else(missing)?,
            jwks_uri: None,
            userinfo_endpoint: Some(userinfo_endpoint),
            names_itself: false,
            prompt_anew: None,
            by_basic: false,
            by_body: true,
        };
        metadata.check(rule)
    }

    fn check(self, rule: AddressRule) -> Result<Self, UpstreamError> {
        let always = [
            ("authorization endpoint", &self.authorization_endpoint),
            ("token endpoint", &self.token_endpoint),
        ];
        let sometimes = [("jwks", &self.jwks_uri), ("userinfo", &self.userinfo_endpoint)];
        let sometimes = sometimes.into_iter().filter_map(|(name, url)| Some((name, url.as_ref()?)));
        for (name, url) in always.into_iter().chain(sometimes) {
            if !rule.allows(url) {
                return Err(UpstreamError::Address(name));
            }
        }
        Ok(self)
    }
}

/// Google's issuer.
const GOOGLE: &str = "https://accounts.google.com";

/// The `prompt` that lets a person choose another account. An issuer that does not say what it
/// supports has to support `login` (OpenID Connect Core 1.0, section 15.1), and some refuse
/// `select_account`. Google says nothing either, and documents `select_account` and no `login`.
fn prompt_anew(issuer: &str, supported: Option<&[&str]>) -> Option<&'static str> {
    let Some(supported) = supported else {
        return Some(if issuer == GOOGLE { "select_account" } else { "login" });
    };
    ["select_account", "login"].into_iter().find(|prompt| supported.contains(prompt))
}

/// The endpoints that are held.
pub(super) type MetadataCache = Cached<Metadata, UpstreamError>;

/// What endpoints of this age are worth.
pub(super) fn worth(_: &Metadata, age: i64) -> Worth {
    match age {
        0..LIFETIME => Worth::Good,
        ..WHILE_AWAY => Worth::Stale,
        _ => Worth::None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "issuer": "https://id.example",
            "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://tokens.example/token",
            "jwks_uri": "https://id.example/jwks",
        })
    }

    fn read(document: Value) -> Result<Metadata, UpstreamError> {
        let document = serde_json::from_value(document).unwrap();
        let issuer = "https://id.example/".parse().unwrap();
        Metadata::discovered(document, &issuer, AddressRule { in_demo: false })
    }

    #[test]
    fn the_document_must_be_the_configured_issuers() {
        assert_eq!(read(document()).unwrap().issuer, "https://id.example");
        for other in ["https://evil.example", "https://id.example/tenant", "https://id.example//"] {
            let mut document = document();
            document["issuer"] = json!(other);
            assert!(matches!(read(document), Err(UpstreamError::DiscoveredIssuer)), "{other}");
        }
    }

    #[test]
    fn what_need_not_be_there_costs_nobody_the_sign_in_however_odd() {
        for (name, odd) in [
            ("userinfo_endpoint", json!("")),
            ("userinfo_endpoint", json!("TBD")),
            ("userinfo_endpoint", Value::Null),
            ("authorization_response_iss_parameter_supported", Value::Null),
            ("prompt_values_supported", json!("login")),
            ("prompt_values_supported", json!([null])),
            ("token_endpoint_auth_methods_supported", json!({})),
        ] {
            let mut document = document();
            document[name] = odd.clone();
            let metadata = read(document).unwrap_or_else(|error| panic!("{name} {odd}: {error}"));
            assert!(metadata.userinfo_endpoint.is_none() && metadata.by_basic, "{name} {odd}");
        }
        // What is meant counts.
        let mut document = document();
        document["token_endpoint_auth_methods_supported"] = json!("client_secret_post");
        document["authorization_response_iss_parameter_supported"] = json!("true");
        let metadata = read(document).unwrap();
        assert!(!metadata.by_basic && metadata.names_itself);
    }

    #[test]
    fn no_endpoint_leads_behind_the_firewall() {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"] {
            for address in ["http://id.example/x", "https://10.0.0.1/x", "https://localhost/x"] {
                let mut document = document();
                document[name] = json!(address);
                assert!(matches!(read(document), Err(UpstreamError::Address(_))), "{name}");
            }
        }
    }

    #[test]
    fn whoever_comes_again_is_asked_in_the_issuers_own_word() {
        let of = prompt_anew;
        assert_eq!(of("https://id.example", None), Some("login"));
        assert_eq!(of(GOOGLE, None), Some("select_account"));
        let both: &[&str] = &["none", "login", "select_account"];
        assert_eq!(of("https://id.example", Some(both)), Some("select_account"));
        assert_eq!(of("https://id.example", Some(&both[..2])), Some("login"));
        assert_eq!(of("https://id.example", Some(&both[..1])), None);
    }

    #[test]
    fn the_secret_goes_where_the_provider_takes_it() {
        let by_basic = |methods: Value| {
            let mut document = document();
            document["token_endpoint_auth_methods_supported"] = methods;
            read(document).unwrap().by_basic
        };
        assert!(read(document()).unwrap().by_basic);
        assert!(by_basic(json!(["client_secret_post", "client_secret_basic"])));
        assert!(!by_basic(json!(["client_secret_post"])));
    }
}

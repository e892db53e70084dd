//! What Keycloak asks of its authentication device: `POST` with a bearer that the realm has signed,
//! and a body whose members a client may have chosen.
//!
//! # Security
//!
//! Nothing is believed before the signature. The bearer is told from every other token of the realm
//! by its audience (the realm itself), its `typ`, a `jti` that is a bare UUID, and by having neither
//! session nor scope: otherwise any user of the realm could make us send links. Bodies with the name
//! of a claim, or with one member twice, are refused: servers without the fix of CVE-2026-97174 give
//! the tokens of whoever such a member names.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{CallError, Keycloak};
use ciba::{AuthReqId, BindingMessage, Contact};
use platform::Secret;
use platform::id_token::{self, IdTokenError};

/// The longest bearer that is read, in bytes.
const MAX_BEARER: usize = 4096;

/// The longest text of a member or claim that is kept, in bytes.
const MAX_TEXT: usize = 512;

/// Members that a client may add, and must not: each is a claim, and an unfixed Keycloak lets it
/// overwrite its own.
const CLAIMS: [&str; 14] = [
    "sub",
    "iss",
    "aud",
    "azp",
    "exp",
    "nbf",
    "iat",
    "jti",
    "typ",
    "sid",
    "session_state",
    "auth_result_id",
    "acr",
    "amr",
];

/// A request of Keycloak's, all of it signed or sent by the server itself.
#[derive(Debug, Clone)]
pub struct Delegation {
    /// Its name at Keycloak (`jti`).
    pub id: String,
    /// Keycloak's identifier of the person who is asked.
    pub subject: String,
    /// The client that asks.
    pub client_id: String,
    /// When its time is over, as the bearer says.
    pub expires_at: i64,
    /// The person's user name.
    pub login_hint: String,
    /// What is asked for, without repetitions.
    pub scopes: Vec<String>,
    /// Whether the scopes have to be agreed to.
    pub consent: bool,
    /// The reference.
    pub message: Option<BindingMessage>,
    /// The classes of sign-in of which one is demanded.
    pub acr_values: Vec<String>,
    /// Who called whom (`x_contact`).
    pub contact: Option<Contact>,
    /// The language that the agent speaks with the customer (`x_locale`).
    pub locale: Option<String>,
    /// How the client wants the link to reach them (`x_channel`).
    pub channel: Option<String>,
    /// The key of our link to it, where the client has chosen one (`x_link_key`): whoever passes the
    /// link on has to know it, and Keycloak tells its client nothing that we answer.
    pub link_key: Option<AuthReqId>,
    /// With what the callback is authorised.
    pub bearer: Secret,
}

/// A request is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DelegationError {
    /// There is no bearer, or it is none of Keycloak's for us.
    #[error("the bearer is not one of this realm's CIBA requests: {0}")]
    Bearer(&'static str),
    /// The bearer's signature or time is not in order.
    #[error("the bearer is not accepted")]
    Token(#[from] IdTokenError),
    /// The realm's keys could not be had.
    #[error("the realm's keys could not be fetched")]
    Keys(#[source] CallError),
    /// The client is not on the list.
    #[error("client {0:?} is not listed in keycloak.clients")]
    Client(String),
    /// The body is not what Keycloak sends.
    #[error("the body is not accepted: {0}")]
    Body(&'static str),
    /// The body holds a claim's name.
    #[error("the body holds the claim {0:?}, which a client has added (CVE-2026-97174)")]
    Claim(String),
}

impl Keycloak {
    /// Reads a request: the bearer first, and the body only after it.
    pub async fn delegation(
        &self,
        bearer: Option<&str>,
        body: &[u8],
    ) -> Result<Delegation, DelegationError> {
        use DelegationError::Bearer;
        let bearer = bearer.ok_or(Bearer("there is none"))?;
        if bearer.len() > MAX_BEARER {
            return Err(Bearer("it is too long"));
        }
        let header = id_token::header(bearer)?;
        let check = |keys: &[Jwk]| id_token::signed_claims(bearer, &header, keys);
        let checked = self.check_signed(&header, check).await.map_err(DelegationError::Keys)?;
        let claims = checked?;
        let party = check_claims(&claims, self.issuer(), self.inner.ambient.clock.unix())?;
        if !self.inner.settings.clients.contains_key(&party.client_id) {
            return Err(DelegationError::Client(printable(&party.client_id)));
        }
        let body = DelegationBody::read(body)?;
        Ok(Delegation {
            id: party.id,
            subject: party.subject,
            client_id: party.client_id,
            expires_at: party.expires_at,
            login_hint: body.login_hint,
            scopes: body.scopes,
            consent: body.consent,
            message: body.message,
            acr_values: body.acr_values,
            contact: body.contact,
            locale: body.locale,
            channel: body.channel,
            link_key: body.link_key,
            bearer: Secret::new(bearer),
        })
    }
}

/// What the bearer says.
#[derive(Debug)]
struct BearerParty {
    id: String,
    subject: String,
    client_id: String,
    expires_at: i64,
}

fn check_claims(
    claims: &Map<String, Value>,
    issuer: &str,
    now: i64,
) -> Result<BearerParty, DelegationError> {
    use DelegationError::Bearer;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let word = |name: &str| {
        text(name).filter(|text| (1..=MAX_TEXT).contains(&text.len())).map(str::to_owned)
    };
    if text("iss") != Some(issuer) {
        return Err(IdTokenError::Issuer.into());
    }
    let audience = match claims.get("aud") {
        Some(Value::Array(one)) if one.len() == 1 => one.first().and_then(Value::as_str),
        Some(Value::String(one)) => Some(one.as_str()),
        _ => None,
    };
    if audience != Some(issuer) {
        return Err(IdTokenError::Audience.into());
    }
    if text("typ") != Some("Bearer") {
        return Err(Bearer("its typ is not Bearer"));
    }
    if ["sid", "session_state", "scope", "realm_access", "resource_access"]
        .iter()
        .any(|name| claims.contains_key(*name))
    {
        return Err(Bearer("it is a user's access token"));
    }
    let expires_at = claims.get("exp").and_then(id_token::seconds).ok_or(IdTokenError::Claims)?;
    // No leeway: after this moment Keycloak itself takes no answer.
    if expires_at <= now {
        return Err(IdTokenError::Expired.into());
    }
    id_token::check_beginning(claims, now)?;
    let id = text("jti").filter(|id| is_uuid(id)).ok_or(Bearer("its jti is not a bare UUID"))?;
    Ok(BearerParty {
        id: id.to_owned(),
        subject: word("sub").ok_or(IdTokenError::Claims)?,
        client_id: word("azp").ok_or(IdTokenError::Claims)?,
        expires_at,
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The members of the body that are used.
#[derive(Debug)]
struct DelegationBody {
    login_hint: String,
    scopes: Vec<String>,
    consent: bool,
    message: Option<BindingMessage>,
    acr_values: Vec<String>,
    contact: Option<Contact>,
    locale: Option<String>,
    channel: Option<String>,
    link_key: Option<AuthReqId>,
}

impl DelegationBody {
    fn read(body: &[u8]) -> Result<Self, DelegationError> {
        use DelegationError::Body;
        let Members(members) = serde_json::from_slice(body).map_err(|error| {
            let twice = error.to_string().contains(TWICE);
            Body(if twice { "a member stands in it twice" } else { "it is not a JSON object" })
        })?;
        if let Some(claim) = CLAIMS.iter().find(|claim| members.contains_key(**claim)) {
            return Err(DelegationError::Claim((*claim).to_owned()));
        }
        let text = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() <= MAX_TEXT => Ok(Some(text.as_str())),
            Some(_) => Err(Body("a member has another type, or is too long")),
        };
        let words = |name: &str| {
            let mut words: Vec<String> = Vec::new();
            for word in text(name)?.unwrap_or_default().split_ascii_whitespace() {
                if !words.iter().any(|other| other == word) {
                    words.push(word.to_owned());
                }
            }
            Ok::<_, DelegationError>(words)
        };
        let consent = match members.get("is_consent_required") {
            Some(Value::Bool(consent)) => *consent,
            _ => return Err(Body("is_consent_required is no boolean")),
        };
        let message = text("binding_message")?
            .map(|text| BindingMessage::parse_within(text, BindingMessage::MAX_LENGTH_AT_KEYCLOAK));
        let login_hint = text("login_hint")?.filter(|hint| !hint.is_empty());
        Ok(Self {
            login_hint: login_hint.ok_or(Body("login_hint is missing"))?.to_owned(),
            scopes: words("scope")?,
            consent,
            message: message.transpose().map_err(|_| Body("binding_message is not one"))?,
            acr_values: words("acr_values")?,
            // Statements of the agent's side, and only for the page: one that is no word is none.
            contact: text("x_contact")?.and_then(|word| word.parse().ok()),
            locale: text("x_locale")?.map(str::to_owned),
            channel: text("x_channel")?.map(str::to_owned),
            link_key: text("x_link_key")?.map(link_key).transpose()?,
        })
    }
}

/// 32 random bytes in base64url, so that a link cannot be guessed.
fn link_key(text: &str) -> Result<AuthReqId, DelegationError> {
    let fault = DelegationError::Body("x_link_key is not 32 bytes in base64url");
    let is_long = URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
    AuthReqId::parse(text).ok().filter(|_| is_long).ok_or(fault)
}

const TWICE: &str = "duplicate member";

/// The members of a JSON object, each of which stands there once.
struct Members(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(de::Error::custom(TWICE));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| matches!(c, ' '..='~')).take(100).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "http://localhost:8180/realms/main";

    fn claims() -> Map<String, Value> {
        json!({
            "exp": 300, "iat": 0, "jti": "9828a3c6-3b17-4789-97c0-e55fb0a97888", "iss": ISSUER,
            "aud": ISSUER, "sub": "db55fb7f-89a6-4422-bcd0-4e6c7f58fe89", "typ": "Bearer",
            "azp": "call-centre",
        })
        .as_object()
        .unwrap()
        .clone()
    }

    #[test]
    fn the_bearer_of_a_request_is_taken_until_its_end() {
        let party = check_claims(&claims(), ISSUER, 10).unwrap();
        assert_eq!((party.client_id.as_str(), party.expires_at), ("call-centre", 300));
        assert!(check_claims(&claims(), ISSUER, 299).is_ok());
        assert!(check_claims(&claims(), ISSUER, 300).is_err());
    }

    #[test]
    fn no_other_token_of_the_realm_is_taken_for_it() {
        for (name, value) in [
            ("iss", json!("http://localhost:8180/realms/other")),
            ("aud", json!("call-centre")),
            ("aud", json!([ISSUER, "call-centre"])),
            ("aud", json!(null)),
            ("typ", json!("ID")),
            ("typ", json!("Refresh")),
            ("jti", json!("onrtac:9828a3c6-3b17-4789-97c0-e55fb0a97888")),
            ("sid", json!("x")),
            ("scope", json!("openid")),
            ("realm_access", json!({})),
            ("sub", json!("")),
            ("azp", json!(5)),
            ("iat", json!(1000)),
            ("iat", json!(null)),
            ("nbf", json!(1000)),
            ("nbf", json!("soon")),
            ("exp", json!("300")),
        ] {
            let mut claims = claims();
            claims.insert(name.to_owned(), value.clone());
            assert!(check_claims(&claims, ISSUER, 10).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn a_body_is_read_as_keycloak_writes_it() {
        let body = br#"{"scope":"openid roles profile email openid","binding_message":"AB-12",
            "login_hint":"alex","is_consent_required":false,"acr_values":"1 2","x_locale":"de",
            "x_contact":"company_called","client_assertion_type":"x"}"#;
        let body = DelegationBody::read(body).unwrap();
        assert_eq!(body.scopes, ["openid", "roles", "profile", "email"]);
        assert_eq!(body.acr_values, ["1", "2"]);
        assert_eq!(body.message.unwrap().as_str(), "AB-12");
        assert_eq!(body.contact, Some(Contact::CompanyCalled));
        let bare = br#"{"scope":"openid","binding_message":null,"login_hint":"alex",
            "is_consent_required":true}"#;
        let bare = DelegationBody::read(bare).unwrap();
        assert!(bare.consent && bare.message.is_none() && bare.acr_values.is_empty());
        let longest = format!(
            r#"{{"scope":"openid","login_hint":"a","is_consent_required":false,
            "binding_message":"{}"}}"#,
            "x".repeat(50)
        );
        assert!(DelegationBody::read(longest.as_bytes()).is_ok());
    }

    #[test]
    fn what_a_client_has_slipped_in_is_refused() {
        let with = |extra: &str| {
            let body = format!(
                r#"{{"scope":"openid","login_hint":"alex","is_consent_required":true{extra}}}"#
            );
            DelegationBody::read(body.as_bytes())
        };
        assert!(with("").is_ok());
        for claim in CLAIMS {
            let refused = with(&format!(r#","{claim}":"x""#));
            assert!(matches!(refused, Err(DelegationError::Claim(name)) if name == claim));
        }
        for extra in [
            r#","is_consent_required":"no""#,
            r#","is_consent_required":false"#,
            r#","login_hint":"sam""#,
            r#","binding_message":7"#,
            r#","binding_message":"two words""#,
            r#","acr_values":["1"]"#,
        ] {
            assert!(matches!(with(extra), Err(DelegationError::Body(_))), "{extra}");
        }
        for body in ["", "[]", "null", "{", r#"{"login_hint":"alex"}"#] {
            assert!(DelegationBody::read(body.as_bytes()).is_err(), "{body}");
        }
    }
}

//! What a client asks for, read once: every parameter that is not understood is refused or, where
//! the specification says so, not looked at.

use serde::Deserialize;
use serde_json::Value;

use crate::clients::{Client, Pkce, settings::ResponseType};
use crate::form::OAuthForm;
use crate::social::back::RedirectError;
use crate::tokens::{SCOPES, has};
use platform::ids::is_token;
use platform::json;

/// The most bytes of a request: it has to fit into a cookie.
pub(super) const MAX_REQUEST: usize = 8 * 1024;
/// The most bytes of a client's `state`: brokers keep a request of their own in it.
pub(super) const MAX_STATE: usize = 1024;
/// The most bytes of a client's `nonce`.
const MAX_NONCE: usize = 512;

/// Every parameter that is looked at.
pub(crate) const PARAMETERS: [&str; 18] = [
    "acr_values",
    "claims",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "createNewUser",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// The class of every sign-in here.
const ACR: &str = "1";

/// OpenID Connect Core Unmet Authentication Requirements 1.0.
pub(super) const UNMET: RedirectError = RedirectError {
    error: "unmet_authentication_requirements",
    description: "the request names a way to sign in that is not configured, or none is",
};

/// A request that may go on.
#[derive(Debug)]
pub(super) struct CheckedRequest<'a> {
    pub(super) way: UpstreamChoice,
    pub(super) scope: String,
    pub(super) login_hint: Option<&'a str>,
    pub(super) ui_locales: Option<&'a str>,
    /// Whether the customer has to be asked who they are.
    pub(super) anew: bool,
    /// How many seconds ago they may have signed in at the most.
    pub(super) max_age: Option<i64>,
}

/// How somebody signs in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UpstreamChoice {
    /// At this identity provider.
    Through(String),
    /// At one of several: the customer knows which.
    Ask,
}

impl<'a> CheckedRequest<'a> {
    /// Reads a request; `upstreams` are the identity providers that there are.
    pub(super) fn parse(
        form: &'a OAuthForm,
        client: &Client,
        upstreams: &[&str],
    ) -> Result<Self, RedirectError> {
        let invalid = |description| Err(RedirectError::invalid_request(description));
        for (name, error) in
            [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")]
        {
            if form.value(name).is_some() {
                let description = "request objects are not supported";
                return Err(RedirectError { error, description });
            }
        }
        check_response(form, client)?;
        for (name, most) in [("state", MAX_STATE), ("nonce", MAX_NONCE)] {
            if form.value(name).is_some_and(|value| value.len() > most) {
                return invalid("state has at most 1024 characters, nonce 512");
            }
        }
        check_challenge(form, client)?;
        let prompt = prompt(form)?;
        let claims = claims(form)?;
        let scope = scope(form, prompt.consent, &claims)?;
        let max_age = max_age(form)?;
        if form.value("createNewUser").is_some_and(|value| value != "false") {
            return invalid("createNewUser: this provider never creates users at a sign-in");
        }
        Ok(Self {
            way: way(form.value("acr_values").unwrap_or_default(), upstreams)?,
            scope,
            login_hint: form.value("login_hint").filter(|hint| hint.len() <= 254),
            ui_locales: form.value("ui_locales").filter(|locales| is_locales(locales)),
            anew: prompt.anew || max_age == Some(0),
            max_age,
        })
    }
}

/// `acr_values` is a wish (OpenID Connect Core 1.0, section 3.1.2.1): other values than ours are not
/// looked at. Only an identity provider that is named and not there ends the request, since none
/// of the others knows the same people.
fn way(acr_values: &str, upstreams: &[&str]) -> Result<UpstreamChoice, RedirectError> {
    let mut named = acr_values
        .split(' ')
        .filter_map(|acr| acr.strip_prefix("urn:transmit:")?.strip_suffix("_direct"))
        .peekable();
    if named.peek().is_some() {
        let found = named.find(|name| upstreams.contains(name)).ok_or(UNMET)?;
        return Ok(UpstreamChoice::Through(found.to_owned()));
    }
    match upstreams {
        [] => Err(UNMET),
        [only] => Ok(UpstreamChoice::Through((*only).to_owned())),
        _ => Ok(UpstreamChoice::Ask),
    }
}

fn check_response(form: &OAuthForm, client: &Client) -> Result<(), RedirectError> {
    let may_have_code = client.settings.response_types.is_empty()
        || client.settings.response_types.contains(&ResponseType::Code);
    match form.value("response_type") {
        None => return Err(RedirectError::invalid_request("response_type is missing")),
        Some("code") if may_have_code => {}
        Some(_) => {
            let description = "only response_type=code is supported";
            return Err(RedirectError { error: "unsupported_response_type", description });
        }
    }
    if form.value("response_mode").is_some_and(|mode| mode != "query") {
        return Err(RedirectError::invalid_request("only response_mode=query is supported"));
    }
    Ok(())
}

fn check_challenge(form: &OAuthForm, client: &Client) -> Result<(), RedirectError> {
    let invalid = |description| Err(RedirectError::invalid_request(description));
    let challenge = form.value("code_challenge");
    let method = form.value("code_challenge_method");
    match (challenge, method) {
        // Without a method it would be "plain" (RFC 7636, section 4.3).
        (Some(_), method) if method != Some("S256") => {
            invalid("code_challenge_method: only S256 is supported")
        }
        (Some(challenge), _) if !is_token::<32>(challenge) => {
            invalid("code_challenge: 43 characters of base64url are expected")
        }
        (Some(_), _) => Ok(()),
        (None, Some(_)) => invalid("code_challenge is missing"),
        (None, None) => match client.settings.pkce {
            Pkce::AllowPkceAlongsideClientCredentials => Ok(()),
            Pkce::EnforcePkceInsteadOfClientCredentials
            | Pkce::EnforcePkceAlongsideClientCredentials => {
                invalid("code_challenge is missing, and this client has to send one")
            }
        },
    }
}

fn is_locales(locales: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"- ".contains(&byte);
    locales.len() <= 64 && locales.bytes().all(allowed)
}

fn max_age(form: &OAuthForm) -> Result<Option<i64>, RedirectError> {
    let Some(text) = form.value("max_age") else { return Ok(None) };
    let seconds = text.parse::<u32>();
    let seconds =
        seconds.map_err(|_| RedirectError::invalid_request("max_age: seconds, from 0"))?;
    Ok(Some(seconds.into()))
}

/// What a client's `prompt` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prompt {
    /// `login` or `select_account`: the customer has to be asked who they are.
    anew: bool,
    /// `consent`.
    consent: bool,
}

fn prompt(form: &OAuthForm) -> Result<Prompt, RedirectError> {
    let words: Vec<&str> = form.value("prompt").unwrap_or_default().split_whitespace().collect();
    let has = |word: &str| words.contains(&word);
    let known = ["none", "login", "consent", "select_account"];
    if words.iter().any(|word| !known.contains(word)) {
        return Err(RedirectError::invalid_request("prompt: login, consent or none is expected"));
    }
    match (has("none"), words.len()) {
        // Nobody has a session here: each request is a new sign-in.
        (true, 1) => Err(RedirectError::LOGIN_REQUIRED),
        (true, _) => Err(RedirectError::invalid_request("prompt: none goes with nothing else")),
        (false, _) => {
            Ok(Prompt { anew: has("login") || has("select_account"), consent: has("consent") })
        }
    }
}

/// The `claims` parameter (OpenID Connect Core 1.0, section 5.5), as far as it concerns us.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClaimsParameter {
    userinfo: serde_json::Map<String, Value>,
    id_token: serde_json::Map<String, Value>,
}

impl ClaimsParameter {
    /// Whether one of these is asked for, in either place.
    fn has(&self, names: [&str; 2]) -> bool {
        names
            .iter()
            .any(|name| self.userinfo.contains_key(*name) || self.id_token.contains_key(*name))
    }

    /// Whether a class is demanded that is not ours (section 5.5.1.1).
    fn demands_another_acr(&self) -> bool {
        let Some(acr) = self.id_token.get("acr") else { return false };
        let is_ours = |value: &Value| value.as_str() == Some(ACR);
        let value = acr.get("value").into_iter();
        let mut values = value
            .chain(acr.get("values").and_then(Value::as_array).into_iter().flatten())
            .peekable();
        acr.get("essential").and_then(Value::as_bool) == Some(true)
            && values.peek().is_some()
            && !values.any(is_ours)
    }
}

fn claims(form: &OAuthForm) -> Result<ClaimsParameter, RedirectError> {
    let Some(text) = form.value("claims") else { return Ok(ClaimsParameter::default()) };
    let claims: ClaimsParameter = json::parse(text.as_bytes())
        .map_err(|_| RedirectError::invalid_request("claims: a JSON object is expected"))?;
    if claims.demands_another_acr() { Err(UNMET) } else { Ok(claims) }
}

/// The words that are known. A refresh token is given only where consent was asked for (OpenID
/// Connect Core 1.0, section 11). Address and number come by `claims` as they come by their words.
fn scope(
    form: &OAuthForm,
    consents: bool,
    claims: &ClaimsParameter,
) -> Result<String, RedirectError> {
    let asked = form.value("scope").unwrap_or_default();
    if !has(asked, "openid") {
        let description = "scope must include openid";
        return Err(RedirectError { error: "invalid_scope", description });
    }
    let granted = SCOPES.into_iter().filter(|word| match *word {
        "email" => has(asked, word) || claims.has(["email", "email_verified"]),
        "phone" => has(asked, word) || claims.has(["phone_number", "phone_number_verified"]),
        "offline_access" => has(asked, word) && consents,
        _ => has(asked, word),
    });
    Ok(granted.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(query: &str) -> OAuthForm {
        OAuthForm::parse(query.as_bytes()).unwrap()
    }

    #[test]
    fn silence_is_refused_and_nonsense_too() {
        let error = |query| prompt(&form(query)).unwrap_err().error;
        assert_eq!(error("prompt=none"), "login_required");
        assert_eq!(error("prompt=none+login"), "invalid_request");
        assert_eq!(error("prompt=loud"), "invalid_request");
        let read = |query| prompt(&form(query)).unwrap();
        assert_eq!(read(""), Prompt { anew: false, consent: false });
        assert_eq!(read("prompt=login+consent"), Prompt { anew: true, consent: true });
    }

    #[test]
    fn a_refresh_token_needs_consent() {
        let of = |query, consents| {
            scope(&form(query), consents, &ClaimsParameter::default()).map_err(|error| error.error)
        };
        let query = "scope=openid+offline_access+email+other";
        assert_eq!(of(query, false).as_deref(), Ok("openid email"));
        assert_eq!(of(query, true).as_deref(), Ok("openid email offline_access"));
        assert_eq!(of("scope=email", true), Err("invalid_scope"));
        assert_eq!(of("scope=openidx", true), Err("invalid_scope"));
    }

    #[test]
    fn address_and_number_come_by_claims_too() {
        let of = |text: &str| {
            let form = OAuthForm::default().with("scope", "openid").with("claims", text);
            let claims = claims(&form).map_err(|error| error.error)?;
            scope(&form, false, &claims).map_err(|error| error.error)
        };
        assert_eq!(of(r#"{"id_token":{"email":null}}"#).as_deref(), Ok("openid email"));
        let number = r#"{"userinfo":{"phone_number_verified":{"essential":true},"name":null}}"#;
        assert_eq!(of(number).as_deref(), Ok("openid phone"));
        assert_eq!(of("[1]"), Err("invalid_request"));
        let acr = |value: &str| {
            of(&format!(r#"{{"id_token":{{"acr":{{"essential":true,"values":[{value}]}}}}}}"#))
        };
        assert_eq!(acr(r#""phr","1""#).as_deref(), Ok("openid"));
        assert_eq!(acr(r#""phr""#), Err(UNMET.error));
        assert_eq!(acr("").as_deref(), Ok("openid"));
    }

    #[test]
    fn a_way_that_is_named_must_be_there_and_no_other_value_matters() {
        let through = |name: &str| Ok(UpstreamChoice::Through(name.to_owned()));
        let both: &[&str] = &["apple", "google"];
        let of = |acr_values, upstreams| way(acr_values, upstreams).map_err(|error| error.error);
        assert_eq!(of("urn:transmit:google_direct", both), through("google"));
        assert_eq!(of("urn:transmit:x_direct urn:transmit:apple_direct", both), through("apple"));
        assert_eq!(of("urn:transmit:x_direct", both), Err(UNMET.error));
        for acr_values in ["", "mfa", "phr 1", "urn:transmit:centralized"] {
            assert_eq!(of(acr_values, &both[..1]), through("apple"), "{acr_values}");
            assert_eq!(of(acr_values, both), Ok(UpstreamChoice::Ask), "{acr_values}");
            assert_eq!(of(acr_values, &[]), Err(UNMET.error), "{acr_values}");
        }
    }

    #[test]
    fn an_age_is_a_number_of_seconds() {
        let of = |query| max_age(&form(query)).map_err(|error| error.error);
        assert_eq!(of(""), Ok(None));
        assert_eq!(of("max_age=0"), Ok(Some(0)));
        for odd in ["max_age=-1", "max_age=soon", "max_age=1.5"] {
            assert_eq!(of(odd), Err("invalid_request"), "{odd}");
        }
    }
}

//! `GET /oidc/auth`: the authorization endpoint (OpenID Connect Core 1.0, section 3.1.2; RFC 6749,
//! section 4.1.1; RFC 7636; RFC 9700, section 2.1; docs/transmit-api.md, 10.2 and 11).
//!
//! The embedded provider has no login page of its own: `acr_values` names the identity provider
//! that the customer is sent on to. Nothing is written; the request travels in a sealed cookie.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::back::{Destination, RedirectError, redirect, set_cookies};
use super::page::{self, Complaint};
use super::upstream::{Upstream, Visit};
use super::{Luggage, Social, Style};
use crate::server::provider::clients::{self, Client, Pkce, settings::ResponseType};
use crate::server::provider::form::OAuthForm;

/// The most bytes of a request: it has to fit into a cookie.
const MAX_QUERY: usize = 8 * 1024;
/// The most bytes of a client's `state`, and of its `nonce`.
const MAX_STATE: usize = 512;

/// Sends the customer on.
pub(super) async fn authorize(
    State(social): State<Social>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let form = match OAuthForm::parse(query.as_bytes()) {
        Ok(form) if query.len() <= MAX_QUERY => form,
        _ => return social.complain(&headers, None, Complaint::Malformed),
    };
    let (client, redirect_uri) = match proven(&social, &form).await {
        Ok(proven) => proven,
        Err(complaint) => {
            return social.complain(&headers, form.value("ui_locales"), complaint);
        }
    };
    let destination = Destination {
        redirect_uri: &redirect_uri,
        state: form.value("state").filter(|state| state.len() <= MAX_STATE),
        issuer: &social.provider.issuer,
        style: Style::Oidc,
    };
    let request = match AuthorizationRequest::parse(&form, &client, &social) {
        Ok(request) => request,
        Err(error) => return destination.with_error(error),
    };
    let luggage = Luggage {
        upstream: request.name,
        client_id: client.client_id,
        redirect_uri: redirect_uri.clone(),
        scope: request.scope,
        state: form.value("state").map(str::to_owned),
        nonce: form.value("nonce").map(str::to_owned),
        code_challenge: form.value("code_challenge").map(str::to_owned),
        style: Style::Oidc,
    };
    let hints = Visit {
        login_hint: request.login_hint,
        ui_locales: request.ui_locales,
        anew: request.anew,
        ..Visit::default()
    };
    send_on(&social, &headers, luggage, hints, StatusCode::SEE_OTHER).await
}

/// The client and the redirect URI, once the client has registered exactly that one. Before, nobody
/// is redirected anywhere.
pub(super) async fn proven(
    social: &Social,
    form: &OAuthForm,
) -> Result<(Client, String), Complaint> {
    let provider = &social.provider;
    let client_id = form.value("client_id").ok_or(Complaint::UnknownClient)?;
    let client = clients::find(&provider.storage, &provider.sealer, client_id).await;
    let client = client.map_err(|error| {
        tracing::error!(%error, "a client cannot be read");
        Complaint::Failure
    })?;
    let client = client.ok_or(Complaint::UnknownClient)?;
    let redirect_uri = form.value("redirect_uri").ok_or(Complaint::RedirectUri)?;
    if !client.has_redirect_uri(redirect_uri) {
        return Err(Complaint::RedirectUri);
    }
    Ok((client, redirect_uri.to_owned()))
}

/// Begins a round trip to the identity provider.
pub(super) async fn send_on(
    social: &Social,
    headers: &HeaderMap,
    luggage: Luggage,
    hints: Visit<'_>,
    status: StatusCode,
) -> Response {
    let (redirect_uri, state, style) =
        (luggage.redirect_uri.clone(), luggage.state.clone(), luggage.style);
    let destination = Destination {
        redirect_uri: &redirect_uri,
        state: state.as_deref(),
        issuer: &social.provider.issuer,
        style,
    };
    let name = luggage.upstream.clone();
    let Some(upstream) = social.upstreams.get(&name) else {
        return destination.with_error(UNMET);
    };
    let departure = match social.trips.depart(headers, luggage) {
        Ok(departure) => departure,
        Err(error) => {
            tracing::warn!(%error, upstream.name = name, "a sign-in did not begin");
            return destination.with_error(RedirectError::SERVER_ERROR);
        }
    };
    let visit = Visit {
        state: &departure.state,
        nonce: &departure.nonce,
        challenge: &departure.challenge,
        ..hints
    };
    match upstream_address(upstream, &name, &visit).await {
        Ok(url) => {
            let mut response = redirect(status, &url);
            set_cookies(response.headers_mut(), departure.cookies);
            response
        }
        Err(error) => destination.with_error(error),
    }
}

async fn upstream_address(
    upstream: &Upstream,
    name: &str,
    visit: &Visit<'_>,
) -> Result<url::Url, RedirectError> {
    upstream.authorization_url(visit).await.map_err(|error| {
        page::log(&error, name);
        if error.is_transient() {
            RedirectError::TEMPORARILY_UNAVAILABLE
        } else {
            RedirectError::SERVER_ERROR
        }
    })
}

/// OpenID Connect Core Unmet Authentication Requirements 1.0.
const UNMET: RedirectError = RedirectError {
    error: "unmet_authentication_requirements",
    description: "acr_values must be urn:transmit:<name>_direct of a configured identity provider",
};

/// A request that may go on.
#[derive(Debug)]
struct AuthorizationRequest<'a> {
    /// The identity provider.
    name: String,
    scope: String,
    login_hint: Option<&'a str>,
    ui_locales: Option<&'a str>,
    /// Whether the customer has to be asked who they are.
    anew: bool,
}

impl<'a> AuthorizationRequest<'a> {
    fn parse(form: &'a OAuthForm, client: &Client, social: &Social) -> Result<Self, RedirectError> {
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
        for name in ["state", "nonce"] {
            if form.value(name).is_some_and(|value| value.len() > MAX_STATE) {
                return invalid("state and nonce have at most 512 characters");
            }
        }
        check_challenge(form, client)?;
        let prompt = prompt(form)?;
        let scope = scope(form, prompt.consent)?;
        if form.value("createNewUser").is_some_and(|value| value != "false") {
            return invalid("createNewUser: this provider never creates users at a sign-in");
        }
        let name = form
            .value("acr_values")
            .unwrap_or_default()
            .split(' ')
            .filter_map(|acr| acr.strip_prefix("urn:transmit:")?.strip_suffix("_direct"))
            .find(|name| social.upstreams.contains_key(*name))
            .ok_or(UNMET)?;
        Ok(Self {
            name: name.to_owned(),
            scope,
            login_hint: form.value("login_hint").filter(|hint| hint.len() <= 254),
            ui_locales: form.value("ui_locales").filter(|locales| is_locales(locales)),
            anew: prompt.anew,
        })
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
        (Some(challenge), _) if !is_s256(challenge) => {
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

fn is_s256(challenge: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    challenge.len() == 43 && challenge.bytes().all(allowed)
}

fn is_locales(locales: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"- ".contains(&byte);
    locales.len() <= 64 && locales.bytes().all(allowed)
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

/// The words that are known. A refresh token is given only where consent was asked for (OpenID
/// Connect Core 1.0, section 11).
fn scope(form: &OAuthForm, consents: bool) -> Result<String, RedirectError> {
    let words: Vec<&str> = form.value("scope").unwrap_or_default().split(' ').collect();
    if !words.contains(&"openid") {
        let description = "scope must include openid";
        return Err(RedirectError { error: "invalid_scope", description });
    }
    let granted = ["openid", "email", "phone", "offline_access"];
    let granted = granted
        .into_iter()
        .filter(|word| words.contains(word) && (consents || *word != "offline_access"));
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
        let of = |query, consents| scope(&form(query), consents).map_err(|error| error.error);
        let query = "scope=openid+offline_access+email+other";
        assert_eq!(of(query, false).as_deref(), Ok("openid email"));
        assert_eq!(of(query, true).as_deref(), Ok("openid email offline_access"));
        assert_eq!(of("scope=email", true), Err("invalid_scope"));
        assert_eq!(of("scope=openidx", true), Err("invalid_scope"));
    }
}

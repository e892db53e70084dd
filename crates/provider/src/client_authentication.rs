//! Who calls the token, backchannel, introspection and revocation endpoints: `client_secret_basic`,
//! `client_secret_post` (RFC 6749, section 2.3.1) and `private_key_jwt` (RFC 7523), never two at once.
//! A client without a secret names itself only, where PKCE stands in for it.

mod assertion;

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) use self::assertion::ALGORITHM_NAMES;
use super::ProviderState;
use super::answer::EndpointError;
use super::clients::{Client, ClientLookup, Pkce};
use super::form::OAuthForm;

/// A client, and whether it has proved to be that client.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) client: Arc<Client>,
    /// False for a client that may exchange codes by PKCE alone and has shown no credential.
    pub(crate) is_authenticated: bool,
}

impl Caller {
    /// The client, where it has shown a credential.
    pub(crate) fn authenticated(self) -> Result<Arc<Client>, EndpointError> {
        if self.is_authenticated { Ok(self.client) } else { Err(EndpointError::invalid_client()) }
    }
}

/// Authenticates the client of a request.
pub(crate) async fn authenticate(
    state: &ProviderState,
    headers: &HeaderMap,
    form: &OAuthForm,
) -> Result<Arc<Client>, EndpointError> {
    identify(state, headers, form, ClientLookup::Current).await?.authenticated()
}

/// As [`authenticate`], but lets a client pass that exchanges codes by PKCE instead of a credential.
pub(crate) async fn identify(
    state: &ProviderState,
    headers: &HeaderMap,
    form: &OAuthForm,
    lookup: ClientLookup,
) -> Result<Caller, EndpointError> {
    let unknown = EndpointError::invalid_client;
    let basic = basic(headers)?;
    let posted = form.value("client_secret");
    let assertion = form.value("client_assertion");
    let ways = [basic.is_some(), posted.is_some(), assertion.is_some()];
    if ways.into_iter().filter(|used| *used).count() > 1 {
        return Err(ambiguous());
    }
    if let Some(assertion) = assertion {
        let client = assertion::verify(state, form, assertion).await?;
        return Ok(Caller { client, is_authenticated: true });
    }
    let named = form.value("client_id");
    if let Some(basic) = basic {
        let client = by_basic(state, &basic, named, lookup).await?;
        return Ok(Caller { client, is_authenticated: true });
    }
    let client = state.look_up(named.ok_or_else(unknown)?, lookup).await?.ok_or_else(unknown)?;
    match posted {
        Some(secret) if client.has_secret(secret) => Ok(Caller { client, is_authenticated: true }),
        None if client.settings.pkce == Pkce::EnforcePkceInsteadOfClientCredentials => {
            Ok(Caller { client, is_authenticated: false })
        }
        Some(_) | None => Err(unknown()),
    }
}

fn ambiguous() -> EndpointError {
    EndpointError::oauth("invalid_request", "exactly one way to authenticate is expected")
}

/// Identifier and secret of a Basic header, in both ways to read them.
#[derive(Debug, PartialEq, Eq)]
struct Basic {
    /// Both are form-encoded in it (RFC 6749, section 2.3.1).
    decoded: (String, String),
    /// As HTTP itself has it (RFC 7617): what curl and many libraries send.
    raw: (String, String),
}

/// The client of a Basic header. A secret with `+` or `%` in it has two spellings, and no header says
/// which of them it is.
async fn by_basic(
    state: &ProviderState,
    basic: &Basic,
    named: Option<&str>,
    lookup: ClientLookup,
) -> Result<Arc<Client>, EndpointError> {
    let Basic { decoded, raw } = basic;
    if named.is_some_and(|named| named != decoded.0 && named != raw.0) {
        return Err(ambiguous());
    }
    let client = match state.look_up(&decoded.0, lookup).await? {
        None if raw.0 != decoded.0 => state.look_up(&raw.0, lookup).await?,
        found => found,
    };
    let client = client.ok_or_else(EndpointError::invalid_client)?;
    // Always both, so that the time does not tell which spelling is right.
    let is_right = client.has_secret(&decoded.1) | client.has_secret(&raw.1);
    if is_right { Ok(client) } else { Err(EndpointError::invalid_client()) }
}

fn basic(headers: &HeaderMap) -> Result<Option<Basic>, EndpointError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ambiguous());
    }
    let read = || {
        let (scheme, credentials) = value.to_str().ok()?.split_once(' ')?;
        let bytes = STANDARD.decode(credentials.trim()).ok()?;
        let text =
            String::from_utf8(bytes).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let (client_id, secret) = text.split_once(':')?;
        let decoded = (form_decoded(client_id), form_decoded(secret));
        // PostgreSQL takes no text with U+0000, not even to compare with.
        let has_nul = [&decoded.0, client_id].iter().any(|name| name.contains('\0'));
        let raw = (client_id.to_owned(), secret.to_owned());
        (!has_nul).then_some(Basic { decoded, raw })
    };
    read().map(Some).ok_or_else(EndpointError::invalid_client)
}

fn form_decoded(text: &str) -> String {
    // Read as the name of a pair without a value; a raw `&` or `=` is no separator here.
    let text = text.replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(text.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> HeaderMap {
        let value = format!("Basic {}", STANDARD.encode(text));
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    #[test]
    fn basic_credentials_are_read_in_both_ways() {
        let read = basic(&header("a%2Eb:s%3Ae+c=&d")).unwrap().unwrap();
        assert_eq!(read.decoded, ("a.b".into(), "s:e c=&d".into()));
        assert_eq!(read.raw, ("a%2Eb".into(), "s%3Ae+c=&d".into()));
    }

    #[test]
    fn a_header_that_is_not_basic_is_no_credential() {
        assert!(matches!(basic(&HeaderMap::new()), Ok(None)));
        let bearer = HeaderMap::from_iter([(AUTHORIZATION, "Bearer x".parse().unwrap())]);
        assert!(basic(&bearer).is_err());
        assert!(basic(&header("no colon")).is_err());
    }
}

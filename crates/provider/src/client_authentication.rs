//! Who calls the token, backchannel, introspection and revocation endpoints: `client_secret_basic`,
//! `client_secret_post` (RFC 6749, section 2.3.1) and `private_key_jwt` (RFC 7523), never two at once.
//! A client without a secret names itself only, where PKCE stands in for it.

mod assertion;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) use self::assertion::ALGORITHM_NAMES;
use super::ProviderState;
use super::answer::{self, OAuthError};
use super::clients::{self, Client, ClientError, Pkce};
use super::form::OAuthForm;
use platform::storage::StorageError;

/// A client, and whether it has proved to be that client.
#[derive(Debug)]
pub struct Caller {
    /// The client.
    pub client: Client,
    /// False for a client that may exchange codes by PKCE alone and has shown no credential.
    pub is_authenticated: bool,
}

/// A client was not authenticated.
#[derive(Debug, thiserror::Error)]
pub enum ClientAuthenticationError {
    /// Unknown, or with a wrong, missing or used credential.
    #[error("authenticate a client: its credential is missing or wrong")]
    Failed,
    /// More than one credential, or two different identifiers.
    #[error("authenticate a client: more than one way was used")]
    Ambiguous,
    /// The client cannot be read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IntoResponse for ClientAuthenticationError {
    fn into_response(self) -> Response {
        match &self {
            Self::Failed => OAuthError {
                status: StatusCode::UNAUTHORIZED,
                ..OAuthError::new("invalid_client", "client authentication failed")
            }
            .into_response(),
            Self::Ambiguous => {
                OAuthError::new("invalid_request", "exactly one way to authenticate is expected")
                    .into_response()
            }
            Self::Client(_) | Self::Storage(_) => answer::failure(&self),
        }
    }
}

/// Authenticates the client of a request.
///
/// # Errors
///
/// [`ClientAuthenticationError`]
pub async fn authenticate(
    state: &ProviderState,
    headers: &HeaderMap,
    form: &OAuthForm,
) -> Result<Client, ClientAuthenticationError> {
    let caller = identify(state, headers, form).await?;
    if caller.is_authenticated { Ok(caller.client) } else { Err(ClientAuthenticationError::Failed) }
}

/// As [`authenticate`], but lets a client pass that exchanges codes by PKCE instead of a credential.
///
/// # Errors
///
/// [`ClientAuthenticationError`]
pub async fn identify(
    state: &ProviderState,
    headers: &HeaderMap,
    form: &OAuthForm,
) -> Result<Caller, ClientAuthenticationError> {
    use ClientAuthenticationError::{Ambiguous, Failed};
    let basic = basic(headers)?;
    let posted = form.value("client_secret");
    let assertion = form.value("client_assertion");
    let ways = [basic.is_some(), posted.is_some(), assertion.is_some()];
    if ways.into_iter().filter(|used| *used).count() > 1 {
        return Err(Ambiguous);
    }
    if let Some(assertion) = assertion {
        let client = assertion::verify(state, form, assertion).await?;
        return Ok(Caller { client, is_authenticated: true });
    }
    let named = form.value("client_id");
    if let Some(basic) = basic {
        let client = by_basic(state, &basic, named).await?;
        return Ok(Caller { client, is_authenticated: true });
    }
    let client_id = named.ok_or(Failed)?;
    let client = clients::find(&state.storage, &state.sealer, client_id).await?.ok_or(Failed)?;
    match posted {
        Some(secret) if client.has_secret(secret) => Ok(Caller { client, is_authenticated: true }),
        None if client.settings.pkce == Pkce::EnforcePkceInsteadOfClientCredentials => {
            Ok(Caller { client, is_authenticated: false })
        }
        Some(_) | None => Err(Failed),
    }
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
) -> Result<Client, ClientAuthenticationError> {
    use ClientAuthenticationError::{Ambiguous, Failed};
    let Basic { decoded, raw } = basic;
    if named.is_some_and(|named| named != decoded.0 && named != raw.0) {
        return Err(Ambiguous);
    }
    let find = |client_id| clients::find(&state.storage, &state.sealer, client_id);
    let client = match find(&decoded.0).await? {
        None if raw.0 != decoded.0 => find(&raw.0).await?,
        found => found,
    };
    let client = client.ok_or(Failed)?;
    // Both are always compared: the time tells nothing of the spelling either.
    let is_right = client.has_secret(&decoded.1) | client.has_secret(&raw.1);
    if is_right { Ok(client) } else { Err(Failed) }
}

fn basic(headers: &HeaderMap) -> Result<Option<Basic>, ClientAuthenticationError> {
    use ClientAuthenticationError::{Ambiguous, Failed};
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Ambiguous);
    }
    let (scheme, credentials) =
        value.to_str().map_err(|_| Failed)?.split_once(' ').ok_or(Failed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Failed);
    }
    let bytes = STANDARD.decode(credentials.trim()).map_err(|_| Failed)?;
    let text = String::from_utf8(bytes).map_err(|_| Failed)?;
    let (client_id, secret) = text.split_once(':').ok_or(Failed)?;
    let decoded = (form_decoded(client_id), form_decoded(secret));
    // No client has one, and PostgreSQL keeps no such text to compare with.
    if [&decoded.0, client_id].iter().any(|name| name.contains('\0')) {
        return Err(Failed);
    }
    Ok(Some(Basic { decoded, raw: (client_id.to_owned(), secret.to_owned()) }))
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
        assert!(matches!(basic(&bearer), Err(ClientAuthenticationError::Failed)));
        assert!(matches!(basic(&header("no colon")), Err(ClientAuthenticationError::Failed)));
    }
}

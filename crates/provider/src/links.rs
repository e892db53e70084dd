//! Links by mail: `POST /v1/auth/link/email/send` and `…/authenticate` (docs/transmit-api.md, 8.1).
//!
//! The link in the mail is the client's own `redirect_uri` with `code` and `state`, and never leads
//! through the provider: there is nothing here that a `GET`, a `HEAD` or a mail scanner could
//! spend. The code is good until the client hands it in.

mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::ProviderState;
use super::answer::{self, Stringly};
use super::bearer::ClientToken;
use super::contact::Email;
use super::delivery::{SendError, sending_limit};
use super::email_content::{Credential, EmailContent};
use super::identifier::Identifier;
use super::json::{JsonBody, JsonError};
use super::tokens::{self, Amr, Authenticated, IssueError, TokenAnswer};
use super::users;
use ciba::link::unbroken;
use platform::ids::NoEntropy;
use platform::storage::StorageError;

use rows::{NewLink, Spent, Tried};

/// Minutes that a link is good where the caller names none. Transmit's default is not published.
const DEFAULT_MINUTES: u32 = 10;

/// The most minutes that a caller may name.
const MAX_MINUTES: u32 = 60;

/// The longest `state` that is carried.
const MAX_STATE: usize = 512;

/// The body of `send`. Members that the embedded provider has no use for are tolerated.
#[derive(Deserialize)]
pub struct SendBody {
    email: Option<String>,
    identifier: Option<String>,
    identifier_type: Option<String>,
    redirect_uri: String,
    state: Option<String>,
    email_expiration: Option<u32>,
    #[serde(default)]
    channel: LinkChannel,
    email_content: Option<EmailContent>,
    device_id: Option<String>,
    #[serde(default)]
    generate_request_id: bool,
}

/// Who delivers the link.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LinkChannel {
    /// The provider, by mail.
    #[default]
    Email,
    /// The caller.
    Direct,
}

/// The answer of `send`.
#[derive(Serialize)]
pub struct Sent {
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// `direct` only; what Transmit returns there is not documented for links, and is `code` for
    /// one-time codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// `direct` only; inferred as `code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// A link was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendLinkError {
    /// The body is not what it should be.
    #[error("send a link: {0}")]
    Malformed(String),
    /// The address is not among the client's, character for character.
    #[error("send a link: redirect_uri is not allowed")]
    RedirectUri,
    /// There is no such user; none is ever created.
    #[error("send a link: there is no such user")]
    UserNotFound,
    /// The user has no address to send it to.
    #[error("send a link: the user has no e-mail address")]
    EmailMissing,
    /// The user is disabled.
    #[error("send a link: the user is not active")]
    UserNotActive,
    /// This person was, or this client has, sent too many within the minute.
    #[error("send a link: too many within a minute")]
    TooMany,
    /// The mail did not get out.
    #[error("send a link")]
    Delivery(#[from] SendError),
    /// The database failed.
    #[error("send a link")]
    Storage(#[from] StorageError),
    /// The machine gave no randomness.
    #[error("send a link")]
    Entropy(#[from] NoEntropy),
}

impl IntoResponse for SendLinkError {
    fn into_response(self) -> Response {
        let (status, message) = match &self {
            Self::Malformed(message) => (StatusCode::BAD_REQUEST, message.clone()),
            Self::RedirectUri => (StatusCode::BAD_REQUEST, "redirect_uri is not allowed".into()),
            Self::UserNotFound => (StatusCode::NOT_FOUND, "User not found".into()),
            Self::EmailMissing => (StatusCode::NOT_FOUND, "User email address missing".into()),
            Self::UserNotActive => (StatusCode::FORBIDDEN, "User is not active".into()),
            // Transmit's `linksPerUser`; its answer is not documented.
            Self::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many links within a minute; try again later".into(),
            ),
            Self::Delivery(SendError::NotConfigured(_)) => {
                (StatusCode::BAD_REQUEST, "External provider configuration error".into())
            }
            // Not documented. A server error would be asked again.
            Self::Delivery(error) if error.is_refusal() => {
                (StatusCode::BAD_REQUEST, "The email was refused".into())
            }
            Self::Delivery(_) | Self::Storage(_) | Self::Entropy(_) => {
                return answer::failure(&self);
            }
        };
        Stringly::new(status, message).into_response()
    }
}

/// `POST /v1/auth/link/email/send`
///
/// # Errors
///
/// [`SendLinkError`]
pub async fn send(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<SendBody>, JsonError>,
) -> Result<Json<Sent>, SendLinkError> {
    let JsonBody(body) = body.map_err(|error| SendLinkError::Malformed(error.body_text()))?;
    if !state.settings.brand.sends_links && body.channel == LinkChannel::Email {
        return Err(SendLinkError::Malformed("customers are sent no links here".to_owned()));
    }
    let (identifier, minutes) = check(&body)?;
    if !client.has_redirect_uri(&body.redirect_uri) {
        return Err(SendLinkError::RedirectUri);
    }
    let user = identifier.find(&state.storage).await?.ok_or(SendLinkError::UserNotFound)?;
    if !user.is_enabled() {
        return Err(SendLinkError::UserNotActive);
    }
    let email = user.email.as_ref().ok_or(SendLinkError::EmailMissing)?;
    let now = state.ambient.clock.unix();
    if !sending_limit::take(&state.storage, "link", &client.client_id, &user.user_id, now).await? {
        return Err(SendLinkError::TooMany);
    }
    let entropy = state.ambient.entropy.as_ref();
    let code = entropy.token::<32>()?;
    let request_id = body.generate_request_id.then(|| entropy.token::<16>()).transpose()?;
    let by_mail = body.channel == LinkChannel::Email;
    let new = NewLink {
        code: &code,
        user_id: &user.user_id,
        client_id: &client.client_id,
        request_id: request_id.as_deref(),
        // Whoever uses a link that came by mail has the mailbox; the caller's own delivery proves
        // none.
        email: by_mail.then(|| email.as_str()),
        expires_at: now + i64::from(minutes) * 60,
    };
    rows::keep(&state.storage, &new, now).await?;
    let link = unbroken(link(&body.redirect_uri, &code, body.state.as_deref())?.as_str());
    if by_mail {
        let brand = &state.settings.brand;
        let content = body.email_content.unwrap_or_else(|| EmailContent::of_link(brand, minutes));
        let mail = content.compose(email.as_str(), Credential::Link(link.as_str()));
        state.messenger.send(mail.good_until(new.expires_at)).await?;
    }
    Ok(Json(Sent {
        message: "Email sent successfully",
        request_id,
        code: (!by_mail).then_some(code),
        link: (!by_mail).then_some(link),
    }))
}

fn check(body: &SendBody) -> Result<(Identifier, u32), SendLinkError> {
    let malformed = |message: &str| SendLinkError::Malformed(message.to_owned());
    let identifier = match (&body.email, &body.identifier, &body.identifier_type) {
        (Some(email), None, None) => Identifier::parse("email", email),
        (None, Some(text), Some(kind)) => Identifier::parse(kind, text),
        _ => return Err(malformed("email, or identifier and identifier_type, must be given")),
    };
    let identifier = identifier.map_err(|error| SendLinkError::Malformed(error.to_string()))?;
    let minutes = body.email_expiration.unwrap_or(DEFAULT_MINUTES);
    if !(1..=MAX_MINUTES).contains(&minutes) {
        return Err(malformed("email_expiration must be between 1 and 60 minutes"));
    }
    if body.state.as_ref().is_some_and(|state| state.len() > MAX_STATE) {
        return Err(malformed("state must be at most 512 characters"));
    }
    if body.device_id.as_ref().is_some_and(|id| id.chars().count() > 80) {
        return Err(malformed("device_id must be at most 80 characters"));
    }
    Ok((identifier, minutes))
}

/// The client's address with the code and, where the caller gave one, the state. A query that it
/// already has stays.
fn link(redirect_uri: &str, code: &str, state: Option<&str>) -> Result<Url, SendLinkError> {
    let mut link = Url::parse(redirect_uri).map_err(|_| SendLinkError::RedirectUri)?;
    link.query_pairs_mut().append_pair("code", code);
    if let Some(state) = state {
        link.query_pairs_mut().append_pair("state", state);
    }
    Ok(link)
}

/// The body of `authenticate`. `claims`, `resource`, `org_id` and `client_attributes` are
/// tolerated: a back-end sign-in's tokens hold e-mail and phone anyway.
#[derive(Deserialize)]
pub struct AuthenticateBody {
    code: String,
    request_id: Option<String>,
    session_id: Option<Value>,
}

/// A link did not sign anybody in.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The body is not what it should be.
    #[error("sign in by a link: {0}")]
    Malformed(String),
    /// Unknown, used, run out, another client's, or without the request that it was made for.
    #[error("sign in by a link: the code is not good")]
    Code,
    /// The caller names a session to continue, and a sign-in here always starts its own.
    #[error("sign in by a link: there is no such session")]
    Session,
    /// The user is gone.
    #[error("sign in by a link: the user is gone")]
    UserNotFound,
    /// The user was disabled since the link was sent.
    #[error("sign in by a link: the user is not active")]
    UserNotActive,
    /// The tokens could not be issued.
    #[error("sign in by a link")]
    Issue(#[source] IssueError),
    /// The database failed.
    #[error("sign in by a link")]
    Storage(#[from] StorageError),
}

impl From<IssueError> for LinkError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::UserNotActive => Self::UserNotActive,
            error => Self::Issue(error),
        }
    }
}

impl IntoResponse for LinkError {
    fn into_response(self) -> Response {
        let (status, message) = match &self {
            Self::Malformed(message) => (StatusCode::BAD_REQUEST, message.as_str()),
            Self::Code => (StatusCode::BAD_REQUEST, "Invalid magic link code"),
            Self::Session => (StatusCode::BAD_REQUEST, "Session not found"),
            Self::UserNotFound => (StatusCode::BAD_REQUEST, "User not found"),
            Self::UserNotActive => (StatusCode::FORBIDDEN, "User is not active"),
            Self::Issue(_) | Self::Storage(_) => return answer::failure(&self),
        };
        Stringly::new(status, message).into_response()
    }
}

/// `POST /v1/auth/link/email/authenticate`
///
/// # Errors
///
/// [`LinkError`]
pub async fn authenticate(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<AuthenticateBody>, JsonError>,
) -> Result<Json<TokenAnswer>, LinkError> {
    let JsonBody(body) = body.map_err(|error| LinkError::Malformed(error.body_text()))?;
    if body.session_id.is_some_and(|id| !id.is_null()) {
        return Err(LinkError::Session);
    }
    let now = state.ambient.clock.unix();
    let tried = Tried {
        code: &body.code,
        client_id: &client.client_id,
        request_id: body.request_id.as_deref(),
    };
    let Spent { user_id, email } =
        rows::consume(&state.storage, tried, now).await?.ok_or(LinkError::Code)?;
    if let Some(email) = email.and_then(|email| Email::parse(&email).ok()) {
        users::verify_email(&state.storage, &user_id, &email, now).await?;
    }
    let user = users::find(&state.storage, &user_id).await?.ok_or(LinkError::UserNotFound)?;
    let authenticated = Authenticated::by(&[Amr::Eml], now);
    Ok(Json(tokens::issue(&state, &user, &client, &authenticated).await?))
}

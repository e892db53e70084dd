//! Links by mail: `POST /v1/auth/link/email/send` and `…/authenticate` (docs/transmit-api.md, 8.1).
//!
//! The link in the mail is the client's own `redirect_uri` with `code` and `state`, and never leads
//! through the provider: there is nothing here that a `GET`, a `HEAD` or a mail scanner could
//! spend. The code is good until the client hands it in.

mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::ProviderState;
use super::answer::EndpointError;
use super::bearer::ClientToken;
use super::contact::Email;
use super::email_content::{MailContent, MailCredential};
use super::identifier::Identifier;
use super::json::{InvalidBody, JsonBody};
use super::tokens::{self, Amr, AuthenticatedUser, TokenAnswer};
use super::users;
use ciba::link::unbroken;
use messages::delivery::{SendError, sending_limit};

use rows::{NewLink, SpentLink, TriedLink};

/// Minutes that a link is good where the caller names none. Transmit's default is not published.
const DEFAULT_MINUTES: u32 = 10;

/// The most minutes that a caller may name.
const MAX_MINUTES: u32 = 60;

/// The longest `state` that is carried.
const MAX_STATE: usize = 512;

/// The body of `send`. Members that the embedded provider has no use for are tolerated.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SendLink {
    email: Option<String>,
    identifier: Option<String>,
    identifier_type: Option<String>,
    redirect_uri: String,
    state: Option<String>,
    email_expiration: Option<u32>,
    #[serde(default)]
    channel: LinkChannel,
    email_content: Option<MailContent>,
    device_id: Option<String>,
    #[serde(default)]
    generate_request_id: bool,
}

/// Who delivers the link.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum LinkChannel {
    /// The provider, by mail.
    #[default]
    Email,
    /// The caller.
    Direct,
}

/// The answer of `send`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LinkSent {
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

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> EndpointError {
    EndpointError::stringly(StatusCode::BAD_REQUEST, message)
}

fn not_active() -> EndpointError {
    EndpointError::stringly(StatusCode::FORBIDDEN, "User is not active")
}

/// `POST /v1/auth/link/email/send`
pub(crate) async fn send(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<SendLink>, InvalidBody>,
) -> Result<Json<LinkSent>, EndpointError> {
    let JsonBody(body) = body.map_err(|error| malformed(error.text))?;
    if !state.settings.brand.sends_links && body.channel == LinkChannel::Email {
        return Err(malformed("customers are sent no links here"));
    }
    let (identifier, minutes) = check(&body)?;
    if !client.has_redirect_uri(&body.redirect_uri) {
        return Err(malformed("redirect_uri is not allowed"));
    }
    let not_found = |message| EndpointError::stringly(StatusCode::NOT_FOUND, message);
    let user = identifier.find(&state.storage).await?;
    let user = user.ok_or_else(|| not_found("User not found"))?;
    if !user.is_enabled() {
        return Err(not_active());
    }
    let email = user.email.as_ref().ok_or_else(|| not_found("User email address missing"))?;
    let now = state.ambient.clock.unix();
    if !sending_limit::take(&state.storage, "link", &client.client_id, &user.user_id, now).await? {
        // Transmit's `linksPerUser`; its answer is not documented.
        let message = "Too many links within a minute; try again later";
        return Err(EndpointError::stringly(StatusCode::TOO_MANY_REQUESTS, message));
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
        let content = body.email_content.unwrap_or_else(|| MailContent::of_link(brand, minutes));
        let mail = content.compose(email.as_str(), MailCredential::Link(link.as_str()));
        state.messenger.send(mail.good_until(new.expires_at)).await.map_err(
            |error| match error {
                SendError::NotConfigured(_) => malformed("External provider configuration error"),
                // Not documented. A server error would be asked again.
                error if error.is_refusal() => malformed("The email was refused"),
                error => EndpointError::internal(&error),
            },
        )?;
    }
    Ok(Json(LinkSent {
        message: "Email sent successfully",
        request_id,
        code: (!by_mail).then_some(code),
        link: (!by_mail).then_some(link),
    }))
}

fn check(body: &SendLink) -> Result<(Identifier, u32), EndpointError> {
    let identifier = match (&body.email, &body.identifier, &body.identifier_type) {
        (Some(email), None, None) => Identifier::parse("email", email),
        (None, Some(text), Some(kind)) => Identifier::parse(kind, text),
        _ => return Err(malformed("email, or identifier and identifier_type, must be given")),
    };
    let identifier = identifier.map_err(|error| malformed(error.to_string()))?;
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
fn link(redirect_uri: &str, code: &str, state: Option<&str>) -> Result<Url, EndpointError> {
    let link = Url::parse(redirect_uri);
    let mut link = link.map_err(|_| malformed("redirect_uri is not allowed"))?;
    link.query_pairs_mut().append_pair("code", code);
    if let Some(state) = state {
        link.query_pairs_mut().append_pair("state", state);
    }
    Ok(link)
}

/// The body of `authenticate`. `claims`, `resource`, `org_id` and `client_attributes` are
/// tolerated: a back-end sign-in's tokens hold e-mail and phone anyway.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct LinkSignIn {
    code: String,
    request_id: Option<String>,
    session_id: Option<Value>,
}

/// `POST /v1/auth/link/email/authenticate`
pub(crate) async fn authenticate(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<LinkSignIn>, InvalidBody>,
) -> Result<Json<TokenAnswer>, EndpointError> {
    let JsonBody(body) = body.map_err(|error| malformed(error.text))?;
    // A sign-in here always starts its own session.
    if body.session_id.is_some_and(|id| !id.is_null()) {
        return Err(malformed("Session not found"));
    }
    let now = state.ambient.clock.unix();
    let tried = TriedLink {
        code: &body.code,
        client_id: &client.client_id,
        request_id: body.request_id.as_deref(),
    };
    let spent = rows::consume(&state.storage, tried, now).await?;
    let SpentLink { user_id, email } = spent.ok_or_else(|| malformed("Invalid magic link code"))?;
    if let Some(email) = email.and_then(|email| Email::parse(&email).ok()) {
        users::verify_email(&state.storage, &user_id, &email, now).await?;
    }
    let user = users::find(&state.storage, &user_id).await?;
    let user = user.ok_or_else(|| malformed("User not found"))?;
    let authenticated = AuthenticatedUser::by(&[Amr::Eml], now);
    let answer = tokens::issue(&state, &user, &client, &authenticated).await?;
    answer.map(Json).ok_or_else(not_active)
}

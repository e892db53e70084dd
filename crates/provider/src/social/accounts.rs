//! `/v1/users/{id}/social-accounts`: which accounts elsewhere belong to a user.
//!
//! This provider's own, since Transmit documents no such call. It is for issuers that vouch for no
//! e-mail address, Facebook and LINE among them: the customer signs in there on a page of the
//! client's own, within a session that was proved another way, and the client says so here.
//!
//! # Security
//!
//! All of them need a client's token. An account never changes hands by them: one that belongs to
//! somebody has to be taken away first. What was taken away stays away until it is linked here again:
//! the next sign-in with the same address does not bring it back.

use axum::Json;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::links::{self, Link};
use super::upstream::UpstreamError;
use super::{Social, page};
use crate::ProviderState;
use crate::answer::{self, Refusal, Wrapped};
use crate::bearer::{BearerError, ClientToken};
use crate::json::{JsonBody, JsonError};
use crate::{timestamp, users};
use platform::storage::StorageError;

/// The most bytes of an account's identifier (OpenID Connect Core 1.0, section 2).
const MAX_SUB: usize = 255;

impl FromRef<Social> for ProviderState {
    fn from_ref(social: &Social) -> Self {
        social.provider.clone()
    }
}

/// An account was not linked, listed or taken away.
#[derive(Debug, thiserror::Error)]
pub(super) enum AccountError {
    /// There is no good client's token.
    #[error(transparent)]
    Bearer(#[from] BearerError),
    /// The body is not of the expected shape.
    #[error(transparent)]
    Body(#[from] JsonError),
    /// The account's identifier is none.
    #[error("link an account: its identifier is empty or too long")]
    Sub,
    /// There is no such user.
    #[error("find a user: there is none")]
    NoUser,
    /// There is no such identity provider, or the user has no account there.
    #[error("find an account: there is none")]
    NoAccount,
    /// The account is somebody else's, or the user has another one there.
    #[error("link an account: it is taken, or the user has another one at its issuer")]
    Taken,
    /// The issuer's name is not known, since its discovery document cannot be read.
    #[error("find out an issuer's name")]
    Upstream(#[source] UpstreamError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IntoResponse for AccountError {
    fn into_response(self) -> Response {
        let refuse = |status, message: &str| Refusal::new(status, message).into_response();
        match self {
            Self::Bearer(error) => error.into_response(),
            Self::Body(error) => error.into_response(),
            Self::Sub => {
                Refusal::malformed(vec!["sub must have 1 to 255 characters".into()]).into_response()
            }
            Self::NoUser => refuse(StatusCode::NOT_FOUND, "User not found"),
            Self::NoAccount => refuse(StatusCode::NOT_FOUND, "Account not found"),
            Self::Taken => refuse(
                StatusCode::CONFLICT,
                "The account is another user's, or this user has another account there",
            ),
            Self::Upstream(error) => {
                page::log(&error, "-");
                refuse(StatusCode::SERVICE_UNAVAILABLE, "The identity provider does not answer")
            }
            Self::Storage(_) => answer::failure(&self),
        }
    }
}

#[derive(Serialize)]
struct AccountAnswer {
    iss: String,
    sub: String,
    created_at: String,
}

impl From<Link> for AccountAnswer {
    fn from(link: Link) -> Self {
        Self { iss: link.iss, sub: link.sub, created_at: timestamp(link.created_at) }
    }
}

type Token = Result<ClientToken, BearerError>;

/// `GET /v1/users/{id}/social-accounts`.
pub(super) async fn list(
    State(social): State<Social>,
    token: Token,
    Path(user_id): Path<String>,
) -> Result<Response, AccountError> {
    token?;
    proven(&social, &user_id).await?;
    let links = links::of_user(&social.provider.storage, &user_id).await?;
    let result: Vec<AccountAnswer> = links.into_iter().map(AccountAnswer::from).collect();
    Ok((answer::no_store(), Json(Wrapped { result })).into_response())
}

/// The body of a link.
#[derive(Debug, Deserialize)]
pub(super) struct NewAccount {
    /// The issuer's identifier of the person.
    sub: String,
}

/// `PUT /v1/users/{id}/social-accounts/{name}`, with the identity provider's name in `[upstream]`.
/// Linking the same account again changes nothing.
pub(super) async fn link(
    State(social): State<Social>,
    token: Token,
    Path((user_id, name)): Path<(String, String)>,
    body: Result<JsonBody<NewAccount>, JsonError>,
) -> Result<Response, AccountError> {
    token?;
    let JsonBody(NewAccount { sub }) = body?;
    if sub.is_empty() || sub.len() > MAX_SUB || sub.chars().any(char::is_control) {
        return Err(AccountError::Sub);
    }
    proven(&social, &user_id).await?;
    let iss = issuer(&social, &name).await?;
    if !links::link(&social.provider, &iss, &sub, &user_id).await? {
        return Err(AccountError::Taken);
    }
    Ok((StatusCode::NO_CONTENT, answer::no_store()).into_response())
}

/// `DELETE /v1/users/{id}/social-accounts/{name}`, with the identity provider's name in `[upstream]`,
/// or with the `iss` under which the account is filed: so an account stays removable when its
/// identity provider is configured no more, or does not answer.
pub(super) async fn unlink(
    State(social): State<Social>,
    token: Token,
    Path((user_id, name)): Path<(String, String)>,
) -> Result<Response, AccountError> {
    token?;
    let iss = if name.contains(':') { name } else { issuer(&social, &name).await? };
    let now = social.provider.ambient.clock.unix();
    if !links::unlink(&social.provider.storage, &iss, &user_id, now).await? {
        return Err(AccountError::NoAccount);
    }
    Ok((StatusCode::NO_CONTENT, answer::no_store()).into_response())
}

async fn proven(social: &Social, user_id: &str) -> Result<(), AccountError> {
    users::find(&social.provider.storage, user_id).await?.map(|_| ()).ok_or(AccountError::NoUser)
}

async fn issuer(social: &Social, name: &str) -> Result<String, AccountError> {
    let upstream = social.upstreams.get(name).ok_or(AccountError::NoAccount)?;
    upstream.issuer().await.map_err(AccountError::Upstream)
}

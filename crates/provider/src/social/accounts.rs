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
use axum::extract::{Path, State};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::links::{self, LinkedAccount};
use super::page;
use super::state::Social;
use crate::answer::{EndpointError, NoContent, Wrapped};
use crate::bearer::ClientToken;
use crate::json::JsonBody;
use crate::timestamp::timestamp;
use crate::users;
use crate::users::endpoints::not_found as user_not_found;
use platform::causes::Causes;

/// The most bytes of an account's identifier (OpenID Connect Core 1.0, section 2).
const MAX_SUB: usize = 255;

fn no_account() -> EndpointError {
    EndpointError::general(StatusCode::NOT_FOUND, "Account not found")
}

/// An account as it is listed.
#[derive(Serialize, JsonSchema)]
pub(super) struct AccountAnswer {
    iss: String,
    sub: String,
    created_at: String,
}

impl From<LinkedAccount> for AccountAnswer {
    fn from(link: LinkedAccount) -> Self {
        Self { iss: link.iss, sub: link.sub, created_at: timestamp(link.created_at) }
    }
}

/// `GET /v1/users/{id}/social-accounts`.
pub(super) async fn list(
    State(social): State<Social>,
    _: ClientToken,
    Path(user_id): Path<String>,
) -> Result<Json<Wrapped<Vec<AccountAnswer>>>, EndpointError> {
    proven(&social, &user_id).await?;
    let links = links::of_user(&social.provider.storage, &user_id).await?;
    Ok(Json(Wrapped { result: links.into_iter().map(AccountAnswer::from).collect() }))
}

/// The body of a link.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewAccount {
    /// The issuer's identifier of the person.
    sub: String,
}

/// `PUT /v1/users/{id}/social-accounts/{name}`, with the identity provider's name in `[upstream]`.
/// Linking the same account again changes nothing.
pub(super) async fn link(
    State(social): State<Social>,
    _: ClientToken,
    Path((user_id, name)): Path<(String, String)>,
    JsonBody(NewAccount { sub }): JsonBody<NewAccount>,
) -> Result<NoContent, EndpointError> {
    if sub.is_empty() || sub.len() > MAX_SUB || sub.chars().any(char::is_control) {
        let faults = vec!["sub must have 1 to 255 characters".into()];
        return Err(EndpointError::faults(StatusCode::BAD_REQUEST, faults));
    }
    proven(&social, &user_id).await?;
    let iss = issuer(&social, &name).await?;
    if !links::link(&social.provider, &iss, &sub, &user_id).await? {
        let message = "The account is another user's, or this user has another account there";
        return Err(EndpointError::general(StatusCode::CONFLICT, message));
    }
    Ok(NoContent)
}

/// `DELETE /v1/users/{id}/social-accounts/{name}`, with the identity provider's name in `[upstream]`,
/// or with the `iss` under which the account is filed: so an account stays removable when its
/// identity provider is configured no more, or does not answer.
pub(super) async fn unlink(
    State(social): State<Social>,
    _: ClientToken,
    Path((user_id, name)): Path<(String, String)>,
) -> Result<NoContent, EndpointError> {
    let iss = if name.contains(':') { name } else { issuer(&social, &name).await? };
    let now = social.provider.ambient.clock.unix();
    if !links::unlink(&social.provider.storage, &iss, &user_id, now).await? {
        return Err(no_account());
    }
    Ok(NoContent)
}

async fn proven(social: &Social, user_id: &str) -> Result<(), EndpointError> {
    users::find(&social.provider.storage, user_id).await?.map(|_| ()).ok_or_else(user_not_found)
}

async fn issuer(social: &Social, name: &str) -> Result<String, EndpointError> {
    let upstream = social.upstreams.get(name).ok_or_else(no_account)?;
    upstream.issuer().await.map_err(|error| {
        page::log(&Causes(&error), name);
        let message = "The identity provider does not answer";
        EndpointError::general(StatusCode::SERVICE_UNAVAILABLE, message)
    })
}

//! `/v1/users` (docs/transmit-api.md, 13): create, read, verify an address or number, change the
//! status, delete.
//!
//! All of them need a client's token. `PUT /v1/users/{id}` with a `status` is this provider's own
//! way to disable somebody; Transmit's is in its portal and not among the documented calls.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::{Status, User};
use crate::ProviderState;
use crate::answer::{self, Refusal, Wrapped};
use crate::bearer::{BearerError, ClientToken};
use crate::contact::{Email, PhoneNumber};
use crate::json::{JsonBody, JsonError};
use crate::timestamp;
use platform::ids::NoEntropy;
use platform::storage::StorageError;

/// A user was not created, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is no good client's token.
    #[error(transparent)]
    Bearer(#[from] BearerError),
    /// The body is not of the expected shape.
    #[error(transparent)]
    Body(#[from] JsonError),
    /// There is neither an address nor a number.
    #[error("create a user: an email or a phone_number is needed")]
    NoContact,
    /// Somebody has the address or number already.
    #[error("create a user: the address or number is taken")]
    Taken,
    /// There is no such user, or the user has no such address or number.
    #[error("find a user: there is none")]
    NotFound,
    /// The machine gave no randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IntoResponse for UserError {
    fn into_response(self) -> Response {
        match self {
            Self::Bearer(error) => error.into_response(),
            Self::Body(error) => error.into_response(),
            Self::NoContact => {
                Refusal::malformed(vec!["email or phone_number must be given".into()])
                    .into_response()
            }
            Self::Taken => {
                Refusal::new(StatusCode::CONFLICT, "Another user has this email or phone number")
                    .into_response()
            }
            Self::NotFound => Refusal::new(StatusCode::NOT_FOUND, "User not found").into_response(),
            Self::Entropy(_) | Self::Storage(_) => answer::failure(&self),
        }
    }
}

#[derive(Serialize)]
struct UserAnswer<'a> {
    user_id: &'a str,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<EmailAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<PhoneNumberAnswer<'a>>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_auth: Option<String>,
}

#[derive(Serialize)]
struct EmailAnswer<'a> {
    value: &'a Email,
    email_verified: bool,
}

#[derive(Serialize)]
struct PhoneNumberAnswer<'a> {
    value: &'a PhoneNumber,
    phone_number_verified: bool,
}

fn shown(status: StatusCode, user: &User) -> Response {
    let result = UserAnswer {
        user_id: &user.user_id,
        status: user.status,
        email: user
            .email
            .as_ref()
            .map(|value| EmailAnswer { value, email_verified: user.email_verified }),
        phone_number: user.phone_number.as_ref().map(|value| PhoneNumberAnswer {
            value,
            phone_number_verified: user.phone_number_verified,
        }),
        created_at: timestamp(user.created_at),
        updated_at: timestamp(user.updated_at),
        last_auth: user.last_auth.map(timestamp),
    };
    (status, answer::no_store(), Json(Wrapped { result })).into_response()
}

/// The body of a creation; other documented members are tolerated and not kept.
#[derive(Debug, Deserialize)]
pub struct NewUser {
    email: Option<Email>,
    phone_number: Option<PhoneNumber>,
}

type Token = Result<ClientToken, BearerError>;

/// `POST /v1/users`: 201 with a pending user whose address and number are not verified.
///
/// # Errors
///
/// [`UserError`]
pub async fn create(
    State(state): State<ProviderState>,
    token: Token,
    body: Result<JsonBody<NewUser>, JsonError>,
) -> Result<Response, UserError> {
    token?;
    let JsonBody(NewUser { email, phone_number }) = body?;
    if email.is_none() && phone_number.is_none() {
        return Err(UserError::NoContact);
    }
    let now = state.ambient.clock.unix();
    let user = User {
        user_id: state.ambient.entropy.token::<12>()?,
        email,
        email_verified: false,
        phone_number,
        phone_number_verified: false,
        status: Status::Pending,
        created_at: now,
        updated_at: now,
        last_auth: None,
    };
    match super::create(&state.storage, &user).await {
        Err(error) if error.is_conflict() => return Err(UserError::Taken),
        created => created?,
    }
    Ok(shown(StatusCode::CREATED, &user))
}

/// `GET /v1/users/{id}`.
///
/// # Errors
///
/// [`UserError`]
pub async fn read(
    State(state): State<ProviderState>,
    token: Token,
    Path(user_id): Path<String>,
) -> Result<Response, UserError> {
    token?;
    let user = super::find(&state.storage, &user_id).await?.ok_or(UserError::NotFound)?;
    Ok(shown(StatusCode::OK, &user))
}

/// `GET /v1/users/email/{email}`.
///
/// # Errors
///
/// [`UserError`]
pub async fn read_by_email(
    State(state): State<ProviderState>,
    token: Token,
    Path(email): Path<String>,
) -> Result<Response, UserError> {
    token?;
    let email = Email::parse(&email).map_err(|_| UserError::NotFound)?;
    let user = super::find_by_email(&state.storage, &email).await?;
    Ok(shown(StatusCode::OK, &user.ok_or(UserError::NotFound)?))
}

/// `GET /v1/users/phone-number/{number}`.
///
/// # Errors
///
/// [`UserError`]
pub async fn read_by_phone_number(
    State(state): State<ProviderState>,
    token: Token,
    Path(number): Path<String>,
) -> Result<Response, UserError> {
    token?;
    let number = PhoneNumber::parse(&number).map_err(|_| UserError::NotFound)?;
    let user = super::find_by_phone_number(&state.storage, &number).await?;
    Ok(shown(StatusCode::OK, &user.ok_or(UserError::NotFound)?))
}

/// `POST /v1/users/{id}/emails/{email}/verify`.
///
/// # Errors
///
/// [`UserError`]
pub async fn verify_email(
    State(state): State<ProviderState>,
    token: Token,
    Path((user_id, email)): Path<(String, String)>,
) -> Result<Response, UserError> {
    token?;
    let email = Email::parse(&email).map_err(|_| UserError::NotFound)?;
    let now = state.ambient.clock.unix();
    let done = super::verify_email(&state.storage, &user_id, &email, now).await?;
    changed(&state, done, &user_id).await
}

/// `POST /v1/users/{id}/phone-numbers/{number}/verify`.
///
/// # Errors
///
/// [`UserError`]
pub async fn verify_phone_number(
    State(state): State<ProviderState>,
    token: Token,
    Path((user_id, number)): Path<(String, String)>,
) -> Result<Response, UserError> {
    token?;
    let number = PhoneNumber::parse(&number).map_err(|_| UserError::NotFound)?;
    let now = state.ambient.clock.unix();
    let done = super::verify_phone_number(&state.storage, &user_id, &number, now).await?;
    changed(&state, done, &user_id).await
}

/// The body of a change.
#[derive(Debug, Deserialize)]
pub struct Change {
    status: Status,
}

/// `PUT /v1/users/{id}`: another status.
///
/// # Errors
///
/// [`UserError`]
pub async fn update(
    State(state): State<ProviderState>,
    token: Token,
    Path(user_id): Path<String>,
    body: Result<JsonBody<Change>, JsonError>,
) -> Result<Response, UserError> {
    token?;
    let JsonBody(Change { status }) = body?;
    let now = state.ambient.clock.unix();
    let done = super::set_status(&state.storage, &user_id, status, now).await?;
    changed(&state, done, &user_id).await
}

/// `DELETE /v1/users/{id}`: 204. Their passkeys, linked accounts, sessions and open requests go with
/// them.
///
/// # Errors
///
/// [`UserError`]
pub async fn delete(
    State(state): State<ProviderState>,
    token: Token,
    Path(user_id): Path<String>,
) -> Result<Response, UserError> {
    token?;
    if !super::remove(&state.storage, &user_id).await? {
        return Err(UserError::NotFound);
    }
    tracing::info!(user.id = user_id, "a user was removed");
    Ok((StatusCode::NO_CONTENT, answer::no_store()).into_response())
}

async fn changed(state: &ProviderState, done: bool, user_id: &str) -> Result<Response, UserError> {
    let user = if done { super::find(&state.storage, user_id).await? } else { None };
    Ok(shown(StatusCode::OK, &user.ok_or(UserError::NotFound)?))
}

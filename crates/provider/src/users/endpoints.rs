//! `/v1/users` (docs/transmit-api.md, 13): create, read, verify an address or number, change the
//! status, delete.
//!
//! All of them need a client's token. `PUT /v1/users/{id}` with a `status` is this provider's own
//! way to disable somebody; Transmit's is in its portal and not among the documented calls.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{User, UserStatus};
use crate::ProviderState;
use crate::answer::{Created, EndpointError, NoContent, Wrapped};
use crate::bearer::ClientToken;
use crate::contact::{Email, PhoneNumber};
use crate::json::JsonBody;
use crate::timestamp::timestamp;

/// A user, or a user's address or number, is not there.
pub(crate) fn not_found() -> EndpointError {
    EndpointError::general(StatusCode::NOT_FOUND, "User not found")
}

fn taken() -> EndpointError {
    EndpointError::general(StatusCode::CONFLICT, "Another user has this email or phone number")
}

/// A user as the API shows it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct UserAnswer {
    user_id: String,
    status: UserStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<EmailAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<PhoneNumberAnswer>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_auth: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct EmailAnswer {
    value: Email,
    email_verified: bool,
}

#[derive(Serialize, JsonSchema)]
struct PhoneNumberAnswer {
    value: PhoneNumber,
    phone_number_verified: bool,
}

type UserJson = Json<Wrapped<UserAnswer>>;

fn shown(user: User) -> UserJson {
    let User { email_verified, phone_number_verified, .. } = user;
    let result = UserAnswer {
        user_id: user.user_id,
        status: user.status,
        email: user.email.map(|value| EmailAnswer { value, email_verified }),
        phone_number: user
            .phone_number
            .map(|value| PhoneNumberAnswer { value, phone_number_verified }),
        created_at: timestamp(user.created_at),
        updated_at: timestamp(user.updated_at),
        last_auth: user.last_auth.map(timestamp),
    };
    Json(Wrapped { result })
}

/// The body of a creation; other documented members are tolerated and not kept.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewUser {
    email: Option<Email>,
    phone_number: Option<PhoneNumber>,
}

/// `POST /v1/users`: 201 with a pending user whose address and number are not verified.
pub(crate) async fn create(
    State(state): State<ProviderState>,
    _: ClientToken,
    JsonBody(NewUser { email, phone_number }): JsonBody<NewUser>,
) -> Result<Created<Wrapped<UserAnswer>>, EndpointError> {
    if email.is_none() && phone_number.is_none() {
        let faults = vec!["email or phone_number must be given".into()];
        return Err(EndpointError::faults(StatusCode::BAD_REQUEST, faults));
    }
    let now = state.ambient.clock.unix();
    let user = User {
        user_id: state.ambient.entropy.token::<12>()?,
        email,
        email_verified: false,
        phone_number,
        phone_number_verified: false,
        status: UserStatus::Pending,
        created_at: now,
        updated_at: now,
        last_auth: None,
    };
    // A row of an earlier version may spell the same address in another way.
    if let Some(email) = &user.email
        && super::find_by_email(&state.storage, email).await?.is_some()
    {
        return Err(taken());
    }
    match super::create(&state.storage, &user).await {
        Err(error) if error.is_conflict() => return Err(taken()),
        created => created?,
    }
    Ok(Created(shown(user).0))
}

/// `GET /v1/users/{id}`.
pub(crate) async fn read(
    State(state): State<ProviderState>,
    _: ClientToken,
    Path(user_id): Path<String>,
) -> Result<UserJson, EndpointError> {
    super::find(&state.storage, &user_id).await?.map(shown).ok_or_else(not_found)
}

/// `GET /v1/users/email/{email}`.
pub(crate) async fn read_by_email(
    State(state): State<ProviderState>,
    _: ClientToken,
    Path(email): Path<String>,
) -> Result<UserJson, EndpointError> {
    let email = Email::parse(&email).map_err(|_| not_found())?;
    super::find_by_email(&state.storage, &email).await?.map(shown).ok_or_else(not_found)
}

/// `GET /v1/users/phone-number/{number}`.
pub(crate) async fn read_by_phone_number(
    State(state): State<ProviderState>,
    _: ClientToken,
    Path(number): Path<String>,
) -> Result<UserJson, EndpointError> {
    let number = PhoneNumber::parse(&number).map_err(|_| not_found())?;
    super::find_by_phone_number(&state.storage, &number).await?.map(shown).ok_or_else(not_found)
}

/// `POST /v1/users/{id}/emails/{email}/verify`.
pub(crate) async fn verify_email(
    State(state): State<ProviderState>,
    _: ClientToken,
    Path((user_id, email)): Path<(String, String)>,
) -> Result<UserJson, EndpointError> {
    let email = Email::parse(&email).map_err(|_| not_found())?;
    let now = state.ambient.clock.unix();
    let done = super::verify_email(&state.storage, &user_id, &email, now).await?;
    changed(&state, done, &user_id).await
}

/// `POST /v1/users/{id}/phone-numbers/{number}/verify`.
pub(crate) async fn verify_phone_number(
    State(state): State<ProviderState>,
    _: ClientToken,
    Path((user_id, number)): Path<(String, String)>,
) -> Result<UserJson, EndpointError> {
    let number = PhoneNumber::parse(&number).map_err(|_| not_found())?;
    let now = state.ambient.clock.unix();
    let done = super::verify_phone_number(&state.storage, &user_id, &number, now).await?;
    changed(&state, done, &user_id).await
}

/// The body of a change.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ChangeUser {
    status: UserStatus,
}

/// `PUT /v1/users/{id}`: another status.
pub(crate) async fn update(
    State(state): State<ProviderState>,
    _: ClientToken,
    Path(user_id): Path<String>,
    JsonBody(ChangeUser { status }): JsonBody<ChangeUser>,
) -> Result<UserJson, EndpointError> {
    let now = state.ambient.clock.unix();
    let done = super::set_status(&state.storage, &user_id, status, now).await?;
    changed(&state, done, &user_id).await
}

/// `DELETE /v1/users/{id}`: 204. Their passkeys, linked accounts, sessions and open requests go with
/// them.
pub(crate) async fn delete(
    State(state): State<ProviderState>,
    _: ClientToken,
    Path(user_id): Path<String>,
) -> Result<NoContent, EndpointError> {
    if !super::remove(&state.storage, &user_id).await? {
        return Err(not_found());
    }
    tracing::info!(user.id = user_id, "a user was removed");
    Ok(NoContent)
}

async fn changed(
    state: &ProviderState,
    done: bool,
    user_id: &str,
) -> Result<UserJson, EndpointError> {
    let user = if done { super::find(&state.storage, user_id).await? } else { None };
    user.map(shown).ok_or_else(not_found)
}

//! One-time codes: `POST /v1/auth/otp/send` and `…/authenticate` (docs/transmit-api.md, 9).
//!
//! # Security
//!
//! Six digits are a million values: [`rows`] says what guessing costs. Several codes may be good at
//! once: asking again does not make the first one worthless.

mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ProviderState;
use super::answer::{self, Coded};
use super::approval_data::ApprovalData;
use super::bearer::ClientToken;
use super::contact::{Email, PhoneNumber};
use super::delivery::{Message, SendError, sending_limit};
use super::email_content::{Credential, EmailContent};
use super::identifier::Identifier;
use super::json::{JsonBody, JsonError};
use super::tokens::{self, Authenticated, IssueError, TokenAnswer};
use super::users::{self, User};
use platform::ids::NoEntropy;
use platform::storage::StorageError;

use rows::{NewCode, Owner};

/// Minutes that a code is good where the caller names none. Transmit's default is not published.
const DEFAULT_MINUTES: u32 = 5;

/// The most minutes that a caller may name.
const MAX_MINUTES: u32 = 60;

/// The body of `send`. Members that the embedded provider has no use for are tolerated.
#[derive(Deserialize)]
pub struct SendBody {
    channel: CodeChannel,
    identifier_type: String,
    identifier: String,
    custom_sms_input: Option<CustomSms>,
    email_content: Option<EmailContent>,
    approval_data: Option<ApprovalData>,
    custom_email: Option<Email>,
    custom_phone_number: Option<PhoneNumber>,
    expires_in: Option<u32>,
    device_id: Option<String>,
    #[serde(default)]
    generate_request_id: bool,
}

/// The way that a code takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CodeChannel {
    Sms,
    Email,
    /// The caller delivers it.
    Direct,
}

impl CodeChannel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Direct => "direct",
        }
    }
}

/// The text of an SMS: `{otp}` and `{app}` stand for code and application.
#[derive(Deserialize)]
struct CustomSms {
    custom_message: Option<String>,
    sender_id: Option<String>,
}

/// The answer of `send`.
#[derive(Serialize)]
pub struct Sent {
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_data: Option<ApprovalData>,
    /// `direct` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// A code was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendCodeError {
    /// The body is not what it should be.
    #[error("send a code: {0}")]
    Malformed(String),
    /// There is no such user; none is ever created.
    #[error("send a code: there is no such user")]
    UserNotFound,
    /// The user is disabled.
    #[error("send a code: the user is not active")]
    UserNotActive,
    /// The user has no address.
    #[error("send a code: the user has no e-mail address")]
    EmailMissing,
    /// The user has no number.
    #[error("send a code: the user has no phone number")]
    PhoneNumberMissing,
    /// This person was, or this client has, sent too many within the minute.
    #[error("send a code: too many within a minute")]
    TooMany,
    /// The message did not get out.
    #[error("send a code")]
    Delivery(#[from] SendError),
    /// The database failed.
    #[error("send a code")]
    Storage(#[from] StorageError),
    /// The machine gave no randomness.
    #[error("send a code")]
    Entropy(#[from] NoEntropy),
}

impl IntoResponse for SendCodeError {
    fn into_response(self) -> Response {
        let (status, code, message) = match &self {
            Self::Malformed(message) => {
                (StatusCode::BAD_REQUEST, "system_invalid_input", message.as_str())
            }
            Self::UserNotFound => (StatusCode::NOT_FOUND, "user_not_found", "User not found"),
            Self::UserNotActive => (StatusCode::FORBIDDEN, "user_not_active", "User is not active"),
            Self::EmailMissing => {
                (StatusCode::NOT_FOUND, "user_email_address_missing", "User has no email address")
            }
            Self::PhoneNumberMissing => {
                (StatusCode::NOT_FOUND, "user_phone_number_missing", "User has no phone number")
            }
            // Not documented; the status is that of every limit of the API.
            Self::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many codes within a minute; try again later",
            ),
            Self::Delivery(SendError::NotConfigured(_)) => (
                StatusCode::BAD_REQUEST,
                "external_provider_configuration_error",
                "External provider configuration error",
            ),
            // Not documented. A server error would be asked again.
            Self::Delivery(error) if error.is_refusal() => {
                (StatusCode::BAD_REQUEST, "external_provider_refused", "The message was refused")
            }
            Self::Delivery(_) | Self::Storage(_) | Self::Entropy(_) => {
                return answer::failure(&self);
            }
        };
        Coded::new(status, code, message).into_response()
    }
}

/// `POST /v1/auth/otp/send`
///
/// # Errors
///
/// [`SendCodeError`]
pub async fn send(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<SendBody>, JsonError>,
) -> Result<Json<Sent>, SendCodeError> {
    let JsonBody(body) = body.map_err(|error| SendCodeError::Malformed(error.body_text()))?;
    let (identifier, minutes) = check(&body)?;
    let user = identifier.find(&state.storage).await?.ok_or(SendCodeError::UserNotFound)?;
    if !user.is_enabled() {
        return Err(SendCodeError::UserNotActive);
    }
    let to = recipient(&body, &user)?;
    let now = state.ambient.clock.unix();
    if !sending_limit::take(&state.storage, "code", &client.client_id, &user.user_id, now).await? {
        return Err(SendCodeError::TooMany);
    }
    let entropy = state.ambient.entropy.as_ref();
    let code = format!("{:06}", entropy.below(1_000_000)?);
    let request_id = body.generate_request_id.then(|| entropy.token::<16>()).transpose()?;
    let owner = Owner { client: &client, user_id: &user.user_id };
    let new = NewCode {
        code: &code,
        channel: body.channel,
        request_id: request_id.as_deref(),
        approval_data: body.approval_data.as_ref(),
        // Only the user's own address is proved by a code that was sent to it.
        email: (body.channel == CodeChannel::Email && body.custom_email.is_none())
            .then_some(to.as_str()),
        expires_at: now + i64::from(minutes) * 60,
    };
    rows::keep(&state, owner, &new, now).await?;
    match body.channel {
        CodeChannel::Sms => {
            let sms = body.custom_sms_input.as_ref();
            let sms = write_sms(sms, &to, &code, &client.app_name);
            state.messenger.send(sms.good_until(new.expires_at)).await?;
        }
        CodeChannel::Email => {
            let brand = &state.settings.brand;
            let content =
                body.email_content.unwrap_or_else(|| EmailContent::of_code(brand, minutes));
            let mail = content.compose(&to, Credential::Code(&code));
            state.messenger.send(mail.good_until(new.expires_at)).await?;
        }
        CodeChannel::Direct => {}
    }
    Ok(Json(Sent {
        message: "OTP sent",
        approval_data: body.approval_data,
        code: (body.channel == CodeChannel::Direct).then_some(code),
        request_id,
    }))
}

fn check(body: &SendBody) -> Result<(Identifier, u32), SendCodeError> {
    let malformed = |message: &str| SendCodeError::Malformed(message.to_owned());
    let identifier = Identifier::parse(&body.identifier_type, &body.identifier)
        .map_err(|error| SendCodeError::Malformed(error.to_string()))?;
    let minutes = body.expires_in.unwrap_or(DEFAULT_MINUTES);
    if !(1..=MAX_MINUTES).contains(&minutes) {
        return Err(malformed("expires_in must be between 1 and 60 minutes"));
    }
    if let Some(sms) = &body.custom_sms_input {
        if sms.sender_id.as_ref().is_some_and(|id| id.is_empty() || id.chars().count() > 11) {
            return Err(malformed("custom_sms_input.sender_id must be 1 to 11 characters"));
        }
        let is_text = |text: &String| text.chars().count() <= 140 && text.contains("{otp}");
        if !sms.custom_message.as_ref().is_none_or(is_text) {
            return Err(malformed(
                "custom_sms_input.custom_message must hold {otp} and be at most 140 characters",
            ));
        }
    }
    if body.device_id.as_ref().is_some_and(|id| id.chars().count() > 80) {
        return Err(malformed("device_id must be at most 80 characters"));
    }
    Ok((identifier, minutes))
}

/// Where the code goes; nowhere with `direct`.
fn recipient(body: &SendBody, user: &User) -> Result<String, SendCodeError> {
    match body.channel {
        CodeChannel::Email => body
            .custom_email
            .as_ref()
            .or(user.email.as_ref())
            .map(|email| email.as_str().to_owned())
            .ok_or(SendCodeError::EmailMissing),
        CodeChannel::Sms => body
            .custom_phone_number
            .as_ref()
            .or(user.phone_number.as_ref())
            .map(|number| number.as_str().to_owned())
            .ok_or(SendCodeError::PhoneNumberMissing),
        CodeChannel::Direct => Ok(String::new()),
    }
}

fn write_sms(sms: Option<&CustomSms>, to: &str, code: &str, app: &str) -> Message {
    let template = sms
        .and_then(|sms| sms.custom_message.as_deref())
        .unwrap_or("{otp} is your code for {app}. Nobody will ever ask you for it.");
    let text = template.replace("{app}", app).replace("{otp}", code);
    let mut message = Message::sms(to, text).with_code(code);
    message.sender_name = sms.and_then(|sms| sms.sender_id.clone());
    message
}

/// The body of `authenticate`. `claims`, `resource` and `client_attributes` are tolerated.
#[derive(Deserialize)]
pub struct AuthenticateBody {
    passcode: String,
    identifier_type: String,
    identifier: String,
    request_id: Option<String>,
    session_id: Option<Value>,
}

/// A code did not sign anybody in.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The body is not what it should be.
    #[error("sign in by a code: {0}")]
    Malformed(String),
    /// Wrong, used, another client's, or of nobody that we know.
    #[error("sign in by a code: it is not good")]
    Credentials,
    /// It was right, and too late.
    #[error("sign in by a code: it has run out")]
    Expired,
    /// Too many tries.
    #[error("sign in by a code: too many tries")]
    Locked,
    /// The user was disabled since the code was sent.
    #[error("sign in by a code: the user is not active")]
    UserNotActive,
    /// The tokens could not be issued.
    #[error("sign in by a code")]
    Issue(#[source] IssueError),
    /// The database failed.
    #[error("sign in by a code")]
    Storage(#[from] StorageError),
}

impl From<IssueError> for CodeError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::UserNotActive => Self::UserNotActive,
            error => Self::Issue(error),
        }
    }
}

impl IntoResponse for CodeError {
    fn into_response(self) -> Response {
        let (status, code, message) = match &self {
            Self::Malformed(message) => {
                (StatusCode::BAD_REQUEST, "system_invalid_input", message.as_str())
            }
            Self::Credentials => {
                (StatusCode::BAD_REQUEST, "auth_invalid_credentials", "Invalid credentials")
            }
            Self::Expired => {
                (StatusCode::BAD_REQUEST, "auth_otp_passcode_expired", "The passcode has expired")
            }
            Self::Locked => {
                (StatusCode::FORBIDDEN, "auth_locked", "Too many failed attempts; try again later")
            }
            Self::UserNotActive => (StatusCode::FORBIDDEN, "user_not_active", "User is not active"),
            Self::Issue(_) | Self::Storage(_) => return answer::failure(&self),
        };
        Coded::new(status, code, message).into_response()
    }
}

/// `POST /v1/auth/otp/authenticate`
///
/// # Errors
///
/// [`CodeError`]
pub async fn authenticate(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<AuthenticateBody>, JsonError>,
) -> Result<Json<TokenAnswer>, CodeError> {
    let JsonBody(body) = body.map_err(|error| CodeError::Malformed(error.body_text()))?;
    if body.session_id.is_some_and(|id| !id.is_null()) {
        return Err(CodeError::Malformed("session_id: there is no such session".into()));
    }
    let identifier = Identifier::parse(&body.identifier_type, &body.identifier)
        .map_err(|error| CodeError::Malformed(error.to_string()))?;
    let user = identifier.find(&state.storage).await?;
    let now = state.ambient.clock.unix();
    // Tries are counted for names of nobody, too: neither the answer nor its time tells which it is.
    let nobody = rows::nobody(&state, identifier.text());
    let user_id = user.as_ref().map_or(nobody, |user| user.user_id.clone());
    let owner = Owner { client: &client, user_id: &user_id };
    if !rows::count_attempt(&state.storage, owner, now).await? {
        return Err(CodeError::Locked);
    }
    let tried = rows::Tried::new(&state, &body.passcode, body.request_id.as_deref(), owner);
    let Some(code) = rows::consume(&state.storage, &tried, now).await? else {
        // A right code that came too late is told apart from a wrong one.
        let is_late = rows::has_run_out(&state.storage, &tried, now).await?;
        return Err(if is_late { CodeError::Expired } else { CodeError::Credentials });
    };
    // Nobody's code was ever sent.
    let user = user.ok_or(CodeError::Credentials)?;
    rows::forget_attempts(&state.storage, owner).await?;
    let email = code.email.as_deref().and_then(|email| Email::parse(email).ok());
    if let Some(email) = email {
        users::verify_email(&state.storage, &user.user_id, &email, now).await?;
    }
    let user = users::find(&state.storage, &user.user_id).await?.ok_or(CodeError::Credentials)?;
    let mut authenticated = Authenticated::by(&[code.amr], now);
    authenticated.approval_data = code.approval_data.map(Value::Object);
    Ok(Json(tokens::issue(&state, &user, &client, &authenticated).await?))
}

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
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ProviderState;
use super::answer::EndpointError;
use super::approval_data::ApprovalData;
use super::bearer::ClientToken;
use super::contact::{Email, PhoneNumber};
use super::email_content::{MailContent, MailCredential};
use super::identifier::Identifier;
use super::json::{InvalidBody, JsonBody};
use super::tokens::{self, AuthenticatedUser, TokenAnswer};
use super::users::{self, User};
use messages::delivery::{Message, SendError, sending_limit};

use rows::{CodeChannel, NewOneTimeCode, Owner};

/// Minutes that a code is good where the caller names none. Transmit's default is not published.
const DEFAULT_MINUTES: u32 = 5;

/// The most minutes that a caller may name.
const MAX_MINUTES: u32 = 60;

/// The body of `send`. Members that the embedded provider has no use for are tolerated.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SendCode {
    channel: CodeChannel,
    identifier_type: String,
    identifier: String,
    custom_sms_input: Option<CustomSms>,
    email_content: Option<MailContent>,
    approval_data: Option<ApprovalData>,
    custom_email: Option<Email>,
    custom_phone_number: Option<PhoneNumber>,
    expires_in: Option<u32>,
    device_id: Option<String>,
    #[serde(default)]
    generate_request_id: bool,
}

/// The text of an SMS: `{otp}` and `{app}` stand for code and application.
#[derive(Deserialize, JsonSchema)]
struct CustomSms {
    custom_message: Option<String>,
    sender_id: Option<String>,
}

/// The answer of `send`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CodeSent {
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_data: Option<ApprovalData>,
    /// `direct` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

fn refused(code: &'static str, message: &'static str) -> EndpointError {
    EndpointError::coded(StatusCode::BAD_REQUEST, code, message)
}

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> EndpointError {
    EndpointError::coded(StatusCode::BAD_REQUEST, "system_invalid_input", message)
}

fn not_found(code: &'static str, message: &'static str) -> EndpointError {
    EndpointError::coded(StatusCode::NOT_FOUND, code, message)
}

fn not_active() -> EndpointError {
    EndpointError::coded(StatusCode::FORBIDDEN, "user_not_active", "User is not active")
}

fn undelivered(error: SendError) -> EndpointError {
    match error {
        SendError::NotConfigured(_) => refused(
            "external_provider_configuration_error",
            "External provider configuration error",
        ),
        // Not documented. A server error would be asked again.
        error if error.is_refusal() => {
            refused("external_provider_refused", "The message was refused")
        }
        error => EndpointError::internal(&error),
    }
}

/// `POST /v1/auth/otp/send`
pub(crate) async fn send(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<SendCode>, InvalidBody>,
) -> Result<Json<CodeSent>, EndpointError> {
    let JsonBody(body) = body.map_err(|error| malformed(error.text))?;
    let (identifier, minutes) = check(&body)?;
    let user = identifier.find(&state.storage).await?;
    let user = user.ok_or_else(|| not_found("user_not_found", "User not found"))?;
    if !user.is_enabled() {
        return Err(not_active());
    }
    let to = recipient(&body, &user)?;
    let now = state.ambient.clock.unix();
    if !sending_limit::take(&state.storage, "code", &client.client_id, &user.user_id, now).await? {
        // Not documented; the status is that of every limit of the API.
        let message = "Too many codes within a minute; try again later";
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Err(EndpointError::coded(status, "too_many_requests", message));
    }
    let entropy = state.ambient.entropy.as_ref();
    let code = format!("{:06}", entropy.below(1_000_000)?);
    let request_id = body.generate_request_id.then(|| entropy.token::<16>()).transpose()?;
    let owner = Owner { client: &client, user_id: &user.user_id };
    let new = NewOneTimeCode {
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
            state.messenger.send(sms.good_until(new.expires_at)).await.map_err(undelivered)?;
        }
        CodeChannel::Email => {
            let brand = &state.settings.brand;
            let content =
                body.email_content.unwrap_or_else(|| MailContent::of_code(brand, minutes));
            let mail = content.compose(&to, MailCredential::Code(&code));
            state.messenger.send(mail.good_until(new.expires_at)).await.map_err(undelivered)?;
        }
        CodeChannel::Direct => {}
    }
    Ok(Json(CodeSent {
        message: "OTP sent",
        approval_data: body.approval_data,
        code: (body.channel == CodeChannel::Direct).then_some(code),
        request_id,
    }))
}

fn check(body: &SendCode) -> Result<(Identifier, u32), EndpointError> {
    let identifier = Identifier::parse(&body.identifier_type, &body.identifier)
        .map_err(|error| malformed(error.to_string()))?;
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
fn recipient(body: &SendCode, user: &User) -> Result<String, EndpointError> {
    match body.channel {
        CodeChannel::Email => body
            .custom_email
            .as_ref()
            .or(user.email.as_ref())
            .map(|email| email.as_str().to_owned())
            .ok_or_else(|| not_found("user_email_address_missing", "User has no email address")),
        CodeChannel::Sms => body
            .custom_phone_number
            .as_ref()
            .or(user.phone_number.as_ref())
            .map(|number| number.as_str().to_owned())
            .ok_or_else(|| not_found("user_phone_number_missing", "User has no phone number")),
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
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CodeSignIn {
    passcode: String,
    identifier_type: String,
    identifier: String,
    request_id: Option<String>,
    session_id: Option<Value>,
}

/// `POST /v1/auth/otp/authenticate`
pub(crate) async fn authenticate(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
    body: Result<JsonBody<CodeSignIn>, InvalidBody>,
) -> Result<Json<TokenAnswer>, EndpointError> {
    let JsonBody(body) = body.map_err(|error| malformed(error.text))?;
    if body.session_id.is_some_and(|id| !id.is_null()) {
        return Err(malformed("session_id: there is no such session"));
    }
    let identifier = Identifier::parse(&body.identifier_type, &body.identifier)
        .map_err(|error| malformed(error.to_string()))?;
    let wrong = || refused("auth_invalid_credentials", "Invalid credentials");
    let user = identifier.find(&state.storage).await?;
    let now = state.ambient.clock.unix();
    // Tries are counted for names of nobody, too: neither the answer nor its time tells which it is.
    let nobody = rows::nobody(&state, identifier.text());
    let user_id = user.as_ref().map_or(nobody, |user| user.user_id.clone());
    let owner = Owner { client: &client, user_id: &user_id };
    if !rows::count_attempt(&state.storage, owner, now).await? {
        let message = "Too many failed attempts; try again later";
        return Err(EndpointError::coded(StatusCode::FORBIDDEN, "auth_locked", message));
    }
    let tried = rows::TriedCode::new(&state, &body.passcode, body.request_id.as_deref(), owner);
    let Some(code) = rows::consume(&state.storage, &tried, now).await? else {
        // A right code that came too late is told apart from a wrong one.
        let is_late = rows::has_run_out(&state.storage, &tried, now).await?;
        return Err(if is_late {
            refused("auth_otp_passcode_expired", "The passcode has expired")
        } else {
            wrong()
        });
    };
    // Nobody's code was ever sent.
    let user = user.ok_or_else(wrong)?;
    rows::forget_attempts(&state.storage, owner).await?;
    let email = code.email.as_deref().and_then(|email| Email::parse(email).ok());
    if let Some(email) = email {
        users::verify_email(&state.storage, &user.user_id, &email, now).await?;
    }
    let user = users::find(&state.storage, &user.user_id).await?.ok_or_else(wrong)?;
    let mut authenticated = AuthenticatedUser::by(&[code.amr], now);
    authenticated.approval_data = code.approval_data.map(Value::Object);
    let answer = tokens::issue(&state, &user, &client, &authenticated).await?;
    answer.map(Json).ok_or_else(not_active)
}

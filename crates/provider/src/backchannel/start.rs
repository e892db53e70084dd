//! `POST /oidc/backchannel`: a client asks for a user's consent (CIBA Core 1.0, section 7;
//! docs/transmit-api.md, section 2).
//!
//! Nobody is ever created here, and only a contact that was verified is written to. The checks come
//! in the order that the specification's text implies: client, permission, form, hint, user,
//! binding message, policy. The field `link` of the answer is inferred: Transmit says that there is
//! one and not what it is called.

use axum::Json;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use url::Url;

use super::context::{Channel, HintType, InvalidContext, RequestContext};
use super::requests::{self, NewRequest, Unannounced};
use super::{LIFETIME, MAX_PENDING};
use crate::ProviderState;
use crate::answer::{self, OAuthError, Refusal};
use crate::client_authentication::{self, ClientAuthenticationError};
use crate::clients::Client;
use crate::contact::{Email, PhoneNumber};
use crate::form::{FormError, OAuthForm};
use crate::tokens::has;
use crate::users::{self, User};
use ciba::link::unbroken;
use ciba::{
    AuthReqId, BindingMessage, GRANT_TYPE, InvalidBindingMessage, LoginHint, LoginHintType,
};
use messages::delivery::sending_limit::{self, Full};
use messages::delivery::{Message, SendError};
use platform::ids::NoEntropy;
use platform::storage::StorageError;

/// What Transmit writes in front of the link where the client gives no text.
const DEFAULT_MESSAGE: &str = "To verify it's you, click this link:";

/// The word for a person with too many undecided requests; CIBA Core 1.0 has none.
const TOO_MANY_PENDING: &str = "too_many_pending_requests";

/// The scopes that mean something here; others are left out of what is granted.
const SCOPES: [&str; 4] = ["openid", "email", "phone", "offline_access"];

/// A request was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another content type, or a repeated parameter.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The client is not authenticated.
    #[error(transparent)]
    Client(#[from] ClientAuthenticationError),
    /// CIBA is not enabled for the client.
    #[error("start a request: CIBA is not enabled for this client")]
    NotEnabled,
    /// A parameter is missing, malformed, or not supported.
    #[error("start a request: {0}")]
    Invalid(String),
    /// `openid` is not among the scopes.
    #[error("start a request: the scope lacks openid")]
    Scope,
    /// Nobody has this hint, or is disabled.
    #[error("start a request: no such user")]
    UnknownUser,
    /// The hint is no phone number, and the context does not say that it is something else.
    #[error("start a request: the hint is no phone number")]
    NoPhoneNumber,
    /// The user's contact that the channel needs is missing or not verified.
    #[error("start a request: {0}")]
    Unreachable(&'static str),
    /// The message cannot be shown.
    #[error("start a request")]
    BindingMessage(#[from] InvalidBindingMessage),
    /// The user has too many undecided requests; in so many seconds there is room.
    #[error("start a request: the user has {MAX_PENDING} undecided ones already")]
    TooManyPending(i64),
    /// Too many messages were sent to this person, for this client, or in all.
    #[error("start a request: too many messages were sent")]
    TooManyMessages(Full),
    /// The link was not delivered.
    #[error("deliver the link of a request")]
    Delivery(#[from] SendError),
    /// The machine gave no randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<InvalidContext> for StartError {
    fn from(error: InvalidContext) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl IntoResponse for StartError {
    fn into_response(self) -> Response {
        match self {
            Self::Form(error) => error.into_response(),
            Self::Client(error) => error.into_response(),
            Self::NotEnabled => OAuthError::new(
                "unauthorized_client",
                format!("{GRANT_TYPE} is not allowed for this client"),
            )
            .into_response(),
            Self::Invalid(why) => OAuthError::new("invalid_request", why).into_response(),
            Self::Scope => OAuthError::new("invalid_request", "openid must be among the scopes")
                .into_response(),
            Self::UnknownUser => {
                OAuthError::new("unknown_user_id", "could not identify end-user").into_response()
            }
            // The same code as for an unknown user: it is about the client's text, not about people.
            Self::NoPhoneNumber => OAuthError::new(
                "unknown_user_id",
                "login_hint is not a phone number; name login_hint_type in request_context",
            )
            .into_response(),
            Self::Unreachable(why) => OAuthError::new("invalid_request", why).into_response(),
            Self::BindingMessage(_) => OAuthError::new(
                "invalid_binding_message",
                "binding_message must have 1 to 20 characters of A-Z a-z 0-9 - . _ + / ! ? #",
            )
            .into_response(),
            Self::TooManyPending(room_in) => limited(
                TOO_MANY_PENDING,
                format!("the end-user has {MAX_PENDING} pending requests already"),
                room_in,
            ),
            Self::TooManyMessages(Full { room_in }) => {
                limited("too_many_requests", "too many messages were sent".into(), room_in)
            }
            // The request was taken back: the client may start another one.
            Self::Delivery(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a link was not delivered"
                );
                Refusal::new(StatusCode::BAD_GATEWAY, "The link could not be delivered")
                    .into_response()
            }
            Self::Entropy(_) | Self::Storage(_) => answer::failure(&self),
        }
    }
}

/// A limit, and when there is room again: no lack of a permission, which 403 and `access_denied`
/// would say.
fn limited(error: &'static str, description: String, room_in: i64) -> Response {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let error = OAuthError { status, ..OAuthError::new(error, description) };
    ([(RETRY_AFTER, room_in.to_string())], error).into_response()
}

/// The acknowledgement (CIBA Core 1.0, section 7.3).
#[derive(Serialize)]
pub struct Acknowledgement {
    auth_req_id: String,
    expires_in: i64,
    interval: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// The endpoint.
///
/// # Errors
///
/// [`StartError`]
pub async fn endpoint(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: Result<OAuthForm, FormError>,
) -> Result<Response, StartError> {
    let form = form?;
    let client = client_authentication::authenticate(&state, &headers, &form).await?;
    let answer = start(&state, &client, &form).await?;
    Ok((answer::no_store(), Json(answer)).into_response())
}

async fn start(
    state: &ProviderState,
    client: &Client,
    form: &OAuthForm,
) -> Result<Acknowledgement, StartError> {
    let ciba = &client.settings.ciba_authorization;
    let login_uri = ciba.login_uri.as_ref().filter(|_| ciba.enabled);
    let login_uri = login_uri.ok_or(StartError::NotEnabled)?;

    let expires_in = requested_expiry(form.value("requested_expiry"))?;
    let context = form
        .value("request_context")
        .map_or(Ok(RequestContext::default()), |text| RequestContext::parse(text, &state.texts))?;
    if !state.settings.brand.sends_links && context.channel != Channel::Link {
        return Err(InvalidContext::NoLinks.into());
    }
    let hint = only_hint(form)?;
    let user = find_user(state, context.login_hint_type, hint).await?;
    let destination = destination(&user, &context)?;
    let message = form.value("binding_message").map(BindingMessage::parse).transpose()?;
    let scope = granted_scope(form.value("scope").unwrap_or_default())?;

    let now = state.ambient.clock.unix();
    let auth_req_id = state.ambient.entropy.token::<32>()?;
    let parsed = AuthReqId::parse(&auth_req_id).map_err(|_| NoEntropy)?;
    let request = NewRequest {
        digest: parsed.digest(),
        client_id: &client.client_id,
        user_id: &user.user_id,
        scope: &scope,
        binding_message: message.as_ref(),
        created_at: now,
        expires_at: now + expires_in,
        poll_interval: state.settings.poll_interval.into(),
    };
    let unannounced = Unannounced::watch(&state.storage, request.digest);
    if !requests::create(&state.storage, &request).await? {
        unannounced.announce();
        let room_in = requests::room_in(&state.storage, &user.user_id, now).await?;
        return Err(StartError::TooManyPending(room_in));
    }
    let link = unbroken(link(login_uri, &auth_req_id, message.as_ref()).as_str());
    let text = context.custom_message.as_deref().unwrap_or(DEFAULT_MESSAGE);
    let sent = match destination {
        Destination::Sms(number) => Some(Message::sms(number, format!("{text} {link}"))),
        Destination::Email(address) => {
            let subject = format!("{}: confirm that it is you", state.settings.brand.company);
            Some(Message::email(address, subject, format!("{text}\n\n{link}\n")))
        }
        Destination::Answer => None,
    };
    let is_in_answer = sent.is_none();
    if let Some(message) = sent
        && let Err(error) = deliver(
            state,
            &request,
            message.with_link(link.as_str()).good_until(request.expires_at),
        )
        .await
    {
        // Nobody got the link, so nobody may be kept waiting for it.
        unannounced.withdraw().await?;
        return Err(error);
    }
    unannounced.announce();
    Ok(Acknowledgement {
        auth_req_id,
        expires_in,
        interval: request.poll_interval,
        link: is_in_answer.then_some(link),
    })
}

async fn deliver(
    state: &ProviderState,
    request: &NewRequest<'_>,
    message: Message,
) -> Result<(), StartError> {
    let NewRequest { client_id, user_id, created_at, .. } = *request;
    let taken = sending_limit::take_request(&state.storage, client_id, user_id, created_at).await?;
    taken.map_err(StartError::TooManyMessages)?;
    Ok(state.messenger.send(message).await?)
}

/// Seconds until the request runs out: a positive number, at most [`LIFETIME`].
fn requested_expiry(text: Option<&str>) -> Result<i64, StartError> {
    let Some(text) = text else { return Ok(LIFETIME) };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if text.len() > 18 { i64::MAX } else { text.parse().unwrap_or(0) };
    if is_number && seconds > 0 {
        Ok(seconds.min(LIFETIME))
    } else {
        Err(StartError::Invalid("requested_expiry must be a positive integer".into()))
    }
}

/// CIBA Core 1.0, section 7.1: exactly one hint. Of the three only `login_hint` is supported, as by
/// Transmit.
fn only_hint(form: &OAuthForm) -> Result<&str, StartError> {
    if form.value("request").is_some() {
        return Err(StartError::Invalid("signed requests are not supported".into()));
    }
    let given = ["login_hint", "login_hint_token", "id_token_hint"].map(|name| form.value(name));
    match given {
        [Some(hint), None, None] => Ok(hint),
        [None, None, None] => Err(StartError::Invalid("login_hint is missing".into())),
        [None, _, _] => Err(StartError::Invalid("only login_hint is supported".into())),
        _ => Err(StartError::Invalid("exactly one hint is expected".into())),
    }
}

async fn find_user(
    state: &ProviderState,
    named: Option<HintType>,
    hint: &str,
) -> Result<User, StartError> {
    let storage = &state.storage;
    let hint_type = named.unwrap_or_default();
    let user = match hint_type {
        HintType::Phone => {
            let number = PhoneNumber::of_hint(hint).map_err(|_| match named {
                Some(_) => StartError::UnknownUser,
                None => StartError::NoPhoneNumber,
            })?;
            users::find_by_phone_number(storage, &number).await?
        }
        HintType::Email => {
            let hint = LoginHint::parse(hint, Some(LoginHintType::Email));
            let email = hint.ok().and_then(|hint| Email::parse(hint.as_str()).ok());
            let email = email.ok_or(StartError::UnknownUser)?;
            users::find_by_email(storage, &email).await?
        }
        HintType::UserId => users::find(storage, hint).await?,
    };
    let user = user.filter(User::is_enabled).ok_or(StartError::UnknownUser)?;
    // A contact that nobody has proved may be somebody else's.
    match hint_type {
        HintType::Phone if !user.phone_number_verified => {
            Err(StartError::Unreachable("the phone number is not verified"))
        }
        HintType::Email if !user.email_verified => {
            Err(StartError::Unreachable("the e-mail address is not verified"))
        }
        _ => Ok(user),
    }
}

enum Destination<'a> {
    Sms(&'a str),
    Email(&'a str),
    Answer,
}

fn destination<'a>(
    user: &'a User,
    context: &RequestContext,
) -> Result<Destination<'a>, StartError> {
    let phone_number = user.phone_number.as_ref().filter(|_| user.phone_number_verified);
    let email = user.email.as_ref().filter(|_| user.email_verified);
    match context.channel {
        Channel::Sms => phone_number
            .map(|number| Destination::Sms(number.as_str()))
            .ok_or(StartError::Unreachable("the user has no verified phone number")),
        Channel::Email => email
            .map(|address| Destination::Email(address.as_str()))
            .ok_or(StartError::Unreachable("the user has no verified e-mail address")),
        Channel::Link if phone_number.is_some() || email.is_some() => Ok(Destination::Answer),
        Channel::Link => {
            Err(StartError::Unreachable("the user has no verified phone number or e-mail address"))
        }
    }
}

fn granted_scope(asked: &str) -> Result<String, StartError> {
    if !has(asked, "openid") {
        return Err(StartError::Scope);
    }
    Ok(SCOPES.into_iter().filter(|scope| has(asked, scope)).collect::<Vec<_>>().join(" "))
}

/// The client's `login_uri`, its own query kept, with both values appended. They are
/// percent-encoded, so that `+` and `#` of a binding message survive every decoder.
fn link(login_uri: &Url, auth_req_id: &str, message: Option<&BindingMessage>) -> Url {
    let mut link = login_uri.clone();
    link.query_pairs_mut()
        .append_pair("auth_req_id", auth_req_id)
        .extend_pairs(message.map(|message| ("binding_message", message.as_str())));
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_keeps_the_query_and_every_character() {
        let login_uri: Url = "https://bank.example/ciba/login?lang=de".parse().unwrap();
        let message = BindingMessage::parse("A+B#1/2?!._-").unwrap();
        let link = link(&login_uri, "id-1", Some(&message));
        assert_eq!(
            link.as_str(),
            "https://bank.example/ciba/login?lang=de&auth_req_id=id-1&binding_message=A%2BB%231%2F2%3F%21._-"
        );
        let read: Vec<_> = link.query_pairs().collect();
        assert_eq!(read[2], ("binding_message".into(), "A+B#1/2?!._-".into()));
    }

    #[test]
    fn without_a_message_the_link_has_none() {
        let login_uri: Url = "http://localhost:3000/login".parse().unwrap();
        assert_eq!(
            link(&login_uri, "id", None).as_str(),
            "http://localhost:3000/login?auth_req_id=id"
        );
    }

    #[test]
    fn an_expiry_is_a_positive_number_and_at_most_ten_minutes() {
        for (text, expected) in
            [(None, 600), (Some("1"), 1), (Some("601"), 600), (Some("99999999999999999999"), 600)]
        {
            assert_eq!(requested_expiry(text).unwrap(), expected);
        }
        for text in ["0", "-1", "1.5", "+5", "ten", " 5"] {
            assert!(requested_expiry(Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_scope_needs_openid_and_grants_what_is_known() {
        assert_eq!(granted_scope("email openid other").unwrap(), "openid email");
        for scope in ["", "email", "openidx"] {
            assert!(matches!(granted_scope(scope), Err(StartError::Scope)));
        }
    }

    #[test]
    fn exactly_one_hint_is_taken() {
        let hint = |body: &str| {
            let form = OAuthForm::parse(body.as_bytes()).unwrap();
            only_hint(&form).map(str::to_owned).map_err(|error| error.to_string())
        };
        assert_eq!(hint("login_hint=%2B15550100").unwrap(), "+15550100");
        for body in [
            "",
            "login_hint_token=x",
            "id_token_hint=x",
            "login_hint=a&id_token_hint=x",
            "login_hint=a&request=x",
        ] {
            assert!(hint(body).is_err(), "{body}");
        }
    }
}

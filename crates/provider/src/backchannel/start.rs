//! `POST /oidc/backchannel`: a client asks for a user's consent (CIBA Core 1.0, section 7;
//! docs/transmit-api.md, section 2).
//!
//! Nobody is ever created here, and only a contact that was verified is written to. The checks come
//! in the order that the specification's text implies: client, permission, form, hint, user,
//! binding message, policy. The field `link` of the answer is inferred: Transmit says that there is
//! one and not what it is called.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use super::context::{ContextChannel, HintType, InvalidContext, RequestContext};
use super::requests::{self, NewRequest, Unannounced};
use super::{LIFETIME, MAX_PENDING};
use crate::ProviderState;
use crate::answer::EndpointError;
use crate::client_authentication::authenticate;
use crate::clients::Client;
use crate::contact::{Email, PhoneNumber};
use crate::form::OAuthForm;
use crate::tokens::has;
use crate::users::{self, User};
use ciba::link::unbroken;
use ciba::{AuthReqId, BindingMessage, GRANT_TYPE, LoginHint, LoginHintType};
use messages::delivery::Message;
use messages::delivery::sending_limit::{self, Full};
use platform::causes::Causes;
use platform::ids::NoEntropy;

/// What Transmit writes in front of the link where the client gives no text.
const DEFAULT_MESSAGE: &str = "To verify it's you, click this link:";

/// The code for a person with too many undecided requests.
const TOO_MANY_PENDING: &str = "too_many_pending_requests";

/// The scopes that mean something here; others are left out of what is granted.
const SCOPES: [&str; 4] = ["openid", "email", "phone", "offline_access"];

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> EndpointError {
    EndpointError::oauth("invalid_request", description)
}

fn unknown_user() -> EndpointError {
    EndpointError::oauth("unknown_user_id", "could not identify end-user")
}

/// The acknowledgement (CIBA Core 1.0, section 7.3).
#[derive(Serialize, JsonSchema)]
pub struct Acknowledgement {
    auth_req_id: String,
    expires_in: i64,
    interval: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// The endpoint.
pub(crate) async fn endpoint(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: OAuthForm,
) -> Result<Json<Acknowledgement>, EndpointError> {
    let client = authenticate(&state, &headers, &form).await?;
    start(&state, &client, &form).await.map(Json)
}

async fn start(
    state: &ProviderState,
    client: &Client,
    form: &OAuthForm,
) -> Result<Acknowledgement, EndpointError> {
    let ciba = &client.settings.ciba_authorization;
    let login_uri = ciba.login_uri.as_ref().filter(|_| ciba.enabled);
    let login_uri = login_uri.ok_or_else(|| {
        let description = format!("{GRANT_TYPE} is not allowed for this client");
        EndpointError::oauth("unauthorized_client", description)
    })?;

    let expires_in = requested_expiry(form.value("requested_expiry"))?;
    let context = form
        .value("request_context")
        .map_or(Ok(RequestContext::default()), |text| RequestContext::parse(text, &state.texts))
        .map_err(|error| invalid(error.to_string()))?;
    if !state.settings.brand.sends_links && context.channel != ContextChannel::Link {
        return Err(invalid(InvalidContext::NoLinks.to_string()));
    }
    let hint = only_hint(form)?;
    let user = find_user(state, context.login_hint_type, hint).await?;
    let destination = destination(&user, &context)?;
    let message = binding_message(form)?;
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
        // CIBA Core 1.0 has no code for this. It is a limit: 403 and `access_denied` would say that a
        // permission is missing.
        let description = format!("the end-user has {MAX_PENDING} pending requests already");
        return Err(EndpointError::oauth(TOO_MANY_PENDING, description).limited(room_in));
    }
    let link = unbroken(link(login_uri, &auth_req_id, message.as_ref()).as_str());
    let sent = announcement(state, &context, destination, &link);
    let is_in_answer = sent.is_none();
    if let Some(message) = sent
        && let Err(error) = deliver(state, &request, message.good_until(request.expires_at)).await
    {
        // Without a link the request cannot be decided.
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

fn binding_message(form: &OAuthForm) -> Result<Option<BindingMessage>, EndpointError> {
    form.value("binding_message").map(BindingMessage::parse).transpose().map_err(|_| {
        let description =
            "binding_message must have 1 to 20 characters of A-Z a-z 0-9 - . _ + / ! ? #";
        EndpointError::oauth("invalid_binding_message", description)
    })
}

/// The message with the link, where it is not in the answer.
fn announcement(
    state: &ProviderState,
    context: &RequestContext,
    destination: LinkDestination<'_>,
    link: &str,
) -> Option<Message> {
    let text = context.custom_message.as_deref().unwrap_or(DEFAULT_MESSAGE);
    let message = match destination {
        LinkDestination::Sms(number) => Message::sms(number, format!("{text} {link}")),
        LinkDestination::Email(address) => {
            let subject = format!("{}: confirm that it is you", state.settings.brand.company);
            Message::email(address, subject, format!("{text}\n\n{link}\n"))
        }
        LinkDestination::Answer => return None,
    };
    Some(message.with_link(link))
}

async fn deliver(
    state: &ProviderState,
    request: &NewRequest<'_>,
    message: Message,
) -> Result<(), EndpointError> {
    let NewRequest { client_id, user_id, created_at, .. } = *request;
    let taken = sending_limit::take_request(&state.storage, client_id, user_id, created_at).await?;
    taken.map_err(|Full { room_in }| {
        EndpointError::oauth("too_many_requests", "too many messages were sent").limited(room_in)
    })?;
    state.messenger.send(message).await.map_err(|error| {
        tracing::error!(error = %Causes(&error), "a link was not delivered");
        EndpointError::general(StatusCode::BAD_GATEWAY, "The link could not be delivered")
    })
}

/// Seconds until the request runs out: a positive number, at most [`LIFETIME`].
fn requested_expiry(text: Option<&str>) -> Result<i64, EndpointError> {
    let Some(text) = text else { return Ok(LIFETIME) };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if text.len() > 18 { i64::MAX } else { text.parse().unwrap_or(0) };
    if is_number && seconds > 0 {
        Ok(seconds.min(LIFETIME))
    } else {
        Err(invalid("requested_expiry must be a positive integer"))
    }
}

/// CIBA Core 1.0, section 7.1: exactly one hint. Of the three only `login_hint` is supported, as by
/// Transmit.
fn only_hint(form: &OAuthForm) -> Result<&str, EndpointError> {
    if form.value("request").is_some() {
        return Err(invalid("signed requests are not supported"));
    }
    let given = ["login_hint", "login_hint_token", "id_token_hint"].map(|name| form.value(name));
    match given {
        [Some(hint), None, None] => Ok(hint),
        [None, None, None] => Err(invalid("login_hint is missing")),
        [None, _, _] => Err(invalid("only login_hint is supported")),
        _ => Err(invalid("exactly one hint is expected")),
    }
}

async fn find_user(
    state: &ProviderState,
    named: Option<HintType>,
    hint: &str,
) -> Result<User, EndpointError> {
    let storage = &state.storage;
    let hint_type = named.unwrap_or_default();
    let user = match hint_type {
        HintType::Phone => {
            let number = PhoneNumber::of_hint(hint).map_err(|_| match named {
                Some(_) => unknown_user(),
                // The same code: it is about the client's text and tells nothing of people.
                None => EndpointError::oauth(
                    "unknown_user_id",
                    "login_hint is not a phone number; name login_hint_type in request_context",
                ),
            })?;
            users::find_by_phone_number(storage, &number).await?
        }
        HintType::Email => {
            let hint = LoginHint::parse(hint, Some(LoginHintType::Email));
            let email = hint.ok().and_then(|hint| Email::parse(hint.as_str()).ok());
            let email = email.ok_or_else(unknown_user)?;
            users::find_by_email(storage, &email).await?
        }
        HintType::UserId => users::find(storage, hint).await?,
    };
    let user = user.filter(User::is_enabled).ok_or_else(unknown_user)?;
    // An unverified contact may belong to another person.
    match hint_type {
        HintType::Phone if !user.phone_number_verified => {
            Err(invalid("the phone number is not verified"))
        }
        HintType::Email if !user.email_verified => {
            Err(invalid("the e-mail address is not verified"))
        }
        _ => Ok(user),
    }
}

enum LinkDestination<'a> {
    Sms(&'a str),
    Email(&'a str),
    Answer,
}

fn destination<'a>(
    user: &'a User,
    context: &RequestContext,
) -> Result<LinkDestination<'a>, EndpointError> {
    let phone_number = user.phone_number.as_ref().filter(|_| user.phone_number_verified);
    let email = user.email.as_ref().filter(|_| user.email_verified);
    match context.channel {
        ContextChannel::Sms => phone_number
            .map(|number| LinkDestination::Sms(number.as_str()))
            .ok_or_else(|| invalid("the user has no verified phone number")),
        ContextChannel::Email => email
            .map(|address| LinkDestination::Email(address.as_str()))
            .ok_or_else(|| invalid("the user has no verified e-mail address")),
        ContextChannel::Link if phone_number.is_some() || email.is_some() => {
            Ok(LinkDestination::Answer)
        }
        ContextChannel::Link => {
            Err(invalid("the user has no verified phone number or e-mail address"))
        }
    }
}

fn granted_scope(asked: &str) -> Result<String, EndpointError> {
    if !has(asked, "openid") {
        return Err(invalid("openid must be among the scopes"));
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
            assert!(granted_scope(scope).is_err(), "{scope}");
        }
    }

    #[test]
    fn exactly_one_hint_is_taken() {
        let hint = |body: &str| {
            let form = OAuthForm::parse(body.as_bytes()).unwrap();
            only_hint(&form).map(str::to_owned)
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

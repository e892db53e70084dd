//! `/oidc/session/end`: a client sends somebody here to sign out (OpenID Connect RP-Initiated Logout
//! 1.0; docs/transmit-api.md, 11).
//!
//! Nobody has a session in the browser here, so an ID token says who signs out; all of that user's
//! sessions end. Without one, or with one whose key is forgotten, a person presses a button first and
//! nothing ends: the client that sent them has ended its own session, and gets them back.

use axum::extract::{RawQuery, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use serde::Deserialize;
use url::Url;

use super::ProviderState;
use super::answer::EndpointError;
use super::clients::Client;
use super::form::{FormError, OAuthForm};
use super::keys::TokenKind;
use super::social::{page, redirect};
use super::tokens::revocations;
use messages::texts::Words;

/// The field that the button sends.
const CONFIRMED: &str = "confirmed";
/// What the page with the button takes along, beside the client.
const PARAMETERS: [&str; 3] = ["post_logout_redirect_uri", "state", "ui_locales"];
/// The most bytes of a client's `state`.
const MAX_STATE: usize = 1024;

/// The claims of an ID token that say whose session ends. It may have run out long ago (section 4).
#[derive(Deserialize)]
struct Hint {
    iss: String,
    sub: String,
    aud: String,
}

/// How a sign-out ends.
enum End {
    /// Back at the client.
    Client(Url),
    /// On a page that says so.
    Done,
    /// A page that asks the person to confirm, and names the client, where one has sent them.
    Ask { client_id: Option<String> },
}

/// A request in the address.
pub(super) async fn by_query(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let form = OAuthForm::parse(query.unwrap_or_default().as_bytes());
    answer(&state, &headers, form.map(|form| form.only(&NAMES))).await
}

/// A request by form, or the button.
pub(super) async fn by_form(
    State(state): State<ProviderState>,
    headers: HeaderMap,
    form: Result<OAuthForm, FormError>,
) -> Response {
    answer(&state, &headers, form).await
}

/// The parameters of a GET; the confirmation is accepted by POST only.
pub(super) const NAMES: [&str; 5] =
    ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

async fn answer(
    state: &ProviderState,
    headers: &HeaderMap,
    form: Result<OAuthForm, FormError>,
) -> Response {
    let form = match form {
        Ok(form) => form,
        Err(error) => return refuse(state, headers, None, malformed(error.to_string())),
    };
    let locales = form.value("ui_locales");
    match end(state, &form).await {
        Ok(End::Client(url)) => redirect(StatusCode::SEE_OTHER, &url),
        Ok(End::Done) => done(&words(state, headers, locales)),
        Ok(End::Ask { client_id }) => ask(&words(state, headers, locales), &form, client_id),
        Err(error) => refuse(state, headers, locales, error),
    }
}

async fn end(state: &ProviderState, form: &OAuthForm) -> Result<End, EndpointError> {
    let token = form.value("id_token_hint");
    let hint = token.and_then(|token| hint(state, token));
    let named = form.value("client_id");
    if let (Some(hint), Some(named)) = (&hint, named)
        && hint.aud != named
    {
        return Err(malformed("id_token_hint belongs to another client"));
    }
    let claimed = token.and_then(|token| claimed_client(state, token));
    let client_id = hint.as_ref().map(|hint| hint.aud.as_str()).or(named).or(claimed.as_deref());
    let client = match client_id {
        None => None,
        Some(client_id) => state.client(client_id).await?,
    };
    if named.is_some() && client.is_none() {
        return Err(malformed("Invalid client_id"));
    }
    let back = back(form, client.as_deref())?;
    match hint {
        Some(hint) => {
            let ended = revocations::revoke_user(state, &hint.sub).await?;
            tracing::info!(user.id = hint.sub, sessions.count = ended, "a user has signed out");
        }
        None if form.value(CONFIRMED).is_none() => {
            return Ok(End::Ask { client_id: client.map(|client| client.client_id.clone()) });
        }
        None => {}
    }
    Ok(back.map_or(End::Done, End::Client))
}

/// The claims of an ID token that was issued here; any other is ignored.
fn hint(state: &ProviderState, token: &str) -> Option<Hint> {
    let hint: Hint = state.keys.verify(TokenKind::Id, token).ok()?;
    (hint.iss == *state.issuer).then_some(hint)
}

/// The client that an ID token names whose signature nobody can check any more: the public half of a key is
/// forgotten a day after another signs, and a token may be handed in long after that. It is believed as far
/// as `client_id` in the address is, which anybody may write.
fn claimed_client(state: &ProviderState, token: &str) -> Option<String> {
    let claimed: Hint = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
    let is_name = claimed.iss == *state.issuer && !claimed.aud.contains('\0');
    is_name.then_some(claimed.aud)
}

/// Where the browser goes afterwards: only to what the client has registered.
fn back(form: &OAuthForm, client: Option<&Client>) -> Result<Option<Url>, EndpointError> {
    let Some(uri) = form.value("post_logout_redirect_uri") else { return Ok(None) };
    let is_registered = client.is_some_and(|client| client.has_post_logout_redirect_uri(uri));
    let url = Url::parse(uri).ok().filter(|_| is_registered);
    let mut url = url.ok_or_else(|| malformed("Invalid post_logout_redirect_uri"))?;
    if let Some(state) = form.value("state") {
        if state.len() > MAX_STATE {
            return Err(malformed("state has at most 1024 characters"));
        }
        url.query_pairs_mut().append_pair("state", state);
    }
    Ok(Some(url))
}

fn words(state: &ProviderState, headers: &HeaderMap, ui_locales: Option<&str>) -> Words {
    page::words(&state.texts, headers, ui_locales)
}

fn ask(words: &Words, form: &OAuthForm, client_id: Option<String>) -> Response {
    let title = words.text("provider-logout-title");
    let fields = PARAMETERS.iter().filter_map(|name| Some((*name, form.value(name)?.to_owned())));
    let fields = client_id
        .map(|client_id| ("client_id", client_id))
        .into_iter()
        .chain(fields)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    let body = view! {
        <main data-page="sign-out">
            <h1>{title.clone()}</h1>
            <p>{words.text("provider-logout-text")}</p>
            // Without an action a form goes to the address of its own page: this endpoint.
            <form method="post">
                {fields}
                <button name=CONFIRMED value="1">{words.text("provider-logout-button")}</button>
            </form>
        </main>
    };
    page::document(words.language(), &title, body, None).into_response()
}

fn done(words: &Words) -> Response {
    let title = words.text("provider-logout-done");
    let body = view! {
        <main data-page="signed-out">
            <h1>{title.clone()}</h1>
            <p>{words.text("provider-logout-close")}</p>
        </main>
    };
    page::document(words.language(), &title, body, None).into_response()
}

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> EndpointError {
    EndpointError::general(StatusCode::BAD_REQUEST, message)
}

/// Says that nothing was ended: in HTML to a browser, in JSON to a program.
fn refuse(
    state: &ProviderState,
    headers: &HeaderMap,
    ui_locales: Option<&str>,
    error: EndpointError,
) -> Response {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    if !accept.is_some_and(|accept| accept.contains("text/html")) {
        return error.into_response();
    }
    let words = words(state, headers, ui_locales);
    let title = words.text("provider-logout-refused");
    let body = view! {
        <main data-page="sign-out-refused">
            <h1>{title.clone()}</h1>
            <p>{words.text("provider-logout-refused-text")}</p>
        </main>
    };
    (error.status(), page::document(words.language(), &title, body, None)).into_response()
}

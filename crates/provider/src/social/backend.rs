//! `POST /v1/auth/social/{name}/start`, `…/verify` and `…/authenticate`: social login by a client that
//! takes the customer back itself (docs/transmit-api.md, 10.3).
//!
//! # Security
//!
//! The client says which user it means, and is not believed: the verified account has to be linked to
//! that user, here, by the same rules as in a redirect. Nobody is ever created.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::transactions::{self, Begun, KeepError, Name, Verified};
use super::upstream::{Account, Return, Upstream, UpstreamError, Visit};
use super::{Social, links, notice, page};
use crate::answer::{self, Refusal};
use crate::bearer::{BearerError, ClientToken};
use crate::contact::Email;
use crate::json::{JsonBody, JsonError};
use crate::tokens::{self, Amr, Authenticated, IssueError};
use platform::ids::NoEntropy;
use platform::storage::StorageError;

/// The most characters of a client's `state`.
const MAX_STATE: usize = 50;

/// A customer was not signed in.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackendError {
    /// There is no good client's token.
    #[error(transparent)]
    Bearer(#[from] BearerError),
    /// The body is not of the expected shape.
    #[error(transparent)]
    Body(#[from] JsonError),
    /// There is no such identity provider.
    #[error("sign in by a social account: there is no such identity provider")]
    NoUpstream,
    /// The client has not registered this redirect URI.
    #[error("sign in by a social account: the redirect URI is not registered")]
    RedirectUri,
    /// The state is empty or too long.
    #[error("sign in by a social account: the state has a wrong length")]
    State,
    /// Unknown, used before, run out, another client's or another identity provider's.
    #[error("sign in by a social account: nothing like this is under way")]
    NotUnderWay,
    /// There is no such user, or the account is not linked to them.
    #[error("sign in by a social account: it is not linked to this user")]
    NoUser,
    /// The user was disabled a moment ago.
    #[error("sign in by a social account: the user is not active")]
    UserNotActive,
    /// The identity provider identified nobody.
    #[error("identify a customer")]
    Upstream(#[from] UpstreamError),
    /// A step could not be kept.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The tokens could not be issued.
    #[error("sign in by a social account")]
    Issue(#[source] IssueError),
    /// The machine gave no randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<IssueError> for BackendError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::UserNotActive => Self::UserNotActive,
            error => Self::Issue(error),
        }
    }
}

impl IntoResponse for BackendError {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::Bearer(error) => return error.into_response(),
            Self::Body(error) => return error.into_response(),
            Self::NoUpstream => (StatusCode::NOT_FOUND, "There is no such identity provider"),
            Self::RedirectUri => (StatusCode::BAD_REQUEST, "Invalid redirect_uri"),
            Self::State => (StatusCode::BAD_REQUEST, "state must have 1 to 50 characters"),
            Self::NotUnderWay => (StatusCode::BAD_REQUEST, "The sign-in is unknown or over"),
            Self::NoUser => (StatusCode::NOT_FOUND, "User not found"),
            Self::UserNotActive => (StatusCode::FORBIDDEN, "User is not active"),
            Self::Upstream(error) => {
                page::log(&error, "-");
                if error.is_transient() {
                    (StatusCode::SERVICE_UNAVAILABLE, "The identity provider does not answer")
                } else {
                    (StatusCode::BAD_REQUEST, "The identity provider identified nobody")
                }
            }
            Self::Keep(_) | Self::Issue(_) | Self::Entropy(_) | Self::Storage(_) => {
                return answer::failure(&self);
            }
        };
        Refusal::new(status, message).into_response()
    }
}

type Token = Result<ClientToken, BearerError>;
type Body<T> = Result<JsonBody<T>, JsonError>;

fn upstream<'a>(social: &'a Social, name: &str) -> Result<&'a Upstream, BackendError> {
    social.upstreams.get(name).ok_or(BackendError::NoUpstream)
}

/// The body of `start`.
#[derive(Deserialize)]
pub(super) struct StartBody {
    redirect_uri: String,
    state: Option<String>,
}

/// `POST /v1/auth/social/{name}/start`: where to send the browser.
pub(super) async fn start(
    State(social): State<Social>,
    token: Token,
    Path(name): Path<String>,
    body: Body<StartBody>,
) -> Result<Response, BackendError> {
    let client = token?.client;
    let JsonBody(body) = body?;
    let upstream = upstream(&social, &name)?;
    if !client.has_redirect_uri(&body.redirect_uri) {
        return Err(BackendError::RedirectUri);
    }
    let redirect_uri = Url::parse(&body.redirect_uri).map_err(|_| BackendError::RedirectUri)?;
    let entropy = &social.provider.ambient.entropy;
    let state = body.state.map_or_else(|| entropy.token::<32>(), Ok)?;
    if !(1..=MAX_STATE).contains(&state.chars().count()) {
        return Err(BackendError::State);
    }
    let begun =
        Begun { redirect_uri, nonce: entropy.token::<32>()?, verifier: entropy.token::<32>()? };
    let visit = Visit {
        state: &state,
        nonce: &begun.nonce,
        challenge: &URL_SAFE_NO_PAD.encode(Sha256::digest(begun.verifier.as_bytes())),
        redirect_uri: Some(&begun.redirect_uri),
        ..Visit::default()
    };
    let url = upstream.authorization_url(&visit).await?;
    let under = Name { client_id: &client.client_id, upstream: &name, shown: &state };
    transactions::keep(&social.provider, under, &begun).await?;
    Ok((answer::no_store(), Json(json!({ "authorization_url": url }))).into_response())
}

/// The body of `verify`: what the browser has brought back.
#[derive(Deserialize)]
pub(super) struct VerifyBody {
    code: String,
    state: String,
    /// The issuer's own name in the answer (RFC 9207), where the identity provider sends one.
    iss: Option<String>,
}

/// `POST /v1/auth/social/{name}/verify`: whose account it is.
pub(super) async fn verify(
    State(social): State<Social>,
    token: Token,
    Path(name): Path<String>,
    body: Body<VerifyBody>,
) -> Result<Response, BackendError> {
    let client = token?.client;
    let JsonBody(body) = body?;
    let upstream = upstream(&social, &name)?;
    let client_id = client.client_id.as_str();
    let under = Name { client_id, upstream: &name, shown: &body.state };
    let begun: Option<Begun> = transactions::consume(&social.provider, under).await?;
    let begun = begun.ok_or(BackendError::NotUnderWay)?;
    if body.iss.is_some() {
        upstream.check_issuer(body.iss.as_deref()).await?;
    }
    let back = Return {
        code: &body.code,
        verifier: &begun.verifier,
        nonce: &begun.nonce,
        redirect_uri: Some(&begun.redirect_uri),
    };
    let Account { iss, sub, trusted_email, auth_time } = upstream.identify(&back).await?;
    let email = trusted_email.map(|email| email.as_str().to_owned());
    let mut claims = json!({ "iss": iss, "sub": sub });
    if let Some(email) = &email {
        claims["email"] = json!(email);
        claims["email_verified"] = json!(true);
    }
    let transaction_id = social.provider.ambient.entropy.token::<32>()?;
    let under = Name { client_id, upstream: &name, shown: &transaction_id };
    transactions::keep(&social.provider, under, &Verified { iss, sub, email, auth_time }).await?;
    let answer = json!({ "transaction_id": transaction_id, "claims": claims });
    Ok((answer::no_store(), Json(answer)).into_response())
}

/// The body of `authenticate`. `claims`, `resource` and `client_attributes` are tolerated.
#[derive(Deserialize)]
pub(super) struct AuthenticateBody {
    transaction_id: String,
    user_id: String,
}

/// `POST /v1/auth/social/{name}/authenticate`: signs the user in to whom the account is linked.
pub(super) async fn authenticate(
    State(social): State<Social>,
    token: Token,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body<AuthenticateBody>,
) -> Result<Response, BackendError> {
    let client = token?.client;
    let JsonBody(body) = body?;
    upstream(&social, &name)?;
    let state = &social.provider;
    let under = Name { client_id: &client.client_id, upstream: &name, shown: &body.transaction_id };
    let verified: Option<Verified> = transactions::consume(state, under).await?;
    let Verified { iss, sub, email, auth_time } = verified.ok_or(BackendError::NotUnderWay)?;
    let trusted_email = email.and_then(|email| Email::parse(&email).ok());
    let account = Account { iss, sub, trusted_email, auth_time };
    let found = links::find_user(state, &account).await?.ok_or(BackendError::NoUser)?;
    if found.is_new_link {
        notice::send(state, &found.user, &page::words(&state.texts, &headers, None), &name);
    }
    if found.user.user_id != body.user_id {
        return Err(BackendError::NoUser);
    }
    let now = state.ambient.clock.unix();
    let authenticated =
        Authenticated::by(&[Amr::Social], auth_time.map_or(now, |time| time.min(now)));
    let tokens = tokens::issue(state, &found.user, &client, &authenticated).await?;
    Ok((answer::no_store(), Json(tokens)).into_response())
}

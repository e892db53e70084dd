//! `/v1/applications` and `/v1/applications/{appId}/clients`, also as `/v1/clients`
//! (docs/transmit-api.md, 6). An answer echoes the client's secret, as Transmit's does: it is never
//! logged or cached.
//!
//! A client's token opens its own application and those that were created with it, and no other.
//! Transmit's roles and management applications are not there.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use super::applications::{self, Application};
use super::{Client, ClientError, ClientSettings};
use crate::ProviderState;
use crate::answer::{self, Refusal, Wrapped};
use crate::bearer::{BearerError, ClientToken};
use crate::json::{JsonBody, JsonError};
use crate::timestamp;
use platform::Secret;
use platform::ids::NoEntropy;
use platform::storage::StorageError;

/// How often a change is tried again when somebody else changes the same client.
const ATTEMPTS: usize = 5;

/// Applications or clients were not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// There is no good client's token.
    #[error(transparent)]
    Bearer(#[from] BearerError),
    /// The body is not JSON.
    #[error(transparent)]
    Body(#[from] JsonError),
    /// Members of the body are malformed.
    #[error("change a client: members are malformed")]
    Malformed(Vec<String>),
    /// The token belongs to another application.
    #[error("manage an application: the token belongs to another one")]
    Foreign,
    /// There is no such application or client.
    #[error("manage an application: there is no such application or client")]
    NotFound,
    /// It is the configured one, without which nobody could sign in any more.
    #[error("delete a client: it is the configured one")]
    Configured,
    /// Others keep changing it.
    #[error("change a client: somebody else changes it at the same time")]
    Busy,
    /// The client cannot be kept or read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The machine gave no randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl IntoResponse for ManageError {
    fn into_response(self) -> Response {
        match self {
            Self::Bearer(error) => error.into_response(),
            Self::Body(error) => error.into_response(),
            Self::Malformed(messages) => Refusal::malformed(messages).into_response(),
            Self::Foreign => {
                Refusal::new(StatusCode::FORBIDDEN, "The token belongs to another application")
                    .into_response()
            }
            Self::NotFound => {
                Refusal::new(StatusCode::NOT_FOUND, "There is no such application or client")
                    .into_response()
            }
            Self::Busy => {
                Refusal::new(StatusCode::CONFLICT, "The client is being changed").into_response()
            }
            Self::Configured => {
                Refusal::new(StatusCode::CONFLICT, "This is the client of the configuration")
                    .into_response()
            }
            Self::Client(_) | Self::Entropy(_) | Self::Storage(_) => answer::failure(&self),
        }
    }
}

/// A client as the API shows it: no `result` around it.
#[derive(Serialize)]
struct ClientAnswer<'a> {
    app_id: &'a str,
    tenant_id: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
    authentication_protocol: &'static str,
    created_at: String,
    updated_at: String,
    #[serde(flatten)]
    settings: &'a ClientSettings,
}

impl<'a> ClientAnswer<'a> {
    fn of(state: &'a ProviderState, client: &'a Client) -> Self {
        Self {
            app_id: &client.app_id,
            tenant_id: &state.tenant_id,
            client_id: &client.client_id,
            client_secret: client.secret.expose(),
            authentication_protocol: "oidc",
            created_at: timestamp(client.created_at),
            updated_at: timestamp(client.updated_at),
            settings: &client.settings,
        }
    }
}

#[derive(Serialize)]
struct ApplicationAnswer<'a> {
    app_id: &'a str,
    tenant_id: &'a str,
    app_name: &'a str,
    description: &'a str,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_client: Option<ClientAnswer<'a>>,
}

impl<'a> ApplicationAnswer<'a> {
    fn of(state: &'a ProviderState, application: &'a Application) -> Self {
        Self {
            app_id: &application.app_id,
            tenant_id: &state.tenant_id,
            app_name: &application.name,
            description: &application.description,
            created_at: timestamp(application.created_at),
            updated_at: timestamp(application.updated_at),
            first_client: None,
        }
    }
}

fn shown(status: StatusCode, body: impl Serialize) -> Response {
    (status, answer::no_store(), Json(body)).into_response()
}

type Token = Result<ClientToken, BearerError>;
type Body = Result<JsonBody<Map<String, Value>>, JsonError>;
type PathIds = Path<BTreeMap<String, String>>;

/// `POST /v1/applications`: 201 with the application in `result`. `first_client` may hold the
/// settings of a first client, which is then in the answer with its secret; without it clients are
/// added by the token that created the application.
///
/// # Errors
///
/// [`ManageError`]
pub async fn create_application(
    State(state): State<ProviderState>,
    token: Token,
    body: Body,
) -> Result<Response, ManageError> {
    let creator = token?.client;
    let JsonBody(body) = body?;
    let mut faults = Vec::new();
    let name = text(&body, "app_name", &mut faults);
    if name.trim().is_empty() && faults.is_empty() {
        faults.push("app_name must not be empty".into());
    }
    let description = text(&body, "description", &mut faults);
    let settings = first_client(&body, &name, &mut faults);
    if !faults.is_empty() {
        return Err(ManageError::Malformed(faults));
    }
    let now = state.ambient.clock.unix();
    let application = Application {
        app_id: state.ambient.entropy.token::<12>()?,
        name,
        description,
        created_by: Some(creator.app_id),
        created_at: now,
        updated_at: now,
    };
    applications::create(&state.storage, &application).await?;
    let client = match settings {
        Some(settings) => Some(new_client(&state, &application, settings).await?),
        None => None,
    };
    let result = ApplicationAnswer {
        first_client: client.as_ref().map(|client| ClientAnswer::of(&state, client)),
        ..ApplicationAnswer::of(&state, &application)
    };
    Ok(shown(StatusCode::CREATED, Wrapped { result }))
}

fn first_client(
    body: &Map<String, Value>,
    app_name: &str,
    faults: &mut Vec<String>,
) -> Option<ClientSettings> {
    match body.get("first_client") {
        None | Some(Value::Null) => None,
        Some(Value::Object(members)) => {
            let mut settings =
                ClientSettings { name: app_name.to_owned(), ..ClientSettings::default() };
            if let Err(more) = settings.replace_members(members) {
                faults.extend(more);
            }
            Some(settings)
        }
        Some(_) => {
            faults.push("first_client must be an object".into());
            None
        }
    }
}

/// `GET /v1/applications`: those that the token opens.
///
/// # Errors
///
/// [`ManageError`]
pub async fn list_applications(
    State(state): State<ProviderState>,
    token: Token,
) -> Result<Response, ManageError> {
    let app_id = token?.client.app_id;
    let found = applications::list(&state.storage, &app_id).await?;
    let result: Vec<_> = found.iter().map(|found| ApplicationAnswer::of(&state, found)).collect();
    Ok(shown(StatusCode::OK, Wrapped { result }))
}

/// `GET /v1/applications/{appId}`.
///
/// # Errors
///
/// [`ManageError`]
pub async fn read_application(
    State(state): State<ProviderState>,
    token: Token,
    Path(ids): PathIds,
) -> Result<Response, ManageError> {
    let application = own_application(&state, token, &ids).await?;
    let result = ApplicationAnswer::of(&state, &application);
    Ok(shown(StatusCode::OK, Wrapped { result }))
}

/// `POST /v1/applications/{appId}/clients` and `POST /v1/clients`: 201 with the client.
///
/// # Errors
///
/// [`ManageError`]
pub async fn create_client(
    State(state): State<ProviderState>,
    token: Token,
    Path(ids): PathIds,
    body: Body,
) -> Result<Response, ManageError> {
    let application = own_application(&state, token, &ids).await?;
    let JsonBody(body) = body?;
    let mut settings = ClientSettings::default();
    settings.replace_members(&body).map_err(ManageError::Malformed)?;
    let client = new_client(&state, &application, settings).await?;
    Ok(shown(StatusCode::CREATED, ClientAnswer::of(&state, &client)))
}

/// `GET /v1/applications/{appId}/clients` and `GET /v1/clients`.
///
/// # Errors
///
/// [`ManageError`]
pub async fn list_clients(
    State(state): State<ProviderState>,
    token: Token,
    Path(ids): PathIds,
) -> Result<Response, ManageError> {
    let application = own_application(&state, token, &ids).await?;
    let clients = super::list(&state.storage, &state.sealer, &application.app_id).await?;
    let result: Vec<_> = clients.iter().map(|client| ClientAnswer::of(&state, client)).collect();
    Ok(shown(StatusCode::OK, Wrapped { result }))
}

/// `GET /v1/applications/{appId}/clients/{clientId}` and `GET /v1/clients/{clientId}`.
///
/// # Errors
///
/// [`ManageError`]
pub async fn read_client(
    State(state): State<ProviderState>,
    token: Token,
    Path(ids): PathIds,
) -> Result<Response, ManageError> {
    let application = own_application(&state, token, &ids).await?;
    let client = own_client(&state, &application, &ids).await?;
    Ok(shown(StatusCode::OK, ClientAnswer::of(&state, &client)))
}

/// `PUT /v1/applications/{appId}/clients/{clientId}` and `PUT /v1/clients/{clientId}`: each member
/// that is named is replaced whole, the others stay.
///
/// # Errors
///
/// [`ManageError`]
pub async fn update_client(
    State(state): State<ProviderState>,
    token: Token,
    Path(ids): PathIds,
    body: Body,
) -> Result<Response, ManageError> {
    let application = own_application(&state, token, &ids).await?;
    let JsonBody(body) = body?;
    for _ in 0..ATTEMPTS {
        let mut client = own_client(&state, &application, &ids).await?;
        client.settings.replace_members(&body).map_err(ManageError::Malformed)?;
        if super::update(&state.storage, &client, state.ambient.clock.unix()).await? {
            let client = own_client(&state, &application, &ids).await?;
            return Ok(shown(StatusCode::OK, ClientAnswer::of(&state, &client)));
        }
    }
    Err(ManageError::Busy)
}

/// `DELETE /v1/applications/{appId}/clients/{clientId}` and `DELETE /v1/clients/{clientId}`: 204.
///
/// # Errors
///
/// [`ManageError`]
pub async fn delete_client(
    State(state): State<ProviderState>,
    token: Token,
    Path(ids): PathIds,
) -> Result<Response, ManageError> {
    let application = own_application(&state, token, &ids).await?;
    let client = own_client(&state, &application, &ids).await?;
    if Some(&client.client_id) == state.settings.client.client_id.as_ref() {
        return Err(ManageError::Configured);
    }
    super::remove(&state.storage, &client.client_id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The application that the path names, or the token's own where it names none.
async fn own_application(
    state: &ProviderState,
    token: Token,
    ids: &BTreeMap<String, String>,
) -> Result<Application, ManageError> {
    let own = token?.client.app_id;
    let named = ids.get("app_id").unwrap_or(&own);
    let application = applications::find(&state.storage, named).await?;
    let application = application.ok_or(ManageError::NotFound)?;
    let is_own = application.app_id == own || application.created_by.as_ref() == Some(&own);
    if is_own { Ok(application) } else { Err(ManageError::Foreign) }
}

async fn own_client(
    state: &ProviderState,
    application: &Application,
    ids: &BTreeMap<String, String>,
) -> Result<Client, ManageError> {
    let client_id = ids.get("client_id").map_or("", String::as_str);
    super::find(&state.storage, &state.sealer, client_id)
        .await?
        .filter(|client| client.app_id == application.app_id)
        .ok_or(ManageError::NotFound)
}

async fn new_client(
    state: &ProviderState,
    application: &Application,
    settings: ClientSettings,
) -> Result<Client, ManageError> {
    let now = state.ambient.clock.unix();
    let client = Client {
        client_id: format!("{}.client", state.ambient.entropy.token::<12>()?),
        app_id: application.app_id.clone(),
        app_name: application.name.clone(),
        secret: Secret::new(state.ambient.entropy.token::<32>()?),
        settings,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    super::create(&state.storage, &state.sealer, &client).await?;
    Ok(client)
}

fn text(body: &Map<String, Value>, name: &str, faults: &mut Vec<String>) -> String {
    match body.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.chars().count() <= 200 => text.clone(),
        Some(_) => {
            faults.push(format!("{name} must be text of at most 200 characters"));
            String::new()
        }
    }
}

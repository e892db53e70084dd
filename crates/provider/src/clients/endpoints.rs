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
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::applications::{self, ClientApplication};
use super::settings::NamedSettings;
use super::{Client, ClientSettings};
use crate::ProviderState;
use crate::answer::{Created, EndpointError, NoContent, Wrapped};
use crate::bearer::ClientToken;
use crate::json::JsonBody;
use crate::timestamp::timestamp;
use platform::Secret;

/// How often a change is tried again when somebody else changes the same client.
const ATTEMPTS: usize = 5;

fn malformed(faults: Vec<String>) -> EndpointError {
    EndpointError::faults(StatusCode::BAD_REQUEST, faults)
}

fn not_found() -> EndpointError {
    EndpointError::general(StatusCode::NOT_FOUND, "There is no such application or client")
}

/// A client as the API shows it: no `result` around it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ClientAnswer {
    app_id: String,
    tenant_id: String,
    client_id: String,
    client_secret: String,
    authentication_protocol: &'static str,
    created_at: String,
    updated_at: String,
    #[serde(flatten)]
    settings: ClientSettings,
}

impl ClientAnswer {
    fn of(state: &ProviderState, client: Client) -> Self {
        Self {
            app_id: client.app_id,
            tenant_id: state.tenant_id.to_string(),
            client_id: client.client_id,
            client_secret: client.secret.expose().to_owned(),
            authentication_protocol: "oidc",
            created_at: timestamp(client.created_at),
            updated_at: timestamp(client.updated_at),
            settings: client.settings,
        }
    }
}

/// An application as the API shows it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ApplicationAnswer {
    app_id: String,
    tenant_id: String,
    app_name: String,
    description: String,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_client: Option<ClientAnswer>,
}

impl ApplicationAnswer {
    fn of(state: &ProviderState, application: ClientApplication) -> Self {
        Self {
            app_id: application.app_id,
            tenant_id: state.tenant_id.to_string(),
            app_name: application.name,
            description: application.description,
            created_at: timestamp(application.created_at),
            updated_at: timestamp(application.updated_at),
            first_client: None,
        }
    }
}

/// What the path names, both parts or one.
type PathIds = Path<BTreeMap<String, String>>;

/// `POST /v1/applications`: 201 with the application in `result`. `first_client` may hold the
/// settings of a first client, which is then in the answer with its secret; without it clients are
/// added by the token that created the application.
pub(crate) async fn create_application(
    State(state): State<ProviderState>,
    ClientToken { client: creator }: ClientToken,
    JsonBody(body): JsonBody<Map<String, Value>>,
) -> Result<Created<Wrapped<ApplicationAnswer>>, EndpointError> {
    let mut faults = Vec::new();
    let name = text(&body, "app_name", &mut faults);
    if name.trim().is_empty() && faults.is_empty() {
        faults.push("app_name must not be empty".into());
    }
    let description = text(&body, "description", &mut faults);
    let settings = first_client(&body, &name, &mut faults);
    if !faults.is_empty() {
        return Err(malformed(faults));
    }
    let now = state.ambient.clock.unix();
    let application = ClientApplication {
        app_id: state.ambient.entropy.token::<12>()?,
        name,
        description,
        created_by: Some(creator.app_id.clone()),
        created_at: now,
        updated_at: now,
    };
    applications::create(&state.storage, &application).await?;
    let first_client = match settings {
        Some(settings) => Some(new_client(&state, &application, settings).await?),
        None => None,
    };
    let result = ApplicationAnswer { first_client, ..ApplicationAnswer::of(&state, application) };
    Ok(Created(Wrapped { result }))
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
pub(crate) async fn list_applications(
    State(state): State<ProviderState>,
    ClientToken { client }: ClientToken,
) -> Result<Json<Wrapped<Vec<ApplicationAnswer>>>, EndpointError> {
    let found = applications::list(&state.storage, &client.app_id).await?;
    let result = found.into_iter().map(|found| ApplicationAnswer::of(&state, found)).collect();
    Ok(Json(Wrapped { result }))
}

/// `GET /v1/applications/{appId}`.
pub(crate) async fn read_application(
    State(state): State<ProviderState>,
    token: ClientToken,
    Path(ids): PathIds,
) -> Result<Json<Wrapped<ApplicationAnswer>>, EndpointError> {
    let application = own_application(&state, &token, &ids).await?;
    Ok(Json(Wrapped { result: ApplicationAnswer::of(&state, application) }))
}

/// `POST /v1/applications/{appId}/clients` and `POST /v1/clients`: 201 with the client.
pub(crate) async fn create_client(
    State(state): State<ProviderState>,
    token: ClientToken,
    Path(ids): PathIds,
    JsonBody(NamedSettings(body)): JsonBody<NamedSettings>,
) -> Result<Created<ClientAnswer>, EndpointError> {
    let application = own_application(&state, &token, &ids).await?;
    let mut settings = ClientSettings::default();
    settings.replace_members(&body).map_err(malformed)?;
    Ok(Created(new_client(&state, &application, settings).await?))
}

/// `GET /v1/applications/{appId}/clients` and `GET /v1/clients`.
pub(crate) async fn list_clients(
    State(state): State<ProviderState>,
    token: ClientToken,
    Path(ids): PathIds,
) -> Result<Json<Vec<ClientAnswer>>, EndpointError> {
    let application = own_application(&state, &token, &ids).await?;
    let clients = super::list(&state.storage, &state.sealer, &application.app_id).await?;
    Ok(Json(clients.into_iter().map(|client| ClientAnswer::of(&state, client)).collect()))
}

/// `GET /v1/applications/{appId}/clients/{clientId}` and `GET /v1/clients/{clientId}`.
pub(crate) async fn read_client(
    State(state): State<ProviderState>,
    token: ClientToken,
    Path(ids): PathIds,
) -> Result<Json<ClientAnswer>, EndpointError> {
    let application = own_application(&state, &token, &ids).await?;
    let client = own_client(&state, &application, &ids).await?;
    Ok(Json(ClientAnswer::of(&state, client)))
}

/// `PUT /v1/applications/{appId}/clients/{clientId}` and `PUT /v1/clients/{clientId}`: each member
/// that is named is replaced whole, the others stay.
pub(crate) async fn update_client(
    State(state): State<ProviderState>,
    token: ClientToken,
    Path(ids): PathIds,
    JsonBody(NamedSettings(body)): JsonBody<NamedSettings>,
) -> Result<Json<ClientAnswer>, EndpointError> {
    let application = own_application(&state, &token, &ids).await?;
    for _ in 0..ATTEMPTS {
        let mut client = own_client(&state, &application, &ids).await?;
        client.settings.replace_members(&body).map_err(malformed)?;
        if super::update(&state.storage, &client, state.ambient.clock.unix()).await? {
            let client = own_client(&state, &application, &ids).await?;
            return Ok(Json(ClientAnswer::of(&state, client)));
        }
    }
    Err(EndpointError::general(StatusCode::CONFLICT, "The client is being changed"))
}

/// `DELETE /v1/applications/{appId}/clients/{clientId}` and `DELETE /v1/clients/{clientId}`: 204. The
/// configured client stays: without it nobody could sign in any more.
pub(crate) async fn delete_client(
    State(state): State<ProviderState>,
    token: ClientToken,
    Path(ids): PathIds,
) -> Result<NoContent, EndpointError> {
    let application = own_application(&state, &token, &ids).await?;
    let client = own_client(&state, &application, &ids).await?;
    if Some(&client.client_id) == state.settings.client.client_id.as_ref() {
        let message = "This is the client of the configuration";
        return Err(EndpointError::general(StatusCode::CONFLICT, message));
    }
    super::remove(&state.storage, &client.client_id).await?;
    Ok(NoContent)
}

/// The application that the path names, or the token's own where it names none.
async fn own_application(
    state: &ProviderState,
    token: &ClientToken,
    ids: &BTreeMap<String, String>,
) -> Result<ClientApplication, EndpointError> {
    let own = &token.client.app_id;
    let named = ids.get("app_id").unwrap_or(own);
    let application = applications::find(&state.storage, named).await?.ok_or_else(not_found)?;
    if application.app_id == *own || application.created_by.as_ref() == Some(own) {
        return Ok(application);
    }
    let message = "The token belongs to another application";
    Err(EndpointError::general(StatusCode::FORBIDDEN, message))
}

async fn own_client(
    state: &ProviderState,
    application: &ClientApplication,
    ids: &BTreeMap<String, String>,
) -> Result<Client, EndpointError> {
    let client_id = ids.get("client_id").map_or("", String::as_str);
    super::find(&state.storage, &state.sealer, client_id)
        .await?
        .filter(|client| client.app_id == application.app_id)
        .ok_or_else(not_found)
}

async fn new_client(
    state: &ProviderState,
    application: &ClientApplication,
    settings: ClientSettings,
) -> Result<ClientAnswer, EndpointError> {
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
    Ok(ClientAnswer::of(state, client))
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

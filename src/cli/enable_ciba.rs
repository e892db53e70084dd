//! `ciba-login enable-ciba`: step 2 of the guide.

mod arguments;
mod realm;
mod report;

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

pub(super) use self::arguments::EnableCibaArguments;
use self::report::{DECLINED, agreed, as_json, show_changes, unsure};
use super::connection::ProviderConnection;
use super::output::say;
use super::private_file::PrivateFile;
use crate::config::{Config, ProviderKind};
use crate::operator::{Change, changes};
use transmit::{ApiClient, CibaAuthorization, CreatedClient, NewClient, TransmitError};

/// Switches CIBA on or off.
pub(super) async fn run(
    config: Config,
    arguments: &EnableCibaArguments,
) -> anyhow::Result<ExitCode> {
    if config.provider.kind == ProviderKind::Keycloak {
        return realm::run(&config, arguments).await;
    }
    let mut connection = ProviderConnection::open(config, &arguments.credentials)?;
    if let Some(app_id) = &arguments.app_id {
        connection.config.provider.app_id = Some(app_id.clone());
    }
    match (&arguments.create_application, &arguments.create_shell_client) {
        (Some(name), _) => create(&connection, name, arguments).await,
        (None, Some(name)) => create_shell_client(&connection, name, arguments).await,
        (None, None) => update(&connection, arguments).await,
    }
}

async fn update(
    connection: &ProviderConnection,
    arguments: &EnableCibaArguments,
) -> anyhow::Result<ExitCode> {
    let (app_id, client_id) = (connection.app_id()?, connection.transmit.client_id());
    let client = connection.transmit.find_client(app_id, client_id).await;
    let client = client.map_err(|error| explain(error, "apps:read"))?.with_context(|| {
        format!(
            "there is no client {client_id} in application {app_id}: check provider.client_id and \
             provider.app_id"
        )
    })?;
    let wanted = wanted(connection, &client, arguments);
    let changes = changes(client.ciba_authorization.as_ref(), &wanted);
    if !arguments.json {
        show(app_id, &client, &changes);
    }
    if !changes.is_empty() {
        if !arguments.yes && !agreed(arguments.json)? {
            say("Nothing was changed.");
            return Ok(ExitCode::from(DECLINED));
        }
        let now = match connection.transmit.update_ciba(app_id, client_id, &wanted).await {
            Ok(now) => now,
            Err(error) => return refused(error, "apps:edit (or apps:create)"),
        };
        if now.ciba_authorization.is_some_and(|now| !self::changes(Some(&now), &wanted).is_empty())
        {
            return Ok(unsure(
                "the provider took the change and shows another state: read it again in a minute",
            ));
        }
    }
    if arguments.json {
        say(json!({
            "app_id": app_id,
            "client_id": client_id,
            "changed": !changes.is_empty(),
            "changes": as_json(&changes),
            "ciba_authorization": wanted,
        }));
    } else if !changes.is_empty() {
        say(if wanted.enabled { "CIBA is on." } else { "CIBA is off." });
    }
    Ok(ExitCode::SUCCESS)
}

fn wanted(
    connection: &ProviderConnection,
    client: &ApiClient,
    arguments: &EnableCibaArguments,
) -> CibaAuthorization {
    let has = client.ciba_authorization.clone().unwrap_or_default();
    let new = || Some(login_uri(connection, arguments));
    CibaAuthorization {
        enabled: !arguments.disable,
        login_uri: if arguments.disable { has.login_uri } else { new() },
        others: has.others,
    }
}

fn login_uri(connection: &ProviderConnection, arguments: &EnableCibaArguments) -> String {
    arguments.login_uri.as_ref().map_or_else(|| connection.login_uri(), url::Url::to_string)
}

async fn create(
    connection: &ProviderConnection,
    name: &str,
    arguments: &EnableCibaArguments,
) -> anyhow::Result<ExitCode> {
    let login_uri = login_uri(connection, arguments);
    if !arguments.json {
        say(format_args!("Application {name:?} will be created, with a client for {login_uri}."));
    }
    let Some(secret_file) = secret_file(connection, arguments)? else {
        return Ok(ExitCode::from(DECLINED));
    };
    let application = match connection.transmit.create_application(name).await {
        Ok(application) => application,
        Err(error) => return refused(error, "apps:create"),
    };
    let site = connection.config.site.public_url.as_str().trim_end_matches('/');
    let authorization = CibaAuthorization {
        enabled: true,
        login_uri: Some(login_uri),
        ..CibaAuthorization::default()
    };
    let new = NewClient {
        name,
        redirect_uris: &[format!("{site}/mail/callback"), format!("{site}/social/callback")],
        ciba_authorization: &authorization,
        role_ids: &[],
    };
    let client = connection.transmit.create_client(&application.app_id, &new).await;
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let error = explain(error, "apps:create");
            return Ok(unsure(format_args!(
                "application {} was created, its client was not: {error:#}",
                application.app_id
            )));
        }
    };
    Ok(tell(&application.app_id, &client, secret_file, &authorization, arguments.json))
}

/// Creates a client that may only ask: its secret is in the hands of agents.
async fn create_shell_client(
    connection: &ProviderConnection,
    name: &str,
    arguments: &EnableCibaArguments,
) -> anyhow::Result<ExitCode> {
    let (app_id, login_uri) = (connection.app_id()?, login_uri(connection, arguments));
    if !arguments.json {
        say(format_args!(
            "Client {name:?} will be created in application {app_id}, to ask and do nothing else, \
             for {login_uri}."
        ));
    }
    let Some(secret_file) = secret_file(connection, arguments)? else {
        return Ok(ExitCode::from(DECLINED));
    };
    let authorization = CibaAuthorization {
        enabled: true,
        login_uri: Some(login_uri),
        ..CibaAuthorization::default()
    };
    let new = NewClient {
        name,
        redirect_uris: &[],
        ciba_authorization: &authorization,
        role_ids: &["ciba"],
    };
    let client = connection.transmit.create_client(app_id, &new).await;
    let client = match client {
        Ok(client) => client,
        Err(error) => return refused(error, "apps:create"),
    };
    Ok(tell(app_id, &client, secret_file, &authorization, arguments.json))
}

/// The file for a new client's secret, before anything exists at the provider: the secret is told once.
/// `None` where nothing is to be created.
fn secret_file(
    connection: &ProviderConnection,
    arguments: &EnableCibaArguments,
) -> anyhow::Result<Option<PrivateFile>> {
    if !arguments.yes && !agreed(arguments.json)? {
        say("Nothing was created.");
        return Ok(None);
    }
    let entropy = connection.ambient.entropy.as_ref();
    Ok(Some(PrivateFile::prepare_new(&arguments.client_secret_file, entropy)?))
}

/// Keeps the secret of a new client, and tells the rest.
fn tell(
    app_id: &str,
    client: &CreatedClient,
    secret_file: PrivateFile,
    authorization: &CibaAuthorization,
    as_json_object: bool,
) -> ExitCode {
    let path = secret_file.path().display().to_string();
    if let Err(error) = secret_file.keep(client.client_secret.expose().as_bytes()) {
        return unsure(format_args!(
            "client {} of application {app_id} was created, and its secret is not in its file: \
             {error:#}",
            client.client_id
        ));
    }
    if as_json_object {
        say(json!({
            "app_id": app_id,
            "client_id": client.client_id,
            "client_secret_file": path,
            "changed": true,
            "changes": as_json(&changes(None, authorization)),
            "ciba_authorization": authorization,
        }));
    } else {
        say("CIBA is on for a new client. Put this into the configuration:\n\n[provider]");
        say(format_args!("app_id = {app_id:?}"));
        say(format_args!("client_id = {:?}", client.client_id));
        say(format_args!("client_secret_file = {path:?}"));
    }
    ExitCode::SUCCESS
}

fn show(app_id: &str, client: &ApiClient, changes: &[Change]) {
    let name = client.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    say(format_args!("Client {}{name} of application {app_id}:", client.client_id));
    show_changes(changes);
}

/// A change was not taken; where no usable answer came to it, nobody knows.
fn refused(error: TransmitError, permission: &str) -> anyhow::Result<ExitCode> {
    let may_be_done = may_be_done(&error);
    let error = explain(error, permission);
    if may_be_done { Ok(unsure(format_args!("{error:#}"))) } else { Err(error) }
}

/// Whether the provider may have done what was asked, although no usable answer came.
fn may_be_done(error: &TransmitError) -> bool {
    match error {
        TransmitError::Transport(error) | TransmitError::Timeout(error) => !error.is_connect(),
        TransmitError::Body(_) => true,
        TransmitError::Unexpected { status, .. } => (200..300).contains(status),
        TransmitError::Api(error) => error.status >= 500,
        TransmitError::IdToken(_) | TransmitError::Assertion(_) | TransmitError::Discovery(_) => {
            false
        }
    }
}

/// Says what is missing.
fn explain(error: TransmitError, permission: &str) -> anyhow::Error {
    let is_limit = error.api().is_some_and(|api| api.limit().is_some());
    let cure = match error.api().map(|api| api.status) {
        _ if is_limit => "the provider wants fewer requests: wait a minute".into(),
        Some(401) => "the client's credentials are not accepted: check provider.client_id and its secret".into(),
        Some(403) => format!("the client lacks the permission {permission}"),
        Some(404) => "the application or the client is not known: check provider.app_id and provider.client_id".into(),
        Some(300..=399) => "this is not the provider's address: check provider.url and provider.prefix".into(),
        Some(500..) => "the provider has a fault: try again in a minute".into(),
        None if matches!(error, TransmitError::Unexpected { .. } | TransmitError::Body(_)) => "this is not the provider's address: check provider.url and provider.prefix".into(),
        _ if error.is_transient() => "the provider does not answer: check provider.url, or start the demo with: ciba-login serve".into(),
        _ => "the provider refuses".to_owned(),
    };
    anyhow::Error::new(error).context(cure)
}

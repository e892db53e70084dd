//! `ciba-login enable-ciba` where the provider is a realm of Keycloak: what it needs, the difference,
//! and, with an administrator, the change.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Value, json};

use super::arguments::EnableCibaArguments;
use super::report::{DECLINED, agreed, as_json, show_changes, unsure};
use crate::application::settings;
use crate::at_keycloak;
use crate::at_keycloak::channel;
use crate::cli::output::{complain, say};
use crate::config::{ClientAuth, Config, Delivery, Secret};
use crate::operator::{
    Change, ClientRole, WantedClient, adjust_client, adjust_realm, adjust_user_profile,
    demanded_classes, is_edited_by_users,
};
use keycloak::{Admin, CallError, Keycloak};
use platform::ambient::Ambient;

/// What is sent, in this order.
enum RealmChange {
    Realm(Value),
    UserProfile(Value),
    NewClient(Value),
    Client(Value),
    /// For the client of this identifier, which may be new.
    ViewUsers(String),
}

/// What the realm is to have.
struct Wanted<'a> {
    clients: Vec<WantedClient<'a>>,
    /// The attribute that holds the customers' phone numbers, where they are needed.
    phone_attribute: Option<&'a str>,
    /// The clients whose customers may sign in by our mail.
    by_mail: &'a [String],
    is_off: bool,
}

/// Switches CIBA on or off in the realm.
pub(super) async fn run(
    config: &Config,
    arguments: &EnableCibaArguments,
) -> anyhow::Result<ExitCode> {
    refuse_transmits(arguments)?;
    let site = config.site.public_url.as_str().trim_end_matches('/');
    let redirect_uri = format!("{site}/social/callback");
    let wanted = Wanted {
        clients: wanted(config, &redirect_uri, !arguments.disable)?,
        phone_attribute: (config.keycloak.delivery == Delivery::Sms)
            .then_some(config.keycloak.phone_attribute.as_str()),
        by_mail: &config.keycloak.mail_sign_in,
        is_off: arguments.disable,
    };
    let by_hand = by_hand(site, config);
    let http = settings::http_of_provider(config)?;
    let keycloak = Keycloak::new(http, at_keycloak::settings(config)?, Ambient::system());
    let administrator = arguments.administrator.read()?;
    let (changes, steps, admin) = match &administrator {
        Some(who) => {
            let admin = keycloak.administered_by(who).await;
            let admin = admin.map_err(|error| explain(error, "sign in as the administrator"))?;
            let (changes, steps) =
                compare(&admin, &wanted).await.map_err(|error| explain(error, "read the realm"))?;
            (changes, steps, Some(admin))
        }
        None => (needed(&wanted), Vec::new(), None),
    };
    if !arguments.json {
        say(format_args!("Realm {}:", keycloak.issuer()));
        show_changes(&changes);
    }
    let is_changed = !steps.is_empty();
    if let Some(admin) = admin.filter(|_| is_changed) {
        if !arguments.yes && !agreed(arguments.json)? {
            say("Nothing was changed.");
            return Ok(ExitCode::from(DECLINED));
        }
        if let Some(code) = apply_all(&admin, steps).await? {
            return Ok(code);
        }
    }
    if arguments.json {
        say(json!({
            "realm": keycloak.issuer(),
            "changed": is_changed,
            "changes": as_json(&changes),
            "by_hand": by_hand,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    match (&administrator, is_changed) {
        (Some(_), true) => say("The realm is changed."),
        (Some(_), false) => {}
        (None, _) => say("Nothing was compared or changed: say --admin-user for that."),
    }
    if !arguments.disable {
        say("Only whoever starts the server can set:");
        for option in &by_hand {
            say(format_args!("  {option}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses the options that mean something at Transmit only.
fn refuse_transmits(arguments: &EnableCibaArguments) -> anyhow::Result<()> {
    for (given, name) in [
        (arguments.app_id.is_some(), "--app-id"),
        (arguments.login_uri.is_some(), "--login-uri"),
        (arguments.create_application.is_some(), "--create-application"),
        (arguments.create_shell_client.is_some(), "--create-shell-client"),
    ] {
        anyhow::ensure!(!given, "{name} is Transmit's, and the provider is Keycloak");
    }
    Ok(())
}

/// Sends the changes, one after the other. An exit code where nobody knows what was changed.
async fn apply_all(admin: &Admin<'_>, steps: Vec<RealmChange>) -> anyhow::Result<Option<ExitCode>> {
    for (done, step) in steps.into_iter().enumerate() {
        if let Err(error) = apply(admin, step).await {
            let is_refused = matches!(error.status(), Some(400..=499));
            let error = explain(error, "change the realm");
            // The first one that is refused has changed nothing.
            return if done == 0 && is_refused {
                Err(error)
            } else {
                Ok(Some(unsure(format!("{error:#}"))))
            };
        }
    }
    Ok(None)
}

/// The option that names this site to the server, in its two spellings; and the one by which it has one
/// public address, where it is called at another.
fn by_hand(site: &str, config: &Config) -> Vec<String> {
    let channel = format!("{site}{}", channel::PATH);
    let mut options = vec![
        format!(
            "--spi-ciba-auth-channel--ciba-http-auth-channel--http-authentication-channel-uri={channel}"
        ),
        format!(
            "KC_SPI_CIBA_AUTH_CHANNEL__CIBA_HTTP_AUTH_CHANNEL__HTTP_AUTHENTICATION_CHANNEL_URI={channel}"
        ),
    ];
    if config.keycloak.internal_url.is_some()
        && let Some((base, _)) = config.provider_url().as_str().rsplit_once("/realms/")
    {
        options.push(format!("--hostname={base}"));
    }
    options
}

/// The clients: the agents' own, the others that are listed, and the page's. Switched off, only the
/// first.
fn wanted<'a>(
    config: &'a Config,
    redirect_uri: &'a str,
    enabled: bool,
) -> anyhow::Result<Vec<WantedClient<'a>>> {
    let agent = &config.keycloak.agent;
    let page = config.provider.client_id.as_deref();
    let page = page.context("provider.client_id: it is missing")?;
    let listed = config.keycloak.clients.keys().map(String::as_str);
    let own = agent.client_id.as_deref().filter(|id| !config.keycloak.clients.contains_key(*id));
    let mut clients: Vec<WantedClient<'_>> = listed
        .chain(own)
        .filter(|id| enabled || agent.client_id.as_deref() == Some(*id))
        .map(|client_id| WantedClient {
            client_id,
            role: ClientRole::Agents { enabled },
            secret: agent
                .client_secret
                .as_ref()
                .filter(|_| agent.client_id.as_deref() == Some(client_id))
                .filter(|_| agent.client_auth != ClientAuth::PrivateKeyJwt)
                .map(Secret::expose),
        })
        .collect();
    if enabled {
        let secret = config.provider.client_secret.as_ref().map(Secret::expose);
        clients.push(WantedClient {
            client_id: page,
            role: ClientRole::Page { redirect_uri },
            secret,
        });
    }
    Ok(clients)
}

/// What a realm needs that has nothing.
fn needed(wanted: &Wanted<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    if !wanted.is_off {
        changes = adjust_realm(&mut json!({}));
        if let Some(attribute) = wanted.phone_attribute {
            changes.extend(adjust_user_profile(&mut json!({}), attribute));
        }
    }
    for wanted in &wanted.clients {
        changes.extend(adjust_client(&mut None, wanted));
        if let ClientRole::Page { .. } = wanted.role {
            changes.push(view_users(wanted.client_id));
        }
    }
    changes
}

fn view_users(client_id: &str) -> Change {
    Change {
        member: format!("service-account-{client_id}.realm-management"),
        before: None,
        after: Some("view-users".into()),
    }
}

async fn compare(
    admin: &Admin<'_>,
    wanted: &Wanted<'_>,
) -> Result<(Vec<Change>, Vec<RealmChange>), CallError> {
    let (mut changes, mut steps) = (Vec::new(), Vec::new());
    let mut realm = Value::Null;
    if !wanted.is_off {
        realm = admin.realm().await?;
        changes = adjust_realm(&mut realm);
        if !changes.is_empty() {
            // All attributes, because those that are left out are removed; and nothing else.
            steps.push(RealmChange::Realm(json!({ "attributes": realm["attributes"] })));
        }
        if let Some(attribute) = wanted.phone_attribute {
            let mut profile = admin.user_profile().await?;
            let of_profile = adjust_user_profile(&mut profile, attribute);
            if is_edited_by_users(&profile, attribute) {
                complain(format_args!(
                    "ciba-login: note: customers may change their {attribute} themselves, and so \
                     redirect their own links: let administrators alone edit it in the realm's user \
                     profile"
                ));
            }
            if !of_profile.is_empty() {
                changes.extend(of_profile);
                steps.push(RealmChange::UserProfile(profile));
            }
        }
    }
    let by_mail: Vec<&str> = wanted.by_mail.iter().map(String::as_str).collect();
    for wanted in &wanted.clients {
        let mut client = admin.client(wanted.client_id).await?;
        let id = client.as_ref().and_then(|client| client["id"].as_str()).map(str::to_owned);
        if id.is_none() && matches!(wanted.role, ClientRole::Agents { enabled: false }) {
            continue;
        }
        if let Some(client) = client.as_ref().filter(|_| by_mail.contains(&wanted.client_id)) {
            warn_of_classes(wanted.client_id, &demanded_classes(&realm, client));
        }
        let of_client = adjust_client(&mut client, wanted);
        if let (Some(client), false) = (client, of_client.is_empty()) {
            steps.push(if id.is_some() {
                RealmChange::Client(client)
            } else {
                RealmChange::NewClient(client)
            });
        }
        let had_account =
            !of_client.iter().any(|one| one.member.ends_with("serviceAccountsEnabled"));
        changes.extend(of_client);
        if let ClientRole::Page { .. } = wanted.role {
            let may = match &id {
                Some(id) if had_account => admin.may_view_users(id).await?,
                _ => false,
            };
            if !may {
                changes.push(view_users(wanted.client_id));
                steps.push(RealmChange::ViewUsers(wanted.client_id.to_owned()));
            }
        }
    }
    Ok((changes, steps))
}

/// Says that customers of this client may answer with less than the realm demands: the page cannot see it,
/// because requests do not name these classes.
fn warn_of_classes(client_id: &str, demanded: &[String]) {
    if !demanded.is_empty() {
        complain(format_args!(
            "ciba-login: note: the realm demands a class of sign-in for {client_id} ({}), which a \
             sign-in by our mail does not reach: take the client off keycloak.mail_sign_in",
            demanded.join(", ")
        ));
    }
}

async fn apply(admin: &Admin<'_>, step: RealmChange) -> Result<(), CallError> {
    match step {
        RealmChange::Realm(realm) => admin.update_realm(&realm).await,
        RealmChange::UserProfile(profile) => admin.update_user_profile(&profile).await,
        RealmChange::NewClient(client) => admin.create_client(&client).await,
        RealmChange::Client(client) => {
            admin.update_client(client["id"].as_str().unwrap_or_default(), &client).await
        }
        RealmChange::ViewUsers(client_id) => {
            let client = admin.client(&client_id).await?.unwrap_or_default();
            admin.let_view_users(client["id"].as_str().unwrap_or_default()).await
        }
    }
}

fn explain(error: CallError, attempt: &str) -> anyhow::Error {
    let cure = match error.status() {
        // To a password that is wrong Keycloak answers 400 or 401.
        Some(400 | 401) if error.code() == Some("invalid_grant") => {
            "name or password of the administrator is wrong"
        }
        Some(403) => {
            "the administrator lacks the roles manage-realm, manage-clients and manage-users"
        }
        Some(404) => "there is no such realm: check provider.url and --admin-realm",
        _ if error.is_transient() => "Keycloak does not answer: check provider.url",
        _ => "Keycloak refuses",
    };
    anyhow::Error::new(error).context(format!("could not {attempt}: {cure}"))
}

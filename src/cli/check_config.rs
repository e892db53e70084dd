//! `ciba-login check-config`.

use std::process::ExitCode;

use anyhow::Context;

use super::connection::{Credentials, ProviderConnection};
use super::output::{complain, say};
use crate::config::{self, Config, ProviderKind};
use crate::{application, at_keycloak, site};
use keycloak::Keycloak;
use platform::ambient::Ambient;
use platform::causes::Causes;
use platform::issuer::{DiscoveryDocument, IssuerAddress};
use platform::telemetry;
use transmit::{ApiClient, Transmit, TransmitError};

#[derive(Debug, clap::Args)]
pub(super) struct CheckConfigArguments {
    /// Print the effective configuration, with secrets hidden.
    #[arg(long)]
    print: bool,
    /// Ask the provider, too: whether the client exists, its redirect URIs are registered, CIBA is on
    /// with this login endpoint, there are keys, and tokens name the configured issuer.
    #[arg(long)]
    remote: bool,
}

/// Says that the configuration is good. A malformed one never gets here; what `serve` would refuse
/// besides is tried here.
pub(super) async fn run(
    config: Config,
    arguments: &CheckConfigArguments,
) -> anyhow::Result<ExitCode> {
    telemetry::filter(&config.log)?;
    application::check(&config, &Ambient::system())?;
    for remark in config::remarks(&config) {
        complain(format_args!("ciba-login: note: {remark}"));
    }
    // The files may be elsewhere than where the configuration is checked.
    if let Err(error) = site::check_files() {
        complain(format_args!("ciba-login: note: serve would not start in this folder: {error}"));
    }
    if arguments.print {
        say(config::print(&config)?.trim_end());
    }
    if arguments.remote {
        return check_remote(config).await;
    }
    if !arguments.print {
        say("the configuration is good");
    }
    Ok(ExitCode::SUCCESS)
}

async fn check_remote(config: Config) -> anyhow::Result<ExitCode> {
    if config.provider.kind == ProviderKind::Keycloak {
        return check_realm(&config).await;
    }
    let connection = ProviderConnection::open(config, &Credentials::default())?;
    let (app_id, client_id) = (connection.app_id()?, connection.transmit.client_id());
    let client = connection.transmit.find_client(app_id, client_id).await;
    let client = client
        .with_context(|| {
            format!("{} could not be asked for the client", connection.config.provider_url())
        })?
        .with_context(|| format!("there is no client {client_id} in application {app_id}"))?;
    say(format_args!("good     client {client_id} of application {app_id}"));
    let mut findings = findings(&connection.config, &connection.login_uri(), &client);
    findings.push(of_keys(connection.transmit.count_keys().await));
    findings.extend(of_issuer(&connection.transmit, &connection.config.issuer()).await);
    for finding in &findings {
        say(finding);
    }
    let site = connection.config.site.public_url.as_str().trim_end_matches('/');
    if connection.config.sign_in.passkey {
        say(format_args!(
            "by hand  {site} has to be a WebAuthn origin of the application; no API tells"
        ));
    }
    let is_good = findings.iter().all(|finding| finding.is_good);
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What can be asked of a realm: its keys, and whether the page's client may look customers up.
async fn check_realm(config: &Config) -> anyhow::Result<ExitCode> {
    let http = application::settings::http_of_provider(config)?;
    let keycloak = Keycloak::new(http, at_keycloak::settings(config)?, Ambient::system());
    let realm = &keycloak.settings().realm;
    let has_internal = config.keycloak.internal_url.is_some();
    if has_internal {
        say(format_args!("browsers go to {} (provider.url)", realm.issuer()));
        say(format_args!("servers call {} (keycloak.internal_url)", realm.server()));
    }
    let key = if has_internal { "keycloak.internal_url" } else { "provider.url" };
    let discovery = match keycloak.discovery().await {
        Ok(discovery) => discovery,
        // Nothing else can be asked.
        Err(error) => {
            say(no_realm(&error, key));
            return Ok(ExitCode::FAILURE);
        }
    };
    let keys = keycloak.count_keys().await;
    let nobody = keycloak.user("00000000-0000-0000-0000-000000000000").await;
    let mut findings = of_discovery(&discovery, realm);
    findings.extend([
        Finding {
            is_good: keys.as_ref().is_ok_and(|count| *count > 0),
            what: match &keys {
                Ok(count) => format!("keys to verify tokens with: {count}"),
                Err(error) => format!("keys to verify tokens with ({})", Causes(error)),
            },
            cure: format!("Check {key}: it is the realm's address"),
        },
        Finding {
            is_good: nobody.is_ok(),
            what: match &nobody {
                Ok(_) => "the service account may view users".into(),
                Err(error) => format!("a service account that may view users ({})", Causes(error)),
            },
            cure: "Check provider.client_id and its secret, and give its service account the role \
                   view-users of realm-management"
                .into(),
        },
    ]);
    for finding in &findings {
        say(finding);
    }
    let site = config.site.public_url.as_str().trim_end_matches('/');
    say(format_args!(
        "by hand  {site}/keycloak/channel has to be the server's authentication channel, and \
         {site}/social/callback a redirect URI of {}; no API tells",
        keycloak.settings().client_id
    ));
    let is_good = findings.iter().all(|finding| finding.is_good);
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn no_realm(error: &keycloak::CallError, key: &str) -> Finding {
    let cure = match error.status() {
        Some(404) => format!("Make the realm, or write {key} as it is"),
        _ if error.is_transient() => format!("Is Keycloak running? Check {key}"),
        _ => format!("Check {key}: it is the realm's address"),
    };
    Finding { is_good: false, what: format!("a discovery document ({})", Causes(error)), cure }
}

/// What the realm publishes about itself: tokens have to name its address, and agents' tools call what it
/// names, which has to be what this site calls.
fn of_discovery(found: &DiscoveryDocument, realm: &IssuerAddress) -> Vec<Finding> {
    let endpoint = |what: &str, member: &'static str, named: Option<&str>, path: &str| {
        let ours = realm.for_servers(&format!("protocol/openid-connect/{path}"));
        let called = named.map(|named| realm.endpoint(member, named));
        Finding {
            is_good: matches!(&called, Some(Ok(called)) if called.as_str() == ours),
            what: format!("{what} at {ours}"),
            cure: match (called, named) {
                (Some(Ok(_)), Some(named)) => {
                    format!("The realm names {named}, which is no path of Keycloak's")
                }
                (_, Some(named)) => format!(
                    "The realm names {named}: set the server's --hostname to provider.url, and \
                     keycloak.internal_url to where servers reach it"
                ),
                (_, None) => "The realm names none: the server's feature ciba is off".into(),
            },
        }
    };
    vec![
        Finding {
            is_good: realm.check(found).is_ok(),
            what: format!("issuer {}", realm.issuer()),
            cure: if realm.server() == realm.issuer() {
                format!("The realm's tokens name {}: set provider.url to it", found.issuer)
            } else {
                format!(
                    "Asked there, the realm's tokens name {}: set the server's --hostname to the \
                     public address, or provider.url to what they name",
                    found.issuer
                )
            },
        },
        endpoint(
            "CIBA",
            "backchannel_authentication_endpoint",
            found.backchannel_authentication_endpoint.as_deref(),
            "ext/ciba/auth",
        ),
        endpoint("tokens", "token_endpoint", Some(&found.token_endpoint), "token"),
        endpoint("keys", "jwks_uri", Some(&found.jwks_uri), "certs"),
    ]
}

struct Finding {
    is_good: bool,
    what: String,
    cure: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_good {
            write!(f, "good     {}", self.what)
        } else {
            write!(f, "missing  {}. {}", self.what, self.cure)
        }
    }
}

fn findings(config: &Config, login_uri: &str, client: &ApiClient) -> Vec<Finding> {
    let site = config.site.public_url.as_str().trim_end_matches('/');
    let mut findings = Vec::new();
    let callbacks = [("mail", config.sign_in.mail), ("social", !config.sign_in.social.is_empty())];
    for (way, _) in callbacks.into_iter().filter(|(_, is_offered)| *is_offered) {
        let uri = format!("{site}/{way}/callback");
        findings.push(Finding {
            is_good: client.redirect_uris.contains(&uri),
            what: format!("redirect URI {uri}"),
            cure: "Add it to the client's redirect_uris".into(),
        });
    }
    let ciba = client.ciba_authorization.clone().unwrap_or_default();
    findings.push(Finding {
        is_good: ciba.enabled,
        what: "CIBA switched on".into(),
        cure: "Run: ciba-login enable-ciba".into(),
    });
    findings.push(Finding {
        is_good: ciba.login_uri.as_deref() == Some(login_uri),
        what: format!("login_uri {login_uri}"),
        cure: match ciba.login_uri {
            Some(other) => format!("It is {other}; run: ciba-login enable-ciba"),
            None => "Run: ciba-login enable-ciba".into(),
        },
    });
    findings
}

/// ID tokens are verified with these.
fn of_keys(keys: Result<usize, TransmitError>) -> Finding {
    let what = match &keys {
        Ok(count) => format!("keys to verify ID tokens with: {count}"),
        Err(error) => format!("keys to verify ID tokens with ({})", Causes(error)),
    };
    Finding {
        is_good: keys.is_ok_and(|count| count > 0),
        what,
        cure: "Check provider.url and provider.prefix".into(),
    }
}

/// Compares the issuer that our own client's token names with the configured one. Nothing where the
/// token cannot be read: access tokens may be opaque.
async fn of_issuer(transmit: &Transmit, configured: &str) -> Option<Finding> {
    let named = transmit.issuer_of_client_token().await.ok().flatten()?;
    Some(Finding {
        is_good: named == configured,
        what: format!("issuer {configured}"),
        cure: format!("The provider's tokens name {named}; set provider.issuer to it"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use transmit::CibaAuthorization;

    #[test]
    fn names_everything_that_is_missing_at_once() {
        let config = Config::default();
        let login_uri = "http://localhost:3000/login";
        let mut client = ApiClient {
            client_id: "c".into(),
            name: None,
            redirect_uris: Vec::new(),
            ciba_authorization: None,
        };
        let bad = findings(&config, login_uri, &client);
        assert_eq!(bad.iter().filter(|finding| !finding.is_good).count(), 3);
        client.redirect_uris = vec!["http://localhost:3000/mail/callback".into()];
        client.ciba_authorization = Some(CibaAuthorization {
            enabled: true,
            login_uri: Some(login_uri.into()),
            ..CibaAuthorization::default()
        });
        assert!(findings(&config, login_uri, &client).iter().all(|finding| finding.is_good));
    }
}

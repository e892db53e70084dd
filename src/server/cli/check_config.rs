//! `ciba-login check-config`.

use std::process::ExitCode;

use anyhow::Context;

use super::connection::{Connection, Credentials};
use super::say;
use crate::server::config::{self, Config};
use crate::server::transmit::ApiClient;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print the effective configuration, with secrets hidden.
    #[arg(long)]
    print: bool,
    /// Ask the provider, too: whether the client exists, its redirect URIs are registered, and CIBA
    /// is on with this login endpoint.
    #[arg(long)]
    remote: bool,
}

/// Says that the configuration is good: a bad one never gets here.
pub(super) async fn run(config: Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
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
    let connection = Connection::open(config, &Credentials::default())?;
    let (app_id, client_id) = (connection.app_id()?, connection.transmit.client_id());
    let client = connection.transmit.find_client(app_id, client_id).await;
    let client = client
        .with_context(|| format!("ask {} for the client", connection.config.provider_url()))?
        .with_context(|| format!("there is no client {client_id} in application {app_id}"))?;
    say(format_args!("good     client {client_id} of application {app_id}"));
    let findings = findings(&connection.config, &connection.login_uri(), &client);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::transmit::CibaAuthorization;

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

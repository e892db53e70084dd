//! What the operator's commands call: the provider of the configuration, with the credentials found.

use std::io::IsTerminal;

use anyhow::Context;

use super::output::complain;
use crate::config::{ClientAuth, Config, ProviderKind, Secret};
use crate::{application, demo};
use platform::ambient::Ambient;
use platform::traces::Traces;
use transmit::Transmit;

/// Credentials on the command line, over those of the configuration.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Credentials {
    /// The client, over `provider.client_id`.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The client's secret. Better: `CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE`, or nothing, and it is
    /// asked for. Arguments are in the shell's history and in the list of processes.
    #[arg(long, value_name = "SECRET")]
    client_secret: Option<SecretArgument>,
}

/// A secret that does not show itself in the arguments' `Debug`.
#[derive(Debug, Clone)]
struct SecretArgument(Secret);

impl From<String> for SecretArgument {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

/// The provider, ready to be called.
pub(super) struct ProviderConnection {
    /// The configuration, with the credentials in it.
    pub(super) config: Config,
    /// The provider's API.
    pub(super) transmit: Transmit,
    /// Time and randomness.
    pub(super) ambient: Ambient,
}

impl ProviderConnection {
    /// Finds the credentials (arguments, configuration, the demo, the person at the terminal).
    pub(super) fn open(mut config: Config, credentials: &Credentials) -> anyhow::Result<Self> {
        let is_keycloak = config.provider.kind == ProviderKind::Keycloak;
        if let Some(id) = &credentials.client_id {
            // At Keycloak the agents' side has a client of its own.
            let client_id = if is_keycloak {
                &mut config.keycloak.agent.client_id
            } else {
                &mut config.provider.client_id
            };
            *client_id = Some(id.clone());
        }
        if let Some(SecretArgument(secret)) = &credentials.client_secret {
            complain(format_args!(
                "ciba-login: warning: a secret in the arguments can be read by others on this \
                 machine; use CIBA_LOGIN_PROVIDER__CLIENT_SECRET_FILE instead"
            ));
            let client_secret = if is_keycloak {
                &mut config.keycloak.agent.client_secret
            } else {
                &mut config.provider.client_secret
            };
            *client_secret = Some(secret.clone());
        }
        if config.demo.enabled {
            borrow(&mut config)?;
        }
        if !is_keycloak
            && config.provider.client_auth != ClientAuth::PrivateKeyJwt
            && config.provider.client_secret.is_none()
            && std::io::stdin().is_terminal()
        {
            let secret = rpassword::prompt_password("The client's secret: ");
            config.provider.client_secret =
                Some(Secret::new(secret.context("the secret could not be read")?));
        }
        let secret = config.provider.client_secret.as_ref();
        anyhow::ensure!(
            secret.is_none_or(|secret| !secret.expose().trim().is_empty()),
            "provider.client_secret: it is empty. Write it, or leave it out"
        );
        let http = application::settings::http_of_provider(&config)?;
        let mut ambient = Ambient::system();
        ambient.traces = Traces::start(&config.traces)?;
        let transmit =
            Transmit::new(http, application::settings::of_client(&config)?, ambient.clone());
        Ok(Self { config, transmit, ambient })
    }

    /// The application at the provider, and the client.
    pub(super) fn app_id(&self) -> anyhow::Result<&str> {
        self.config
            .provider
            .app_id
            .as_deref()
            .context("provider.app_id: it is missing. Set it in the configuration, or say --app-id")
    }

    /// The login endpoint that this configuration serves.
    pub(super) fn login_uri(&self) -> String {
        format!("{}/login", self.config.site.public_url.as_str().trim_end_matches('/'))
    }
}

/// Takes credentials and addresses from the demo: the demo that runs may listen elsewhere than this
/// shell's configuration says.
fn borrow(config: &mut Config) -> anyhow::Result<()> {
    match demo::borrow(config)? {
        Some(demo) => {
            config.provider.public_url =
                demo.provider_url.parse().context("provider_url of demo.json is not an address")?;
            config.site.public_url =
                demo.site_url.parse().context("site_url of demo.json is not an address")?;
        }
        None if config.provider.client_id.is_none() => anyhow::bail!(
            "there is no {}: start the demo first, with: ciba-login serve",
            demo::file(config).display()
        ),
        None => {}
    }
    Ok(())
}

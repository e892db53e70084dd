//! What the configuration is to the members, which know only settings of their own.

use std::path::Path;
use std::time::Duration;

use platform::http_client::{self, HttpClientError, Timeouts};
use platform::issuer::IssuerAddress;
use provider::settings::{DemoAccounts, FirstClient};
use transmit::{ClientAuthentication, ClientKey, ClientKeyError, Device, Dialect};

use crate::config::{ClientAuth, Config, ProviderKind, Secret};
use crate::demo::Demo;

/// The configuration lacks what the client needs.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A key is missing.
    #[error("{0}: it is missing. Set it in the configuration, or start the demo first")]
    Missing(&'static str),
    /// The client's private key cannot be used.
    #[error("provider.client_key_file")]
    ClientKey(#[from] ClientKeyError),
}

/// With what a client proves who it is, as configured: each value with the key that it is read from.
struct ClientCredentials<'a> {
    client_auth: ClientAuth,
    secret: (Option<&'a Secret>, &'static str),
    key_file: (Option<&'a Path>, &'static str),
}

impl ClientCredentials<'_> {
    fn read(self) -> Result<ClientAuthentication, SettingsError> {
        let secret = || {
            let (secret, key) = self.secret;
            secret.cloned().ok_or(SettingsError::Missing(key))
        };
        Ok(match self.client_auth {
            ClientAuth::SecretPost => ClientAuthentication::SecretPost(secret()?),
            ClientAuth::SecretBasic => ClientAuthentication::SecretBasic(secret()?),
            ClientAuth::PrivateKeyJwt => {
                let (file, key) = self.key_file;
                let file = file.ok_or(SettingsError::Missing(key))?;
                ClientAuthentication::PrivateKeyJwt(ClientKey::load(file)?)
            }
        })
    }
}

/// The settings of the client of the provider's API.
pub fn of_client(config: &Config) -> Result<transmit::TransmitSettings, SettingsError> {
    if config.provider.kind == ProviderKind::Keycloak {
        return of_agents_client(config);
    }
    let provider = &config.provider;
    let client_authentication = ClientCredentials {
        client_auth: provider.client_auth,
        secret: (provider.client_secret.as_ref(), "provider.client_secret"),
        key_file: (provider.client_key_file.as_deref(), "provider.client_key_file"),
    }
    .read()?;
    Ok(transmit::TransmitSettings {
        dialect: Dialect::Transmit,
        base: config.provider_url().clone(),
        prefix: provider.prefix.clone(),
        token_path: provider.token_path.clone(),
        issuer: config.issuer(),
        client_id: provider
            .client_id
            .clone()
            .ok_or(SettingsError::Missing("provider.client_id"))?,
        client_authentication,
    })
}

/// The client of the agents' side at Keycloak, which is another than the page's.
fn of_agents_client(config: &Config) -> Result<transmit::TransmitSettings, SettingsError> {
    let agent = &config.keycloak.agent;
    let client_authentication = ClientCredentials {
        client_auth: agent.client_auth,
        secret: (agent.client_secret.as_ref(), "keycloak.agent.client_secret"),
        key_file: (agent.client_key_file.as_deref(), "keycloak.agent.client_key_file"),
    }
    .read()?;
    let client_id = agent.client_id.clone();
    Ok(transmit::TransmitSettings {
        dialect: Dialect::Keycloak(Device {
            realm: IssuerAddress::new(config.provider_url(), config.keycloak.internal_url.as_ref()),
            site: config.site.public_url.clone(),
            signs_requests: agent.sign_requests,
        }),
        base: config.provider_server_url().clone(),
        prefix: String::new(),
        token_path: String::new(),
        issuer: config.issuer(),
        client_id: client_id.ok_or(SettingsError::Missing("keycloak.agent.client_id"))?,
        client_authentication,
    })
}

/// The client for calls to the provider. An internal address is reached without a proxy.
pub fn http_of_provider(config: &Config) -> Result<reqwest::Client, HttpClientError> {
    let target = config.provider_server_url();
    if config.keycloak.internal_url.as_ref() == Some(target) {
        return http_client::build_direct(timeouts(config));
    }
    http_client::build_for(target, timeouts(config))
}

/// How long a call to the provider, or from the embedded one to another, may take.
pub fn timeouts(config: &Config) -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(config.provider.connect_timeout.into()),
        total: Duration::from_secs(config.provider.timeout.into()),
    }
}

/// The settings of the embedded provider.
pub fn of_provider(config: &Config) -> provider::ProviderSettings {
    let Config { site, provider, .. } = config;
    let signs = provider.client_auth == ClientAuth::PrivateKeyJwt;
    let labels = config.sign_in.social.iter();
    provider::ProviderSettings {
        public_url: provider.public_url.clone(),
        issuer: config.issuer(),
        prefix: provider.prefix.clone(),
        complete_errors: provider.complete_errors,
        poll_interval: provider.poll_interval,
        signing_key_days: provider.signing_key_days,
        cors_origins: provider.cors_origins.clone(),
        reveal_missing_credentials: provider.reveal_missing_credentials,
        client: FirstClient {
            app_id: provider.app_id.clone(),
            client_id: provider.client_id.clone(),
            secret: provider.client_secret.clone(),
            key_file: provider.client_key_file.clone().filter(|_| signs),
        },
        site_url: site.public_url.clone(),
        related_origins: site.related_origins.clone(),
        brand: config.brand.clone(),
        mail: config.mail.clone(),
        sms: config.sms.clone(),
        upstreams: config.upstream.clone(),
        // A name that is written twice has the label of its first button.
        upstream_labels: labels
            .rev()
            .map(|button| (button.name.clone(), button.label.clone()))
            .collect(),
        timeouts: timeouts(config),
        is_resealing: config.session.previous_sealing_key.is_some(),
        in_demo: config.demo.enabled,
    }
}

/// What the embedded provider has to know of the demo.
pub fn of_demo(demo: &Demo) -> DemoAccounts {
    DemoAccounts {
        client_id: demo.client_id.clone(),
        login_uri: demo.login_uri.clone(),
        users: demo.users.clone(),
    }
}

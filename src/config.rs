//! The configuration: one file, overridden key by key from the environment, typed, and refused as a
//! whole where anything in it is unknown, malformed or missing.
//!
//! This is the only room that reads the environment, apart from clap, which knows `CIBA_LOGIN_CONFIG`,
//! Leptos, whose variables begin with `LEPTOS_`, and the exporter of traces, whose begin with `OTEL_`. The
//! command line hands the variables in.

mod check;
mod environment;
mod error;
mod keycloak;
mod load;
mod logo;
mod print;
mod refusal;
mod secret_files;
mod sections;
mod traces;
mod upstreams;

pub use check::remarks;
pub use environment::{Environment, is_watched, wants_no_colour};
pub use error::ConfigError;
pub use load::{load, load_for};
pub use logo::{InvalidLogo, Logo};
pub use messages::brand::{BrandConfig, Colour, InvalidColour};
pub use messages::settings::{MailConfig, SmsConfig};
pub use platform::Secret;
pub use platform::settings::{
    LogConfig, LogFormat, ManagementConfig, SessionConfig, StorageConfig, TracesConfig,
};
pub use print::print;
pub use provider::settings::{CompleteErrors, UpstreamConfig, UpstreamKind};
pub use refusal::{Purpose, Refusal};
pub use sections::{
    AgentClientConfig, ClientAuth, DecisionConfig, Delivery, DemoConfig, DeskConfig,
    KeycloakConfig, ProviderConfig, ProviderKind, ReferenceCheck, SignInConfig, SiteConfig,
    SocialButton,
};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that can be configured. A table that is absent has its defaults.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The page that customers meet.
    pub site: SiteConfig,
    /// Name and look of the page.
    pub brand: BrandConfig,
    /// The ways to sign in.
    pub sign_in: SignInConfig,
    /// How a request is decided.
    pub decision: DecisionConfig,
    /// Keys that seal cookies and stored secrets.
    pub session: SessionConfig,
    /// The provider: somebody else's, or the embedded one.
    pub provider: ProviderConfig,
    /// What is special where the provider is a realm of Keycloak.
    pub keycloak: KeycloakConfig,
    /// Identity providers behind the embedded provider, by name.
    pub upstream: BTreeMap<String, UpstreamConfig>,
    /// Where everything is kept.
    pub storage: StorageConfig,
    /// How the embedded provider sends mail.
    pub mail: MailConfig,
    /// How the embedded provider sends SMS.
    pub sms: SmsConfig,
    /// The agent's page.
    pub desk: DeskConfig,
    /// Metrics, for the people who run this.
    pub management: ManagementConfig,
    /// Traces, for the people who run this.
    pub traces: TracesConfig,
    /// The demo: customers, outbox and random secrets on one machine.
    pub demo: DemoConfig,
    /// What is logged.
    pub log: LogConfig,
    /// Leptos's own table in the same file; read by Leptos, kept here so that it is not unknown.
    #[serde(skip_serializing)]
    pub package: serde::de::IgnoredAny,
}

impl Config {
    /// Whether this process runs the embedded provider.
    pub fn has_embedded_provider(&self) -> bool {
        self.provider.url.is_none()
    }

    /// The base address under which the provider is called: somebody else's, or our own.
    pub fn provider_url(&self) -> &url::Url {
        self.provider.url.as_ref().unwrap_or(&self.provider.public_url)
    }

    /// The base address at which servers reach the provider.
    pub fn provider_server_url(&self) -> &url::Url {
        let internal = self.keycloak.internal_url.as_ref();
        let internal = internal.filter(|_| self.provider.kind == ProviderKind::Keycloak);
        internal.unwrap_or_else(|| self.provider_url())
    }

    /// The `iss` of the provider's tokens.
    pub fn issuer(&self) -> String {
        self.provider
            .issuer
            .clone()
            .unwrap_or_else(|| self.provider_url().as_str().trim_end_matches('/').to_owned())
    }
}

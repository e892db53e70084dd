//! The tables of the configuration that the rooms here own. The comment on a field is its manual
//! entry; `docs/configuration.md` is generated from them.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::Secret;
use crate::network::Network;

/// `[session]`: keys that seal cookies and stored secrets.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionConfig {
    /// 32 random bytes in base64 (`openssl rand -base64 32`). The same on every instance. In the
    /// demo it is made on first start.
    pub sealing_key: Option<Secret>,
    /// A file that holds it.
    pub sealing_key_file: Option<PathBuf>,
    /// The key before, kept for an hour while keys are changed.
    pub previous_sealing_key: Option<Secret>,
    /// A file that holds it.
    pub previous_sealing_key_file: Option<PathBuf>,
}

/// `[storage]`: where everything is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// `sqlite://path` (the file and its folder are created) or `postgres://…`. Several instances
    /// need PostgreSQL. In a password `? # / @` and `%` are written `%3F %23 %2F %40` and `%25`.
    pub url: Secret,
    /// A file that holds the address, which has a password in it.
    pub url_file: Option<PathBuf>,
    /// The most connections that are held, at least 1.
    pub max_connections: u16,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self { url: Secret::new("sqlite://ciba-login.db"), url_file: None, max_connections: 8 }
    }
}

/// `[management]`: metrics, for the people who run this.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManagementConfig {
    /// Serve `GET /metrics` (OpenMetrics text), `/healthz` and `/readyz`. In the demo it is on.
    pub enabled: bool,
    /// The address that is listened on; never a public one.
    pub address: SocketAddr,
    /// Seconds between SIGTERM, from which on `/readyz` of every listener says no, and the moment from
    /// which on no new connections are taken: as long as a load balancer needs to notice. Unset: 3,
    /// and 0 in the demo.
    pub drain_seconds: Option<u16>,
}

impl Default for ManagementConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            address: SocketAddr::from(([127, 0, 0, 1], 3004)),
            drain_seconds: None,
        }
    }
}

/// `[traces]`: spans of requests and of calls to the provider, sent to an OpenTelemetry collector by
/// OTLP over HTTP. Off where there is no endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TracesConfig {
    /// The collector, for example `http://localhost:4318`; `/v1/traces` is put behind it where it is
    /// missing. Unset: no traces, at no cost.
    pub endpoint: Option<Url>,
    /// Headers for the collector, as in `OTEL_EXPORTER_OTLP_HEADERS`: `name=value`, several of them
    /// separated by commas, values percent-encoded where they have to be. A token is sent this way
    /// (`authorization=Bearer%20…`), only by https or to this machine.
    pub headers: Option<Secret>,
    /// A file that holds them.
    pub headers_file: Option<PathBuf>,
    /// The share of traces that is recorded, from 0 to 1. What continues a trusted caller's trace
    /// follows the caller's choice.
    pub sampling_ratio: f64,
    /// `service.name` of every span.
    pub service_name: String,
    /// Addresses and networks (CIDR) whose `traceparent` header is continued: the hosts of the site
    /// and of agents for the embedded provider, or a proxy that traces. Everybody else's header is
    /// ignored: a stranger could have all of their requests recorded, or write into somebody's
    /// trace. A proxy that is listed here has to set or remove what strangers send.
    pub trusted_callers: Vec<Network>,
}

impl Default for TracesConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            headers: None,
            headers_file: None,
            sampling_ratio: 1.0,
            service_name: "ciba-login".into(),
            trusted_callers: Vec::new(),
        }
    }
}

/// `[log]`: what is logged, to standard error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `text` for people, `json` for collectors.
    pub format: LogFormat,
    /// A filter such as `info` or `ciba_login=debug,sqlx=warn`.
    pub filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,sqlx=warn".into() }
    }
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One line for people.
    Text,
    /// One JSON object per line.
    Json,
}

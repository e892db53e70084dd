//! Logs, to standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use super::config::{LogConfig, LogFormat};

/// The filter is not one.
#[derive(Debug, thiserror::Error)]
#[error("log.filter: {0}. Write something like: info,sqlx=warn")]
pub struct InvalidFilter(#[from] tracing_subscriber::filter::ParseError);

/// Starts logging. A second call in the same process changes nothing.
///
/// # Errors
///
/// [`InvalidFilter`]
pub fn start(config: &LogConfig) -> Result<(), InvalidFilter> {
    let filter = EnvFilter::try_new(&config.filter)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A subscriber that is already there is a test's own.
    let _already_started = match config.format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}

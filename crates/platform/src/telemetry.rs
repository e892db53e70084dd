//! Logs, to standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::settings::{LogConfig, LogFormat};

/// The filter is not one.
#[derive(Debug, thiserror::Error)]
#[error("log.filter: {0}. Write something like: info,sqlx=warn")]
pub struct InvalidFilter(String);

/// Reads the filter.
pub fn filter(config: &LogConfig) -> Result<EnvFilter, InvalidFilter> {
    // Its message holds that of its cause; as a source it would be said twice.
    EnvFilter::try_new(&config.filter).map_err(|error| InvalidFilter(error.to_string()))
}

/// Starts logging. A second call in the same process changes nothing.
pub fn start(config: &LogConfig, wants_no_colour: bool) -> Result<(), InvalidFilter> {
    let filter = filter(config)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // It would tell of a line that could not be written by `eprintln!`, which panics then: in the middle of
    // an answer, once whoever reads the log has gone, or its disk is full.
    let builder = builder.log_internal_errors(false);
    let in_colour = std::io::stderr().is_terminal() && !wants_no_colour;
    // A subscriber that is already there is a test's own.
    let _already_started = match config.format {
        LogFormat::Text => builder.with_ansi(in_colour).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}

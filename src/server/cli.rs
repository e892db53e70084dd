//! The command line.

mod check_config;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use super::config::{self, Config};

/// The login endpoint of a CIBA flow, the operator's commands, and a provider to try them with.
#[derive(Debug, Parser)]
#[command(name = "ciba-login", version, about)]
struct Arguments {
    /// The configuration file. Without it: Leptos.toml in this folder, where there is one.
    #[arg(long, global = true, env = "CIBA_LOGIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site and, where no other provider is configured, the embedded one.
    Serve,
    /// Check the configuration and do nothing else.
    CheckConfig(check_config::Arguments),
}

/// Reads the command line and does what it says.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match load(arguments.config.as_deref()) {
        Ok(config) => match arguments.command {
            Command::Serve => serve::run(config).await,
            Command::CheckConfig(arguments) => check_config::run(config, &arguments),
        },
        Err(error) => Err(error),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("ciba-login: {error:#}");
        ExitCode::FAILURE
    })
}

fn load(file: Option<&std::path::Path>) -> anyhow::Result<Config> {
    let default = std::path::Path::new("Leptos.toml");
    let file = file.or_else(|| default.exists().then_some(default));
    if let Some(file) = file
        && !file.exists()
    {
        anyhow::bail!("there is no configuration file {}", file.display());
    }
    let environment = std::env::vars().collect();
    config::load(file, &environment).context("the configuration is refused")
}

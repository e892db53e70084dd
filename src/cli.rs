//! The command line.

mod check_config;
mod connection;
mod enable_ciba;
mod output;
mod private_file;
mod qr;
mod request;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::output::complain;
use crate::config::{self, Config, Purpose};

/// The login endpoint of a CIBA flow, the operator's commands, and a provider to try them with.
#[derive(Debug, Parser)]
#[command(name = "ciba-login", version, about)]
struct Cli {
    /// The configuration file. Without it: Leptos.toml in this folder, where there is one.
    #[arg(long, global = true, env = "CIBA_LOGIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Without one it serves: so `cargo leptos watch` and `cargo leptos serve` start it.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site and, where no other provider is configured, the embedded one.
    Serve,
    /// Switch CIBA on (or off) for the client, with this site as its login endpoint.
    EnableCiba(Box<enable_ciba::EnableCibaArguments>),
    /// Ask a customer for access, and wait for the answer.
    Request(Box<request::RequestArguments>),
    /// Check the configuration, here or (with --remote) at the provider too, and do nothing else.
    CheckConfig(check_config::CheckConfigArguments),
}

/// Reads the command line and does what it says.
pub async fn run() -> ExitCode {
    let arguments = Cli::parse();
    let command = arguments.command.unwrap_or(Command::Serve);
    run_command(command, arguments.config.as_deref()).await.unwrap_or_else(|error| {
        complain(format_args!("ciba-login: {error:#}"));
        ExitCode::FAILURE
    })
}

async fn run_command(command: Command, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => Box::pin(serve::run(load(Purpose::Serve, file)?)).await,
        Command::EnableCiba(arguments) => {
            Box::pin(enable_ciba::run(load(Purpose::Operate, file)?, &arguments)).await
        }
        Command::Request(arguments) => {
            Box::pin(request::run(load(Purpose::Operate, file)?, &arguments)).await
        }
        Command::CheckConfig(arguments) => {
            Box::pin(check_config::run(load(Purpose::Serve, file)?, &arguments)).await
        }
    }
}

fn load(purpose: Purpose, file: Option<&Path>) -> anyhow::Result<Config> {
    let default = Path::new("Leptos.toml");
    let file = file.or_else(|| default.exists().then_some(default));
    if let Some(file) = file
        && !file.exists()
    {
        anyhow::bail!("there is no configuration file {}", file.display());
    }
    // A variable that is not text cannot be one of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Ok(config::load_for(purpose, file, &environment)?)
}

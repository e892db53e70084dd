//! `ciba-login check-config`.

use std::process::ExitCode;

use crate::server::config::{self, Config};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print the effective configuration, with secrets hidden.
    #[arg(long)]
    print: bool,
}

/// Says that the configuration is good: a bad one never gets here.
pub(super) fn run(config: Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.print {
        print!("{}", config::print(&config)?);
    } else {
        println!("the configuration is good");
    }
    Ok(ExitCode::SUCCESS)
}

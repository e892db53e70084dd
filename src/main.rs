//! The `ciba-login` program: everything it does is in `ciba_login::cli`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    ciba_login::cli::run().await
}

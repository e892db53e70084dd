//! The `ciba-login` program: everything it does is in `server::cli`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    ciba_login::server::cli::run().await
}

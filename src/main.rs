//! The `ciba-login` program: everything it does is in `ciba_login::cli`.

use std::process::ExitCode;

/// An answer is some hundred small values: the system's allocator took a tenth of a page's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    ciba_login::cli::run().await
}

//! The `ciba-login` program: everything it does is in `ciba_login::cli`.

use std::process::ExitCode;

/// A request allocates hundreds of times, and what one worker of the runtime allocates another may free:
/// the C library's allocator takes a lock for that (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    ciba_login::cli::run().await
}

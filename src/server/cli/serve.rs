//! `ciba-login serve`.

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use crate::server::application::{Ambient, Application};
use crate::server::config::Config;
use crate::server::{lifecycle, telemetry};

/// Serves until the process is asked to stop.
pub(super) async fn run(config: Config) -> anyhow::Result<ExitCode> {
    telemetry::start(&config.log)?;
    let application = Application::build(config, Ambient::system()).await?;
    println!("The page:     http://{}", application.site_address()?);
    if let Some(address) = application.provider_address()? {
        println!("The provider: http://{address}");
    }
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        lifecycle::asked_to_stop().await;
        asked.cancel();
    });
    application.run(stop).await;
    Ok(ExitCode::SUCCESS)
}

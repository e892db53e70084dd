//! `ciba-login serve`.

use std::net::SocketAddr;
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use super::output::say;
use crate::application::Application;
use crate::config::{self, Config};
use crate::demo::{self, Demo};
use crate::site;
use platform::ambient::Ambient;
use platform::{lifecycle, telemetry};

/// Serves until the process is asked to stop.
pub(super) async fn run(mut config: Config) -> anyhow::Result<ExitCode> {
    telemetry::start(&config.log, config::wants_no_colour())?;
    for remark in config::remarks(&config) {
        tracing::warn!("{remark}");
    }
    lifecycle::raise_descriptor_limit();
    site::check_files()?;
    let application = Application::build(config.clone(), Ambient::system()).await?;
    let demo = if config.demo.enabled { demo::borrow(&mut config)? } else { None };
    if let Some(demo) = demo {
        say(welcome(&config, &demo, application.desk_address()?));
    } else {
        say(format_args!("The page:     http://{}", application.site_address()?));
        if let Some(address) = application.provider_address()? {
            say(format_args!("The provider: http://{address}"));
        }
        if let Some(address) = application.desk_address()? {
            say(format_args!("The desk:     http://{address}"));
        }
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

/// Where to click, and what to type.
fn welcome(config: &Config, demo: &Demo, desk: Option<SocketAddr>) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "ciba-login".into());
    let phone = demo.users.first().map_or("+15550100", |user| user.phone_number.as_str());
    let desk = desk.map_or_else(String::new, |address| {
        format!("  Both sides on one page   http://localhost:{}\n", address.port())
    });
    format!(
        "The demo is running.

{desk}  The customer's page      {site}
  The provider (embedded)  {provider}
  The customers' messages  {provider}/demo/outbox
  Addresses and secrets    {file}

Ask a customer for access, in another shell, as the agent:

  {program} request --login-hint {phone} --binding-message CASE-4711

Then open the link among the customers' messages, as the customer.",
        site = demo.site_url,
        provider = demo.provider_url,
        file = demo::file(config).display(),
    )
}

//! Secrets that are in files of their own.

use std::path::Path;

use super::error::ConfigError;
use super::refusal::{Purpose, refused};
use super::{Config, Secret};

/// Reads each secret that is in a file of its own.
///
/// Whoever calls the provider from a shell needs the client's secret and nothing else: the site's
/// secrets may be readable to its service alone, and are left out where they are.
pub(super) fn read_secret_files(
    config: &mut Config,
    purpose: Purpose,
    is_written: &dyn Fn(&str) -> bool,
) -> Result<(), ConfigError> {
    let is_needed = purpose == Purpose::Serve;
    let Config { session, provider, keycloak, storage, mail, sms, traces, upstream, .. } = config;
    for (key, is_needed, file, secret) in [
        (
            "session.sealing_key_file",
            is_needed,
            &session.sealing_key_file,
            &mut session.sealing_key,
        ),
        (
            "session.previous_sealing_key_file",
            is_needed,
            &session.previous_sealing_key_file,
            &mut session.previous_sealing_key,
        ),
        (
            "provider.client_secret_file",
            true,
            &provider.client_secret_file,
            &mut provider.client_secret,
        ),
        (
            "keycloak.agent.client_secret_file",
            true,
            &keycloak.agent.client_secret_file,
            &mut keycloak.agent.client_secret,
        ),
        ("mail.smtp_url_file", is_needed, &mail.smtp_url_file, &mut mail.smtp_url),
        ("sms.api_key_file", is_needed, &sms.api_key_file, &mut sms.api_key),
        ("traces.headers_file", is_needed, &traces.headers_file, &mut traces.headers),
    ] {
        read_secret(key, is_needed, file.as_deref(), secret)?;
    }
    for upstream in upstream.values_mut() {
        let file = upstream.client_secret_file.as_deref();
        let key = "upstream.client_secret_file";
        read_secret(key, is_needed, file, &mut upstream.client_secret)?;
    }
    // Its value has a default, so only the sources know whether it is given twice.
    let mut url = is_written("storage.url").then(|| storage.url.clone());
    read_secret("storage.url_file", is_needed, storage.url_file.as_deref(), &mut url)?;
    if let Some(url) = url {
        storage.url = url;
    }
    Ok(())
}

fn read_secret(
    key: &'static str,
    is_needed: bool,
    file: Option<&Path>,
    secret: &mut Option<Secret>,
) -> Result<(), ConfigError> {
    let Some(path) = file else { return Ok(()) };
    if secret.is_some() {
        let problem = "the secret is given twice, as a value and as a file".into();
        return Err(refused(key, problem, "Remove one of the two").into());
    }
    match std::fs::read_to_string(path) {
        Ok(text) => *secret = Some(Secret::of_file(&text)),
        Err(_) if !is_needed => {}
        Err(source) => {
            return Err(ConfigError::SecretFile { key, path: path.to_owned(), source });
        }
    }
    Ok(())
}

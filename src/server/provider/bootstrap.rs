//! The first client. Clients are created through the API, which takes a client's token: so the one
//! that the configuration names is created, or brought up to date, when the provider starts.
//!
//! CIBA stays off for it until it is enabled through the API; only the demo enables it itself.

use super::clients::applications::{self, Application};
use super::clients::{self, Client, ClientSettings};
use super::{ProviderState, SetUpError};
use crate::server::config::Secret;

/// Creates the configured application and client where they are missing, and keeps the secret and
/// the site's redirect URIs as configured.
pub(super) async fn run(state: &ProviderState) -> Result<(), SetUpError> {
    let provider = &state.config.provider;
    let (Some(client_id), Some(secret)) = (&provider.client_id, &provider.client_secret) else {
        return Ok(());
    };
    let now = state.ambient.clock.unix();
    let app_id = provider.app_id.clone().unwrap_or_else(|| format!("{client_id}-app"));
    let application = Application {
        app_id: app_id.clone(),
        name: state.config.brand.company.clone(),
        description: String::new(),
        created_by: None,
        created_at: now,
        updated_at: now,
    };
    applications::create(&state.storage, &application).await?;
    let redirect_uris = site_redirect_uris(state);
    let Some(mut client) = clients::find(&state.storage, &state.sealer, client_id).await? else {
        let settings = ClientSettings {
            name: "ciba-login".into(),
            redirect_uris: redirect_uris.into(),
            ..ClientSettings::default()
        };
        let client = Client {
            client_id: client_id.clone(),
            app_id,
            app_name: application.name,
            secret: Secret::new(secret.expose()),
            settings,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        return match clients::create(&state.storage, &state.sealer, &client).await {
            // Another instance that starts at the same time was quicker.
            Err(clients::ClientError::Storage(error)) if error.is_conflict() => Ok(()),
            created => Ok(created?),
        };
    };
    if !client.has_secret(secret.expose()) {
        clients::replace_secret(&state.storage, &state.sealer, client_id, secret).await?;
    }
    let missing: Vec<_> =
        redirect_uris.into_iter().filter(|uri| !client.has_redirect_uri(uri)).collect();
    if !missing.is_empty() {
        client.settings.redirect_uris.extend(missing);
        // Somebody else who changes the client at this moment is another instance doing the same.
        clients::update(&state.storage, &client, now).await?;
    }
    Ok(())
}

/// Where the site takes codes back.
fn site_redirect_uris(state: &ProviderState) -> [String; 2] {
    let site = state.config.site.public_url.as_str().trim_end_matches('/');
    [format!("{site}/mail/callback"), format!("{site}/social/callback")]
}

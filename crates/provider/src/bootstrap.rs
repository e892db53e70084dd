//! The first client. Clients are created through the API, which takes a client's token: so the one
//! that the configuration names is created, or brought up to date, when the provider starts.
//!
//! CIBA stays off for it until it is enabled through the API; only the demo enables it itself.

mod client_key;

pub use client_key::FirstClientKeyError;
pub(super) use client_key::public_keys;

use super::clients::applications::{self, ClientApplication};
use super::clients::{self, Client, ClientSettings};
use super::{ProviderSetUpError, ProviderState};
use platform::Secret;

/// Creates the configured application and client where they are missing, and keeps the secret, the
/// public key and the site's redirect URIs as configured.
pub(super) async fn run(state: &ProviderState) -> Result<(), ProviderSetUpError> {
    let configured = &state.settings.client;
    let Some(client_id) = &configured.client_id else { return Ok(()) };
    let public_keys = public_keys(&state.settings)?;
    if configured.secret.is_none() && public_keys.is_none() {
        return Ok(());
    }
    let now = state.ambient.clock.unix();
    let app_id = configured.app_id.clone().unwrap_or_else(|| format!("{client_id}-app"));
    let application = ClientApplication {
        app_id: app_id.clone(),
        name: state.settings.brand.company.clone(),
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
            jwks: public_keys,
            ..ClientSettings::default()
        };
        let secret = match &configured.secret {
            Some(secret) => secret.clone(),
            // The column needs a value; this client authenticates by its key.
            None => Secret::new(state.ambient.entropy.token::<32>()?),
        };
        let client = Client {
            client_id: client_id.clone(),
            app_id,
            app_name: application.name,
            secret,
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
    if let Some(secret) = &configured.secret
        && !client.has_secret(secret.expose())
    {
        clients::replace_secret(&state.storage, &state.sealer, client_id, secret).await?;
    }
    let missing: Vec<_> =
        redirect_uris.into_iter().filter(|uri| !client.has_redirect_uri(uri)).collect();
    let has_other_keys = public_keys.is_some() && client.settings.jwks != public_keys;
    if !missing.is_empty() || has_other_keys {
        client.settings.redirect_uris.extend(missing);
        client.settings.jwks = public_keys.or(client.settings.jwks);
        // Somebody else who changes the client at this moment is another instance doing the same.
        clients::update(&state.storage, &client, now).await?;
    }
    Ok(())
}

/// Where the site takes codes back.
fn site_redirect_uris(state: &ProviderState) -> [String; 2] {
    let site = state.settings.site_url.as_str().trim_end_matches('/');
    [format!("{site}/mail/callback"), format!("{site}/social/callback")]
}

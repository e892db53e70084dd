//! The first client. Clients are created through the API, which takes a client's token: so the one
//! that the configuration names is created, or brought up to date, when the provider starts.
//!
//! CIBA stays off for it until it is enabled through the API; only the demo enables it itself.

use std::path::PathBuf;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey};

use super::clients::applications::{self, ClientApplication};
use super::clients::{self, Client, ClientSettings};
use super::{ProviderSetUpError, ProviderState};
use crate::settings::ProviderSettings;
use platform::Secret;

/// The configured client signs who it is, and its public key cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum FirstClientKeyError {
    /// The file cannot be read.
    #[error("the client's key could not be read from {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file holds no private key that can sign.
    #[error(
        "the client's key cannot be used: a PEM file with an RSA or a P-256 key (PKCS #8) is expected"
    )]
    Unusable(#[source] jsonwebtoken::errors::Error),
}

/// The public half of the key with which the configured client signs who it is (`private_key_jwt`);
/// nothing where it proves that by a secret.
pub(super) fn public_keys(
    settings: &ProviderSettings,
) -> Result<Option<JwkSet>, FirstClientKeyError> {
    let Some(path) = &settings.client.key_file else { return Ok(None) };
    let pem = std::fs::read(path)
        .map_err(|source| FirstClientKeyError::File { path: path.clone(), source })?;
    let (key, algorithm) = if let Ok(key) = EncodingKey::from_ec_pem(&pem) {
        (key, Algorithm::ES256)
    } else {
        let key = EncodingKey::from_rsa_pem(&pem).map_err(FirstClientKeyError::Unusable)?;
        (key, Algorithm::RS256)
    };
    let key = Jwk::from_encoding_key(&key, algorithm).map_err(FirstClientKeyError::Unusable)?;
    Ok(Some(JwkSet { keys: vec![key] }))
}

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

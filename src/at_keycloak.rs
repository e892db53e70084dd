//! Keycloak behind the site's ports: a realm whose authentication device this site is.
//!
//! It pushes its requests to `channel`, `links` tells the customer, and `ports` is what the site asks.

pub mod channel;
pub mod links;
pub mod mail;
mod ports;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use self::channel::AuthenticationChannel;
use self::links::{Deliveries, Sender};
use self::mail::OurMail;
pub use self::ports::AtKeycloak;
use crate::codes::Codes;
use crate::config::{Config, Delivery};
use crate::records::Records;
use crate::site::Ports;
use crate::site::request::pushed::PushedRequests;
use keycloak::{Keycloak, KeycloakSettings};
use messages::delivery::{self, Messenger};
use messages::texts::{InvalidText, Texts};
use platform::ambient::{Ambient, Worker};
use platform::issuer::IssuerAddress;
use platform::seal::Sealer;
use platform::storage::Storage;

/// What the ports, the channel and the workers are built from.
#[derive(Debug)]
pub struct KeycloakParts<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Time and randomness.
    pub ambient: &'a Ambient,
    /// The database.
    pub storage: &'a Storage,
    /// Seals what is stored.
    pub sealer: &'a Sealer,
    /// The client for calls to the realm.
    pub http: reqwest::Client,
}

/// Keycloak, ready for the site.
pub struct BuiltKeycloak {
    /// The site's authority and identity.
    pub ports: Ports,
    /// The route that Keycloak calls.
    pub channel: Router,
    /// What tells customers.
    pub workers: Vec<Worker>,
}

/// Keycloak cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum KeycloakSetUpError {
    /// The configuration lacks what the realm's client needs.
    #[error("{0}: it is missing. Set it in the configuration")]
    Missing(&'static str),
    /// Mail or SMS cannot be sent.
    #[error(transparent)]
    Messages(#[from] delivery::DeliverySetUpError),
    /// A text of the configuration cannot be used.
    #[error(transparent)]
    Texts(#[from] InvalidText),
}

/// Builds the ports, the channel and the workers.
pub fn build(parts: KeycloakParts<'_>) -> Result<BuiltKeycloak, KeycloakSetUpError> {
    let KeycloakParts { config, ambient, storage, sealer, http } = parts;
    let keycloak = Keycloak::new(http, settings(config)?, ambient.clone());
    let delivery = config.keycloak.delivery;
    let mail_sign_in = &config.keycloak.mail_sign_in;
    let messenger = if delivery == Delivery::None && mail_sign_in.is_empty() {
        None
    } else {
        let (mail, sms) = (&config.mail, &config.sms);
        Some(Messenger::new(mail, sms, ambient, storage, sealer, None)?)
    };
    let mail = messenger.clone().filter(|_| !mail_sign_in.is_empty()).map(|messenger| {
        let clients = mail_sign_in.iter().cloned().collect();
        Arc::new(OurMail {
            clients,
            messenger,
            sealer: sealer.clone(),
            keycloak: keycloak.clone(),
            ambient: ambient.clone(),
        })
    });
    let at_keycloak = AtKeycloak::new(keycloak.clone(), config, ambient.clone(), mail.clone());
    let records = Records::new(storage.clone(), sealer.clone(), ambient.clock.clone());
    let pushed =
        PushedRequests::new(storage.clone(), sealer.clone(), ambient.clone(), records.clone());
    let deliveries = Deliveries::new(storage.clone(), sealer.clone(), ambient.clone());
    let mut workers = Vec::new();
    if let Some(messenger) = messenger {
        workers.push(messenger.worker());
        let sender = Sender {
            deliveries: deliveries.clone(),
            pushed: pushed.clone(),
            records,
            keycloak: keycloak.clone(),
            authority: at_keycloak.clone(),
            messenger,
            texts: Arc::new(Texts::load(&config.brand)?),
            site: config.site.public_url.clone(),
            sends_links: config.brand.sends_links,
            codes: Codes::new(storage.clone(), sealer.clone(), ambient.clone()),
        };
        workers.push(sender.worker());
    }
    let channel = channel::router(AuthenticationChannel {
        keycloak,
        mail,
        pushed,
        deliveries,
        delivery,
        ways: ways(config),
        ambient: ambient.clone(),
    });
    Ok(BuiltKeycloak { ports: Ports::new(at_keycloak), channel, workers })
}

/// The ways by which links can be sent; none where they are the agent's to pass on.
fn ways(config: &Config) -> Vec<Delivery> {
    let is_set_up = |delivery: &Delivery| match delivery {
        _ if config.keycloak.delivery == Delivery::None => false,
        Delivery::Sms => config.sms.gateway_url.is_some(),
        Delivery::Email => config.mail.smtp_url.is_some(),
        Delivery::None => false,
    };
    [Delivery::Sms, Delivery::Email].into_iter().filter(is_set_up).collect()
}

/// Tries what [`build`] needs of the configuration, without a call.
pub fn check(config: &Config, ambient: &Ambient) -> Result<(), KeycloakSetUpError> {
    settings(config)?;
    Messenger::check(&config.mail, &config.sms, ambient)?;
    Ok(())
}

/// What the realm's client is made of.
pub fn settings(config: &Config) -> Result<KeycloakSettings, KeycloakSetUpError> {
    let provider = &config.provider;
    let keycloak = &config.keycloak;
    let missing = KeycloakSetUpError::Missing;
    Ok(KeycloakSettings {
        realm: IssuerAddress::new(
            provider.url.as_ref().ok_or(missing("provider.url"))?,
            keycloak.internal_url.as_ref(),
        ),
        client_id: provider.client_id.clone().ok_or(missing("provider.client_id"))?,
        client_secret: provider.client_secret.clone().ok_or(missing("provider.client_secret"))?,
        clients: keycloak.clients.clone(),
        phone_attribute: keycloak.phone_attribute.clone(),
        locale_attribute: keycloak.locale_attribute.clone(),
        timeout: Duration::from_secs(provider.timeout.into()),
    })
}

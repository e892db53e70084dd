//! SMS by an HTTP gateway, in the shape of Transmit's custom SMS provider: a POST of
//! `{phone_number, sender_id, message}` with `X-API-Key`.

use std::time::Duration;

use serde::Serialize;
use url::Url;

use super::{LONGEST, Message, SendError, SetUpError, is_loopback};
use crate::settings::SmsConfig;
use platform::Secret;
use platform::http_client::{self, Patience};

const PATIENCE: Patience = Patience { connect: Duration::from_secs(2), total: LONGEST };

/// A gateway.
#[derive(Debug)]
pub(super) struct SmsGateway {
    http: reqwest::Client,
    url: Url,
    api_key: Option<Secret>,
    sender_id: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    phone_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_id: Option<&'a str>,
    message: &'a str,
}

impl SmsGateway {
    /// The configured gateway, where there is one.
    pub(super) fn new(config: &SmsConfig) -> Result<Option<Self>, SetUpError> {
        let Some(url) = config.gateway_url.clone() else {
            return Ok(None);
        };
        if url.scheme() != "https" && !is_loopback(url.host_str().unwrap_or_default()) {
            return Err(SetUpError::UnencryptedGateway);
        }
        Ok(Some(Self {
            http: http_client::build_for(&url, PATIENCE)?,
            url,
            api_key: config.api_key.clone(),
            sender_id: config.sender_id.clone(),
        }))
    }

    /// Hands a message to the gateway. It is not tried again: a gateway that has taken it and then
    /// fails to say so would send it twice.
    pub(super) async fn send(&self, message: &Message) -> Result<(), SendError> {
        let body = Body {
            phone_number: &message.to,
            sender_id: message.sender_name.as_deref().or(self.sender_id.as_deref()),
            message: &message.text,
        };
        let mut request = self.http.post(self.url.clone()).json(&body);
        if let Some(key) = &self.api_key {
            request = request.header("X-API-Key", key.expose());
        }
        // The address may hold a credential and must not reach a log.
        let response =
            request.send().await.map_err(|error| SendError::Gateway(error.without_url()))?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(SendError::GatewayRefused(response.status()))
        }
    }
}

//! SMS by an HTTP gateway, in the shape of Transmit's custom SMS provider: a POST of
//! `{phone_number, sender_id, message}` with `X-API-Key`.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use serde::Serialize;
use url::Url;

use super::error::{AttemptFault, DeliverySetUpError, SendError};
use super::message::Message;
use crate::settings::SmsConfig;
use platform::Secret;
use platform::clock::SharedClock;
use platform::http_client::{self, Timeouts};
use platform::network::is_loopback;
use platform::seconds;

/// The longest that a gateway may take. Below what callers wait by default (`provider.timeout`), so
/// that they are told what became of it.
pub(super) const LONGEST: Duration = Duration::from_secs(4);

const TIMEOUTS: Timeouts = Timeouts { connect: Duration::from_secs(2), total: LONGEST };

/// A gateway.
#[derive(Debug)]
pub(super) struct SmsGateway {
    http: reqwest::Client,
    url: Url,
    api_key: Option<Secret>,
    sender_id: Option<String>,
    clock: SharedClock,
}

#[derive(Serialize)]
struct GatewayBody<'a> {
    phone_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_id: Option<&'a str>,
    message: &'a str,
}

impl SmsGateway {
    /// The configured gateway, where there is one.
    pub(super) fn new(
        config: &SmsConfig,
        clock: &SharedClock,
    ) -> Result<Option<Self>, DeliverySetUpError> {
        let Some(url) = config.gateway_url.clone() else {
            return Ok(None);
        };
        if url.scheme() != "https" && !is_loopback(&url) {
            return Err(DeliverySetUpError::UnencryptedGateway);
        }
        Ok(Some(Self {
            http: http_client::build_for(&url, TIMEOUTS)?,
            url,
            api_key: config.api_key.clone(),
            sender_id: config.sender_id.clone(),
            clock: clock.clone(),
        }))
    }

    /// Hands a message to the gateway. It is tried again only where the gateway says that it has not
    /// taken it and may later: one that has taken it and then fails to say so would send it twice.
    /// Where nobody answers at all the agent who waits is told, and can take another way.
    pub(super) async fn send(&self, message: &Message) -> Result<(), AttemptFault> {
        let body = GatewayBody {
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
        let status = response.status();
        match status {
            _ if status.is_success() => Ok(()),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let header = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok());
                let retry_after =
                    header.and_then(|text| seconds::retry_after(text, self.clock.now()));
                Err(AttemptFault::Passing {
                    why: format!("the gateway answered {status}"),
                    retry_after,
                })
            }
            _ => Err(SendError::GatewayRefused(status).into()),
        }
    }
}

//! The customers' phone of the demo: the outbox's messages, asked for over HTTP like everybody
//! else's.

use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::config::Config;
use crate::demo::{Demo, DemoUser};
use platform::http_client::{self, BodyError, Timeouts};
use transmit::EmailAddress;

/// How many messages the phone shows.
const SHOWN: u8 = 8;

/// The phone.
#[derive(Debug)]
pub struct Phone {
    http: reqwest::Client,
    outbox: Url,
    customers: Vec<Customer>,
}

/// A customer of the demo.
#[derive(Debug, Clone)]
pub struct Customer {
    /// A name to call them by.
    pub name: String,
    /// The phone number.
    pub phone_number: String,
    /// The mail address.
    pub email: String,
    /// Whether the provider has verified the phone number.
    pub phone_is_verified: bool,
}

/// A message in the outbox.
#[derive(Debug, Clone, Deserialize)]
pub struct OutboxMessage {
    /// Its number.
    pub id: i64,
    /// `sms` or `email`.
    pub channel: String,
    /// The phone number or address.
    pub to: String,
    /// The subject of a mail.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
    /// The links in the text.
    #[serde(default)]
    pub links: Vec<String>,
    /// The code in the text.
    pub code: Option<String>,
    /// When it was sent (RFC 3339).
    pub sent_at: String,
}

/// The outbox cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// It cannot be reached.
    #[error("the outbox was not reached")]
    Transport(#[from] reqwest::Error),
    /// Its answer broke off.
    #[error("the outbox's answer could not be read")]
    Body(#[from] BodyError),
    /// Its answer is none.
    #[error("the outbox's answer is malformed")]
    Malformed(#[from] serde_json::Error),
}

impl Phone {
    /// The phone of a demo.
    pub fn new(demo: &Demo, config: &Config) -> Result<Self, http_client::HttpClientError> {
        let mut outbox = config.provider_url().clone();
        outbox.set_path("/demo/outbox");
        outbox.set_query(Some(&format!("last={SHOWN}")));
        let timeouts = Timeouts { connect: Duration::from_secs(1), total: Duration::from_secs(3) };
        Ok(Self {
            http: http_client::build_for(&outbox, timeouts)?,
            outbox,
            customers: demo.users.iter().map(Customer::of).collect(),
        })
    }

    /// The customers.
    pub fn customers(&self) -> Vec<Customer> {
        self.customers.clone()
    }

    /// The verified address of the customer who has this phone number.
    pub fn email_of(&self, phone_number: &str) -> Option<EmailAddress> {
        let customer = self.customers.iter().find(|known| known.phone_number == phone_number)?;
        EmailAddress::parse(&customer.email).ok()
    }

    /// The newest messages, the newest first.
    pub async fn messages(&self) -> Result<Vec<OutboxMessage>, OutboxError> {
        let request = self.http.get(self.outbox.clone()).header("accept", "application/json");
        let answer = request.send().await?.error_for_status()?;
        let all: Vec<OutboxMessage> = serde_json::from_slice(&http_client::body(answer).await?)?;
        Ok(all.into_iter().rev().collect())
    }
}

impl Customer {
    fn of(user: &DemoUser) -> Self {
        let local = user.email.split('@').next().unwrap_or_default();
        let mut letters = local.chars();
        let name = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default();
        Self {
            name,
            phone_number: user.phone_number.clone(),
            email: user.email.clone(),
            phone_is_verified: user.phone_number_verified,
        }
    }
}

impl OutboxMessage {
    /// The link that a tap opens. Another scheme would be a script of somebody else's making.
    pub fn link(&self) -> Option<&str> {
        let harmless = |link: &&String| link.starts_with("https://") || link.starts_with("http://");
        self.links.iter().find(harmless).map(String::as_str)
    }
}

//! Telling the customer: a queue of links that are to be sent, and the workers that send them.
//!
//! A link is not sent within a second of its request's arrival: Keycloak stores the request only when
//! it has our 201, and whoever cannot be reached ends it at once. Each is sent once; where nobody
//! knows whether the gateway has it, it is not sent again. Where customers may sign in by a mail of ours
//! their address is found on the way, also for a link that somebody else passes on.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::mail;
use super::ports::AtKeycloak;
use crate::codes::{CodedRequest, Codes};
use crate::config::Delivery;
use crate::records::{Records, Step, digest};
use crate::site::authority::{Authority, Cancellation, Cancelled, RequestAtProvider};
use crate::site::paths;
use crate::site::request::pushed::{Answerer, PushedRequest, PushedRequests};
use ciba::{AuthReqId, RequestHandle};
use keycloak::{CallError, Keycloak, RealmUser};
use messages::delivery::{Message, Messenger, SendError};
use messages::texts::{Language, Texts, sms};
use platform::ambient::{Ambient, Worker};
use platform::causes::Causes;
use platform::ids::NoEntropy;
use platform::seal::{SealError, Sealer};
use platform::storage::{Storage, StorageError};

const PURPOSE: &str = "keycloak.delivery";

/// Seconds after a request's arrival before its link is sent.
const NOT_BEFORE: i64 = 1;

/// Seconds for which a worker has a delivery to itself.
const LEASE: i64 = 30;

/// Ends every lease, at the time `$1`: for a start at which no other process is there to hold one.
/// What waits for [`NOT_BEFORE`] is no lease.
pub const END_LEASES: &str = "UPDATE keycloak_deliveries SET due_at = $1 WHERE due_at > $1 + 1";

/// Seconds until a delivery is tried again.
const PAUSE: i64 = 5;

/// How often the queue is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// The links that are to be sent.
#[derive(Debug, Clone)]
pub struct Deliveries {
    storage: Storage,
    sealer: Sealer,
    ambient: Ambient,
}

/// The queue could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The link could not be sealed.
    #[error("delivery not written: sealing failed")]
    Seal(#[from] SealError),
    /// The machine gave no randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// The database.
    #[error("delivery not written: database query failed")]
    Storage(#[from] StorageError),
}

impl From<sqlx::Error> for DeliveryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// A link that is to be sent.
#[derive(Serialize, Deserialize)]
struct DueLink {
    key: AuthReqId,
    locale: Option<String>,
    delivery: Delivery,
}

struct Leased {
    hash: String,
    due: DueLink,
}

impl Deliveries {
    /// The deliveries of `storage`.
    pub fn new(storage: Storage, sealer: Sealer, ambient: Ambient) -> Self {
        Self { storage, sealer, ambient }
    }

    /// Adds the link of a request that was just pushed.
    pub async fn add(
        &self,
        key: &AuthReqId,
        request: &PushedRequest,
        locale: Option<&str>,
        delivery: Delivery,
    ) -> Result<(), DeliveryError> {
        let due = DueLink { key: key.clone(), locale: locale.map(str::to_owned), delivery };
        sqlx::query(
            "INSERT INTO keycloak_deliveries (auth_req_hash, sealed, due_at, expires_at) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(digest(key))
        .bind(self.sealer.seal(PURPOSE, &due)?)
        .bind(request.received_at + NOT_BEFORE)
        .bind(request.expires_at)
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Takes the delivery that is due, for a while.
    async fn take(&self) -> Result<Option<Leased>, DeliveryError> {
        let now = self.ambient.clock.unix();
        sqlx::query("DELETE FROM keycloak_deliveries WHERE expires_at <= $1")
            .bind(now)
            .execute(self.storage.writer())
            .await?;
        while let Some(row) = self.lease_due(now).await? {
            let hash: String = row.try_get("auth_req_hash")?;
            match self.sealer.open(PURPOSE, row.try_get("sealed")?) {
                Ok(due) => return Ok(Some(Leased { hash, due })),
                Err(error) => {
                    // Sealed with a key that is gone: nobody can send it, and the others do not wait for it.
                    tracing::error!(error = %Causes(&error), "a link to be sent cannot be opened");
                    self.done(&hash).await?;
                }
            }
        }
        Ok(None)
    }

    async fn lease_due(&self, now: i64) -> Result<Option<AnyRow>, StorageError> {
        let statement = sqlx::query(
            "UPDATE keycloak_deliveries SET due_at = $1 WHERE auth_req_hash = \
             (SELECT auth_req_hash FROM keycloak_deliveries WHERE due_at <= $2 \
             ORDER BY due_at LIMIT 1) AND due_at <= $2 RETURNING auth_req_hash, sealed",
        )
        .bind(now + LEASE)
        .bind(now);
        self.storage.change(statement).await
    }

    async fn done(&self, hash: &str) -> Result<(), DeliveryError> {
        sqlx::query("DELETE FROM keycloak_deliveries WHERE auth_req_hash = $1")
            .bind(hash.to_owned())
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    async fn postpone(&self, hash: &str) -> Result<(), DeliveryError> {
        sqlx::query("UPDATE keycloak_deliveries SET due_at = $1 WHERE auth_req_hash = $2")
            .bind(self.ambient.clock.unix() + PAUSE)
            .bind(hash.to_owned())
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }
}

/// What a worker works with.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The queue.
    pub deliveries: Deliveries,
    /// What was pushed.
    pub pushed: PushedRequests,
    /// What the agent's side reads of them.
    pub records: Records,
    /// The realm.
    pub keycloak: Keycloak,
    /// The same, to end requests that reach nobody.
    pub authority: AtKeycloak,
    /// Sends SMS and mail.
    pub messenger: Messenger,
    /// The words.
    pub texts: Arc<Texts>,
    /// The site's address as browsers see it.
    pub site: Url,
    /// Whether links are sent; otherwise a code is.
    pub sends_links: bool,
    /// The codes.
    pub codes: Codes,
}

/// Why a link is not sent.
enum Unsent {
    /// It may be sent a moment later.
    Later(String),
    /// The customer cannot be reached.
    Never(&'static str),
}

/// What became of a delivery.
enum Delivered {
    /// Its link was sent.
    Sent,
    /// Somebody else passes the link on: the person was looked up, and nothing more.
    LookedUp,
}

impl Sender {
    /// The worker that sends.
    pub fn worker(self) -> Worker {
        Box::new(move |stop| Box::pin(self.work(stop)))
    }

    async fn work(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.deliveries.take().await {
                Ok(Some(leased)) => {
                    if let Err(error) = self.deliver(&leased).await {
                        tracing::error!(error = %Causes(&error), "what became of a link was not written down");
                    }
                    continue;
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(error = %Causes(&error), "links to be sent were not looked for");
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn deliver(&self, leased: &Leased) -> Result<(), DeliveryError> {
        let key = &leased.due.key;
        let pushed = self.pushed.find(key).await?;
        let Some(pushed) = pushed.filter(|pushed| !pushed.credential.expose().is_empty()) else {
            // Answered or over before the link was sent.
            return self.deliveries.done(&leased.hash).await;
        };
        let request = RequestHandle::of(key, pushed.message.as_ref());
        match self.send(&leased.due, &pushed).await {
            Ok(Delivered::Sent) => tracing::info!(%request, "a link was sent"),
            Ok(Delivered::LookedUp) => {}
            Err(Unsent::Later(why)) => {
                tracing::warn!(%request, why, "a link is sent a moment later");
                return self.deliveries.postpone(&leased.hash).await;
            }
            Err(Unsent::Never(why)) => {
                if !self.pushed.take(&leased.hash, Answerer::Operator).await? {
                    // The agent passes the link on as well, and the customer has decided.
                    return self.deliveries.done(&leased.hash).await;
                }
                tracing::warn!(%request, why, "a customer cannot be reached: the request is ended");
                self.records.note(key, Step::Unreachable).await?;
                let at_provider = RequestAtProvider::Pushed(&pushed);
                match self.authority.cancel(at_provider, Cancellation::Undeliverable).await {
                    Cancelled::AtProvider | Cancelled::HereOnly => {
                        self.pushed.answered(&leased.hash).await?;
                    }
                    Cancelled::Unknown(error) => {
                        tracing::warn!(%request, error = %Causes(error.as_ref()), "a request was perhaps not ended");
                        return self.deliveries.postpone(&leased.hash).await;
                    }
                }
            }
        }
        self.deliveries.done(&leased.hash).await
    }

    async fn send(&self, due: &DueLink, pushed: &PushedRequest) -> Result<Delivered, Unsent> {
        let user = self.keycloak.user(&pushed.subject).await.map_err(|error| look_up(&error))?;
        let user = user.filter(|user| user.enabled);
        if let Some(user) = &user {
            self.note_address(&due.key, pushed, user).await?;
        }
        if due.delivery == Delivery::None {
            return Ok(Delivered::LookedUp);
        }
        let user = user.ok_or(Unsent::Never("the realm has no enabled user of this identifier"))?;
        let message = self.message(due, pushed, &user).await?.good_until(pushed.expires_at);
        match self.messenger.send(message).await {
            Ok(()) => Ok(Delivered::Sent),
            Err(error) if error.is_refusal() => Err(Unsent::Never("the address is refused")),
            Err(error @ (SendError::Storage(_) | SendError::Seal(_) | SendError::Entropy(_))) => {
                Err(Unsent::Later(Causes(&error).to_string()))
            }
            // The gateway may have it: sent again it would come twice.
            Err(error @ SendError::Gateway(_)) => {
                tracing::error!(error = %Causes(&error), "a link was perhaps not sent");
                Ok(Delivered::Sent)
            }
            Err(error) => {
                tracing::error!(error = %Causes(&error), "a link cannot be sent");
                Err(Unsent::Never("what sends its link does not take it"))
            }
        }
    }

    /// Writes down to which address a mail may go that signs the person in for this request.
    async fn note_address(
        &self,
        key: &AuthReqId,
        pushed: &PushedRequest,
        user: &RealmUser,
    ) -> Result<(), Unsent> {
        let is_served = self.authority.mail.as_ref().is_some_and(|mail| mail.serves(pushed));
        let Some(address) = mail::address(user).filter(|_| is_served) else { return Ok(()) };
        let noted = self.records.add_email(key, &address).await;
        noted.map_err(|error| Unsent::Later(Causes(&error).to_string()))
    }

    async fn message(
        &self,
        due: &DueLink,
        pushed: &PushedRequest,
        user: &RealmUser,
    ) -> Result<Message, Unsent> {
        // `de-AT` is written in the words of `de`; one that we do not speak says nothing.
        let language = [due.locale.as_deref(), user.locale.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|locale| locale.split(['-', '_']).next()?.parse::<Language>().ok());
        let words = self.texts.words(language.unwrap_or_default());
        let link =
            format!("{}{}", self.site.as_str().trim_end_matches('/'), paths::pushed(&due.key));
        let (text, code) = if self.sends_links {
            (format!("{} {link}", sms::request(&words)), None)
        } else {
            let request =
                CodedRequest { auth_req_id: due.key.clone(), message: pushed.message.clone() };
            let code = self.codes.give(&request, pushed.expires_at).await;
            let code = code.map_err(|error| Unsent::Later(Causes(&error).to_string()))?;
            let code = code.to_string();
            (sms::request_by_code(&words, &code), Some(code))
        };
        let message = match due.delivery {
            Delivery::Sms => {
                let phone = user.phone.as_deref().and_then(number);
                let phone =
                    phone.ok_or(Unsent::Never("there is no phone number with a country"))?;
                Message::sms(phone, text)
            }
            Delivery::Email => {
                let address = user.email.as_deref();
                let address = address.ok_or(Unsent::Never("there is no verified address"))?;
                Message::email(address, words.text("mail-request-subject"), text)
            }
            Delivery::None => return Err(Unsent::Never("links are not sent from here")),
        };
        Ok(match code {
            Some(code) => message.with_code(code),
            None => message.with_link(link),
        })
    }
}

fn look_up(error: &CallError) -> Unsent {
    if error.status() == Some(403) {
        tracing::error!("the service account may not view users: give it the role view-users");
    }
    Unsent::Later(Causes(error).to_string())
}

/// A phone number with its country (E.164), without what people put between the digits.
fn number(text: &str) -> Option<String> {
    let number: String = text.chars().filter(|c| !" -().\u{a0}\u{202f}".contains(*c)).collect();
    let digits = number.strip_prefix('+')?;
    let is_number =
        (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_country() {
        assert_eq!(number("+1 (555) 01-00").as_deref(), Some("+15550100"));
        for bad in ["", "0555 0100", "+", "+12", "alex", "+1555x0100"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}

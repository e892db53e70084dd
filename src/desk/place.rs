//! Places an agent's order: asks the provider to ask the customer.

use std::sync::Arc;

use super::access::Agent;
use super::requests::{Order, Reserved, RowError};
use super::state::Desk;
use crate::audit::{self, AuditContext, Event};
use crate::codes::{CodedRequest, CodesError, RequestChannel};
use crate::records::RecordError;
use ciba::RequestHandle;
use messages::texts::{Words, sms};
use platform::traces;
use transmit::{BackchannelRequest, Limit, Started, TransmitError};

/// What the desk asks for: who the customer is, and nothing of their account.
const SCOPE: &str = "openid";

/// An order was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The agent has too many open requests.
    #[error("order not placed: too many are open")]
    TooMany,
    /// The provider did not take it.
    #[error("order not placed")]
    Provider(#[source] TransmitError),
    /// It cannot be kept.
    #[error("order not placed")]
    Rows(#[from] RowError),
    /// The site cannot be told of it.
    #[error("order not placed")]
    Record(#[from] RecordError),
    /// It has no code.
    #[error("order not placed")]
    Code(#[from] CodesError),
    /// The process is stopping.
    #[error("order not placed: the process is stopping")]
    Stopping,
}

impl PlaceError {
    /// What the agent is told.
    pub fn advice(&self, words: &Words) -> String {
        let id = match self {
            Self::TooMany => "desk-refused-many",
            Self::Provider(TransmitError::Timeout(_) | TransmitError::Body(_)) => {
                "desk-refused-late"
            }
            Self::Provider(TransmitError::Transport(_)) => "desk-refused-away",
            Self::Provider(TransmitError::Api(error)) => {
                match (error.code.as_deref(), error.status) {
                    _ if error.limit() == Some(Limit::Undecided) => "desk-refused-waiting",
                    _ if error.limit() == Some(Limit::Pace) => "desk-refused-pace",
                    (Some("unknown_user_id" | "user_not_found"), _) => "desk-refused-unknown",
                    (_, 401 | 403) | (Some("invalid_client" | "unauthorized_client"), _) => {
                        "desk-refused-client"
                    }
                    _ => match &error.message {
                        Some(message) => {
                            let reason = message.as_str().into();
                            return words.isolated("desk-refused-reason", &[("reason", reason)]);
                        }
                        None => "desk-refused-plain",
                    },
                }
            }
            Self::Provider(_) => "desk-refused-odd",
            Self::Rows(_) | Self::Record(_) | Self::Code(_) | Self::Stopping => {
                "desk-refused-fault"
            }
        };
        words.text(id)
    }
}

/// Places an order and returns its request's identifier. A form that was sent before is not sent
/// again: then there is none.
///
/// It is placed to its end even if the agent's browser goes away. Otherwise the customer would be
/// notified of a request that nobody polls.
pub async fn place(
    desk: &Arc<Desk>,
    agent: &Agent,
    order: Order,
    form_key: String,
) -> Result<Option<String>, PlaceError> {
    let (desk, agent) = (Arc::clone(desk), agent.clone());
    let placing =
        tokio::spawn(traces::carry(
            async move { place_now(&desk, &agent, &order, &form_key).await },
        ));
    placing.await.map_err(|_| PlaceError::Stopping)?
}

/// The text in front of the link. The provider's own ("click this link") is what fraudsters write,
/// so ours goes in its place unless the agent has chosen.
fn text(desk: &Desk, order: &Order) -> Option<String> {
    let ours = || {
        let is_sent = matches!(order.channel, RequestChannel::Sms | RequestChannel::Email);
        let language = order.text_language.filter(|_| is_sent)?;
        Some(sms::request(&desk.words(language)))
    };
    order.custom_message.clone().or_else(ours)
}

async fn place_now(
    desk: &Desk,
    agent: &Agent,
    order: &Order,
    form_key: &str,
) -> Result<Option<String>, PlaceError> {
    let entropy = desk.ambient.entropy.as_ref();
    let reserved = desk.requests.reserve(order, &agent.0, form_key, desk.now(), entropy).await?;
    let id = match reserved {
        Reserved::New(id) => id,
        Reserved::SentBefore => return Ok(None),
        Reserved::TooMany => return Err(PlaceError::TooMany),
    };
    let request = BackchannelRequest {
        login_hint: order.login_hint.clone(),
        login_hint_type: order.login_hint_type,
        binding_message: Some(order.binding_message.clone()),
        channel: order.channel.at_provider(),
        custom_message: text(desk, order),
        requested_expiry: Some(order.requested_expiry),
        scope: SCOPE.into(),
        contact: order.contact,
        locale: order.text_language.map(|language| language.tag().to_owned()),
    };
    let started = match desk.transmit.start(&request).await {
        Ok(started) => started,
        Err(error) => {
            desk.requests.release(&id).await?;
            return Err(PlaceError::Provider(error));
        }
    };
    // Nobody is to pass on what the company does not send.
    let started = Started { link: started.link.filter(|_| desk.sends_links), ..started };
    let expires_at = desk.requests.opened(&id, &started, desk.now()).await?;
    record(desk, order, &request, &started, expires_at).await?;
    desk.opened.notify_one();
    desk.changed();
    let handle = RequestHandle::of(started.on_record(), Some(&order.binding_message));
    let known =
        AuditContext { request: Some(&handle), agent: Some(&agent.0), ..AuditContext::default() };
    audit::record(Event::RequestStarted, &known);
    tracing::info!(
        request = %handle,
        desk.agent = ?agent.0,
        desk.request.id = id,
        channel = %order.channel,
        "a request was started"
    );
    Ok(Some(id))
}

/// Tells the site of a request.
async fn record(
    desk: &Desk,
    order: &Order,
    request: &BackchannelRequest,
    started: &Started,
    expires_at: i64,
) -> Result<(), PlaceError> {
    desk.records.record_started(request, order.channel.as_str(), started, expires_at).await?;
    let auth_req_id = started.on_record();
    if order.channel == RequestChannel::Code {
        let message = Some(order.binding_message.clone());
        let request = CodedRequest { auth_req_id: auth_req_id.clone(), message };
        desk.codes.give(&request, expires_at).await?;
    }
    let phone = desk.phone.as_ref();
    if let Some(email) = phone.and_then(|phone| phone.email_of(&order.login_hint)) {
        desk.records.add_email(auth_req_id, &email).await?;
    }
    Ok(())
}

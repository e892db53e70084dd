//! What is sealed into a browser's cookie for a request, and into the rows that outlive it.

use serde::{Deserialize, Serialize};

use ciba::{AuthReqId, BindingMessage, RequestHandle};

/// A request as this browser holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRequest {
    /// The provider's name for it; of a pushed one, the key of our link.
    #[serde(rename = "id")]
    pub auth_req_id: AuthReqId,
    /// The message that came with the link.
    #[serde(rename = "msg", skip_serializing_if = "Option::is_none", default)]
    pub message: Option<BindingMessage>,
    /// When the link was opened, in seconds since 1970.
    #[serde(rename = "at")]
    pub opened_at: i64,
    /// The languages that the link asked for.
    #[serde(rename = "ui", skip_serializing_if = "Option::is_none", default)]
    pub ui_locales: Option<String>,
    /// Whether it was said in this browser that its person is not speaking with an agent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reported: bool,
}

impl HeldRequest {
    /// A request that is just opened.
    pub fn new(auth_req_id: AuthReqId, message: Option<BindingMessage>, opened_at: i64) -> Self {
        Self { auth_req_id, message, opened_at, ui_locales: None, reported: false }
    }

    /// Its public name.
    pub fn handle(&self) -> RequestHandle {
        RequestHandle::of(&self.auth_req_id, self.message.as_ref())
    }
}

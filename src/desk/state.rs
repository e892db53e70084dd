//! What the desk's handlers and workers share.

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::phone::Phone;
use super::requests::DeskRequests;
use crate::codes::{Codes, RequestChannel};
use crate::records::Records;
use messages::texts::{Language, Texts, Words};
use platform::ambient::Ambient;
use platform::storage::Storage;
use transmit::Transmit;

/// The desk, as each of them holds it.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) ambient: Ambient,
    pub(super) storage: Storage,
    pub(super) requests: DeskRequests,
    /// What the site reads of our requests, and we of its customers.
    pub(super) records: Records,
    /// The codes that agents read out.
    pub(super) codes: Codes,
    /// How requests may reach customers, the usual one first.
    pub(super) channels: &'static [RequestChannel],
    /// The most characters of a reference that the provider takes.
    pub(super) longest_reference: usize,
    pub(super) sends_links: bool,
    /// The site, where customers type a code.
    pub(super) site: Url,
    pub(super) transmit: Transmit,
    pub(super) texts: Arc<Texts>,
    /// The customers' phone, in the demo.
    pub(super) phone: Option<Phone>,
    /// A request was started: its turns begin.
    pub(super) opened: Notify,
    /// Counts what this instance has changed.
    pub(super) version: watch::Sender<u64>,
    pub(super) closing: CancellationToken,
}

impl Desk {
    /// The present moment, in seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.ambient.clock.unix()
    }

    /// The words for an agent who reads this language.
    pub(super) fn words(&self, language: Language) -> Words {
        self.texts.words(language)
    }

    /// Tells the open pages of this instance to look again.
    pub(super) fn changed(&self) {
        self.version.send_modify(|version| *version = version.wrapping_add(1));
    }
}

//! What this shell and the site tell each other, where they share one storage: the provider has no
//! look-up. With a record the page knows the true message, person and end of a request; here it is
//! seen what the customer reports and why a request has ended, and a request can be withdrawn.

use super::super::connection::ProviderConnection;
use crate::codes::{AgentCode, CodedRequest, Codes, RequestChannel};
use crate::records::{Record, Records, Withdrawal};
use ciba::AuthReqId;
use platform::clock::SharedClock;
use platform::seal::Sealer;
use platform::storage::{Storage, StorageError};
use transmit::{BackchannelRequest, Started};

/// The storage that the site uses, too.
pub(super) struct SharedStorage {
    storage: Storage,
    records: Records,
    codes: Codes,
    clock: SharedClock,
}

impl SharedStorage {
    /// Opens it. `None`: this shell shares none. It fails where another version of this program keeps
    /// the storage: then the request goes on without it.
    pub(super) async fn open(connection: &ProviderConnection) -> anyhow::Result<Option<Self>> {
        let config = &connection.config;
        if config.session.sealing_key.is_none() || !Storage::is_there(&config.storage) {
            return Ok(None);
        }
        let sealer = Sealer::of(&config.session, &connection.ambient.entropy)?;
        let storage = Storage::attach(&config.storage).await?;
        let clock = connection.ambient.clock.clone();
        let records = Records::new(storage.clone(), sealer.clone(), clock.clone());
        let codes = Codes::new(storage.clone(), sealer, connection.ambient.clone());
        Ok(Some(Self { storage, records, codes, clock }))
    }

    /// Tells the site what was asked for.
    pub(super) async fn keep(
        &self,
        request: &BackchannelRequest,
        channel: RequestChannel,
        started: &Started,
    ) -> anyhow::Result<()> {
        let expires_at = started.expires_at(self.clock.unix());
        Ok(self.records.record_started(request, channel.as_str(), started, expires_at).await?)
    }

    /// Gives a request its code.
    pub(super) async fn give_code(
        &self,
        request: &BackchannelRequest,
        started: &Started,
    ) -> anyhow::Result<AgentCode> {
        let request = CodedRequest {
            auth_req_id: started.on_record().clone(),
            message: request.binding_message.clone(),
        };
        Ok(self.codes.give(&request, started.expires_at(self.clock.unix())).await?)
    }

    /// The code of a request that goes by one.
    pub(super) async fn code(&self, id: &AuthReqId) -> anyhow::Result<Option<AgentCode>> {
        Ok(self.codes.of_request(&self.records.known_as(id).await?).await?)
    }

    /// What is known of a request.
    pub(super) async fn find(&self, id: &AuthReqId) -> Result<Option<Record>, StorageError> {
        self.records.find_by(&self.records.known_as(id).await?).await
    }

    /// Withdraws a request.
    pub(super) async fn withdraw(&self, id: &AuthReqId) -> Result<Withdrawal, StorageError> {
        self.records.withdraw(&self.records.known_as(id).await?).await
    }

    /// Closes it.
    pub(super) async fn close(self) {
        self.storage.close().await;
    }
}

//! Tells the site what was asked for, where this shell and the site share one storage: the provider
//! has no look-up, and with a record the page knows the true message, person and end of a request.

use super::super::connection::Connection;
use crate::server::seal::Sealer;
use crate::server::storage::Storage;
use crate::server::storage::requests::{NewRecord, Records};
use crate::server::transmit::{BackchannelRequest, Started};

/// Writes the record. Without a shared storage there is nothing to do; where it cannot be written,
/// the request goes on without it.
pub(super) async fn keep(
    connection: &Connection,
    request: &BackchannelRequest,
    started: &Started,
) -> anyhow::Result<()> {
    let config = &connection.config;
    if config.session.sealing_key.is_none() || !Storage::is_there(&config.storage) {
        return Ok(());
    }
    let sealer = Sealer::of(&config.session, &connection.ambient.entropy)?;
    let storage = Storage::open(&config.storage).await?;
    let clock = connection.ambient.clock.clone();
    let life = i64::try_from(started.expires_in.as_secs()).unwrap_or(i64::MAX);
    let written = Records::new(storage.clone(), sealer, clock.clone())
        .record(NewRecord {
            auth_req_id: &started.auth_req_id,
            login_hint: &request.login_hint,
            message: request.binding_message.as_ref(),
            expires_at: clock.unix().saturating_add(life),
            channel: request.channel.as_str(),
            scope: &request.scope,
            contact: None,
        })
        .await;
    storage.close().await;
    Ok(written?)
}

//! The worker that brings open decisions to their end: after a crash, and while the provider is
//! away. It sends the same decision only. It also tells the provider of withdrawals.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_sessions::ExpiredDeletion;

use super::{JournalError, completion};
use crate::site::Site;
use crate::site::authority::{Cancellation, Cancelled, RequestAtProvider};
use crate::site::request::pushed::Withdrawn;
use platform::ambient::Worker;
use platform::round_trip;
use platform::storage::StorageError;

/// How often it looks; a look is one indexed statement.
const EVERY: Duration = Duration::from_secs(1);

/// How many looks lie between two counts of what is open, and between two clearings of the answers to forms,
/// which are given for some seconds.
const COUNT_EVERY: u32 = 10;

/// How many looks lie between two clearings.
const CLEAR_EVERY: u32 = 300;

/// How many decisions are sent at the same time: where the provider hangs, each takes as long as a call
/// may take, and the last customer would wait for all before them.
const AT_ONCE: usize = 8;

/// The worker.
pub fn worker(site: Site) -> Worker {
    Box::new(move |stop| Box::pin(work(site, stop)))
}

async fn work(site: Site, stop: CancellationToken) {
    let mut looks = 0_u32;
    while !stop.is_cancelled() {
        if let Err(error) = withdraw(&site).await {
            tracing::error!(%error, source = ?std::error::Error::source(&error), "tell of withdrawals");
        }
        if let Err(error) = look(&site, &stop).await {
            tracing::error!(%error, source = ?std::error::Error::source(&error), "resume decisions");
        }
        if looks.is_multiple_of(COUNT_EVERY) {
            count(&site).await;
            if let Err(error) = site.answers.clear().await {
                tracing::error!(%error, "clear the answers of forms");
            }
        }
        if looks.is_multiple_of(CLEAR_EVERY) {
            clear(&site).await;
        }
        looks = looks.wrapping_add(1);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Sends what is due. A fault ends the look, after what is under way.
///
/// # Errors
///
/// [`JournalError`]; what is due stays due.
pub async fn look(site: &Site, stop: &CancellationToken) -> Result<(), JournalError> {
    let mut under_way = JoinSet::new();
    let mut result = Ok(());
    loop {
        while result.is_ok() && under_way.len() < AT_ONCE && !stop.is_cancelled() {
            match site.journal.take_due().await {
                Ok(Some(held)) => {
                    let site = site.clone();
                    under_way.spawn(async move { completion::run(&site, held, 1).await });
                }
                Ok(None) => break,
                Err(error) => result = Err(error),
            }
        }
        match under_way.join_next().await {
            None => return result,
            Some(Ok(sent)) => result = result.and(sent.map(|_recorded| ())),
            Some(Err(error)) => {
                tracing::error!(%error, "resuming a decision broke off; it will be taken up again");
            }
        }
    }
}

/// Tells the provider of requests that it has pushed and the agent has withdrawn, on whatever page or
/// shell that was.
async fn withdraw(site: &Site) -> Result<(), StorageError> {
    while let Some(Withdrawn { digest, request }) = site.pushed.take_withdrawn().await? {
        let client = request.client_id.as_str();
        let at_provider = RequestAtProvider::Pushed(&request);
        match site.authority.cancel(at_provider, Cancellation::Withdrawn).await {
            Cancelled::AtProvider => {
                tracing::info!(client, "a request was withdrawn at the provider");
                site.pushed.answered(&digest).await?;
            }
            // It cannot be told: the request ends on our own pages.
            Cancelled::HereOnly => site.pushed.answered(&digest).await?,
            Cancelled::Unknown(error) => {
                tracing::warn!(client, %error, "the provider was perhaps not told of a withdrawal");
                site.pushed.postpone(&digest).await?;
            }
        }
    }
    Ok(())
}

async fn count(site: &Site) {
    match site.journal.count_open().await {
        Ok(open) => site.ambient.metrics.decisions_are_open(open),
        Err(error) => tracing::error!(%error, "count the open decisions"),
    }
}

async fn clear(site: &Site) {
    // Tokens are sealed in them; the session layer never looks at one again whose time is over.
    if let Err(error) = site.storage.sessions().delete_expired().await {
        tracing::error!(%error, "clear the sessions");
    }
    if let Err(error) = site.journal.clear().await {
        tracing::error!(%error, "clear the decision journal");
    }
    if let Err(error) = site.records.clear().await {
        tracing::error!(%error, "clear the records of requests");
    }
    if let Err(error) = site.codes.clear().await {
        tracing::error!(%error, "delete the codes of requests that are over");
    }
    if let Err(error) = round_trip::clear(&site.storage, site.now()).await {
        tracing::error!(%error, "clear the values that were spent");
    }
    if let Err(error) = site.pushed.clear().await {
        tracing::error!(%error, "clear the pushed requests");
    }
    if let Err(error) = site.mails.clear().await {
        tracing::error!(%error, "clear the sign-in mails");
    }
}

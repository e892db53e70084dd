//! The worker that brings open decisions to their end: after a crash, and while the provider is
//! away. It sends the same decision only. It also tells the provider of withdrawals.

use std::error::Error;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_sessions::ExpiredDeletion;

use super::{JournalError, completion};
use crate::site::Site;
use crate::site::authority::{Cancellation, Cancelled, RequestAtProvider};
use crate::site::request::pushed::Withdrawn;
use platform::ambient::Worker;
use platform::causes::Causes;
use platform::round_trip;
use platform::storage::StorageError;

/// From one round to the next; a round in which nothing is due is two indexed statements.
const EVERY: Duration = Duration::from_secs(1);

/// Rounds between two counts of what is open, and between two clearings of the answers to forms, which are
/// given for some seconds.
const COUNT_EVERY: u32 = 10;

/// Rounds between two clearings of everything else.
const CLEAR_EVERY: u32 = 300;

/// How many decisions are sent at the same time: where the provider hangs, each takes as long as a call
/// may take, and the last customer would wait for all before them.
const AT_ONCE: usize = 8;

/// The worker.
pub fn worker(site: Site) -> Worker {
    Box::new(move |stop| Box::pin(work(site, stop)))
}

async fn work(site: Site, stop: CancellationToken) {
    let mut rounds = 0_u32;
    while !stop.is_cancelled() {
        if let Err(error) = withdraw(&site).await {
            tracing::error!(error = %Causes(&error), "the provider was not told of withdrawals");
        }
        if let Err(error) = resume_due(&site, &stop).await {
            tracing::error!(error = %Causes(&error), "decisions were not resumed");
        }
        if rounds.is_multiple_of(COUNT_EVERY) {
            count(&site).await;
            cleared("answers of forms", site.answers.clear().await);
        }
        if rounds.is_multiple_of(CLEAR_EVERY) {
            clear(&site).await;
        }
        rounds = rounds.wrapping_add(1);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Sends what is due. A fault ends the round, after what is under way.
///
/// # Errors
///
/// [`JournalError`]; what is due stays due.
pub async fn resume_due(site: &Site, stop: &CancellationToken) -> Result<(), JournalError> {
    let mut under_way = JoinSet::new();
    let mut result = Ok(());
    loop {
        while result.is_ok() && under_way.len() < AT_ONCE && !stop.is_cancelled() {
            match site.journal.take_due().await {
                Ok(Some(leased)) => {
                    let site = site.clone();
                    under_way.spawn(async move { completion::run(&site, leased, 1).await });
                }
                Ok(None) => break,
                Err(error) => result = Err(error),
            }
        }
        match under_way.join_next().await {
            None => return result,
            Some(Ok(sent)) => result = result.and(sent.map(|_recorded| ())),
            Some(Err(error)) => {
                tracing::error!(error = %Causes(&error), "resuming a decision broke off; it will be taken up again");
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
                tracing::warn!(client, error = %Causes(error.as_ref()), "the provider was perhaps not told of a withdrawal");
                site.pushed.postpone(&digest).await?;
            }
        }
    }
    Ok(())
}

async fn count(site: &Site) {
    match site.journal.count_open().await {
        Ok(open) => site.ambient.metrics.decisions_are_open(open),
        Err(error) => tracing::error!(error = %Causes(&error), "open decisions were not counted"),
    }
}

async fn clear(site: &Site) {
    // Tokens are sealed in them; the session layer never looks at one again whose time is over.
    cleared("sessions", site.storage.sessions().delete_expired().await);
    cleared("decisions", site.journal.clear().await);
    cleared("records of requests", site.records.clear().await);
    cleared("codes of requests", site.codes.clear().await);
    cleared("spent values", round_trip::clear(&site.storage, site.now()).await);
    cleared("pushed requests", site.pushed.clear().await);
    cleared("sign-in mails", site.mails.clear().await);
}

fn cleared(rows: &'static str, result: Result<(), impl Error>) {
    if let Err(error) = result {
        tracing::error!(rows, error = %Causes(&error), "what has run out was not cleared away");
    }
}

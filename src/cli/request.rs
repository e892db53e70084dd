//! `ciba-login request`: steps 3 and 4 of the guide.

mod arguments;
mod begin;
mod events;
mod reasons;
mod report;
mod shared;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use self::arguments::MessageArgument;
pub(super) use self::arguments::RequestArguments;
use self::begin::{CheckedOrder, begin, channel, otherwise, spoken};
use self::events::tokens;
use self::report::{FAILED, Report};
use self::shared::SharedStorage;
use super::connection::ProviderConnection;
use super::output::{complain, say};
use super::private_file::PrivateFile;
use crate::codes::RequestChannel;
use crate::config::Config;
use crate::operator::{self, DEFAULT_INTERVAL, PollOutcome};
use crate::records::{Closed, Ending, Withdrawal};
use ciba::{AuthReqId, BindingMessage, LoginHint};
use messages::texts::{Language, Texts};
use platform::causes::Causes;
use transmit::Started;

/// Arguments that do not fit together, as clap counts them.
const UNUSABLE: u8 = 2;

/// Ctrl-C, as shells count it.
const INTERRUPTED: u8 = 130;

/// How long a request is followed that another run has started, where nobody knows its end: the
/// provider says when it is over.
const UNKNOWN_LIFE: Duration = Duration::from_secs(600);

/// Asks, and waits for the answer.
pub(super) async fn run(config: Config, arguments: &RequestArguments) -> anyhow::Result<ExitCode> {
    let channel = match channel(&config, arguments) {
        Ok(channel) => channel,
        Err(fault) => {
            complain(format_args!("ciba-login: {fault}"));
            return Ok(ExitCode::from(UNUSABLE));
        }
    };
    let hint = arguments.login_hint.as_deref().map(|hint| {
        let read = LoginHint::parse(hint, arguments.login_hint_type);
        read.map_err(|error| {
            complain(format_args!("ciba-login: --login-hint: {error}{}", otherwise(error)));
        })
    });
    let Ok(hint) = hint.transpose() else { return Ok(ExitCode::from(UNUSABLE)) };
    let longest = config.provider.kind.longest_reference();
    if let Some(MessageArgument::Given(message)) = &arguments.binding_message
        && let Err(error) = BindingMessage::parse_within(message.as_str(), longest)
    {
        complain(format_args!("ciba-login: --binding-message: {error}"));
        return Ok(ExitCode::from(UNUSABLE));
    }
    let connection = ProviderConnection::open(config, &arguments.credentials)?;
    let traces = connection.ambient.traces.clone();
    let work = run_connected(connection, arguments, channel, hint);
    let result = Box::pin(traces.span("ciba-login request", work)).await;
    traces.stop().await;
    result
}

async fn run_connected(
    connection: ProviderConnection,
    arguments: &RequestArguments,
    channel: RequestChannel,
    hint: Option<LoginHint>,
) -> anyhow::Result<ExitCode> {
    if let Some(id) = &arguments.withdraw {
        return withdraw(&connection, id, arguments.json).await;
    }
    let prepare = |path: &Option<PathBuf>| {
        let entropy = connection.ambient.entropy.as_ref();
        path.as_deref().map(|path| PrivateFile::prepare(path, entropy)).transpose()
    };
    let (token_file, qr_file) = (prepare(&arguments.token_file)?, prepare(&arguments.qr)?);
    let report = Report::new(arguments.json, connection.ambient.clock.clone());
    let (started, shared) = match (&arguments.resume, &hint) {
        (Some(id), _) => resume(&connection, id, arguments, &report).await?,
        (None, Some(hint)) => {
            let order = CheckedOrder { arguments, channel, hint };
            match begin(&connection, &order, &report, qr_file).await? {
                Ok(begun) => begun,
                Err(code) => return Ok(code),
            }
        }
        (None, None) => anyhow::bail!("--login-hint: it is missing"),
    };
    let outcome = tokio::select! {
        // In this order: whoever sees that it waits can interrupt it.
        biased;
        result = tokio::signal::ctrl_c() => {
            result.context("Ctrl-C cannot be waited for")?;
            report.interrupted(&started, shared.is_some());
            return Ok(ExitCode::from(INTERRUPTED));
        }
        outcome = follow(&connection, &started, shared.as_ref(), &report) => outcome,
    };
    let record = match &shared {
        Some(shared) => shared.find(&started.auth_req_id).await.ok().flatten(),
        None => None,
    };
    if let Some(shared) = shared {
        shared.close().await;
    }
    if let (PollOutcome::Token(granted), Some(file)) = (&outcome, token_file)
        && let Err(error) = file.keep(tokens(granted).to_string().as_bytes())
    {
        return Ok(report.not_kept(granted, arguments.show_tokens, &error));
    }
    let closed = match outcome {
        PollOutcome::Token(_) => Closed::Allowed,
        PollOutcome::Denied => Closed::Denied,
        PollOutcome::Expired => Closed::Expired,
        PollOutcome::Failed(_) => Closed::Failed,
    };
    let ending = Ending::of(closed, record.as_ref().map(|record| &record.steps));
    // This command speaks English.
    let words = Arc::new(Texts::load(&connection.config.brand)?).words(Language::En);
    Ok(report.ended(
        &outcome,
        ending,
        record.and_then(|record| record.steps.signed_in_by),
        &words,
        arguments.show_tokens,
        arguments.token_file.as_deref(),
    ))
}

/// Takes up a request that another run has started. The provider has no look-up: what is left of its
/// time is in the site's record, or in the arguments.
async fn resume(
    connection: &ProviderConnection,
    id: &AuthReqId,
    arguments: &RequestArguments,
    report: &Report,
) -> anyhow::Result<(Started, Option<SharedStorage>)> {
    let shared = SharedStorage::open(connection).await?;
    let record = match &shared {
        Some(shared) => shared.find(id).await?,
        None => None,
    };
    let now = connection.ambient.clock.unix();
    let left = record.map(|record| u64::try_from(record.expires_at - now).unwrap_or_default());
    let given = || arguments.requested_expiry.map(|seconds| Duration::from_secs(seconds.into()));
    let left = left.map(Duration::from_secs).or_else(given).unwrap_or(UNKNOWN_LIFE);
    let started = Started {
        auth_req_id: id.clone(),
        link_key: None,
        // Asked once even where its time is over: it may have been allowed just before.
        expires_in: left.max(DEFAULT_INTERVAL + Duration::from_secs(1)),
        interval: None,
        link: None,
    };
    let code = match &shared {
        Some(shared) => shared.code(id).await?,
        None => None,
    };
    report.resumed(&started, code.map(|code| spoken(connection, code)));
    Ok((started, shared))
}

/// Ends a request on the customer's page.
async fn withdraw(
    connection: &ProviderConnection,
    id: &AuthReqId,
    is_json: bool,
) -> anyhow::Result<ExitCode> {
    let shared = SharedStorage::open(connection).await?.context(
        "this shell shares no storage with the site, and the provider knows no way to cancel: the \
         request stays open until its time is over",
    )?;
    let withdrawal = shared.withdraw(id).await?;
    shared.close().await;
    let (outcome, sentence) = match withdrawal {
        Withdrawal::Withdrawn => ("withdrawn", "Withdrawn: nobody can allow it on the site."),
        Withdrawal::Decided => ("decided", "Not withdrawn: the customer has decided."),
        Withdrawal::Unknown => ("unknown", "Not withdrawn: the site knows no such request."),
    };
    if is_json {
        say(json!({ "event": "outcome", "outcome": outcome }));
    } else {
        say(sentence);
    }
    let is_done = withdrawal == Withdrawal::Withdrawn;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Polls, while the terminal's countdown runs on and what the customer reports is looked for.
async fn follow(
    connection: &ProviderConnection,
    started: &Started,
    mut shared: Option<&SharedStorage>,
    report: &Report,
) -> PollOutcome {
    let poll = operator::poll(&connection.transmit, started, |progress| {
        report.progress(&progress);
    });
    tokio::pin!(poll);
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut told = None;
    loop {
        tokio::select! {
            outcome = &mut poll => return outcome,
            _ = second.tick() => {
                report.tick();
                if let Some(storage) = shared {
                    match storage.find(&started.auth_req_id).await {
                        Ok(Some(record)) if record.steps.reported_at.is_some() => {
                            // Once more where the customer says it after somebody else.
                            if told.replace(record.steps.reporter) != Some(record.steps.reporter) {
                                report.reported(record.steps.reporter);
                            }
                        }
                        Ok(_) => {}
                        Err(error) => {
                            report.note(&format!(
                                "what the customer reports is not seen any more: {}", Causes(&error)
                            ));
                            shared = None;
                        }
                    }
                }
            }
        }
    }
}

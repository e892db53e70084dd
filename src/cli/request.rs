//! `ciba-login request`: steps 3 and 4 of the guide.

mod reasons;
mod report;
mod shared;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use self::reasons::cure;
use self::report::{Beginning, FAILED, Report, SpokenCode};
use self::shared::SharedStorage;
use super::connection::{Credentials, ProviderConnection};
use super::private_file::PrivateFile;
use super::qr;
use crate::codes::{AgentCode, RequestChannel};
use crate::config::{Config, Secret};
use crate::operator::{self, DEFAULT_INTERVAL, Granted, Outcome};
use crate::records::{Closed, Ending, Withdrawal};
use ciba::{AuthReqId, BindingMessage, Contact, InvalidLoginHint, LoginHint, RequestHandle};
use messages::texts::{Language, Texts, sms};
use platform::causes::Causes;
use platform::traces;
use transmit::{BackchannelRequest, LoginHintType, Started};

/// Arguments that do not fit together, as clap counts them.
const UNUSABLE: u8 = 2;

/// Ctrl-C, as shells count it.
const INTERRUPTED: u8 = 130;

/// How long a request is followed that another run has started, where nobody knows its end: the
/// provider says when it is over.
const UNKNOWN_LIFE: Duration = Duration::from_secs(600);

/// Starts an authentication request, shows its state, and polls until it has ended.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes:
    0  the customer allowed it, and the token is there
   10  the customer refused, or the request was withdrawn, or its link reaches nobody
   11  the request's time ran out
   12  it failed: it could not be started, or not followed to its end, or the customer allowed it
       and the token could not be written (code \"token_not_written\")
    1  the configuration or a file is not usable; nothing was asked for
    2  the arguments are not usable
  130  interrupted by Ctrl-C; the request stays open at the provider

With --json every line is one object with \"event\", and the last one has \"outcome\":
  {\"event\":\"started\",\"auth_req_id\",\"request\",\"expires_in\",\"interval\",\"link\",\"binding_message\",
   \"channel\",\"login_hint_type\",\"code\",\"code_page\"}: the last two with --channel code
  {\"event\":\"resumed\",\"auth_req_id\",\"expires_in\",\"code\",\"code_page\"}, with --resume
  {\"event\":\"reported\",\"by\":\"customer\"|\"link_holder\"}: the customer, signed in, or else
   somebody who has the link says that they are not speaking with an agent
  {\"event\":\"waiting\",\"time_left\",\"next_poll\"}
  {\"event\":\"slow_down\",\"interval\"}
  {\"event\":\"retry\",\"reason\"}
  {\"event\":\"outcome\",\"outcome\":\"token\",\"subject\",\"amr\",\"acr\",\"auth_time\",\"token_type\",
   \"expires_in\",\"scope\",\"token_file\"} and \"signed_in_by\" (\"mail-link\" or \"mail-code\") where
   the customer has signed in by a mail of this site instead of at the provider; with --show-tokens, \"access_token\",
   \"id_token\",\"refresh_token\"
  {\"event\":\"outcome\",\"outcome\":\"expired\"|\"interrupted\"}
  {\"event\":\"outcome\",\"outcome\":\"denied\",\"code\"}; code is \"reported\" (the customer, signed in, is
   speaking with no agent), \"withdrawn\" or \"unreachable\" (the link reaches nobody), where the site
   has written that down
  {\"event\":\"outcome\",\"outcome\":\"failed\",\"code\",\"reason\"}; where a limit of the provider
  is in the way also \"limit\" (\"undecided_requests\" or \"pace\") and \"retry_after\"
  {\"event\":\"outcome\",\"outcome\":\"withdrawn\"|\"decided\"|\"unknown\"}, with --withdraw
Where a request has ended, its outcome has \"ending\", which tells apart what is known of the customer
where the site shares the storage, and \"next_step\", a sentence for the agent. \"ending\" is one of
  \"allowed\", \"stopped\", \"reported\", \"wrong_reference\", \"wrong_account\", \"not_answered\",
  \"sign_in_failed\" (with \"sign_in_failures\"), \"not_signed_in\", \"never_opened\", \"late\",
  \"unconfirmed\", \"expired\", \"withdrawn\", \"unreachable\", \"failed\"
Times are in seconds. A member without a value is null.")]
pub(super) struct RequestArguments {
    #[command(flatten)]
    credentials: Credentials,
    /// Who is asked: an e-mail address, a phone number (+15550100) or a `user_id`.
    #[arg(long, value_name = "HINT", value_parser = NonEmptyStringValueParser::new())]
    #[arg(required_unless_present_any = ["resume", "withdraw"])]
    login_hint: Option<String>,
    /// What the hint is: `phone`, `email` or `user_id`. Without it, it is guessed and said.
    #[arg(long, value_name = "TYPE")]
    login_hint_type: Option<LoginHintType>,
    /// What both sides see: 1 to 20 characters (50 at Keycloak) of A-Z a-z 0-9 - . _ + / ! ? #, or
    /// "auto" for a new reference.
    #[arg(long, value_name = "TEXT", value_parser = message)]
    binding_message: Option<MessageArgument>,
    /// How the request reaches the customer: by a link in an sms or email, by a link that you pass on,
    /// or by a code that you read out and they type on the site's first page. Without it: sms, or code
    /// where brand.sends_links is off.
    #[arg(long)]
    channel: Option<RequestChannel>,
    /// How you came to speak with the customer: customer-called, company-called or branch. Where
    /// the site shares the storage, the customer's page says it, and only they know whether it is
    /// true.
    #[arg(long, value_name = "HOW", value_parser = contact)]
    contact: Option<Contact>,
    /// The text that is sent with the link. Without it: ours, in the customer's language. Empty: the
    /// provider's own.
    #[arg(long, value_name = "TEXT")]
    custom_message: Option<String>,
    /// The customer's language, for our text: en, es, fr, de or ar. Without it: at Keycloak the one that
    /// the realm knows, and else en.
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<Language>,
    /// Seconds for which the request shall live; with --resume, for which it is followed where the
    /// site has no record of it.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    requested_expiry: Option<u32>,
    /// What is asked for.
    #[arg(long, default_value = "openid")]
    scope: String,
    /// With --channel link or code: write the link as a QR code into this file (.svg or .png), mode 0600.
    #[arg(long, value_name = "FILE", value_parser = qr::check_file)]
    qr: Option<PathBuf>,
    /// Show the tokens on the terminal.
    #[arg(long)]
    show_tokens: bool,
    /// Write the tokens into this file, mode 0600. It is written whole or not at all; a symbolic link
    /// is refused.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Ask nobody: go on following a request that another run has started.
    #[arg(long, value_name = "AUTH_REQ_ID", value_parser = auth_req_id)]
    #[arg(conflicts_with_all = ["login_hint", "binding_message", "contact", "qr"])]
    resume: Option<AuthReqId>,
    /// Ask nobody: end a request on the customer's page, and at Keycloak there as well. It works where
    /// the site shares the storage, and until the customer has decided.
    #[arg(long, value_name = "AUTH_REQ_ID", value_parser = auth_req_id)]
    #[arg(conflicts_with_all = ["login_hint", "binding_message", "contact", "qr", "resume"])]
    withdraw: Option<AuthReqId>,
    /// Print JSON, one object a line, instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone)]
enum MessageArgument {
    Auto,
    Given(BindingMessage),
}

fn message(text: &str) -> Result<MessageArgument, String> {
    if text == "auto" {
        return Ok(MessageArgument::Auto);
    }
    BindingMessage::parse_within(text, BindingMessage::MAX_LENGTH_AT_KEYCLOAK)
        .map(MessageArgument::Given)
        .map_err(|error| error.to_string())
}

fn contact(text: &str) -> Result<Contact, &'static str> {
    let expected = "one of customer-called, company-called, branch is expected";
    text.replace('-', "_").parse().map_err(|_| expected)
}

fn auth_req_id(text: &str) -> Result<AuthReqId, String> {
    AuthReqId::parse(text).map_err(|error| error.to_string())
}

/// Asks, and waits for the answer.
pub(super) async fn run(config: Config, arguments: &RequestArguments) -> anyhow::Result<ExitCode> {
    let channel = match channel(&config, arguments) {
        Ok(channel) => channel,
        Err(fault) => {
            eprintln!("ciba-login: {fault}");
            return Ok(ExitCode::from(UNUSABLE));
        }
    };
    let hint = arguments.login_hint.as_deref().map(|hint| {
        let read = LoginHint::parse(hint, arguments.login_hint_type);
        read.map_err(|error| eprintln!("ciba-login: --login-hint: {error}{}", otherwise(error)))
    });
    let Ok(hint) = hint.transpose() else { return Ok(ExitCode::from(UNUSABLE)) };
    let longest = config.provider.kind.longest_reference();
    if let Some(MessageArgument::Given(message)) = &arguments.binding_message
        && let Err(error) = BindingMessage::parse_within(message.as_str(), longest)
    {
        eprintln!("ciba-login: --binding-message: {error}");
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
            result.context("wait for Ctrl-C")?;
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
    if let (Outcome::Token(granted), Some(file)) = (&outcome, token_file)
        && let Err(error) = file.keep(tokens(granted).to_string().as_bytes())
    {
        return Ok(report.not_kept(granted, arguments.show_tokens, &error));
    }
    let closed = match outcome {
        Outcome::Token(_) => Closed::Allowed,
        Outcome::Denied => Closed::Denied,
        Outcome::Expired => Closed::Expired,
        Outcome::Failed(_) => Closed::Failed,
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

/// What is asked for, as far as it was checked.
struct CheckedOrder<'a> {
    arguments: &'a RequestArguments,
    channel: RequestChannel,
    hint: &'a LoginHint,
}

/// How the request reaches the customer, or why it cannot.
fn channel(config: &Config, arguments: &RequestArguments) -> Result<RequestChannel, &'static str> {
    let offered = RequestChannel::offered(config);
    let usual = offered.first().copied().unwrap_or(RequestChannel::Sms);
    let channel = arguments.channel.unwrap_or(usual);
    let is_passed_on = matches!(channel, RequestChannel::Link | RequestChannel::Code);
    if !offered.contains(&channel) {
        return Err(
            "--channel: it is not offered (brand.sends_links, keycloak.delivery); say link or code",
        );
    }
    if arguments.qr.is_some() && !(is_passed_on && config.brand.sends_links) {
        return Err("--qr draws the link that --channel link or code brings; say that, too, and \
                    leave brand.sends_links on");
    }
    Ok(channel)
}

/// What else a hint could be that was not understood.
fn otherwise(error: InvalidLoginHint) -> &'static str {
    match error {
        InvalidLoginHint::PhoneWithoutCountry | InvalidLoginHint::Phone => {
            "; where it is none, say --login-hint-type"
        }
        _ => "",
    }
}

/// Asks. The exit code where nobody was asked.
async fn begin(
    connection: &ProviderConnection,
    order: &CheckedOrder<'_>,
    report: &Report,
    qr_file: Option<PrivateFile>,
) -> anyhow::Result<Result<(Started, Option<SharedStorage>), ExitCode>> {
    let CheckedOrder { arguments, channel, .. } = *order;
    let request = request(connection, order, report)?;
    let is_coded = channel == RequestChannel::Code;
    let storage = SharedStorage::open(connection).await;
    if is_coded && !matches!(storage, Ok(Some(_))) {
        storage?;
        anyhow::bail!(
            "--channel code: this shell shares no storage with the site, which has to know the code"
        );
    }
    let started = match connection.transmit.start(&request).await {
        Ok(started) => started,
        Err(error) => return Ok(Err(report.not_started(&error, cure(&error)))),
    };
    traces::is_about(&RequestHandle::of(started.on_record(), request.binding_message.as_ref()));
    // Nobody is to pass on what the company does not send.
    let sends_links = connection.config.brand.sends_links;
    let started = Started { link: started.link.filter(|_| sends_links), ..started };
    // Before anybody learns of the link: a page that is opened at once finds the record.
    let (shared, fault) = match storage {
        Ok(Some(shared)) => {
            let kept = shared.keep(&request, channel, arguments.contact, &started).await;
            (Some(shared), kept.err())
        }
        Ok(None) => (None, None),
        Err(error) => (None, Some(error)),
    };
    let code = match shared.as_ref().filter(|_| is_coded) {
        Some(shared) => match shared.give_code(&request, &started).await {
            Ok(code) => Some(code),
            Err(error) => return Ok(Err(report.no_code(&error))),
        },
        None => None,
    };
    let code = code.map(|code| spoken(connection, code));
    report.started(&Beginning { started: &started, request: &request, channel, code });
    if let Some(error) = fault {
        report.note(&format!("the site does not know this request's person and end: {error:#}"));
    }
    if shared.is_none() && started.link_key.is_none() && arguments.contact.is_some() {
        report.note("--contact reaches nobody: this shell shares no storage with the site");
    }
    if let Some(link) = &started.link {
        // The customer may have the link by now: whatever happens here, the request is followed.
        let is_drawn = !arguments.json && !is_coded;
        if let Err(error) = show_link(link.as_str(), qr_file, is_drawn) {
            report.note(&format!("{error:#}"));
        }
    } else if channel == RequestChannel::Link {
        report.note("the provider's answer holds no link");
    }
    Ok(Ok((started, shared)))
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

/// A code, and the page on which the customer types it.
fn spoken(connection: &ProviderConnection, code: AgentCode) -> SpokenCode {
    SpokenCode { code, page: connection.config.site.public_url.clone() }
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
        super::say(json!({ "event": "outcome", "outcome": outcome }));
    } else {
        super::say(sentence);
    }
    let is_done = withdrawal == Withdrawal::Withdrawn;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn request(
    connection: &ProviderConnection,
    CheckedOrder { arguments, channel, hint }: &CheckedOrder<'_>,
    report: &Report,
) -> anyhow::Result<BackchannelRequest> {
    if hint.is_guessed() {
        report.note(&format!(
            "--login-hint is read as {}; say --login-hint-type where it is something else",
            match hint.kind() {
                LoginHintType::Phone => "a phone number",
                LoginHintType::Email => "an e-mail address",
                LoginHintType::UserId => "a user_id",
            }
        ));
    }
    let binding_message = match &arguments.binding_message {
        Some(MessageArgument::Auto) => {
            Some(operator::new_reference(connection.ambient.entropy.as_ref())?)
        }
        Some(MessageArgument::Given(message)) => Some(message.clone()),
        None => None,
    };
    Ok(BackchannelRequest {
        login_hint: hint.as_str().to_owned(),
        login_hint_type: hint.kind(),
        binding_message,
        channel: channel.at_provider(),
        custom_message: text(connection, arguments, *channel)?,
        requested_expiry: arguments.requested_expiry,
        scope: arguments.scope.clone(),
        contact: arguments.contact,
        locale: arguments.language.map(|language| language.tag().to_owned()),
    })
}

/// The text in front of the link. The provider's own ("click this link") is what fraudsters write,
/// so ours goes in its place unless somebody wants another.
fn text(
    connection: &ProviderConnection,
    arguments: &RequestArguments,
    channel: RequestChannel,
) -> anyhow::Result<Option<String>> {
    match &arguments.custom_message {
        Some(given) => Ok(Some(given.clone()).filter(|given| !given.trim().is_empty())),
        // No message is sent.
        None if matches!(channel, RequestChannel::Link | RequestChannel::Code) => Ok(None),
        None => {
            let texts = Arc::new(Texts::load(&connection.config.brand)?);
            Ok(Some(sms::request(&texts.words(arguments.language.unwrap_or_default()))))
        }
    }
}

fn show_link(link: &str, file: Option<PrivateFile>, is_drawn: bool) -> anyhow::Result<()> {
    if let Some(file) = file {
        let drawn = qr::draw(file.path(), link)?;
        file.keep(&drawn)?;
    }
    if is_drawn && std::io::stdout().is_terminal() {
        super::say(qr::terminal(link)?);
    }
    Ok(())
}

/// Polls, while the terminal's countdown runs on and what the customer reports is looked for.
async fn follow(
    connection: &ProviderConnection,
    started: &Started,
    mut shared: Option<&SharedStorage>,
    report: &Report,
) -> Outcome {
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

fn tokens(granted: &Granted) -> serde_json::Value {
    let tokens = &granted.tokens;
    json!({
        "access_token": tokens.access_token.expose(),
        "id_token": tokens.id_token.expose(),
        "refresh_token": tokens.refresh_token.as_ref().map(Secret::expose),
        "token_type": tokens.token_type,
        "expires_in": tokens.expires_in,
        "scope": tokens.scope,
    })
}

//! `ciba-login request`: steps 3 and 4 of the guide.

mod reasons;
mod record;
mod report;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use self::reasons::cure;
use self::report::{Beginning, Report};
use super::connection::{Connection, Credentials};
use super::private_file::PrivateFile;
use super::qr;
use crate::ciba::BindingMessage;
use crate::server::config::{Config, Secret};
use crate::server::operator::{self, Granted, Outcome};
use crate::server::transmit::{BackchannelRequest, Channel, LoginHintType, Started};

/// Arguments that do not fit together, as clap counts them.
const UNUSABLE: u8 = 2;

/// Ctrl-C, as shells count it.
const INTERRUPTED: u8 = 130;

/// Starts an authentication request, shows its state, and polls until it has ended.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes:
    0  the customer allowed it, and the token is there
   10  the customer refused
   11  the request's time ran out
   12  it failed: it could not be started, or not followed to its end, or the customer allowed it
       and the token could not be written (code \"token_not_written\")
    1  the configuration or a file is not usable; nothing was asked for
    2  the arguments are not usable
  130  interrupted by Ctrl-C; the request stays open at the provider

With --json every line is one object with \"event\", and the last one has \"outcome\":
  {\"event\":\"started\",\"auth_req_id\",\"request\",\"expires_in\",\"interval\",\"link\",\"binding_message\",
   \"channel\",\"login_hint_type\"}
  {\"event\":\"waiting\",\"time_left\",\"next_poll\"}
  {\"event\":\"slow_down\",\"interval\"}
  {\"event\":\"retry\",\"reason\"}
  {\"event\":\"outcome\",\"outcome\":\"token\",\"subject\",\"amr\",\"acr\",\"auth_time\",\"token_type\",
   \"expires_in\",\"scope\",\"token_file\"} and, with --show-tokens, \"access_token\",
   \"id_token\",\"refresh_token\"
  {\"event\":\"outcome\",\"outcome\":\"denied\"|\"expired\"|\"interrupted\"}
  {\"event\":\"outcome\",\"outcome\":\"failed\",\"code\",\"reason\"}
Times are in seconds. A member without a value is null.")]
pub(super) struct Arguments {
    #[command(flatten)]
    credentials: Credentials,
    /// Who is asked: an e-mail address, a phone number (+15550100) or a `user_id`.
    #[arg(long, value_name = "HINT", value_parser = NonEmptyStringValueParser::new())]
    login_hint: String,
    /// What the hint is: `phone`, `email` or `user_id`. Without it, it is guessed and said.
    #[arg(long, value_name = "TYPE")]
    login_hint_type: Option<LoginHintType>,
    /// What both sides see: 1 to 20 characters of A-Z a-z 0-9 - . _ + / ! ? #, or "auto" for a new
    /// reference.
    #[arg(long, value_name = "TEXT", value_parser = message)]
    binding_message: Option<Message>,
    /// How the link reaches the customer: sms, email, or link (it is shown here).
    #[arg(long, default_value = "sms")]
    channel: Channel,
    /// The text that is sent with the link.
    #[arg(long, value_name = "TEXT")]
    custom_message: Option<String>,
    /// Seconds for which the request shall live.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    requested_expiry: Option<u32>,
    /// What is asked for.
    #[arg(long, default_value = "openid")]
    scope: String,
    /// With --channel link: write the link as a QR code into this file (.svg or .png), mode 0600.
    #[arg(long, value_name = "FILE", value_parser = qr::check_file)]
    qr: Option<PathBuf>,
    /// Show the tokens on the terminal.
    #[arg(long)]
    show_tokens: bool,
    /// Write the tokens into this file, mode 0600. It is written whole or not at all; a symbolic link
    /// is refused.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Print JSON, one object a line, instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone)]
enum Message {
    Auto,
    Given(BindingMessage),
}

fn message(text: &str) -> Result<Message, String> {
    if text == "auto" {
        return Ok(Message::Auto);
    }
    BindingMessage::parse(text).map(Message::Given).map_err(|error| error.to_string())
}

/// Asks, and waits for the answer.
pub(super) async fn run(config: Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.qr.is_some() && arguments.channel != Channel::Link {
        eprintln!("ciba-login: --qr draws the link that --channel link brings; say that, too");
        return Ok(ExitCode::from(UNUSABLE));
    }
    let connection = Connection::open(config, &arguments.credentials)?;
    let prepare = |path: &Option<PathBuf>| {
        let entropy = connection.ambient.entropy.as_ref();
        path.as_deref().map(|path| PrivateFile::prepare(path, entropy)).transpose()
    };
    let (token_file, qr_file) = (prepare(&arguments.token_file)?, prepare(&arguments.qr)?);
    let report = Report::new(arguments.json, connection.ambient.clock.clone());
    let request = request(&connection, arguments, &report)?;
    let started = match connection.transmit.start(&request).await {
        Ok(started) => started,
        Err(error) => return Ok(report.not_started(&error, cure(&error, &request))),
    };
    // Before anybody learns of the link: a page that is opened at once finds the record.
    let kept = record::keep(&connection, &request, &started).await;
    report.started(&Beginning { started: &started, request: &request });
    if let Err(error) = kept {
        report.note(&format!(
            "no record: the site does not know this request's person and end: {error:#}"
        ));
    }
    if let Some(link) = &started.link {
        // The customer may have the link by now: whatever happens here, the request is followed.
        if let Err(error) = show_link(link.as_str(), qr_file, arguments.json) {
            report.note(&format!("{error:#}"));
        }
    } else if request.channel == Channel::Link {
        report.note("the provider's answer holds no link");
    }
    let outcome = tokio::select! {
        outcome = follow(&connection, &started, &report) => outcome,
        result = tokio::signal::ctrl_c() => {
            result.context("wait for Ctrl-C")?;
            report.interrupted(&started);
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    if let (Outcome::Token(granted), Some(file)) = (&outcome, token_file)
        && let Err(error) = file.keep(tokens(granted).to_string().as_bytes())
    {
        return Ok(report.not_kept(granted, arguments.show_tokens, &error));
    }
    Ok(report.ended(&outcome, arguments.show_tokens, arguments.token_file.as_deref()))
}

fn request(
    connection: &Connection,
    arguments: &Arguments,
    report: &Report,
) -> anyhow::Result<BackchannelRequest> {
    let login_hint_type = arguments.login_hint_type.unwrap_or_else(|| {
        let guess = LoginHintType::guess(&arguments.login_hint);
        report.note(&format!(
            "--login-hint is read as {}; say --login-hint-type where it is something else",
            match guess {
                LoginHintType::Phone => "a phone number",
                LoginHintType::Email => "an e-mail address",
                LoginHintType::UserId => "a user_id",
            }
        ));
        guess
    });
    let binding_message = match &arguments.binding_message {
        Some(Message::Auto) => Some(operator::new_reference(connection.ambient.entropy.as_ref())?),
        Some(Message::Given(message)) => Some(message.clone()),
        None => None,
    };
    let login_hint = match login_hint_type {
        LoginHintType::Phone => without_separators(&arguments.login_hint),
        LoginHintType::Email | LoginHintType::UserId => arguments.login_hint.trim().to_owned(),
    };
    Ok(BackchannelRequest {
        login_hint,
        login_hint_type,
        binding_message,
        channel: arguments.channel,
        custom_message: arguments.custom_message.clone(),
        requested_expiry: arguments.requested_expiry,
        scope: arguments.scope.clone(),
    })
}

/// A phone number as E.164 writes it: what people put between the digits is left out.
fn without_separators(text: &str) -> String {
    text.chars().filter(|c| !" -().\u{a0}\u{202f}".contains(*c)).collect()
}

fn show_link(link: &str, file: Option<PrivateFile>, is_json: bool) -> anyhow::Result<()> {
    if let Some(file) = file {
        let drawn = qr::draw(file.path(), link)?;
        file.keep(&drawn)?;
    }
    if !is_json && std::io::stdout().is_terminal() {
        super::say(qr::terminal(link)?);
    }
    Ok(())
}

/// Polls, while the terminal's countdown runs on.
async fn follow(connection: &Connection, started: &Started, report: &Report) -> Outcome {
    let poll = operator::poll(&connection.transmit, started, |progress| {
        report.progress(&progress);
    });
    tokio::pin!(poll);
    let mut second = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        tokio::select! {
            outcome = &mut poll => return outcome,
            _ = second.tick() => report.tick(),
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

//! Asking: from the arguments to a request at the provider, on record and told to whoever is at the
//! shell.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use super::arguments::{MessageArgument, RequestArguments};
use super::reasons::cure;
use super::report::{Beginning, Report, SpokenCode};
use super::shared::SharedStorage;
use crate::cli::connection::ProviderConnection;
use crate::cli::output::say;
use crate::cli::private_file::PrivateFile;
use crate::cli::qr;
use crate::codes::{AgentCode, RequestChannel};
use crate::config::Config;
use crate::operator;
use ciba::{InvalidLoginHint, LoginHint, RequestHandle};
use messages::texts::{Texts, sms};
use platform::traces;
use transmit::{BackchannelRequest, LoginHintType, Started};

/// What is asked for, as far as it was checked.
pub(super) struct CheckedOrder<'a> {
    pub(super) arguments: &'a RequestArguments,
    pub(super) channel: RequestChannel,
    pub(super) hint: &'a LoginHint,
}

/// How the request reaches the customer, or why it cannot.
pub(super) fn channel(
    config: &Config,
    arguments: &RequestArguments,
) -> Result<RequestChannel, &'static str> {
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
pub(super) fn otherwise(error: InvalidLoginHint) -> &'static str {
    match error {
        InvalidLoginHint::PhoneWithoutCountry | InvalidLoginHint::Phone => {
            "; where it is none, say --login-hint-type"
        }
        _ => "",
    }
}

/// Asks. The exit code where nobody was asked.
pub(super) async fn begin(
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
            let kept = shared.keep(&request, channel, &started).await;
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

/// A code, and the page on which the customer types it.
pub(super) fn spoken(connection: &ProviderConnection, code: AgentCode) -> SpokenCode {
    SpokenCode { code, page: connection.config.site.public_url.clone() }
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
        say(qr::terminal(link)?);
    }
    Ok(())
}

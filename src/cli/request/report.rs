//! What `request` shows: a live line on a terminal, plain lines elsewhere, or JSON.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use time::OffsetDateTime;
use url::Url;

use super::events;
use super::reasons::{of_call, of_poll};
use crate::cli::output::{complain, say};
use crate::codes::{AgentCode, RequestChannel};
use crate::operator::{Granted, PollOutcome, PollProgress};
use crate::records::{Ending, EndingText, MailWay, Reporter};
use ciba::RequestHandle;
use messages::texts::Words;
use platform::clock::SharedClock;
use transmit::{BackchannelRequest, Started, TransmitError};

const DENIED: u8 = 10;
const EXPIRED: u8 = 11;
pub(super) const FAILED: u8 = 12;

/// A request that the provider has taken.
pub(super) struct Beginning<'a> {
    pub(super) started: &'a Started,
    pub(super) request: &'a BackchannelRequest,
    pub(super) channel: RequestChannel,
    pub(super) code: Option<SpokenCode>,
}

/// A code to read out, and the page on which the customer types it.
pub(super) struct SpokenCode {
    pub(super) code: AgentCode,
    pub(super) page: Url,
}

impl SpokenCode {
    fn say(&self) {
        say(format_args!(
            "code         {}   (read it out: the customer opens {} and types it)",
            self.code,
            self.page.as_str().trim_end_matches('/'),
        ));
    }
}

/// Tells a person, or a program, how a request fares.
pub(super) struct Report {
    clock: SharedClock,
    form: ReportForm,
    moments: RefCell<Moments>,
}

enum ReportForm {
    Json,
    Lines,
    /// The line is drawn from [`Report::waiting`] on; before, it would stand in the way of the text.
    Live(ProgressBar),
}

/// When the next poll is, and when the request's time is over.
#[derive(Default)]
struct Moments {
    next_poll: Option<OffsetDateTime>,
    deadline: Option<OffsetDateTime>,
}

impl Report {
    pub(super) fn new(is_json: bool, clock: SharedClock) -> Self {
        let form = if is_json {
            ReportForm::Json
        } else if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
            let line = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                line.set_style(style);
            }
            ReportForm::Live(line)
        } else {
            ReportForm::Lines
        };
        Self { clock, form, moments: RefCell::default() }
    }

    /// A remark beside the result.
    pub(super) fn note(&self, text: &str) {
        match &self.form {
            ReportForm::Live(line) if self.moments.borrow().next_poll.is_some() => {
                line.suspend(|| complain(text));
            }
            ReportForm::Json | ReportForm::Lines | ReportForm::Live(_) => complain(text),
        }
    }

    pub(super) fn not_started(&self, error: &TransmitError, cure: &str) -> ExitCode {
        let reason = of_call(error);
        match &self.form {
            ReportForm::Json => {
                let mut object = json!({
                    "event": "outcome",
                    "outcome": "failed",
                    "code": error.api().and_then(|api| api.code.clone()),
                    "reason": format!("{reason}. {cure}"),
                });
                if let Some((api, limit)) = error.api().and_then(|api| Some((api, api.limit()?))) {
                    object["limit"] = json!(limit.as_str());
                    object["retry_after"] = json!(api.retry_after.map(|pause| pause.as_secs()));
                }
                say(object);
            }
            ReportForm::Lines | ReportForm::Live(_) => {
                complain(format_args!("The request was not started: {reason}. {cure}."));
            }
        }
        ExitCode::from(FAILED)
    }

    pub(super) fn started(&self, beginning: &Beginning<'_>) {
        let Beginning { started, request, channel, code } = beginning;
        self.moments.borrow_mut().deadline = Some(self.clock.now() + started.expires_in);
        let handle = RequestHandle::of(started.on_record(), request.binding_message.as_ref());
        if let ReportForm::Json = self.form {
            say(json!({
                "event": "started",
                "auth_req_id": started.auth_req_id.as_str(),
                "request": handle,
                "expires_in": started.expires_in.as_secs(),
                "interval": started.interval.map(|interval| interval.as_secs()),
                "link": started.link,
                "binding_message": request.binding_message,
                "channel": channel.as_str(),
                "login_hint_type": request.login_hint_type.as_str(),
                "code": code.as_ref().map(|spoken| spoken.code.to_string()),
                "code_page": code.as_ref().map(|spoken| spoken.page.as_str()),
            }));
            return;
        }
        say(format_args!("auth_req_id  {}", started.auth_req_id.as_str()));
        say(format_args!("in the logs  {handle}"));
        match &request.binding_message {
            Some(message) => {
                say(format_args!("reference    {message}   (read it to the customer)"));
            }
            None => say("reference    none was given"),
        }
        match (code, &started.link) {
            (Some(spoken), _) => spoken.say(),
            (None, Some(link)) => say(format_args!("link         {link}")),
            (None, None) => say(format_args!("link         sent by {channel}")),
        }
        say(format_args!("good for     {}", clock_face(started.expires_in)));
    }

    /// The provider has taken a request whose code could not be kept: nobody can reach it.
    pub(super) fn no_code(&self, error: &anyhow::Error) -> ExitCode {
        let reason = format!(
            "its code could not be kept, so it stays open until its time is over: {error:#}"
        );
        if let ReportForm::Json = self.form {
            say(json!({
                "event": "outcome",
                "outcome": "failed",
                "code": "code_not_kept",
                "reason": reason,
            }));
        } else {
            complain(format_args!("Failed: {reason}."));
        }
        ExitCode::from(FAILED)
    }

    pub(super) fn resumed(&self, started: &Started, code: Option<SpokenCode>) {
        self.moments.borrow_mut().deadline = Some(self.clock.now() + started.expires_in);
        if let ReportForm::Json = self.form {
            say(json!({
                "event": "resumed",
                "auth_req_id": started.auth_req_id.as_str(),
                "expires_in": started.expires_in.as_secs(),
                "code": code.as_ref().map(|spoken| spoken.code.to_string()),
                "code_page": code.as_ref().map(|spoken| spoken.page.as_str()),
            }));
            return;
        }
        say(format_args!("auth_req_id  {}", started.auth_req_id.as_str()));
        if let Some(spoken) = &code {
            spoken.say();
        }
        say(format_args!("followed for {} more at most", clock_face(started.expires_in)));
    }

    pub(super) fn reported(&self, reporter: Reporter) {
        if let ReportForm::Json = self.form {
            say(json!({ "event": "reported", "by": reporter.as_str() }));
        }
        // Nobody is named who was not proved.
        let who = match reporter {
            Reporter::Customer => "The customer, signed in,",
            Reporter::LinkHolder => "Somebody who has the link, and has not signed in,",
        };
        self.note(&format!(
            "{who} says that they are not speaking with an agent. Stop, and make sure whom you are \
             speaking with."
        ));
    }

    pub(super) fn progress(&self, progress: &PollProgress<'_>) {
        if let PollProgress::Waiting { next_poll, .. } = progress {
            let first = self.moments.borrow_mut().next_poll.replace(self.clock.now() + *next_poll);
            if let (None, ReportForm::Live(line)) = (first, &self.form) {
                line.enable_steady_tick(Duration::from_millis(120));
            }
        }
        match (&self.form, progress) {
            (ReportForm::Json, progress) => say(events::event(progress)),
            (ReportForm::Lines, PollProgress::Waiting { time_left, .. }) => {
                say(format_args!("waiting for the customer, {} left", clock_face(*time_left)));
            }
            (ReportForm::Live(_), PollProgress::Waiting { .. }) => self.tick(),
            (_, PollProgress::SlowedDown { interval }) => self
                .note(&format!("the provider wants {} seconds between polls", interval.as_secs())),
            (_, PollProgress::Retrying { error }) => {
                self.note(&format!("{}; trying again", of_call(error)));
            }
        }
    }

    /// Brings the live line up to date.
    pub(super) fn tick(&self) {
        let ReportForm::Live(line) = &self.form else { return };
        let moments = self.moments.borrow();
        line.set_message(format!(
            "waiting for the customer · {} left · next poll in {} s",
            clock_face(self.until(moments.deadline)),
            whole_seconds(self.until(moments.next_poll))
        ));
    }

    fn until(&self, moment: Option<OffsetDateTime>) -> Duration {
        let left = moment.map(|moment| moment - self.clock.now());
        left.and_then(|left| left.try_into().ok()).unwrap_or(Duration::ZERO)
    }

    pub(super) fn interrupted(&self, started: &Started, may_withdraw: bool) {
        self.clear();
        if let ReportForm::Json = self.form {
            say(json!({ "event": "outcome", "outcome": "interrupted" }));
        }
        complain(format_args!(
            "\nStopped asking. The request stays open at the provider for {} more: the customer can \
             still decide, and nobody will fetch the token. auth_req_id {}",
            clock_face(self.until(self.moments.borrow().deadline)),
            started.auth_req_id.as_str()
        ));
        let id = started.auth_req_id.as_str();
        complain(format_args!("Go on with: ciba-login request --resume {id}"));
        if may_withdraw {
            complain(format_args!("Withdraw it with: ciba-login request --withdraw {id}"));
        }
    }

    pub(super) fn ended(
        &self,
        outcome: &PollOutcome,
        ending: Ending,
        signed_in_by: Option<MailWay>,
        words: &Words,
        show_tokens: bool,
        token_file: Option<&Path>,
    ) -> ExitCode {
        self.clear();
        let EndingText { word, text, next } = ending.say(words);
        if let ReportForm::Json = self.form {
            let mut object = events::outcome(outcome, ending, show_tokens, token_file);
            object["ending"] = json!(ending.as_str());
            object["next_step"] = json!(next);
            if let Some(way) = signed_in_by {
                object["signed_in_by"] = json!(way.as_str());
            }
            if let Ending::SignInFailed(times) = ending {
                object["sign_in_failures"] = json!(times);
            }
            say(object);
        } else {
            match outcome {
                PollOutcome::Token(granted) => show_granted(granted, show_tokens, token_file),
                PollOutcome::Denied | PollOutcome::Expired => {
                    say(format_args!("{word}: {text} {next}"));
                }
                PollOutcome::Failed(error) => complain(format_args!("Failed: {}.", of_poll(error))),
            }
            if signed_in_by.is_some() {
                say(words.text("desk-signed-in-by-mail"));
            }
        }
        match outcome {
            PollOutcome::Token(_) => ExitCode::SUCCESS,
            PollOutcome::Denied => ExitCode::from(DENIED),
            PollOutcome::Expired => ExitCode::from(EXPIRED),
            PollOutcome::Failed(_) => ExitCode::from(FAILED),
        }
    }

    /// The customer allowed it, and the file for the token could not be written. The provider gives a
    /// token once: for whoever waits for it, the request has failed.
    pub(super) fn not_kept(
        &self,
        granted: &Granted,
        show_tokens: bool,
        error: &anyhow::Error,
    ) -> ExitCode {
        self.clear();
        let reason =
            format!("the customer has agreed, and the token is not in its file: {error:#}");
        if let ReportForm::Json = self.form {
            let mut object = events::granted(granted, show_tokens, None);
            object["outcome"] = json!("failed");
            object["ending"] = json!(Ending::Allowed.as_str());
            object["code"] = json!("token_not_written");
            object["reason"] = json!(reason);
            say(object);
        } else {
            show_granted(granted, show_tokens, None);
            complain(format_args!("Failed: {reason}."));
        }
        ExitCode::from(FAILED)
    }

    fn clear(&self) {
        if let ReportForm::Live(line) = &self.form {
            line.finish_and_clear();
        }
    }
}

fn show_granted(granted: &Granted, show_tokens: bool, token_file: Option<&Path>) {
    let claims = &granted.claims;
    say("Allowed: the customer has agreed.");
    say(format_args!("customer     {}", claims.sub));
    if !claims.amr.is_empty() {
        say(format_args!("signed in by {}", claims.amr.join(", ")));
    }
    if let Some(seconds) = granted.tokens.expires_in {
        say(format_args!("token for    {}", clock_face(Duration::from_secs(seconds))));
    }
    if let Some(file) = token_file {
        say(format_args!("tokens in    {}", file.display()));
    }
    if show_tokens {
        for (name, value) in events::tokens(granted).as_object().into_iter().flatten() {
            if let (true, Some(token)) = (name.ends_with("_token"), value.as_str()) {
                say(format_args!("{name}\n{token}"));
            }
        }
    } else if token_file.is_none() {
        say("The tokens are not shown: say --show-tokens, or --token-file FILE.");
    }
}

/// Minutes and seconds, as `9:05`.
fn clock_face(duration: Duration) -> String {
    let seconds = whole_seconds(duration);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Seconds, a begun one counted.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_time_as_a_clock_does() {
        for (seconds, face) in [(0, "0:00"), (65, "1:05"), (600, "10:00"), (3600, "60:00")] {
            assert_eq!(clock_face(Duration::from_secs(seconds)), face);
        }
        assert_eq!(clock_face(Duration::from_millis(59_001)), "1:00");
    }
}

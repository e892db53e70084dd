//! The audit trail: who did what about which request, one line each, in the log under the target
//! `ciba_login::audit`, so that a collector can keep it apart. `docs/logs.md` lists the events.
//!
//! Names follow the OWASP logging vocabulary where it has a word for the thing, and do not change.
//!
//! # Security
//!
//! No secret is ever in it, and no customer in clear: they appear as a digest, which whoever knows the
//! identifier can make and compare, and a request as its handle.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use ciba::{Decision, RequestHandle, words};
use platform::traces;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An agent has started a request, or a provider has pushed one.
    RequestStarted,
    /// What came to the channel of a provider's requests was not taken.
    RequestRefused,
    /// A customer has signed in.
    SignedIn,
    /// A sign-in was tried and came to nothing.
    SignInFailed,
    /// A customer has pressed a button; the provider has not been told yet.
    DecisionClaimed,
    /// The provider has taken the decision.
    DecisionConfirmed,
    /// The provider refuses the decision.
    DecisionRefused,
    /// Nobody knows whether the provider has taken the decision.
    DecisionUnclear,
    /// The provider wants a new sign-in before it takes the decision.
    DecisionNeedsSignIn,
    /// Somebody says that they are not speaking with an agent.
    Reported,
    /// Another reference than the agent's was picked.
    WrongReference,
    /// A customer has added a passkey after a decision.
    PasskeyAdded,
    /// What is good once, or in one browser, came again or came from elsewhere.
    Reused,
    /// A form came from somebody else's page.
    ForeignForm,
}

words!(Event {
    RequestStarted = "ciba_request_started",
    RequestRefused = "ciba_request_refused",
    SignedIn = "authn_login_success",
    SignInFailed = "authn_login_fail",
    DecisionClaimed = "authz_decision_claimed",
    DecisionConfirmed = "authz_decision_confirmed",
    DecisionRefused = "authz_decision_refused",
    DecisionUnclear = "authz_decision_unclear",
    DecisionNeedsSignIn = "authz_decision_sign_in",
    Reported = "ciba_request_reported",
    WrongReference = "ciba_reference_wrong",
    PasskeyAdded = "authn_passkey_added",
    Reused = "authn_token_reuse",
    ForeignForm = "malicious_csrf",
});

/// What is known of an event besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditContext<'a> {
    /// The request.
    pub request: Option<&'a RequestHandle>,
    /// The provider's identifier of the customer.
    pub subject: Option<&'a str>,
    /// How the customer came in; of a decision, where it was by a mail of ours and not at the provider.
    pub method: Option<&'static str>,
    /// What the provider says of how the customer signed in.
    pub amr: &'a [String],
    /// What was decided.
    pub decision: Option<Decision>,
    /// What the provider made of it, by the word for it in the journal.
    pub verdict: Option<&'static str>,
    /// The agent, as the reverse proxy names them.
    pub agent: Option<&'a str>,
    /// Who reports a request, as far as it was proved.
    pub reporter: Option<&'static str>,
}

/// Writes one line.
pub fn record(event: Event, context: &AuditContext<'_>) {
    if let Some(handle) = context.request {
        traces::is_about(handle);
    }
    tracing::info!(
        target: "ciba_login::audit",
        event = event.as_str(),
        request = context.request.map(RequestHandle::as_str),
        subject = context.subject.map(digest),
        method = context.method,
        amr = (!context.amr.is_empty()).then(|| context.amr.join(" ")),
        decision = context.decision.map(Decision::as_str),
        verdict = context.verdict,
        agent = context.agent,
        reporter = context.reporter,
        "audit"
    );
}

/// A customer in the log: the first 128 bits of SHA-256 of the identifier, in hexadecimal, as
/// `printf %s IDENTIFIER | sha256sum | cut -c1-32` shows it.
fn digest(subject: &str) -> String {
    let hash = Sha256::digest(subject);
    hash.iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _always = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::sync::Mutex;

    use super::*;
    use ciba::AuthReqId;

    fn recorded(event: Event, known: &AuditContext<'_>) -> String {
        let mut log = tempfile::tempfile().unwrap();
        let writer = Mutex::new(log.try_clone().unwrap());
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(writer).finish();
        tracing::subscriber::with_default(subscriber, || record(event, known));
        let mut lines = String::new();
        log.rewind().unwrap();
        log.read_to_string(&mut lines).unwrap();
        lines
    }

    #[test]
    fn a_line_names_the_request_and_nobody_in_clear() {
        let id = AuthReqId::parse("secret-id").unwrap();
        let handle = RequestHandle::of(&id, None);
        let line = recorded(
            Event::DecisionConfirmed,
            &AuditContext {
                request: Some(&handle),
                subject: Some("alex@example.com"),
                amr: &["webauthn".into(), "mfa".into()],
                decision: Some(Decision::Approve),
                verdict: Some("confirmed"),
                ..AuditContext::default()
            },
        );
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["target"], "ciba_login::audit");
        assert_eq!(line["event"], "authz_decision_confirmed");
        assert_eq!(line["request"], handle.as_str());
        assert_eq!(line["subject"], "6db61e6dcbcf2390e4a46af426f26a13");
        assert_eq!(line["amr"], "webauthn mfa");
        assert_eq!(line["decision"], "approve");
        assert!(line.get("agent").is_none(), "{line}");
        for secret in ["alex", "secret-id"] {
            assert!(!line.to_string().contains(secret), "{line}");
        }
    }
}

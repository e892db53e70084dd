//! Why a request came to nothing, in sentences for a person at a shell.

use crate::operator::PollError;
use transmit::{IdTokenError, Limit, TransmitError};

/// Why a request could not be followed.
pub(super) fn of_poll(error: &PollError) -> String {
    match error {
        PollError::Refused(api) => api.to_string(),
        PollError::IdToken(fault) => {
            format!("the ID token is not to be trusted: {}", of_token(*fault))
        }
        PollError::Unreachable(call) => {
            format!("the request's time ran out while the provider was away: {}", of_call(call))
        }
        PollError::Call(call) => of_call(call),
    }
}

/// Why a call came to nothing: what failed, and the first cause of it. What lies between is the HTTP
/// library's.
pub(super) fn of_call(error: &TransmitError) -> String {
    if let TransmitError::Api(_) | TransmitError::Unexpected { .. } = error {
        return error.to_string();
    }
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

/// What is wrong with an ID token, and what to look at.
fn of_token(fault: IdTokenError) -> String {
    let look_at = match fault {
        IdTokenError::Issuer => ": check provider.issuer",
        IdTokenError::Audience | IdTokenError::AuthorizedParty => ": check provider.client_id",
        IdTokenError::Expired | IdTokenError::FromTheFuture => "; is this machine's clock right?",
        _ => "",
    };
    format!("{fault}{look_at}")
}

/// What to do about a request that was not taken.
pub(super) fn cure(error: &TransmitError) -> &'static str {
    let api = match error {
        TransmitError::Api(api) => api,
        TransmitError::Transport(_) => {
            return "Is the provider running, and provider.url right? In the demo: ciba-login serve";
        }
        TransmitError::Timeout(_) => {
            return "The customer may have been sent a link all the same: ask before you send another";
        }
        TransmitError::Body(_) | TransmitError::Unexpected { .. } => {
            return "Check provider.url and provider.prefix";
        }
        TransmitError::IdToken(_) | TransmitError::Assertion(_) => {
            return "Check provider.client_key_file";
        }
        TransmitError::Discovery(_) => {
            return "Check provider.url and keycloak.internal_url with: ciba-login check-config --remote";
        }
    };
    let says = |text: &str| {
        api.message.as_ref().is_some_and(|message| message.to_lowercase().contains(text))
    };
    match api.limit() {
        Some(Limit::Undecided) => {
            return "Too many requests are waiting for this customer: wait until one has ended";
        }
        Some(Limit::Pace) => return "Wait a minute",
        None => {}
    }
    // Keycloak's words for what became of the call to its device, and for a login_hint.
    if says("authentication device") || says("failed to send authentication request") {
        return "Is the site running at the address that Keycloak's server was started with, and does \
                the customer have fewer than three requests that wait? The site's log says why it \
                refused one";
    }
    if says("invalid_user") {
        return "The realm knows nobody by this --login-hint (user name or e-mail address), or more \
                than one";
    }
    match (api.code.as_deref(), api.status) {
        (Some("invalid_client"), _) => "Check provider.client_id and its secret",
        (Some("unauthorized_client"), _) => "Switch CIBA on with: ciba-login enable-ciba",
        (Some("unknown_user_id" | "user_not_found"), _) => {
            "Only registered customers can be asked, with a verified phone number or e-mail \
             address: check --login-hint and --login-hint-type"
        }
        (Some("invalid_binding_message"), _) => "Write another --binding-message, or: auto",
        _ if says("not allowed") || says("not enabled") => {
            "Switch CIBA on with: ciba-login enable-ciba"
        }
        (_, 401) => "Check provider.client_id and its secret",
        (_, 403) => {
            "Check the client's permissions, and switch CIBA on with: ciba-login enable-ciba"
        }
        (_, 300..=399 | 404 | 405) => "Check provider.url and provider.prefix",
        (_, 500..) => "Try again in a minute; the customer may have been sent a link all the same",
        _ => "Check the arguments",
    }
}

//! The site's addresses, in one place: pages link to them and the router serves them.

use ciba::{AuthReqId, RequestHandle};
use platform::answer_time::Hold;

/// What the addresses of all pages of requests begin with.
pub const REQUESTS: &str = "/request/";

/// The first page: it takes a code that an agent reads out.
pub const START: &str = "/";

/// The endpoints that take a name, or an answer about one, and which of their answers leave in steps. A
/// test calls each of them with the name of a customer and with one of nobody's.
pub const ABOUT_A_PERSON: [(&str, Hold); 2] =
    [("/request/{handle}/mail", Hold::Always), ("/request/{handle}/mail/code", Hold::Refusals)];

/// The link of a request that a provider has pushed.
pub fn pushed(key: &AuthReqId) -> String {
    format!("/r/{}", key.as_str())
}

/// The page of a request: who asks, and the ways to sign in.
pub fn request(handle: &RequestHandle) -> String {
    format!("/request/{handle}")
}

/// The word for a sign-in that has run out.
pub const SIGN_IN_EXPIRED: &str = "sign-in-expired";
/// The word for a sign-in that did not come to its end.
pub const SIGN_IN_FAILED: &str = "sign-in-failed";
/// The word for a sign-in elsewhere that led to no account here.
pub const SIGN_IN_DENIED: &str = "sign-in-denied";
/// The word for a passkey that is not what it was when it was added.
pub const PASSKEY_CHANGED: &str = "passkey-changed";

/// The page of a request, with a word for what happened before.
pub fn request_with_notice(handle: &RequestHandle, notice: &str) -> String {
    format!("/request/{handle}?notice={notice}")
}

/// A request that no browser holds: its page says what to do.
pub fn unknown_request() -> String {
    "/request/unknown".to_owned()
}

/// `POST` asks for a mail, `GET` says that it is on its way.
pub fn mail(handle: &RequestHandle) -> String {
    format!("/request/{handle}/mail")
}

/// `POST` takes the code of a mail.
pub fn mail_code(handle: &RequestHandle) -> String {
    format!("/request/{handle}/mail/code")
}

/// `POST` takes the answer of a passkey.
pub fn passkey(handle: &RequestHandle) -> String {
    format!("/request/{handle}/passkey")
}

/// `POST` gives the options of the passkey ceremonies that the request's page offers.
pub fn passkey_options(handle: &RequestHandle) -> String {
    format!("/request/{handle}/passkey/options")
}

/// `POST` takes a browser's word for why no passkey was used (`?what=…`).
pub fn passkey_fault(handle: &RequestHandle) -> String {
    format!("/request/{handle}/passkey/fault")
}

/// Starts social login.
pub fn social(handle: &RequestHandle, provider: &str) -> String {
    format!("/request/{handle}/social/{provider}")
}

/// Where the provider sends a browser back to: registered there.
pub const SOCIAL_CALLBACK: &str = "/social/callback";

/// What an answer of the provider leads to, after its values were taken out of the address.
pub fn social_finish(answer: &str) -> String {
    format!("/social/finish/{answer}")
}

/// `POST` takes the decision: the server function `server_fns::decide`.
pub fn decide() -> String {
    "/api/decide".to_owned()
}

/// `GET` says, in one word, how far the person has come who asked for a mail.
pub fn mail_progress(handle: &RequestHandle) -> String {
    format!("/request/{handle}/mail/progress")
}

/// `GET` asks for the decision.
pub fn decision(handle: &RequestHandle) -> String {
    format!("/request/{handle}/decision")
}

/// `GET` gives advice to somebody who is not speaking with an agent, `POST` stops the
/// request or notes the report.
pub fn not_on_a_call(handle: &RequestHandle) -> String {
    format!("/request/{handle}/not-on-a-call")
}

/// What became of the decision.
pub fn outcome(handle: &RequestHandle) -> String {
    format!("/request/{handle}/outcome")
}

/// The same after a report, with advice.
pub fn outcome_with_advice(handle: &RequestHandle) -> String {
    format!("/request/{handle}/outcome?advice=1")
}

/// What a mail's link leads to, after its values were taken out of the address.
pub fn mail_continue(link: &str) -> String {
    format!("/mail/continue/{link}")
}

/// `POST` ends the sign-in and keeps the request.
pub fn switch_account(handle: &RequestHandle) -> String {
    format!("/request/{handle}/switch-account")
}

/// `POST` makes an address with which another browser takes the request over.
pub fn elsewhere(handle: &RequestHandle) -> String {
    format!("/request/{handle}/elsewhere")
}

/// `GET` shows the button with which another browser takes a request over, `POST` does it.
pub fn continuation(key: &str) -> String {
    format!("/continue/{key}")
}

/// `POST` adds a passkey, after the decision.
pub fn enrol_passkey(handle: &RequestHandle) -> String {
    format!("/request/{handle}/passkey/add")
}

/// `POST` gives the options with which a passkey is made.
pub fn enrol_passkey_options(handle: &RequestHandle) -> String {
    format!("/request/{handle}/passkey/add/options")
}

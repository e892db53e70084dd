//! Sign-in and decision by passkey, and adding one afterwards.
//!
//! The browser fetches options by `POST` once the page is there, so a `GET` costs the provider
//! nothing and the options are at hand inside the touch. What a ceremony is for is sealed together
//! with the provider's session: an assertion that was made to sign in never decides, and one that
//! was made for one request or decision never serves another.

mod approval;
mod credential;
mod enrolment;
mod options;
pub mod routes;

use credential::Credential;
pub use enrolment::{add, add_options};

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::site::Site;
use crate::site::form::Form;
use crate::site::sign_in::social::{self, embedded_browser};
use crate::site::visit::Visit;
use ciba::{Decision, RequestHandle, words};
use platform::seal::SealError;

/// Seconds for which a browser may ask for a passkey. Assistive technology needs minutes
/// (WebAuthn Level 3, 15.1).
const TIMEOUT: i64 = 300;

/// Seconds for which options are good: the longest that the API takes. The page fetches new ones
/// after four minutes, so that whenever a finger comes down the whole of [`TIMEOUT`] is left.
const LIFETIME: u16 = 600;

const PURPOSE: &str = "site.passkey";

/// Whether a passkey is the first way here: one was used in this browser, or nothing else is offered.
/// Whoever has none would meet a sheet of the browser's that leads nowhere.
pub fn is_first(site: &Site, visit: &Visit) -> bool {
    visit.passkey_used
        || site.mail(None).is_none() && social::buttons(site, visit.embedded_browser).is_empty()
}

/// What a ceremony is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CeremonyPurpose {
    /// To sign in; the decision comes after.
    SignIn,
    /// To approve with this very touch.
    Approve,
    /// To deny with this very touch.
    Deny,
    /// To add a passkey.
    Enrol,
}

words!(CeremonyPurpose {
    SignIn = "sign-in",
    Approve = "approve",
    Deny = "deny",
    Enrol = "enrol",
});

impl CeremonyPurpose {
    /// The decision that the touch takes.
    fn decision(self) -> Option<Decision> {
        match self {
            Self::Approve => Some(Decision::Approve),
            Self::Deny => Some(Decision::Deny),
            Self::SignIn | Self::Enrol => None,
        }
    }
}

/// A ceremony that was begun, as the browser keeps it: sealed.
#[derive(Serialize, Deserialize)]
struct CeremonyState {
    session_id: String,
    handle: RequestHandle,
    purpose: CeremonyPurpose,
    ends_at: i64,
}

impl CeremonyState {
    fn seal(
        site: &Site,
        session_id: String,
        handle: &RequestHandle,
        purpose: CeremonyPurpose,
    ) -> Result<String, SealError> {
        let ends_at = site.now() + i64::from(LIFETIME);
        let ceremony = Self { session_id, handle: handle.clone(), purpose, ends_at };
        site.sealer.seal(PURPOSE, &ceremony)
    }

    /// The ceremony and the credential that a form brings, where they belong to this request.
    fn read(site: &Site, form: &Form, handle: &RequestHandle) -> Option<(Self, Credential)> {
        let text = form.one("credential").unwrap_or_default();
        let (sealed, credential) = Credential::parse(text).ok()?;
        Some((Self::open(site, &sealed, handle)?, credential))
    }

    /// The provider's `webauthn_encoded_result`.
    fn encode(&self, credential: &Credential, headers: &HeaderMap) -> String {
        credential.encoded_result(&self.session_id, &embedded_browser::user_agent(headers))
    }

    /// The ceremony behind a sealed text, where it belongs to this request and is still live.
    fn open(site: &Site, text: &str, handle: &RequestHandle) -> Option<Self> {
        let ceremony: Self = site.sealer.open(PURPOSE, text).ok()?;
        (ceremony.handle == *handle && site.now() < ceremony.ends_at).then_some(ceremony)
    }
}

/// A ceremony that was begun, for the browser: its options, and its sealed session.
struct Begun {
    options: Value,
    sealed: String,
}

/// The answer to a fetch of options: an object with the options of each purpose, and the sealed
/// sessions beside them, as `front::passkey` reads it.
#[derive(Default)]
struct OfferedCeremonies {
    options: Map<String, Value>,
    sessions: Map<String, Value>,
}

impl OfferedCeremonies {
    fn add(&mut self, purpose: CeremonyPurpose, begun: Begun) {
        self.options.insert(purpose.as_str().to_owned(), begun.options);
        self.sessions.insert(purpose.as_str().to_owned(), begun.sealed.into());
    }

    fn json(mut self) -> Value {
        self.options.insert("sessions".to_owned(), json!(self.sessions));
        Value::Object(self.options)
    }
}

/// A passkey that the provider does not know. It goes through the address sealed, so that no link
/// can make a browser forget somebody's passkey.
#[derive(Serialize, Deserialize)]
struct Forgotten {
    handle: RequestHandle,
    id: String,
}

/// The identifier of the passkey that this browser may forget, out of a sealed query value.
pub fn forgotten(site: &Site, sealed: &str, handle: &RequestHandle) -> Option<String> {
    let forgotten: Forgotten = site.sealer.open(PURPOSE, sealed).ok()?;
    (forgotten.handle == *handle).then_some(forgotten.id)
}

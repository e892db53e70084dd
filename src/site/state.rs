//! What every handler and worker of the site holds.

use std::ops::Deref;
use std::sync::Arc;

use leptos::config::LeptosOptions;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use url::Url;

use super::answers::Answers;
use super::authority::Authority;
use super::decision::Journal;
use super::identity::{Identity, MailIdentity, PasskeyIdentity};
use super::look::Look;
use super::middleware::headers::SecurityHeaders;
use super::pages::prepared::Prepared;
use super::request::pushed::{PushedRequest, PushedRequests};
use super::sign_in::magic_link::Mails;
use crate::codes::Codes;
use crate::config::Config;
use crate::records::Records;
use platform::ambient::Ambient;
use platform::seal::Sealer;
use platform::storage::Storage;

/// The site. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Site(Arc<SiteState>);

/// The parts of the [`Site`].
#[derive(Debug)]
pub struct SiteState {
    /// The configuration.
    pub config: Config,
    /// Time and randomness.
    pub ambient: Ambient,
    /// The database.
    pub storage: Storage,
    /// Seals cookies and stored secrets.
    pub sealer: Sealer,
    /// Who is told what customers decide.
    pub authority: Arc<dyn Authority>,
    /// Who signs customers in.
    pub identity: Arc<dyn Identity>,
    /// What customers decided, and what came of it.
    pub journal: Journal,
    /// The sign-in mails that were asked for.
    pub mails: Mails,
    /// What the operator's side has recorded.
    pub records: Records,
    /// The codes that agents read out.
    pub codes: Codes,
    /// What a provider has pushed.
    pub pushed: PushedRequests,
    /// What forms were answered with just now.
    pub answers: Answers,
    /// What all pages share.
    pub look: Arc<Look>,
    /// The security headers of every answer.
    pub headers: SecurityHeaders,
    /// Pages that were rendered before.
    pub prepared: Prepared,
    /// Where Leptos has laid the site's files.
    pub leptos: LeptosOptions,
    /// Wakes the workers that send mail.
    pub mail_asked: Notify,
    /// The decisions that are being sent, whether or not anybody waits for them.
    pub sending: TaskTracker,
}

impl Site {
    /// Wraps the parts.
    pub fn new(inner: SiteState) -> Self {
        Self(Arc::new(inner))
    }

    /// Sign-in by mail for a request, where it is switched on and the provider can, or our own is
    /// enough. `pushed`: the request, where the provider has pushed it.
    pub fn mail(&self, pushed: Option<&PushedRequest>) -> Option<&dyn MailIdentity> {
        self.identity.mail(pushed).filter(|_| self.config.sign_in.mail)
    }

    /// Sign-in by passkey, where it is switched on and the provider can.
    pub fn passkeys(&self) -> Option<&dyn PasskeyIdentity> {
        self.identity.passkeys().filter(|_| self.config.sign_in.passkey)
    }

    /// The present moment, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.ambient.clock.unix()
    }

    /// Whether browsers reach the site by https: then cookies are `Secure` and `__Host-`.
    pub fn is_https(&self) -> bool {
        self.config.site.is_https()
    }

    /// The site's origin, as browsers write it.
    pub fn origin(&self) -> String {
        self.config.site.public_url.origin().ascii_serialization()
    }

    /// An address of the site, as others see it.
    pub fn address(&self, path: &str) -> Url {
        let mut url = self.config.site.public_url.clone();
        url.set_path(path);
        url
    }
}

impl Deref for Site {
    type Target = SiteState;

    fn deref(&self) -> &SiteState {
        &self.0
    }
}

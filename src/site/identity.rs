//! The port to whoever says who somebody is: what the ways to sign in ask of a provider.
//!
//! Every provider signs people in by a redirect to an address of its own and back with a code. Mails
//! and passkeys of our own pages are for those that have an API for them; the others leave them out,
//! and their ways are not offered. A mail can be ours altogether, beside a provider that has none.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use super::authority::Proof;
use super::request::pushed::PushedRequest;
use crate::config::SocialButton;
use ciba::Cause;
use platform::Secret;
use platform::id_token::IdTokenClaims;
use transmit::{EmailAddress, MailCode, MailLink};

/// Who signs customers in.
#[async_trait]
pub trait Identity: fmt::Debug + Send + Sync {
    /// The ways that lead to another site and back, in the order in which they are offered: the
    /// identity providers behind Transmit, or the provider's own login.
    fn redirects(&self) -> &[SocialButton];

    /// The address to which the browser is sent.
    ///
    /// # Errors
    ///
    /// [`SignInError`] where it cannot be made, for example of metadata that is not to be had.
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest<'_>,
    ) -> Result<Url, SignInError>;

    /// Whether an answer with this `iss`, or without one, comes from this provider (RFC 9207).
    fn is_issuer(&self, iss: Option<&str>) -> bool;

    /// Exchanges the code with which the browser came back.
    ///
    /// The implementation verifies the ID token with its nonce, and that the sign-in is as fresh as
    /// it was asked to be. Whether it is the person whom the request names is compared by the site.
    async fn redeem(
        &self,
        response: &AuthorizationResponse<'_>,
    ) -> Result<Authenticated, SignInError>;

    /// Sign-in by mail for a request, where the provider has an API for it, or where a mail of ours is
    /// enough for this request. `pushed`: the request, where the provider has pushed it.
    fn mail(&self, pushed: Option<&PushedRequest>) -> Option<&dyn MailIdentity> {
        let _ = pushed;
        None
    }

    /// Sign-in by passkeys of our own pages, where the provider has an API for it.
    fn passkeys(&self) -> Option<&dyn PasskeyIdentity> {
        None
    }

    /// Ends a sign-in at the provider: after the decision, and where somebody switches the account.
    /// `session` is what [`Authenticated::session`] was. It fails for the log only.
    async fn sign_out(&self, session: &Secret) {
        let _ = session;
    }
}

/// A browser leaves for a sign-in elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// The name of the way, one of [`Identity::redirects`].
    pub name: &'a str,
    /// Where the browser comes back to. It has to be registered.
    pub redirect_uri: &'a Url,
    /// Comes back with it.
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// The PKCE challenge (S256) of a verifier that we keep.
    pub challenge: &'a str,
    /// Whether this browser has been there before: a provider may remember whom it has seen, and
    /// whoever comes a second time came back as somebody else, or as nobody.
    pub again: bool,
    /// The language of our page, as a tag.
    pub language: &'a str,
    /// The request, where the provider has pushed it: it names the person and the strength of the
    /// sign-in.
    pub pushed: Option<&'a PushedRequest>,
}

/// A browser has come back with a code.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationResponse<'a> {
    /// The code.
    pub code: &'a str,
    /// The redirect URI that was sent.
    pub redirect_uri: &'a Url,
    /// The verifier whose challenge was sent.
    pub verifier: &'a str,
    /// The nonce that was sent.
    pub nonce: &'a str,
    /// When the browser left, in seconds since 1970.
    pub started_at: i64,
    /// The request, where the provider has pushed it.
    pub pushed: Option<&'a PushedRequest>,
}

/// A customer has signed in.
#[derive(Clone)]
pub struct Authenticated {
    /// What the verified ID token says.
    pub claims: IdTokenClaims,
    /// With what a decision of theirs is completed.
    pub proof: Proof,
    /// Seconds for which the proof is good.
    pub expires_in: u64,
    /// What [`Identity::sign_out`] needs, in whatever form. It is sealed with the sign-in.
    pub session: Option<Secret>,
}

impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated").field("amr", &self.claims.amr).finish_non_exhaustive()
    }
}

/// Nobody was signed in, or nothing was sent with which somebody could be.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The link, code or proof is wrong, used, replaced or too old, or somebody else's.
    #[error("sign-in not accepted by the provider")]
    Rejected,
    /// The provider does not know this address or this passkey.
    #[error("address or passkey unknown to the provider")]
    Unknown,
    /// The passkey itself is good, and not what it was when it was registered: it is not accepted any
    /// more (WebAuthn Level 3, section 7.2).
    #[error("passkey's backup eligibility has changed")]
    Changed,
    /// Too many wrong tries.
    #[error("too many wrong tries")]
    Locked,
    /// The customer may not sign in at all.
    #[error("customer not active")]
    NotActive,
    /// The sign-in has created somebody. CIBA never creates anybody.
    #[error("the sign-in has created a user")]
    NewUser,
    /// The provider did not answer; the same may succeed a moment later.
    #[error("provider unreachable")]
    Unreachable(#[source] Cause),
    /// The provider's answer is of no use.
    #[error("provider's answer not usable")]
    Failed(#[source] Cause),
}

/// A mail that signs in.
#[derive(Debug, Clone, Copy)]
pub struct SignInMail<'a> {
    /// Its name, of which only whoever has its link knows more than the hash.
    pub state: &'a str,
    /// To whom it goes, or went.
    pub address: &'a EmailAddress,
    /// The code in it, where the site knows it.
    pub code: Option<&'a str>,
    /// The request, where the provider has pushed it.
    pub pushed: Option<&'a PushedRequest>,
}

/// Sign-in by mail.
#[async_trait]
pub trait MailIdentity: Send + Sync {
    /// Whether the mails are ours, and the provider takes no part in them. Then they go to the address
    /// that the provider has verified and never to one that is typed, their codes are compared by the
    /// site, and what they prove is less than a sign-in at the provider.
    fn is_ours(&self) -> bool {
        false
    }

    /// Makes a one-time code without sending it, to be put into our own mail.
    ///
    /// # Errors
    ///
    /// [`SignInError::Unknown`] where nobody active has this address.
    async fn create_code(
        &self,
        address: &EmailAddress,
        minutes: u16,
    ) -> Result<String, SignInError>;

    /// Sends a mail whose link signs in.
    ///
    /// # Errors
    ///
    /// [`SignInError::Unknown`] and [`SignInError::NotActive`] must not be told to the asker.
    async fn send_link(
        &self,
        mail: &MailLink<'_>,
        sent: &SignInMail<'_>,
    ) -> Result<(), SignInError>;

    /// Sends a mail with a code that signs in, and no link.
    async fn send_code(
        &self,
        mail: &MailCode<'_>,
        sent: &SignInMail<'_>,
    ) -> Result<(), SignInError>;

    /// Signs in with the code of a mail's link.
    async fn redeem_link(
        &self,
        code: &str,
        sent: &SignInMail<'_>,
    ) -> Result<Authenticated, SignInError>;

    /// Signs in with a one-time code that was typed.
    async fn redeem_code(
        &self,
        code: &str,
        sent: &SignInMail<'_>,
    ) -> Result<Authenticated, SignInError>;
}

/// A ceremony of WebAuthn that the provider has begun.
#[derive(Debug, Clone)]
pub struct CeremonyOptions {
    /// Its name at the provider.
    pub session_id: String,
    /// The options for the browser; binary members in standard base64, `timeout` in milliseconds.
    pub options: Value,
}

/// Sign-in by passkey.
#[async_trait]
pub trait PasskeyIdentity: Send + Sync {
    /// Begins a sign-in without a user name. `approval` is what the touch is to approve.
    ///
    /// # Errors
    ///
    /// [`SignInError::Rejected`] where the provider binds no approval to a passkey.
    async fn start_authentication(
        &self,
        approval: Option<&BTreeMap<String, String>>,
        seconds: u16,
    ) -> Result<CeremonyOptions, SignInError>;

    /// Ends it with the browser's encoded result.
    ///
    /// # Errors
    ///
    /// [`SignInError::Unknown`] where the provider certainly does not know the passkey: the browser is
    /// then told to forget it.
    async fn finish_authentication(&self, result: &str) -> Result<Authenticated, SignInError>;

    /// Begins to add a passkey under this name.
    async fn start_registration(
        &self,
        name: &str,
        seconds: u16,
    ) -> Result<CeremonyOptions, SignInError>;

    /// Ends adding a passkey for whoever this proof is of. `language` is a tag.
    async fn finish_registration(
        &self,
        proof: &Proof,
        result: &str,
        language: &str,
    ) -> Result<(), SignInError>;
}

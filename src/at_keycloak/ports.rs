//! A realm of Keycloak as the site's authority and identity.
//!
//! Keycloak checks neither who decided nor how they signed in: both are compared here.

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

use super::mail::{OurMail, SIGN_IN_LIFETIME};
use crate::config::{Config, Secret, SocialButton};
use crate::site::authority::{
    Answer, Authority, Cancellation, Cancelled, OurWord, Proof, RequestAtProvider,
};
use crate::site::identity::{
    Authenticated, AuthorizationRequest, AuthorizationResponse, Identity, MailIdentity, SignInError,
};
use crate::site::request::pushed::PushedRequest;
use ciba::{Completion, Decision, RefusalReason};
use keycloak::{CallError, Callback, CallbackStatus, CodeExchange, Keycloak, SignInRequest};
use platform::ambient::Ambient;
use platform::causes::Causes;

/// The name of the one way to sign in, in addresses and in the log.
const WAY: &str = "keycloak";

/// Seconds after its arrival in which a request may not be stored at Keycloak yet: it is stored when
/// we have answered 201, and until then the callback is refused.
const STORING: i64 = 2;

/// A realm of Keycloak, as the site's authority and identity.
#[derive(Debug, Clone)]
pub struct AtKeycloak {
    keycloak: Keycloak,
    redirects: Vec<SocialButton>,
    ambient: Ambient,
    /// Sign-in by a mail of ours, where it is switched on.
    pub(super) mail: Option<Arc<OurMail>>,
}

impl AtKeycloak {
    /// The ports of this realm.
    pub(super) fn new(
        keycloak: Keycloak,
        config: &Config,
        ambient: Ambient,
        mail: Option<Arc<OurMail>>,
    ) -> Self {
        let label = config.brand.company.clone();
        let redirects = vec![SocialButton { name: WAY.into(), label }];
        Self { keycloak, redirects, ambient, mail }
    }

    async fn tell(&self, request: &PushedRequest, status: CallbackStatus) -> Completion {
        match self.keycloak.tell(&request.credential, status).await {
            Callback::Taken => Completion::Confirmed,
            Callback::TakenButClientNotTold(error) => {
                tracing::warn!(
                    client = request.client_id, error = %Causes(&error),
                    "Keycloak has taken a decision and could not notify its client"
                );
                Completion::Confirmed
            }
            Callback::NotSent(error) => Completion::NotSent(Box::new(error)),
            Callback::Unknown(error) => Completion::Unknown(Box::new(error)),
            Callback::NotOpen(error) => {
                let now = self.ambient.clock.unix();
                if now < request.received_at.saturating_add(STORING) {
                    Completion::NotSent(Box::new(error))
                } else if now >= request.expires_at {
                    Completion::Refused(RefusalReason::Expired)
                } else {
                    // Answered before, or lost by a restart: it does not say which.
                    Completion::Refused(RefusalReason::NotFound)
                }
            }
            Callback::Refused(error) => {
                tracing::error!(error = %Causes(&error), "Keycloak does not accept this site's callback");
                Completion::Refused(RefusalReason::Other)
            }
        }
    }
}

#[async_trait]
impl Authority for AtKeycloak {
    async fn complete(
        &self,
        request: RequestAtProvider<'_>,
        proof: &Proof,
        answer: Answer,
    ) -> Completion {
        let Some(pushed) = open(request) else {
            return Completion::Refused(RefusalReason::NotFound);
        };
        let Proof::OurWord(word) = proof else { return Completion::Unauthorised };
        if word.subject != pushed.subject {
            return Completion::Refused(RefusalReason::WrongUser);
        }
        let status = match answer {
            Answer::Allowed if !is_strong_enough(word.acr.as_deref(), &pushed.acr_values) => {
                return Completion::Unauthorised;
            }
            Answer::Allowed => CallbackStatus::Succeed,
            Answer::Stopped | Answer::WrongReference => CallbackStatus::Cancelled,
            Answer::Disowned => CallbackStatus::Unauthorized,
        };
        self.tell(pushed, status).await
    }

    /// A second approval destroys the first; a second refusal changes nothing.
    fn may_repeat(&self, decision: Decision) -> bool {
        decision == Decision::Deny
    }

    async fn cancel(&self, request: RequestAtProvider<'_>, reason: Cancellation) -> Cancelled {
        let status = match reason {
            Cancellation::Withdrawn => CallbackStatus::Cancelled,
            Cancellation::Undeliverable => CallbackStatus::Unauthorized,
        };
        let Some(pushed) = open(request) else { return Cancelled::HereOnly };
        match self.tell(pushed, status).await {
            Completion::Confirmed => Cancelled::AtProvider,
            Completion::Unknown(cause) | Completion::NotSent(cause) => Cancelled::Unknown(cause),
            Completion::Unauthorised | Completion::Refused(_) => Cancelled::HereOnly,
        }
    }
}

#[async_trait]
impl Identity for AtKeycloak {
    fn redirects(&self) -> &[SocialButton] {
        &self.redirects
    }

    async fn authorization_url(
        &self,
        request: &AuthorizationRequest<'_>,
    ) -> Result<Url, SignInError> {
        let sign_in = SignInRequest {
            redirect_uri: request.redirect_uri,
            state: request.state,
            nonce: request.nonce,
            challenge: request.challenge,
            login_hint: request.pushed.map(|pushed| pushed.login_hint.as_str()),
            acr_values: request.pushed.map_or(&[], |pushed| &pushed.acr_values),
            ui_locales: request.language,
        };
        self.keycloak
            .authorization_url(&sign_in)
            .map_err(|error| SignInError::Failed(Box::new(error)))
    }

    fn is_issuer(&self, iss: Option<&str>) -> bool {
        iss == Some(self.keycloak.issuer())
    }

    async fn redeem(
        &self,
        response: &AuthorizationResponse<'_>,
    ) -> Result<Authenticated, SignInError> {
        let exchange = CodeExchange {
            code: response.code,
            redirect_uri: response.redirect_uri,
            verifier: response.verifier,
            nonce: response.nonce,
            started_at: response.started_at,
        };
        let signed_in = self.keycloak.redeem(&exchange).await?;
        let claims = signed_in.claims;
        if let Some(pushed) = response.pushed
            && !is_strong_enough(claims.acr.as_deref(), &pushed.acr_values)
        {
            tracing::warn!(
                client = pushed.client_id, reached = claims.acr, asked = ?pushed.acr_values,
                "a sign-in at the realm is weaker than the request demands: check the realm's \
                 levels of authentication"
            );
            if let Some(session) = &signed_in.refresh_token {
                self.sign_out(session).await;
            }
            return Err(SignInError::Rejected);
        }
        let word = OurWord {
            subject: claims.sub.clone(),
            amr: claims.amr.clone(),
            acr: claims.acr.clone(),
            auth_time: signed_in.auth_time,
            by_mail: None,
        };
        Ok(Authenticated {
            claims,
            proof: Proof::OurWord(word),
            expires_in: SIGN_IN_LIFETIME,
            session: signed_in.refresh_token,
        })
    }

    fn mail(&self, pushed: Option<&PushedRequest>) -> Option<&dyn MailIdentity> {
        let mail = self.mail.as_deref()?;
        pushed.filter(|request| mail.serves(request)).map(|_| mail as &dyn MailIdentity)
    }

    async fn sign_out(&self, session: &Secret) {
        if let Err(error) = self.keycloak.sign_out(session).await {
            tracing::warn!(error = %Causes(&error), "a sign-in was not ended at the realm");
        }
    }
}

impl From<CallError> for SignInError {
    fn from(error: CallError) -> Self {
        if error.is_transient() {
            return Self::Unreachable(Box::new(error));
        }
        match error.status() {
            // A code that is wrong, used, or somebody else's.
            Some(400) => Self::Rejected,
            _ => Self::Failed(Box::new(error)),
        }
    }
}

/// What can still be answered.
fn open(request: RequestAtProvider<'_>) -> Option<&PushedRequest> {
    match request {
        RequestAtProvider::Pushed(pushed) if !pushed.credential.expose().is_empty() => Some(pushed),
        RequestAtProvider::Pushed(_) | RequestAtProvider::Link(_) => None,
    }
}

/// Whether a sign-in of this class is one of those that were asked for, or a higher one where both
/// are levels. Keycloak signs in without reaching what was asked, and says so only here.
fn is_strong_enough(reached: Option<&str>, asked: &[String]) -> bool {
    let level = |text: &str| text.parse::<u8>().ok();
    asked.is_empty()
        || reached.is_some_and(|reached| {
            asked.iter().any(|asked| {
                asked == reached
                    || level(asked)
                        .zip(level(reached))
                        .is_some_and(|(asked, reached)| reached >= asked)
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_as_strong_as_it_was_asked_to_be() {
        let is = |reached: Option<&str>, asked: &[&str]| {
            let asked: Vec<String> = asked.iter().map(|&asked| asked.to_owned()).collect();
            is_strong_enough(reached, &asked)
        };
        assert!(is(None, &[]) && is(Some("0"), &[]));
        assert!(is(Some("1"), &["1"]) && is(Some("2"), &["1"]) && is(Some("gold"), &["2", "gold"]));
        assert!(!is(None, &["1"]) && !is(Some("1"), &["2"]) && !is(Some("1"), &["gold"]));
        assert!(!is(Some("gold"), &["2"]) && !is(Some("gold"), &["silver"]));
    }
}

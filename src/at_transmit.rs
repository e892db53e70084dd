//! Transmit behind the site's ports: who is told a decision, and who signs customers in.

use std::collections::BTreeMap;

use async_trait::async_trait;
use url::Url;

use crate::config::{Config, SocialButton};
use crate::site::authority::{Answer, Authority, CustomerToken, Proof, RequestAtProvider};
use crate::site::identity::{
    Authenticated, AuthorizationRequest, AuthorizationResponse, CeremonyOptions, Identity,
    MailIdentity, PasskeyIdentity, SignInError, SignInMail,
};
use crate::site::request::pushed::PushedRequest;
use ciba::{Completion, Decision, RefusalReason};
use transmit::{
    EmailAddress, ExchangeError, MailCode, MailLink, NewPasskey, PasskeyError, RedeemError,
    SendMailError, SignedIn, SocialCode, SocialRequest, Transmit, TransmitError, UserAccessToken,
};

/// Transmit, or the embedded provider, as the site's authority and identity.
#[derive(Debug, Clone)]
pub struct AtTransmit {
    transmit: Transmit,
    social: Vec<SocialButton>,
    issuer: String,
    is_embedded: bool,
}

impl AtTransmit {
    /// The ports of this API client.
    pub fn new(transmit: Transmit, config: &Config) -> Self {
        Self {
            transmit,
            social: config.sign_in.social.clone(),
            issuer: config.issuer(),
            is_embedded: config.has_embedded_provider(),
        }
    }
}

#[async_trait]
impl Authority for AtTransmit {
    async fn complete(
        &self,
        request: RequestAtProvider<'_>,
        proof: &Proof,
        answer: Answer,
    ) -> Completion {
        // Kept by a journal from before the provider was changed.
        let Some(token) = proof.customer_token() else { return Completion::Unauthorised };
        let RequestAtProvider::Link(auth_req_id) = request else {
            return Completion::Refused(RefusalReason::NotFound);
        };
        self.transmit.complete(&access_token(token), auth_req_id, answer.decision()).await
    }

    fn may_repeat(&self, _decision: Decision) -> bool {
        true
    }
}

#[async_trait]
impl Identity for AtTransmit {
    fn redirects(&self) -> &[SocialButton] {
        &self.social
    }

    async fn authorization_url(
        &self,
        request: &AuthorizationRequest<'_>,
    ) -> Result<Url, SignInError> {
        Ok(self.transmit.authorization_url(&SocialRequest {
            acr: &format!("urn:transmit:{}_direct", request.name),
            redirect_uri: request.redirect_uri,
            state: request.state,
            nonce: request.nonce,
            challenge: request.challenge,
            prompt: request.again.then_some("login"),
            ui_locales: Some(request.language),
        }))
    }

    fn is_issuer(&self, iss: Option<&str>) -> bool {
        // The embedded provider always names itself; of others we cannot ask whether they do, so
        // there only a wrong name is refused.
        iss.map_or(!self.is_embedded, |iss| iss == self.issuer)
    }

    async fn redeem(
        &self,
        response: &AuthorizationResponse<'_>,
    ) -> Result<Authenticated, SignInError> {
        let code = SocialCode {
            code: response.code,
            redirect_uri: response.redirect_uri,
            verifier: response.verifier,
            nonce: response.nonce,
        };
        let signed_in = self.transmit.exchange_code(&code).await?;
        if signed_in.claims.new_user == Some(true) {
            return Err(SignInError::NewUser);
        }
        Ok(signed_in.into())
    }

    fn mail(&self, _: Option<&PushedRequest>) -> Option<&dyn MailIdentity> {
        Some(self)
    }

    fn passkeys(&self) -> Option<&dyn PasskeyIdentity> {
        Some(self)
    }
}

#[async_trait]
impl MailIdentity for AtTransmit {
    async fn create_code(
        &self,
        address: &EmailAddress,
        minutes: u16,
    ) -> Result<String, SignInError> {
        self.transmit.create_code(address, minutes).await?.ok_or(SignInError::Unknown)
    }

    async fn send_link(&self, mail: &MailLink<'_>, _: &SignInMail<'_>) -> Result<(), SignInError> {
        Ok(self.transmit.send_mail_link(mail).await?)
    }

    async fn send_code(&self, mail: &MailCode<'_>, _: &SignInMail<'_>) -> Result<(), SignInError> {
        Ok(self.transmit.send_mail_code(mail).await?)
    }

    async fn redeem_link(
        &self,
        code: &str,
        _: &SignInMail<'_>,
    ) -> Result<Authenticated, SignInError> {
        Ok(self.transmit.redeem_mail_link(code).await?.into())
    }

    async fn redeem_code(
        &self,
        code: &str,
        sent: &SignInMail<'_>,
    ) -> Result<Authenticated, SignInError> {
        Ok(self.transmit.redeem_code(sent.address, code).await?.into())
    }
}

#[async_trait]
impl PasskeyIdentity for AtTransmit {
    async fn start_authentication(
        &self,
        approval: Option<&BTreeMap<String, String>>,
        seconds: u16,
    ) -> Result<CeremonyOptions, SignInError> {
        let begun = self.transmit.start_authentication(approval, seconds).await;
        let begun = begun.map_err(|error| match error.api().map(|api| api.status) {
            Some(400..500) if !error.is_transient() => SignInError::Rejected,
            _ => error.into(),
        })?;
        Ok(CeremonyOptions { session_id: begun.session_id, options: begun.options })
    }

    async fn finish_authentication(&self, result: &str) -> Result<Authenticated, SignInError> {
        match self.transmit.finish_authentication(result).await {
            Ok(signed_in) => Ok(signed_in.into()),
            // Only of the embedded provider's codes do we know which of them says that nobody has
            // this passkey; Transmit's are a guess, and a good passkey would be gone for ever.
            Err(PasskeyError::UnknownCredential) if self.is_embedded => Err(SignInError::Unknown),
            Err(error) => Err(error.into()),
        }
    }

    async fn start_registration(
        &self,
        name: &str,
        seconds: u16,
    ) -> Result<CeremonyOptions, SignInError> {
        let passkey = NewPasskey { username: name, display_name: name, timeout: seconds };
        let begun = self.transmit.start_registration(&passkey).await?;
        Ok(CeremonyOptions { session_id: begun.session_id, options: begun.options })
    }

    async fn finish_registration(
        &self,
        proof: &Proof,
        result: &str,
        language: &str,
    ) -> Result<(), SignInError> {
        let token = proof.customer_token().ok_or(SignInError::Rejected)?;
        self.transmit.finish_registration(&access_token(token), result, language).await?;
        Ok(())
    }
}

fn access_token(token: &CustomerToken) -> UserAccessToken {
    UserAccessToken::new(token.expose())
}

impl From<SignedIn> for Authenticated {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            claims: signed_in.claims,
            proof: Proof::CustomerToken(CustomerToken::new(signed_in.access_token.expose())),
            expires_in: signed_in.expires_in,
            session: None,
        }
    }
}

impl From<TransmitError> for SignInError {
    fn from(error: TransmitError) -> Self {
        if error.is_transient() {
            Self::Unreachable(error.into())
        } else {
            Self::Failed(error.into())
        }
    }
}

impl From<RedeemError> for SignInError {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::Rejected => Self::Rejected,
            RedeemError::Locked => Self::Locked,
            RedeemError::NotActive => Self::NotActive,
            RedeemError::Call(error) => error.into(),
        }
    }
}

impl From<ExchangeError> for SignInError {
    fn from(error: ExchangeError) -> Self {
        match error {
            error @ ExchangeError::Rejected(_) => Self::Failed(error.into()),
            ExchangeError::Call(error) => error.into(),
        }
    }
}

impl From<PasskeyError> for SignInError {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::UnknownCredential | PasskeyError::Rejected => Self::Rejected,
            PasskeyError::Changed => Self::Changed,
            PasskeyError::Locked => Self::Locked,
            PasskeyError::NotActive => Self::NotActive,
            PasskeyError::Call(error) => error.into(),
        }
    }
}

impl From<SendMailError> for SignInError {
    fn from(error: SendMailError) -> Self {
        match error {
            SendMailError::UnknownUser => Self::Unknown,
            SendMailError::NotActive => Self::NotActive,
            SendMailError::Call(error) => error.into(),
            error @ SendMailError::RedirectUriRefused => Self::Failed(error.into()),
        }
    }
}

//! A provider that trusts the site's own word: it pushes its requests, signs people in on a page of its
//! own, and undoes a decision that it is told twice, as Keycloak does.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ciba::{AuthReqId, BindingMessage, Completion, Decision, RefusalReason};
use ciba_login::config::{Secret, SocialButton};
use ciba_login::demo;
use ciba_login::records::Records;
use ciba_login::site::Ports;
use ciba_login::site::authority::{
    Answer, Authority, Cancellation, Cancelled, OurWord, Proof, RequestAtProvider,
};
use ciba_login::site::identity::{
    Authenticated, AuthorizationRequest, AuthorizationResponse, Identity, SignInError,
};
use ciba_login::site::request::pushed::{NewPushedRequest, Pushed, PushedRequest, PushedRequests};
use platform::ambient::Ambient;
use platform::clock::Clock;
use platform::id_token::IdTokenClaims;
use platform::ids::SystemEntropy;
use platform::seal::Sealer;
use url::Url;

use super::TestApp;

/// What is asked of every call, and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    #[default]
    Up,
    /// The call does not arrive.
    Away,
    /// The call arrives, and its answer does not.
    LosesAnswers,
    /// The call arrives, and nobody answers it.
    Hangs,
}

/// The provider, as it is seen from both sides. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Trusting(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    login: [SocialButton; 1],
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    line: Line,
    visitor: String,
    hint: Option<String>,
    calls: Vec<(String, OurWord, Decision)>,
    state: Option<Decision>,
    cancelled: Vec<Cancellation>,
    signed_out: Vec<String>,
}

impl Trusting {
    pub fn new() -> Self {
        let login = [SocialButton { name: "login".into(), label: "Example Login".into() }];
        Self(Arc::new(Inner { login, seen: Mutex::default() }))
    }

    pub fn ports(&self) -> Ports {
        Ports::new(self.clone())
    }

    /// Who signs in next on the provider's own page.
    pub fn visited_by(&self, subject: &str) {
        self.seen(|seen| subject.clone_into(&mut seen.visitor));
    }

    pub fn set(&self, line: Line) {
        self.seen(|seen| seen.line = line);
    }

    /// Every decision that has arrived: with which credential, by whom, and what.
    pub fn calls(&self) -> Vec<(String, OurWord, Decision)> {
        self.seen(|seen| seen.calls.clone())
    }

    /// What the client would be told now; nothing where it was undone.
    pub fn state(&self) -> Option<Decision> {
        self.seen(|seen| seen.state)
    }

    pub fn cancelled(&self) -> Vec<Cancellation> {
        self.seen(|seen| seen.cancelled.clone())
    }

    pub fn signed_out(&self) -> Vec<String> {
        self.seen(|seen| seen.signed_out.clone())
    }

    /// The name that the provider's own page was given.
    pub fn hint(&self) -> Option<String> {
        self.seen(|seen| seen.hint.clone())
    }

    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.seen.lock().unwrap())
    }
}

#[async_trait]
impl Authority for Trusting {
    async fn complete(
        &self,
        request: RequestAtProvider<'_>,
        proof: &Proof,
        answer: Answer,
    ) -> Completion {
        let (Proof::OurWord(word), RequestAtProvider::Pushed(pushed)) = (proof, request) else {
            return Completion::Refused(RefusalReason::Other);
        };
        let decision = answer.decision();
        let line = self.seen(|seen| {
            if seen.line != Line::Away {
                seen.calls.push((pushed.credential.expose().to_owned(), word.clone(), decision));
                seen.state = if seen.calls.len() == 1 { Some(decision) } else { None };
            }
            seen.line
        });
        match line {
            Line::Up => Completion::Confirmed,
            Line::Away => Completion::NotSent("connection refused".into()),
            Line::LosesAnswers => Completion::Unknown("no answer".into()),
            Line::Hangs => std::future::pending().await,
        }
    }

    fn may_repeat(&self, _decision: Decision) -> bool {
        false
    }

    async fn cancel(&self, _request: RequestAtProvider<'_>, reason: Cancellation) -> Cancelled {
        self.seen(|seen| {
            seen.cancelled.push(reason);
            Cancelled::AtProvider
        })
    }
}

#[async_trait]
impl Identity for Trusting {
    fn redirects(&self) -> &[SocialButton] {
        &self.0.login
    }

    /// Its login page knows who is visiting, and leads back at once.
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest<'_>,
    ) -> Result<Url, SignInError> {
        let mut url = request.redirect_uri.clone();
        let visitor = self.seen(|seen| {
            seen.hint = request.pushed.map(|pushed| pushed.login_hint.clone());
            seen.visitor.clone()
        });
        url.query_pairs_mut()
            .append_pair("code", &format!("{visitor}.{}", request.nonce))
            .append_pair("state", request.state)
            .append_pair("iss", "https://trusting.example");
        Ok(url)
    }

    fn is_issuer(&self, iss: Option<&str>) -> bool {
        iss == Some("https://trusting.example")
    }

    async fn redeem(
        &self,
        response: &AuthorizationResponse<'_>,
    ) -> Result<Authenticated, SignInError> {
        let (subject, nonce) = response.code.split_once('.').ok_or(SignInError::Rejected)?;
        if nonce != response.nonce {
            return Err(SignInError::Rejected);
        }
        let auth_time = response.started_at + 1;
        let acr = response.pushed.and_then(|pushed| pushed.acr_values.first().cloned());
        let claims = IdTokenClaims {
            sub: subject.to_owned(),
            amr: vec!["pwd".into(), "otp".into()],
            auth_time: Some(auth_time),
            acr: acr.clone(),
            email: None,
            email_verified: None,
            phone_number: None,
            phone_number_verified: None,
            new_user: None,
            approval_data: None,
            iat: auth_time,
            exp: auth_time + 300,
        };
        Ok(Authenticated {
            proof: Proof::OurWord(OurWord {
                subject: subject.to_owned(),
                amr: claims.amr.clone(),
                acr,
                auth_time,
                by_mail: None,
            }),
            claims,
            expires_in: 300,
            session: Some(Secret::new(format!("session of {subject}"))),
        })
    }

    async fn sign_out(&self, session: &Secret) {
        self.seen(|seen| seen.signed_out.push(session.expose().to_owned()));
    }
}

impl TestApp {
    /// The storage of what is pushed.
    pub async fn pushed(&self) -> PushedRequests {
        let mut config = self.config.clone();
        demo::adopt(&mut config, &SystemEntropy).unwrap();
        let ambient = Ambient::new(self.clock.clone(), Arc::new(SystemEntropy));
        let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
        let records = self.records().await;
        PushedRequests::new(self.storage().await, sealer, ambient, records)
    }

    /// What the site and the operator's side share.
    pub async fn records(&self) -> Records {
        let mut config = self.config.clone();
        demo::adopt(&mut config, &SystemEntropy).unwrap();
        let ambient = Ambient::new(self.clock.clone(), Arc::new(SystemEntropy));
        let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
        Records::new(self.storage().await, sealer, ambient.clock)
    }

    /// Pushes a request for a person; its link's key, unless it was pushed before.
    pub async fn push(&self, subject: &str, origin: &str) -> Option<AuthReqId> {
        let now = self.clock.unix();
        let request = PushedRequest {
            subject: subject.to_owned(),
            login_hint: format!("{subject}@example.com"),
            client_id: "call-centre".into(),
            client_name: Some("Example Bank, telephone service".into()),
            message: Some(BindingMessage::parse("CASE-4711").unwrap()),
            scopes: vec!["openid".into(), "phone".into()],
            consent: true,
            acr_values: vec!["gold".into()],
            received_at: now,
            expires_at: now + 300,
            credential: Secret::new(format!("bearer of {origin}")),
        };
        let new = NewPushedRequest {
            request: &request,
            origin,
            channel: "link",
            contact: None,
            key: None,
            most_open: i64::MAX,
        };
        match self.pushed().await.push(new).await.unwrap() {
            Pushed::New(key) => Some(key),
            Pushed::Before | Pushed::Changed | Pushed::KeyTaken | Pushed::TooMany => None,
        }
    }
}

//! The line between site and provider, on which calls are lost, held back and delivered late; and the
//! provider's own sign-in, without its pages.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ciba::{AuthReqId, Completion, Decision};
use ciba_login::at_transmit::AtTransmit;
use ciba_login::config::SocialButton;
use ciba_login::site::authority::{Answer, Authority, CustomerToken, Proof, RequestAtProvider};
use ciba_login::site::identity::{
    Authenticated, AuthorizationRequest, AuthorizationResponse, Identity, SignInError,
};
use platform::id_token::IdTokenClaims;
use provider::tokens::{self, Amr};
use provider::{ProviderState, clients, users};
use tokio::sync::{oneshot, watch};
use url::Url;

use crate::support::claims;

/// What becomes of one call of `complete`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does its answer.
    Arrives,
    /// No connection is made.
    NotSent,
    /// It is lost, and the caller does not know.
    Lost,
    /// It arrives, and its answer is lost.
    AnswerLost,
    /// It takes its time; the caller waits.
    Held,
    /// The caller gives up waiting, and the call arrives later.
    Late,
}

/// A call that has not arrived yet.
#[derive(Debug)]
pub struct Call {
    auth_req_id: AuthReqId,
    proof: Proof,
    answer: Answer,
    /// Who waits for the answer.
    caller: Option<oneshot::Sender<Completion>>,
}

/// A call that has arrived: who decided what, and whether the provider took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    pub by_customer: bool,
    pub decision: Decision,
    pub was_taken: bool,
}

#[derive(Debug, Default)]
struct Seen {
    fates: VecDeque<Fate>,
    held: Vec<Call>,
    arrived: Vec<Arrived>,
    visitor: String,
    customer: String,
    /// The request of this story. Decisions of earlier ones may still be open, and are delivered.
    request: Option<AuthReqId>,
    /// The customer's or the stranger's last token, and since when: signing is what costs most here.
    issued: BTreeMap<String, (i64, String)>,
}

/// The line between site and provider; the provider's ports of the site.
#[derive(Debug, Clone)]
pub struct Line(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    transmit: AtTransmit,
    provider: ProviderState,
    client_id: String,
    login: [SocialButton; 1],
    seen: Mutex<Seen>,
    /// How many calls were held, ever.
    holds: watch::Sender<u64>,
}

impl Line {
    /// The line to this provider, for sign-ins at this client.
    pub fn new(transmit: AtTransmit, provider: ProviderState, client_id: String) -> Self {
        Self(Arc::new(Inner {
            transmit,
            provider,
            client_id,
            login: [SocialButton { name: "login".into(), label: "Login".into() }],
            seen: Mutex::default(),
            holds: watch::Sender::new(0),
        }))
    }

    /// Forgets everything: the next request is for this customer.
    pub fn begin(&self, customer: &str) {
        self.seen(|seen| *seen = Seen { customer: customer.to_owned(), ..Seen::default() });
    }

    /// Who signs in next.
    pub fn visited_by(&self, user_id: &str) {
        self.seen(|seen| user_id.clone_into(&mut seen.visitor));
    }

    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.seen.lock().unwrap())
    }

    /// Which request the story is about.
    pub fn is_about(&self, request: &AuthReqId) {
        self.seen(|seen| seen.request = Some(request.clone()));
    }

    /// What becomes of the next calls; every one after them arrives.
    pub fn set(&self, fates: &[Fate]) {
        self.seen(|seen| seen.fates = fates.iter().copied().collect());
    }

    /// Every call that has arrived.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.seen(|seen| seen.arrived.clone())
    }

    /// How many calls have not arrived yet.
    pub fn under_way(&self) -> usize {
        self.seen(|seen| seen.held.len())
    }

    /// Whether somebody waits for the answer to a call.
    pub fn is_waited_for(&self) -> bool {
        self.seen(|seen| seen.held.iter().any(|call| call.caller.is_some()))
    }

    /// Sees calls that are held from now on.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.holds.subscribe()
    }

    /// Brings the oldest or the newest call to its end: reordering. Whoever waits gets the answer.
    pub async fn deliver(&self, newest: bool) {
        let call = self.seen(|seen| match seen.held.len() {
            0 => None,
            count => Some(seen.held.remove(if newest { count - 1 } else { 0 })),
        });
        let Some(call) = call else { return };
        let answer = self.arrive(&call.auth_req_id, &call.proof, call.answer).await;
        if let Some(caller) = call.caller {
            // A caller that is gone has heard nothing.
            let _either_way = caller.send(answer);
        }
    }

    /// The calling process dies. What it has sent is still under way.
    pub fn lose_callers(&self) {
        self.seen(|seen| {
            for call in &mut seen.held {
                call.caller = None;
            }
        });
    }

    async fn arrive(&self, id: &AuthReqId, proof: &Proof, told: Answer) -> Completion {
        let answer = self.0.transmit.complete(RequestAtProvider::Link(id), proof, told).await;
        let token = proof.customer_token().unwrap().expose().to_owned();
        let subject = claims(&token)["sub"].as_str().unwrap().to_owned();
        let was_taken = matches!(answer, Completion::Confirmed);
        self.seen(|seen| {
            if seen.request.as_ref() == Some(id) {
                let by_customer = subject == seen.customer;
                seen.arrived.push(Arrived { by_customer, decision: told.decision(), was_taken });
            }
        });
        answer
    }
}

#[async_trait]
impl Authority for Line {
    async fn complete(
        &self,
        request: RequestAtProvider<'_>,
        proof: &Proof,
        answer: Answer,
    ) -> Completion {
        let RequestAtProvider::Link(id) = request else {
            panic!("no request is pushed here");
        };
        let fate = self.seen(|seen| {
            let is_ours = seen.request.as_ref() == Some(id);
            let fate = if is_ours { seen.fates.pop_front() } else { None };
            fate.unwrap_or(Fate::Arrives)
        });
        let hold = |caller| {
            let (auth_req_id, proof) = (id.clone(), proof.clone());
            self.seen(|seen| seen.held.push(Call { auth_req_id, proof, answer, caller }));
        };
        match fate {
            Fate::Arrives => self.arrive(id, proof, answer).await,
            Fate::NotSent => Completion::NotSent("connection refused".into()),
            Fate::Lost => Completion::Unknown("no answer".into()),
            Fate::AnswerLost => {
                self.arrive(id, proof, answer).await;
                Completion::Unknown("no answer".into())
            }
            Fate::Late => {
                hold(None);
                Completion::Unknown("no answer".into())
            }
            Fate::Held => {
                let (caller, heard) = oneshot::channel();
                hold(Some(caller));
                self.0.holds.send_modify(|count| *count += 1);
                match heard.await {
                    Ok(answer) => answer,
                    // The process is dead: this task does nothing any more.
                    Err(_) => std::panic::resume_unwind(Box::new("crash")),
                }
            }
        }
    }

    fn may_repeat(&self, decision: Decision) -> bool {
        self.0.transmit.may_repeat(decision)
    }
}

#[async_trait]
impl Identity for Line {
    fn redirects(&self) -> &[SocialButton] {
        &self.0.login
    }

    /// A login page that knows who is visiting, and leads back at once.
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest<'_>,
    ) -> Result<Url, SignInError> {
        let mut url = request.redirect_uri.clone();
        let visitor = self.seen(|seen| seen.visitor.clone());
        url.query_pairs_mut()
            .append_pair("code", &visitor)
            .append_pair("state", request.state)
            .append_pair("iss", &self.0.provider.issuer);
        Ok(url)
    }

    fn is_issuer(&self, iss: Option<&str>) -> bool {
        self.0.transmit.is_issuer(iss)
    }

    /// A real sign-in of the provider's, without its pages.
    async fn redeem(
        &self,
        response: &AuthorizationResponse<'_>,
    ) -> Result<Authenticated, SignInError> {
        let state = &self.0.provider;
        let user = users::find(&state.storage, response.code).await.unwrap().unwrap();
        let now = state.ambient.clock.unix();
        let before = self.seen(|seen| seen.issued.get(response.code).cloned());
        let token = match before {
            Some((since, token)) if now < since + 60 => token,
            _ => {
                let client = clients::find(&state.storage, &state.sealer, &self.0.client_id);
                let client = client.await.unwrap().unwrap();
                let by = tokens::AuthenticatedUser::by(&[Amr::Social], now);
                let issued = tokens::issue(state, &user, &client, &by).await.unwrap().unwrap();
                let kept = (now, issued.access_token.clone());
                self.seen(|seen| seen.issued.insert(response.code.to_owned(), kept));
                issued.access_token
            }
        };
        let claims = IdTokenClaims {
            sub: user.user_id.clone(),
            amr: vec!["social".into()],
            auth_time: Some(now),
            acr: None,
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            email_verified: Some(true),
            phone_number: None,
            phone_number_verified: None,
            new_user: None,
            approval_data: None,
            iat: now,
            exp: now + 300,
        };
        Ok(Authenticated {
            claims,
            proof: Proof::CustomerToken(CustomerToken::new(token)),
            expires_in: 3600,
            session: None,
        })
    }
}

//! The real rooms without a listener between them and the test: the site and the embedded provider on
//! one database, a clock moved by hand, randomness from a seed, and a line between the two parties on
//! which calls are lost, held back and delivered late.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{Request, StatusCode};
use ciba::{AuthReqId, Completion, Decision};
use ciba_login::application::settings;
use ciba_login::at_transmit::AtTransmit;
use ciba_login::config::{Config, Secret, SocialButton};
use ciba_login::demo::{self, Demo};
use ciba_login::site::authority::{Authority, CustomerToken, Proof, RequestAtProvider};
use ciba_login::site::identity::{
    Authenticated, AuthorizationRequest, AuthorizationResponse, Identity, SignInError,
};
use ciba_login::site::{self, Ports, Site};
use platform::ambient::Ambient;
use platform::clock::{Clock, ManualClock};
use platform::id_token::IdTokenClaims;
use platform::ids::{Entropy, NoEntropy};
use platform::seal::Sealer;
use platform::storage::Storage;
use provider::contact::Email;
use provider::tokens::{self, Amr};
use provider::users::{self, Status, User};
use provider::{ProviderState, clients};
use serde_json::Value;
use time::macros::datetime;
use tokio::sync::{oneshot, watch};
use tower::ServiceExt;
use url::Url;

use crate::support::claims;

/// Numbers from a seed (SplitMix64), for steps and for everything that the rooms draw.
#[derive(Debug)]
pub struct Seeded(Mutex<u64>);

impl Seeded {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// Begins anew from a seed.
    pub fn sow(&self, seed: u64) {
        *self.0.lock().unwrap() = seed;
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of these.
    pub fn pick<T: Copy>(&self, of: &[T]) -> T {
        let count = u64::try_from(of.len()).unwrap();
        of[usize::try_from(self.next() % count).unwrap()]
    }
}

impl Entropy for Seeded {
    fn fill(&self, destination: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in destination.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

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
    decision: Decision,
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
        let answer = self.arrive(&call.auth_req_id, &call.proof, call.decision).await;
        if let Some(caller) = call.caller {
            // A caller that is gone has heard nothing.
            let _either_way = caller.send(answer);
        }
    }

    /// The calling process dies. What it has sent is still under way.
    fn lose_callers(&self) {
        self.seen(|seen| {
            for call in &mut seen.held {
                call.caller = None;
            }
        });
    }

    async fn arrive(&self, id: &AuthReqId, proof: &Proof, decision: Decision) -> Completion {
        let request = RequestAtProvider { auth_req_id: id, pushed: None };
        let answer = self.0.transmit.complete(&request, proof, decision).await;
        let token = proof.customer_token().unwrap().expose().to_owned();
        let subject = claims(&token)["sub"].as_str().unwrap().to_owned();
        let was_taken = matches!(answer, Completion::Confirmed);
        self.seen(|seen| {
            if seen.request.as_ref() == Some(id) {
                let by_customer = subject == seen.customer;
                seen.arrived.push(Arrived { by_customer, decision, was_taken });
            }
        });
        answer
    }
}

#[async_trait]
impl Authority for Line {
    async fn complete(
        &self,
        request: &RequestAtProvider<'_>,
        proof: &Proof,
        decision: Decision,
    ) -> Completion {
        let id = request.auth_req_id;
        let fate = self.seen(|seen| {
            let is_ours = seen.request.as_ref() == Some(id);
            let fate = if is_ours { seen.fates.pop_front() } else { None };
            fate.unwrap_or(Fate::Arrives)
        });
        let hold = |caller| {
            let (auth_req_id, proof) = (id.clone(), proof.clone());
            self.seen(|seen| seen.held.push(Call { auth_req_id, proof, decision, caller }));
        };
        match fate {
            Fate::Arrives => self.arrive(id, proof, decision).await,
            Fate::NotSent => Completion::NotSent("connection refused".into()),
            Fate::Lost => Completion::Unknown("no answer".into()),
            Fate::AnswerLost => {
                self.arrive(id, proof, decision).await;
                Completion::Unknown("no answer".into())
            }
            Fate::Late => {
                hold(None);
                Completion::Unknown("no answer".into())
            }
            Fate::Held => {
                let (caller, answer) = oneshot::channel();
                hold(Some(caller));
                self.0.holds.send_modify(|count| *count += 1);
                match answer.await {
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
                let by = tokens::Authenticated::by(&[Amr::Social], now);
                let issued = tokens::issue(state, &user, &client, &by).await.unwrap();
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

/// Both parties.
pub struct World {
    pub clock: Arc<ManualClock>,
    pub seeded: Arc<Seeded>,
    pub line: Line,
    pub site: Site,
    pub router: Router,
    pub records: ciba_login::records::Records,
    provider: Router,
    demo: Demo,
    config: Config,
    ambient: Ambient,
    storage: Storage,
    sealer: Sealer,
    _folder: tempfile::TempDir,
}

impl World {
    /// Builds both on an empty database.
    pub async fn begin() -> Self {
        // In memory where there is such a folder: nothing here is about disks.
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        let mut config = Config::default();
        config.demo.enabled = true;
        config.demo.directory = folder.path().to_owned();
        let file = folder.path().join("model.db");
        config.storage.url = Secret::new(format!("sqlite://{}", file.display()));
        // The last call to the provider is the only one that needs a socket.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        config.provider.public_url.set_port(Some(port)).unwrap();

        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        let seeded = Arc::new(Seeded::new(0));
        let ambient = Ambient::new(clock.clone(), seeded.clone());
        let demo = demo::adopt(&mut config, seeded.as_ref()).unwrap();
        let storage = Storage::open(&config.storage).await.unwrap();
        let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
        let provider = provider::build(provider::Parts {
            settings: settings::of_provider(&config).into(),
            ambient: &ambient,
            storage: &storage,
            sealer: &sealer,
            demo: Some(settings::of_demo(&demo)),
        });
        let provider = provider.await.unwrap();
        let serving = axum::serve(listener, provider.router.clone());
        tokio::spawn(async move { serving.await.unwrap() });

        let client = settings::of_client(&config).unwrap();
        let transmit = transmit::Transmit::new(crate::support::http(), client, ambient.clone());
        let line = Line(Arc::new(Inner {
            transmit: AtTransmit::new(transmit, &config),
            provider: provider.state,
            client_id: demo.client_id.clone(),
            login: [SocialButton { name: "login".into(), label: "Login".into() }],
            seen: Mutex::default(),
            holds: watch::Sender::new(0),
        }));
        let built = site_of(&config, &ambient, &storage, &sealer, &line);
        Self {
            records: built.site.records.clone(),
            site: built.site,
            router: built.router,
            provider: provider.router,
            clock,
            seeded,
            line,
            demo,
            config,
            ambient,
            storage,
            sealer,
            _folder: folder,
        }
    }

    /// The site's process dies, with whatever it was doing, and another one starts.
    pub fn crash(&mut self) {
        self.line.lose_callers();
        let built = site_of(&self.config, &self.ambient, &self.storage, &self.sealer, &self.line);
        (self.site, self.router) = (built.site, built.router);
    }

    /// Two customers who have never been here: whoever the next request is for, and somebody else.
    pub async fn two_customers(&self, seed: u64) -> [String; 2] {
        let names = ["customer", "stranger"].map(|kind| format!("{kind}-{seed}"));
        for name in &names {
            let now = self.clock.unix();
            let user = User {
                user_id: name.clone(),
                email: Some(Email::parse(&format!("{name}@example.com")).unwrap()),
                email_verified: true,
                phone_number: None,
                phone_number_verified: false,
                status: Status::Active,
                created_at: now,
                updated_at: now,
                last_auth: None,
            };
            users::create(&self.storage, &user).await.unwrap();
        }
        self.line.seen(|seen| {
            *seen = Seen { customer: names[0].clone(), ..Seen::default() };
        });
        names
    }

    /// Who signs in next.
    pub fn visited_by(&self, user_id: &str) {
        self.line.seen(|seen| user_id.clone_into(&mut seen.visitor));
    }

    /// A call of the agent's client.
    pub async fn agent(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let own = [
            ("client_id", self.demo.client_id.as_str()),
            ("client_secret", &self.demo.client_secret),
        ];
        let form = encoded(&[&own, form].concat());
        let request = Request::post(path)
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let response = self.provider.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

fn site_of(
    config: &Config,
    ambient: &Ambient,
    storage: &Storage,
    sealer: &Sealer,
    line: &Line,
) -> site::Built {
    let ports = Ports::new(line.clone());
    site::build(site::Parts { config, ambient, storage, sealer, ports, is_alone: false }).unwrap()
}

fn encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// A browser without a socket: cookies, redirects, forms.
#[derive(Debug, Clone, Default)]
pub struct Tab {
    cookies: BTreeMap<String, String>,
}

/// What it shows.
#[derive(Debug)]
pub struct Shown {
    pub status: StatusCode,
    pub body: String,
}

impl Tab {
    /// Opens an address and follows redirects.
    pub async fn get(&mut self, router: &Router, path: &str) -> Shown {
        self.send(router, path, None).await
    }

    /// Sends a form and follows redirects.
    pub async fn post(&mut self, router: &Router, path: &str, form: &[(&str, &str)]) -> Shown {
        self.send(router, path, Some(encoded(form))).await
    }

    async fn send(&mut self, router: &Router, path: &str, mut form: Option<String>) -> Shown {
        let mut path = path.to_owned();
        for _ in 0..12 {
            let mut request = match form {
                Some(_) => Request::post(&path)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(ORIGIN, "http://localhost:3000"),
                None => Request::get(&path),
            };
            request =
                request.header(HOST, "localhost:3000").header("sec-fetch-site", "same-origin");
            let pairs: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
            let request = request.body(Body::from(form.take().unwrap_or_default())).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            for line in response.headers().get_all(SET_COOKIE) {
                self.keep(line.to_str().unwrap());
            }
            let location =
                response.headers().get(LOCATION).map(|it| it.to_str().unwrap().to_owned());
            let status = response.status();
            match location.filter(|_| status.is_redirection()) {
                Some(next) => path = next.replacen("http://localhost:3000", "", 1),
                None => {
                    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
                    let body = String::from_utf8(body.to_vec()).unwrap();
                    return Shown { status, body };
                }
            }
        }
        panic!("the site redirects in a circle: {path}");
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

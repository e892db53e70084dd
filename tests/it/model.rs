//! The protocol as a property: whatever customers, agents, strangers, crashes and the line between site
//! and provider do, in whatever order, nothing is approved without the person's approval, there is one
//! outcome anywhere, a denial gives no token, and what is pending can be finished until it ends.
//!
//! A seed is one request with its steps. `MODEL_SEED=<n>` runs one alone, `MODEL_SEEDS=<n>` that many.

mod line;
mod tab;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use ciba::{AuthReqId, BindingMessage, Decision, RequestHandle};
use ciba_login::records::{NewRecord, Withdrawal, digest};
use ciba_login::site::decision::resume;
use ciba_login::site::pages::PageContext;
use messages::texts::Language;
use platform::clock::Clock;
use tokio_util::sync::CancellationToken;

use self::line::Fate;
use self::tab::{Shown, Tab};
pub use self::world::Seeded;
use self::world::World;

/// How many seeds are run where `MODEL_SEEDS` does not say.
const SEEDS: u64 = 10_000;

/// How many stories go on at the same time on each processor: two thirds of a story's time somebody
/// in it waits for an answer that is held.
const WORLDS: u64 = 3;

/// The tabs: two of the customer's, and one of somebody else who has got the link.
const TABS: [usize; 3] = [0, 1, 2];
const STRANGERS: usize = 2;

/// Seconds that a decision may need to its end after everything works again: what a dead process has
/// leased, and the longest pauses of the worker.
const SETTLES_IN: i64 = 160;

#[derive(Debug, Clone, Copy)]
enum Step {
    Open(usize),
    SignIn(usize),
    Press(usize, Decision),
    /// Two presses at once, in the customer's two tabs.
    PressBoth(Decision, Decision),
    Report(usize),
    Look(usize),
    Poll,
    Withdraw,
    /// A call that was held or is late arrives: the oldest, or the newest.
    Deliver(bool),
    /// What becomes of the next calls.
    Line([Fate; 3]),
    Crash,
    /// The worker looks for what is due.
    Work,
    Wait(u64),
}

/// What the agent's client was told at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Polled {
    Token,
    Denied,
    Expired,
}

/// One request, and all that has become known of it.
struct Story<'a> {
    seed: u64,
    world: &'a mut World,
    names: [String; 2],
    id: AuthReqId,
    handle: String,
    link: String,
    expires_at: i64,
    is_recorded: bool,
    tabs: [Tab; 3],
    /// Who has pressed what: the customer, and the stranger.
    pressed: [BTreeSet<&'static str>; 2],
    shown: BTreeSet<&'static str>,
    polled: Option<Polled>,
    is_withdrawn: bool,
    steps: Vec<Step>,
}

impl<'a> Story<'a> {
    async fn begin(world: &'a mut World, seed: u64) -> Self {
        world.seeded.sow(seed);
        let names = world.two_customers(seed).await;
        let seconds = world.seeded.pick(&[60, 300, 600]);
        let message = format!("CASE-{seed}");
        let hint = format!("{}@example.com", names[0]);
        let form = [
            ("scope", "openid"),
            ("login_hint", hint.as_str()),
            ("binding_message", message.as_str()),
            ("requested_expiry", &seconds.to_string()),
            ("request_context", r#"{"channel":"link","login_hint_type":"email"}"#),
        ];
        let (status, answer) = world.agent("/oidc/backchannel", &form).await;
        assert_eq!(status, 200, "{answer}");
        let id = AuthReqId::parse(answer["auth_req_id"].as_str().unwrap()).unwrap();
        world.line.is_about(&id);
        let message = BindingMessage::parse(&message).unwrap();
        let expires_at = world.clock.unix() + seconds;
        let is_recorded = world.seeded.pick(&[true, true, false]);
        if is_recorded {
            let record = NewRecord {
                auth_req_id: &id,
                login_hint: &hint,
                message: Some(&message),
                expires_at,
                channel: "link",
                scope: "openid",
                contact: None,
            };
            world.records.record(record).await.unwrap();
        }
        let link = answer["link"].as_str().unwrap().replacen("http://localhost:3000", "", 1);
        Self {
            seed,
            handle: RequestHandle::of(&id, Some(&message)).to_string(),
            world,
            names,
            id,
            link,
            expires_at,
            is_recorded,
            tabs: Default::default(),
            pressed: Default::default(),
            shown: BTreeSet::new(),
            polled: None,
            is_withdrawn: false,
            steps: Vec::new(),
        }
    }

    fn draw(&self) -> Step {
        let seeded = &self.world.seeded;
        let tab = seeded.pick(&[0, 0, 0, 1, 1, 2]);
        let decision = || seeded.pick(&[Decision::Approve, Decision::Deny]);
        let fates =
            [Fate::Arrives, Fate::NotSent, Fate::Lost, Fate::AnswerLost, Fate::Held, Fate::Late];
        match seeded.pick(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]) {
            0 => Step::Open(tab),
            1..=3 => Step::SignIn(tab),
            4..=6 => Step::Press(tab, decision()),
            7 => Step::PressBoth(decision(), decision()),
            8 => Step::Report(tab),
            9 => Step::Look(tab),
            10 => Step::Poll,
            11 => Step::Withdraw,
            12 | 13 => Step::Deliver(seeded.pick(&[true, false])),
            14 | 15 => Step::Line([(); 3].map(|()| seeded.pick(&fates))),
            16 => Step::Crash,
            17 => Step::Work,
            _ => Step::Wait(seeded.pick(&[1, 5, 31, 70])),
        }
    }

    async fn take(&mut self, step: Step) {
        self.steps.push(step);
        match step {
            Step::Open(tab) => self.open(tab).await,
            Step::SignIn(tab) => self.sign_in(tab).await,
            Step::Press(tab, decision) => {
                self.press(tab, decision).await;
            }
            Step::PressBoth(one, other) => self.press_both(one, other).await,
            Step::Report(tab) => self.report(tab).await,
            Step::Look(tab) => self.look(tab).await,
            Step::Poll => self.poll().await,
            Step::Withdraw => self.withdraw().await,
            Step::Deliver(newest) => self.deliver(newest).await,
            Step::Line(fates) => self.world.line.set(&fates),
            Step::Crash => self.world.crash(),
            Step::Work => self.work().await,
            Step::Wait(seconds) => self.world.clock.advance(Duration::from_secs(seconds)),
        }
        self.check();
    }

    async fn open(&mut self, tab: usize) {
        let page = self.tabs[tab].get(&self.world.router, &self.link).await;
        self.see(&page);
    }

    async fn sign_in(&mut self, tab: usize) {
        self.world.line.visited_by(&self.names[usize::from(tab == STRANGERS)]);
        let path = format!("/request/{}/social/login", self.handle);
        let page = self.tabs[tab].get(&self.world.router, &path).await;
        self.see(&page);
    }

    /// Sends a form; nobody waits for its answer where the provider's is held.
    async fn send(&mut self, tab: usize, path: &str, decision: Option<Decision>) {
        let mut holds = self.world.line.watch();
        let was_held = self.world.line.is_waited_for();
        let mut browser = self.tabs[tab].clone();
        let mut form = vec![("handle", self.handle.as_str())];
        form.extend(decision.map(|decision| ("decision", decision.as_str())));
        // It waits two seconds for an answer that is held; a browser need not.
        let moment = Duration::from_millis(if was_held { 40 } else { 20_000 });
        let page = tokio::select! {
            page = browser.post(&self.world.router, path, &form) => page,
            _ = holds.changed() => return,
            () = tokio::time::sleep(moment) => return,
        };
        self.tabs[tab] = browser;
        self.see(&page);
    }

    async fn press(&mut self, tab: usize, decision: Decision) {
        self.pressed[usize::from(tab == STRANGERS)].insert(decision.as_str());
        self.send(tab, "/api/decide", Some(decision)).await;
    }

    async fn press_both(&mut self, one: Decision, other: Decision) {
        let mut holds = self.world.line.watch();
        self.pressed[0].extend([one.as_str(), other.as_str()]);
        let [mut left, mut right, _] = self.tabs.clone();
        let (router, handle) = (&self.world.router, self.handle.as_str());
        let form = |decision: Decision| [("handle", handle), ("decision", decision.as_str())];
        let (one, other) = (form(one), form(other));
        let both = async {
            tokio::join!(
                left.post(router, "/api/decide", &one),
                right.post(router, "/api/decide", &other)
            )
        };
        let moment = if self.world.line.is_waited_for() { 40 } else { 20_000 };
        let (a, b) = tokio::select! {
            pages = both => pages,
            _ = holds.changed() => return,
            () = tokio::time::sleep(Duration::from_millis(moment)) => return,
        };
        [self.tabs[0], self.tabs[1]] = [left, right];
        self.see(&a);
        self.see(&b);
    }

    async fn report(&mut self, tab: usize) {
        // Of somebody who is signed in it is a denial.
        self.pressed[usize::from(tab == STRANGERS)].insert(Decision::Deny.as_str());
        let path = format!("/request/{}/not-on-a-call", self.handle);
        self.send(tab, &path, None).await;
    }

    async fn look(&mut self, tab: usize) {
        let path = format!("/request/{}/outcome", self.handle);
        let page = self.tabs[tab].get(&self.world.router, &path).await;
        self.see(&page);
    }

    fn see(&mut self, page: &Shown) {
        assert!(page.status.as_u16() != 500, "{}", page.body);
        let words = PageContext::new(&self.world.site.look, Language::En).words;
        for (title, decision) in [("allowed-title", "approve"), ("stopped-title", "deny")] {
            if page.body.contains(&format!(">{}</h1>", words.text(title))) {
                self.shown.insert(decision);
            }
        }
    }

    async fn poll(&mut self) {
        self.world.clock.advance(Duration::from_secs(6));
        let form = [("grant_type", ciba::GRANT_TYPE), ("auth_req_id", self.id.as_str())];
        let (status, answer) = self.world.agent("/oidc/token", &form).await;
        let polled = match answer["error"].as_str() {
            None => {
                assert_eq!(status, 200, "{answer}");
                let token = crate::support::claims(answer["id_token"].as_str().unwrap());
                assert_eq!(token["sub"], self.names[0].as_str());
                assert!(self.polled.is_none(), "a second end: {:?}", self.polled);
                Polled::Token
            }
            Some("authorization_pending" | "slow_down") => {
                assert!(self.taken().is_none(), "it is decided, and the client is told to wait");
                return;
            }
            Some("access_denied") => Polled::Denied,
            Some("expired_token") => {
                assert!(self.is_over(), "{answer}");
                Polled::Expired
            }
            // Fetched before, or denied and long over.
            Some("invalid_grant") => {
                let is_denied = self.is_over() && self.taken() == Some(Decision::Deny);
                assert!(is_denied || self.polled == Some(Polled::Token), "{answer}");
                return;
            }
            Some(_) => panic!("{answer}"),
        };
        let is_new = self.polled.is_none_or(|before| before == polled);
        assert!(is_new, "the client was told {:?}, and then {polled:?}", self.polled);
        self.polled = Some(polled);
    }

    async fn withdraw(&mut self) {
        if !self.is_recorded {
            return;
        }
        let withdrawal = self.world.records.withdraw(&digest(&self.id)).await.unwrap();
        self.is_withdrawn |= withdrawal == Withdrawal::Withdrawn;
    }

    async fn deliver(&mut self, newest: bool) {
        self.world.line.deliver(newest).await;
        // Whoever waited for it records it, in a task of its own.
        for _ in 0..50 {
            if self.world.line.is_waited_for() || !self.is_being_recorded().await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Whether a decision of the customer's is in somebody's hands.
    async fn is_being_recorded(&self) -> bool {
        let entry = self.world.site.journal.of(&self.id, &self.names[0]).await.unwrap();
        entry.is_some_and(|entry| entry.outcome.is_in_progress())
    }

    async fn work(&mut self) {
        let mut holds = self.world.line.watch();
        let site = self.world.site.clone();
        let look = tokio::spawn(async move {
            resume::resume_due(&site, &CancellationToken::new()).await.unwrap();
        });
        tokio::select! {
            looked = look => looked.unwrap(),
            _ = holds.changed() => {}
        }
    }

    fn is_over(&self) -> bool {
        self.world.clock.unix() >= self.expires_at
    }

    /// What the provider has taken.
    fn taken(&self) -> Option<Decision> {
        let arrived = self.world.line.arrived();
        arrived.iter().find(|call| call.was_taken).map(|call| call.decision)
    }

    fn check(&self) {
        let arrived = self.world.line.arrived();
        for call in &arrived {
            let pressed = &self.pressed[usize::from(!call.by_customer)];
            assert!(pressed.contains(call.decision.as_str()), "nobody has pressed this: {call:?}");
            assert!(call.by_customer || !call.was_taken, "a stranger's word was taken");
        }
        let taken: Vec<_> = arrived.iter().filter(|call| call.was_taken).collect();
        assert!(taken.len() <= 1, "two outcomes: {taken:?}");
        let taken = self.taken().map(Decision::as_str);
        for shown in &self.shown {
            assert_eq!(Some(*shown), taken, "a page says what the provider has not taken");
        }
        match self.polled {
            Some(Polled::Token) => assert_eq!(taken, Some("approve")),
            Some(Polled::Denied) => assert_eq!(taken, Some("deny")),
            Some(Polled::Expired) | None => {}
        }
        if self.is_withdrawn {
            assert_ne!(taken, Some("approve"), "withdrawn, and then allowed");
        }
    }

    /// Everything works again: whoever still has time can bring it to its end.
    async fn end(&mut self) {
        self.world.line.set(&[]);
        while self.world.line.under_way() > 0 {
            self.deliver(false).await;
            self.check();
        }
        if self.expires_at - self.world.clock.unix() > SETTLES_IN {
            for _ in 0..4 {
                self.take(Step::Wait(36)).await;
                self.take(Step::Work).await;
            }
            if self.taken().is_none() && !self.is_withdrawn {
                self.tabs[0] = Tab::default();
                let decision = self.world.seeded.pick(&[Decision::Approve, Decision::Deny]);
                self.take(Step::Open(0)).await;
                self.take(Step::SignIn(0)).await;
                self.take(Step::Press(0, decision)).await;
                assert_eq!(self.taken(), Some(decision), "what is pending cannot be finished");
            }
        }
        for tab in TABS {
            self.take(Step::Look(tab)).await;
        }
        self.take(Step::Poll).await;
        if let Some(decision) = self.taken() {
            let told = match decision {
                Decision::Approve => Polled::Token,
                Decision::Deny => Polled::Denied,
            };
            assert!(self.is_over() || self.polled == Some(told), "{:?}", self.polled);
        }
        self.take(Step::Wait(700)).await;
        self.take(Step::Poll).await;
    }
}

/// Says which seed it was, and what was done, where a story ends badly.
impl Drop for Story<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, steps, shown, polled, .. } = self;
            eprintln!(
                "seed {seed}: MODEL_SEED={seed} cargo nextest run -E 'test(model)'\n  {steps:?}\n  \
                 recorded {}, withdrawn {}, shown {shown:?}, polled {polled:?}, arrived {:?}",
                self.is_recorded,
                self.is_withdrawn,
                self.world.line.arrived()
            );
        }
    }
}

async fn tell(world: &mut World, seed: u64) -> String {
    let mut story = Story::begin(world, seed).await;
    story.take(Step::Open(0)).await;
    for _ in 0..story.world.seeded.pick(&[4, 8, 12, 16, 20]) {
        let step = story.draw();
        story.take(step).await;
    }
    story.end().await;
    story.taken().map_or("nothing", Decision::as_str).to_owned()
}

#[expect(clippy::disallowed_methods, reason = "how long to go on is said from outside")]
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn in_whatever_order_things_happen_there_is_one_outcome_and_it_is_the_customers() {
    let (first, count) = match number("MODEL_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("MODEL_SEEDS").unwrap_or(SEEDS)),
    };
    let next = AtomicU64::new(first);
    let ends = Mutex::new(BTreeMap::<String, u64>::new());
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let worlds = WORLDS * u64::try_from(processors).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..count.min(worlds) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(async {
                    let mut world = World::begin().await;
                    loop {
                        let seed = next.fetch_add(1, SeqCst);
                        if seed >= first + count {
                            break;
                        }
                        let end = tell(&mut world, seed).await;
                        *ends.lock().unwrap().entry(end).or_default() += 1;
                    }
                });
            });
        }
    });
    // A model in which nothing happens finds nothing.
    let ends = ends.into_inner().unwrap();
    println!("{ends:?}");
    if count >= SEEDS {
        for end in ["approve", "deny", "nothing"] {
            assert!(ends.get(end).is_some_and(|times| *times > count / 20), "{ends:?}");
        }
    }
}

//! Everything that may happen once, and everything that is limited, raced a hundred times on each engine.
//!
//! The list is at the end. `one_time` races the same at once from many tasks; here the point in time
//! differs from round to round. Where a whole flow would take seconds the room that decides is raced.

mod at_desk;
mod at_provider;

use std::sync::Arc;
use std::time::Duration;

use ciba::{AuthReqId, BindingMessage, Decision};
use ciba_login::codes::{AgentCode, Attempt, CodedRequest, Codes};
use ciba_login::config::Secret;
use ciba_login::demo;
use ciba_login::records::{NewRecord, Records, Withdrawal, digest};
use ciba_login::site::answers::{Answers, FormClaim, StoredAnswer};
use ciba_login::site::authority::{CustomerToken, Proof};
use ciba_login::site::decision::{Claim, Journal};
use ciba_login::site::request::HeldRequest;
use ciba_login::site::request::pushed::PushedRequests;
use ciba_login::site::sign_in::magic_link::{LinkPlace, Mail, Mails, Refused};
use messages::delivery::sending_limit::{self, PER_PERSON, REQUESTS_PER_PERSON};
use messages::texts::Language;
use platform::ambient::Ambient;
use platform::client_network::ClientNetwork;
use platform::clock::Clock;
use platform::ids::SystemEntropy;
use platform::round_trip::spend;
use platform::seal::Sealer;
use platform::storage::Storage;
use tokio::task::JoinSet;
use transmit::EmailAddress;

use self::at_desk::{
    a_form_of_the_desk_asks_once, of_an_agents_orders_twelve_are_open,
    the_desk_withdraws_while_the_customer_allows,
};
use self::at_provider::{
    a_clients_assertion_is_good_once, a_code_of_the_provider_is_good_once,
    a_link_of_the_provider_is_good_once, a_push_makes_one_request,
    of_pushed_requests_for_one_customer_three_wait, of_starts_for_one_customer_five_are_taken,
};
use crate::support::{TestApp, on_both_engines};

const ROUNDS: usize = 100;

const ALEX: &str = "alex@example.com";

/// The application, and rooms of another instance on its storage.
struct Rooms {
    app: TestApp,
    storage: Storage,
    journal: Journal,
    records: Records,
    mails: Mails,
    answers: Answers,
    pushed: PushedRequests,
    codes: Codes,
}

async fn bench(database: Option<Secret>) -> Arc<Rooms> {
    let app = TestApp::start_with(|config| {
        if let Some(url) = database {
            config.storage.url = url;
        }
    })
    .await;
    let mut config = app.config.clone();
    demo::adopt(&mut config, &SystemEntropy).unwrap();
    let ambient = Ambient::new(app.clock.clone(), Arc::new(SystemEntropy));
    let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
    let storage = Storage::open(&config.storage).await.unwrap();
    let records = Records::new(storage.clone(), sealer.clone(), app.clock.clone());
    Arc::new(Rooms {
        journal: Journal::new(storage.clone(), sealer.clone(), ambient.clone()),
        records: records.clone(),
        mails: Mails::new(storage.clone(), sealer.clone(), ambient.clone(), 10),
        codes: Codes::new(storage.clone(), sealer.clone(), ambient.clone()),
        pushed: PushedRequests::new(storage.clone(), sealer.clone(), ambient, records),
        answers: Answers::new(storage.clone(), sealer, app.clock.clone()),
        storage,
        app,
    })
}

/// Does something so many times at once, and says how often it was done.
async fn race<F>(contenders: usize, mut contend: impl FnMut(usize) -> F) -> usize
where
    F: Future<Output = bool> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for contender in 0..contenders {
        tasks.spawn(contend(contender));
    }
    tasks.join_all().await.into_iter().filter(|is_done| *is_done).count()
}

fn id(round: usize) -> AuthReqId {
    AuthReqId::parse(&format!("request-{round}")).unwrap()
}

fn held(round: usize) -> HeldRequest {
    HeldRequest::new(id(round), None, 0)
}

impl Rooms {
    fn wait(&self, seconds: u64) {
        self.app.clock.advance(Duration::from_secs(seconds));
    }

    async fn mail(&self, round: usize) -> Option<Mail> {
        let address = EmailAddress::parse(&format!("somebody-{round}@example.com")).unwrap();
        let queued = self.mails.queue(&address, &held(round), Language::En, None).await;
        queued.unwrap().ok()
    }

    /// Uses a mail to its end, as a sign-in does.
    async fn use_mail(&self, state: &str, place: LinkPlace) -> bool {
        match self.mails.begin_use(state, place).await.unwrap() {
            Ok(mail_use) => {
                self.mails.end_use(mail_use).await.unwrap();
                true
            }
            Err(Refused) => false,
        }
    }

    async fn claim(&self, round: usize, decision: Decision) -> bool {
        let proof = Proof::CustomerToken(CustomerToken::new("token"));
        let request = &held(round);
        let expires_at = self.app.clock.unix() + 300;
        let claim =
            Claim { request, subject: "alex", answer: decision.into(), proof: &proof, expires_at };
        self.journal.claim(&claim).await.unwrap().is_some()
    }

    async fn record(&self, round: usize) {
        let new = NewRecord {
            auth_req_id: &id(round),
            login_hint: ALEX,
            message: None::<&BindingMessage>,
            expires_at: self.app.clock.unix() + 300,
            channel: "link",
            scope: "openid",
            contact: None,
        };
        self.records.record(new).await.unwrap();
    }
}

async fn a_decision_is_claimed_once(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let claimed = race(4, |contender| {
            let rooms = rooms.clone();
            let decision = if contender % 2 == 0 { Decision::Approve } else { Decision::Deny };
            async move { rooms.claim(round, decision).await }
        });
        assert_eq!(claimed.await, 1, "round {round}");
    }
}

async fn a_request_is_claimed_or_withdrawn(rooms: Arc<Rooms>) {
    let mut withdrawn = 0;
    for round in 0..ROUNDS {
        rooms.record(round).await;
        let (claiming, withdrawing) = (rooms.clone(), rooms.clone());
        let claim = tokio::spawn(async move { claiming.claim(round, Decision::Approve).await });
        let withdrawal = tokio::spawn(async move {
            withdrawing.records.withdraw(&digest(&id(round))).await.unwrap()
        });
        let (claimed, withdrawal) = (claim.await.unwrap(), withdrawal.await.unwrap());
        let expected = if claimed { Withdrawal::Decided } else { Withdrawal::Withdrawn };
        assert_eq!(withdrawal, expected, "round {round}");
        withdrawn += usize::from(!claimed);
        // It stays so for whoever asks later.
        assert!(!rooms.claim(round, Decision::Approve).await, "round {round}");
        let again = rooms.records.withdraw(&digest(&id(round))).await.unwrap();
        assert_eq!(again, expected, "round {round}");
    }
    println!("{withdrawn} of {ROUNDS} were withdrawn");
}

async fn a_mails_link_is_used_once(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let mail = rooms.mail(round).await.unwrap();
        let used = race(4, |contender| {
            let (rooms, state) = (rooms.clone(), mail.state.clone());
            let place =
                if contender % 2 == 0 { LinkPlace::WhereAsked } else { LinkPlace::Elsewhere };
            async move { rooms.use_mail(&state, place).await }
        });
        assert_eq!(used.await, 1, "round {round}");
        rooms.wait(1);
    }
}

async fn of_a_mails_code_five_tries_are_looked_at(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let mail = rooms.mail(round).await.unwrap();
        let tried = race(8, |_| {
            let (rooms, mail) = (rooms.clone(), mail.clone());
            async move { rooms.mails.try_code(&mail).await.unwrap().is_ok() }
        });
        assert_eq!(tried.await, 5, "round {round}");
        rooms.wait(1);
    }
}

async fn of_an_addresss_codes_ten_tries_are_looked_at(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let mut mails = Vec::new();
        for _ in 0..3 {
            mails.push(rooms.mail(round).await.unwrap());
            rooms.wait(21);
        }
        let tried = race(15, |contender| {
            let (rooms, mail) = (rooms.clone(), mails[contender % 3].clone());
            async move { rooms.mails.try_code(&mail).await.unwrap().is_ok() }
        });
        assert_eq!(tried.await, 10, "round {round}");
    }
}

async fn one_mail_goes_to_an_address_at_a_time(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let queued = race(4, |_| {
            let rooms = rooms.clone();
            async move { rooms.mail(round).await.is_some() }
        });
        assert_eq!(queued.await, 1, "round {round}");
        rooms.wait(1);
    }
}

async fn of_presses_on_send_to_the_known_address_one_sends(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let address = EmailAddress::parse(&format!("known-{round}@example.com")).unwrap();
        rooms.record(round).await;
        let queued = race(60, |_| {
            let (rooms, address) = (rooms.clone(), address.clone());
            async move {
                let held = held(round);
                let queued = rooms.mails.queue_known(&address, &held, Language::En, None);
                queued.await.unwrap().is_ok()
            }
        });
        assert_eq!(queued.await, 1, "round {round}");
        rooms.wait(1);
    }
}

/// Of three picks at once, the right one and both others, the first counts: where it is a wrong one, the
/// right one signs nobody in.
async fn of_picks_of_the_reference_one_counts(rooms: Arc<Rooms>) {
    let mut right_ones = 0;
    for round in 0..ROUNDS {
        let mail = rooms.mail(round).await.unwrap();
        let signed_in = race(3, |contender| {
            let (rooms, state) = (rooms.clone(), mail.state.clone());
            async move {
                if contender == round % 3 {
                    return rooms.use_mail(&state, LinkPlace::Elsewhere).await;
                }
                rooms.mails.end_elsewhere(&state).await.unwrap();
                assert!(!rooms.use_mail(&state, LinkPlace::Elsewhere).await, "round {round}");
                false
            }
        });
        let signed_in = signed_in.await;
        assert_eq!(
            signed_in == 1,
            rooms.mails.is_used(&mail.state).await.unwrap(),
            "round {round}"
        );
        right_ones += signed_in;
        assert!(!rooms.use_mail(&mail.state, LinkPlace::Elsewhere).await, "round {round}");
        rooms.wait(1);
    }
    println!("{right_ones} of {ROUNDS} right ones came first");
}

/// A use that has come to no end can be begun again when its time is over, and by one.
async fn a_mail_whose_use_was_left_is_taken_over_once(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let mail = rooms.mail(round).await.unwrap();
        let left =
            rooms.mails.begin_use(&mail.state, LinkPlace::WhereAsked).await.unwrap().unwrap();
        if round % 2 == 0 {
            rooms.mails.leave_use(left).await.unwrap();
            // Where a wrong pick has ended it, nobody waits for it.
            rooms.mails.end_elsewhere(&mail.state).await.unwrap();
            assert!(!rooms.use_mail(&mail.state, LinkPlace::Elsewhere).await, "round {round}");
        } else {
            rooms.wait(21);
        }
        let used = race(if round == 0 { 60 } else { 4 }, |_| {
            let (rooms, state) = (rooms.clone(), mail.state.clone());
            async move {
                match rooms.mails.begin_use(&state, LinkPlace::WhereAsked).await.unwrap() {
                    Ok(again) => {
                        assert!(again.is_repeated, "round {round}");
                        rooms.mails.end_use(again).await.unwrap();
                        true
                    }
                    Err(Refused) => false,
                }
            }
        });
        assert_eq!(used.await, 1, "round {round}");
        rooms.wait(1);
    }
}

/// Wrong codes at once: of one network, of one provider's range, and of all; and a right one belongs to
/// one browser.
async fn of_guesses_of_an_agents_code_as_many_are_compared_as_may(rooms: Arc<Rooms>) {
    for round in 0..ROUNDS {
        let guesses = async |contenders: usize, from: fn(usize) -> Option<String>| {
            let compared = race(contenders, |contender| {
                let rooms = rooms.clone();
                let from = from(contender);
                let network = from
                    .as_ref()
                    .and_then(|address| ClientNetwork::of_peer(address.parse().unwrap()));
                async move {
                    let code = AgentCode::draw(&SystemEntropy).unwrap();
                    let attempt = rooms.codes.attempt(&code, "browser", network).await.unwrap();
                    attempt == Attempt::NotFound
                }
            });
            compared.await
        };
        let of_network = guesses(14, |_| Some("192.0.2.1".into())).await;
        rooms.wait(61);
        let of_range = guesses(20, |n| Some(format!("198.51.100.{n}"))).await;
        rooms.wait(61);
        let in_all = guesses(35, |_| None).await;
        assert_eq!((of_network, of_range, in_all), (10, 15, 30), "round {round}");
        rooms.wait(601);
        let request = CodedRequest { auth_req_id: id(round), message: None };
        let expires_at = rooms.app.clock.unix() + 60;
        let code = rooms.codes.give(&request, expires_at).await.unwrap();
        let found = race(4, |contender| {
            let (rooms, code) = (rooms.clone(), code.clone());
            async move {
                let browser = format!("browser {contender}");
                let attempt = rooms.codes.attempt(&code, &browser, None).await.unwrap();
                matches!(attempt, Attempt::Found(_))
            }
        });
        assert_eq!(found.await, 1, "round {round}");
        rooms.wait(61);
    }
}

async fn a_form_is_answered_once(rooms: Arc<Rooms>) {
    let answer = || StoredAnswer {
        status: 303,
        headers: Vec::new(),
        body: String::new(),
        nonce: None,
        problem: None,
    };
    for round in 0..ROUNDS {
        let ours = race(4, |_| {
            let rooms = rooms.clone();
            async move {
                let key = rooms.answers.key(&[round.to_string().as_bytes()]);
                let is_ours = matches!(rooms.answers.claim(&key).await.unwrap(), FormClaim::Ours);
                if is_ours {
                    rooms.answers.keep(&[key], answer()).await.unwrap();
                }
                is_ours
            }
        });
        assert_eq!(ours.await, 1, "round {round}");
    }
}

/// Enrolment grants, answers of identity providers, passkey ceremonies and the demo's codes are all spent
/// here.
async fn a_one_time_value_is_spent_once(rooms: Arc<Rooms>) {
    let kinds = ["site.enrolment", "ciba_social", "provider.webauthn_ceremony"];
    for round in 0..ROUNDS {
        let kind = kinds[round % kinds.len()];
        let now = rooms.app.clock.unix();
        let spent = race(4, |_| {
            let (rooms, value) = (rooms.clone(), format!("value {round}"));
            async move { spend(&rooms.storage, kind, &value, now + 60).await.unwrap() }
        });
        assert_eq!(spent.await, 1, "round {round}");
    }
}

async fn of_messages_to_one_person_as_many_go_as_may(rooms: Arc<Rooms>) {
    let most_requests = usize::try_from(REQUESTS_PER_PERSON).unwrap();
    let most_codes = usize::try_from(PER_PERSON).unwrap();
    for round in 0..ROUNDS {
        let now = rooms.app.clock.unix();
        let person = format!("person {round}");
        let requests = race(most_requests + 4, |contender| {
            let (rooms, person) = (rooms.clone(), person.clone());
            async move {
                let client = format!("client {}", contender % 3);
                let taken = sending_limit::take_request(&rooms.storage, &client, &person, now);
                taken.await.unwrap().is_ok()
            }
        });
        assert_eq!(requests.await, most_requests, "round {round}");
        let codes = race(most_codes + 3, |_| {
            let (rooms, person) = (rooms.clone(), person.clone());
            async move {
                sending_limit::take(&rooms.storage, "code", "client", &person, now).await.unwrap()
            }
        });
        assert_eq!(codes.await, most_codes, "round {round}");
        rooms.wait(60);
    }
}

async fn a_decision_is_redeemed_once(rooms: Arc<Rooms>) {
    let app = &rooms.app;
    for round in 0..ROUNDS {
        let customer = app.signed_in(ALEX).await;
        let started = app.started().await;
        let id = started.text("auth_req_id").to_owned();
        assert!(app.complete(&customer.access_token, &id, true).await.status.is_success());
        rooms.wait(6);
        let redeemed = race(3, |_| {
            let form = [
                ("grant_type", ciba::GRANT_TYPE.to_owned()),
                ("auth_req_id", id.clone()),
                ("client_id", app.demo.client_id.clone()),
                ("client_secret", app.demo.client_secret.clone()),
            ];
            let request = app.http.post(format!("{}/oidc/token", app.provider)).form(&form);
            async move { request.send().await.unwrap().status() == 200 }
        });
        assert_eq!(redeemed.await, 1, "round {round}");
        rooms.wait(301);
    }
}

on_both_engines!(
    on_postgresql_as_many_get_through_as_may,
    bench:
    a_decision_is_claimed_once,
    a_request_is_claimed_or_withdrawn,
    the_desk_withdraws_while_the_customer_allows,
    a_mails_link_is_used_once,
    a_mail_whose_use_was_left_is_taken_over_once,
    of_a_mails_code_five_tries_are_looked_at,
    of_an_addresss_codes_ten_tries_are_looked_at,
    one_mail_goes_to_an_address_at_a_time,
    of_presses_on_send_to_the_known_address_one_sends,
    of_picks_of_the_reference_one_counts,
    of_guesses_of_an_agents_code_as_many_are_compared_as_may,
    a_form_is_answered_once,
    a_one_time_value_is_spent_once,
    of_messages_to_one_person_as_many_go_as_may,
    a_code_of_the_provider_is_good_once,
    a_link_of_the_provider_is_good_once,
    of_starts_for_one_customer_five_are_taken,
    of_pushed_requests_for_one_customer_three_wait,
    a_push_makes_one_request,
    a_clients_assertion_is_good_once,
    a_decision_is_redeemed_once,
    a_form_of_the_desk_asks_once,
    of_an_agents_orders_twelve_are_open,
);

//! What the decision journal promises, on each engine.

use std::sync::Arc;
use std::time::Duration;

use ciba::{AuthReqId, Decision, RequestHandle};
use ciba_login::config::{Config, Secret};
use ciba_login::site::decision::{Claim, Held, Journal, LEASE, State, Verdict};
use platform::ambient::Ambient;
use platform::clock::ManualClock;
use platform::ids::SystemEntropy;
use platform::seal::Sealer;
use platform::storage::Storage;
use time::macros::datetime;
use transmit::{Refusal, UserAccessToken};

use crate::support::on_both_engines;

struct Bench {
    journal: Journal,
    clock: Arc<ManualClock>,
    token: UserAccessToken,
    _folder: tempfile::TempDir,
}

async fn bench(database: Option<Secret>) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", folder.path().join("test.db").display());
    let mut config = Config::default();
    config.storage.url = database.unwrap_or_else(|| Secret::new(file));
    config.session.sealing_key = Some(Secret::new("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="));
    let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
    let ambient = Ambient::new(clock.clone(), Arc::new(SystemEntropy));
    let storage = Storage::open(&config.storage).await.unwrap();
    let sealer = Sealer::of(&config.session, &ambient.entropy).unwrap();
    let journal = Journal::new(storage, sealer, ambient);
    Bench { journal, clock, token: UserAccessToken::new("token"), _folder: folder }
}

impl Bench {
    fn id() -> AuthReqId {
        AuthReqId::parse("request").unwrap()
    }

    async fn claim(&self, subject: &str, decision: Decision) -> Option<Held> {
        let claim = Claim {
            auth_req_id: &Self::id(),
            handle: &RequestHandle::of(&Self::id(), None),
            subject,
            decision,
            token: &self.token,
            expires_at: datetime!(2026-11-22 13:00 UTC).unix_timestamp(),
        };
        self.journal.claim(&claim).await.unwrap()
    }

    async fn state(&self, subject: &str) -> State {
        self.journal.of(&Self::id(), subject).await.unwrap().unwrap().state
    }

    /// Sends and records, as completion does.
    async fn end(&self, mut held: Held, verdict: Verdict) {
        assert!(self.journal.sending(&mut held).await.unwrap());
        assert!(self.journal.record(&held, verdict).await.unwrap());
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(Duration::from_secs(seconds.unsigned_abs()));
    }
}

const LATER: Verdict = Verdict::Unknown { next_attempt_at: 0 };

async fn of_racing_claims_one_holds(bench: Bench) {
    let bench = Arc::new(bench);
    let claims = (0..20).map(|number| {
        let bench = bench.clone();
        let decision = if number % 2 == 0 { Decision::Approve } else { Decision::Deny };
        tokio::spawn(async move { bench.claim("alex", decision).await.is_some() })
    });
    let mut held = 0;
    for claim in claims.collect::<Vec<_>>() {
        held += usize::from(claim.await.unwrap());
    }
    assert_eq!(held, 1);
}

async fn the_opposite_is_never_claimed_after_any_open_state(bench: Bench) {
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.wait(LEASE + 1);
    assert!(bench.claim("alex", Decision::Deny).await.is_none(), "after claimed");
    drop(held);
    let mut held = bench.claim("alex", Decision::Approve).await.unwrap();
    assert!(bench.journal.sending(&mut held).await.unwrap());
    bench.wait(LEASE + 1);
    assert!(bench.claim("alex", Decision::Deny).await.is_none(), "after sent");
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    assert_eq!(held.unanswered, 1);
    bench.end(held, LATER).await;
    assert!(bench.claim("alex", Decision::Deny).await.is_none(), "after unknown");
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.end(held, Verdict::SignInNeeded).await;
    assert!(bench.claim("alex", Decision::Deny).await.is_none(), "after a new sign-in is wanted");
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    assert_eq!(held.unanswered, 2, "an answer settles its own call only");
}

async fn what_was_not_sent_may_be_refused_and_a_refusal_never_becomes_an_approval(bench: Bench) {
    let mut held = bench.claim("alex", Decision::Approve).await.unwrap();
    for _ in 0..2 {
        assert!(bench.journal.sending(&mut held).await.unwrap());
        held.was_not_sent();
    }
    assert!(bench.journal.record(&held, LATER).await.unwrap());
    assert!(!bench.journal.of(&Bench::id(), "alex").await.unwrap().unwrap().may_be_taken);
    let mut held = bench.claim("alex", Decision::Deny).await.unwrap();
    assert_eq!(held.unanswered, 0);
    assert!(bench.journal.sending(&mut held).await.unwrap());
    held.was_not_sent();
    assert!(bench.journal.record(&held, LATER).await.unwrap());
    assert!(bench.claim("alex", Decision::Approve).await.is_none());
    // One call that may have arrived, and the other decision is out of the question.
    let mut held = bench.claim("sam", Decision::Approve).await.unwrap();
    assert!(bench.journal.sending(&mut held).await.unwrap());
    held.was_not_sent();
    bench.end(held, LATER).await;
    assert!(bench.claim("sam", Decision::Deny).await.is_none());
}

async fn after_a_refused_token_anything_is_claimed_where_no_answer_was_lost(bench: Bench) {
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.end(held, Verdict::SignInNeeded).await;
    assert!(bench.journal.take_due().await.unwrap().is_none(), "nobody sends it by itself");
    let standing = bench.journal.of(&Bench::id(), "alex").await.unwrap().unwrap();
    assert!(standing.has_refused(&bench.token) && !standing.may_be_taken);
    assert!(!standing.has_refused(&UserAccessToken::new("another")));
    let held = bench.claim("alex", Decision::Deny).await.unwrap();
    assert_eq!((held.decision, held.unanswered), (Decision::Deny, 0));
    bench.end(held, Verdict::Confirmed).await;
    let confirmed = bench.journal.confirmed(&Bench::id()).await.unwrap().unwrap();
    assert_eq!(confirmed.decision, Decision::Deny);
}

async fn what_has_ended_stays_and_nobody_elses_row_is_touched(bench: Bench) {
    let held = bench.claim("sam", Decision::Deny).await.unwrap();
    bench.end(held, Verdict::Refused(Refusal::WrongUser)).await;
    assert!(bench.claim("sam", Decision::Deny).await.is_none());
    assert_eq!(bench.state("sam").await, State::Refused(Refusal::WrongUser));
    assert_eq!(bench.journal.confirmed(&Bench::id()).await.unwrap(), None);
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.end(held, Verdict::Confirmed).await;
    assert!(bench.claim("alex", Decision::Approve).await.is_none());
    let confirmed = bench.journal.confirmed(&Bench::id()).await.unwrap().unwrap();
    assert_eq!(confirmed.decision, Decision::Approve);
}

async fn what_is_presumed_is_its_subjects_alone(bench: Bench) {
    let held = bench.claim("sam", Decision::Deny).await.unwrap();
    bench.end(held, Verdict::Presumed).await;
    assert_eq!(bench.journal.confirmed(&Bench::id()).await.unwrap(), None);
    let own = bench.journal.of(&Bench::id(), "sam").await.unwrap().unwrap();
    assert_eq!((own.decision, own.state, own.presumed), (Decision::Deny, State::Confirmed, true));
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.end(held, Verdict::Confirmed).await;
    let confirmed = bench.journal.confirmed(&Bench::id()).await.unwrap().unwrap();
    assert_eq!((confirmed.decision, confirmed.presumed), (Decision::Approve, false));
}

async fn a_row_has_one_holder_and_a_late_one_does_nothing(bench: Bench) {
    let mut late = bench.claim("alex", Decision::Approve).await.unwrap();
    assert!(bench.journal.take_due().await.unwrap().is_none(), "while the lease lasts");
    bench.wait(LEASE + 1);
    let taken = bench.journal.take_due().await.unwrap().unwrap();
    assert_eq!(taken.decision, Decision::Approve);
    assert_eq!(taken.token.expose(), "token");
    assert!(bench.journal.take_due().await.unwrap().is_none());
    assert!(!bench.journal.sending(&mut late).await.unwrap());
    assert!(!bench.journal.record(&late, Verdict::Confirmed).await.unwrap());
    bench.end(taken, Verdict::Confirmed).await;
    assert_eq!(bench.state("alex").await, State::Confirmed);
}

async fn the_worker_takes_what_is_due_and_not_what_has_run_out(bench: Bench) {
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    let next_attempt_at = datetime!(2026-11-22 12:10 UTC).unix_timestamp();
    bench.end(held, Verdict::Unknown { next_attempt_at }).await;
    assert!(bench.journal.take_due().await.unwrap().is_none(), "not yet");
    assert_eq!(bench.journal.count_open().await.unwrap(), 1);
    bench.wait(600);
    let held = bench.journal.take_due().await.unwrap().unwrap();
    bench.end(held, Verdict::Unknown { next_attempt_at }).await;
    bench.wait(3600);
    assert!(bench.journal.take_due().await.unwrap().is_none(), "its time is over");
    assert_eq!(bench.journal.count_open().await.unwrap(), 0);
    bench.journal.clear().await.unwrap();
    assert_eq!(bench.state("alex").await, State::Unknown, "what is known stays readable");
}

on_both_engines!(
    postgresql_keeps_every_promise_of_the_journal,
    bench:
    of_racing_claims_one_holds,
    the_opposite_is_never_claimed_after_any_open_state,
    after_a_refused_token_anything_is_claimed_where_no_answer_was_lost,
    what_was_not_sent_may_be_refused_and_a_refusal_never_becomes_an_approval,
    what_has_ended_stays_and_nobody_elses_row_is_touched,
    what_is_presumed_is_its_subjects_alone,
    a_row_has_one_holder_and_a_late_one_does_nothing,
    the_worker_takes_what_is_due_and_not_what_has_run_out,
);

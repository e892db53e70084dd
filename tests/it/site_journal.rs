//! What the decision journal promises, on each engine.

use std::sync::Arc;
use std::time::Duration;

use ciba::{AuthReqId, Decision, RefusalReason};
use ciba_login::config::Secret;
use ciba_login::site::authority::{Answer, CustomerToken, Proof};
use ciba_login::site::decision::{Claim, Entry, Journal, LEASE, LeasedDecision, Outcome};
use ciba_login::site::request::HeldRequest;
use platform::clock::ManualClock;
use platform::seal::Sealer;
use platform::storage::Storage;
use time::macros::datetime;

use crate::support::foundation::Foundation;
use crate::support::on_both_engines;

struct Bench {
    journal: Journal,
    clock: Arc<ManualClock>,
    storage: Storage,
    sealer: Sealer,
    proof: Proof,
    _folder: tempfile::TempDir,
}

async fn bench(database: Option<Secret>) -> Bench {
    let Foundation { folder, clock, ambient, storage, sealer, .. } = Foundation::on(database).await;
    let journal = Journal::new(storage.clone(), sealer.clone(), ambient);
    Bench { journal, clock, storage, sealer, proof: proof("token"), _folder: folder }
}

fn proof(token: &str) -> Proof {
    Proof::CustomerToken(CustomerToken::new(token))
}

impl Bench {
    fn id() -> AuthReqId {
        AuthReqId::parse("request").unwrap()
    }

    async fn claim(&self, subject: &str, decision: Decision) -> Option<LeasedDecision> {
        self.claim_answer(subject, decision.into()).await
    }

    async fn claim_answer(&self, subject: &str, answer: Answer) -> Option<LeasedDecision> {
        let claim = Claim {
            request: &HeldRequest::new(Self::id(), None, 0),
            subject,
            answer,
            proof: &self.proof,
            expires_at: datetime!(2026-11-22 13:00 UTC).unix_timestamp(),
        };
        self.journal.claim(&claim).await.unwrap()
    }

    async fn entry(&self, subject: &str) -> Entry {
        self.journal.of(&Self::id(), subject).await.unwrap().unwrap()
    }

    /// Sends and records, as completion does after an answer.
    async fn end(&self, mut held: LeasedDecision, outcome: Outcome) {
        assert!(self.journal.sending(&mut held).await.unwrap());
        assert!(self.journal.record(&held, &outcome).await.unwrap());
    }

    /// Sends, and no answer comes.
    async fn lose(&self, mut held: LeasedDecision) {
        assert!(self.journal.sending(&mut held).await.unwrap());
        held.unanswered += 1;
        assert!(self.journal.record(&held, &Outcome::open(held.unanswered, 0)).await.unwrap());
    }

    fn sign_in_needed(&self, may_be_taken: bool) -> Outcome {
        Outcome::SignInNeeded { refused: self.proof.fingerprint(), may_be_taken }
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(Duration::from_secs(seconds.unsigned_abs()));
    }
}

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
    bench.lose(held).await;
    assert!(bench.claim("alex", Decision::Deny).await.is_none(), "after unknown");
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.end(held, bench.sign_in_needed(true)).await;
    assert!(bench.claim("alex", Decision::Deny).await.is_none(), "after a new sign-in is wanted");
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    assert_eq!(held.unanswered, 2, "an answer settles its own call only");
}

async fn what_was_not_sent_may_be_refused_and_a_refusal_never_becomes_an_approval(bench: Bench) {
    let unsent = Outcome::Unsent { next_attempt_at: 0 };
    let mut held = bench.claim("alex", Decision::Approve).await.unwrap();
    assert!(bench.journal.sending(&mut held).await.unwrap());
    bench.end(held, unsent.clone()).await;
    assert_eq!(bench.entry("alex").await.outcome, unsent);
    let held = bench.claim("alex", Decision::Deny).await.unwrap();
    assert_eq!(held.unanswered, 0);
    bench.end(held, unsent).await;
    assert!(bench.claim("alex", Decision::Approve).await.is_none());
    // One call that may have arrived, and the other decision is out of the question.
    let mut held = bench.claim("sam", Decision::Approve).await.unwrap();
    assert!(bench.journal.sending(&mut held).await.unwrap());
    bench.lose(held).await;
    assert!(bench.claim("sam", Decision::Deny).await.is_none());
}

async fn after_a_wrong_pick_nothing_is_claimed_but_the_refusal_and_its_reason_stays(bench: Bench) {
    let held = bench.claim_answer("alex", Answer::WrongReference).await.unwrap();
    bench.end(held, bench.sign_in_needed(false)).await;
    let entry = bench.entry("alex").await;
    assert_eq!(entry.answer, Answer::WrongReference);
    assert!(!entry.admits(Decision::Approve) && entry.admits(Decision::Deny));
    assert!(bench.claim("alex", Decision::Approve).await.is_none());
    let held = bench.claim("alex", Decision::Deny).await.unwrap();
    bench.end(held, Outcome::Unsent { next_attempt_at: 0 }).await;
    let held = bench.journal.take_due().await.unwrap().unwrap();
    assert_eq!(held.answer, Answer::WrongReference);
    bench.end(held, Outcome::Confirmed).await;
    let told = Entry { answer: Answer::WrongReference, outcome: Outcome::Confirmed };
    assert_eq!(bench.entry("alex").await, told);
}

async fn after_a_refused_token_anything_is_claimed_where_no_answer_was_lost(bench: Bench) {
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.end(held, bench.sign_in_needed(false)).await;
    assert!(bench.journal.take_due().await.unwrap().is_none(), "nobody sends it by itself");
    assert_eq!(bench.entry("alex").await.outcome, bench.sign_in_needed(false));
    assert_ne!(bench.proof.fingerprint(), proof("another").fingerprint());
    let held = bench.claim("alex", Decision::Deny).await.unwrap();
    assert_eq!((held.answer.decision(), held.unanswered), (Decision::Deny, 0));
    bench.end(held, Outcome::Confirmed).await;
    assert_eq!(bench.journal.confirmed(&Bench::id()).await.unwrap(), Some(Decision::Deny));
}

async fn what_has_ended_stays_and_nobody_elses_row_is_touched(bench: Bench) {
    let held = bench.claim("sam", Decision::Deny).await.unwrap();
    bench.end(held, Outcome::Refused(RefusalReason::WrongUser)).await;
    assert!(bench.claim("sam", Decision::Deny).await.is_none());
    assert_eq!(bench.entry("sam").await.outcome, Outcome::Refused(RefusalReason::WrongUser));
    assert_eq!(bench.journal.confirmed(&Bench::id()).await.unwrap(), None);
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.end(held, Outcome::Confirmed).await;
    assert!(bench.claim("alex", Decision::Approve).await.is_none());
    assert_eq!(bench.journal.confirmed(&Bench::id()).await.unwrap(), Some(Decision::Approve));
}

async fn what_is_presumed_is_its_subjects_alone(bench: Bench) {
    let held = bench.claim("sam", Decision::Deny).await.unwrap();
    bench.lose(held).await;
    let held = bench.claim("sam", Decision::Deny).await.unwrap();
    bench.end(held, Outcome::Presumed).await;
    assert_eq!(bench.journal.confirmed(&Bench::id()).await.unwrap(), None);
    let own = Entry { answer: Answer::Stopped, outcome: Outcome::Presumed };
    assert_eq!(bench.entry("sam").await, own);
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    bench.end(held, Outcome::Confirmed).await;
    assert_eq!(bench.journal.confirmed(&Bench::id()).await.unwrap(), Some(Decision::Approve));
}

async fn a_row_has_one_holder_and_a_late_one_does_nothing(bench: Bench) {
    let mut late = bench.claim("alex", Decision::Approve).await.unwrap();
    assert!(bench.journal.take_due().await.unwrap().is_none(), "while the lease lasts");
    bench.wait(LEASE + 1);
    let taken = bench.journal.take_due().await.unwrap().unwrap();
    assert_eq!(taken.answer.decision(), Decision::Approve);
    assert_eq!(taken.proof, proof("token"));
    assert!(bench.journal.take_due().await.unwrap().is_none());
    assert!(!bench.journal.sending(&mut late).await.unwrap());
    assert!(!bench.journal.record(&late, &Outcome::Confirmed).await.unwrap());
    bench.end(taken, Outcome::Confirmed).await;
    assert_eq!(bench.entry("alex").await.outcome, Outcome::Confirmed);
}

async fn what_nobody_can_open_keeps_no_other_decision_waiting(bench: Bench) {
    let _gone = bench.claim("sam", Decision::Approve).await.unwrap();
    sqlx::query(
        "UPDATE site_decisions SET sealed = 'under a key that is gone', next_attempt_at = -1",
    )
    .execute(bench.storage.writer())
    .await
    .unwrap();
    let _cut_off = bench.claim("alex", Decision::Deny).await.unwrap();
    bench.wait(LEASE + 1);
    let taken = bench.journal.take_due().await.unwrap().unwrap();
    assert_eq!(taken.subject, "alex");
    assert!(bench.journal.take_due().await.unwrap().is_none());
}

async fn the_worker_takes_what_is_due_and_not_what_has_run_out(bench: Bench) {
    let held = bench.claim("alex", Decision::Approve).await.unwrap();
    let next_attempt_at = datetime!(2026-11-22 12:10 UTC).unix_timestamp();
    bench.end(held, Outcome::Unsent { next_attempt_at }).await;
    assert!(bench.journal.take_due().await.unwrap().is_none(), "not yet");
    assert_eq!(bench.journal.count_open().await.unwrap(), 1);
    bench.wait(600);
    let held = bench.journal.take_due().await.unwrap().unwrap();
    let unsent = Outcome::Unsent { next_attempt_at };
    bench.end(held, unsent.clone()).await;
    bench.wait(3600);
    assert!(bench.journal.take_due().await.unwrap().is_none(), "its time is over");
    assert_eq!(bench.journal.count_open().await.unwrap(), 0);
    bench.journal.clear().await.unwrap();
    assert_eq!(bench.entry("alex").await.outcome, unsent, "what is known stays readable");
}

/// Every state in which a row can be found, and every claim: the statement and the type agree.
async fn the_statement_admits_what_the_type_admits(bench: Bench) {
    let decisions = [Decision::Approve, Decision::Deny];
    let states = ["claimed", "sent", "unknown", "confirmed", "refused", "unclear", "sign_in"];
    let mut found = 0;
    for (number, (state, unanswered)) in
        states.into_iter().flat_map(|state| [(state, 0_i64), (state, 1)]).enumerate()
    {
        for (decided, next) in decisions.into_iter().flat_map(|a| decisions.map(|b| (a, b))) {
            for held in [true, false] {
                let subject = format!("{number} {decided} {next} {held}");
                bench.claim(&subject, decided).await.unwrap();
                sqlx::query(
                    "UPDATE site_decisions SET state = $1, unanswered = $2, lease_until = $3 \
                     WHERE subject = $4",
                )
                .bind(state)
                .bind(unanswered)
                .bind(i64::from(held && !["confirmed", "refused"].contains(&state)) * 4_000_000_000)
                .bind(subject.clone())
                .execute(bench.storage.writer())
                .await
                .unwrap();
                let admits = bench.entry(&subject).await.admits(next);
                let claimed = bench.claim(&subject, next).await.is_some();
                assert_eq!(admits, claimed, "{state} {unanswered} {subject}");
                found += usize::from(claimed);
            }
        }
    }
    assert_eq!(found, 19);
}

/// A row as a version before proofs has sealed it.
async fn a_journal_of_an_earlier_version_is_resumed(bench: Bench) {
    bench.claim("alex", Decision::Approve).await.unwrap();
    let earlier = serde_json::json!({ "auth_req_id": "request", "token": "token" });
    sqlx::query("UPDATE site_decisions SET sealed = $1")
        .bind(bench.sealer.seal("site.decision", &earlier).unwrap())
        .execute(bench.storage.writer())
        .await
        .unwrap();
    bench.wait(LEASE + 1);
    let held = bench.journal.take_due().await.unwrap().unwrap();
    assert_eq!(held.proof, proof("token"));
}

async fn what_no_holder_can_have_seen_is_not_recorded(bench: Bench) {
    let mut held = bench.claim("alex", Decision::Approve).await.unwrap();
    assert!(bench.journal.sending(&mut held).await.unwrap());
    for outcome in [Outcome::Presumed, Outcome::Unclear, Outcome::Claimed, Outcome::Sent] {
        assert!(bench.journal.record(&held, &outcome).await.is_err(), "{outcome:?}");
    }
    assert_eq!(bench.entry("alex").await.outcome, Outcome::Sent);
}

on_both_engines!(
    postgresql_keeps_every_promise_of_the_journal,
    bench:
    of_racing_claims_one_holds,
    the_opposite_is_never_claimed_after_any_open_state,
    after_a_wrong_pick_nothing_is_claimed_but_the_refusal_and_its_reason_stays,
    after_a_refused_token_anything_is_claimed_where_no_answer_was_lost,
    what_was_not_sent_may_be_refused_and_a_refusal_never_becomes_an_approval,
    what_has_ended_stays_and_nobody_elses_row_is_touched,
    what_is_presumed_is_its_subjects_alone,
    a_row_has_one_holder_and_a_late_one_does_nothing,
    what_nobody_can_open_keeps_no_other_decision_waiting,
    the_worker_takes_what_is_due_and_not_what_has_run_out,
    the_statement_admits_what_the_type_admits,
    a_journal_of_an_earlier_version_is_resumed,
    what_no_holder_can_have_seen_is_not_recorded,
);

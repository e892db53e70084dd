//! Answers in memory: for the one instance that uses an SQLite file.
//!
//! They are bounded by number and by size; the oldest goes first, and whoever presses twice then is answered
//! as if there were no answer: the code, the link or the passkey is used up, and a decision is the journal's.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::stored::{AnswerKey, FormClaim, LEASE, REPEATED, StoredAnswer, WAIT};
use platform::clock::SharedClock;

/// The most forms that are kept at a time: a bound on what a stranger can make us keep.
const MOST: usize = 20_000;

/// The most bytes of their answers.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The answers of one process.
#[derive(Debug, Clone)]
pub(super) struct AnswersInMemory {
    forms: Arc<Mutex<Forms>>,
    clock: SharedClock,
}

#[derive(Debug, Default)]
struct Forms {
    by_key: HashMap<AnswerKey, StoredForm>,
    /// Oldest first. One that was kept anew since stands in it twice; its number tells which counts.
    in_order: VecDeque<(AnswerKey, u64)>,
    last_number: u64,
    bytes: usize,
}

/// A form that is being answered, or was.
#[derive(Debug)]
struct StoredForm {
    number: u64,
    expires_at: i64,
    bytes: usize,
    answer: watch::Sender<Option<Arc<StoredAnswer>>>,
}

impl AnswersInMemory {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self { forms: Arc::default(), clock }
    }

    /// As [`super::Answers::claim`].
    pub(super) async fn claim(&self, key: &AnswerKey) -> FormClaim {
        let mut answer = {
            let now = self.clock.unix();
            let mut forms = self.forms();
            let Some(form) = forms.by_key.get(key).filter(|form| form.expires_at > now) else {
                forms.insert(key.clone(), now + LEASE, watch::Sender::new(None));
                forms.make_room(now);
                return FormClaim::Ours;
            };
            form.answer.subscribe()
        };
        let answered = tokio::time::timeout(WAIT, answer.wait_for(Option::is_some)).await;
        // Where its sender is gone the form had to make room.
        let answered = answered.ok().and_then(Result::ok).and_then(|answer| answer.clone());
        answered.map_or(FormClaim::Unkept, |answer| {
            FormClaim::Answered(Box::new(StoredAnswer::clone(&answer)))
        })
    }

    /// As [`super::Answers::keep`].
    pub(super) fn keep(&self, keys: &[AnswerKey], answer: StoredAnswer) {
        let now = self.clock.unix();
        let leads_on = answer.leads_on();
        let answer = Arc::new(answer);
        let mut forms = self.forms();
        for key in keys {
            let waiting = forms.remove(key).map(|form| form.answer).unwrap_or_default();
            waiting.send_replace(Some(Arc::clone(&answer)));
            if leads_on {
                forms.insert(key.clone(), now + REPEATED, waiting);
            }
        }
        forms.make_room(now);
    }

    /// As [`super::Answers::clear`].
    pub(super) fn clear(&self) {
        let now = self.clock.unix();
        self.forms().make_room(now);
    }

    fn forms(&self) -> MutexGuard<'_, Forms> {
        self.forms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Forms {
    fn insert(
        &mut self,
        key: AnswerKey,
        expires_at: i64,
        answer: watch::Sender<Option<Arc<StoredAnswer>>>,
    ) {
        self.remove(&key);
        self.last_number += 1;
        let number = self.last_number;
        let bytes = answer.borrow().as_deref().map_or(0, size);
        self.bytes += bytes;
        self.in_order.push_back((key.clone(), number));
        self.by_key.insert(key, StoredForm { number, expires_at, bytes, answer });
    }

    fn remove(&mut self, key: &AnswerKey) -> Option<StoredForm> {
        let form = self.by_key.remove(key)?;
        self.bytes -= form.bytes;
        Some(form)
    }

    /// Forgets what is given no more, and then the oldest, until there is room.
    fn make_room(&mut self, now: i64) {
        while let Some((key, number)) = self.in_order.front() {
            let is_full = self.by_key.len() > MOST || self.bytes > MOST_BYTES;
            let form = self.by_key.get(key).filter(|form| form.number == *number);
            if form.is_some_and(|form| form.expires_at > now && !is_full) {
                return;
            }
            let is_kept = form.is_some();
            if let Some((key, _)) = self.in_order.pop_front()
                && is_kept
            {
                self.remove(&key);
            }
        }
    }
}

/// The bytes of an answer's texts.
fn size(answer: &StoredAnswer) -> usize {
    let headers = answer.headers.iter().map(|(name, value)| name.len() + value.len());
    answer.body.len() + headers.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use platform::clock::ManualClock;

    fn answers() -> (AnswersInMemory, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new(datetime!(2026-11-22 12:00 UTC)));
        (AnswersInMemory::new(clock.clone()), clock)
    }

    fn key(number: usize) -> AnswerKey {
        AnswerKey(number.to_string())
    }

    fn answer(status: u16, body: &str) -> StoredAnswer {
        StoredAnswer {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
            nonce: None,
            problem: None,
        }
    }

    async fn is_ours(answers: &AnswersInMemory, key: &AnswerKey) -> bool {
        matches!(answers.claim(key).await, FormClaim::Ours)
    }

    #[tokio::test]
    async fn a_second_press_waits_for_the_answer_to_the_first() {
        let (answers, _) = answers();
        for status in [303, 400] {
            let key = key(status.into());
            assert!(is_ours(&answers, &key).await);
            let (own, other) = (answers.clone(), key.clone());
            let second = tokio::spawn(async move { own.claim(&other).await });
            // With one thread it runs until it has to wait.
            tokio::task::yield_now().await;
            answers.keep(std::slice::from_ref(&key), answer(status, "first"));
            let FormClaim::Answered(given) = second.await.unwrap() else { panic!("not answered") };
            assert_eq!((given.status, given.body.as_str()), (status, "first"));
        }
    }

    #[tokio::test]
    async fn what_leads_on_is_given_again_for_ten_seconds_and_nothing_else_is() {
        let (answers, clock) = answers();
        assert!(is_ours(&answers, &key(1)).await);
        answers.keep(&[key(1), key(2)], answer(303, ""));
        clock.advance(std::time::Duration::from_secs(9));
        for key in [key(1), key(2)] {
            assert!(matches!(answers.claim(&key).await, FormClaim::Answered(_)));
        }
        clock.advance(std::time::Duration::from_secs(1));
        assert!(is_ours(&answers, &key(1)).await);
        answers.keep(&[key(1)], answer(400, "wrong"));
        assert!(is_ours(&answers, &key(1)).await, "another try");
    }

    #[tokio::test]
    async fn a_form_whose_work_broke_off_is_taken_anew() {
        let (answers, clock) = answers();
        assert!(is_ours(&answers, &key(1)).await);
        clock.advance(std::time::Duration::from_secs(LEASE.cast_unsigned()));
        assert!(is_ours(&answers, &key(1)).await);
    }

    #[tokio::test]
    async fn what_is_kept_has_a_bound_and_the_oldest_goes_first() {
        let (answers, clock) = answers();
        for number in 0..MOST + 10 {
            assert!(is_ours(&answers, &key(number)).await);
            answers.keep(&[key(number)], answer(303, ""));
        }
        assert_eq!(answers.forms().by_key.len(), MOST);
        assert!(is_ours(&answers, &key(0)).await, "it had to make room");
        assert!(matches!(answers.claim(&key(MOST)).await, FormClaim::Answered(_)));
        let page = "x".repeat(MOST_BYTES / 8);
        for number in 0..20 {
            answers.keep(&[key(number)], answer(303, &page));
        }
        assert!(answers.forms().bytes <= MOST_BYTES);
        assert!(matches!(answers.claim(&key(19)).await, FormClaim::Answered(_)));
        clock.advance(std::time::Duration::from_secs(60));
        answers.clear();
        let forms = answers.forms();
        assert_eq!((forms.by_key.len(), forms.in_order.len(), forms.bytes), (0, 0, 0));
    }
}

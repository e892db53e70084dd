//! Whose turn it is to be polled, and how a request ends.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{AUTH_REQ_ID, DeskRequests, DueRequest, RowError};
use crate::operator::{Pace, PollHistory};
use crate::records::Closed;
use platform::ids::Entropy;

/// For how long one instance may be busy with one poll, in seconds: longer than the call and all
/// attempts to fetch the provider's keys take together.
const LEASE: i64 = 120;

/// Seconds until a row is looked at again whose key this instance does not have.
const WITHOUT_KEY: i64 = 5;

/// How a row's request is polled on.
fn pace(row: &AnyRow) -> Result<Pace, RowError> {
    let count = |name: &str| row.try_get::<i64, _>(name);
    let history = PollHistory {
        faults: count("faults")?.try_into().unwrap_or_default(),
        unusable: count("odd_answers")?.try_into().unwrap_or_default(),
        has_answered: count("has_answered")? != 0,
    };
    let pause = count("pause")?.try_into().unwrap_or_default();
    Ok(Pace::resume(std::time::Duration::from_secs(pause), history))
}

/// Ends every lease, at the time `$1`: for a start at which no other process is there to hold one.
pub(crate) const END_LEASES: &str =
    "UPDATE desk_requests SET leased_until = $1, lease = '' WHERE leased_until > $1";

impl DeskRequests {
    /// Takes the next request whose turn it is. No other instance gets it until the lease is over.
    ///
    /// A request that was sealed with a key that this instance does not have may be another
    /// instance's: it is left to them, and ends with its time.
    pub async fn take_due(
        &self,
        now: i64,
        entropy: &dyn Entropy,
    ) -> Result<Option<DueRequest>, RowError> {
        while let Some((row, lease)) = self.lease_due(now, entropy).await? {
            let id: String = row.try_get("id")?;
            let expires_at: i64 = row.try_get("expires_at")?;
            let sealed: String = row.try_get("sealed_auth_req_id")?;
            if let Ok(auth_req_id) = self.sealer.open(AUTH_REQ_ID, &sealed) {
                let pace = pace(&row)?;
                return Ok(Some(DueRequest { lease, id, auth_req_id, pace, expires_at }));
            }
            tracing::warn!(desk.request.id = id, "a request was sealed with a key that is gone");
            if now >= expires_at {
                self.end(&id, Closed::Failed, None, now).await?;
            } else {
                self.wait(&id, &lease, (now + WITHOUT_KEY).min(expires_at), now).await?;
            }
        }
        Ok(None)
    }

    async fn lease_due(
        &self,
        now: i64,
        entropy: &dyn Entropy,
    ) -> Result<Option<(AnyRow, String)>, RowError> {
        let lease = entropy.token::<16>()?;
        // Two instances may choose the same row; the second one's WHERE is then judged again, on
        // the row as the first one left it.
        let statement = sqlx::query(
            "UPDATE desk_requests SET leased_until = $2, lease = $3 WHERE id = (\
                 SELECT id FROM desk_requests WHERE ending IS NULL \
                 AND sealed_auth_req_id IS NOT NULL AND next_poll_at <= $1 AND leased_until <= $1 \
                 ORDER BY next_poll_at LIMIT 1) \
             AND ending IS NULL AND leased_until <= $1 \
             RETURNING id, sealed_auth_req_id, pause, faults, odd_answers, has_answered, expires_at",
        )
        .bind(now)
        .bind(now + LEASE)
        .bind(&lease);
        Ok(self.storage.change(statement).await?.map(|row| (row, lease)))
    }

    async fn wait(&self, id: &str, lease: &str, until: i64, now: i64) -> Result<(), RowError> {
        sqlx::query(
            "UPDATE desk_requests SET next_poll_at = $3, leased_until = $4 \
             WHERE id = $1 AND lease = $2",
        )
        .bind(id)
        .bind(lease)
        .bind(until)
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Gives a request back until its next turn, unless somebody else has taken it meanwhile.
    pub async fn put_back(&self, due: &DueRequest, now: i64) -> Result<(), RowError> {
        let PollHistory { faults, unusable, has_answered } = due.pace.history();
        sqlx::query(
            "UPDATE desk_requests SET pause = $3, faults = $4, odd_answers = $5, \
             has_answered = $6, next_poll_at = $7, leased_until = $8 \
             WHERE id = $1 AND lease = $2",
        )
        .bind(&due.id)
        .bind(&due.lease)
        .bind(seconds(due.pace.interval()))
        .bind(i64::from(faults))
        .bind(i64::from(unusable))
        .bind(i64::from(has_answered))
        .bind(next_poll(due.pace, now, due.expires_at))
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Ends a request after a poll. Whether this call did it.
    ///
    /// What the provider has said of the customer's decision counts whoever has the request now: it
    /// says it once. Every other ending is left to whoever has taken the request meanwhile.
    pub async fn conclude(
        &self,
        due: &DueRequest,
        ending: Closed,
        subject: Option<&str>,
        now: i64,
    ) -> Result<bool, RowError> {
        if matches!(ending, Closed::Allowed | Closed::Denied) {
            return self.end(&due.id, ending, subject, now).await;
        }
        let done = sqlx::query(
            "UPDATE desk_requests SET ending = $3, ended_at = $4 \
             WHERE id = $1 AND ending IS NULL AND lease = $2",
        )
        .bind(&due.id)
        .bind(&due.lease)
        .bind(ending.as_str())
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a request that has not ended yet. Whether this call did it.
    pub async fn end(
        &self,
        id: &str,
        ending: Closed,
        subject: Option<&str>,
        now: i64,
    ) -> Result<bool, RowError> {
        let done = sqlx::query(
            "UPDATE desk_requests SET ending = $2, subject = $3, ended_at = $4 \
             WHERE id = $1 AND ending IS NULL",
        )
        .bind(id)
        .bind(ending.as_str())
        .bind(subject)
        .bind(now)
        .execute(self.storage.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether any request is open, at whichever instance.
    pub async fn any_open(&self) -> Result<bool, RowError> {
        let row = sqlx::query(
            "SELECT id FROM desk_requests WHERE ending IS NULL \
             AND sealed_auth_req_id IS NOT NULL LIMIT 1",
        )
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(row.is_some())
    }
}

/// When it is the request's turn again: at the next poll, or at the end, at which it is closed
/// without one.
pub(super) fn next_poll(pace: Pace, now: i64, expires_at: i64) -> i64 {
    let time_left = u64::try_from(expires_at.saturating_sub(now)).unwrap_or_default();
    let pause = pace.next_poll(std::time::Duration::from_secs(time_left));
    pause.map_or(expires_at, |pause| now.saturating_add(seconds(pause)).min(expires_at))
}

pub(super) fn seconds(duration: std::time::Duration) -> i64 {
    let up = u64::from(duration.subsec_nanos() > 0);
    i64::try_from(duration.as_secs() + up).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::codes::RequestChannel;
    use crate::config::{Secret, SessionConfig, StorageConfig};
    use crate::desk::requests::{Order, Reserved};
    use ciba::{AuthReqId, BindingMessage, Contact};
    use messages::texts::Language;
    use platform::ids::{SharedEntropy, SystemEntropy};
    use platform::seal::Sealer;
    use platform::storage::Storage;
    use transmit::{LoginHintType, Started};

    const KEY: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";

    async fn requests(folder: &tempfile::TempDir) -> DeskRequests {
        let url = Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
        let storage = StorageConfig { url, ..StorageConfig::default() };
        let session =
            SessionConfig { sealing_key: Some(Secret::new(KEY)), ..SessionConfig::default() };
        let entropy: SharedEntropy = Arc::new(SystemEntropy);
        let sealer = Sealer::of(&session, &entropy).unwrap();
        DeskRequests::new(&Storage::open(&storage).await.unwrap(), &sealer)
    }

    async fn ask(requests: &DeskRequests, now: i64) -> String {
        let order = Order {
            login_hint: "alex@example.com".into(),
            login_hint_type: LoginHintType::Email,
            type_guessed: true,
            channel: RequestChannel::Sms,
            binding_message: BindingMessage::parse("CASE-4711").unwrap(),
            custom_message: None,
            text_language: Some(Language::De),
            contact: Some(Contact::Branch),
            requested_expiry: 600,
        };
        let reserved = requests
            .reserve(&order, "mia", &format!("key {now}"), now, &SystemEntropy)
            .await
            .unwrap();
        let Reserved::New(id) = reserved else { panic!("{reserved:?}") };
        let started = Started {
            auth_req_id: AuthReqId::parse("an-id").unwrap(),
            link_key: None,
            expires_in: Duration::from_secs(600),
            interval: None,
            link: None,
        };
        requests.opened(&id, &started, now).await.unwrap();
        assert_eq!(requests.find("mia", &id).await.unwrap().unwrap().order, order);
        id
    }

    #[tokio::test]
    async fn whoever_has_lost_a_request_ends_it_only_with_what_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let requests = requests(&folder).await;
        let id = ask(&requests, 0).await;
        let slow = requests.take_due(5, &SystemEntropy).await.unwrap().unwrap();
        assert!(requests.take_due(5 + LEASE - 1, &SystemEntropy).await.unwrap().is_none());
        let other = requests.take_due(5 + LEASE, &SystemEntropy).await.unwrap().unwrap();

        requests.put_back(&slow, 130).await.unwrap();
        assert!(requests.take_due(200, &SystemEntropy).await.unwrap().is_none(), "it is taken");
        assert!(!requests.conclude(&slow, Closed::Failed, None, 200).await.unwrap());
        assert!(requests.conclude(&slow, Closed::Allowed, Some("alex"), 200).await.unwrap());
        assert!(!requests.conclude(&other, Closed::Failed, None, 201).await.unwrap());
        let request = requests.find("mia", &id).await.unwrap().unwrap();
        assert_eq!(request.ending, Some((Closed::Allowed, 200)));
        assert_eq!(request.subject.as_deref(), Some("alex"));
    }

    #[tokio::test]
    async fn what_nobody_can_open_keeps_no_other_request_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let requests = requests(&folder).await;
        ask(&requests, 0).await;
        sqlx::query("UPDATE desk_requests SET sealed_auth_req_id = 'under a key that is gone'")
            .execute(requests.storage.writer())
            .await
            .unwrap();
        let id = ask(&requests, 1).await;
        let due = requests.take_due(6, &SystemEntropy).await.unwrap().unwrap();
        assert_eq!(due.id, id);
        assert!(requests.take_due(6, &SystemEntropy).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_poll_that_was_cut_off_by_a_crash_is_taken_up_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let requests = requests(&folder).await;
        ask(&requests, 0).await;
        let cut_off = requests.take_due(5, &SystemEntropy).await.unwrap().unwrap();
        sqlx::query(END_LEASES).bind(6_i64).execute(requests.storage.writer()).await.unwrap();
        assert!(requests.take_due(6, &SystemEntropy).await.unwrap().is_some());
        requests.put_back(&cut_off, 6).await.unwrap();
        assert!(requests.take_due(7, &SystemEntropy).await.unwrap().is_none(), "it is taken");
    }

    #[tokio::test]
    async fn what_polls_have_shown_outlives_a_process() {
        let folder = tempfile::tempdir().unwrap();
        let requests = requests(&folder).await;
        ask(&requests, 0).await;
        let mut due = requests.take_due(5, &SystemEntropy).await.unwrap().unwrap();
        let history = PollHistory { faults: 3, unusable: 2, has_answered: true };
        due.pace = Pace::resume(Duration::from_secs(10), history);
        requests.put_back(&due, 6).await.unwrap();
        assert!(requests.take_due(15, &SystemEntropy).await.unwrap().is_none());
        let due = requests.take_due(16, &SystemEntropy).await.unwrap().unwrap();
        assert_eq!((due.pace.interval().as_secs(), due.pace.history()), (10, history));
    }
}

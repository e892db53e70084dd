//! The use of a mail, by its link or its code: once, within its time, and after few wrong tries.

use std::time::Duration;

use sqlx::Row;

use super::{Mail, MailError, Mails, key};
use crate::records::digest;
use ciba::email;
use platform::rate_limit::RateLimit;

/// Wrong picks of the reference after which a link is over in browsers that do not hold the request,
/// in all of them together: a robot with fresh cookies would soon have tried all three.
const MOST_WRONG_PICKS: i64 = 1;

/// Codes that may be tried for one mail.
const MOST_CODE_TRIES: i64 = 5;
/// Codes that may be tried for all mails to one address in so many seconds, or for a request on record:
/// a stranger's tries for invented requests are none of a customer's whom an agent has asked. Whether
/// anybody has the address makes no difference.
const CODE_TRIES: RateLimit = RateLimit::new(10, 30 * 60);

/// Seconds for which a use of a mail is held: its calls take less with the timeouts that are set unless
/// somebody sets others. Where they take more, the next press of the same mail may begin a use beside it.
const LEASE: i64 = 20;
/// How often a press asks again whether the one before it has come to its end.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);
/// How often it asks: as long as a use is held.
const RETRIES: u32 = 100;

const BEGIN: &str = "UPDATE site_mails SET consumed_by = $1, held_until = $2 WHERE key_hash = $3 \
     AND consumed_by IS NULL AND expires_at > $4 AND wrong_picks < $5";
/// Where a use before was left, or its time is over.
const BEGIN_AGAIN: &str = "UPDATE site_mails SET consumed_by = $1, held_until = $2 WHERE key_hash = $3 \
     AND held_until BETWEEN 1 AND $4 AND expires_at > $4 AND wrong_picks < $5";

/// Ends every use that is under way, at the time `$1`: for a start at which no other process is there
/// to have one.
pub const END_USES: &str = "UPDATE site_mails SET held_until = 1 WHERE held_until > $1";

/// Where a link is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPlace {
    /// In a browser that holds the request: the link alone is proof.
    WhereAsked,
    /// In another, where the reference was picked.
    Elsewhere,
}

/// A mail, or its code, is not to be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// A mail is being used: nobody else gets it until this use has come to its end, or its process has
/// not come to one in time.
#[derive(Debug)]
#[must_use]
pub struct MailUse {
    key: String,
    holder: String,
    /// Whether a use before has come to no end that anybody knows: the provider may have used up what
    /// the mail holds, and its answer, or this program's, was lost.
    pub is_repeated: bool,
}

/// A code is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTried {
    /// The mail is used, over, or had all its tries.
    Spent,
    /// Too many were tried for its address, or its request.
    TooMany,
}

impl Mails {
    /// Begins the use of a mail: one at a time, and only within the mail's time. A wrong pick has ended it
    /// elsewhere, and nowhere else: whoever has the link alone must not be able to end it for whoever
    /// asked. Where another use is under way, it waits for its end.
    pub async fn begin_use(
        &self,
        state: &str,
        place: LinkPlace,
    ) -> Result<Result<MailUse, Refused>, MailError> {
        let most_wrong_picks = match place {
            LinkPlace::WhereAsked => i64::MAX,
            LinkPlace::Elsewhere => MOST_WRONG_PICKS,
        };
        let (key, holder) = (key(state), self.ambient.entropy.token::<16>()?);
        let mut may_begin = true;
        for _ in 0..RETRIES {
            if may_begin
                && let Some(is_repeated) =
                    self.try_to_begin(&key, &holder, most_wrong_picks).await?
            {
                return Ok(Ok(MailUse { key, holder, is_repeated }));
            }
            match self.held_until(&key, most_wrong_picks).await? {
                None => return Ok(Err(Refused)),
                Some(until) => may_begin = until <= self.ambient.clock.unix(),
            }
            if !may_begin {
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
        Ok(Err(Refused))
    }

    /// Begins a use where none is under way, and says whether one was begun before.
    async fn try_to_begin(
        &self,
        key: &str,
        holder: &str,
        most_wrong_picks: i64,
    ) -> Result<Option<bool>, MailError> {
        for (is_repeated, statement) in [(false, BEGIN), (true, BEGIN_AGAIN)] {
            let now = self.ambient.clock.unix();
            let done = sqlx::query(statement)
                .bind(holder.to_owned())
                .bind(now + LEASE)
                .bind(key.to_owned())
                .bind(now)
                .bind(most_wrong_picks)
                .execute(self.storage.writer())
                .await?;
            if done.rows_affected() == 1 {
                return Ok(Some(is_repeated));
            }
        }
        Ok(None)
    }

    /// Until when a mail that can still be used is held: 0 where nobody has begun.
    async fn held_until(&self, key: &str, most_wrong_picks: i64) -> Result<Option<i64>, MailError> {
        let row = sqlx::query(
            "SELECT held_until FROM site_mails WHERE key_hash = $1 AND expires_at > $2 \
             AND wrong_picks < $3 AND (consumed_by IS NULL OR held_until > 0)",
        )
        .bind(key.to_owned())
        .bind(self.ambient.clock.unix())
        .bind(most_wrong_picks)
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(row.map(|row| row.try_get("held_until")).transpose()?)
    }

    /// Ends a use for good: nobody uses this mail again.
    pub async fn end_use(&self, mail: MailUse) -> Result<(), MailError> {
        let end = "UPDATE site_mails SET held_until = 0 WHERE key_hash = $1 AND consumed_by = $2";
        self.set_use(mail, end).await
    }

    /// Ends a use whose end at the provider nobody knows: the mail can be used again at once.
    pub async fn leave_use(&self, mail: MailUse) -> Result<(), MailError> {
        let leave = "UPDATE site_mails SET held_until = 1 WHERE key_hash = $1 AND consumed_by = $2";
        self.set_use(mail, leave).await
    }

    /// Takes a use back, as though it had not begun.
    pub async fn undo_use(&self, mail: MailUse) -> Result<(), MailError> {
        let undo = "UPDATE site_mails SET consumed_by = NULL, held_until = 0 \
                    WHERE key_hash = $1 AND consumed_by = $2";
        self.set_use(mail, undo).await
    }

    async fn set_use(&self, mail: MailUse, statement: &'static str) -> Result<(), MailError> {
        sqlx::query(statement)
            .bind(mail.key)
            .bind(mail.holder)
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Ends a link in every browser that does not hold its request.
    pub async fn end_elsewhere(&self, state: &str) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET wrong_picks = wrong_picks + $1 WHERE key_hash = $2")
            .bind(MOST_WRONG_PICKS)
            .bind(key(state))
            .execute(self.storage.writer())
            .await?;
        Ok(())
    }

    /// Counts a try of the code, before it is looked at.
    pub async fn try_code(&self, mail: &Mail) -> Result<Result<(), NotTried>, MailError> {
        let now = self.ambient.clock.unix();
        let statement = sqlx::query(
            "UPDATE site_mails SET code_tries = code_tries + 1 WHERE key_hash = $1 \
             AND code_tries < $2 AND (consumed_by IS NULL OR held_until > 0) AND expires_at > $3 \
             AND CASE WHEN EXISTS (SELECT 1 FROM site_requests WHERE auth_req_hash = $4 AND expires_at > $3 \
              AND decided_at IS NULL AND withdrawn_at IS NULL \
              AND site_requests.handle = site_mails.handle) \
             THEN (SELECT COALESCE(SUM(code_tries), 0) FROM site_mails AS tried \
              WHERE tried.handle = site_mails.handle AND tried.queued_at > $5) \
             ELSE (SELECT COALESCE(SUM(code_tries), 0) FROM site_mails AS tried \
              WHERE tried.address = site_mails.address AND tried.queued_at > $5) END < $6",
        )
        .bind(key(&mail.state))
        .bind(MOST_CODE_TRIES)
        .bind(now)
        .bind(digest(&mail.request.auth_req_id))
        .bind(CODE_TRIES.since(now))
        .bind(CODE_TRIES.most);
        let lock = format!("code tries for {}", email::normal_form(mail.address.as_str()));
        if self.storage.write_if_room(&lock, statement).await? {
            return Ok(Ok(()));
        }
        let row = sqlx::query(
            "SELECT 1 FROM site_mails WHERE key_hash = $1 \
             AND code_tries < $2 AND (consumed_by IS NULL OR held_until > 0) AND expires_at > $3",
        )
        .bind(key(&mail.state))
        .bind(MOST_CODE_TRIES)
        .bind(now)
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(Err(row.map_or(NotTried::Spent, |_| NotTried::TooMany)))
    }

    /// Whether somebody has signed in by a mail, by its link or its code.
    pub async fn is_used(&self, state: &str) -> Result<bool, MailError> {
        let row = sqlx::query(
            "SELECT 1 FROM site_mails WHERE key_hash = $1 AND consumed_by IS NOT NULL \
             AND held_until = 0",
        )
        .bind(key(state))
        .fetch_optional(self.storage.reader())
        .await?;
        Ok(row.is_some())
    }
}

//! The use of a mail, by its link or its code: once, within its time, and after few wrong tries.

use super::{Mail, MailError, Mails, key};
use crate::records::digest;
use ciba::email;

/// Wrong picks of the reference after which a link is over in browsers that do not hold the request,
/// in all of them together: a robot with fresh cookies would soon have tried all three.
const MOST_WRONG_PICKS: i64 = 1;

/// Codes that may be tried for one mail.
const MOST_CODE_TRIES: i64 = 5;
/// Codes that may be tried for all mails to one address in so many seconds, or for a request on record:
/// a stranger's tries for invented requests are none of a customer's whom an agent has asked. Whether
/// anybody has the address makes no difference.
const CODE_TRIES: (i64, i64) = (10, 30 * 60);

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

/// A code is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTried {
    /// The mail is used, over, or had all its tries.
    Spent,
    /// Too many were tried for its address, or its request.
    TooMany,
}

impl Mails {
    /// Consumes a mail: once, and only within its time. A wrong pick has ended it elsewhere, and
    /// nowhere else: whoever has the link alone must not be able to end it for whoever asked. The
    /// answer is who has consumed it, with which [`Mails::release`] gives it back where the provider
    /// was away.
    pub async fn consume(
        &self,
        state: &str,
        place: LinkPlace,
    ) -> Result<Result<String, Refused>, MailError> {
        let most_wrong_picks = match place {
            LinkPlace::WhereAsked => i64::MAX,
            LinkPlace::Elsewhere => MOST_WRONG_PICKS,
        };
        let consumer = self.ambient.entropy.token::<16>()?;
        let done = sqlx::query(
            "UPDATE site_mails SET consumed_by = $1 WHERE key_hash = $2 \
             AND consumed_by IS NULL AND expires_at > $3 AND wrong_picks < $4",
        )
        .bind(consumer.clone())
        .bind(key(state))
        .bind(self.ambient.clock.unix())
        .bind(most_wrong_picks)
        .execute(self.storage.writer())
        .await?;
        Ok(if done.rows_affected() == 1 { Ok(consumer) } else { Err(Refused) })
    }

    /// Gives a mail back that was consumed and could not be redeemed, because the provider was
    /// away. The provider redeems once, so nothing is good twice by this.
    pub async fn release(&self, state: &str, consumer: &str) -> Result<(), MailError> {
        sqlx::query(
            "UPDATE site_mails SET consumed_by = NULL WHERE key_hash = $1 AND consumed_by = $2",
        )
        .bind(key(state))
        .bind(consumer.to_owned())
        .execute(self.storage.writer())
        .await?;
        Ok(())
    }

    /// Counts a pick of the reference before anything is done by it, and says whether it is the only one:
    /// of several at once one is. [`Mails::picked_right`] takes the count back.
    pub async fn begin_pick(&self, state: &str) -> Result<bool, MailError> {
        let done = sqlx::query(
            "UPDATE site_mails SET wrong_picks = wrong_picks + 1 \
             WHERE key_hash = $1 AND wrong_picks < $2",
        )
        .bind(key(state))
        .bind(MOST_WRONG_PICKS)
        .execute(self.storage.writer())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes the count of a right pick back.
    pub async fn picked_right(&self, state: &str) -> Result<(), MailError> {
        sqlx::query("UPDATE site_mails SET wrong_picks = wrong_picks - 1 WHERE key_hash = $1")
            .bind(key(state))
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
             AND code_tries < $2 AND consumed_by IS NULL AND expires_at > $3 AND CASE WHEN EXISTS \
             (SELECT 1 FROM site_requests WHERE auth_req_hash = $4 AND expires_at > $3 \
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
        .bind(now - CODE_TRIES.1)
        .bind(CODE_TRIES.0);
        let lock = format!("code tries for {}", email::normal_form(mail.address.as_str()));
        if self.storage.write_if_room(&lock, statement).await? {
            return Ok(Ok(()));
        }
        let row = sqlx::query(
            "SELECT 1 FROM site_mails WHERE key_hash = $1 \
             AND code_tries < $2 AND consumed_by IS NULL AND expires_at > $3",
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
        let row =
            sqlx::query("SELECT 1 FROM site_mails WHERE key_hash = $1 AND consumed_by IS NOT NULL")
                .bind(key(state))
                .fetch_optional(self.storage.reader())
                .await?;
        Ok(row.is_some())
    }
}

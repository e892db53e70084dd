//! What storage knows of a request, by one statement: a page needs all of it.

use std::sync::LazyLock;

use sqlx::Row;

use super::entry::{self, ENTRY, Entry};
use super::journal::JournalError;
use crate::records::{COLUMNS, Record, digest};
use crate::site::Site;
use crate::site::authority::Answer;
use crate::site::request::pushed::PushedRequest;
use ciba::AuthReqId;

/// Whatever is pushed is on record as well. What is confirmed is `Journal::confirmed`: the provider
/// confirms one subject's decision of a request.
static STATEMENT: LazyLock<String> = LazyLock::new(|| statement("", "", ""));

/// The same, and how the decision of one subject stands: `Journal::of`.
static STATEMENT_OF_SUBJECT: LazyLock<String> = LazyLock::new(|| {
    statement(
        &format!(", {ENTRY}"),
        "LEFT JOIN site_decisions AS own ON own.auth_req_hash = wanted.hash AND own.subject = $2",
        "OR own.auth_req_hash IS NOT NULL",
    )
});

fn statement(columns: &str, join: &str, or: &str) -> String {
    format!(
        "SELECT {COLUMNS}, pushed.sealed, pushed.credential, \
         confirmed.decision AS confirmed_decision, confirmed.answer AS confirmed_answer{columns} \
         FROM (SELECT CAST($1 AS TEXT) AS hash) AS wanted \
         LEFT JOIN site_requests AS asked ON asked.auth_req_hash = wanted.hash \
         LEFT JOIN site_pushed_requests AS pushed ON pushed.auth_req_hash = asked.auth_req_hash \
         LEFT JOIN site_decisions AS confirmed ON confirmed.auth_req_hash = wanted.hash \
          AND confirmed.state = 'confirmed' AND confirmed.presumed = 0 {join} \
         WHERE asked.auth_req_hash IS NOT NULL OR confirmed.auth_req_hash IS NOT NULL {or} LIMIT 1"
    )
}

/// What storage knows of a request.
#[derive(Debug, Default)]
pub struct Lookup {
    /// What the operator's side, or a provider's push, has recorded.
    pub record: Option<Record>,
    /// What the provider has pushed.
    pub pushed: Option<PushedRequest>,
    /// The answer that the provider has confirmed, whoever gave it.
    pub confirmed: Option<Answer>,
    /// How the decision of the subject stands for whom it was looked up.
    pub own: Option<Entry>,
}

impl Lookup {
    /// Looks a request up, for a subject where somebody is signed in.
    pub async fn of(
        site: &Site,
        auth_req_id: &AuthReqId,
        subject: Option<&str>,
    ) -> Result<Self, JournalError> {
        let digest = digest(auth_req_id);
        let asking = match subject {
            None => sqlx::query(&STATEMENT).bind(digest),
            Some(subject) => {
                sqlx::query(&STATEMENT_OF_SUBJECT).bind(digest).bind(subject.to_owned())
            }
        };
        let Some(row) = asking.fetch_optional(site.storage.reader()).await? else {
            return Ok(Self::default());
        };
        let asked: Option<&str> = row.try_get("handle")?;
        let sealed: Option<&str> = row.try_get("sealed")?;
        let confirmed: Option<&str> = row.try_get("confirmed_decision")?;
        let own: Option<&str> = if subject.is_some() { row.try_get("state")? } else { None };
        Ok(Self {
            record: if asked.is_some() { site.records.read(&row)? } else { None },
            pushed: if sealed.is_some() { site.pushed.read(&row)? } else { None },
            confirmed: match confirmed {
                Some(decision) => Some(entry::answer(row.try_get("confirmed_answer")?, decision)?),
                None => None,
            },
            own: own.map(|_| entry::entry(&row, site.now())).transpose()?,
        })
    }
}

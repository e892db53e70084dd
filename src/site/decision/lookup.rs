//! What storage knows of a request, by one statement: a page needs all of it.

use sqlx::Row;

use super::journal::{self, JournalError};
use crate::records::{COLUMNS, Record, digest};
use crate::site::Site;
use crate::site::authority::Answer;
use crate::site::request::pushed::PushedRequest;
use ciba::AuthReqId;

/// What storage knows of a request.
#[derive(Debug)]
pub struct Lookup {
    /// What the operator's side, or a provider's push, has recorded.
    pub record: Option<Record>,
    /// What the provider has pushed.
    pub pushed: Option<PushedRequest>,
    /// The answer that the provider has confirmed, whoever gave it.
    pub confirmed: Option<Answer>,
}

impl Lookup {
    /// Looks a request up.
    pub async fn of(site: &Site, auth_req_id: &AuthReqId) -> Result<Self, JournalError> {
        // Whatever is pushed is on record as well. What is confirmed is `Journal::confirmed`: the
        // provider confirms one subject's decision of a request.
        let statement = format!(
            "SELECT {COLUMNS}, pushed.sealed, pushed.credential, \
             confirmed.decision, confirmed.answer \
             FROM (SELECT CAST($1 AS TEXT) AS hash) AS wanted \
             LEFT JOIN site_requests AS asked ON asked.auth_req_hash = wanted.hash \
             LEFT JOIN site_pushed_requests AS pushed ON pushed.auth_req_hash = asked.auth_req_hash \
             LEFT JOIN site_decisions AS confirmed ON confirmed.auth_req_hash = wanted.hash \
              AND confirmed.state = 'confirmed' AND confirmed.presumed = 0 LIMIT 1"
        );
        let row = sqlx::query(&statement)
            .bind(digest(auth_req_id))
            .fetch_one(site.storage.reader())
            .await?;
        let asked: Option<&str> = row.try_get("handle")?;
        let sealed: Option<&str> = row.try_get("sealed")?;
        let confirmed: Option<&str> = row.try_get("decision")?;
        Ok(Self {
            record: if asked.is_some() { site.records.read(&row)? } else { None },
            pushed: if sealed.is_some() { site.pushed.read(&row)? } else { None },
            confirmed: confirmed.map(|_| journal::answer(&row)).transpose()?,
        })
    }
}

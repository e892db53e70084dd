//! What storage knows of a request, by one statement: a page needs all of it.

use std::sync::LazyLock;

use sqlx::Row;

use super::journal::{self, JournalError};
use crate::records::{COLUMNS, Record, digest};
use crate::site::Site;
use crate::site::authority::Answer;
use crate::site::request::pushed::PushedRequest;
use ciba::AuthReqId;

/// Whatever is pushed is on record as well. What is confirmed is `Journal::confirmed`: the provider
/// confirms one subject's decision of a request.
static STATEMENT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS}, pushed.sealed, pushed.credential, \
         confirmed.decision, confirmed.answer \
         FROM (SELECT CAST($1 AS TEXT) AS hash) AS wanted \
         LEFT JOIN site_requests AS asked ON asked.auth_req_hash = wanted.hash \
         LEFT JOIN site_pushed_requests AS pushed ON pushed.auth_req_hash = asked.auth_req_hash \
         LEFT JOIN site_decisions AS confirmed ON confirmed.auth_req_hash = wanted.hash \
          AND confirmed.state = 'confirmed' AND confirmed.presumed = 0 \
         WHERE asked.auth_req_hash IS NOT NULL OR confirmed.auth_req_hash IS NOT NULL LIMIT 1"
    )
});

/// What storage knows of a request.
#[derive(Debug, Default)]
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
        let row = sqlx::query(&STATEMENT)
            .bind(digest(auth_req_id))
            .fetch_optional(site.storage.reader())
            .await?;
        let Some(row) = row else { return Ok(Self::default()) };
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

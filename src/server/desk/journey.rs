//! What the customer has done so far, as the site has written it down.

use super::Desk;
use super::requests::{DeskRequest, RowError};

/// The customer's steps, in seconds since 1970. A site that keeps its records elsewhere leaves all
/// of them empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Journey {
    /// The first form was sent; opening the link alone proves nothing.
    pub opened_at: Option<i64>,
    /// A customer signed in for the request.
    pub signed_in_at: Option<i64>,
    /// Somebody said that they are not speaking with an agent.
    pub reported_at: Option<i64>,
    /// The provider confirmed a decision.
    pub decided_at: Option<i64>,
}

impl Desk {
    /// The journey of a request.
    ///
    /// # Errors
    ///
    /// [`RowError`]
    pub(super) async fn journey(&self, request: &DeskRequest) -> Result<Journey, RowError> {
        let auth_req_id = self.requests.auth_req_id(request)?;
        let record = self.records.find(&auth_req_id).await?;
        Ok(record.map_or_else(Journey::default, |record| Journey {
            opened_at: record.opened_at,
            signed_in_at: record.signed_in_at,
            reported_at: record.reported_at,
            decided_at: record.decided_at,
        }))
    }
}

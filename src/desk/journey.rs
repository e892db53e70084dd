//! What the customer has done so far, as the site has written it down.

use crate::records::Reporter;

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
    /// Who that was, as far as it was proved.
    pub reporter: Reporter,
    /// The provider confirmed a decision.
    pub decided_at: Option<i64>,
    /// It was withdrawn, here or in a shell.
    pub withdrawn_at: Option<i64>,
    /// It turned out that the link reaches nobody.
    pub unreachable_at: Option<i64>,
}

//! Authentication requests (OpenID Connect CIBA Core 1.0, poll mode): started by a client, decided
//! by the user, redeemed by the client's polls.
//!
//! # Security
//!
//! Only the SHA-256 of an `auth_req_id` is kept, so nobody who reads the database can poll.
//! Decision and redemption are one conditional statement each: of several at once exactly one takes
//! effect.

pub mod complete;
pub mod context;
pub mod pacing;
pub mod poll;
pub mod requests;
pub mod start;

/// The longest that a request can be open, and the default, in seconds (docs/transmit-api.md, 13).
pub const LIFETIME: i64 = 600;

/// How many requests of one user may be undecided at once: more would be a flood of messages.
pub const MAX_PENDING: i64 = 5;

/// Seconds for which an undecided request counts at least, however soon it has run out: otherwise
/// requests of one second each would be no limit at all.
pub const COUNTED_FOR: i64 = 60;

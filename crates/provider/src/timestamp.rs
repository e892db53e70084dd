//! Times as the API shows them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// RFC 3339, or nothing where it is no time.
pub(super) fn timestamp(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}

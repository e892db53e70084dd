//! How long the database may take.

use std::time::Duration;

/// How long a statement may wait for a connection or for another writer: whoever asks the page is
/// answered within five seconds, also while the database cannot be used.
pub(super) const BUSY: Duration = Duration::from_secs(4);

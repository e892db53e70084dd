//! Standard output, line by line.

use std::io::Write;

/// Writes a line to standard output. Where nobody reads it (`| head`), there is nobody to tell.
pub(super) fn say(line: impl std::fmt::Display) {
    let _nobody_listens = writeln!(std::io::stdout(), "{line}");
}

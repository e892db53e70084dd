//! Standard output and standard error, line by line.
//!
//! `println!` and `eprintln!` panic where their line cannot be written: a command whose reader has gone
//! (`2>&1 | head`) would end in the middle of its work, and a server whose log's reader has.

use std::io::Write;

/// Writes a line to standard output. Where nobody reads it (`| head`), there is nobody to tell.
pub(super) fn say(line: impl std::fmt::Display) {
    let _nobody_listens = writeln!(std::io::stdout(), "{line}");
}

/// Writes a line to standard error, likewise.
pub(super) fn complain(line: impl std::fmt::Display) {
    let _nobody_listens = writeln!(std::io::stderr(), "{line}");
}

/// Asks a question on standard error, and stays on its line.
pub(super) fn ask(question: &str) {
    let mut stderr = std::io::stderr();
    let _nobody_listens = write!(stderr, "{question}").and_then(|()| stderr.flush());
}

//! The changes as they are shown, the question before them, and the ends that are neither success nor
//! failure.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use serde_json::json;

use crate::cli::output::{ask, complain, say};
use crate::operator::Change;

/// The person at the terminal said no.
pub(super) const DECLINED: u8 = 3;

/// Something was changed and not all of it, or nobody knows.
const UNSURE: u8 = 4;

pub(super) fn show_changes(changes: &[Change]) {
    if changes.is_empty() {
        say("  it is so already; nothing to change");
    }
    for change in changes {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".into());
        let (before, after) = (text(&change.before), text(&change.after));
        say(format_args!("  {:<30} {before} -> {after}", change.member));
    }
}

pub(super) fn as_json(changes: &[Change]) -> serde_json::Value {
    let change = |change: &Change| json!({ "member": change.member, "before": change.before, "after": change.after });
    changes.iter().map(change).collect()
}

pub(super) fn agreed(is_json: bool) -> anyhow::Result<bool> {
    anyhow::ensure!(
        std::io::stdin().is_terminal() && !is_json,
        "nobody can be asked here: say --yes to do it, nothing was changed"
    );
    ask("Do it? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

pub(super) fn unsure(reason: impl std::fmt::Display) -> ExitCode {
    complain(format_args!("ciba-login: {reason}"));
    ExitCode::from(UNSURE)
}

//! Errors are logged with what caused them: `error = %Causes(&error)`. A bare `%error` says what failed
//! and not why, and nobody misses the cause until a night on which it is needed.

use std::path::Path;

/// What is logged as an error and is none, by file.
const NO_ERRORS: [(&str, &str); 3] = [
    // Takes an error's `Causes`, or our own reason in words.
    ("crates/provider/src/social/page.rs", "error = %why"),
    ("crates/provider/src/webauthn.rs", "error = %why"),
    // The rejection of an extractor: a sentence.
    ("src/site/decision/stage.rs", "error"),
];

/// The arguments of each `tracing::level!(…)` in a source file.
fn logged(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for level in ["error", "warn", "info", "debug", "trace"] {
        for (at, opening) in text.match_indices(&format!("tracing::{level}!(")) {
            found.extend(arguments(&text[at + opening.len()..]));
        }
    }
    found
}

/// What stands between commas up to the closing parenthesis.
fn arguments(text: &str) -> Vec<String> {
    let (mut found, mut depth, mut quoted, mut escaped) = (vec![String::new()], 0, false, false);
    for character in text.chars() {
        match character {
            '"' if !escaped => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => break,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        found.last_mut().unwrap().push(character);
    }
    found.into_iter().map(|argument| argument.trim().to_owned()).collect()
}

/// Whether an argument logs an error without what caused it.
fn hides_causes(argument: &str) -> bool {
    let (name, value) = argument.split_once('=').unwrap_or((argument, argument));
    let is_error = |text: &str| text.trim().trim_start_matches(['%', '?', '&']) == "error";
    (is_error(name) || is_error(value)) && !value.trim().starts_with("%Causes(")
}

#[test]
fn errors_are_logged_with_their_causes() {
    let mut files = Vec::new();
    for folder in ["src", "crates"] {
        crate::members::sources(Path::new(folder), &mut files);
    }
    let mut found = Vec::new();
    let mut logged_with_causes = 0;
    for (path, text) in &files {
        for argument in logged(text) {
            logged_with_causes += usize::from(argument.starts_with("error = %Causes("));
            if hides_causes(&argument) {
                found.push((path.display().to_string(), argument));
            }
        }
    }
    found.sort();
    let found: Vec<_> = found.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(found, NO_ERRORS);
    // The reading itself has not stopped to find anything.
    assert!(logged_with_causes > 40, "{logged_with_causes}");
}

#[test]
fn an_error_without_its_causes_is_found_however_it_is_written() {
    let hidden = |text: &str| logged(text).iter().filter(|text| hides_causes(text)).count();
    for text in [
        r#"tracing::error!(%error, "a")"#,
        r#"tracing::warn!(a = %f(1, "),"), ?error, "a")"#,
        "tracing::info!(\n    listener = name,\n    error,\n    \"a\"\n)",
        r#"tracing::debug!(error = %why, "a")"#,
        r#"tracing::trace!(cause = &error, "a")"#,
    ] {
        assert_eq!(hidden(text), 1, "{text}");
    }
    for text in [
        r#"tracing::error!(error = %Causes(&error), "error, \"error\"")"#,
        r#"tracing::error!("error")"#,
        r#"tracing::error!(a, "b"); let error = f(error, "c")"#,
    ] {
        assert_eq!(hidden(text), 0, "{text}");
    }
}

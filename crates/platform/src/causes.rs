//! An error with its causes, for logs and shells: each `Display` says what failed, and the causes
//! say why.
//!
//! Whatever is logged of an error is logged as `error = %Causes(&error)`: `%error` says nothing of its
//! causes, and as a `dyn Error` it loses them where the log is JSON.

use std::error::Error;
use std::fmt;

/// An error and all of its causes in one line, with colons between them.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'a>(pub &'a (dyn Error + 'a));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the door did not open")]
    struct DoorError(#[source] DoorKeyError);

    #[derive(Debug, thiserror::Error)]
    #[error("the key was not found")]
    struct DoorKeyError(#[source] std::fmt::Error);

    #[test]
    fn every_cause_is_said_once() {
        let text = Causes(&DoorError(DoorKeyError(fmt::Error))).to_string();
        assert_eq!(text, format!("the door did not open: the key was not found: {}", fmt::Error));
    }
}
